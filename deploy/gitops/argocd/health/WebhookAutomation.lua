if not observed then
  return unobserved()
end
if isReady then
  return healthy("listening")
end
if failed() then
  return health("Degraded", "nothing is sent until somebody acts")
end
if waits() then
  return health("Suspended", "waits for its reviewers")
end
return health("Progressing", "a delivery is tried again")
