# The AI data readiness platform's incidents and scaling, with the real kubectl and a stand-in cluster.
. "$(dirname "$0")/lib.sh"
needs kubectl python3
own_books ai-data-readiness
export ONCALL_ANNOUNCE=$work/pager
: >"$work/error.log"
echo "ERROR model file has schema 3" >>"$work/error.log"

# in_cluster NAME ARGUMENT…: the runbook on the stand-in's deployment, with nobody there to be asked; with a terminal.
in_cluster() { "$RUNBOOK" exec "$books/$1.yaml" "${there[@]}" "${@:2}"; }
on_screen() { on_terminal "$RUNBOOK" exec "$books/$1.yaml" "${there[@]}" "${@:2}"; }
start_there() {
    start_cluster "$@"
    there=(-p namespace=production -p deployment=anomaly-detection-api -p health_url="$health_url")
}
replicas_are() { test "$(kubectl get deployment anomaly-detection-api -n production -o 'jsonpath={.spec.replicas}')" = "$1"; }

# --- p1-outage

start_there outage
tell '{"bad_images": ["2.4.0"], "deploy": "2.4.0"}'
on_screen p1-outage -p error_log="$work/error.log" -p poll_every=200ms -p stable_for=1s \
    --answer 'assess={"recent_deploy": true}' --answer may-roll-back=yes
it "brings the application back with the revision before" eventually timeline_has "platform was resolved"
it "runs that revision" state_has '"image": "2.3.0"'
it "pages whoever is on call" paged "On-call engineer"
it "tells the stakeholders" paged "Product owner"
it "wants proof that the review was held" eventually timeline_has review
it "takes it from another process" eventually "$RUNBOOK" "done" last review --note "post-mortem 17"
it "is over then" eventually ended succeeded
stop_all

start_there gone
tell '{"need_replicas": 9}'
it "restarts the application when that is the cure" exits 1 in_cluster p1-outage -p error_log="$work/error.log" \
    -p back_within=1s -p poll_every=200ms --yes --answer 'assess={"recent_deploy": false}' --answer may-roll-back=no \
    --answer 'cause={"cause":"stuck","fix":"restart"}' --answer by-hand=done --answer taken-over=done --answer 'review={"done": "held on Monday"}'
it "says that it did not help" timeline_has "recovered"
it "tells the lead that it is not back" paged "Platform lead"
stop_all

# --- p2-degraded: whenever the tests run, the office is open

sed -i 's/^  business: .*/  business: {days: Mon-Sun, hours: "00:00-24:00"}/' "$books/oncall.yaml"
start_there degraded
there=(-p health_url="$health_url")
on_screen p2-degraded -p error_log="$work/error.log" -p incidents="$work/incidents" -p stable_for=1s
it "asks for the impact" eventually "$RUNBOOK" answer last assess impact="uploads are slow"
it "has counted the errors" timeline_has "1 errors"
it "takes the fix from another process" eventually "$RUNBOOK" "done" last fix --note "the index is back"
it "ends well" eventually ended succeeded
it "writes the incident down" grep -q "errors in the log: 1" "$work"/incidents/*.md
stop_all

# --- scale-out, scale-in

start_there scaling
it "scales out" exits 0 in_cluster scale-out -p replicas=10 -p watch_for=1s
it "has ten replicas then" state_has '"replicas": 10'
it "does not scale out to fewer" exits 1 in_cluster scale-out -p replicas=5 -p watch_for=1s
it "says which runbook does" timeline_has "scale-in.yaml"
it "scales in, one by one" exits 0 in_cluster scale-in -p replicas=7 -p settle=100ms -p watch_for=100ms
it "has seven replicas then" state_has '"replicas": 7'
it "took them away one by one" test "$(grep -cE '"(PATCH|PUT) .*/scale' "$work/state")" = 4
tell '{"need_replicas": 6}'
it "fails when fewer are too few" exits 1 in_cluster scale-in -p replicas=3 -p settle=1s -p watch_for=100ms
it "keeps as many as were enough" state_has '"replicas": 6'
tell '{"need_replicas": 40}'
it "fails when more do not help" exits 1 in_cluster scale-out -p replicas=12 -p watch_for=1s
it "has as many as before" state_has '"replicas": 6'
stop_all

# --- data-breach: of two who must agree, one runs the tests

sed -i 's/, count: 2//' "$books/data-breach.yaml"
mkdir -p "$work/logs" "$work/evidence"
echo "203.0.113.9 GET /api/export" >"$work/logs/access.log"
start_there breach
breach=(-p preserve="$work/logs" -p evidence="$work/evidence" -p watch_for=1s --answer may-isolate=yes)
it "starts the application again after a false alarm" exits 0 in_cluster data-breach "${breach[@]}" --yes \
    --answer 'exposure={"breach": false}' --answer 'findings={"done": "ticket 7"}' --answer 'duties={"done": "none"}' --answer 'patched={"done": "1.4.2"}' \
    --answer credentials=done --answer may-restore=yes --answer taken-over=done
it "had stopped it" timeline_has "isolate"
it "runs it as before" replicas_are 3
it "has kept the logs" tar -tzf "$work"/evidence/*-logs.tar.gz
it "has written down their hash" timeline_has "$(sha256sum "$work"/evidence/*-logs.tar.gz | cut -c 1-64)"
it "pages the security engineer" paged "Security engineer"

on_screen data-breach "${breach[@]}" --answer 'exposure={"breach": true, "exposure": "two datasets"}' \
    --answer credentials=done --answer may-restore=yes
it "wants the findings, with proof" eventually "$RUNBOOK" "done" last findings --note "through the export API"
it "tells the lawyers" paged "Legal counsel"
it "wants to know what the law wants" eventually "$RUNBOOK" "done" last duties --note "authority informed"
it "has the application stopped meanwhile" replicas_are 0
it "wants the hole closed" eventually "$RUNBOOK" "done" last patched --note "release 2.4.1"
it "ends when it is back" eventually ended succeeded
it "runs as many as before" replicas_are 3
finish
