-- Messages in Slack: through an incoming webhook, or with the token of an app.

local blocks = {type = "list", description = "Block Kit blocks; the text is then what notifications show"}
local text = {type = "string", description = "What is said, in mrkdwn; in a channel, the message unless given"}
local timeout = {type = "duration", default = "30s", description = "How long the answer may take"}

-- The text of a message is no mrkdwn: what Slack would take for a mention or a link in it is written out.
local function text_of(p)
    if p.text then return p.text end
    if not p.message then fail("slack: `text` is missing") end
    return (trim(p.message.text):gsub("&", "&amp;"):gsub("<", "&lt;"):gsub(">", "&gt;"))
end

return {
    post = action {
        about = "Sends a message through an incoming webhook, to the channel that the webhook was made for.",
        effect = "write",
        params = {
            webhook = {type = "string", required = true, secret = true,
                description = "The webhook's URL, https://hooks.slack.com/services/…"},
            text = text, blocks = blocks, timeout = timeout,
        },
        output = "sent, which is true",
        run = function(p)
            local said = {text = text_of(p), blocks = p.blocks}
            local r = http.patient {method = "POST", url = p.webhook, json = said, timeout = p.timeout}
            must(r, "slack: the webhook")
            return {sent = true}
        end,
    },

    message = action {
        about = "Sends a message to any channel, or into a thread, with an app's token (chat.postMessage).",
        effect = "write",
        params = {
            token = {type = "string", required = true, secret = true,
                description = "A bot token, xoxb-…, with chat:write"},
            channel = {type = "string", required = true, description = "A channel's id, or its name such as #ops"},
            thread = {type = "string", description = "Answer in a thread: the `ts` of its first message"},
            url = {type = "string", default = "https://slack.com/api", description = "Where the Web API is"},
            text = text, blocks = blocks, timeout = timeout,
        },
        output = "channel, its id, and ts, the message's id, which `thread` takes",
        run = function(p)
            local what = "slack: chat.postMessage to " .. p.channel
            -- Slack refuses with status 200 and says so in the body.
            local answer = http.json({
                method = "POST",
                url = p.url .. "/chat.postMessage",
                auth = {bearer = p.token},
                json = {channel = p.channel, text = text_of(p), blocks = p.blocks, thread_ts = p.thread},
                timeout = p.timeout,
            }, what)
            if not answer then fail(what .. ": an empty answer") end
            if not answer.ok then fail(what .. ": " .. tostring(answer.error)) end
            return {channel = answer.channel, ts = answer.ts}
        end,
    },
}
