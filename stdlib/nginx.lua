-- nginx of this machine.

local command = {type = "string", default = "nginx", description = "The program"}
local config = {type = "string", description = "Configuration file; else the one nginx was built with"}
local prefix = {type = "string", description = "Directory that relative paths of the configuration begin in"}
local timeout = {type = "duration", default = "30s", description = "How long it may take"}

local function nginx(p, ...)
    local argv = {p.command}
    if p.prefix then
        argv[#argv + 1] = "-p"
        argv[#argv + 1] = p.prefix
    end
    if p.config then
        argv[#argv + 1] = "-c"
        argv[#argv + 1] = p.config
    end
    for _, one in ipairs({...}) do argv[#argv + 1] = one end
    return exec {argv = argv, timeout = p.timeout}
end

-- nginx says where a mistake is, and then that the test failed.
local function check(p)
    local r = nginx(p, "-t")
    local fault = r.stderr:match("%[emerg%] %d+#%d+: ([^\n]*)")
    if not r.ok and fault then fail("nginx -t: " .. fault) end
    must(r, "nginx -t")
end

return {
    test = action {
        about = "Checks the configuration.",
        effect = "read",
        params = {command = command, config = config, prefix = prefix, timeout = timeout},
        output = "nothing",
        run = check,
    },

    reload = action {
        about = "Checks the configuration, then has the server take it over; requests under way are not cut off.",
        effect = "write",
        params = {command = command, config = config, prefix = prefix, timeout = timeout},
        output = "nothing",
        run = function(p)
            check(p)
            must(nginx(p, "-s", "reload"), "nginx -s reload")
        end,
    },

    status = action {
        about = "Reads the counters of stub_status.",
        effect = "read",
        params = {
            url = {type = "string", required = true, description = "Where stub_status answers"},
            timeout = {type = "duration", default = "10s", description = "How long the answer may take"},
        },
        output = "active, reading, writing, waiting, accepted, handled, requests",
        run = function(p)
            local body = must(http.get(p.url, {timeout = p.timeout}), p.url).body
            local accepted, handled, requests = body:match("(%d+)%s+(%d+)%s+(%d+)%s*\n")
            if not accepted then fail(p.url .. " does not answer as stub_status does") end
            return {
                active = tonumber(body:match("Active connections: (%d+)")),
                reading = tonumber(body:match("Reading: (%d+)")),
                writing = tonumber(body:match("Writing: (%d+)")),
                waiting = tonumber(body:match("Waiting: (%d+)")),
                accepted = tonumber(accepted),
                handled = tonumber(handled),
                requests = tonumber(requests),
            }
        end,
    },
}
