# The cache and the queue of ComplianceAgent: a real Redis, reached by the real kubectl through a stand-in cluster.
. "$(dirname "$0")/compliance.sh"
start_redis --maxmemory 4mb --maxmemory-policy noeviction
cli() { redis-cli -s "$redis_socket" "$@"; }

# The workers: two tasks of the queue are done whenever somebody looks; a worker that is stuck does none until it is restarted.
cat >celery <<'CELERY'
#!/bin/sh
echo "$*" >>"${0%/*}/celery.asked"
case "$*" in
    *revoke*) echo "revoked" ;;
    *) echo "celery@worker-1: OK" ;;
esac
CELERY
chmod +x celery
start_apps redis <<EOF
workload=\$1
shift
if [ "\$workload \$1 \$2" = "redis redis-cli LLEN" ]; then
    [ -e "$work/stuck" ] || redis-cli -s "$redis_socket" LPOP celery 90 >/dev/null
    exec redis-cli -s "$redis_socket" LLEN "\$3"
fi
[ "\$workload" != celery-workers ] || PATH=$work:\$PATH
exec "\$@"
EOF

# --- redis-memory

memory() { carry_out redis-memory -p port="$redis_port" "$@"; }
it "finds a Redis that is not full" exits 0 memory --answer decide=raise --answer may-flush=no
python3 -c 'for i in range(5000): print("SET key%d %s%s" % (i, "x" * 1000, " EX 1000" if i % 5 == 0 else ""))' | cli >/dev/null 2>&1
full() { cli SET one more 2>&1 | grep -q OOM; }
it "refuses writes by now" full
it "raises the limit" exits 0 memory -p limit=16mb --answer decide=raise --answer may-flush=no
it "has raised it" test "$(cli CONFIG GET maxmemory | tail -n 1)" = 16777216
it "takes writes again" test "$(cli SET one more)" = OK
it "says how many keys never expire" timeline_has "had no TTL"
keys=$(cli DBSIZE)
cli CONFIG SET maxmemory 4mb >/dev/null
it "does not flush what nobody approves" exits 3 memory --answer decide=flush --answer may-flush=no
it "still has all keys" test "$(cli DBSIZE)" = "$keys"
it "flushes what is approved" exits 0 memory --answer decide=flush --answer may-flush=yes
it "has flushed" test "$(cli DBSIZE)" = 0
it "fails when Redis does not answer" exits 1 memory -p port=1 --answer decide=flush --answer may-flush=yes

# --- worker-backlog

fill() { cli DEL celery >/dev/null; seq "$1" | xargs redis-cli -s "$redis_socket" RPUSH celery >/dev/null; }
backlog() { carry_out worker-backlog -p warning=50 -p poll_every=100ms "$@"; }
fill 20
it "leaves a short queue alone" exits 0 backlog --answer stuck='[]'
fill 200
it "scales the workers, and waits until the queue is short" exits 0 backlog --answer stuck='[]'
it "has scaled them" is_now celery-workers replicas 10
it "has drained the queue" test "$(cli LLEN celery)" -le 50
it "has looked at what they are at" grep -q "inspect active" celery.asked
fill 200
touch stuck
it "fails when nothing helps" exits 1 backlog -p drain_timeout=2s --answer 'stuck=["8f1c"]'
it "has revoked the task" grep -q "control revoke 8f1c" celery.asked
# The restart is what lets the stuck worker go on.
(until python3 "$standin" state "$cluster" | grep -q '"revision": "3"'; do sleep 0.2; done; rm -f stuck) >/dev/null 2>&1 &
pids="$pids $!"
it "restarts the workers, and the queue drains" exits 0 backlog -p drain_timeout=4s --answer 'stuck=["9a2d"]'
finish
