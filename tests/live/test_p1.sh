# The enterprise platform is down: its runbook, the real kubectl, a stand-in cluster, people who answer or do not.
. "$(dirname "$0")/lib.sh"
needs kubectl

# The runbook as it is; in the on-call file, whoever runs the tests is the platform engineer.
books=$work/books
cp -r "$source_dir/runbooks/enterprise-platform" "$books"
sed -i "s/user: \[platform-engineer\]/user: [$(id -un)]/" "$books/oncall.yaml"
p1=$books/p1-system-down.yaml

# exec_p1 ARGUMENT…: nobody is there to be asked.
exec_p1() { "$RUNBOOK" exec "$p1" -p health_url="$health_url" -p poll_every=200ms -p reports="$work/reports" "$@"; }
break_deployment() { tell '{"bad_images": ["2.4.0"], "deploy": "2.4.0"}'; }
answer() { "$RUNBOOK" answer last assess "$@"; }

start_cluster bad_deploy
break_deployment
rm -f "$work/pages"
on_terminal "$RUNBOOK" exec "$p1" -p health_url="$health_url" -p poll_every=200ms -p reports="$work/reports"
it "asks for the assessment, and takes the answer from another process" \
    eventually answer recent_deploy=true resource_issue=false impact=everybody
it "has changed nothing before the approval" state_lacks '"PATCH '
it "waits for the approval of the rollback" eventually "$RUNBOOK" approve last may-roll-back
it "pages nobody any more once the service is healthy" eventually timeline_has "platform was resolved"
it "takes the wrap-up from another process" eventually "$RUNBOOK" done last wrap-up
it "succeeds" eventually ended succeeded
it "has rolled the deployment back" state_has '"image": "2.3.0"'
it "leaves a healthy service" state_has '"status": "healthy"'
it "has paged the platform engineer" paged 'Platform engineer'
it "has paged nobody else, for it was over in time" not_paged 'Senior platform engineer'
it "has begun the incident report" grep -q "impact: everybody" "$work"/reports/*.md
it "shows in the timeline who approved" timeline_has "$(id -un)"
stop_all

start_cluster short '{"need_replicas": 8}'
it "scales out when resources are short, with answers given beforehand" \
    exits 0 exec_p1 --yes --answer 'assess={"recent_deploy": false, "resource_issue": true}' --answer may-roll-back=no --answer may-scale-out=yes
it "has scaled to ten" state_has '"replicas": 10'
it "has not rolled back" state_has '"revision": "1"'
stop_all

start_cluster silent
break_deployment
rm -f "$work/pages"
sed -E -e 's/(escalate_after|respond_within): [0-9a-z]*/\1: 1s/' "$books/oncall.yaml" >"$books/oncall.new"
mv "$books/oncall.yaml" "$work/oncall.real"
mv "$books/oncall.new" "$books/oncall.yaml"
on_terminal "$RUNBOOK" exec "$p1" -p health_url="$health_url"
it "pages the next level when nobody acknowledges" eventually paged 'Senior platform engineer'
it "stops paging when another process acknowledges" "$RUNBOOK" ack last
pages_at_ack=$(wc -l <"$work/pages")
sleep 2.5
it "has paged nobody after that" test "$(wc -l <"$work/pages")" -le "$((pages_at_ack + 1))"
it "has not reached the manager" not_paged 'Engineering manager'
it "can be cancelled from another process" "$RUNBOOK" cancel last
it "ends as cancelled" eventually ended cancelled
it "has changed nothing in the cluster" state_lacks '"PATCH '
mv "$work/oncall.real" "$books/oncall.yaml"
stop_all

start_cluster stuck '{"progress_deadline_seconds": 1}'
tell '{"bad_images": ["2.3.0", "2.4.0"], "deploy": "2.4.0"}'
rm -f "$work/pages"
it "fails when the revision before does not come up either" \
    exits 1 exec_p1 --yes --answer 'assess={"recent_deploy": true}' --answer may-roll-back=yes --answer may-scale-out=no
it "puts the revision back that was there" state_has '"image": "2.4.0"'
it "explains itself: what failed" timeline_has rolled-back
it "explains itself: why" timeline_has "progress deadline"
it "tells the engineering manager" paged 'Engineering manager'
stop_all

start_cluster unwell '{"need_replicas": 9}'
break_deployment
it "fails when the service does not become healthy in time" \
    exits 1 exec_p1 --yes -p recovery_timeout=1s --answer 'assess={"recent_deploy": true}' --answer may-roll-back=yes \
    --answer may-scale-out=no
it "keeps the revision that did come up" state_has '"image": "2.3.0"'
stop_all

start_cluster forbidden '{"forbid": ["PATCH"]}'
break_deployment
it "fails when the operator may not roll back" \
    exits 1 exec_p1 --yes --answer 'assess={"recent_deploy": true}' --answer may-roll-back=yes --answer may-scale-out=no
it "says so in kubectl's words" timeline_has forbidden
stop_all

start_cluster denied
break_deployment
it "ends as denied when the rollback is denied" \
    exits 3 exec_p1 --yes --answer 'assess={"recent_deploy": true}' --answer may-roll-back=no --answer may-scale-out=no
it "has changed nothing after the denial" state_lacks '"PATCH '
stop_all

it "fails at once when the cluster does not answer" \
    exits 1 exec_p1 --yes --answer 'assess={"recent_deploy": true}' --answer may-roll-back=yes --answer may-scale-out=no
it "says which command failed" timeline_has pods

start_cluster stranger
break_deployment
cp "$source_dir/runbooks/enterprise-platform/oncall.yaml" "$books/oncall.yaml"
it "refuses to start where nobody can be asked" \
    exits 2 exec_p1 --yes --answer 'assess={"recent_deploy": true}' --answer may-scale-out=no
it "says which question is open" err_has may-roll-back
exec_p1 --yes --answer 'assess={"recent_deploy": true}' --answer may-roll-back=yes --answer may-scale-out=no \
    >"$work/out" 2>&1 &
pids="$pids $!"
it "does not take the approval of somebody who is not named" eventually timeline_has "is not one of those who may answer"
it "has not let a stranger touch the cluster" state_lacks '"PATCH '
it "is still waiting for somebody who may" "$RUNBOOK" cancel last
it "ends when it is cancelled" eventually ended cancelled
finish
