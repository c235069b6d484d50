-- Whether something listens at an address. bash opens the connection: it is on every machine, nc is not.

local function connect(host, port, timeout)
    return exec {
        argv = {"bash", "-c", 'exec 3<>"/dev/tcp/$TCP_HOST/$TCP_PORT"'},
        env = {TCP_HOST = host, TCP_PORT = tostring(port)},
        timeout = timeout,
    }
end

-- bash says more than once what went wrong, at the end of each line.
local function reason(r)
    return r.stderr:match("connect: ([^\n]*)") or r.stderr:match(": ([^:\n]*)\n*$") or r.error or "it cannot be reached"
end

local host = {type = "string", required = true, description = "Name or address"}
local port = {type = "integer", required = true, minimum = 1, maximum = 65535, description = "Port number"}

return {
    check = action {
        about = "Tells whether something accepts connections at an address.",
        effect = "read",
        params = {
            host = host,
            port = port,
            timeout = {type = "duration", default = "5s", description = "How long a connection may take"},
        },
        output = "open, and reason when it is not",
        run = function(p)
            local r = connect(p.host, p.port, p.timeout)
            return {open = r.ok, reason = not r.ok and reason(r) or nil}
        end,
    },

    wait = action {
        about = "Waits until something accepts connections at an address.",
        effect = "read",
        params = {
            host = host,
            port = port,
            timeout = {type = "duration", default = "1m", description = "Fail when nothing does by then"},
            every = {type = "duration", default = "1s", description = "Between two tries"},
        },
        output = "seconds it took, and tries",
        run = function(p)
            local began, tries = now(), 0
            while true do
                local r = connect(p.host, p.port, "5s")
                local seconds = now() - began
                tries = tries + 1
                if r.ok then return {seconds = seconds, tries = tries} end
                if seconds + duration(p.every) > duration(p.timeout) then
                    fail(string.format("nothing accepts connections at %s port %d after %s: %s", p.host, p.port, p.timeout, reason(r)))
                end
                sleep(p.every)
            end
        end,
    },
}
