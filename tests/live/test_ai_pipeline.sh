# The AI data readiness platform's pipelines, slow answers and full memory: a stand-in for the application, a real
# PostgreSQL and a real Redis, the real kubectl with a stand-in cluster, a command that answers as systemctl(1) says.
. "$(dirname "$0")/lib.sh"
needs redis-cli kubectl pgrep
own_books ai-data-readiness
export AI_DATA_READINESS_TOKEN=s3cret-token
start_postgres shared_preload_libraries=pg_stat_statements
start_redis
createdb ai_data_readiness
on_database() { psql -XAtq -v ON_ERROR_STOP=1 -d ai_data_readiness -c "$1"; }
on_database "CREATE EXTENSION pg_stat_statements"
on_database "CREATE TABLE processing_jobs (id int, status text, created_at timestamptz, completed_at timestamptz)"
on_database "INSERT INTO processing_jobs SELECT i, 'completed', now() - interval '2 h', now() - interval '1 h' FROM generate_series(1, 20) i"
: >"$work/error.log"

# --- pipeline-check

well() {
    cat <<EOF
{"path": "/api/v1/pipelines/status", "body": {"pipelines": [{"name": "ingest", "status": "$1"}]}}
{"path": "/api/v1/quality/trends", "body": {"trend": [{"score": 0.91}, {"score": $2}]}}
EOF
}
start_app < <(well running 0.92)
check() { carry_out pipeline-check -p api="$app_url" "$@"; }
it "finds healthy pipelines healthy" exits 0 check
it "sends the token" grep -q '"authorization": "Bearer s3cret-token"' "$work/app.asked"
it "asks for a week" grep -q '"days": \["7"\]' "$work/app.asked"
timeline_has note >/dev/null
it "shows the token nowhere" sh -c '! "$1" show last --json | grep -q s3cret-token' sh "$RUNBOOK"
it "keeps the token nowhere" sh -c '! strings -a "$1"* | grep -q s3cret-token' sh "$RUNBOOK_JOURNAL"
app_answers < <(well running 0.80)
it "succeeds with a warning when the quality falls" exits 0 check
it "says so" timeline_has "fell from 0.91 to 0.8"
app_answers < <(well failed 0.92)
it "fails when a pipeline has failed" exits 1 check
it "says which runbook goes on" timeline_has "pipeline-recover.yaml"
app_answers < <(well running 0.92)
on_database "INSERT INTO processing_jobs SELECT i, 'failed', now(), NULL FROM generate_series(1, 20) i"
it "fails when too many jobs fail" exits 1 check
it "says how many" timeline_has "50 %"

# --- pipeline-recover

recover() { carry_out pipeline-recover -p api="$app_url" -p error_log="$work/error.log" -p poll_every=100ms -p job=4711 -p dataset=82 "$@"; }
job() {
    cat <<EOF
{"path": "/api/v1/jobs/4711/status", "body": {"status": "$1", "stage": "profile", "checkpoint": "chunk 12", "error": "out of memory"}}
{"path": "/api/v1/jobs/4711/restart", "method": "POST", "status": 202, "body": {}}
{"path": "/api/v1/jobs/4711/status", "body": {"status": "running"}}
{"path": "/api/v1/jobs/4711/status", "body": {"status": "$2", "error": "out of memory"}}
{"path": "/api/v1/datasets/82/validate", "body": {"valid": $3}}
EOF
}
restarted() { grep -c '/jobs/4711/restart' "$work/app.asked"; }
echo "ERROR job 4711: out of memory" >"$work/error.log"
app_answers < <(job failed completed true)
it "recovers a job" exits 0 recover --answer 'damage={"damaged": false}'
it "has asked about the stage that failed" timeline_has "failed in stage profile"
it "has restarted it once" test "$(restarted)" = 1
app_answers < <(job failed completed true)
it "does not restart a job that may have damaged data" exits 1 recover --answer 'damage={"damaged": true}'
it "has restarted nothing" test "$(restarted)" = 1
it "pages the data engineer" paged "Data engineer"
app_answers < <(job failed failed true)
it "fails when the job fails again" exits 1 recover --answer 'damage={"damaged": false}'
it "says so in the job's words" timeline_has "failed again: out of memory"
app_answers < <(job failed completed false)
it "fails when what it made is not valid" exits 1 recover --answer 'damage={"damaged": false}'
app_answers < <(job running completed true)
it "leaves a job alone that has not failed" exits 1 recover --answer 'damage={"damaged": false}'

# --- high-response-time

app_answers <<EOF
{"path": "/metrics", "text": "response_time_seconds_sum 12\\npython_gc_collections_total 7\\n"}
EOF
: >"$work/error.log"
for key in a b c; do redis-cli -p "$redis_port" SET $key 1 >/dev/null; redis-cli -p "$redis_port" GET $key >/dev/null; done
slow() {
    carry_out high-response-time -p metrics_url="$app_url/metrics" -p error_log="$work/error.log" -p redis_port="$redis_port" \
        -p hosts="127.0.0.1:$redis_port,${app_url#http://}" -p cpu_percent=101 -p memory_percent=101 -p disk_percent=101 "$@"
}
on_database "SELECT pg_stat_statements_reset()" >/dev/null
it "finds nothing that stands out" exits 0 slow
it "says so" timeline_has "Nothing stands out"
on_database "SELECT pg_sleep(0.4)" >/dev/null
for key in x y z; do for _ in 1 2 3 4 5; do redis-cli -p "$redis_port" GET $key >/dev/null; done; done
it "finds slow queries and a cold cache" exits 0 slow -p slow_ms=300
it "says which procedure goes on" timeline_has "runbook exec database-performance.yaml"
it "names the cache" timeline_has "cache:"
it "is not stopped by what cannot be reached" exits 0 slow -p hosts=127.0.0.1:1 -p metrics_url=http://127.0.0.1:1/metrics
it "says what could not be looked at" timeline_has "the network could not"

# --- high-memory: how full this machine is decides nothing here, `memory_percent` does

mkdir "$work/bin"
cat >"$work/bin/systemctl" <<'SCRIPT'
#!/bin/sh
echo "$*" >>"${0%/*}/calls"
case "$*" in *" show "*) printf 'LoadState=loaded\nActiveState=active\nSubState=running\nMainPID=42\nNRestarts=0\n' ;; esac
SCRIPT
chmod +x "$work/bin/systemctl"
start_cluster memory
memory() {
    PATH=$work/bin:$PATH carry_out high-memory -p metrics_url="$app_url/metrics" -p redis_port="$redis_port" -p watch_for=100ms \
        -p settle=100ms -p worker_pattern="redis-server.*$redis_port" -p namespace=production \
        -p deployment=anomaly-detection-api -p container=api "$@"
}
keys() { redis-cli -p "$redis_port" DBSIZE; }
no=(--answer may-restart=no --answer may-flush=no --answer may-raise=no)
it "changes nothing while there is room" exits 0 memory -p memory_percent=101 "${no[@]}"
it "has looked at the worker" timeline_has "worker does not grow"
it "does nothing that is denied, and says that it is still full" exits 1 memory -p memory_percent=1 "${no[@]}"
it "has restarted nothing" test ! -e "$work/bin/calls"
it "has flushed nothing" test "$(keys)" = 3
it "tries one after the other" exits 1 memory -p memory_percent=1 --answer may-restart=yes --answer may-flush=yes --answer may-raise=yes
it "has restarted the worker" grep -q "restart -- ai-data-readiness-worker" "$work/bin/calls"
it "has emptied the cache" test "$(keys)" = 0
it "has raised the limit" test "$(kubectl get deployment anomaly-detection-api -n production -o \
    'jsonpath={.spec.template.spec.containers[0].resources.limits.memory}')" = 8Gi
tell '{"progress_deadline_seconds": 1, "pod_start_seconds": 60}'
it "takes a limit back with which nothing comes up" exits 1 memory -p memory_percent=1 -p limit=16Gi --answer may-restart=no \
    --answer may-flush=no --answer may-raise=yes
it "has the limit from before" test "$(kubectl get deployment anomaly-detection-api -n production -o \
    'jsonpath={.spec.template.spec.containers[0].resources.limits.memory}')" = 8Gi
finish
