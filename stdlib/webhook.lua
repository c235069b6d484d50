-- Messages to anything that takes JSON over HTTP, signed where wanted.

local function body_of(p)
    if p.json ~= nil then return json(p.json) end
    if not p.message then fail("webhook: `json` is missing") end
    return json(p.message)
end

return {
    send = action {
        about = "Sends a JSON document; in a channel, the whole message unless `json` is given.",
        effect = "write",
        params = {
            url = {type = "string", required = true, secret = true, description = "http:// or https://"},
            json = {type = "map", secret = true, description = "What is sent"},
            method = {type = "enum", enum = {"POST", "PUT", "PATCH"}, default = "POST", description = "How"},
            headers = {type = "map", default = {}, secret = true, description = "Further headers of the request"},
            token = {type = "string", secret = true, description = "Sent as Authorization: Bearer"},
            signing_key = {type = "string", secret = true,
                description = "Sign the body with HMAC-SHA-256: sha256=, and 64 hexadecimal digits"},
            signature_header = {type = "string", default = "X-Signature-256",
                description = "Where the signature is sent"},
            timeout = {type = "duration", default = "30s", description = "How long the answer may take"},
        },
        output = "status_code, headers, and body, a text",
        run = function(p)
            -- What is signed must be what is sent, byte for byte.
            local body = body_of(p)
            local headers = {["Content-Type"] = "application/json"}
            for name, value in pairs(p.headers) do headers[name] = value end
            if p.signing_key then headers[p.signature_header] = "sha256=" .. hmac(p.signing_key, body) end
            local r = must(http.patient {
                method = p.method,
                url = p.url,
                headers = headers,
                auth = p.token and {bearer = p.token} or nil,
                body = body,
                timeout = p.timeout,
            }, "webhook")
            return {status_code = r.status_code, headers = r.headers, body = r.body}
        end,
    },
}
