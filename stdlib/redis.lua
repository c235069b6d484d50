-- Redis through redis-cli. The password goes by its environment (REDISCLI_AUTH), never by an argument.

local connection = {
    host = {type = "string", default = "127.0.0.1", description = "Name or address"},
    port = {type = "integer", default = 6379, minimum = 1, maximum = 65535, description = "Port"},
    socket = {type = "string", description = "Path of its socket, instead of host and port"},
    user = {type = "string", description = "ACL user"},
    password = {type = "string", secret = true, description = "Password"},
    database = {type = "integer", default = 0, minimum = 0, description = "Number of the database"},
    timeout = {type = "duration", default = "30s", description = "How long an answer may take"},
    via = {type = "list", default = {},
        description = "A command that carries redis-cli out elsewhere, such as [kubectl, exec, statefulset/redis, --]"},
}

local function with(params) return merge(connection, params) end

local function ask(p, ...)
    local argv = {table.unpack(p.via)}
    local where = p.socket or p.host .. ":" .. p.port
    local function add(...)
        for _, one in ipairs({...}) do argv[#argv + 1] = tostring(one) end
    end
    -- Elsewhere our environment is not known, and in an argument a password could be read.
    if #p.via > 0 and p.password then fail("a password cannot go through `via`") end
    add("redis-cli", "-e", "-n", p.database)
    if p.socket then add("-s", p.socket) else add("-h", p.host, "-p", p.port) end
    if p.user then add("--user", p.user) end
    add(...)
    local r = exec {argv = argv, env = {REDISCLI_AUTH = p.password}, timeout = p.timeout}
    local said = trim(r.stderr ~= "" and r.stderr or r.stdout)
    if not r.ok then fail("redis " .. where .. ": " .. (said ~= "" and lines(said)[1] or r.error or "")) end
    return r.stdout
end

-- "name:value" lines; what is a whole number becomes one.
local function info(p, section)
    local of = {}
    for name, value in ask(p, "INFO", section):gmatch("([%w_]+):([^\r\n]*)") do of[name] = math.tointeger(value) or value end
    return of
end

return {
    info = action {
        about = "Reads a section of what the server tells of itself.",
        effect = "read",
        params = with {section = {type = "string", default = "default", description = "Section, such as replication or clients"}},
        output = "a map from name to value",
        run = function(p) return info(p, p.section) end,
    },

    memory = action {
        about = "Tells how much memory the server uses of what it may.",
        effect = "read",
        params = with {
            max_percent = {type = "number", minimum = 0, maximum = 100, description = "Fail when more of maxmemory is used"},
        },
        output = "used, max (0: no limit) and peak in bytes, percent (nil without a limit), policy, fragmentation, evicted_keys",
        run = function(p)
            local of = info(p, "memory")
            local percent = of.maxmemory > 0 and round(100 * of.used_memory / of.maxmemory, 1) or nil
            if p.max_percent and percent and percent > p.max_percent then
                fail(string.format("redis uses %g %% of the memory it may, more than %g %%", percent, p.max_percent))
            end
            return {
                used = of.used_memory,
                max = of.maxmemory,
                peak = of.used_memory_peak,
                percent = percent,
                policy = of.maxmemory_policy,
                fragmentation = tonumber(of.mem_fragmentation_ratio),
                evicted_keys = info(p, "stats").evicted_keys,
            }
        end,
    },

    configure = action {
        about = "Changes a setting of the server while it runs. After a restart it is again what its configuration says.",
        effect = "write",
        params = with {
            name = {type = "string", required = true, pattern = "[a-z][a-z0-9-]*", description = "Setting, such as maxmemory"},
            value = {type = "string", required = true, description = "As in the configuration, such as 2gb"},
        },
        output = "name, before and now, as the server says them",
        run = function(p)
            local function value() return lines(ask(p, "CONFIG", "GET", p.name))[2] end
            local before = value() or fail("redis has no setting " .. p.name)
            ask(p, "CONFIG", "SET", p.name, p.value)
            return {name = p.name, before = before, now = value()}
        end,
    },

    flush = action {
        about = "Throws away every key of a database, or of all of them.",
        effect = "write",
        params = with {
            confirm = {type = "enum", enum = {"flush"}, required = true, description = "Write \"flush\" here: what is gone is gone"},
            all = {type = "boolean", default = false, description = "All databases of the server"},
        },
        output = "keys: how many there were",
        run = function(p)
            local keys = tonumber(trim(ask(p, "DBSIZE")):match("%d+"))
            if p.all then
                keys = 0
                for n in ask(p, "INFO", "keyspace"):gmatch("keys=(%d+)") do keys = keys + tonumber(n) end
            end
            ask(p, p.all and "FLUSHALL" or "FLUSHDB", "ASYNC")
            return {keys = keys}
        end,
    },
}
