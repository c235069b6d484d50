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

# --- secrets ---

export PASSWORD='s3cret "pass" word'
serve <<'EOF'
{"body": {"data": {"data": {"password": "s3cret \"pass\" word", "user": "api"}, "metadata": {"version": 1}}}}
EOF
given <<EOF
  - {id: one, exec: [sh, -c, 'echo "it is \$P"; [ "\$P" = "\$PASSWORD" ] && echo "as it should be"'], env: {P: "\${{ secrets.db }}"}}
  - {id: two, run: 'echo "again \$P"', env: {P: "\${{ secrets.db }}"}}
  - assert: steps.one.stdout == "it is ***\\nas it should be\\n" and steps.two.stdout == "again ***\\n"
params: {place: {type: string, default: apps/api}}
secrets:
  token: {env: TOKEN}
  db: {uses: vault.secret, with: {url: $SERVER, token: "\${{ secrets.token }}", path: "\${{ params.place }}", key: password}}
EOF
it "brings a secret that steps can use" succeeds
it "from where the parameters say" requested 1 GET /v1/secret/data/apps/api
it "asks for it once in a run" requests 1
clean() { journal_is_clean && ! grep -qaE 's3cret .*pass' "$RUNBOOK_JOURNAL" "$RUNBOOK_JOURNAL"-wal 2>/dev/null; }
it "and it is nowhere in the journal" clean

serve <<'EOF'
{"body": {"data": {"data": {"password": "s3cret \"pass\" word"}, "metadata": {"version": 1}}}}
{"body": {"data": {"data": {"password": "s3cret \"pass\" word"}, "metadata": {"version": 2}}}}
EOF
given <<EOF
  - {run: '[ "\$P" = "\$PASSWORD" ]', env: {P: "\${{ secrets.db }}"}}
  - {run: 'kill -9 \$PPID; sleep 1', on_interrupt: skip}
  - {run: '[ "\$P" = "\$PASSWORD" ]', env: {P: "\${{ secrets.db }}"}}
secrets:
  db: {uses: vault.secret, with: {url: $SERVER, token: t, path: apps/api, key: password}}
EOF
dies() { "$RUNBOOK" exec --yes "$work/book.yaml" >/dev/null 2>&1; [ $? = 137 ]; }
it "its engine is killed" dies
it "who goes on" exits 0 "$RUNBOOK" resume last
it "asks for it again: it was kept nowhere" requests 2
it "and it is nowhere in the journal then" clean

serve <<'EOF'
{"body": {"data": {"data": {"user": "api"}, "metadata": {"version": 1}}}}
EOF
given <<EOF
  - {run: "true", env: {P: "\${{ secrets.db }}"}}
secrets:
  db: {uses: vault.secret, with: {url: $SERVER, token: t, path: apps/api, key: password}}
EOF
it "fails the step where it is needed when it is not there" \
    fails_with validation 'secret "db": vault.secret: vault: secret/apps/api has no "password"; it has user'

given <<EOF
  - {uses: vault.secret, with: {url: "$SERVER", token: t, path: x, key: k}}
secrets:
  a: {uses: vault.read, with: {url: "$SERVER", token: t, path: x}}
  b: {uses: vault.secret, with: {url: "$SERVER", token: "\${{ secrets.c }}", path: x, kye: k}}
  c: {uses: vault.secret, with: {url: "$SERVER", token: "\${{ steps.one.stdout }}", path: x, key: k}}
  d: {env: TOKEN, with: {a: b}}
EOF
validated() { ! "$RUNBOOK" validate "$work/book.yaml" >"$work/out" 2>&1 && for text in "$@"; do
    grep -qF -- "$text" "$work/out" || { echo "# not said: $text"; sed 's/^/# /' "$work/out"; return 1; }; done; }
it "is refused where it would be written down, or go round in circles" validated \
    "vault.secret brings a secret, and what a step brings is written into the journal" \
    "declare it under secrets: {NAME: {uses: vault.secret, with: …}}, and use secrets.NAME" \
    "vault.read brings no secret" 'vault.secret has no parameter "kye"' 'vault.secret lacks "key"' \
    "cannot be given one that another action brings: c" '"steps" cannot be used here' '"with" needs "uses" beside it'

finish
