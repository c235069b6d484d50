-- Incidents on a page of Atlassian Statuspage.

local key = {type = "string", required = true, secret = true, description = "An API key"}
local page = {type = "string", required = true, description = "The page's id"}
local body = {type = "string", description = "What the page's readers are told"}
local impact = {type = "enum", enum = {"none", "minor", "major", "critical"},
    description = "Unless given, what follows from the components"}
local statuses = {"investigating", "identified", "monitoring", "resolved"}
local states = {"operational", "degraded_performance", "partial_outage", "major_outage", "under_maintenance"}
local components = {type = "map", description = "Ids of components, and how they are: " .. table.concat(states, ", ")}
local notify = {type = "boolean", default = true, description = "Tell those who have subscribed"}
local url = {type = "string", default = "https://api.statuspage.io", description = "Where the API is"}
local timeout = {type = "duration", default = "30s", description = "How long the answer may take"}

local function send(p, method, path)
    local ids = p.components and keys(p.components)
    for _, id in ipairs(ids or {}) do
        if not contains(states, p.components[id]) then
            fail("statuspage: component " .. id .. " must be one of " .. table.concat(states, ", "))
        end
    end
    local incident = http.json({
        method = method,
        url = p.url .. "/v1/pages/" .. p.page .. "/incidents" .. path,
        headers = {Authorization = "OAuth " .. p.key},
        json = {incident = {
            name = p.name,
            status = p.status,
            body = p.body,
            impact_override = p.impact,
            components = p.components,
            component_ids = ids,
            deliver_notifications = p.notify,
        }},
        timeout = p.timeout,
    }, "statuspage: " .. method .. " incidents" .. path)
    if not incident then fail("statuspage: an empty answer") end
    return {id = incident.id, status = incident.status, impact = incident.impact, url = incident.shortlink}
end

return {
    create = action {
        about = "Publishes an incident.",
        effect = "write",
        params = {
            key = key, page = page, body = body, impact = impact, components = components, notify = notify,
            url = url, timeout = timeout,
            name = {type = "string", required = true, description = "Its title"},
            status = {type = "enum", enum = statuses, default = "investigating", description = "How far it is"},
        },
        output = "id, which `update` takes, status, impact and url",
        run = function(p) return send(p, "POST", "") end,
    },

    update = action {
        about = "Adds an update to an incident, or ends it.",
        effect = "write",
        params = {
            key = key, page = page, body = body, impact = impact, components = components, notify = notify,
            url = url, timeout = timeout,
            id = {type = "string", required = true, description = "What `create` gave"},
            status = {type = "enum", enum = statuses, required = true, description = "How far it is"},
        },
        output = "id, status, impact and url",
        run = function(p) return send(p, "PATCH", "/" .. p.id) end,
    },
}
