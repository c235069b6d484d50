-- Messages in Mattermost, through an incoming webhook.

return {
    post = action {
        about = "Sends a message to the channel that the webhook was made for, or to another one.",
        effect = "write",
        params = {
            webhook = {type = "string", required = true, secret = true,
                description = "The webhook's URL, https://mattermost.example.org/hooks/…"},
            text = {type = "string",
                description = "What is said, in Markdown; in a channel, the message unless given"},
            channel = {type = "string", description = "Another channel's name, or @ and a user's"},
            username = {type = "string", description = "The name it is said under, where the server permits it"},
            icon_url = {type = "string", description = "The picture beside it, where the server permits it"},
            attachments = {type = "list", description = "Message attachments"},
            timeout = {type = "duration", default = "30s", description = "How long the answer may take"},
        },
        output = "sent, which is true",
        run = function(p)
            local text = p.text or p.message and trim(p.message.text)
            if not text and not p.attachments then fail("mattermost: `text` is missing") end
            local r = http.patient {
                method = "POST",
                url = p.webhook,
                json = {
                    text = text,
                    channel = p.channel,
                    username = p.username,
                    icon_url = p.icon_url,
                    attachments = p.attachments,
                },
                timeout = p.timeout,
            }
            must(r, "mattermost: the webhook")
            return {sent = true}
        end,
    },
}
