-- Log files, by grep and sort: they may be larger than memory.

local path = {type = "string", required = true, description = "The file"}
local pattern = {type = "string", required = true, description = "An extended regular expression"}

-- grep says with 1 that nothing fits.
local function grep(arguments, path_, text)
    local argv = {"grep", "--extended-regexp", "--text"}
    for _, one in ipairs(arguments) do argv[#argv + 1] = one end
    argv[#argv + 1] = "--regexp=" .. text
    argv[#argv + 1] = "--"
    argv[#argv + 1] = path_
    local r = exec(argv)
    if r.exit_code ~= 0 and r.exit_code ~= 1 then must(r, "grep " .. path_) end
    return r.stdout
end

return {
    count = action {
        about = "Counts the lines that fit a pattern.",
        effect = "read",
        params = {
            path = path,
            pattern = pattern,
            max = {type = "integer", minimum = 0, description = "Fail when there are more"},
        },
        output = "how many",
        run = function(p)
            local count = tonumber(trim(grep({"--count"}, p.path, p.pattern)))
            if p.max and count > p.max then
                fail(string.format("%d lines of %s fit %s, more than %d", count, p.path, p.pattern, p.max))
            end
            return count
        end,
    },

    grep = action {
        about = "Shows the first lines that fit a pattern.",
        effect = "read",
        params = {
            path = path,
            pattern = pattern,
            count = {type = "integer", default = 100, minimum = 1, maximum = 10000, description = "At most so many"},
        },
        output = "a list of {line, text}",
        run = function(p)
            local found = {}
            for number, text in grep({"--line-number", "--max-count=" .. p.count}, p.path, p.pattern):gmatch("(%d+):([^\n]*)\n") do
                found[#found + 1] = {line = tonumber(number), text = text}
            end
            return found
        end,
    },

    top = action {
        about = "Tells which texts that fit a pattern occur most often, such as addresses or status codes.",
        effect = "read",
        params = {
            path = path,
            pattern = pattern,
            count = {type = "integer", default = 10, minimum = 1, maximum = 1000, description = "How many"},
        },
        output = "a list of {text, count}, the most frequent first",
        run = function(p)
            local r = must(exec {
                argv = {"bash", "-c", [[
                    set -o pipefail
                    { grep --extended-regexp --text --only-matching --regexp="$LOG_PATTERN" -- "$LOG_PATH" || test $? = 1; } |
                        LC_ALL=C sort | uniq -c | LC_ALL=C sort -k1,1nr -k2 | awk -v count="$LOG_COUNT" 'NR <= count'
                ]]},
                env = {LOG_PATTERN = p.pattern, LOG_PATH = p.path, LOG_COUNT = tostring(p.count)},
            }, "grep " .. p.path)
            local found = {}
            for count, text in r.stdout:gmatch("%s*(%d+) ([^\n]*)\n") do
                found[#found + 1] = {text = text, count = tonumber(count)}
            end
            return found
        end,
    },
}
