-- PostgreSQL through its own programs: psql, pg_dump, createdb, dropdb. Values never become text of a query: psql gets
-- them as variables, and :'name' in the query puts one in quoted (psql(1), "SQL Interpolation").

local connection = {
    host = {type = "string", description = "Host or directory of the socket; else PGHOST"},
    port = {type = "integer", minimum = 1, maximum = 65535, description = "Port; else PGPORT, or 5432"},
    user = {type = "string", description = "Role; else PGUSER"},
    password = {type = "string", secret = true, description = "Its password; else PGPASSWORD or ~/.pgpass"},
    database = {type = "string", default = "postgres", description = "Database"},
    timeout = {type = "duration", default = "1m", description = "How long it may take"},
}

local function with(params) return merge(connection, params) end

-- Where the server can only be asked from beside it, as in a cluster.
local function beside(params)
    return merge(with(params), {via = {type = "list", default = {},
        description = "A command that carries psql out elsewhere, such as [kubectl, exec, -i, statefulset/db, --]"}})
end

-- The programs of PostgreSQL take these from the environment: a password is not seen by others there.
local function environment(p)
    return {
        PGHOST = p.host,
        PGPORT = p.port and tostring(p.port) or nil,
        PGUSER = p.user,
        PGPASSWORD = p.password,
        PGAPPNAME = "runbook",
        PGCONNECT_TIMEOUT = "10",
    }
end

-- Elsewhere our environment is not known, so that it goes along with the command, where a password could be read.
local function elsewhere(p, argv)
    local all, known = {table.unpack(p.via)}, environment(p)
    if p.password then fail("a password cannot go through `via`: let the role log in there without one, or by ~/.pgpass") end
    all[#all + 1] = "env"
    for _, name in ipairs(keys(known)) do all[#all + 1] = name .. "=" .. known[name] end
    for _, one in ipairs(argv) do all[#all + 1] = one end
    return all
end

local function command(p, argv, stdin)
    if p.via and #p.via > 0 then return exec {argv = elsewhere(p, argv), stdin = stdin, timeout = p.timeout} end
    return exec {argv = argv, env = environment(p), stdin = stdin, timeout = p.timeout}
end

-- What the server says is wrong stands in the middle of what psql says.
local function well(r, what)
    local said = r.stderr:match("ERROR:%s+([^\n]*)") or r.stderr:match("FATAL:%s+([^\n]*)")
    if not r.ok and said then fail(what .. ": " .. said) end
    return must(r, what)
end

-- Rows as a list of maps: PostgreSQL itself makes the JSON.
local function rows(p, sql, values, database)
    local argv = {"psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1",
        "--dbname=" .. (database or p.database)}
    for name, value in pairs(values or {}) do argv[#argv + 1] = "--set=" .. name .. "=" .. tostring(value) end
    local inner = trim(sql):gsub(";%s*$", "")
    local r = command(p, argv, "SELECT coalesce(json_agg(row_to_json(r)), '[]') FROM (" .. inner .. "\n) r;\n")
    return json.decode(well(r, "psql " .. (database or p.database)).stdout)
end

local function run(p, sql, values, database)
    local argv = {"psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--dbname=" .. (database or p.database)}
    for name, value in pairs(values or {}) do argv[#argv + 1] = "--set=" .. name .. "=" .. tostring(value) end
    return well(command(p, argv, sql), "psql " .. (database or p.database))
end

return {
    query = action {
        about = "Reads rows.",
        effect = "read",
        params = beside {
            sql = {type = "string", required = true, description = "One SELECT; :'name' stands for a value as text, :name for a number"},
            values = {type = "map", default = {}, description = "Values by name"},
        },
        output = "a list of rows, each a map from column to value",
        run = function(p) return rows(p, p.sql, p.values) end,
    },

    execute = action {
        about = "Carries out statements that change something, in one transaction.",
        effect = "write",
        params = beside {
            sql = {type = "string", required = true, description = "Statements; :'name' stands for a value as text"},
            values = {type = "map", default = {}, description = "Values by name"},
        },
        output = "nothing",
        run = function(p)
            run(p, "BEGIN;\n" .. trim(p.sql):gsub(";%s*$", "") .. ";\nCOMMIT;\n", p.values)
        end,
    },

    sessions = action {
        about = "Tells how many connections there are, by state, and how many are left.",
        effect = "read",
        params = beside {
            max_percent = {type = "number", minimum = 0, maximum = 100, description = "Fail when more of the connections are in use"},
        },
        output = "total, max, percent, and states: a map from state to number",
        run = function(p)
            local states, total = {}, 0
            for _, row in ipairs(rows(p, [[SELECT coalesce(state, 'other') AS state, count(*) AS n
                    FROM pg_stat_activity WHERE backend_type = 'client backend' GROUP BY 1]])) do
                states[row.state] = row.n
                total = total + row.n
            end
            local max = rows(p, "SELECT current_setting('max_connections')::int AS n")[1].n
            local percent = round(100 * total / max, 1)
            if p.max_percent and percent > p.max_percent then
                fail(string.format("%d of %d connections are in use: %g %%, more than %g %%", total, max, percent, p.max_percent))
            end
            return {total = total, max = max, percent = percent, states = states}
        end,
    },

    terminate_idle = action {
        about = "Ends sessions that have been idle for long.",
        effect = "write",
        params = beside {
            idle_for = {type = "duration", default = "10m", description = "Only those idle for longer"},
            in_transaction = {type = "boolean", default = false, description = "Also those idle within a transaction"},
            only_user = {type = "string", default = "", description = "Only those of this role"},
            only_database = {type = "string", default = "", description = "Only those in this database"},
        },
        output = "a list of {pid, user, database, state, idle_seconds} that were ended",
        run = function(p)
            -- SQL promises no order within WHERE: whom it concerns has to be settled before anybody is ended.
            return rows(p, [[WITH idle AS MATERIALIZED (
                    SELECT pid, usename AS user, datname AS database, state,
                        extract(epoch FROM clock_timestamp() - state_change)::bigint AS idle_seconds
                    FROM pg_stat_activity
                    WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'
                        AND (state = 'idle' OR (:'in_transaction' = 'true' AND state LIKE 'idle in transaction%'))
                        AND state_change < clock_timestamp() - make_interval(secs => :seconds)
                        AND (:'only_user' = '' OR usename = :'only_user')
                        AND (:'only_database' = '' OR datname = :'only_database'))
                SELECT * FROM idle WHERE pg_terminate_backend(pid)]], {
                in_transaction = p.in_transaction,
                seconds = duration(p.idle_for),
                only_user = p.only_user,
                only_database = p.only_database,
            })
        end,
    },

    backup = action {
        about = "Dumps a database into a file, in pg_dump's custom format. The file is there whole, or not at all.",
        effect = "write",
        params = with {
            to = {type = "string", required = true, description = "The file"},
            overwrite = {type = "boolean", default = false, description = "Replace a file that is there"},
            timeout = {type = "duration", default = "2h", description = "How long it may take"},
        },
        output = "path, size in bytes and sha256",
        run = function(p)
            local partial = p.to .. ".partial"
            if not p.overwrite and exec({"test", "-e", p.to}).ok then fail(p.to .. " is there already") end
            local r = command(p, {"pg_dump", "--format=custom", "--file=" .. partial, "--dbname=" .. p.database})
            if not r.ok then exec {"rm", "-f", "--", partial} end
            must(r, "pg_dump " .. p.database)
            must(exec {"mv", "--", partial, p.to}, "mv " .. partial)
            return {
                path = p.to,
                size = tonumber(trim(must(exec {"stat", "--format=%s", "--", p.to}, "stat " .. p.to).stdout)),
                sha256 = must(exec {"sha256sum", "--", p.to}, "sha256sum " .. p.to).stdout:match("^\\?(%x+)"),
            }
        end,
    },

    restore_check = action {
        about = "Restores a dump into a scratch database, asks it something, and drops it whatever happens.",
        effect = "write",
        params = with {
            from = {type = "string", required = true, description = "A file that backup has made"},
            sql = {type = "string", default = "SELECT count(*) AS tables FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')",
                description = "One SELECT that is asked of what was restored"},
            scratch = {type = "string", pattern = "[a-z_][a-z0-9_]*", description = "Name of the scratch database; else one is made up"},
            timeout = {type = "duration", default = "2h", description = "How long each part may take"},
        },
        output = "the rows that the question brought",
        run = function(p)
            local scratch = p.scratch or "runbook_check_" .. random(100000, 999999)
            must(command(p, {"createdb", "--maintenance-db=" .. p.database, "--template=template0", "--", scratch}), "createdb " .. scratch)
            local restored = command(p, {"pg_restore", "--exit-on-error", "--no-owner", "--dbname=" .. scratch, "--", p.from})
            local asked, found = true, nil
            if restored.ok then asked, found = pcall(rows, p, p.sql, nil, scratch) end
            local dropped = command(p, {"dropdb", "--maintenance-db=" .. p.database, "--force", "--", scratch})
            must(restored, "pg_restore " .. p.from)
            if not asked then fail(found) end
            must(dropped, "dropdb " .. scratch)
            return found
        end,
    },

    vacuum = action {
        about = "Vacuums and analyses a database, or one table of it.",
        effect = "write",
        params = beside {
            table = {type = "string", description = "Only this table, as schema.table"},
            full = {type = "boolean", default = false, description = "Rewrite tables; they are locked meanwhile"},
            timeout = {type = "duration", default = "2h", description = "How long it may take"},
        },
        output = "nothing",
        run = function(p)
            local argv = {"vacuumdb", "--analyze", "--quiet", "--dbname=" .. p.database}
            if p.full then argv[#argv + 1] = "--full" end
            if p.table then argv[#argv + 1] = "--table=" .. p.table end
            must(command(p, argv), "vacuumdb " .. p.database)
        end,
    },
}
