-- Memory of this machine, as the kernel tells it (proc(5), /proc/meminfo).

local function meminfo()
    local of = {}
    for name, kilobytes in must(exec {"cat", "/proc/meminfo"}, "reading /proc/meminfo").stdout:gmatch("([%w_()]+):%s*(%d+) kB") do
        of[name] = tonumber(kilobytes) * 1024
    end
    return of
end

return {
    usage = action {
        about = "Tells how much memory is in use.",
        effect = "read",
        params = {
            max_percent = {type = "number", minimum = 0, maximum = 100, description = "Fail when more of the memory is in use"},
        },
        output = "total, available, used, swap_total and swap_used in bytes, percent",
        run = function(p)
            local of = meminfo()
            local used = of.MemTotal - of.MemAvailable
            local percent = round(100 * used / of.MemTotal, 1)
            if p.max_percent and percent > p.max_percent then
                fail(string.format("%g %% of the memory is in use, more than %g %%", percent, p.max_percent))
            end
            return {
                total = of.MemTotal,
                available = of.MemAvailable,
                used = used,
                percent = percent,
                swap_total = of.SwapTotal,
                swap_used = of.SwapTotal - of.SwapFree,
            }
        end,
    },

    top = action {
        about = "Finds the processes that hold the most memory.",
        effect = "read",
        params = {count = {type = "integer", default = 10, minimum = 1, maximum = 1000, description = "How many"}},
        output = "a list of {pid, user, rss, command}, the largest first; rss in bytes",
        run = function(p)
            local found = {}
            for line in must(exec {"ps", "-eo", "pid=,user:32=,rss=,comm=", "--sort=-rss"}, "ps").stdout:gmatch("[^\n]+") do
                local pid, user, rss, command = line:match("^%s*(%d+)%s+(%S+)%s+(%d+)%s+(.-)%s*$")
                if pid and #found < p.count then
                    found[#found + 1] = {pid = tonumber(pid), user = user, rss = tonumber(rss) * 1024, command = command}
                end
            end
            return found
        end,
    },
}
