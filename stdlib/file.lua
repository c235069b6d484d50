-- Files of the machine on which the run is carried out.

local path = {type = "string", required = true, description = "The file, as the step's directory sees it"}

-- The command's output; the step fails when the command does.
local function output(command)
    return must(exec(command), table.concat(command, " ")).stdout
end

local function stat(file)
    local out = output {"stat", "--format=%s %Y %F", "--", file}
    local size, modified, kind = out:match("^(%d+) (%d+) ([^\n]*)")
    return {size = tonumber(size), modified_at = tonumber(modified), type = kind}
end

local function is_there(file)
    return exec({"test", "-e", file}).exit_code == 0
end

return {
    exists = action {
        about = "Tells whether a file is there.",
        effect = "read",
        params = {path = path},
        output = "true or false",
        run = function(p) return is_there(p.path) end,
    },

    age = action {
        about = "Tells how long ago a file was last changed.",
        effect = "read",
        params = {
            path = path,
            max = {type = "duration", description = "Fail when it is older"},
        },
        output = "seconds, size, and modified_at in seconds since 1970",
        run = function(p)
            local found = stat(p.path)
            local seconds = math.max(0, now() - found.modified_at)
            if p.max and seconds > duration(p.max) then
                fail(string.format("%s is %.0f seconds old, more than %s", p.path, seconds, p.max))
            end
            return {seconds = seconds, size = found.size, modified_at = found.modified_at}
        end,
    },

    sha256 = action {
        about = "Hashes a file with SHA-256.",
        effect = "read",
        params = {
            path = path,
            expect = {type = "string", pattern = "[0-9a-fA-F]{64}", description = "Fail when it has another hash"},
        },
        output = "the hash in hexadecimal",
        run = function(p)
            -- A backslash before the hash marks a name that had to be quoted.
            local hash = output({"sha256sum", "--", p.path}):match("^\\?(%x+)")
            if p.expect and p.expect:lower() ~= hash then
                fail(p.path .. " has the SHA-256 " .. hash .. ", not " .. p.expect:lower())
            end
            return hash
        end,
    },

    rotate = action {
        about = "Moves a file out of the way: FILE becomes FILE.1, FILE.1 becomes FILE.2, and so on.",
        effect = "write",
        params = {
            path = path,
            keep = {type = "integer", default = 7, minimum = 1, maximum = 1000, description = "How many old ones stay"},
            create = {type = "boolean", default = true, description = "Leave an empty file in its place"},
        },
        output = "the paths that were moved, oldest first, and the one that was removed",
        run = function(p)
            local moved, removed = {}, nil
            if not is_there(p.path) then fail(p.path .. " is not there") end
            for number = p.keep, 0, -1 do
                local from = number == 0 and p.path or p.path .. "." .. number
                if is_there(from) then
                    if number == p.keep then
                        output {"rm", "--", from}
                        removed = from
                    else
                        output {"mv", "--", from, p.path .. "." .. (number + 1)}
                        moved[#moved + 1] = from
                    end
                end
            end
            if p.create then
                output {"touch", "--", p.path}
                output {"chmod", "--reference=" .. p.path .. ".1", "--", p.path}
            end
            return {moved = moved, removed = removed}
        end,
    },

    archive = action {
        about = "Packs files and directories into a compressed tar archive.",
        effect = "write",
        params = {
            paths = {type = "list", required = true, description = "What goes into it"},
            to = {type = "string", required = true, description = "The archive, such as /backup/logs.tar.gz"},
            overwrite = {type = "boolean", default = false, description = "Replace an archive that is there"},
        },
        output = "path, size in bytes and sha256 of the archive",
        run = function(p)
            if not p.overwrite and is_there(p.to) then fail(p.to .. " is there already") end
            local command = {"tar", "--create", "--auto-compress", "--file=" .. p.to, "--"}
            for _, one in ipairs(p.paths) do command[#command + 1] = one end
            output(command)
            return {
                path = p.to,
                size = stat(p.to).size,
                sha256 = output({"sha256sum", "--", p.to}):match("^\\?(%x+)"),
            }
        end,
    },
}
