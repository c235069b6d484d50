-- JSON over HTTP, for APIs that have no module of their own.

local headers = {type = "map", default = {}, secret = true, description = "Further headers of the request"}
local token = {type = "string", secret = true, description = "Sent as Authorization: Bearer"}
local expect = {type = "list", default = {}, description = "Status codes that are as wanted; without it, those below 400"}
local timeout = {type = "duration", default = "30s", description = "How long the answer may take"}
local url = {type = "string", required = true, description = "http:// or https://"}
local query = {type = "map", default = {}, description = "Parameters added to the URL"}

local function first_line(text)
    return (trim(text):match("^[^\r\n]*"):sub(1, 200))
end

local function is_wanted(p, r)
    if #p.expect == 0 then return r.ok end
    return r.status_code > 0 and contains(p.expect, r.status_code)
end

local function send(p, method)
    local r = http.request {
        method = method,
        url = p.url,
        query = p.query,
        headers = p.headers,
        json = p.json,
        auth = p.token and {bearer = p.token} or nil,
        timeout = p.timeout,
    }
    if not is_wanted(p, r) then
        fail(method .. " " .. p.url .. ": " .. (r.status_code == 0 and r.error or
            "status " .. r.status_code .. ": " .. first_line(r.body)))
    end
    local ok, value = true, nil
    if trim(r.body) ~= "" then ok, value = pcall(json.decode, r.body) end
    if not ok then fail(method .. " " .. p.url .. ": the answer is no JSON: " .. first_line(r.body)) end
    return {status_code = r.status_code, headers = r.headers, json = value}
end

return {
    get_json = action {
        about = "Gets a JSON document.",
        effect = "read",
        params = {url = url, query = query, headers = headers, token = token, expect = expect, timeout = timeout},
        output = "status_code, headers, and the document as json",
        run = function(p) return send(p, "GET") end,
    },
    post_json = action {
        about = "Posts a JSON document, and reads the JSON that comes back.",
        effect = "write",
        params = {
            url = url, query = query, headers = headers, token = token, expect = expect, timeout = timeout,
            json = {type = "map", required = true, description = "What is sent"},
        },
        output = "status_code, headers, and what came back as json",
        run = function(p) return send(p, "POST") end,
    },
}
