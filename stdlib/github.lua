-- Issues on GitHub, through version 2022-11-28 of its REST API.

local repository = {type = "string", required = true, pattern = "[A-Za-z0-9-]+/[A-Za-z0-9._-]+",
    description = "owner/name"}
local token = {type = "string", required = true, secret = true, description = "A token that may write issues"}
local number = {type = "integer", required = true, minimum = 1, description = "The issue's number"}
local url = {type = "string", default = "https://api.github.com",
    description = "GitHub Enterprise: https://HOST/api/v3"}
local timeout = {type = "duration", default = "30s", description = "How long the answer may take"}

local function send(p, method, path, said)
    local what = "github: " .. method .. " " .. p.repository .. "/issues" .. path
    local answer = http.json({
        method = method,
        url = p.url .. "/repos/" .. p.repository .. "/issues" .. path,
        -- GitHub refuses those who do not say what they are.
        headers = {
            Accept = "application/vnd.github+json",
            ["X-GitHub-Api-Version"] = "2022-11-28",
            ["User-Agent"] = "runbook",
        },
        auth = {bearer = p.token},
        json = said,
        timeout = p.timeout,
    }, what)
    if not answer then fail(what .. ": an empty answer") end
    return answer
end

return {
    create_issue = action {
        about = "Opens an issue.",
        effect = "write",
        params = {
            repository = repository, token = token, url = url, timeout = timeout,
            title = {type = "string", required = true, description = "Its title"},
            text = {type = "string", description = "What there is to know, in Markdown"},
            labels = {type = "list", description = "Names of labels"},
            assignees = {type = "list", description = "Logins of those whose it is"},
        },
        output = "number, and url for people",
        run = function(p)
            local made = send(p, "POST", "", {
                title = p.title, body = p.text, labels = p.labels, assignees = p.assignees,
            })
            return {number = made.number, url = made.html_url}
        end,
    },

    comment = action {
        about = "Adds a comment to an issue or a pull request.",
        effect = "write",
        params = {
            repository = repository, token = token, url = url, timeout = timeout, number = number,
            text = {type = "string", required = true, description = "What is said, in Markdown"},
        },
        output = "id of the comment, and url for people",
        run = function(p)
            local made = send(p, "POST", "/" .. p.number .. "/comments", {body = p.text})
            return {id = made.id, url = made.html_url}
        end,
    },

    close_issue = action {
        about = "Closes an issue.",
        effect = "write",
        params = {
            repository = repository, token = token, url = url, timeout = timeout, number = number,
            reason = {type = "enum", enum = {"completed", "not_planned"}, default = "completed", description = "Why"},
        },
        output = "number, state, and url for people",
        run = function(p)
            local issue = send(p, "PATCH", "/" .. p.number, {state = "closed", state_reason = p.reason})
            return {number = issue.number, state = issue.state, url = issue.html_url}
        end,
    },
}
