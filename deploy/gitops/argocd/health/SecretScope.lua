if not observed then
  return unobserved()
end
if failed() then
  return health("Degraded", "nothing will change until somebody acts")
end
-- spec.suspend: new values are held back until somebody takes it off again
local suspended = condition("Suspended")
if suspended ~= nil then
  return { status = "Suspended", message = text(field(suspended, "message"), "spec.suspend is true") }
end
if waits() then
  return health("Suspended", "waits for its reviewers")
end
if isReady then
  return healthy("delivered")
end
return health("Progressing", "not delivered yet")
