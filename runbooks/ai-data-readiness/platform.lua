-- What several procedures of the platform share.

-- What the processes hold in memory together, in bytes.
local function held(pattern)
    local pids, sum = exec {"pgrep", "-f", "-d", ",", "--", pattern}, 0
    if not pids.ok then fail("no process fits " .. pattern) end
    for kilobytes in exec({"ps", "-o", "rss=", "-p", trim(pids.stdout)}).stdout:gmatch("%d+") do
        sum = sum + tonumber(kilobytes) * 1024
    end
    return sum
end

return {
    memory_growth = action {
        about = "Watches for a while whether the memory of some processes grows, as it does with a leak.",
        effect = "read",
        params = {
            pattern = {type = "string", required = true, description = "An extended regular expression that their command lines are searched for"},
            during = {type = "duration", default = "1m", description = "For how long"},
        },
        output = "before and after in bytes, and percent: how much more it is",
        run = function(p)
            local before = held(p.pattern)
            sleep(p.during)
            local after = held(p.pattern)
            return {before = before, after = after, percent = round(100 * (after - before) / max(before, 1), 1)}
        end,
    },

    stays_healthy = action {
        about = "Asks the application again and again, and fails as soon as it does not answer well and in time.",
        effect = "read",
        params = {
            url = {type = "string", required = true, description = "What answers with a status below 400 when the application works"},
            during = {type = "duration", default = "15m", description = "For how long"},
            every = {type = "duration", default = "30s", description = "The time between two questions"},
            within = {type = "duration", default = "10s", description = "How long an answer may take"},
        },
        output = "how often it was asked",
        run = function(p)
            local left, asked = duration(p.during), 0
            while true do
                asked = asked + 1
                must(http.get(p.url, {timeout = p.within}), p.url .. ", at question " .. asked)
                if left <= 0 then return asked end
                local pause = min(left, duration(p.every))
                sleep(pause)
                left = left - pause
            end
        end,
    },
}
