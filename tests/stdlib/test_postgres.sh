# postgres: against a real PostgreSQL that lives as long as the test.
. "$(dirname "$0")/lib.sh"
export PG_PASSWORD=s3cr3t-passw0rd
postgres_password=$PG_PASSWORD start_postgres

connect="host: $pg, user: postgres, password: \"\${{ secrets.pg }}\""
sql() { PGPASSWORD=$PG_PASSWORD psql -XAtq -h "$pg" -U postgres "$@"; }
secrets() { cat; printf 'secrets:\n  pg: {env: PG_PASSWORD}\n'; }
databases() { sql -c "SELECT datname FROM pg_database WHERE datname LIKE 'runbook%'"; }

sql -c "CREATE DATABASE shop" -c "\c shop" -c "CREATE TABLE orders (id int, note text)" -c "INSERT INTO orders SELECT g, 'n' || g FROM generate_series(1, 40) g"

secrets <<EOF | given
  - id: few
    uses: postgres.query
    with:
      $(echo "$connect" | sed 's/, \([a-z]*:\)/\n      \1/g')
      database: shop
      sql: "SELECT id, note FROM orders WHERE note = :'note' OR id = :id ORDER BY id;"
      values: {note: "n7", id: 9}
  - id: hostile
    uses: postgres.query
    with: {$connect, database: shop, sql: "SELECT :'text' AS text", values: {text: "'; DROP TABLE orders; --"}}
  - id: change
    uses: postgres.execute
    with: {$connect, database: shop, sql: "DELETE FROM orders WHERE id > :id;", values: {id: 30}}
  - id: left
    uses: postgres.query
    with: {$connect, database: shop, sql: "SELECT count(*) AS n FROM orders"}
  - id: sessions
    uses: postgres.sessions
    with: {$connect}
  - id: vacuum
    uses: postgres.vacuum
    with: {$connect, database: shop, table: public.orders}
  - id: backup
    uses: postgres.backup
    with: {$connect, database: shop, to: $work/shop.dump}
  - id: check
    uses: postgres.restore_check
    with: {$connect, from: $work/shop.dump, sql: "SELECT count(*) AS n FROM orders"}
  - assert:
      - "#steps.few.output == 2"
      - steps.few.output[1].note == "n7" and steps.few.output[2].id == 9
      - steps.hostile.output[1].text == "'; DROP TABLE orders; --"
      - steps.left.output[1].n == 30
      - steps.sessions.output.total >= 1 and steps.sessions.output.max == 100
      - steps.backup.output.size > 100
      - steps.check.output[1].n == 30
EOF
it "asks, changes, vacuums, dumps and restores" succeeds
it "leaves no scratch database" test -z "$(databases)"
journal_is_clean() { ! grep -qaF "$PG_PASSWORD" "$RUNBOOK_JOURNAL" "$RUNBOOK_JOURNAL"-wal 2>/dev/null; }
it "leaves the password out of the journal" journal_is_clean

given <<EOF
  - id: beside
    uses: postgres.query
    with: {via: [env, "PGHOST=$pg", "PGPASSWORD=$PG_PASSWORD"], user: postgres, database: shop, sql: "SELECT current_user AS who, :n AS n", values: {n: 7}}
  - assert: steps.beside.output[1].who == "postgres" and steps.beside.output[1].n == 7
EOF
it "asks by a command that carries psql out elsewhere" exits 0 env -u PGHOST -u PGUSER "$RUNBOOK" exec "$work/book.yaml"
given <<EOF
  - uses: postgres.query
    with: {via: [env], password: known, sql: SELECT 1}
EOF
it "hands that command no password" fails_with action 'a password cannot go through `via`'

# An idle session of one role, and one that is in use.
sql -c "CREATE ROLE app LOGIN PASSWORD 'app'"
mkfifo "$work/session"
exec 9<>"$work/session"
PGPASSWORD=app psql -Xq -h "$pg" -U app -d shop <"$work/session" >/dev/null 2>&1 9>&- &
idle=$!
echo "SELECT 1;" >&9
idles() { [ "$(sql -c "SELECT count(*) FROM pg_stat_activity WHERE usename = 'app' AND state = 'idle'")" = 1 ]; }
eventually idles || exit 1
sleep 1.1
secrets <<EOF | given
  - id: other
    uses: postgres.terminate_idle
    with: {$connect, idle_for: 1s, only_user: nobody}
  - id: ended
    uses: postgres.terminate_idle
    with: {$connect, idle_for: 1s, only_user: app}
  - assert:
      - "#steps.other.output == 0"
      - "#steps.ended.output == 1"
      - steps.ended.output[1].database == "shop"
EOF
it "ends the sessions that are idle, and no others" succeeds
it "has really ended it" test "$(sql -c "SELECT count(*) FROM pg_stat_activity WHERE usename = 'app'")" = 0
exec 9>&-
kill "$idle" 2>/dev/null

secrets <<EOF | given
  - uses: postgres.query
    with: {$connect, sql: "SELEC 1"}
EOF
it "fails with what the server says of a bad query" fails_with action "syntax error"

head -c 500 "$work/shop.dump" >"$work/torn.dump"
secrets <<EOF | given
  - uses: postgres.restore_check
    with: {$connect, from: $work/torn.dump}
EOF
it "fails for a dump that is torn" fails_with action "pg_restore"
it "leaves no scratch database then either" test -z "$(databases)"

secrets <<EOF | given
  - uses: postgres.query
    with: {host: $pg, user: postgres, password: wrong, sql: "SELECT 1"}
EOF
it "fails when the password is wrong" fails_with action "password authentication failed"

finish
