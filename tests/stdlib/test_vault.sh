# vault: against the stand-in.
. "$(dirname "$0")/lib.sh"

export TOKEN=hvs.s3cr3t
journal_is_clean() { ! grep -qaF "$TOKEN" "$RUNBOOK_JOURNAL" "$RUNBOOK_JOURNAL"-wal 2>/dev/null; }

serve <<'EOF'
{"body": {"data": {"data": {"region": "eu"}, "metadata": {"created_time": "2026-01-01T00:00:00.123456789Z", "version": 2}}}}
{"body": {"data": {"current_version": 3, "updated_time": "2026-01-01T00:00:00Z", "custom_metadata": {"owner": "ops"}, "versions": {"3": {"created_time": "2026-01-01T00:00:00.123456789Z"}}}}}
EOF
given <<EOF
  - id: settings
    uses: vault.read
    with: {url: $SERVER, token: "\${{ secrets.token }}", mount: kv, path: "apps/my api", version: 2, namespace: team}
  - id: age
    uses: vault.metadata
    with: {url: $SERVER, token: "\${{ secrets.token }}", path: apps/api}
  - assert:
      - steps.settings.output.values.region == "eu" and steps.settings.output.version == 2
      - steps.age.output.version == 3 and steps.age.output.age > 0 and steps.age.output.custom.owner == "ops"
secrets:
  token: {env: TOKEN}
EOF
it "reads values, and their age" succeeds
it "reads below data" requested 1 GET "/v1/kv/data/apps/my%20api"
it "asks for a version" query 1 version 2
it "sends the token" header 1 x-vault-token hvs.s3cr3t
it "names the namespace" header 1 x-vault-namespace team
it "reads below metadata" requested 2 GET /v1/secret/metadata/apps/api
it "leaves the token out of the journal" journal_is_clean

serve <<'EOF'
{"status": 403, "body": {"errors": ["permission denied"]}}
EOF
given <<EOF
  - {uses: vault.read, with: {url: "$SERVER", token: t, path: x}}
EOF
it "fails with what Vault says" fails_with action 'vault: data of secret/x: HTTP status 403: {"errors": ["permission denied"]}'

finish
