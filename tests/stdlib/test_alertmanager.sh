# alertmanager: against the stand-in; and where Alertmanager is installed, against itself.
. "$(dirname "$0")/lib.sh"

export TOKEN=s3cr3t-t0ken
journal_is_clean() { ! grep -qaF "$TOKEN" "$RUNBOOK_JOURNAL" "$RUNBOOK_JOURNAL"-wal 2>/dev/null; }

serve <<'EOF'
{"body": [{"labels": {"alertname": "Down"}, "annotations": {}, "status": {"state": "active"}, "startsAt": "2026-01-01T00:00:00Z", "fingerprint": "f1"}]}
{"body": {"silenceID": "id-1"}}
{"text": ""}
EOF
given <<EOF
  - id: look
    uses: alertmanager.alerts
    with: {url: "$SERVER/am/", token: "\${{ secrets.token }}", labels: {job: api, zone: "!~eu-.*"}}
  - id: hush
    uses: alertmanager.silence
    with: {url: $SERVER, labels: {job: "~api|web", env: "!prod"}, duration: 2h, comment: upgrade, by: ana}
  - id: end
    uses: alertmanager.expire
    with: {url: $SERVER, id: "\${{ steps.hush.output.id }}"}
  - assert:
      - steps.look.output.count == 1
      - steps.look.output.alerts[1].name == "Down" and steps.look.output.alerts[1].state == "active"
      - time(steps.hush.output.ends_at) - time(steps.hush.output.starts_at) == 7200
      - now() - time(steps.hush.output.starts_at) < 60 and now() >= time(steps.hush.output.starts_at)
secrets:
  token: {env: TOKEN}
EOF
it "lists, silences and expires" succeeds
it "asks for alerts under the path it is given" requested 1 GET /am/api/v2/alerts
it "filters" query 1 filter 'job="api"' 'zone!~"eu-.*"'
it "leaves out what is silenced" query 1 silenced false
it "sends the token" header 1 authorization "Bearer s3cr3t-t0ken"
it "posts a silence" requested 2 POST /api/v2/silences
says_what() {
    python3 - "$work/requests" <<'PY'
import json, sys
said = json.loads([json.loads(line) for line in open(sys.argv[1], encoding="utf-8")][1]["body"])
assert said["matchers"] == [
    {"name": "env", "value": "prod", "isRegex": False, "isEqual": False},
    {"name": "job", "value": "api|web", "isRegex": True, "isEqual": True}], said
assert said["createdBy"] == "ana" and said["comment"] == "upgrade", said
PY
}
it "says what is silenced, by whom and why" says_what
it "expires by id" requested 3 DELETE /api/v2/silence/id-1
it "leaves the token out of the journal" journal_is_clean

given <<EOF
  - uses: alertmanager.silence
    with: {url: $SERVER, labels: {}, duration: 1h, comment: x}
EOF
it "does not silence everything" fails_with action "would silence everything"

serve <<'EOF'
{"status": 400, "body": "bad matcher format: x"}
EOF
given <<EOF
  - uses: alertmanager.alerts
    with: {url: $SERVER}
EOF
it "fails with what Alertmanager says" fails_with action 'alertmanager: GET alerts: HTTP status 400: "bad matcher format: x"'

command -v prometheus-alertmanager >/dev/null || { echo "# Alertmanager is not installed"; finish; }

stop_serving
start_alertmanager
URL=$alertmanager_url
given <<EOF
  - http: {method: POST, url: "$URL/api/v2/alerts", json: [
      {labels: {alertname: Full, host: db-1, path: 'C:\\x "y"'}}, {labels: {alertname: Full, host: db-2}}]}
  - {id: all, uses: alertmanager.alerts, with: {url: "$URL", labels: {alertname: "~Fu.*"}}}
  - id: hush
    uses: alertmanager.silence
    with: {url: "$URL", labels: {host: "!db-2", path: 'C:\\x "y"'}, duration: 1h, comment: upgrade}
  - id: unsilenced
    uses: alertmanager.alerts
    with: {url: "$URL"}
    until: result.output.count == 1
    every: 100ms
    timeout: 10s
  - {id: both, uses: alertmanager.alerts, with: {url: "$URL", silenced: true, labels: {host: db-1}}}
  - {uses: alertmanager.expire, with: {url: "$URL", id: "\${{ steps.hush.output.id }}"}}
  - assert:
      - steps.all.output.count == 2
      - steps.unsilenced.output.alerts[1].labels.host == "db-2"
      - steps.both.output.alerts[1].state == "suppressed"
      - steps.both.output.alerts[1].labels.path == 'C:\\\\x "y"'
EOF
it "silences and expires in the real Alertmanager" succeeds

finish
