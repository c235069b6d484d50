# Incidents of ComplianceAgent and the people who answer: the real kubectl, a stand-in cluster, pages that are written down.
. "$(dirname "$0")/compliance.sh"

# --- escalation

hurry() { sed -i 's/escalate_after: [0-9a-z]*/escalate_after: 1s/; s/{notify: \[vp-engineering\]}/{notify: [vp-engineering], escalate_after: 1s}/' "$books/oncall.yaml"; }
cp "$books/oncall.yaml" oncall.real
hurry
it "pages in the background" exits 4 "$RUNBOOK" exec "$books/escalation.yaml" -p severity=P1 -p message="The API is down" --detach
it "pages the engineer on call" eventually paged "Backend engineer: P1"
it "goes on to the VP for a P1" eventually paged "VP Engineering"
it "is done when somebody says so" eventually "$RUNBOOK" done last taken
it "succeeds then" eventually ended succeeded
rm -f pages
it "pages for a P2" exits 4 "$RUNBOOK" exec "$books/escalation.yaml" -p severity=P2 --detach
it "goes on to the manager" eventually paged "Engineering manager"
it "is acknowledged from elsewhere" "$RUNBOOK" ack last
sleep 1.5
it "does not wake the VP for a P2" not_paged "VP Engineering"
it "ends when it is cancelled" "$RUNBOOK" cancel last
it "has ended" eventually ended cancelled
cp oncall.real "$books/oncall.yaml"

# --- incident

start_apps incident <<'EOF'
exit 1
EOF
rm -f pages
tell '{"sick_images": ["2.5.0"], "logs": {"backend": "ERROR no such table: sessions"}}'
kubectl set image deployment/backend backend=complianceagent/backend:2.5.0 >/dev/null
on_terminal "$RUNBOOK" exec "$books/incident.yaml" -p api_url="$api_url" -p reports="$work/reports" -p summary="Nobody can log in"
answer() { "$RUNBOOK" answer last "$@"; }
it "takes the triage from another process" eventually answer triage severity=P1 ticket=INC-412 impact=everybody
it "has paged whoever is on call" paged "Backend engineer: P2"
it "tells the leads that it has become a P1" eventually paged "Team lead: Now a P1"
it "asks for the cause" eventually answer investigate cause="the session table" action=roll-back
it "waits for the permanent fix when it is healthy again" eventually "$RUNBOOK" done last fix
it "has kept what the pods printed" bash -c "'$RUNBOOK' logs last look | grep -q 'no such table'"
it "has rolled the backend back" is_now backend image 2.4.0
it "has told the leads that it is over" paged "Engineering manager: Mitigated"
it "has begun the report" grep -q "cause: the session table" reports/*.md
it "waits for the post-mortem" eventually "$RUNBOOK" done last post-mortem
it "succeeds" eventually ended succeeded

rm -f pages
tell '{"disconnected": ["db"]}'
it "fails when the application does not get healthy" exits 1 carry_out incident -p api_url="$api_url" -p reports="$work/reports" \
    --answer triage='{"severity": "P2"}' --answer investigate='{"action": "restart"}' --answer by-hand=no --answer fix=no \
    --answer post-mortem=no --answer taken-over=yes
it "has restarted the backend" is_now backend revision 4
it "tells the leads that it is not resolved" paged "Team lead: Not resolved"
it "says why" timeline_has "Not resolved"

# --- log-search

start_app <<'ANSWERS'
{"method": "POST", "path": "/logs-*/_search", "body": {"hits": {"total": {"value": 2}, "hits": [{"_source": {"@timestamp": "2026-11-21T03:00:00Z", "message": "scan failed"}}]}}}
ANSWERS
search() { carry_out log-search -p elasticsearch="$app_url" "$@"; }
asked() { python3 -c 'import json, sys
asked = json.loads([json.loads(line) for line in open("app.asked")][-1]["body"])
sys.exit(0 if asked["query"]["query_string"]["query"] == sys.argv[1] else "# asked was %s" % asked)' "$1"; }
it "searches for errors" exits 0 search
it "asks for those of the last hour" asked "(level:error) AND @timestamp:[now-1h TO now]"
it "says how many there are" timeline_has "2 entries since 1h"
it "searches for what a user did" exits 0 search -p find=user -p user=user123 -p since=1d
it "asks for that user" asked '(user_id:"user123" AND action:*) AND @timestamp:[now-1d TO now]'
it "wants to know which user" exits 1 search -p find=user
it "shows what the pods print" bash -c "'$RUNBOOK' exec '$books/log-search.yaml' -p elasticsearch= >/dev/null 2>&1; '$RUNBOOK' logs last every-backend | grep -q 'no such table'"
finish
