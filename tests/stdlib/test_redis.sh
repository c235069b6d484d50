# redis: against a real server that lives as long as the test.
. "$(dirname "$0")/lib.sh"

export REDIS_PASSWORD=s3cr3t-redis
start_redis --requirepass "$REDIS_PASSWORD" --maxmemory 50mb
cli() { REDISCLI_AUTH=$REDIS_PASSWORD redis-cli -s "$redis_socket" "$@"; }
cli MSET a 1 b 2 c 3 >/dev/null
cli -n 1 SET d 4 >/dev/null

connect="socket: $redis_socket, password: \"\${{ secrets.redis }}\""
given_with_secret() { { cat; printf 'secrets:\n  redis: {env: REDIS_PASSWORD}\n'; } | given; }
given_with_secret <<EOF
  - id: info
    uses: redis.info
    with: {$connect, section: server}
  - id: memory
    uses: redis.memory
    with: {$connect, max_percent: 90}
  - id: raise
    uses: redis.configure
    with: {$connect, name: maxmemory, value: 64mb}
  - id: one
    uses: redis.flush
    with: {$connect, database: 1, confirm: flush}
  - id: all
    uses: redis.flush
    with: {$connect, all: true, confirm: flush}
  - assert:
      - contains(steps.info.output.redis_version, ".")
      - steps.memory.output.max == 50 * 1024 * 1024
      - steps.memory.output.used > 0 and steps.memory.output.percent > 0
      - steps.raise.output.before == "52428800" and steps.raise.output.now == "67108864"
      - steps.one.output.keys == 1
      - steps.all.output.keys == 3
EOF
it "tells of the server and its memory, and flushes" succeeds
it "has really flushed" test "$(cli DBSIZE)" = 0
journal_is_clean() { ! grep -qaF "$REDIS_PASSWORD" "$RUNBOOK_JOURNAL" "$RUNBOOK_JOURNAL"-wal 2>/dev/null; }
it "leaves the password out of the journal" journal_is_clean

given <<EOF
  - id: beside
    uses: redis.info
    with: {via: [env, "REDISCLI_AUTH=$REDIS_PASSWORD"], socket: $redis_socket, section: server}
  - assert: contains(steps.beside.output.redis_version, ".")
EOF
it "asks by a command that carries redis-cli out elsewhere" exits 0 "$RUNBOOK" exec "$work/book.yaml"
given <<EOF
  - uses: redis.info
    with: {via: [env], socket: $redis_socket, password: known}
EOF
it "hands that command no password" fails_with action 'a password cannot go through `via`'

given_with_secret <<EOF
  - uses: redis.configure
    with: {$connect, name: no-such-setting, value: "1"}
EOF
it "fails for a setting that there is not" fails_with action "redis has no setting no-such-setting"

given_with_secret <<EOF
  - uses: redis.memory
    with: {$connect, max_percent: 0.01}
EOF
it "fails when more memory is used than is wanted" fails_with action "of the memory it may"

given <<EOF
  - uses: redis.info
    with: {socket: $redis_socket, password: wrong}
EOF
it "fails when the password is wrong" fails_with action "redis $redis_socket"

given <<EOF
  - uses: redis.flush
    with: {socket: $redis_socket}
EOF
refused() { exits 2 "$RUNBOOK" validate "$work/book.yaml" && { out_has confirm 2>/dev/null || err_has confirm; }; }
it "is not even loaded without the confirmation" refused

finish
