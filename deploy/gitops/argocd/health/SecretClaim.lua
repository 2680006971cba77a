if not observed then
  return unobserved()
end
if isReady then
  return healthy("delivered")
end
-- its ttl is over: it went as was asked, the Secret is gone and the claim stays
if reason == "Expired" then
  return health("Healthy", "expired: its Secret is gone, as its ttl asked")
end
if failed() or field(status, "state") == "Ended" then
  return health("Degraded", "it will not be delivered until somebody acts")
end
if waits() then
  return health("Suspended", "waits for its reviewers")
end
return health("Progressing", "not delivered yet")
