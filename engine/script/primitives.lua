-- What the code of a step may call beside the library of expressions. Everything that touches the world goes
-- through ask(name, args), which stands still until the answer is there.
local ask, native, protect = ...

local function complain(what, level)
    error(what, level + 1)
end

local function check(who, given, known, level)
    if type(given) ~= "table" then
        complain(who .. " wants a table, not a " .. type(given), level + 1)
    end
    for key, value in pairs(given) do
        local want = known[key]
        if not want then
            complain(who .. " knows no \"" .. tostring(key) .. "\"; it takes " ..
                table.concat(keys(known), ", "), level + 1)
        end
        if want ~= "any" and type(value) ~= want then
            complain(who .. ": " .. key .. " is a " .. want .. ", not a " .. type(value), level + 1)
        end
    end
end

local function copy(from)
    local to = {}
    for key, value in pairs(from) do to[key] = value end
    return to
end

-- "5s", or a number of seconds.
local function seconds(who, value, level)
    if type(value) == "string" then return duration(value) end
    if type(value) ~= "number" or value < 0 or value ~= value then
        complain(who .. " is a duration such as \"5s\", or a number of seconds", level + 1)
    end
    return value
end

local function with_timeout(who, args, level)
    if args.timeout ~= nil then args.timeout = seconds(who .. ": timeout", args.timeout, level + 1) end
    return args
end

local process = {argv = "table", env = "table", cwd = "string", stdin = "string", timeout = "any"}
local request = {
    url = "string", method = "string", headers = "table", query = "table", json = "any", body = "string",
    form = "table", auth = "table", follow = "boolean", tls = "table", max_body = "number", timeout = "any",
}

local effects = {}

function effects.exec(command)
    if type(command) == "table" and command[1] ~= nil then command = {argv = command} end
    check("exec", command, process, 2)
    if type(command.argv) ~= "table" or #command.argv == 0 then
        complain("exec wants argv = {\"command\", \"argument\", …}", 2)
    end
    return ask("exec", with_timeout("exec", copy(command), 2))
end

function effects.sh(script, options)
    if type(script) ~= "string" then complain("sh wants a script, a text", 2) end
    options = copy(options or {})
    check("sh", options, {env = "table", cwd = "string", stdin = "string", timeout = "any"}, 2)
    options.script = script
    return ask("sh", with_timeout("sh", options, 2))
end

local function send(who, options, level)
    check(who, options, request, level + 1)
    if type(options.url) ~= "string" then complain(who .. " wants a url", level + 1) end
    return ask("http.request", with_timeout(who, copy(options), level + 1))
end

local function sender(who, method)
    return function(url, options)
        options = copy(options or {})
        options.url = url
        options.method = method
        return send(who, options, 2)
    end
end

function effects.sleep(time)
    ask("sleep", {seconds = seconds("sleep", time, 2)})
end

function effects.now()
    return ask("now", {})
end

-- Between 0 and 1, or a whole number from `low` to `high`.
function effects.random(low, high)
    local value = ask("random", {})
    if low == nil then return value end
    if math.type(low) ~= "integer" or math.type(high) ~= "integer" or low > high then
        complain("random wants nothing, or two whole numbers, the smaller one first", 2)
    end
    return low + math.floor(value * (high - low + 1))
end

function effects.log(...)
    local words = {}
    for i = 1, select("#", ...) do words[i] = tostring((select(i, ...))) end
    ask("log", {text = table.concat(words, "\t")})
end

-- To whom: a contact, group, rotation, policy or channel, or a list of them.
function effects.notify(options)
    check("notify", options, {to = "any", message = "string", severity = "string"}, 2)
    local to = options.to
    if type(to) == "string" then to = {to} end
    if type(to) ~= "table" or #to == 0 or type(options.message) ~= "string" then
        complain("notify wants to = who, or a list of them, and message = a text", 2)
    end
    if #options.message > 4096 then complain("notify: the message is longer than 4096 bytes", 2) end
    return ask("notify", {to = to, message = options.message, severity = options.severity})
end

local function reader(name)
    return function(path)
        if type(path) ~= "string" then complain(name .. " wants a path, a text", 2) end
        return ask(name, {path = path})
    end
end

effects.fs = protect({read = reader("fs.read"), stat = reader("fs.stat")})

-- End the step: it has failed.
function effects.fail(message)
    error(type(message) == "string" and message or tostring(message), 0)
end

local function first_line(text)
    return (trim(text or ""):match("^[^\r\n]*"):sub(1, 300))
end

-- How a call went that did not go well, as short as can be.
local function reason(r)
    local said = first_line(r.status_code and r.body or r.stderr)
    local code = r.status_code or r.exit_code
    if r.error then return r.error end
    return (r.status_code and "status " or "exit status ") .. tostring(code) .. (said ~= "" and ": " .. said or "")
end

-- What a call brought, when it went well; else the step has failed, and its message begins with what was tried.
function effects.must(result, what)
    if type(result) ~= "table" or type(what) ~= "string" then
        complain("must wants the result of exec, sh or an http call, and a text that says what was tried", 2)
    end
    if not result.ok then effects.fail(what .. ": " .. reason(result)) end
    return result
end

-- The beginning of a text, in at most so many bytes, with … where something is missing.
function effects.shorten(text, limit)
    if #text <= limit then return text end
    return (text:sub(1, limit - 3):gsub("[\xC0-\xFF][\x80-\xBF]*$", "")) .. "…"
end

-- Who is told to come back later does so, three times, when it is within five minutes.
local function patient(options, level)
    for _ = 1, 3 do
        local r = send("http.json", options, level + 1)
        local wait = r.status_code == 429 and (r.retry_after or 1)
        if not wait or wait > 300 then return r end
        ask("sleep", {seconds = wait, patience = true})
    end
    return send("http.json", options, level + 1)
end

-- What an API answers, decoded, and the whole answer; else the step has failed, and its message begins with `what`.
local function ask_json(options, what)
    local r = effects.must(patient(options, 2), what)
    if trim(r.body) == "" then return nil, r end
    local ok, value = pcall(json.decode, r.body)
    if not ok then effects.fail(what .. ": the answer is no JSON: " .. first_line(r.body)) end
    return value, r
end

effects.http = protect({
    request = function(options) return send("http.request", options, 2) end,
    get = sender("http.get", "GET"),
    post = sender("http.post", "POST"),
    patient = function(options) return patient(options, 2) end,
    json = ask_json,
})

local function encode(text)
    return (tostring(text):gsub("[^%w%-._~]", function(c) return string.format("%%%02X", c:byte()) end))
end

-- {a = 1, b = {2, 3}} is "a=1&b=2&b=3".
local function query(values)
    local pieces = {}
    for name, value in pairs(values) do
        for _, one in ipairs(type(value) == "table" and value or {value}) do
            pieces[#pieces + 1] = encode(name) .. "=" .. encode(one)
        end
    end
    return table.concat(pieces, "&")
end

effects.url = protect({
    encode = encode,
    query = query,
    decode = function(text)
        return (text:gsub("+", " "):gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
    end,
})

for name, value in pairs(native) do effects[name] = value end

-- One map of two; where both have a name, the second's value counts.
function effects.merge(one, other)
    local all = copy(one)
    for key, value in pairs(other) do all[key] = value end
    return all
end

-- An action is what it says of itself.
function effects.action(declared)
    if type(declared) ~= "table" or type(declared.run) ~= "function" then
        complain("action wants {about = …, params = {…}, effect = \"read\" or \"write\", run = function(p) … end}",
            2)
    end
    return declared
end

local function member(module, name, what)
    local found = type(module) == "table" and module[name] or nil
    if found == nil then error("there is no " .. what .. " \"" .. name .. "\"", 0) end
    return found
end

local function described(actions)
    local all, functions = {}, {}
    if type(actions) ~= "table" then error("the file returns no table of functions or actions", 0) end
    for name, one in pairs(actions) do
        if type(one) == "function" then functions[#functions + 1] = name end
        if type(one) == "table" and type(one.run) == "function" then
            all[name] = {about = one.about, effect = one.effect, output = one.output, params = one.params,
                secret = one.secret}
        end
    end
    return {actions = all, functions = functions}
end

return effects, function(module, file, name, given)
    return member(module(file), name, "action").run(given)
end, function(module, file, name, given)
    return member(module(file), name, "function")(given)
end, function(module, file)
    return described(module(file))
end
