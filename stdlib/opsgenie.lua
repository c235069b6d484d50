-- Alerts in Opsgenie, through its Alert API v2.

local encode = url.encode
local key = {type = "string", required = true, secret = true, description = "The key of an API integration"}
local url = {type = "string", default = "https://api.opsgenie.com",
    description = "https://api.eu.opsgenie.com in the EU"}
local timeout = {type = "duration", default = "30s", description = "How long the answer may take"}

local function send(p, path, query, said, what)
    local answer = http.json({
        method = "POST",
        url = p.url .. "/v2/alerts" .. path,
        query = query,
        headers = {Authorization = "GenieKey " .. p.key},
        json = said,
        timeout = p.timeout,
    }, "opsgenie: " .. what)
    return {alias = p.alias, request_id = answer and answer.requestId}
end

local function follow_up(verb, about)
    return action {
        about = about,
        effect = "write",
        params = {
            key = key, url = url, timeout = timeout,
            alias = {type = "string", required = true, description = "What `create` was given"},
            note = {type = "string", description = "A note that is added to the alert"},
            user = {type = "string", description = "Who does it"},
        },
        output = "alias, and request_id",
        run = function(p)
            local said = {source = "runbook", note = p.note, user = p.user}
            return send(p, "/" .. encode(p.alias) .. "/" .. verb, {identifierType = "alias"}, said, verb)
        end,
    }
end

return {
    create = action {
        about = "Opens an alert, or counts up the open one that has the same alias.",
        effect = "write",
        params = {
            key = key, url = url, timeout = timeout,
            text = {type = "string",
                description = "What is wrong; in a channel, the message in one line unless given"},
            description = {type = "string",
                description = "What there is to know about it; in a channel, all of the message unless given"},
            alias = {type = "string", pattern = ".{1,512}",
                description = "What makes it the same alert; `acknowledge` and `close` need it"},
            priority = {type = "enum", enum = {"P1", "P2", "P3", "P4", "P5"},
                description = "P3 unless given; in a channel, the message's severity when it is one of these"},
            responders = {type = "list",
                description = "Maps of type (team, user, escalation, schedule) and name, username or id"},
            tags = {type = "list", description = "Tags of the alert"},
            details = {type = "map", description = "Names and texts, shown with the alert"},
            entity = {type = "string", description = "What is affected"},
        },
        output = "alias, and request_id",
        run = function(p)
            local text = p.text or p.message and p.message.subject
            local severity = p.message and p.message.severity or ""
            if not text then fail("opsgenie: `text` is missing") end
            return send(p, "", nil, {
                -- Of which Opsgenie takes 130 characters.
                message = shorten(text, 130),
                description = p.description or p.message and trim(p.message.text) or #text > 130 and text or nil,
                alias = p.alias,
                priority = p.priority or severity:match("^P[1-5]$") or "P3",
                responders = p.responders,
                tags = p.tags,
                details = p.details,
                entity = p.entity,
                source = "runbook",
            }, "create")
        end,
    },
    acknowledge = follow_up("acknowledge", "Acknowledges an open alert: somebody is at it."),
    close = follow_up("close", "Closes an open alert."),
}
