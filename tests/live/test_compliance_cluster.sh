# Scale and maintenance of ComplianceAgent: the real kubectl, and a stand-in cluster.
. "$(dirname "$0")/compliance.sh"

# --- scale, autoscale

start_apps scaling </dev/null
it "scales the workers to what is usual under load" exits 0 carry_out scale -p service=celery-workers
it "has scaled them" is_now celery-workers replicas 10
it "scales to a certain number" exits 0 carry_out scale -p service=backend -p replicas=8
it "has scaled to it" is_now backend replicas 8
tell '{"bad_images": ["complianceagent/frontend:2.4.0"], "progress_deadline_seconds": 1}'
it "fails when there is no room" exits 1 carry_out scale -p service=frontend -p replicas=9
it "goes back to as many as there were" is_now frontend replicas 2
it "applies the autoscaler" exits 0 carry_out autoscale -p maximum=12
it "has the bounds that were asked for" test "$(kubectl get hpa backend-hpa -o 'jsonpath={.spec.minReplicas} {.spec.maxReplicas}')" = "2 12"
it "changes it" exits 0 carry_out autoscale -p maximum=20 -p cpu=60
it "has the new bound" test "$(kubectl get hpa backend-hpa -o 'jsonpath={.spec.maxReplicas}')" = 20

# --- backup-schedule

cat >cronjob.yaml <<'YAML'
apiVersion: batch/v1
kind: CronJob
metadata: {name: postgres-backup}
spec: {schedule: "0 2 * * *", jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: dump, image: postgres}]}}}}}
YAML
it "applies the CronJob of the backup" exits 0 carry_out backup-schedule -p manifest="$work/cronjob.yaml"
it "says when it runs" timeline_has "runs at 0 2"
it "fails when it has never brought anything" exits 1 carry_out backup-schedule -p apply=false
kubectl patch cronjob postgres-backup -p '{"spec": {"suspend": true}}' >/dev/null
it "fails when somebody has suspended it" exits 1 carry_out backup-schedule -p apply=false
it "says so" timeline_has "is suspended"

# --- nobody may change anything

tell '{"forbid": ["PATCH", "POST", "PUT"]}'
it "fails when nobody may scale" exits 1 carry_out scale -p service=backend
it "says so in kubectl's words" timeline_has forbidden
stop_all

# --- planned-maintenance

start_apps maintained </dev/null
start_app <<'ANSWERS'
{"method": "POST", "path": "/v1/pages/k8x2/incidents", "status": 201, "body": {"id": "p31", "status": "identified"}}
{"method": "PATCH", "path": "/v1/pages/k8x2/incidents/p31", "body": {"id": "p31", "status": "resolved"}}
ANSWERS
maintain() { carry_out planned-maintenance -p api_url="$api_url" -p drain=100ms -p page_url="$app_url" "$@"; }
export STATUSPAGE_API_KEY=s3cr3t-page
it "carries a maintenance window out" exits 0 maintain -p page=k8x2 -p work="new disks" --yes --answer maintenance=yes
it "has maintenance mode off at the end" is_now backend env "{'MAINTENANCE_MODE': 'false'}"
it "has told the users that it is over" grep -q '"status.*resolved' app.asked
it "keeps the key of the status page to itself" bash -c "! grep -qaF s3cr3t-page '$RUNBOOK_JOURNAL'"
on_terminal "$RUNBOOK" exec "$books/planned-maintenance.yaml" -p api_url="$api_url" -p drain=100ms
mode_is() { is_now backend env "{'MAINTENANCE_MODE': '$1'}"; }
it "is in maintenance mode while people work" eventually mode_is true
it "can be cancelled in the middle" "$RUNBOOK" cancel last
it "ends as cancelled" eventually ended cancelled
it "has maintenance mode off then, too" mode_is false
finish
