# What watches over ComplianceAgent: a real Prometheus with the shipped rules, a real Alertmanager, PostgreSQL, and the real
# kubectl. The windows of five minutes are two seconds here.
. "$(dirname "$0")/compliance.sh"
sed -i 's/\[5m\]/[2s]/g' "$books"/*.yaml
sed 's/\[5m\]/[2s]/g; s/for: 5m/for: 1s/' "$books/alerts.rules.yml" >rules.yml
behave() { printf '%s' "$1" >behaviour.new && mv behaviour.new behaviour; }
well='{"seconds": 0.05, "failing": 0, "gauges": {"celery_queue_length": 12, "pg_stat_activity_count": 20, "pg_settings_max_connections": 100}}'
behave "$well"
serve_until_end metrics python3 "$source_dir/tests/live/metrics_standin.py" "$work/behaviour" "$work/metrics.port"
soon test -s metrics.port
start_alertmanager
start_prometheus "127.0.0.1:$(cat metrics.port)"
start_postgres shared_preload_libraries=pg_stat_statements
psql -Xq -d postgres -c "CREATE ROLE complianceagent LOGIN SUPERUSER" -c "CREATE DATABASE complianceagent OWNER complianceagent"
psql -Xq -d complianceagent -c "CREATE EXTENSION pg_stat_statements" -c "SELECT pg_sleep(0.3)" >/dev/null
start_apps watched <<'EOF'
shift
exec "$@"
EOF
asks() { curl -sG "$prometheus_url/api/v1/query" --data-urlencode "query=$1" | python3 -c 'import json, sys
found = json.load(sys.stdin)["data"]["result"]
sys.exit(0 if found and eval(found[0]["value"][1] + sys.argv[1]) else "# it is %s" % found)' "$2"; }
errors='sum(rate(http_requests_total{status=~"5.."}[2s])) / sum(rate(http_requests_total[2s]))'
p99='histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket[2s])))'
fires() { curl -s "$alertmanager_url/api/v2/alerts" | grep -q "\"alertname\":\"$1"; }
silent() { ! fires High; }

# --- key-metrics

metrics() { carry_out key-metrics -p prometheus="$prometheus_url" "$@"; }
it "has a Prometheus that sees requests" eventually asks "$p99" "< 0.5"
it "finds nothing critical" exits 0 metrics
it "says of what nothing is known" timeline_has "Not known: CPU usage; memory usage"
behave "${well/\": 12/\": 12000}"
it "has a long queue" eventually asks celery_queue_length "> 10000"
it "fails when the queue is too long" exits 1 metrics
it "says what to do" timeline_has "queue depth: 12000 tasks, more than 10000: scale the workers"
it "pages whoever is on call" paged "Backend engineer"

# --- high-error-rate, high-latency, alerts

for_errors=(--answer decide=restart --answer mend-errors=no)
for_latency=(--answer assess=deployment --answer mend=no)
it "answers to no alert where none fires" exits 0 carry_out alerts -p alertmanager="$alertmanager_url" \
    "${for_errors[@]}" "${for_latency[@]}"
behave "${well/\"failing\": 0/\"failing\": 3}"
it "has errors" eventually asks "$errors" "> 0.2"
it "fires" eventually fires HighErrorRate
answered() { carry_out "$1" -p prometheus="$prometheus_url" -p poll_every=200ms "${@:2}"; }
# The errors end when the backend is restarted.
(until python3 "$standin" state "$cluster" | grep -q '"revision": "2"'; do sleep 0.2; done; behave "$well") >/dev/null 2>&1 &
pids="$pids $!"
it "restarts the backend, and waits until the errors are gone" exits 0 answered high-error-rate "${for_errors[@]}"
it "has looked at what the pods print" timeline_has look
it "does nothing where nothing is wrong" exits 0 answered high-error-rate "${for_errors[@]}"
it "is silent again" eventually silent

behave "${well/0.05/2.2}"
it "is slow" eventually asks "$p99" "> 2"
it "fires for that, too" eventually fires HighLatency
slow() { answered high-latency -p api_url="$api_url" "${for_latency[@]}" "$@"; }
(until python3 "$standin" state "$cluster" | grep -q '"replicas": 7'; do sleep 0.2; done; behave "$well") >/dev/null 2>&1 &
pids="$pids $!"
it "adds pods when the CPU is short, and waits until the API is fast" \
    exits 0 slow -p cpu_query="vector(93)" -p replicas=7
it "has added them" is_now backend replicas 7
it "tells of the slowest queries" timeline_has pg_sleep
it "is silent once more" eventually silent

behave "${well/0.05/2.2}"
it "fires again" eventually fires HighLatency
(until python3 "$standin" state "$cluster" | grep -q '"revision": "3"'; do sleep 0.2; done; behave "$well") >/dev/null 2>&1 &
pids="$pids $!"
it "starts the procedure of the alert, and waits until none fires" exits 0 carry_out alerts -p alertmanager="$alertmanager_url" \
    -p prometheus="$prometheus_url" -p poll_every=200ms "${for_errors[@]}" "${for_latency[@]}"
it "has rolled back what was to blame" is_now backend revision 3
finish
