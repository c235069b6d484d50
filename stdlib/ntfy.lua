-- Notifications on phones and desktops, through ntfy.sh or a server of one's own.

return {
    publish = action {
        about = "Publishes a notification to those who have subscribed to a topic.",
        effect = "write",
        params = {
            topic = {type = "string", required = true, secret = true, pattern = "[-_A-Za-z0-9]{1,64}",
                description = "Its name; who knows it can read it"},
            text = {type = "string", description = "What is said; in a channel, the message unless given"},
            title = {type = "string",
                description = "The line above it; in a channel, the message in one line unless given"},
            priority = {type = "integer", default = 3, minimum = 1, maximum = 5,
                description = "5 is the most urgent"},
            tags = {type = "list", description = "Tags; names of emojis are shown as such"},
            click = {type = "string", description = "The URL that is opened on a tap"},
            markdown = {type = "boolean", default = false, description = "The text is Markdown"},
            url = {type = "string", default = "https://ntfy.sh", description = "The server"},
            token = {type = "string", secret = true,
                description = "An access token, where the topic is protected"},
            timeout = {type = "duration", default = "30s", description = "How long the answer may take"},
        },
        output = "id of the message, and time in seconds since 1970",
        run = function(p)
            local text = p.text or p.message and trim(p.message.text)
            if not text then fail("ntfy: `text` is missing") end
            -- To the server's root: as JSON a title may have any characters, which a header may not.
            local answer = http.json({
                method = "POST",
                url = p.url,
                auth = p.token and {bearer = p.token} or nil,
                json = {
                    topic = p.topic,
                    message = text,
                    title = p.title or not p.text and p.message.subject or nil,
                    priority = p.priority,
                    tags = p.tags,
                    click = p.click,
                    markdown = p.markdown or nil,
                },
                timeout = p.timeout,
            }, "ntfy")
            return {id = answer and answer.id, time = answer and answer.time}
        end,
    },
}
