# The AI data readiness platform's daily check and backup check against a real PostgreSQL that lives as long as the test.
. "$(dirname "$0")/lib.sh"
books=$source_dir/runbooks/ai-data-readiness
start_postgres

createdb ai_data_readiness
psql -Xq -d ai_data_readiness -c "CREATE TABLE datasets (id int); INSERT INTO datasets SELECT generate_series(1, 250)"

# --- daily-health

start_cluster application
log=$work/error.log
# The machine's own disk and memory are not under test.
daily() { "$RUNBOOK" exec "$books/daily-health.yaml" -p url="$health_url" -p error_log="$log" \
    -p disk_warning=100 -p memory_warning=100 -p disk_critical=100 -p memory_critical=100 "$@"; }

: >"$log"
it "finds a healthy platform healthy" exits 0 daily
it "gives the verdict" timeline_has "Verdict: healthy"
echo "2026-01-01 ERROR one" >"$log"
it "succeeds with a warning when the error log is not empty" exits 0 daily
it "says what is worrying" timeline_has "1 recent errors"
for _ in $(seq 60); do echo "2026-01-01 ERROR again" >>"$log"; done
it "fails when the error log is full of errors" exits 1 daily
it "says that it is the log" timeline_has "error log"
: >"$log"
tell '{"need_replicas": 100}'
it "fails when the application is unwell" exits 1 daily
it "says that it is the application" timeline_has "Application:"
tell '{"need_replicas": 1}'
it "fails when the database cannot be reached" exits 1 env PGHOST=/nonexistent "$RUNBOOK" exec "$books/daily-health.yaml" \
    -p url="$health_url" -p error_log="$log" -p disk_critical=100 -p memory_critical=100
it "says that it is the database" timeline_has "Database:"
it "has looked at the rest all the same" timeline_has errors
it "fails when there is no error log to read" exits 1 daily -p error_log=/nonexistent/error.log
it "fails when too few sessions are left" exits 1 daily -p sessions_critical=1 -p sessions_warning=1

# --- backup-verify

backup=$work/latest.sql.gz
verify() { "$RUNBOOK" exec "$books/backup-verify.yaml" -p backup="$backup" "$@"; }
scratch_is_gone() {
    local left
    left=$(psql -XAtq -d template1 -c "SELECT datname FROM pg_database WHERE datname LIKE 'ai_data_readiness_test%'")
    [ -z "$left" ] || { echo "# still there: $left"; return 1; }
}
scratch_is_there() { ! scratch_is_gone >/dev/null; }

pg_dump ai_data_readiness | gzip >"$backup"
it "verifies a good backup" exits 0 verify
it "has counted the rows" timeline_has "250 rows"
it "drops the scratch database after a success" scratch_is_gone

touch -d '2 days ago' "$backup"
it "does not accept an old backup" exits 1 verify
it "says how old it is" timeline_has "hours old"
touch "$backup"
it "accepts the same file when it may be older" exits 0 verify -p max_age=3d

it "fails when there is no backup" exits 1 verify -p backup="$work/nothing.sql.gz"
it "says that there is none" timeline_has "No such file"

head -c 200 "$backup" >"$work/cut.sql.gz"
it "fails when the file is cut short" exits 1 verify -p backup="$work/cut.sql.gz"
it "leaves no database behind after a file that does not unpack" scratch_is_gone

{ pg_dump ai_data_readiness; echo "this is not SQL;"; } | gzip >"$work/corrupt.sql.gz"
it "fails when the dump is corrupt" exits 1 verify -p backup="$work/corrupt.sql.gz"
it "shows what PostgreSQL said" timeline_has "syntax error"
it "drops the scratch database after a restore that failed" scratch_is_gone

pg_dump --schema-only ai_data_readiness | gzip >"$work/empty.sql.gz"
it "fails when the table is empty" exits 1 verify -p backup="$work/empty.sql.gz"
it "says how many rows it wanted" timeline_has "expected at least 1"
it "drops the scratch database after a check that failed" scratch_is_gone

echo "CREATE TABLE datasets (id int); SELECT pg_sleep(120);" | gzip >"$work/slow.sql.gz"
"$RUNBOOK" exec "$books/backup-verify.yaml" -p backup="$work/slow.sql.gz" >"$work/out" 2>&1 &
run=$!
pids="$pids $run"
it "is in the middle of the restore" eventually scratch_is_there
it "can be cancelled there" "$RUNBOOK" cancel last
wait "$run"
it "ends as cancelled" test $? = 3
it "drops the scratch database when it is cancelled" scratch_is_gone

"$RUNBOOK" exec "$books/backup-verify.yaml" -p backup="$work/slow.sql.gz" >"$work/out" 2>&1 &
run=$!
pids="$pids $run"
it "is in the middle of the restore again" eventually scratch_is_there
kill -TERM "$run"
wait "$run"
it "ends as cancelled when it gets TERM" test $? = 3
it "drops the scratch database when it gets TERM" scratch_is_gone
finish
