-- Kubernetes through kubectl, with its configuration and rights. Objects come as the API has them.

local common = {
    namespace = {type = "string", description = "Namespace; else the context's"},
    context = {type = "string", description = "Context of the kubeconfig; else the current one"},
    kubeconfig = {type = "string", description = "Path; else KUBECONFIG or ~/.kube/config"},
    timeout = {type = "duration", default = "30s", description = "How long it may take"},
}

local function with(params) return merge(common, params) end

local function kubectl(p, arguments, stdin)
    local argv = {"kubectl"}
    if p.context then argv[#argv + 1] = "--context=" .. p.context end
    if p.namespace then argv[#argv + 1] = "--namespace=" .. p.namespace end
    for _, one in ipairs(arguments) do argv[#argv + 1] = one end
    -- Its own patience ends first, so that it can say what it was waiting for.
    return exec {argv = argv, stdin = stdin, env = {KUBECONFIG = p.kubeconfig}, timeout = duration(p.timeout) + 5}
end

local function ask(p, arguments, stdin)
    return must(kubectl(p, arguments, stdin), "kubectl " .. arguments[1] .. " " .. (arguments[2] or "")).stdout
end

local workload = {type = "string", required = true, pattern = "[a-z.]+/[a-z0-9][a-z0-9.-]*",
    description = "Kind and name, such as deployment/api"}

return {
    get = action {
        about = "Reads objects.",
        effect = "read",
        params = with {
            kind = {type = "string", required = true, pattern = "[a-zA-Z][a-zA-Z0-9.-]*", description = "Kind, such as pods"},
            name = {type = "string", pattern = "[a-z0-9][a-z0-9.-]*", description = "Name; without it, all that fit the selector"},
            selector = {type = "string", description = "Labels, such as app=api"},
        },
        output = "the object, or the list of objects when no name is given",
        run = function(p)
            local arguments = {"get", p.kind}
            if p.name then arguments[#arguments + 1] = p.name end
            if p.selector then arguments[#arguments + 1] = "--selector=" .. p.selector end
            arguments[#arguments + 1] = "--output=json"
            arguments[#arguments + 1] = "--request-timeout=" .. p.timeout
            local found = json.decode(ask(p, arguments))
            return p.name and found or found.items
        end,
    },

    rollout_status = action {
        about = "Waits until a rollout is done.",
        effect = "read",
        params = with {workload = workload, timeout = {type = "duration", default = "5m", description = "How long it may take"}},
        output = "what kubectl said last",
        run = function(p)
            local said = lines(trim(ask(p, {"rollout", "status", p.workload, "--timeout=" .. p.timeout})))
            return said[#said]
        end,
    },

    rollout_undo = action {
        about = "Goes back to an earlier revision of a workload.",
        effect = "write",
        params = with {
            workload = workload,
            revision = {type = "integer", minimum = 1, description = "Which; without it, the one before"},
        },
        output = "what kubectl said",
        run = function(p)
            local arguments = {"rollout", "undo", p.workload}
            if p.revision then arguments[#arguments + 1] = "--to-revision=" .. p.revision end
            return trim(ask(p, arguments))
        end,
    },

    scale = action {
        about = "Sets the number of replicas.",
        effect = "write",
        params = with {
            workload = workload,
            replicas = {type = "integer", required = true, minimum = 0, description = "How many there shall be"},
            from = {type = "integer", minimum = 0, description = "Only when there are so many now"},
        },
        output = "what kubectl said",
        run = function(p)
            local arguments = {"scale", p.workload, "--replicas=" .. p.replicas}
            if p.from then arguments[#arguments + 1] = "--current-replicas=" .. p.from end
            return trim(ask(p, arguments))
        end,
    },

    patch = action {
        about = "Changes an object.",
        effect = "write",
        params = with {
            workload = workload,
            patch = {type = "map", required = true, description = "The change, as the API's fields"},
            type = {type = "enum", enum = {"strategic", "merge"}, default = "strategic", description = "How it is put together with what is there"},
        },
        output = "what kubectl said",
        run = function(p)
            return trim(ask(p, {"patch", p.workload, "--type=" .. p.type, "--patch=" .. json(p.patch)}))
        end,
    },

    logs = action {
        about = "Reads what the containers of a pod or a workload print.",
        effect = "read",
        params = with {
            of = {type = "string", required = true, description = "Pod, or kind and name"},
            container = {type = "string", description = "Container"},
            tail = {type = "integer", default = 100, minimum = 1, maximum = 10000, description = "How many of the last lines"},
            since = {type = "duration", description = "Only what is younger"},
            previous = {type = "boolean", default = false, description = "Of the container that ran before a restart"},
        },
        output = "the text",
        run = function(p)
            local arguments = {"logs", p.of, "--tail=" .. p.tail}
            if p.container then arguments[#arguments + 1] = "--container=" .. p.container end
            if p.since then arguments[#arguments + 1] = "--since=" .. p.since end
            if p.previous then arguments[#arguments + 1] = "--previous" end
            return ask(p, arguments)
        end,
    },

    wait = action {
        about = "Waits until a condition of objects holds.",
        effect = "read",
        params = with {
            kind = {type = "string", required = true, pattern = "[a-zA-Z][a-zA-Z0-9.-]*", description = "Kind, such as pod"},
            name = {type = "string", pattern = "[a-z0-9][a-z0-9.-]*", description = "Name"},
            selector = {type = "string", description = "Labels, instead of the name"},
            condition = {type = "string", default = "condition=Ready", description = "As kubectl wait --for takes it"},
            timeout = {type = "duration", default = "5m", description = "How long it may take"},
        },
        output = "what kubectl said",
        run = function(p)
            local arguments = {"wait", p.name and p.kind .. "/" .. p.name or p.kind, "--for=" .. p.condition, "--timeout=" .. p.timeout}
            if p.selector then arguments[#arguments + 1] = "--selector=" .. p.selector end
            return trim(ask(p, arguments))
        end,
    },
}
