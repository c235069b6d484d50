-- git in a working copy of this machine.

local path = {type = "string", required = true, description = "The working copy"}

local function git(p, ...)
    local argv = {"git", "-C", p.path}
    for _, one in ipairs({...}) do argv[#argv + 1] = one end
    -- It would ask for a password on the terminal.
    return must(exec {argv = argv, env = {GIT_TERMINAL_PROMPT = "0"}, timeout = p.timeout}, "git " .. argv[4]).stdout
end

local timeout = {type = "duration", default = "2m", description = "How long it may take"}

return {
    head = action {
        about = "Tells which commit is checked out.",
        effect = "read",
        params = {path = path, timeout = timeout},
        output = "commit, branch (nil when detached), describe, clean",
        run = function(p)
            local branch = exec {"git", "-C", p.path, "symbolic-ref", "--quiet", "--short", "HEAD"}
            return {
                commit = trim(git(p, "rev-parse", "HEAD")),
                branch = branch.ok and trim(branch.stdout) or nil,
                describe = trim(git(p, "describe", "--tags", "--always", "--dirty")),
                clean = git(p, "status", "--porcelain") == "",
            }
        end,
    },

    fetch = action {
        about = "Fetches from a remote.",
        effect = "write",
        params = {path = path, remote = {type = "string", default = "origin", description = "Remote"}, timeout = timeout},
        output = "nothing",
        run = function(p) git(p, "fetch", "--tags", "--prune", "--", p.remote) end,
    },

    tag = action {
        about = "Makes an annotated tag. One that is there already at the same commit is taken as made.",
        effect = "write",
        params = {
            path = path,
            name = {type = "string", required = true, pattern = "[A-Za-z0-9][A-Za-z0-9._/-]*", description = "Name of the tag"},
            message = {type = "string", required = true, description = "What it is for"},
            at = {type = "string", default = "HEAD", description = "Commit"},
            timeout = timeout,
        },
        output = "commit",
        run = function(p)
            local commit = trim(git(p, "rev-parse", "--verify", "--end-of-options", p.at .. "^{commit}"))
            local there = exec {"git", "-C", p.path, "rev-parse", "--quiet", "--verify", "refs/tags/" .. p.name .. "^{commit}"}
            if there.ok then
                if trim(there.stdout) ~= commit then
                    fail("the tag " .. p.name .. " is there already, at " .. trim(there.stdout))
                end
                return {commit = commit}
            end
            git(p, "tag", "--annotate", "--message=" .. p.message, "--", p.name, commit)
            return {commit = commit}
        end,
    },

    push = action {
        about = "Pushes a branch or a tag; never by force.",
        effect = "write",
        params = {
            path = path,
            ref = {type = "string", required = true, pattern = "[A-Za-z0-9][A-Za-z0-9._/-]*", description = "Branch or tag"},
            remote = {type = "string", default = "origin", description = "Remote"},
            timeout = timeout,
        },
        output = "nothing",
        run = function(p) git(p, "push", "--", p.remote, p.ref) end,
    },
}
