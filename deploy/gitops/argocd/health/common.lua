-- Argo CD runs this as Lua 5.1 with the libraries base and table only, and cannot share code between kinds: npm run
-- generate puts it before what is said of each kind.

-- A field of what may be no table.
local function field(of, name)
  if type(of) == "table" then
    return of[name]
  end
  return nil
end

local function text(value, instead)
  if type(value) == "string" and value ~= "" then
    return value
  end
  return instead
end

local metadata = field(obj, "metadata")
local status = field(obj, "status")

-- A condition, if it holds or is Ready. The ones beside Ready are there only while they are True.
local function condition(name)
  local list = field(status, "conditions")
  if type(list) ~= "table" then
    return nil
  end
  for _, one in ipairs(list) do
    if field(one, "type") == name and (name == "Ready" or field(one, "status") == "True") then
      return one
    end
  end
  return nil
end

local ready = condition("Ready")
local reason = field(ready, "reason")
local isReady = field(ready, "status") == "True"
-- before the operator has looked it is -1, and after an edit it is the generation before
local observed = ready ~= nil and field(status, "observedGeneration") == field(metadata, "generation")

local function health(code, otherwise)
  return { status = code, message = text(field(ready, "message"), otherwise) }
end

-- What waits beside it, cannot be renewed at present, or was given up, takes nothing away from what is delivered: told,
-- and no worse.
local function healthy(otherwise)
  local message = text(field(ready, "message"), otherwise)
  for _, name in ipairs({ "ChangesPending", "Degraded", "Undelivered" }) do
    local beside = text(field(condition(name), "message"))
    if beside ~= nil then
      message = message .. "; " .. beside
    end
  end
  return { status = "Healthy", message = message }
end

-- nothing else is told of what was said of an older spec
local function unobserved()
  return { status = "Progressing", message = "the operator has not looked at this spec yet" }
end

-- What was destroyed at the provider does not come back by itself, although the operator goes on looking.
local function failed()
  return not isReady and (condition("Stalled") ~= nil or reason == "VersionGone")
end

-- Nothing is broken, and no program goes on with it: reviewers, or the hour that they set.
local function waits()
  return not isReady and (reason == "AwaitingApproval" or reason == "WaitTimerRunning")
end
