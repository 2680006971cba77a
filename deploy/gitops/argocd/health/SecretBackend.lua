if not observed then
  return unobserved()
end
if isReady then
  return healthy("reachable")
end
if failed() then
  return health("Degraded", "nothing will change until somebody acts")
end
return health("Progressing", "not reachable yet")
