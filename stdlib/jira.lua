-- Issues in Jira, Cloud or Data Center: version 2 of its API, which takes texts as both have them.

local encode = url.encode
local url = {type = "string", required = true, description = "Where Jira is, such as https://example.atlassian.net"}
local user = {type = "string",
    description = "The account's mail address, in the cloud; without it the token stands alone"}
local token = {type = "string", required = true, secret = true,
    description = "An API token, or a personal access token"}
local issue = {type = "string", required = true, pattern = "[A-Za-z][A-Za-z0-9_]*-[0-9]+",
    description = "Its key, such as OPS-12"}
local timeout = {type = "duration", default = "30s", description = "How long the answer may take"}

local function ask(p, method, path, said)
    return http.json({
        method = method,
        url = p.url:gsub("/+$", "") .. "/rest/api/2/issue" .. path,
        auth = p.user and {basic = {user = p.user, password = p.token}} or {bearer = p.token},
        json = said,
        timeout = p.timeout,
    }, "jira: " .. method .. " issue" .. path) or {}
end

local function named(value)
    return value and {name = value}
end

-- The way out of where the issue is, by its own name or by that of the status it leads to.
local function transition_to(p, all)
    local names = {}
    for i, one in ipairs(all) do
        local to = one.to and one.to.name or ""
        if one.name:lower() == p.to:lower() or to:lower() == p.to:lower() then return one end
        names[i] = one.name
    end
    fail("jira: " .. p.issue .. " cannot become \"" .. p.to .. "\" now, only: " .. table.concat(names, ", "))
end

return {
    create = action {
        about = "Creates an issue.",
        effect = "write",
        params = {
            url = url, user = user, token = token, timeout = timeout,
            project = {type = "string", required = true, description = "The project's key, such as OPS"},
            type = {type = "string", default = "Task", description = "Such as Task, Bug or Incident"},
            summary = {type = "string", required = true, description = "Its title; one line"},
            description = {type = "string", description = "What there is to know, in Jira's markup"},
            priority = {type = "string", description = "Such as High"},
            labels = {type = "list", description = "Its labels"},
            fields = {type = "map", default = {}, description = "Further fields, by their ids, as the API has them"},
        },
        output = "key, id, and url for people",
        run = function(p)
            local fields = {
                project = {key = p.project},
                issuetype = named(p.type),
                summary = p.summary,
                description = p.description,
                priority = named(p.priority),
                labels = p.labels,
            }
            for name, value in pairs(p.fields) do fields[name] = value end
            local made = ask(p, "POST", "", {fields = fields})
            if not made.key then fail("jira: POST issue: the answer names no key") end
            return {key = made.key, id = made.id, url = p.url:gsub("/+$", "") .. "/browse/" .. made.key}
        end,
    },

    comment = action {
        about = "Adds a comment to an issue.",
        effect = "write",
        params = {
            url = url, user = user, token = token, timeout = timeout, issue = issue,
            text = {type = "string", required = true, description = "What is said, in Jira's markup"},
        },
        output = "id of the comment",
        run = function(p)
            return {id = ask(p, "POST", "/" .. encode(p.issue) .. "/comment", {body = p.text}).id}
        end,
    },

    transition = action {
        about = "Moves an issue on, such as to Done.",
        effect = "write",
        params = {
            url = url, user = user, token = token, timeout = timeout, issue = issue,
            to = {type = "string", required = true,
                description = "The name of a transition, or of the status it leads to"},
            resolution = {type = "string", description = "Such as Fixed, where the transition asks for it"},
        },
        output = "transition and status, their names",
        run = function(p)
            local path = "/" .. encode(p.issue) .. "/transitions"
            local chosen = transition_to(p, ask(p, "GET", path).transitions or {})
            ask(p, "POST", path, {
                transition = {id = chosen.id},
                fields = p.resolution and {resolution = named(p.resolution)},
            })
            return {transition = chosen.name, status = chosen.to and chosen.to.name}
        end,
    },
}
