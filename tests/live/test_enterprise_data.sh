# The data of the enterprise platform: backup, restore, upkeep and configuration, with real PostgreSQL, gpg and kubectl, and
# a stand-in cluster.
. "$(dirname "$0")/lib.sh"
needs kubectl gpg
own_books enterprise-platform
start_postgres
createdb anomaly_detection
psql -Xq -d anomaly_detection <<'SQL'
CREATE TABLE anomaly_detections (id int PRIMARY KEY, detected_at timestamptz, score float);
CREATE INDEX idx_anomaly_timestamp ON anomaly_detections (detected_at);
INSERT INTO anomaly_detections SELECT i, now() - i * interval '1 minute', random() FROM generate_series(1, 5000) i;
SQL
dead() { psql -XAtq -d anomaly_detection -c "SELECT n_dead_tup FROM pg_stat_user_tables WHERE relname = 'anomaly_detections'"; }
many_dead() { [ "$(dead)" -gt 1000 ] || { echo "# $(dead)"; return 1; }; }

# --- database-optimize

optimize() { carry_out database-optimize "$@"; }
psql -Xq -d anomaly_detection -c "UPDATE anomaly_detections SET score = score + 1"
it "has a table full of dead rows" eventually many_dead
it "cleans it up" exits 0 optimize --answer may-go-on=no
it "says what it brought" timeline_has "Dead rows: 5000 before, 0 now."
it "has left no index behind that is not valid" test 0 = \
    "$(psql -XAtq -d anomaly_detection -c 'SELECT count(*) FROM pg_index WHERE NOT indisvalid')"
mkfifo session
psql -Xq -d anomaly_detection <session >/dev/null 2>&1 &
pids="$pids $!"
exec 5>session
echo "BEGIN; SELECT count(*) FROM pg_class;" >&5
long_ones() { [ "$(psql -XAtq -d anomaly_detection -c "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction'")" = 1 ]; }
it "sees a transaction that stays open" eventually long_ones
sleep 1.2
it "asks when a long transaction is in the way, and takes a no" exits 3 optimize -p long=1s --answer may-go-on=no
it "has not touched the table" timeline_lacks vacuum
echo "COMMIT;" >&5
exec 5>&-
it "fails for a table that is not there" exits 1 optimize -p table=nothing --answer may-go-on=no

# --- database-backup, database-restore

start_cluster data '{"logs": {"postgres-backup": "wrote 48 MB\n"}}'
rm -f "$work/pages"
it "backs the database up" exits 0 carry_out database-backup -p look_every=100ms
it "says which job it was" timeline_has "Backup postgres-backup-"
tell '{"failing_jobs": ["postgres-backup"]}'
sed -i 's/delay: 1m/delay: 1s/' "$books/database-backup.yaml"
it "fails when the backup does" exits 1 carry_out database-backup -p look_every=100ms
it "tells the database administrator" paged "Database administrator"
it "tells the backup engineer" paged "Backup engineer"
tell '{"failing_jobs": []}'

# One person runs the tests, so that one has to be enough.
sed -i 's/count: 2/count: 1/' "$books/database-restore.yaml"
restore() { carry_out database-restore -p health_url="$health_url" -p look_every=100ms -p rollout_timeout=20s "$@"; }
had_jobs() { kubectl get jobs -n production -o name | grep -c "$1"; }
it "restores the database" exits 0 restore --answer may-restore=yes -p reason="a table is empty"
it "has counted the rows" timeline_has "5000 rows in anomaly_detections"
it "has run the restore" test 1 = "$(had_jobs postgres-restore)"
it "has started the service again" state_has '"replicas": 3'
it "does nothing when it is denied" exits 3 restore --answer may-restore=no
it "has not restored then" test 1 = "$(had_jobs postgres-restore)"
tell '{"failing_jobs": ["postgres-backup"]}'
it "does not restore over data that could not be saved" exits 1 restore --answer may-restore=yes
it "has not restored there either" test 1 = "$(had_jobs postgres-restore)"
it "has started the service again all the same" state_has '"replicas": 3'
tell '{"failing_jobs": ["postgres-restore"]}'
it "fails when the restore does" exits 1 restore --answer may-restore=yes
it "has started the service again after that" state_has '"replicas": 3'
tell '{"failing_jobs": []}'
psql -Xq -d anomaly_detection -c "DELETE FROM anomaly_detections WHERE id > 10"
it "fails when too few rows came back" exits 1 restore --answer may-restore=yes -p min_rows=100
it "says how few" timeline_has "holds 10 rows, expected at least 100"
it "has started the service again in every case" state_has '"replicas": 3'

# --- weekly-maintenance

weekly() { carry_out weekly-maintenance -p look_every=100ms -p job_timeout=20s; }
tell '{"logs": {"ml-training-pipeline": "epoch 40\nTraining completed\n"}}'
it "does the weekly maintenance" exits 0 weekly
it "has updated the signatures, cleaned the logs, scanned" test 3 = \
    "$(kubectl get jobs -n production -o name | grep -cE 'security-update|log-cleanup|compliance-audit')"
it "does it again the week after" exits 0 weekly
tell '{"logs": {"ml-training-pipeline": "epoch 3\n"}, "failing_jobs": ["security-update"]}'
it "fails when a part of it does" exits 1 weekly
it "says that it is the training" timeline_has "No training was completed"
it "says that it is the signatures" timeline_has "Security signatures:"
it "has done the rest all the same" timeline_has "compliance"

# --- config-backup

export GNUPGHOME=$work/gnupg
mkdir -m 700 "$GNUPGHOME"
at_exit "gpgconf --kill all"
gpg --batch --quiet --passphrase '' --quick-generate-key backup@company.com default default never 2>/dev/null
configuration() { carry_out config-backup -p folder="$work/saved" "$@"; }
today=$(date +%Y%m%d)
it "saves the configuration" exits 0 configuration -p recipient=backup@company.com
it "has the service in it" grep -q "kind: Service" "saved/backup-$today.yaml"
it "has no secret in it" sh -c '! grep -q bGV0LW1lLWlu "$0"' "saved/backup-$today.yaml"
it "has encrypted the secrets" sh -c '! grep -q bGV0LW1lLWlu "$0"' "saved/secrets-backup-$today.gpg"
it "lets whoever has the key read them" sh -c 'gpg --batch --quiet --decrypt "$0" 2>/dev/null | grep -q bGV0LW1lLWlu' \
    "saved/secrets-backup-$today.gpg"
it "has nothing of the secrets in the journal" sh -c '! grep -q bGV0LW1lLWlu "$0"*' "$RUNBOOK_JOURNAL"
it "leaves nothing else behind" test 2 = "$(ls -A saved | wc -l)"
it "saves nothing where there is no key" exits 1 configuration -p recipient=nobody@company.com
tell '{"forbid": ["GET"]}'
rm -r saved
it "fails when the cluster may not be read" exits 1 configuration -p recipient=backup@company.com
it "leaves no half of a backup behind" test -z "$(ls -A saved)"
finish
