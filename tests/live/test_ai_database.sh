# The AI data readiness platform's care of its database, and the weekly review, against a real PostgreSQL with
# pg_stat_statements. (The daily check and the check of backups: test_postgres.sh.)
. "$(dirname "$0")/lib.sh"
own_books ai-data-readiness
start_postgres shared_preload_libraries=pg_stat_statements
createdb ai_data_readiness
on_database() { psql -XAtq -v ON_ERROR_STOP=1 -d ai_data_readiness -c "$1"; }
on_database "CREATE EXTENSION pg_stat_statements"
on_database "CREATE TABLE datasets (id int PRIMARY KEY, owner int)"
on_database "INSERT INTO datasets SELECT i, (i * 7919) % 5000 FROM generate_series(1, 20000) i"

# --- database-performance

on_database "SELECT pg_stat_statements_reset()" >/dev/null
on_database "SELECT pg_sleep(0.3)" >/dev/null
tune() { carry_out database-performance -p slow_ms=200 "$@"; }
it "analyses and vacuums" exits 0 tune --answer may-vacuum=yes
it "has found the slow query" timeline_has "1 slow queries"
it "has really analysed" test "$(on_database "SELECT count(*) FROM pg_stat_user_tables WHERE last_analyze IS NULL")" = 0
it "has really vacuumed" test "$(on_database "SELECT count(*) FROM pg_stat_user_tables WHERE last_vacuum IS NULL")" = 0
psql -Xq -d ai_data_readiness -c "BEGIN; LOCK TABLE datasets; SELECT pg_sleep(30)" >/dev/null 2>&1 &
pids="$pids $!"
is_locked() { test "$(on_database "SELECT count(*) FROM pg_locks WHERE relation = 'datasets'::regclass AND mode = 'AccessExclusiveLock' AND granted")" = 1; }
it "has somebody who locks a table" eventually is_locked
psql -Xq -d ai_data_readiness -c "SELECT count(*) FROM datasets" >/dev/null 2>&1 &
pids="$pids $!"
somebody_waits() { test "$(on_database "SELECT count(*) FROM pg_stat_activity WHERE cardinality(pg_blocking_pids(pid)) > 0")" = 1; }
it "has somebody who waits for another" eventually somebody_waits
it "does without vacuuming when that is denied" exits 0 tune --answer may-vacuum=no
it "has seen who waits" timeline_has "1 sessions that wait for another"
on_database "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%LOCK TABLE%' AND pid <> pg_backend_pid()" >/dev/null
it "fails when the database cannot be reached" exits 1 env PGHOST=/nonexistent "$RUNBOOK" exec \
    "$books/database-performance.yaml" --answer may-vacuum=yes
it "says why" timeline_has "No such file"

# --- database-monthly

it "does the month's work, indexes too" exits 0 carry_out database-monthly --answer may-reindex=yes
it "tells the largest table" timeline_has "the largest table: datasets"
before=$(on_database "SELECT relfilenode FROM pg_class WHERE relname = 'datasets_pkey'")
it "rebuilds without asking when told so" exits 0 carry_out database-monthly -p reindex=always --answer may-reindex=no
it "has really built them anew" test "$(on_database "SELECT relfilenode FROM pg_class WHERE relname = 'datasets_pkey'")" != "$before"
it "leaves them alone when that is denied" exits 0 carry_out database-monthly --answer may-reindex=no
on_database "CREATE TABLE twice (n int); INSERT INTO twice VALUES (1), (1)"
psql -Xq -d ai_data_readiness -c "CREATE UNIQUE INDEX CONCURRENTLY twice_ccnew ON twice (n)" 2>/dev/null
it "drops the broken index that a rebuild left" exits 0 carry_out database-monthly -p reindex=always --answer may-reindex=no
it "has dropped it" test "$(on_database "SELECT count(*) FROM pg_index WHERE NOT indisvalid")" = 0
psql -Xq -d ai_data_readiness -c "CREATE UNIQUE INDEX CONCURRENTLY twice_n ON twice (n)" 2>/dev/null
it "fails when an index of ours is broken" exits 1 carry_out database-monthly -p reindex=never --answer may-reindex=no

# --- weekly-review: apt only says what it would do; what is installed stands in a script

on_database "DROP TABLE twice"
pg_dump ai_data_readiness | gzip >"$work/latest.sql.gz"
printf 'ERROR one\nERROR two\nERROR one\n' >"$work/error.log"
mkdir "$work/bin"
cat >"$work/bin/apt-get" <<'SCRIPT'
#!/bin/sh
case "$*" in
*--simulate*) echo "Inst openssl [3.0.14] (3.0.15 Debian-Security:12/stable-security [amd64])" ;;
*) echo "$*" >"${0%/*}/installed" ;;
esac
SCRIPT
chmod +x "$work/bin/apt-get"
review() {
    PATH=$work/bin:$PATH carry_out weekly-review -p error_log="$work/error.log" -p figures="$work/review/capacity.csv" \
        -p backup="$work/latest.sql.gz" --answer documentation=done "$@"
}
it "reviews the week" exits 0 review --answer may-install=yes
it "has restored the backup" timeline_has "20000 rows in datasets"
it "has installed what was approved" grep -q -- "--only-upgrade install openssl" "$work/bin/installed"
it "has kept the week's figures" test "$(wc -l <"$work/review/capacity.csv")" = 1
rm "$work/bin/installed"
echo "2026-11-14T06:00:00Z,0.001,1" >"$work/review/capacity.csv"
it "reviews the next week, without updates" exits 0 review --answer may-install=no -p weeks_left=1000000
it "has installed nothing" test ! -e "$work/bin/installed"
it "warns that the disk fills up" timeline_has "at this pace it"
rm "$work/bin/apt-get"
it "reads what the real apt says" exits 0 review --answer may-install=no
it "is no review without a backup" exits 1 review --answer may-install=no -p backup=/nonexistent.gz
finish
