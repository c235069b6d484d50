-- What several procedures of the platform share.
return {
    stays_healthy = action {
        about = "Asks the application again and again, and fails as soon as it does not answer well.",
        effect = "read",
        params = {
            url = {type = "string", required = true, description = "What answers with a status below 400 when the application works"},
            during = {type = "duration", default = "15m", description = "For how long"},
            every = {type = "duration", default = "30s", description = "The time between two questions"},
        },
        output = "asked: how often, and slowest: the longest answer in seconds",
        run = function(p)
            local asked, slowest, began = 0, 0, now()
            while true do
                local sent = now()
                must(http.get(p.url, {timeout = "10s"}), p.url .. ", at question " .. asked + 1)
                asked, slowest = asked + 1, math.max(slowest, now() - sent)
                if now() - began >= duration(p.during) then return {asked = asked, slowest = round(slowest, 3)} end
                sleep(p.every)
            end
        end,
    },
}
