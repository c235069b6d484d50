# What watches over the PII extraction system: thresholds that are really crossed in a real Prometheus, permissions that
# are really open, and the maintenance of each day, week and month.
. "$(dirname "$0")/pii.sh"
needs prometheus

# --- monitors: each limit has to be exceeded for a second, where it is minutes in earnest

say() { printf '{"path": "/metrics", "headers": {"Content-Type": "text/plain"}, "text": "%s"}\n' "$1" | app_answers; }
good='system_cpu_percent 40\nsystem_memory_percent 60\nsystem_disk_percent 50\npii_processing_time_ms 900\npii_error_rate_percent 0\n'
start_app <<EOF
{"path": "/metrics", "headers": {"Content-Type": "text/plain"}, "text": "$good"}
EOF
start_prometheus "${app_url#http://}"
limits=$(python3 - "$books/monitors.yaml" <<'PY'
import json, re, sys
rows = re.findall(r"^      - \{name: ([\w ]+), metric: (\w+), warning: (\d+), critical: (\d+), alert: (\d+), during: \w+, symptom: ([\w-]+)\}$",
                  open(sys.argv[1], encoding="utf-8").read(), re.M)
print(json.dumps([{"name": name, "metric": metric, "warning": int(warning), "critical": int(critical), "alert": int(alert),
                   "during": "1s", "symptom": symptom} for name, metric, warning, critical, alert, symptom in rows]))
PY
)
look() { carry_out monitors -p prometheus="$prometheus_url" -p limits="$limits" "$@"; }
# prometheus_has QUERY VALUE
prometheus_has() { curl -sG "$prometheus_url/api/v1/query" --data-urlencode "query=$1" | grep -qF "\"$2\"]"; }
held() { prometheus_has "min_over_time($1[1s])" "$2"; }

it "lets Prometheus see the metrics" eventually held system_cpu_percent 40
it "finds good metrics good" exits 0 look
it "has nobody paged" not_paged "DevOps engineer"
say "${good/processing_time_ms 900/processing_time_ms 4000}"
it "lets Prometheus see slow documents" eventually held pii_processing_time_ms 4000
it "succeeds with a warning" exits 0 look
it "says which metric" timeline_has "warning: processing time 4000"
it "still has nobody paged" not_paged "DevOps engineer"
say "${good/cpu_percent 40/cpu_percent 86}"
it "lets Prometheus see a busy processor" eventually held system_cpu_percent 86
it "alerts when a limit was exceeded for long enough" exits 1 look
it "says what to do" timeline_has "troubleshoot.yaml -p symptom=resources"
it "pages whoever is on call" paged "DevOps engineer"
say "${good/cpu_percent 40/cpu_percent 99}"
it "lets Prometheus see a short peak" eventually prometheus_has system_cpu_percent 99
say "$good"
it "lets it see that it is over" eventually prometheus_has system_cpu_percent 40
it "does not alert for a peak that does not last" exits 0 look
say "${good/system_disk_percent 50\\n/}"
is_unknown() { curl -sG "$prometheus_url/api/v1/query" --data-urlencode "query=$1" | grep -qF '"result":[]'; }
it "lets Prometheus see that a metric is missing" eventually is_unknown 'max_over_time(system_disk_percent[1s])'
it "fails when a metric is not measured" exits 1 look
it "fails where Prometheus does not answer" exits 1 look -p prometheus=http://127.0.0.1:9

# --- security-audit

chmod 640 data/*.db
find . -name '*.py' -exec chmod 644 {} +
rm -f "$work/pages"
it "finds a closed system closed" exits 0 here security-audit
echo "failed login of root" >>logs/audit.log
chmod 644 .env.production data/pii_extraction.db
chmod 666 src/core/health_checks.py
echo "ENABLE_AUTH=false" >>.env.production
it "fails when the system is open" exits 1 here security-audit -p refused_max=0
for open in "Authentication is off" ./src/core/health_checks.py data/pii_extraction.db ./.env.production "1 refusals"; do
    it "names $open" timeline_has "$open"
done
it "tells the security team" paged "Security team"
chmod 600 .env.production data/pii_extraction.db
chmod 644 src/core/health_checks.py
sed -i '/ENABLE_AUTH/d' .env.production

# --- maintenance-daily

it "misses the backup of the night" exits 1 here maintenance-daily
it "says so" timeline_has "none at all"
scripts/backup/automated_backup.sh full 30
it "finds that all is well" exits 0 here maintenance-daily
for _ in 1 2 3; do echo "ERROR page 4 is empty" >>logs/errors.log; done
docker-compose down
it "finds what is not" exits 1 here maintenance-daily -p errors_max=2
it "says what the errors are about" timeline_has "3 errors, mostly ERROR page 4 is empty"
it "says that the system is not healthy" timeline_has "the services are down"
docker-compose up -d

# --- maintenance-weekly

echo old >logs/errors.log.40
touch -d '40 days ago' logs/errors.log.40
echo '{"pii.processing_time_ms": [800]}' >run/metrics.json
it "does the week's work" exits 0 at_front maintenance-weekly --answer review=yes
it "has updated the dependencies" grep -q updated poetry.lock
it "has cleaned old logs away" test ! -e logs/errors.log.40
it "has backed the database up before" ls backups/database_*
it "has left no copy" test -z "$(ls poetry.lock.before-* 2>/dev/null)"
cp poetry.lock "$work/lock"
echo 'echo v0.9.0 >run/bad' >>scripts/maintenance/weekly_maintenance.sh
it "fails when the system is not well with the new dependencies" exits 1 at_front maintenance-weekly -p healthy_within=1s --answer review=yes
it "has put the old ones back" cmp -s "$work/lock" poetry.lock
it "has installed them" cmp -s "$work/lock" run/installed
it "has restarted twice, with them at the end" asked "restart pii-extraction-app"
: >run/bad

# --- maintenance-monthly

meet at_front maintenance-monthly -p disk_warning=1
it "asks before it installs anything" eventually "$RUNBOOK" deny last may-update
it "ends as denied" eventually ended failed
it "has installed nothing" test ! -e run/patched
meet at_front maintenance-monthly -p disk_warning=1
it "takes the approval" eventually "$RUNBOOK" approve last may-update
it "takes the plan" eventually "$RUNBOOK" done last plan --note "a larger disk on Monday"
it "has installed the updates" test -e run/patched
it "takes the report of the rehearsal" eventually "$RUNBOOK" done last rehearse --note "40 minutes"
it "succeeds" eventually ended succeeded
it "has asked for a plan" timeline_has "% full"
it "has asked for a rehearsal with its own backup" timeline_has "$(ls backups | tail -n 1 | sed 's/.tar.gz//')"
finish
