# What watches over the enterprise platform: the daily check, a high error rate, the key metrics, the model, and the
# escalation matrix; with real Prometheus, PostgreSQL and kubectl, a stand-in cluster and a stand-in application.
. "$(dirname "$0")/lib.sh"
needs kubectl prometheus
own_books enterprise-platform
start_postgres
database_check='["psql", "-Xqc", "SELECT 1"]'

# --- daily-health

start_cluster watched '{"logs": {"security-scanner": "INFO scanned\n"}}'
sleep 0.5
daily() { carry_out daily-health -p health_url="$health_url" -p database_check="$database_check" "$@"; }
it "finds a healthy platform healthy" exits 0 daily
it "gives the verdict" timeline_has "Verdict: healthy"
tell '{"logs": {"security-scanner": "ERROR no signatures\n"}}'
it "succeeds with a warning when the scanner has errors" exits 0 daily
it "says so" timeline_has "healthy, with warnings"
it "fails when the database cannot be reached" exits 1 env PGHOST=/nonexistent "$RUNBOOK" exec "$books/daily-health.yaml" \
    -p health_url="$health_url" -p database_check="$database_check"
it "says that it is the database" timeline_has "Database:"
tell '{"bad_images": ["2.3.0"]}'
it "fails when the pods crash" exits 1 daily
it "names them" timeline_has "Pods that are not running"
it "has asked the API all the same" timeline_has "API down"
tell '{"bad_images": []}'

# --- p2-high-error-rate and monitors: metrics that a stand-in application gives to Prometheus

say() { printf '{"path": "/metrics", "headers": {"Content-Type": "text/plain"}, "text": "%s"}\n' "$1" | app_answers; }
good='cpu_usage_percent 40\nmemory_usage_percent 60\nerror_rate 1\nresponse_time_p95 0.4\nanomaly_detection_accuracy 0.93\nmodel_inference_time 0.2\nfalse_positive_rate 0.02\nvulnerability_scan_failures 0\nsecurity_threats_detected 0\nauthentication_failure_rate 0.01\ndata_quality_score 0.97\ndata_processing_lag 20\nrequest_rate 120\n'
start_app <<EOF
{"path": "/metrics", "headers": {"Content-Type": "text/plain"}, "text": "$good"}
EOF
start_prometheus "${app_url#http://}"
# prometheus_has QUERY VALUE
prometheus_has() { curl -sG "$prometheus_url/api/v1/query" --data-urlencode "query=$1" | grep -qF "\"$2\"]"; }
look() { carry_out monitors -p prometheus="$prometheus_url" --yes "$@"; }

it "lets Prometheus see the metrics" eventually prometheus_has 'max(cpu_usage_percent)' 40
it "finds quiet metrics quiet" exits 0 look
it "gives the rate of requests" out_has 120
it "has nothing to warn of" timeline_lacks "see "
say "${good/cpu_usage_percent 40/cpu_usage_percent 85}"
it "lets Prometheus see a busy processor" eventually prometheus_has 'max(cpu_usage_percent)' 85
it "succeeds with a warning" exits 0 look
it "says which metric" timeline_has "CPU usage in percent is 85"
rm -f "$work/pages"
say "${good/security_threats_detected 0/security_threats_detected 2}"
it "lets Prometheus see a threat" eventually prometheus_has 'sum(security_threats_detected)' 2
it "fails at a threat" exits 1 look
it "says what to start" timeline_has "see p1-security-incident.yaml"
it "pages whoever is on call" paged "Platform engineer"
it "fails where Prometheus does not answer" exits 1 look -p prometheus=http://127.0.0.1:9

high_errors() {
    carry_out p2-high-error-rate -p prometheus="$prometheus_url" -p error_rate='max(error_rate)' -p dependency="$app_url/metrics" \
        -p database_check="$database_check" -p look_every=100ms "$@" --yes --answer may-restart=yes
}
say "${good/error_rate 1/error_rate 12}"
it "lets Prometheus see the errors" eventually prometheus_has 'max(error_rate)' 12
pods_before=$(kubectl get pods -n production -l app=anomaly-detection-api -o name | sort)
it "fails while the error rate stays" exits 1 high_errors -p recover_within=1s --answer 'assess={"restart": false}'
it "has told the lead" paged "Platform team lead"
it "does not take silence for an end of the errors" exits 1 high_errors -p recover_within=1s -p error_rate='max(no_such_metric)' \
    --answer 'assess={"restart": false}'
say "$good"
it "lets Prometheus see fewer errors" eventually prometheus_has 'max(error_rate)' 1
it "restarts the pods and sees the rate come down" exits 0 high_errors --answer 'assess={"restart": true}'
it "has restarted them all" test "$pods_before" != "$(kubectl get pods -n production -l app=anomaly-detection-api -o name | sort)"
it "has three of them again" state_has '"replicas": 3'
it "has looked through the log, at the database and the dependency" timeline_has "0 errors in the log; database reachable; dependency up"

# --- model-performance

echo '{"inputs": [[1, 2], [3, 4], [90, 1], [2, 2]], "labels": [false, false, true, false]}' >samples.json
model() { carry_out model-performance -p predict_url="$app_url/predict" -p samples="$work/samples.json" "$@"; }
predicts() { printf '{"path": "/predict", "body": {"predictions": %s}}\n' "$1" | app_answers; }
predicts '[false, false, true, false]'
it "finds a good model good" exits 0 model
it "has asked about all samples" grep -q '90' "$work/app.asked"
predicts '[false, true, true, true]'
it "fails when the model is wrong" exits 1 model
it "says how wrong" timeline_has "accuracy below threshold: 0.5"
predicts '[false, false, true, false]'
it "fails when the model is slow" exits 1 model -p max_inference=0
it "says so" timeline_has "inference time too high"
it "tells the team" paged "Platform engineer"

# --- escalation-matrix

rm -f "$work/pages"
sed -i -E 's/(escalate_after|respond_within): [0-9a-z]*/\1: 1s/' "$books/oncall.yaml"
on_terminal "$RUNBOOK" exec "$books/escalation-matrix.yaml" -p severity=P1 -p summary="searches do not answer"
it "pages the first level" eventually paged "Platform engineer"
it "pages the next ones when nobody answers" eventually paged "Platform team lead"
it "takes it from somebody" "$RUNBOOK" done last taken --note "p1-system-down runs"
it "says who" eventually timeline_has "Taken on by"
rm -f "$work/pages"
on_terminal "$RUNBOOK" exec "$books/escalation-matrix.yaml" -p severity=P1 -p kind=data-loss -p summary="a table is empty"
it "pages those who answer for the data" eventually paged "Database administrator"
it "pages the backup engineer too" eventually paged "Backup engineer"
it "can be acknowledged" "$RUNBOOK" ack last
it "can be taken on" "$RUNBOOK" done last taken --note "restoring"
it "is over" eventually timeline_has "Taken on by"
finish
