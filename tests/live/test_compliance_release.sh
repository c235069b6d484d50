# Releases of ComplianceAgent: the real kubectl, make, and a stand-in cluster.
. "$(dirname "$0")/compliance.sh"
needs make
mkdir source
cat >source/Makefile <<'MAKE'
build-prod: ; @echo "built $(VERSION)" >>releases
push-prod: ; @echo "pushed $(VERSION)" >>releases
MAKE

# --- health

start_apps healthy </dev/null
it "finds a healthy application healthy" exits 0 carry_out health -p api_url="$api_url"
tell '{"disconnected": ["redis"]}'
it "fails when Redis is gone" exits 1 carry_out health -p api_url="$api_url"
it "says that it is Redis" timeline_has '/health/redis"}: HTTP status 503'
tell '{"disconnected": []}'

# --- deploy

deploy() { carry_out deploy -p api_url="$api_url" -p source="$work/source" "$@"; }
it "deploys a version" exits 0 deploy -p version=2.5.0
it "has built and pushed it" test "$(tr '\n' ' ' <source/releases)" = "built 2.5.0 pushed 2.5.0 "
it "runs the API of that version" is_now backend image 2.5.0
it "runs the web page of that version" is_now frontend image 2.5.0
tell '{"sick_images": ["2.6.0"]}'
it "fails when the new version is not healthy" exits 1 deploy -p version=2.6.0 -p build=false
it "puts the API back" is_now backend image 2.5.0
it "puts the web page back" is_now frontend image 2.5.0
tell '{"bad_images": ["complianceagent/frontend:2.7.0"], "progress_deadline_seconds": 1}'
it "fails when the web page does not come up" exits 1 deploy -p version=2.7.0 -p build=false
it "puts the API back, which had come up" is_now backend image 2.5.0
it "fails when the version is the one that runs, and is not healthy" exits 1 deploy -p version=2.5.0 -p build=false -p api_url=http://127.0.0.1:1
it "does not go one revision too far back" is_now backend image 2.5.0
echo 'build-prod: ; @echo no compiler; exit 2' >source/Makefile
it "fails when the images cannot be built" exits 1 deploy -p version=2.8.0
it "has touched nothing then" is_now backend image 2.5.0

# --- rollback

tell '{"progress_deadline_seconds": 600}'
it "rolls back to the revision before" exits 0 carry_out rollback -p api_url="$api_url"
it "runs another version then" bash -c "[ '$(workload backend image)' != 2.5.0 ]"
it "rolls back to a certain revision" exits 0 carry_out rollback -p api_url="$api_url" -p revision=1
it "runs its version" is_now backend image 2.4.0
it "refuses the revision that is there" exits 1 carry_out rollback -p revision="$(workload backend revision)"
it "fails for a revision that there is not" exits 1 carry_out rollback -p revision=99
tell '{"bad_images": ["complianceagent/backend:2.4.0", "complianceagent/backend:2.5.0", "complianceagent/backend:2.6.0", "complianceagent/backend:2.7.0"], "progress_deadline_seconds": 1}'
it "fails when the older revision does not come up" exits 1 carry_out rollback -p api_url="$api_url"
it "puts the newer one back" is_now backend image 2.4.0
stop_all
finish
