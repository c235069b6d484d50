-- Containers of Docker on this machine, by its command line.

local name = {type = "string", required = true, pattern = "[a-zA-Z0-9][a-zA-Z0-9_.-]*", description = "Name or id of the container"}
local timeout = {type = "duration", default = "1m", description = "How long it may take"}

local function docker(p, ...)
    local argv = {"docker"}
    for _, one in ipairs({...}) do argv[#argv + 1] = one end
    return must(exec {argv = argv, timeout = p.timeout}, "docker " .. argv[2]).stdout
end

-- One JSON document a line.
local function documents(text)
    local found = {}
    for line in text:gmatch("[^\n]+") do found[#found + 1] = json.decode(line) end
    return found
end

return {
    ps = action {
        about = "Lists containers.",
        effect = "read",
        params = {
            all = {type = "boolean", default = false, description = "Also those that do not run"},
            filter = {type = "list", default = {}, description = "As docker ps --filter takes them, such as label=app=api"},
            timeout = timeout,
        },
        output = "a list of maps, as docker ps --format json has them",
        run = function(p)
            local argv = {"ps", "--no-trunc", "--format={{json .}}"}
            if p.all then argv[#argv + 1] = "--all" end
            for _, one in ipairs(p.filter) do argv[#argv + 1] = "--filter=" .. one end
            return documents(docker(p, table.unpack(argv)))
        end,
    },

    inspect = action {
        about = "Tells everything about a container.",
        effect = "read",
        params = {name = name, timeout = timeout},
        output = "a map, as docker inspect has it",
        run = function(p) return json.decode(docker(p, "inspect", "--type=container", p.name))[1] end,
    },

    logs = action {
        about = "Reads what a container has printed, both streams after one another.",
        effect = "read",
        params = {
            name = name,
            tail = {type = "integer", default = 100, minimum = 1, maximum = 10000, description = "How many of the last lines"},
            since = {type = "duration", description = "Only what is younger"},
            timeout = timeout,
        },
        output = "stdout and stderr",
        run = function(p)
            local argv = {"docker", "logs", "--tail=" .. p.tail}
            if p.since then argv[#argv + 1] = string.format("--since=%ds", math.ceil(duration(p.since))) end
            argv[#argv + 1] = p.name
            local r = must(exec {argv = argv, timeout = p.timeout}, "docker logs " .. p.name)
            return {stdout = r.stdout, stderr = r.stderr}
        end,
    },

    restart = action {
        about = "Restarts a container.",
        effect = "write",
        params = {
            name = name,
            grace = {type = "duration", default = "10s", description = "How long it has to end before it is killed"},
            timeout = timeout,
        },
        output = "nothing",
        run = function(p) docker(p, "restart", "--time=" .. math.ceil(duration(p.grace)), p.name) end,
    },

    stats = action {
        about = "Measures what the containers that run use.",
        effect = "read",
        params = {timeout = timeout},
        output = "a list of maps, as docker stats --format json has them",
        run = function(p) return documents(docker(p, "stats", "--no-stream", "--no-trunc", "--format={{json .}}")) end,
    },
}
