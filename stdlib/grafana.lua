-- Annotations in Grafana: marks in the graphs, so that one sees when something was done.

local url = {type = "string", required = true, secret = true, description = "Where Grafana is"}
local token = {type = "string", required = true, secret = true, description = "A service account's token"}
local timeout = {type = "duration", default = "30s", description = "How long the answer may take"}

local function send(p, method, path, said)
    local what = "grafana: " .. method .. " annotations" .. path
    return http.json({
        method = method,
        url = p.url:gsub("/+$", "") .. "/api/annotations" .. path,
        auth = {bearer = p.token},
        json = said,
        timeout = p.timeout,
    }, what)
end

local function milliseconds(text)
    return math.floor((text and time(text) or now()) * 1000)
end

return {
    annotation = action {
        about = "Marks an instant, or a span of time, in all graphs or in those of one dashboard.",
        effect = "write",
        params = {
            url = url, token = token, timeout = timeout,
            text = {type = "string", required = true, description = "What happened"},
            tags = {type = "list", default = {"runbook"}, description = "What it is found by"},
            dashboard = {type = "string", description = "A dashboard's uid; all that ask for the tags unless given"},
            panel = {type = "integer", description = "The id of one of the dashboard's panels"},
            since = {type = "string", description = "When it began, such as 2026-01-01T00:00:00Z; now unless given"},
            to = {type = "string", description = "When it ended; an instant unless given"},
        },
        output = "id, which `end_annotation` takes",
        run = function(p)
            local answer = send(p, "POST", "", {
                dashboardUID = p.dashboard,
                panelId = p.panel,
                time = milliseconds(p.since),
                timeEnd = p.to and milliseconds(p.to),
                tags = p.tags,
                text = p.text,
            })
            return {id = answer and answer.id}
        end,
    },

    end_annotation = action {
        about = "Makes an annotation a span of time, which ends now or at another instant.",
        effect = "write",
        params = {
            url = url, token = token, timeout = timeout,
            id = {type = "integer", required = true, description = "What `annotation` gave"},
            to = {type = "string", description = "When it ended, such as 2026-01-01T00:00:00Z; now unless given"},
            text = {type = "string", description = "What is said instead of its text"},
        },
        output = "id",
        run = function(p)
            send(p, "PATCH", "/" .. p.id, {timeEnd = milliseconds(p.to), text = p.text})
            return {id = p.id}
        end,
    },
}
