-- Space on the disks of this machine, by df and du of coreutils.

local path = {type = "string", default = "/", description = "A path on the file system in question"}

local function usage(of)
    local out = must(exec {"df", "--block-size=1", "--output=size,used,avail,itotal,iused,target", "--", of}, "df " .. of).stdout
    local size, used, free, inodes, inodes_used, mount =
        out:match("\n%s*(%d+)%s+(%d+)%s+(%d+)%s+([%d-]+)%s+([%d-]+)%s+([^\n]+)")
    if not size then fail("df says something that is no table: " .. trim(out)) end
    size, used, free = tonumber(size), tonumber(used), tonumber(free)
    inodes, inodes_used = tonumber(inodes), tonumber(inodes_used)
    return {
        size = size,
        used = used,
        free = free,
        -- As df has it: what only root may use does not count as free.
        percent = used + free > 0 and math.ceil(100 * used / (used + free)) or 0,
        inodes_percent = inodes and inodes > 0 and math.ceil(100 * inodes_used / inodes) or 0,
        mount = mount,
    }
end

return {
    usage = action {
        about = "Tells how full the file system of a path is.",
        effect = "read",
        params = {
            path = path,
            max_percent = {type = "number", minimum = 0, maximum = 100, description = "Fail when it, or its inodes, are fuller"},
        },
        output = "size, used and free in bytes, percent, inodes_percent, mount",
        run = function(p)
            local found = usage(p.path)
            local fullest = math.max(found.percent, found.inodes_percent)
            if p.max_percent and fullest > p.max_percent then
                fail(string.format("%s is %d %% full%s, more than %g %%", found.mount, fullest,
                    found.inodes_percent > found.percent and " of files (inodes)" or "", p.max_percent))
            end
            return found
        end,
    },

    largest = action {
        about = "Finds the largest files and directories right below a directory.",
        effect = "read",
        params = {
            path = {type = "string", required = true, description = "The directory"},
            count = {type = "integer", default = 10, minimum = 1, maximum = 1000, description = "How many"},
            timeout = {type = "duration", default = "5m", description = "How long the search may take"},
        },
        output = "a list of {path, size}, the largest first; size in bytes on disk",
        run = function(p)
            -- du also says what it was not allowed to look at; what it could is the answer.
            local r = exec {
                argv = {"du", "--all", "--max-depth=1", "--one-file-system", "--block-size=1", "--", p.path},
                timeout = p.timeout,
            }
            if not r.ok and r.stdout == "" then must(r, "du " .. p.path) end
            local found = {}
            for line in r.stdout:gmatch("[^\n]+") do
                local size, name = line:match("^(%d+)\t(.*)$")
                if size and name ~= p.path then found[#found + 1] = {path = name, size = tonumber(size)} end
            end
            table.sort(found, function(a, b)
                if a.size ~= b.size then return a.size > b.size end
                return a.path < b.path
            end)
            for i = #found, p.count + 1, -1 do found[i] = nil end
            return found
        end,
    },
}
