-- What Prometheus knows. Silences are Alertmanager's: see there.

local url = {type = "string", required = true, secret = true,
    description = "Where Prometheus is, such as http://prometheus:9090"}
local token = {type = "string", secret = true, description = "Sent as Authorization: Bearer"}
local timeout = {type = "duration", default = "30s", description = "How long the answer may take"}
local query = {type = "string", required = true, description = "PromQL"}

-- Prometheus explains a refusal in JSON too.
local function ask(p, path, form)
    local what = "prometheus: " .. path
    local r = http.patient {
        method = form and "POST" or "GET",
        url = p.url:gsub("/+$", "") .. "/api/v1/" .. path,
        form = form,
        auth = p.token and {bearer = p.token} or nil,
        timeout = p.timeout,
    }
    local ok, answer = pcall(json.decode, r.body or "")
    ok = ok and type(answer) == "table"
    if ok and answer.error then fail(what .. ": " .. answer.error) end
    must(r, what)
    if not ok or answer.status ~= "success" then fail(what .. ": the answer is none of Prometheus") end
    return answer.data
end

-- Numbers come as texts, since JSON has no NaN.
local function point(pair)
    return {at = pair[1], value = tonumber(pair[2]) or pair[2]}
end

local function series(one)
    local values = {}
    for i, pair in ipairs(one.values or {}) do values[i] = point(pair) end
    local last = one.value and point(one.value)
    return {
        labels = one.metric, value = last and last.value, at = last and last.at,
        values = one.values and values,
    }
end

local function result_of(data)
    if data.resultType == "scalar" or data.resultType == "string" then
        return {type = data.resultType, value = point(data.result).value, series = {}}
    end
    local all = {}
    for i, one in ipairs(data.result) do all[i] = series(one) end
    return {type = data.resultType, value = all[1] and all[1].value, series = all}
end

local function instant(value)
    return tonumber(value) or time(value)
end

return {
    query = action {
        about = "Evaluates a PromQL expression at one instant.",
        effect = "read",
        params = {
            url = url, token = token, timeout = timeout, query = query,
            at = {type = "string", description = "When, such as 2026-01-01T00:00:00Z; now unless given"},
        },
        output = "type, value, that of the first series, and series: a list of labels, value and at",
        run = function(p)
            return result_of(ask(p, "query", {query = p.query, time = p.at and instant(p.at)}))
        end,
    },

    query_range = action {
        about = "Evaluates a PromQL expression over a span of time.",
        effect = "read",
        params = {
            url = url, token = token, timeout = timeout, query = query,
            since = {type = "duration", default = "1h", description = "How long before `to` it begins"},
            to = {type = "string", description = "When it ends, such as 2026-01-01T00:00:00Z; now unless given"},
            step = {type = "duration", default = "1m", description = "The time between two values"},
        },
        output = "type, and series: a list of labels and values, each with at and value",
        run = function(p)
            local to = p.to and instant(p.to) or now()
            return result_of(ask(p, "query_range", {
                query = p.query, start = to - duration(p.since), ["end"] = to, step = duration(p.step),
            }))
        end,
    },

    alerts = action {
        about = "Lists the alerts that are pending or firing.",
        effect = "read",
        params = {
            url = url, token = token, timeout = timeout,
            state = {type = "enum", enum = {"firing", "pending", "any"}, default = "firing",
                description = "Which"},
            labels = {type = "map", default = {}, description = "Only those that have these labels"},
        },
        output = "count, and alerts: a list of name, state, labels, annotations and since",
        run = function(p)
            local found = {}
            for _, one in ipairs(ask(p, "alerts").alerts) do
                local wanted = p.state == "any" or one.state == p.state
                for name, value in pairs(p.labels) do wanted = wanted and one.labels[name] == tostring(value) end
                if wanted then
                    found[#found + 1] = {
                        name = one.labels.alertname, state = one.state, labels = one.labels,
                        annotations = one.annotations, since = one.activeAt,
                    }
                end
            end
            return {count = #found, alerts = found}
        end,
    },
}
