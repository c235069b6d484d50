-- Units of systemd on this machine, by systemctl and journalctl.

local unit = {type = "string", required = true, pattern = "[A-Za-z0-9:_.@\\\\-]+", description = "Unit, such as nginx.service"}
local user = {type = "boolean", default = false, description = "Of the user's manager, not the system's"}
local timeout = {type = "duration", default = "2m", description = "How long it may take"}

local function systemctl(p, ...)
    local argv = {"systemctl", "--no-pager", "--no-ask-password"}
    if p.user then argv[#argv + 1] = "--user" end
    for _, one in ipairs({...}) do argv[#argv + 1] = one end
    return exec {argv = argv, timeout = p.timeout}
end

-- systemctl show answers for units that are not there, too.
local function status(p)
    local of = {}
    local properties = "--property=LoadState,ActiveState,SubState,UnitFileState,MainPID,NRestarts,Result"
    for name, value in must(systemctl(p, "show", properties, "--", p.unit), "systemctl show " .. p.unit).stdout:gmatch("(%w+)=([^\n]*)") do
        of[name] = value
    end
    if of.LoadState == "not-found" then fail("there is no unit " .. p.unit) end
    return {
        active = of.ActiveState == "active",
        state = of.ActiveState,
        sub_state = of.SubState,
        enabled = of.UnitFileState == "enabled",
        pid = tonumber(of.MainPID) ~= 0 and tonumber(of.MainPID) or nil,
        restarts = tonumber(of.NRestarts) or 0,
        result = of.Result,
    }
end

local function verb(name, about)
    return action {
        about = about,
        effect = "write",
        params = {unit = unit, user = user, timeout = timeout},
        output = "as systemd.status",
        run = function(p)
            must(systemctl(p, name, "--", p.unit), "systemctl " .. name .. " " .. p.unit)
            return status(p)
        end,
    }
end

return {
    start = verb("start", "Starts a unit."),
    stop = verb("stop", "Stops a unit."),
    restart = verb("restart", "Restarts a unit, or starts it."),
    reload = verb("reload", "Has a unit read its configuration again."),

    status = action {
        about = "Tells how a unit is.",
        effect = "read",
        params = {unit = unit, user = user, timeout = timeout},
        output = "active, state, sub_state, enabled, pid, restarts, result",
        run = status,
    },

    wait_active = action {
        about = "Waits until a unit is active and has stayed so for a while.",
        effect = "read",
        params = {
            unit = unit,
            user = user,
            timeout = {type = "duration", default = "1m", description = "Fail when it is not by then"},
            steady = {type = "duration", default = "2s", description = "How long it must stay active, without a restart"},
        },
        output = "as systemd.status",
        run = function(p)
            local began, since, restarts = now(), nil, nil
            while true do
                local found = status(p)
                local at = now()
                if found.state == "failed" then fail(p.unit .. " has failed: " .. found.result) end
                if not found.active or found.restarts ~= restarts then since = nil end
                if found.active and not since then
                    since = at
                    restarts = found.restarts
                end
                if since and at - since >= duration(p.steady) then return found end
                if at - began > duration(p.timeout) then
                    fail(string.format("%s is %s (%s) after %s", p.unit, found.state, found.sub_state, p.timeout))
                end
                sleep(0.5)
            end
        end,
    },

    failed = action {
        about = "Lists the units that have failed.",
        effect = "read",
        params = {user = user, timeout = timeout},
        output = "a list of names",
        run = function(p)
            local found = {}
            local r = must(systemctl(p, "list-units", "--failed", "--plain", "--no-legend"), "systemctl list-units")
            for name in r.stdout:gmatch("([^%s]+)[^\n]*\n") do found[#found + 1] = name end
            return found
        end,
    },

    journal = action {
        about = "Reads the last lines that a unit has written to the system's journal.",
        effect = "read",
        params = {
            unit = unit,
            lines = {type = "integer", default = 50, minimum = 1, maximum = 10000, description = "How many"},
            since = {type = "duration", description = "Only what is younger"},
            timeout = timeout,
        },
        output = "the text",
        run = function(p)
            local argv = {"journalctl", "--no-pager", "--quiet", "--unit=" .. p.unit, "--lines=" .. p.lines}
            if p.since then argv[#argv + 1] = string.format("--since=-%dseconds", math.ceil(duration(p.since))) end
            return must(exec {argv = argv, timeout = p.timeout}, "journalctl " .. p.unit).stdout
        end,
    },
}
