# The PII extraction system's incidents and its scheduled downtime, with people who answer from another process.
. "$(dirname "$0")/pii.sh"
says() { eventually "$RUNBOOK" "$@"; }
ends() { eventually ended "$1"; }

# --- p1-critical

scripts/backup/automated_backup.sh full 30
docker-compose down
rm data/pii_extraction.db
meet at_front p1-critical -p reports="$work/reports"
it "pages whoever is on call at once" eventually paged "DevOps engineer"
it "takes the acknowledgement" says ack last
it "takes the assessment" says answer last assess impact=everybody recover=true
it "asks before it recovers anything" says approve last may-recover
it "wants to know the cause" says done last cause --note "the disk was lost"
it "asks for communication" says done last communicate
it "succeeds" ends succeeded
it "has brought the rows back" test "$(documents)" = 3
it "has brought the services back" grep -q up run/state
it "has told the management" paged Management
it "has begun the report" grep -q "impact: everybody" "$work"/reports/*.md
incident=$(basename "$work"/reports/*.md .md)

rm -f "$work/pages"
sed -i 's/escalate_after: 15m/escalate_after: 1s/' "$books/oncall.yaml"
meet at_front p1-critical -p reports="$work/reports"
it "pages the next level when nobody acknowledges" eventually paged "Lead developer"
it "pages the technical lead after that" eventually paged "Technical lead"
it "takes an assessment without a recovery" says answer last assess impact=nobody recover=false
it "can be told that the cause is not found" says deny last cause --note "no idea"
it "asks somebody to take over" says done last taken-over
it "fails" ends failed
sed -i 's/escalate_after: 1s/escalate_after: 15m/' "$books/oncall.yaml"

# --- post-incident

after() { carry_out post-incident -p incident="$incident" -p reports="$work/reports" "$@"; }
it "writes the root cause down" exits 0 after --answer improve=yes --answer agreed=yes \
    --answer 'cause={"cause": "nobody watches the disk", "prevention": "an alert", "owner": "lead-developer"}'
it "in the report of the incident" grep -q "nobody watches the disk" "$work/reports/$incident.md"
it "does not close what no lead agrees to" exits 3 after --answer improve=yes --answer agreed=no \
    --answer 'cause={"cause": "a human error", "prevention": "be careful", "owner": "lead-developer"}'

# --- p2-high

echo v0.9.0 >run/bad
meet here p2-high -p health_url="$health_url" -p report="$work/health.json" -p watch=500ms -p watch_every=100ms
it "takes the assessment of what is impaired" says answer last assess impaired=everything
it "has kept the report of the health checks" grep -q unhealthy "$work/health.json"
: >run/bad
it "takes the fix" says done last fix --note "the version was mended"
it "succeeds when it stays well" ends succeeded
it "has watched it" timeline_has stays-well

# --- security-incident

echo "failed login of root" >>logs/audit.log
secure() { meet at_front security-incident -p reason="logins from an unknown address" -p evidence="$work/evidence" "$@"; }
secure
it "asks whether to isolate" says approve last may-isolate
it "isolates" eventually grep -q paused run/state
it "takes the assessment of the security team" says answer last assess confirmed=true exposed=true impact="40 documents"
it "has kept the logs for its owner only" test "$(stat -c %a "$work"/evidence/*/)" = 700
it "has kept them whole" sh -c "tar -xOzf '$work'/evidence/*/logs.tar.gz logs/audit.log | grep -q 'failed login'"
it "has written their hash into the journal" timeline_has "$(sha256sum "$work"/evidence/*/logs.tar.gz | cut -c 1-64)"
it "has kept what all files were" grep -q pii_extraction.db "$work"/evidence/*/files.txt
it "stays isolated until the way in is closed" grep -q paused run/state
it "takes that it is" says done last contain --note "keys are new"
it "stays isolated until the security team agrees" grep -q paused run/state
it "takes the agreement" says approve last may-recover
it "asks for the report" says done last review
it "succeeds" ends succeeded
it "is open again" grep -q up run/state
it "has documented it" grep -q "40 documents" "$work"/evidence/*/report.md
rm -rf "$work/evidence"
secure
it "takes the second isolation" says approve last may-isolate
it "takes that somebody was there" says answer last assess confirmed=true
it "can be told that the way in is open" says deny last contain --note "we do not know it"
it "fails" ends failed
it "leaves the system isolated" grep -q paused run/state
it "says so to the technical lead" grep -q "Technical lead: .*ISOLATED" "$work/pages"
docker-compose unpause

# --- scheduled-downtime

soon_at() { date -u -d "$1" +%Y-%m-%dT%H:%M:%SZ; }
: >run/asked
meet at_front scheduled-downtime -p work=disks -p window="$(soon_at '+2 seconds')"
it "asks for the plan" says done last plan
it "waits for the window, backs up and stops" eventually grep -q down run/state
it "has backed up before" test "$(ls backups | grep -c full_)" = 2
it "takes that the work is done" says done last do-it
it "starts the services" eventually grep -q up run/state
it "asks for the verification" says done last functions
it "succeeds" ends succeeded
it "has verified the deployment" asked "deploy.sh production latest health"
: >run/asked
meet at_front scheduled-downtime -p work=disks -p window="$(soon_at now)"
it "takes the plan again" says done last plan
it "stops again" eventually grep -q down run/state
it "can be cancelled there" says cancel last
it "ends as cancelled" ends cancelled
it "has the services up" grep -q up run/state
finish
