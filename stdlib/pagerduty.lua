-- Alerts in PagerDuty, through the Events API v2.

local routing_key = {type = "string", required = true, secret = true,
    description = "The integration key of the service"}
local url = {type = "string", default = "https://events.pagerduty.com",
    description = "https://events.eu.pagerduty.com in the EU"}
local timeout = {type = "duration", default = "30s", description = "How long the answer may take"}
local severities = {"critical", "error", "warning", "info"}

local function send(p, action, rest)
    local event = {routing_key = p.routing_key, event_action = action, dedup_key = p.dedup_key}
    for name, value in pairs(rest or {}) do event[name] = value end
    local answer = http.json({
        method = "POST", url = p.url .. "/v2/enqueue", json = event, timeout = p.timeout,
    }, "pagerduty: " .. action)
    return {dedup_key = answer and answer.dedup_key or p.dedup_key, status = answer and answer.status}
end

-- PagerDuty takes 1024 characters.
local function summary_of(p)
    local text = p.summary or p.message and p.message.subject
    if not text then fail("pagerduty: `summary` is missing") end
    return shorten(text, 1024)
end

local function severity_of(p)
    local said = p.message and p.message.severity
    return p.severity or contains(severities, said) and said or "critical"
end

local function follow_up(verb, about)
    return action {
        about = about,
        effect = "write",
        params = {
            routing_key = routing_key, url = url, timeout = timeout,
            dedup_key = {type = "string", required = true,
                description = "The key that `trigger` gave or was given"},
        },
        output = "dedup_key, and status",
        run = function(p) return send(p, verb) end,
    }
end

return {
    trigger = action {
        about = "Opens an alert, or adds to the open one that has the same dedup_key.",
        effect = "write",
        params = {
            routing_key = routing_key, url = url, timeout = timeout,
            summary = {type = "string",
                description = "What is wrong; in a channel, the message in one line unless given"},
            source = {type = "string", default = "runbook", description = "What is affected, such as a host"},
            severity = {type = "enum", enum = severities,
                description = "critical unless given; in a channel, the message's when it is one of these"},
            dedup_key = {type = "string", pattern = ".{1,255}",
                description = "What makes it the same alert; PagerDuty makes one up"},
            component = {type = "string", description = "The part of the source that is concerned"},
            group = {type = "string", description = "What the component belongs to"},
            class = {type = "string", description = "What kind of event it is"},
            details = {type = "map",
                description = "Further facts, shown with the alert; in a channel, its text unless given"},
            links = {type = "list", description = "Maps of href and text"},
        },
        output = "dedup_key, which `acknowledge` and `resolve` take, and status",
        run = function(p)
            return send(p, "trigger", {
                payload = {
                    summary = summary_of(p),
                    source = p.source,
                    severity = severity_of(p),
                    component = p.component,
                    group = p.group,
                    class = p.class,
                    custom_details = p.details or p.message and {text = trim(p.message.text)},
                },
                links = p.links,
                client = "runbook",
            })
        end,
    },
    acknowledge = follow_up("acknowledge", "Acknowledges an open alert: somebody is at it."),
    resolve = follow_up("resolve", "Resolves an open alert."),
}
