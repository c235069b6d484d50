-- The key-value store (version 2) of HashiCorp Vault.

local escape = url.encode
local url = {type = "string", required = true, description = "Where Vault is, such as https://vault.example.org:8200"}
local token = {type = "string", required = true, secret = true, description = "A token that may read it"}
local mount = {type = "string", default = "secret", description = "Where the store is mounted"}
local path = {type = "string", required = true, description = "The path in the store, such as apps/api"}
local namespace = {type = "string", description = "A namespace of Vault Enterprise"}
local timeout = {type = "duration", default = "30s", description = "How long the answer may take"}

local function escaped(text)
    local parts = split(text, "/")
    local all = {}
    for i, part in ipairs(parts) do all[i] = escape(part) end
    return table.concat(all, "/")
end

local function ask(p, kind, query)
    local what = "vault: " .. kind .. " of " .. p.mount .. "/" .. p.path
    local answer = http.json({
        url = p.url:gsub("/+$", "") .. "/v1/" .. escaped(p.mount) .. "/" .. kind .. "/" .. escaped(p.path),
        headers = {["X-Vault-Token"] = p.token, ["X-Vault-Namespace"] = p.namespace, ["X-Vault-Request"] = "true"},
        query = query,
        timeout = p.timeout,
    }, what)
    if not answer or not answer.data then fail(what .. ": the answer is none of the store's version 2") end
    return answer.data
end

return {
    read = action {
        about = "Reads values that are no secrets, such as settings: they are written into the journal.",
        effect = "read",
        params = {
            url = url, token = token, mount = mount, path = path, namespace = namespace, timeout = timeout,
            version = {type = "integer", minimum = 1, description = "An older version; the latest unless given"},
        },
        output = "values, a map, version, and created_at",
        run = function(p)
            local found = ask(p, "data", p.version and {version = tostring(p.version)})
            return {
                values = found.data,
                version = found.metadata.version,
                created_at = found.metadata.created_time,
            }
        end,
    },

    secret = action {
        about = "Reads one secret value, for `secrets`: it is never written down.",
        effect = "read",
        secret = true,
        params = {
            url = url, token = token, mount = mount, path = path, namespace = namespace, timeout = timeout,
            key = {type = "string", required = true, description = "Which of the values at the path"},
        },
        output = "the value",
        run = function(p)
            local values = ask(p, "data").data or {}
            if values[p.key] == nil then
                fail("vault: " .. p.mount .. "/" .. p.path .. " has no \"" .. p.key .. "\"; it has " ..
                    table.concat(keys(values), ", "))
            end
            return tostring(values[p.key])
        end,
    },

    metadata = action {
        about = "Tells which version a secret has and how old it is, without reading it.",
        effect = "read",
        params = {url = url, token = token, mount = mount, path = path, namespace = namespace, timeout = timeout},
        output = "version, updated_at, age in seconds, and custom: the custom metadata",
        run = function(p)
            local found = ask(p, "metadata")
            local latest = found.versions[tostring(found.current_version)] or {}
            local changed = latest.created_time or found.updated_time
            return {
                version = found.current_version,
                updated_at = changed,
                age = math.max(0, now() - time(changed)),
                custom = found.custom_metadata,
            }
        end,
    },
}
