-- Messages in Microsoft Teams, through a webhook of Workflows or an incoming webhook.

local function text_block(text, more)
    local block = {type = "TextBlock", text = text, wrap = true}
    for name, value in pairs(more or {}) do block[name] = value end
    return block
end

local function card_of(p, text)
    local body, buttons, facts = {}, {}, {}
    if p.title then body[1] = text_block(p.title, {size = "Large", weight = "Bolder"}) end
    body[#body + 1] = text_block(text)
    for name, value in pairs(p.facts) do facts[#facts + 1] = {title = name, value = tostring(value)} end
    if #facts > 0 then body[#body + 1] = {type = "FactSet", facts = facts} end
    for title, url in pairs(p.links) do
        buttons[#buttons + 1] = {type = "Action.OpenUrl", title = title, url = url}
    end
    return {
        ["$schema"] = "http://adaptivecards.io/schemas/adaptive-card.json",
        type = "AdaptiveCard",
        version = "1.4",
        body = body,
        actions = #buttons > 0 and buttons or nil,
        msteams = {width = "Full"},
    }
end

return {
    post = action {
        about = "Sends a message to the channel or chat that the webhook was made for, as an Adaptive Card.",
        effect = "write",
        params = {
            webhook = {type = "string", required = true, secret = true, description = "The webhook's URL"},
            text = {type = "string",
                description = "What is said, in Markdown; in a channel, the message unless given"},
            title = {type = "string", description = "The line above it"},
            facts = {type = "map", default = {}, description = "Names and values, shown as a table"},
            links = {type = "map", default = {}, description = "Titles and URLs, shown as buttons"},
            timeout = {type = "duration", default = "30s", description = "How long the answer may take"},
        },
        output = "sent, which is true",
        run = function(p)
            -- Only an empty line begins a new one in a card.
            local text = p.text or p.message and trim(p.message.text):gsub("\n+", "\n\n")
            if not text then fail("teams: `text` is missing") end
            local r = must(http.patient {
                method = "POST",
                url = p.webhook,
                json = {type = "message", attachments = {{
                    contentType = "application/vnd.microsoft.card.adaptive", content = card_of(p, text),
                }}},
                timeout = p.timeout,
            }, "teams: the webhook")
            -- Incoming webhooks answer 200 and say in a text what went wrong behind them; "1" is all right.
            if r.body:find("HTTP error", 1, true) then fail("teams: the webhook: " .. r.body:sub(1, 300)) end
            return {sent = true}
        end,
    },
}
