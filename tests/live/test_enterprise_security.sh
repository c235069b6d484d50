# Security at the enterprise platform: a suspicion, a breach and the watch over it, with the real kubectl, a stand-in
# cluster and a mail server.
. "$(dirname "$0")/lib.sh"
needs kubectl tar
/usr/bin/python3 -c 'import aiosmtpd' 2>/dev/null || { echo "aiosmtpd is not installed"; exit 77; }
own_books enterprise-platform
mkdir "$work/box"
/usr/bin/python3 "$source_dir/tests/live/smtp_server.py" "$work/box" >"$work/box/log" 2>&1 &
pids="$pids $!"
eventually test -s "$work/box/port" || exit 1
smtp=smtp://127.0.0.1:$(cat "$work/box/port")

# fresh_cluster NAME SCENARIO: one whose service is open to the internet.
fresh_cluster() {
    start_cluster "$@"
    tell '{"service": {"spec": {"type": "LoadBalancer"}}}'
}
type_is() {
    local type
    type=$(kubectl get service anomaly-detection-api -n production -o 'jsonpath={.spec.type}')
    [ "$type" = "$1" ] || { echo "# its type is $type"; return 1; }
}
had_job() { kubectl get jobs -n production -o name | grep -q "$1"; }

# --- run-job, isolate, expose

fresh_cluster jobs '{"logs": {"security-scan": "212 images, 0 findings\n"}, "failing_jobs": ["compliance-audit"]}'
it "runs a job to its end" exits 0 carry_out run-job -p cronjob=security-scan -p look_every=100ms
it "gives what it printed" out_has "212 images"
it "fails with a job that fails" exits 1 carry_out run-job -p cronjob=compliance-audit -p look_every=100ms
it "says which" timeline_has "The job compliance-audit-"
it "fails where there is no such CronJob" exits 1 carry_out run-job -p cronjob=nothing -p look_every=100ms
tell '{"job_seconds": 60}'
it "does not wait for ever" exits 1 carry_out run-job -p cronjob=security-scan -p look_every=100ms -p finish_within=1s
it "isolates a service" exits 0 carry_out isolate
it "has closed it" type_is ClusterIP
it "does not open it against the security team" exits 3 carry_out expose --answer may-expose=no
it "has left it closed" type_is ClusterIP
it "opens it again when that is allowed" exits 0 carry_out expose --answer may-expose=yes
it "has opened it" type_is LoadBalancer

# --- p1-security-incident

incident() {
    carry_out p1-security-incident -p smtp="$smtp" -p look_every=100ms -p finding="a login from nowhere" --yes \
        --answer may-isolate=yes --answer 'by-hand={"done": "the load balancer is gone"}' "$@"
}
tell '{"job_seconds": 0.2, "failing_jobs": [], "logs": {"security-scanner": "INFO one\nTHREAT two\nTHREAT three\n"}}'
it "answers a breach" exits 0 incident --answer 'assess={"breach": true, "scope": "one account"}' --answer may-expose=no
it "has closed the service, and left it closed" type_is ClusterIP
it "has read the security log" timeline_has "Threats in the log: 2"
it "has run the emergency scan" had_job security-scan
it "has told the security team by mail" grep -rqs "a login from nowhere" "$work/box"
it "has paged the security team" paged "Security engineer"
it "has paged the manager" paged "Engineering manager"
tell '{"service": {"spec": {"type": "LoadBalancer"}}}'
it "opens the service again after a false alarm" exits 0 incident --answer 'assess={"breach": false}' --answer may-expose=yes
it "has opened it again" type_is LoadBalancer
on_terminal "$RUNBOOK" exec "$books/p1-security-incident.yaml" -p smtp="$smtp" -p isolate_within=1s -p look_every=100ms
it "closes the service by itself when nobody answers" eventually type_is ClusterIP
it "asks then" eventually "$RUNBOOK" answer last assess breach=true
it "is over" eventually timeline_has "A breach."

# --- security-monitoring

monitoring() { carry_out security-monitoring -p look_every=100ms --answer taken=yes; }
tell '{"logs": {"threat-detector": "INFO quiet\n", "security-scanner": "INFO\n", "auth-service": "LOGIN a\nLOGIN b\n"}}'
it "finds quiet services quiet" exits 0 monitoring
it "has run the compliance check" had_job compliance-audit
tell '{"logs": {"threat-detector": "INFO quiet\n", "security-scanner": "INFO\n", "auth-service": "AUTH_FAILED a\nLOGIN b\n"}}'
it "succeeds with a warning when many logins fail" exits 0 monitoring
it "says how many" timeline_has "Failed logins: 50"
tell '{"logs": {"threat-detector": "THREAT_DETECTED shell\n", "security-scanner": "INFO\n", "auth-service": "LOGIN b\n"}}'
rm -f "$work/pages"
it "fails at a threat" exits 1 monitoring
it "pages the security team" paged "Security engineer"

# --- security-response

tell '{"service": {"spec": {"type": "LoadBalancer"}}, "logs": {"threat-detector": "INFO quiet\n", "auth-service": "LOGIN b\n"}}'
on_terminal "$RUNBOOK" exec "$books/security-response.yaml" -p evidence="$work/evidence" -p look_times=2 -p look_every=200ms \
    -p job_every=100ms
it "asks for the patch when the evidence is kept" eventually "$RUNBOOK" done last patched --note "token check was missing"
it "asks whether it may be reached again when nothing came back" eventually "$RUNBOOK" approve last exposed/may-expose
it "opens the service" eventually type_is LoadBalancer
it "has packed the evidence" eventually test -s "$(echo "$work"/evidence/*.tar.gz)"
it "has the pods in it" sh -c 'tar -tzf "$0"/evidence/*.tar.gz | grep -q pods.yaml' "$work"
it "lets nobody else read it" test -z "$(find "$work/evidence" -mindepth 1 -perm /077 -name '*.yaml')"
it "has updated the rules" had_job security-update
tell '{"logs": {"threat-detector": "THREAT_DETECTED again\n"}}'
on_terminal "$RUNBOOK" exec "$books/security-response.yaml" -p evidence="$work/evidence" -p look_times=2 -p look_every=200ms \
    -p job_every=100ms
it "asks for the patch again" eventually "$RUNBOOK" done last patched --note "patched"
it "hands over when it comes back" eventually "$RUNBOOK" done last taken
it "ends as failed" eventually timeline_has "Not finished"
it "has left the service closed" type_is ClusterIP
finish
