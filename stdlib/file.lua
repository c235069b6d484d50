-- Files of the machine the run is on.
return {
    exists = action {
        about = "Whether a file is there.",
        params = {
            path = {type = "string", required = true, description = "Where it is, beside the runbook or from the root."},
        },
        effect = "read",
        run = function(p)
            local r = exec {"test", "-e", p.path}
            return r.exit_code == 0
        end,
    },
}
