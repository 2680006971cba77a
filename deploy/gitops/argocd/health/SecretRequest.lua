if not observed then
  return unobserved()
end
if isReady then
  return healthy("decided")
end
if failed() then
  return health("Degraded", "it was not released, or is no longer")
end
if waits() then
  return health("Suspended", "waits for its reviewers")
end
return health("Progressing", "not decided yet")
