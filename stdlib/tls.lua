-- Certificates: of servers and in files, by openssl.

local min_days = {type = "number", minimum = 0, description = "Fail when it is valid for fewer days"}

-- What openssl x509 says of a certificate in PEM.
local function describe(pem, p, where)
    local out = must(exec {
        argv = {"openssl", "x509", "-noout", "-enddate", "-subject", "-issuer", "-serial", "-fingerprint", "-sha256",
            "-nameopt", "RFC2253", "-dateopt", "iso_8601"},
        stdin = pem,
        timeout = "10s",
    }, where).stdout
    local function line(name) return trim(out:match(name .. "=([^\n]*)") or "") end
    local until_ = line("notAfter"):gsub(" ", "T", 1)
    local days = (time(until_) - now()) / 86400
    if p.min_days and days < p.min_days then
        fail(string.format("%s: the certificate %s %s, %s", where, days < 0 and "has expired on" or "expires on", until_,
            days < 0 and string.format("%.0f days ago", -days)
                or string.format("in %.1f days: fewer than %g", days, p.min_days)))
    end
    return {
        not_after = until_,
        days = round(days, 2),
        subject = line("subject"),
        issuer = line("issuer"),
        serial = line("serial"),
        sha256 = line("sha256 Fingerprint"):gsub(":", ""):lower(),
    }
end

return {
    expiry = action {
        about = "Tells until when the certificate is valid that a server shows.",
        effect = "read",
        params = {
            host = {type = "string", required = true, description = "Name or address"},
            port = {type = "integer", default = 443, minimum = 1, maximum = 65535, description = "Port number"},
            server_name = {type = "string", description = "The name that is asked for (SNI); else the host"},
            starttls = {type = "enum", enum = {"smtp", "imap", "pop3", "ftp", "postgres", "mysql", "ldap", "xmpp"},
                description = "The protocol in which TLS is begun"},
            min_days = min_days,
            timeout = {type = "duration", default = "10s", description = "How long the server may take"},
        },
        output = "not_after, days, subject, issuer, serial, sha256 (of the certificate)",
        run = function(p)
            local where = p.host .. ":" .. p.port
            local argv = {"openssl", "s_client", "-connect", where, "-servername", p.server_name or p.host}
            if p.starttls then
                argv[#argv + 1] = "-starttls"
                argv[#argv + 1] = p.starttls
            end
            local r = exec {argv = argv, stdin = "", timeout = p.timeout}
            local pem = r.stdout:match("%-%-%-%-%-BEGIN CERTIFICATE%-%-%-%-%-.-%-%-%-%-%-END CERTIFICATE%-%-%-%-%-")
            -- A certificate that cannot be trusted is shown all the same: its dates are what is asked for.
            if not pem then
                fail(where .. " shows no certificate: " ..
                    (r.error or r.stderr:match("errno=%d+[^\n]*") or r.stderr:match("[^\n]*:error:[^\n]*") or
                    trim(r.stderr):match("[^\n]*") or ""))
            end
            return describe(pem, p, where)
        end,
    },

    file_expiry = action {
        about = "Tells until when the first certificate of a PEM file is valid.",
        effect = "read",
        params = {path = {type = "string", required = true, description = "The file"}, min_days = min_days},
        output = "not_after, days, subject, issuer, serial, sha256 (of the certificate)",
        run = function(p)
            return describe(must(exec {"cat", "--", p.path}, "reading " .. p.path).stdout, p, p.path)
        end,
    },
}
