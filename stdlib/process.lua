-- Processes of this machine, by ps, pgrep and kill of procps.

local pattern = {type = "string", required = true, description = "An extended regular expression that the whole command line is searched for"}

-- The ids of those that fit, but for the ones that look.
local function find(text, user)
    local argv = {"pgrep", "--full"}
    if user then
        argv[#argv + 1] = "--euid"
        argv[#argv + 1] = user
    end
    argv[#argv + 1] = "--"
    argv[#argv + 1] = text
    local r = exec(argv)
    if r.exit_code ~= 0 and r.exit_code ~= 1 then must(r, "pgrep " .. text) end
    local pids = {}
    for pid in r.stdout:gmatch("%d+") do pids[#pids + 1] = tonumber(pid) end
    return pids
end

return {
    list = action {
        about = "Lists the processes whose command line fits a pattern.",
        effect = "read",
        params = {
            pattern = pattern,
            user = {type = "string", description = "Only those of this user"},
            min = {type = "integer", minimum = 0, description = "Fail when there are fewer"},
            max = {type = "integer", minimum = 0, description = "Fail when there are more"},
        },
        output = "a list of {pid, user, seconds, command}; seconds since it began",
        run = function(p)
            local found = {}
            for _, pid in ipairs(find(p.pattern, p.user)) do
                local r = exec {"ps", "-o", "user:32=,etimes=,args=", "-p", tostring(pid)}
                local user, seconds, command = r.stdout:match("^(%S+)%s+(%d+)%s+([^\n]*)")
                if user then -- it may have ended meanwhile
                    found[#found + 1] = {pid = pid, user = user, seconds = tonumber(seconds), command = command}
                end
            end
            if p.min and #found < p.min then
                fail(string.format("%d processes fit %s, fewer than %d", #found, p.pattern, p.min))
            end
            if p.max and #found > p.max then
                fail(string.format("%d processes fit %s, more than %d", #found, p.pattern, p.max))
            end
            return found
        end,
    },

    stop = action {
        about = "Ends processes: asks them first, and kills those that are still there after a while.",
        effect = "write",
        params = {
            pattern = pattern,
            user = {type = "string", description = "Only those of this user"},
            max = {type = "integer", default = 1, minimum = 1, description = "Touch nothing when more than this fit"},
            kill_after = {type = "duration", default = "10s", description = "How long they have to end by themselves"},
        },
        output = "stopped and killed: lists of process ids",
        run = function(p)
            local pids = find(p.pattern, p.user)
            local function signal(name, list)
                local argv = {"kill", "-s", name, "--"}
                for _, pid in ipairs(list) do argv[#argv + 1] = tostring(pid) end
                exec(argv) -- one that has ended meanwhile is what was wanted
            end
            local function remaining()
                local left = {}
                for _, pid in ipairs(pids) do
                    local r = exec {"ps", "-o", "stat=", "-p", tostring(pid)}
                    if r.ok and not contains(r.stdout, "Z") then left[#left + 1] = pid end
                end
                return left
            end
            if #pids > p.max then
                fail(string.format("%d processes fit %s, more than %d: nothing was done", #pids, p.pattern, p.max))
            end
            if #pids == 0 then return {stopped = {}, killed = {}} end
            signal("TERM", pids)
            local left = remaining()
            local deadline = now() + duration(p.kill_after)
            while #left > 0 and now() < deadline do
                sleep(0.2)
                left = remaining()
            end
            if #left > 0 then signal("KILL", left) end
            return {stopped = pids, killed = left}
        end,
    },
}
