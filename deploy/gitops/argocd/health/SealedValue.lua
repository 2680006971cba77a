if not observed then
  return unobserved()
end
if isReady then
  return healthy("done")
end
-- a newer write came after it, and it does nothing any more: of one that is kept in Git that is as it should be
if reason == "Outdated" then
  return health("Healthy", "a newer value was written since")
end
if failed() then
  return health("Degraded", "nothing is written until somebody acts")
end
return health("Progressing", "not done yet")
