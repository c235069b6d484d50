-- Names and addresses: as this machine resolves them (getent), or as name servers answer (dig of bind9-dnsutils).

return {
    lookup = action {
        about = "Resolves a name as programs of this machine do, /etc/hosts included.",
        effect = "read",
        params = {
            name = {type = "string", required = true, description = "The name"},
            expect = {type = "string", description = "Fail when this address is not among the answers"},
        },
        output = "a sorted list of addresses",
        run = function(p)
            local seen, found = {}, {}
            local r = exec {"getent", "ahosts", p.name}
            if r.exit_code == 2 then fail(p.name .. " has no address") end
            for address in must(r, "getent ahosts " .. p.name).stdout:gmatch("([^%s]+)[^\n]*") do
                if not seen[address] then
                    seen[address] = true
                    found[#found + 1] = address
                end
            end
            table.sort(found)
            if p.expect and not contains(found, p.expect) then
                fail(p.name .. " is " .. table.concat(found, ", ") .. ", not " .. p.expect)
            end
            return found
        end,
    },

    records = action {
        about = "Asks a name server for records.",
        effect = "read",
        params = {
            name = {type = "string", required = true, description = "The name"},
            type = {type = "enum", enum = {"A", "AAAA", "CAA", "CNAME", "MX", "NS", "PTR", "SOA", "SRV", "TXT"}, default = "A",
                description = "The kind of record"},
            server = {type = "string", description = "Which server is asked; else the system's"},
            port = {type = "integer", default = 53, minimum = 1, maximum = 65535, description = "Its port"},
            timeout = {type = "duration", default = "5s", description = "How long an answer may take"},
        },
        output = "a sorted list of the records' texts; empty when there are none",
        run = function(p)
            local argv = {"dig", "+short", "+tries=1", "+time=" .. math.ceil(duration(p.timeout)), "-p", tostring(p.port)}
            if p.server then argv[#argv + 1] = "@" .. p.server end
            argv[#argv + 1] = "-q"
            argv[#argv + 1] = p.name
            argv[#argv + 1] = "-t"
            argv[#argv + 1] = p.type
            local found = {}
            for line in must(exec(argv), "dig " .. p.name).stdout:gmatch("[^\n]+") do
                if line:sub(1, 1) == ";" then fail("dig " .. p.name .. ": " .. trim(line:gsub("^;+", ""))) end
                found[#found + 1] = line
            end
            table.sort(found)
            return found
        end,
    },
}
