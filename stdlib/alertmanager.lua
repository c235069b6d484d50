-- Alerts and silences in Alertmanager, through its API v2.

local url = {type = "string", required = true, secret = true,
    description = "Where Alertmanager is, such as http://alertmanager:9093"}
local token = {type = "string", secret = true, description = "Sent as Authorization: Bearer"}
local timeout = {type = "duration", default = "30s", description = "How long the answer may take"}

local function ask(p, method, path, rest)
    return http.json({
        method = method,
        url = p.url:gsub("/+$", "") .. "/api/v2/" .. path,
        query = rest and rest.query,
        json = rest and rest.json,
        auth = p.token and {bearer = p.token} or nil,
        timeout = p.timeout,
    }, "alertmanager: " .. method .. " " .. path)
end

-- Seconds since 1970 as RFC 3339 has them; the calendar counts from a first of March, so that leap days come last.
local function instant(seconds)
    local whole = math.floor(seconds)
    local day = whole // 86400 + 719468
    local era = day // 146097
    local of_era = day - era * 146097
    local year = (of_era - of_era // 1460 + of_era // 36524 - of_era // 146096) // 365
    local of_year = of_era - (365 * year + year // 4 - year // 100)
    local month = (5 * of_year + 2) // 153
    local of_day = whole % 86400
    return string.format("%04d-%02d-%02dT%02d:%02d:%02dZ", year + era * 400 + (month >= 10 and 1 or 0),
        month < 10 and month + 3 or month - 9, of_year - (153 * month + 2) // 5 + 1,
        of_day // 3600, of_day // 60 % 60, of_day % 60)
end

-- {job = "api", instance = "~web-.*", env = "!prod", zone = "!~eu-.*"}, signs as PromQL has them, without the =.
local function matchers_of(labels)
    local all = {}
    for name, value in pairs(labels) do
        local no, like, rest = tostring(value):match("^(!?)(~?)(.*)$")
        all[#all + 1] = {name = name, value = rest, isRegex = like ~= "", isEqual = no == ""}
    end
    return all
end

local function filter_of(labels)
    local all = {}
    for _, one in ipairs(matchers_of(labels)) do
        local sign = (one.isEqual and "=" or "!") .. (one.isRegex and "~" or one.isEqual and "" or "=")
        all[#all + 1] = one.name .. sign .. json(one.value)
    end
    return all
end

local meaning = "Labels and values; ~ before a value makes it a regular expression, ! turns it around"

return {
    alerts = action {
        about = "Lists the alerts that Alertmanager has.",
        effect = "read",
        params = {
            url = url, token = token, timeout = timeout,
            labels = {type = "map", default = {}, description = "Only those with these. " .. meaning},
            silenced = {type = "boolean", default = false, description = "Those that are silenced too"},
            inhibited = {type = "boolean", default = false, description = "Those that others inhibit too"},
        },
        output = "count, and alerts: a list of name, state, labels, annotations, since and fingerprint",
        run = function(p)
            local found = {}
            for i, one in ipairs(ask(p, "GET", "alerts", {query = {
                active = "true", silenced = tostring(p.silenced), inhibited = tostring(p.inhibited),
                filter = filter_of(p.labels),
            }}) or {}) do
                found[i] = {
                    name = one.labels.alertname, state = one.status.state, labels = one.labels,
                    annotations = one.annotations, since = one.startsAt, fingerprint = one.fingerprint,
                }
            end
            return {count = #found, alerts = found}
        end,
    },

    silence = action {
        about = "Silences the alerts that have certain labels, for a time.",
        effect = "write",
        params = {
            url = url, token = token, timeout = timeout,
            labels = {type = "map", required = true, description = meaning},
            duration = {type = "duration", required = true, description = "How long"},
            comment = {type = "string", required = true, description = "Why"},
            by = {type = "string", default = "runbook", description = "Who"},
        },
        output = "id, which `expire` takes, and starts_at and ends_at",
        run = function(p)
            if #keys(p.labels) == 0 then
                fail("alertmanager: a silence without labels would silence everything")
            end
            local start = now()
            local from, to = instant(start), instant(start + duration(p.duration))
            local answer = ask(p, "POST", "silences", {json = {
                matchers = matchers_of(p.labels), startsAt = from, endsAt = to,
                createdBy = p.by, comment = p.comment,
            }})
            if not answer then fail("alertmanager: POST silences: an empty answer") end
            return {id = answer.silenceID, starts_at = from, ends_at = to}
        end,
    },

    expire = action {
        about = "Ends a silence before its time.",
        effect = "write",
        params = {
            url = url, token = token, timeout = timeout,
            id = {type = "string", required = true, description = "What `silence` gave"},
        },
        output = "id",
        run = function(p)
            ask(p, "DELETE", "silence/" .. p.id)
            return {id = p.id}
        end,
    },
}
