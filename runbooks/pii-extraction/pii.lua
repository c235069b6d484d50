-- What the PII Extraction System knows of itself, asked through its own Python modules and scripts. The step that
-- uses one of these stands in the system's folder (`cwd`). No answer holds a password: what prints one is taken apart
-- in Python, before it comes here.

-- The modules may print on the way: the answer is the last line.
local function ask(what, code, arguments, env)
    local argv = {"python3", "-c", "import json, sys\n" .. code}
    for _, argument in ipairs(arguments or {}) do argv[#argv + 1] = tostring(argument) end
    local r = must(exec {argv = argv, env = env}, what)
    local said = lines(trim(r.stdout))
    local ok, answer = pcall(json.decode, said[#said] or "")
    if not ok then fail(what .. ": this is no JSON: " .. (said[#said] or "nothing was printed")) end
    return answer
end

local function in_environment(name)
    return name and {ENVIRONMENT = name} or nil
end

local environment = {type = "string", enum = {"development", "staging", "production"},
    description = "The environment; else that of ENVIRONMENT"}
local path = {type = "string", required = true, description = "The file, as the step's directory sees it"}

-- The scripts name a backup by its kind and when it was made: database_20231215_143022.
local function backup_at(stamp)
    local year, month, day, hour, minute, second = stamp:match("^(%d%d%d%d)(%d%d)(%d%d)_(%d%d)(%d%d)(%d%d)$")
    return time(string.format("%s-%s-%sT%s:%s:%sZ", year, month, day, hour, minute, second))
end

return {
    health = action {
        about = "Runs the system's own health checks.",
        effect = "read",
        params = {
            expect = {type = "string", description = "Fail when the whole is anything else, such as healthy"},
        },
        output = "status, checks (a list of {name, status, message}), and unwell: a text that names those that are not healthy",
        run = function(p)
            local found = ask("health checks", [[
from src.core.health_checks import get_system_health
health = get_system_health()
print(json.dumps({"status": health.status.value, "checks": [
    {"name": check.name, "status": check.status.value, "message": check.message} for check in health.checks]}))]])
            local unwell = {}
            for _, check in ipairs(found.checks) do
                if check.status ~= "healthy" then unwell[#unwell + 1] = check.name .. ": " .. check.message end
            end
            unwell = table.concat(unwell, "; ")
            if p.expect and found.status ~= p.expect then
                fail("the system is " .. found.status .. (unwell ~= "" and " (" .. unwell .. ")" or ""))
            end
            return {status = found.status, checks = found.checks, unwell = unwell}
        end,
    },

    health_report = action {
        about = "Writes the report of the health monitor into a file.",
        effect = "write",
        params = {path = path},
        output = "the path",
        run = function(p)
            return ask("health report", [[
from src.core.health_checks import get_health_monitor
get_health_monitor().export_health_report(sys.argv[1])
print(json.dumps(sys.argv[1]))]], {p.path})
        end,
    },

    environment = action {
        about = "Lets the system validate its configuration.",
        effect = "read",
        params = {
            environment = environment,
            must_be_valid = {type = "boolean", default = false, description = "Fail when it is not"},
        },
        output = "valid, and missing: a list of names",
        run = function(p)
            local found = ask("environment", [[
from src.core.environment_manager import get_env_manager
result = get_env_manager().validate_current_environment()
print(json.dumps({"valid": bool(result["valid"]), "missing": list(result.get("missing_required") or [])}))]],
                nil, in_environment(p.environment))
            if p.must_be_valid and not found.valid then
                fail("the configuration is not valid; missing: " .. table.concat(found.missing, ", "))
            end
            return found
        end,
    },

    environment_report = action {
        about = "Writes the status of the environment into a file that only its owner may read.",
        effect = "write",
        params = {environment = environment, path = path},
        output = "the path",
        run = function(p)
            return ask("environment report", [[
import os
from src.core.environment_manager import get_env_manager
os.umask(0o077)
get_env_manager().export_environment_info(sys.argv[1])
os.chmod(sys.argv[1], 0o600)
print(json.dumps(sys.argv[1]))]], {p.path}, in_environment(p.environment))
        end,
    },

    setting = action {
        about = "Reads one value of the configuration. Not for secrets: the value is kept in the journal.",
        effect = "read",
        params = {name = {type = "string", required = true, pattern = "(PROCESSING|ML_MODELS)__[A-Z_]+", description = "Which"}},
        output = "the value as text; empty where there is none",
        run = function(p)
            return ask("setting " .. p.name, [[
from src.core.environment_manager import get_env_manager
value = get_env_manager().get_config_value(sys.argv[1])
print(json.dumps("" if value is None else str(value)))]], {p.name})
        end,
    },

    database = action {
        about = "Asks the configured database how it is: SQLite for its pages through sqlite3, PostgreSQL for a row through psql.",
        effect = "read",
        params = {must_answer = {type = "boolean", default = false, description = "Fail when it does not"}},
        output = "kind (sqlite or postgresql), place (without user and password), answers, and what it said",
        run = function(p)
            local found = ask("database", [[
import os, subprocess
from urllib.parse import unquote, urlsplit
from src.core.environment_manager import get_env_manager
url = urlsplit(get_env_manager().get_database_config()["url"])
environment = dict(os.environ, PGCONNECT_TIMEOUT="10")
if url.scheme.startswith("sqlite"):
    kind, place = "sqlite", url.path[1:]
    command, wanted = ["sqlite3", "-readonly", place, "PRAGMA quick_check;"], "ok"
else:
    kind, place = "postgresql", "%s:%s%s" % (url.hostname, url.port or 5432, url.path)
    command, wanted = ["psql", "-XAtqw", "-c", "SELECT 1"], "1"
    given = {"PGHOST": url.hostname, "PGPORT": url.port, "PGUSER": url.username, "PGPASSWORD": url.password,
             "PGDATABASE": url.path[1:]}
    environment.update({name: unquote(str(value)) for name, value in given.items() if value})
asked = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)
answers = asked.returncode == 0 and asked.stdout.strip() == wanted
print(json.dumps({"kind": kind, "place": place, "answers": answers, "said": (asked.stderr or asked.stdout).strip()}))]])
            if p.must_answer and not found.answers then
                fail("the database " .. found.place .. " does not answer: " .. found.said)
            end
            return found
        end,
    },

    integrity = action {
        about = "Checks the pages of a SQLite database, and that its indexes fit its tables.",
        effect = "read",
        params = {path = path},
        output = "sound, and what SQLite said",
        run = function(p)
            local r = exec {"sqlite3", "-readonly", p.path, "PRAGMA integrity_check;"}
            local said = trim(r.ok and r.stdout or r.stderr)
            return {sound = said == "ok", said = said}
        end,
    },

    performance = action {
        about = "Reads the summary of the performance monitor.",
        effect = "read",
        params = {},
        output = "the summary, as the monitor has it",
        run = function()
            return ask("performance", [[
from src.core.performance_monitor import get_performance_monitor
print(json.dumps(get_performance_monitor().get_performance_summary(), default=str))]])
        end,
    },

    metric = action {
        about = "Reads mean and maximum of a metric over the last minutes.",
        effect = "read",
        params = {
            name = {type = "string", required = true, description = "Such as pii.processing_time_ms"},
            minutes = {type = "integer", default = 60, minimum = 1, description = "How far back"},
        },
        output = "mean and max; 0 where nothing was measured",
        run = function(p)
            return ask("metric " .. p.name, [[
from src.core.performance_monitor import get_performance_monitor
stats = get_performance_monitor().collector.get_metric_statistics(sys.argv[1], int(sys.argv[2])) or {}
print(json.dumps({"mean": stats.get("mean", 0), "max": stats.get("max", 0)}))]], {p.name, p.minutes})
        end,
    },

    samples = action {
        about = "Reads the last measured values of a metric.",
        effect = "read",
        params = {
            name = {type = "string", required = true, description = "Such as system.memory_percent"},
            count = {type = "integer", default = 10, minimum = 2, description = "How many"},
        },
        output = "values, the oldest first, and growth: how much they rose from one half to the other on average",
        run = function(p)
            local values = ask("samples of " .. p.name, [==[
from src.core.performance_monitor import get_performance_monitor
points = get_performance_monitor().collector.get_metric_values(sys.argv[1])
print(json.dumps([point.value for point in points[-int(sys.argv[2]):]]))]==], {p.name, p.count})
            local half, before, after = #values // 2, 0, 0
            for i = 1, half do
                before = before + values[i]
                after = after + values[#values - half + i]
            end
            return {values = values, growth = half > 0 and round((after - before) / half, 2) or 0}
        end,
    },

    security = action {
        about = "Reads whether the system asks its users who they are.",
        effect = "read",
        params = {},
        output = "authentication: true or false",
        run = function()
            return ask("security settings", [[
from src.core.environment_manager import get_env_manager
print(json.dumps({"authentication": bool(get_env_manager().get_security_config()["enable_auth"])}))]])
        end,
    },

    backups = action {
        about = "Lists the backups that the recovery script knows.",
        effect = "read",
        params = {
            kind = {type = "string", enum = {"full", "database", "any"}, default = "any", description = "Which"},
            name = {type = "string", description = "Fail when this one is not among them"},
            max_age = {type = "duration", description = "Fail when there is none that is younger"},
        },
        output = "backups (a list of {name, kind, at}, the newest first), count, and newest: its name, or empty",
        run = function(p)
            local said = must(exec {"./scripts/backup/disaster_recovery.sh", "list"}, "disaster_recovery.sh list").stdout
            local found, seen = {}, {}
            for kind, stamp in said:gmatch("(%l+)_(%d%d%d%d%d%d%d%d_%d%d%d%d%d%d)") do
                local name = kind .. "_" .. stamp
                if not seen[name] and (p.kind == "any" or p.kind == kind) then
                    found[#found + 1] = {name = name, kind = kind, at = backup_at(stamp)}
                end
                seen[name] = true
            end
            table.sort(found, function(a, b) return a.at > b.at or (a.at == b.at and a.name < b.name) end)
            if p.name and not any(found, function(one) return one.name == p.name end) then
                fail("there is no backup " .. p.name .. "; there are " .. (#found > 0 and
                    table.concat(map(found, function(one) return one.name end), ", ") or "none"))
            end
            if p.max_age and (not found[1] or now() - found[1].at > duration(p.max_age)) then
                fail("the newest backup is " .. (found[1] and found[1].name or "none at all") .. ", not younger than " .. p.max_age)
            end
            return {backups = found, count = #found, newest = found[1] and found[1].name or ""}
        end,
    },
}
