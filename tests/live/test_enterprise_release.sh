# Releases of the enterprise platform: git with a remote that a stand-in cluster follows, the real kubectl, and the
# runbooks that deploy, roll back, and switch colours.
. "$(dirname "$0")/lib.sh"
needs kubectl git
own_books enterprise-platform
export GIT_AUTHOR_NAME=Ana GIT_AUTHOR_EMAIL=ana@example.org GIT_COMMITTER_NAME=Ana GIT_COMMITTER_EMAIL=ana@example.org

# --- deploy: the remote tells the cluster of every tag, as a GitOps controller would

start_cluster gitops
git init -q --bare remote.git
cat >remote.git/hooks/post-receive <<HOOK
#!/bin/sh
while read -r old new ref; do
    case \$ref in refs/tags/v*) python3 '$standin' tell '$cluster' "{\\"deploy\\": \\"\${ref#refs/tags/v}\\"}" ;; esac
done
HOOK
chmod +x remote.git/hooks/post-receive
git init -q platform
mkdir platform/scripts
printf '#!/bin/sh\nexit 0\n' | tee platform/scripts/pre-deployment-check.sh >platform/scripts/post-deployment-validation.sh
chmod +x platform/scripts/*.sh
git -C platform add . && git -C platform commit -qm "Begin" && git -C platform remote add origin "$work/remote.git"

release() { carry_out deploy -p repository="$work/platform" -p look_every=100ms --answer may-deploy=yes "$@"; }

it "deploys a version by its tag" exits 0 release -p version=v2.4.0
it "runs that version" state_has '"image": "2.4.0"'
it "has published the tag" git -C remote.git rev-parse -q --verify refs/tags/v2.4.0
it "does not deploy what is denied" exits 3 carry_out deploy -p repository="$work/platform" -p version=v2.4.1 --answer may-deploy=no
it "has not tagged what was denied" exits 128 git -C platform rev-parse --verify refs/tags/v2.4.1

echo change >>platform/scripts/pre-deployment-check.sh
it "refuses what is not committed" exits 1 release -p version=v2.4.2
it "says so" timeline_has "not committed"
git -C platform checkout -q .

tell '{"bad_images": ["2.5.0"], "progress_deadline_seconds": 1}'
it "fails when the new version does not come up" exits 1 release -p version=v2.5.0
it "has put the version before back" state_has '"image": "2.4.0"'
it "tells the team lead" paged "Platform team lead"
tell '{"progress_deadline_seconds": 600}'

printf '#!/bin/sh\necho p95 is 7 s; exit 1\n' >platform/scripts/post-deployment-validation.sh
git -C platform commit -qam "Find something"
it "fails when the validation does" exits 1 release -p version=v2.6.0
it "has put the version before back again" state_has '"image": "2.4.0"'
it "does not wait for ever for a cluster that does not notice" \
    exits 1 release -p version=v2.7.0 -p remote="$work/nowhere.git"
stop_all

# --- emergency-rollback

start_cluster emergency
roll_back() { carry_out emergency-rollback -p health_url="$health_url" -p poll_every=100ms -p reports="$work/reports" --yes "$@"; }
tell '{"bad_images": ["2.4.0"], "deploy": "2.4.0"}'
it "rolls back at once" exits 0 roll_back -p reason="wrong prices"
it "runs the version before" state_has '"image": "2.3.0"'
it "has begun the post-mortem" grep -q "wrong prices" "$work"/reports/*.md
tell '{"bad_images": ["2.3.0", "2.4.0"], "deploy": "2.4.0", "progress_deadline_seconds": 1}'
on_terminal "$RUNBOOK" exec "$books/emergency-rollback.yaml" -p health_url="$health_url" -p reports="$work/reports"
it "asks somebody to take over when that does not help" eventually "$RUNBOOK" done last taken-over
it "ends as failed" eventually timeline_has "Not recovered"
it "has put the first revision back" state_has '"image": "2.4.0"'
it "has paged whoever is on call" paged "Platform engineer"
stop_all

# --- blue-green

start_cluster colours '{"need_replicas": 1}'
tell '{"service": {"spec": {"selector": {"version": "blue"}}}}'
mkdir k8s
for colour in green blue; do
    cat >k8s/$colour-deployment.yaml <<MANIFEST
apiVersion: apps/v1
kind: Deployment
metadata: {name: anomaly-detection-api-$colour, labels: {app: anomaly-detection-api, version: $colour}}
spec:
  replicas: 2
  selector: {matchLabels: {app: anomaly-detection-api, version: $colour}}
  template:
    metadata: {labels: {app: anomaly-detection-api, version: $colour}}
    spec: {containers: [{name: api, image: "registry.example.org/anomaly-detection-api:2.8.0"}]}
MANIFEST
done
kubectl apply -n production -f k8s/blue-deployment.yaml >/dev/null
printf '#!/bin/sh\n[ "$1" = green ]\n' >smoke && printf '#!/bin/sh\nexit 0\n' >monitor && chmod +x smoke monitor
colour() { kubectl get service anomaly-detection-api -n production -o 'jsonpath={.spec.selector.version}'; }
serves() { [ "$(colour)" = "$1" ] || { echo "# serves $(colour)"; return 1; }; }
switch() {
    carry_out blue-green -p manifests="$work/k8s" -p smoke_test="$work/smoke" -p monitor="$work/monitor" -p keep_for=200ms \
        -p ready_within=5s "$@"
}
there() { kubectl get deployment "anomaly-detection-api-$1" -n production >/dev/null; }

it "switches the traffic to green, and deletes blue when that is allowed" \
    exits 0 switch --answer may-switch=yes --answer may-clean-up=yes
it "serves green" serves green
it "has deployed green" there green
it "has deleted blue" exits 1 there blue
it "refuses to deploy the colour that serves" exits 1 switch --answer may-switch=yes --answer may-clean-up=no
it "fails at the smoke tests of blue" exits 1 switch -p to=blue --answer may-switch=yes --answer may-clean-up=no
it "still serves green" serves green
printf '#!/bin/sh\nexit 0\n' >smoke
printf '#!/bin/sh\nexit 1\n' >monitor
it "fails when the monitoring finds something" exits 1 switch -p to=blue --answer may-switch=yes --answer may-clean-up=no
it "serves green again, and nothing else" serves green
printf '#!/bin/sh\nexit 0\n' >monitor
it "keeps the old colour when it shall stay" exits 0 switch -p to=blue --answer may-switch=yes --answer may-clean-up=no
it "serves blue" serves blue
it "still has green" there green
finish
