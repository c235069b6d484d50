# The AI data readiness platform's read replica: a real PostgreSQL with a real streaming replica, the real aws with a
# stand-in for RDS that says where it is, the real kubectl with a stand-in cluster.
. "$(dirname "$0")/lib.sh"
needs aws kubectl
own_books ai-data-readiness
start_postgres wal_level=replica max_wal_senders=4
createdb ai_data_readiness
as_postgres "$(command -v pg_basebackup)" -h "$PGHOST" -U postgres -D "$pg/replica" -R -c fast >"$work/basebackup.log" 2>&1 || { cat "$work/basebackup.log"; exit 1; }
at_exit "as_postgres '$(command -v pg_ctl)' -D '$pg/replica' -m immediate stop >/dev/null 2>&1"
(cd /tmp && as_postgres "$(command -v pg_ctl)" -D "$pg/replica" -w -l "$pg/replica.log" \
    -o "-c listen_addresses='' -c fsync=off -c port=5433 -k $pg" start >/dev/null) || { cat "$pg/replica.log"; exit 1; }

serve_until_end rds python3 "$tests/live/rds_standin.py" "$pg" 5433 "$work/rds.asked" "$work/rds.port"
soon test -s "$work/rds.port"
mkdir "$work/bin"
printf '#!/bin/sh\nexec %s --endpoint-url=http://127.0.0.1:%s "$@"\n' "$(command -v aws)" "$(cat "$work/rds.port")" >"$work/bin/aws"
chmod +x "$work/bin/aws"
export PATH=$work/bin:$PATH AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=us-east-1
export AWS_EC2_METADATA_DISABLED=true

start_cluster replica
kubectl create configmap ai-data-readiness-config -n production --from-literal=READ_DATABASE_URL=postgresql://primary >/dev/null || exit 1
reads_from() { test "$(kubectl get configmap ai-data-readiness-config -n production -o 'jsonpath={.data.READ_DATABASE_URL}')" = "$1"; }
add() {
    carry_out read-replica -p namespace=production -p deployment=anomaly-detection-api -p health_url="$health_url" -p watch_for=1s \
        -p look_every=100ms "$@"
}
asked() { grep -c "^$1" "$work/rds.asked"; }

it "does nothing without a primary" exits 1 add -p primary=somebody-else
it "says so in the words of RDS" timeline_has "DBInstanceNotFound"
it "adds a replica" exits 0 add
it "has the application read from it" reads_from "postgresql://$pg:5433/ai_data_readiness"
it "does not add it twice" exits 1 add
it "leaves the one that is there" test "$(asked DeleteDBInstance)" = 0
tell '{"need_replicas": 9}'
it "fails when the application is not well with it" exits 1 add -p replica=second
it "has the application read from where it did before" reads_from "postgresql://$pg:5433/ai_data_readiness"
it "has deleted the replica that is not used" grep -q "^DeleteDBInstance second" "$work/rds.asked"
tell '{"need_replicas": 1}'
psql -XAtq -h "$pg" -p 5433 -c "SELECT pg_promote()" >/dev/null
it "fails when it is no replica" exits 1 add -p replica=third
it "has never pointed the application to it" timeline_lacks "configure"
it "has deleted that one too" grep -q "^DeleteDBInstance third" "$work/rds.asked"
finish
