-- Amazon Web Services by the aws command, with its configuration and rights.

local common = {
    profile = {type = "string", description = "Profile; else AWS_PROFILE"},
    region = {type = "string", description = "Region; else AWS_REGION"},
    endpoint = {type = "string", description = "URL of another service that speaks the same language"},
    timeout = {type = "duration", default = "5m", description = "How long it may take"},
}

local function with(params) return merge(common, params) end

local function aws(p, ...)
    local argv = {"aws"}
    if p.profile then argv[#argv + 1] = "--profile=" .. p.profile end
    if p.region then argv[#argv + 1] = "--region=" .. p.region end
    if p.endpoint and p.endpoint ~= "" then argv[#argv + 1] = "--endpoint-url=" .. p.endpoint end
    local words = {...}
    for _, one in ipairs(words) do argv[#argv + 1] = one end
    -- An empty pager: an option would say so too, but only the second version of the command knows it.
    return must(exec {argv = argv, env = {AWS_PAGER = ""}, timeout = p.timeout}, "aws " .. words[1] .. " " .. words[2]).stdout
end

local from = {type = "string", required = true, description = "A path, or s3://bucket/key"}
local to = {type = "string", required = true, description = "A path, or s3://bucket/key"}

return {
    s3_copy = action {
        about = "Copies one object to or from S3.",
        effect = "write",
        params = with {from = from, to = to},
        output = "nothing",
        run = function(p) aws(p, "s3", "cp", "--only-show-errors", "--", p.from, p.to) end,
    },

    s3_sync = action {
        about = "Makes a directory or prefix like another.",
        effect = "write",
        params = with {
            from = from,
            to = to,
            delete = {type = "boolean", default = false, description = "Remove what the other does not have"},
            timeout = {type = "duration", default = "2h", description = "How long it may take"},
        },
        output = "nothing",
        run = function(p)
            if p.delete then
                aws(p, "s3", "sync", "--only-show-errors", "--delete", "--", p.from, p.to)
            else
                aws(p, "s3", "sync", "--only-show-errors", "--", p.from, p.to)
            end
        end,
    },

    s3_list = action {
        about = "Lists the objects below a prefix.",
        effect = "read",
        params = with {
            bucket = {type = "string", required = true, description = "Bucket"},
            prefix = {type = "string", default = "", description = "What the keys begin with"},
        },
        output = "a list of {key, size, modified_at, etag}",
        run = function(p)
            local found = {}
            local text = aws(p, "s3api", "list-objects-v2", "--output=json", "--bucket=" .. p.bucket, "--prefix=" .. p.prefix)
            local answer = trim(text) ~= "" and json.decode(text) or {}
            for _, one in ipairs(answer.Contents or {}) do
                found[#found + 1] = {key = one.Key, size = one.Size, modified_at = one.LastModified, etag = one.ETag}
            end
            return found
        end,
    },

    secret = action {
        about = "Reads a secret of Secrets Manager, for `secrets`: it is never written down.",
        effect = "read",
        secret = true,
        params = with {
            id = {type = "string", required = true, description = "Name or ARN"},
            key = {type = "string", description = "Which of its values, where it is a JSON object"},
        },
        output = "the value",
        run = function(p)
            local found = json.decode(aws(p, "secretsmanager", "get-secret-value", "--output=json", "--secret-id=" .. p.id))
            local text = found.SecretString
            if not text then fail("aws: " .. p.id .. " holds bytes and no text") end
            if not p.key then return text end
            local ok, values = pcall(json.decode, text)
            if not ok or values[p.key] == nil then fail("aws: " .. p.id .. " has no \"" .. p.key .. "\"") end
            return tostring(values[p.key])
        end,
    },

    secret_exists = action {
        about = "Tells whether Secrets Manager has a secret, and when it was last changed; never what it is.",
        effect = "read",
        params = with {id = {type = "string", required = true, description = "Name or ARN"}},
        output = "name, changed_at, rotation_enabled",
        run = function(p)
            local found = json.decode(aws(p, "secretsmanager", "describe-secret", "--output=json", "--secret-id=" .. p.id))
            return {name = found.Name, changed_at = found.LastChangedDate, rotation_enabled = found.RotationEnabled == true}
        end,
    },
}
