-- Processors of this machine, as the kernel tells it (proc(5): /proc/loadavg, /proc/stat).

local function read(path)
    return must(exec {"cat", path}, "reading " .. path).stdout
end

-- Time spent working, and all time, since the machine started.
local function times()
    local busy, all, n = 0, 0, 0
    for ticks in read("/proc/stat"):match("^cpu ([^\n]*)"):gmatch("%d+") do
        n = n + 1
        if n <= 8 then -- guest time is in user time already
            all = all + tonumber(ticks)
            if n ~= 4 and n ~= 5 then busy = busy + tonumber(ticks) end -- idle, waiting for a disk
        end
    end
    return busy, all
end

return {
    load = action {
        about = "Tells the load average: how many processes ran or waited for a processor or a disk.",
        effect = "read",
        params = {
            max_per_core = {type = "number", minimum = 0, description = "Fail when the load of five minutes is more than this a core"},
        },
        output = "one, five and fifteen (minutes), cores",
        run = function(p)
            local one, five, fifteen = read("/proc/loadavg"):match("^(%S+) (%S+) (%S+)")
            local cores = tonumber(trim(must(exec {"nproc"}, "nproc").stdout))
            local found = {one = tonumber(one), five = tonumber(five), fifteen = tonumber(fifteen), cores = cores}
            if p.max_per_core and found.five > p.max_per_core * cores then
                fail(string.format("the load is %g on %d cores, more than %g a core", found.five, cores, p.max_per_core))
            end
            return found
        end,
    },

    usage = action {
        about = "Measures for a while how busy the processors are.",
        effect = "read",
        params = {
            during = {type = "duration", default = "5s", description = "How long it is measured"},
            max_percent = {type = "number", minimum = 0, maximum = 100, description = "Fail when they are busier"},
        },
        output = "percent, of all processors together",
        run = function(p)
            local busy, all = times()
            sleep(p.during)
            local busy_then, all_then = times()
            local percent = all_then > all and round(100 * (busy_then - busy) / (all_then - all), 1) or 0
            if p.max_percent and percent > p.max_percent then
                fail(string.format("the processors are %g %% busy, more than %g %%", percent, p.max_percent))
            end
            return {percent = percent}
        end,
    },

    top = action {
        about = "Finds the processes that use the processors most, averaged over their lives.",
        effect = "read",
        params = {count = {type = "integer", default = 10, minimum = 1, maximum = 1000, description = "How many"}},
        output = "a list of {pid, user, percent, command}, the busiest first",
        run = function(p)
            local found = {}
            for line in must(exec {"ps", "-eo", "pid=,user:32=,pcpu=,comm=", "--sort=-pcpu"}, "ps").stdout:gmatch("[^\n]+") do
                local pid, user, percent, command = line:match("^%s*(%d+)%s+(%S+)%s+(%S+)%s+(.-)%s*$")
                if pid and #found < p.count then
                    found[#found + 1] = {pid = tonumber(pid), user = user, percent = tonumber(percent), command = command}
                end
            end
            return found
        end,
    },
}
