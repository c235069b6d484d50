# prometheus: against the stand-in; and where Prometheus is installed, against itself.
. "$(dirname "$0")/lib.sh"

export TOKEN=s3cr3t-t0ken
journal_is_clean() { ! grep -qaF "$TOKEN" "$RUNBOOK_JOURNAL" "$RUNBOOK_JOURNAL"-wal 2>/dev/null; }
# form N JSON: the body is a form with these values.
form() {
    python3 - "$work/requests" "$@" <<'PY'
import json, sys, urllib.parse
request = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")][int(sys.argv[2]) - 1]
have = dict(urllib.parse.parse_qsl(request["body"], strict_parsing=True))
sys.exit(0 if have == json.loads(sys.argv[3]) else "# the form is %s" % have)
PY
}

serve <<'EOF'
{"body": {"status": "success", "data": {"resultType": "vector", "result": [{"metric": {"job": "api"}, "value": [1435781451.781, "2.5"]}, {"metric": {"job": "web"}, "value": [1435781451.781, "NaN"]}]}}}
{"body": {"status": "success", "data": {"resultType": "scalar", "result": [1435781451.781, "7"]}}}
{"body": {"status": "success", "data": {"resultType": "matrix", "result": [{"metric": {}, "values": [[1767225540, "1"], [1767225600, "+Inf"]]}]}}}
{"body": {"status": "success", "data": {"alerts": [{"labels": {"alertname": "Down", "job": "api"}, "annotations": {}, "state": "firing", "activeAt": "2026-01-01T00:00:00Z", "value": "1e+00"}, {"labels": {"alertname": "Slow", "job": "api"}, "annotations": {}, "state": "pending", "activeAt": "2026-01-01T00:00:00Z", "value": "1e+00"}, {"labels": {"alertname": "Down", "job": "web"}, "annotations": {}, "state": "firing", "activeAt": "2026-01-01T00:00:00Z", "value": "1e+00"}]}}}
EOF
given <<EOF
  - id: rate
    uses: prometheus.query
    with: {url: "$SERVER/prom/", token: "\${{ secrets.token }}", query: 'up{job="api"} + 1', at: "2026-01-01T00:00:00Z"}
  - {id: scalar, uses: prometheus.query, with: {url: "$SERVER", query: scalar(x)}}
  - id: range
    uses: prometheus.query_range
    with: {url: "$SERVER", query: up, since: 5m, to: "2026-01-01T00:00:00Z", step: 30s}
  - {id: alerts, uses: prometheus.alerts, with: {url: "$SERVER", labels: {job: api}}}
  - assert:
      - "steps.rate.output.value == 2.5 and #steps.rate.output.series == 2"
      - steps.rate.output.series[1].labels.job == "api"
      - steps.rate.output.series[2].value == "NaN"
      - steps.scalar.output.value == 7
      - steps.range.output.series[1].values[1].value == 1 and steps.range.output.series[1].values[2].value == "+Inf"
      - steps.alerts.output.count == 1 and steps.alerts.output.alerts[1].name == "Down"
secrets:
  token: {env: TOKEN}
EOF
it "queries" succeeds
it "posts a query" requested 1 POST /prom/api/v1/query
it "sends the token" header 1 authorization "Bearer s3cr3t-t0ken"
it "sends it as a form" form 1 '{"query": "up{job=\"api\"} + 1", "time": "1767225600"}'
it "posts a query over a range" requested 3 POST /api/v1/query_range
it "says from when to when" form 3 '{"query": "up", "start": "1767225300", "end": "1767225600", "step": "30"}'
it "asks for alerts" requested 4 GET /api/v1/alerts
it "leaves the token out of the journal" journal_is_clean

serve <<'EOF'
{"status": 400, "body": {"status": "error", "errorType": "bad_data", "error": "1:4: parse error: unexpected end of input"}}
EOF
given <<EOF
  - {uses: prometheus.query, with: {url: "$SERVER", query: "up +"}}
EOF
it "fails with what Prometheus says" fails_with action "prometheus: query: 1:4: parse error"

serve <<'EOF'
{"text": "<html>"}
EOF
given <<EOF
  - {uses: prometheus.query, with: {url: "$SERVER", query: up}}
EOF
it "fails when somebody else answers" fails_with action "the answer is none of Prometheus"

command -v prometheus >/dev/null || { echo "# Prometheus is not installed"; finish; }

stop_serving
cat >"$work/rules.yml" <<'EOF'
groups: [{name: g, rules: [{alert: Always, expr: vector(1), labels: {severity: page}}, {alert: Soon, expr: vector(1), for: 1h}]}]
EOF
start_prometheus
URL=$prometheus_url
given <<EOF
  - id: scraped
    uses: prometheus.query
    with: {url: "$URL", query: 'up{job="self"}'}
    until: result.output.value == 1
    every: 200ms
    timeout: 20s
  - id: range
    uses: prometheus.query_range
    with: {url: "$URL", query: "vector(3)", since: 5m, step: 1m}
  - id: firing
    uses: prometheus.alerts
    with: {url: "$URL", labels: {severity: page}}
    until: result.output.count == 1
    every: 200ms
    timeout: 20s
  - {id: any, uses: prometheus.alerts, with: {url: "$URL", state: any}}
  - assert:
      - steps.scraped.output.series[1].labels.job == "self"
      - "#steps.range.output.series[1].values == 6 and steps.range.output.series[1].values[6].value == 3"
      - steps.firing.output.alerts[1].name == "Always"
      - steps.any.output.count == 2
EOF
it "asks the real Prometheus" succeeds
given <<EOF
  - {uses: prometheus.query, with: {url: "$URL", query: "up +"}}
EOF
it "fails as the real Prometheus says" fails_with action "parse error"

finish
