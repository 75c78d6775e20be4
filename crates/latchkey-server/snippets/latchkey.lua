-- Asks Latchkey whether a request may pass. HAProxy has no question of its own for this (no auth_request), so this
-- action asks by HAProxy's HTTP client: without the body, and without a connection of its own to take care of.
-- Used as `http-request lua.latchkey http://ADDRESS:PORT QUESTION`; see haproxy.cfg.
--
-- It must not decide anything: Latchkey's 2xx lets the request through with the identity in headers, any other answer
-- goes to the client as it is, and no answer at all is 503, never 401.

-- Where a key may stand. Nothing else of the request is told but its address.
local CREDENTIALS = { "authorization", "x-api-key" }

-- What the service is told of a good key. Latchkey sends every one, an empty one where the key has none.
local IDENTITY = {
  "x-latchkey-key-id", "x-latchkey-tenant", "x-latchkey-role",
  "x-latchkey-scopes", "x-latchkey-scopes-cut", "x-latchkey-identity", "x-latchkey-environment",
}

-- What the client is told of a refusal beside its status and body.
local REFUSAL = {
  "content-type", "www-authenticate", "retry-after", "cache-control", "x-request-id",
  "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset",
}

local AWAY = '{"detail":"Whether this key is good cannot be told right now. Try again in a moment."}'

local TOO_MUCH = '{"detail":"The headers of this request are too large."}'

local function first(headers, name)
  return headers and headers[name] and headers[name][0]
end

local function answer(txn, status, headers, body)
  local reply = txn:reply({ status = status })
  for name, value in pairs(headers) do
    reply:add_header(name, value)
  end
  reply:set_body(body or "")
  txn:done(reply)
end

local function away(txn, why)
  txn:Warning("latchkey does not answer: " .. why)
  answer(txn, 503, { ["content-type"] = "application/json", ["retry-after"] = "1", ["cache-control"] = "no-store" }, AWAY)
end

-- Every refusal of Latchkey's names its API, and every answer that lets pass names the key.
local function is_ours(headers)
  return first(headers, "latchkey-api") or first(headers, "x-latchkey-key-id")
end

core.register_action("latchkey", { "http-req" }, function(txn, server, question)
  local given = txn.http:req_get_headers()
  local asked = {
    ["host"] = { "latchkey" },
    -- Set, not added to: what the client wrote into it says nothing.
    ["x-forwarded-for"] = { txn.f:src() },
    ["x-forwarded-method"] = { txn.f:method() },
    ["x-forwarded-uri"] = { txn.f:pathq() },
  }
  for _, name in ipairs(CREDENTIALS) do
    -- All of them, as they came: two keys in one request are for Latchkey to refuse.
    if given[name] then
      asked[name] = {}
      for place = 0, #given[name] do
        table.insert(asked[name], given[name][place])
      end
    end
  end

  local client = core.httpclient()
  local called, told = pcall(function()
    return client:get({ url = server .. "/v1/check?" .. question, headers = asked, timeout = 10000 })
  end)
  if not called then
    return away(txn, tostring(told))
  end
  if not told or not told.status or told.status == 0 or not is_ours(told.headers) then
    return away(txn, "no answer of Latchkey's")
  end

  if told.status >= 200 and told.status < 300 then
    for _, name in ipairs(IDENTITY) do
      txn.http:req_set_header(name, first(told.headers, name) or "")
    end
    -- HAProxy leaves out what finds no room, and says nothing. The service must not take that for an answer.
    local passed = txn.http:req_get_headers()
    for _, name in ipairs(IDENTITY) do
      if first(passed, name) ~= (first(told.headers, name) or "") then
        return answer(txn, 431, { ["content-type"] = "application/json", ["cache-control"] = "no-store" }, TOO_MUCH)
      end
    end
    for variable, name in pairs({ limit = "x-ratelimit-limit", remaining = "x-ratelimit-remaining", reset = "x-ratelimit-reset" }) do
      local value = first(told.headers, name)
      if value then
        txn:set_var("txn.latchkey_" .. variable, value)
      end
    end
    return
  end

  local headers = {}
  for _, name in ipairs(REFUSAL) do
    headers[name] = first(told.headers, name)
  end
  answer(txn, told.status, headers, told.body)
end, 2)
