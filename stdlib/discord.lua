-- Messages in Discord, through a channel's webhook.

return {
    post = action {
        about = "Sends a message to the channel that the webhook was made for.",
        effect = "write",
        params = {
            webhook = {type = "string", required = true, secret = true,
                description = "The webhook's URL, https://discord.com/api/webhooks/…"},
            text = {type = "string",
                description = "What is said, in Markdown; in a channel, the message unless given"},
            username = {type = "string", description = "The name it is said under"},
            embeds = {type = "list", description = "Up to 10 embeds"},
            mentions = {type = "list", default = {},
                description = "Whom mentions in the text may reach: users, roles, everyone; nobody unless given"},
            thread = {type = "string", description = "The id of a thread of the channel"},
            timeout = {type = "duration", default = "30s", description = "How long the answer may take"},
        },
        output = "id of the message, and channel, its id",
        run = function(p)
            local text = p.text or p.message and trim(p.message.text)
            if not text and not p.embeds then fail("discord: `text` is missing") end
            -- Without `wait` Discord answers before it knows whether it can say it.
            local said = http.json({
                method = "POST",
                url = p.webhook,
                query = {wait = "true", thread_id = p.thread},
                json = {
                    content = text and shorten(text, 2000),
                    username = p.username,
                    embeds = p.embeds,
                    allowed_mentions = {parse = p.mentions},
                },
                timeout = p.timeout,
            }, "discord: the webhook")
            return {id = said and said.id, channel = said and said.channel_id}
        end,
    },
}
