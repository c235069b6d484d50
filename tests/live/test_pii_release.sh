# The PII extraction system's environment, checklist, deployments and rollback.
. "$(dirname "$0")/pii.sh"

# --- environment-validate

it "finds a complete environment complete" exits 0 here environment-validate
it "writes its state down" test -s environment_status.json
it "for its owner only" test "$(stat -c %a environment_status.json)" = 600
it "has shown no secret" shows_no_secret
sed -i 's/^DB_PASSWORD=.*/DB_PASSWORD=/; s/^LOG_LEVEL=.*/LOG_LEVEL=LOUD/' .env.production
it "fails when something is missing" exits 1 here environment-validate
it "names what is missing" timeline_has "DB_PASSWORD besides"
it "names what is wrong besides" timeline_has "LOG_LEVEL is none of"
it "fails where there is no file" exits 1 here environment-validate -p environment=staging
sed -i "s/^DB_PASSWORD=.*/DB_PASSWORD=$secret/; s/^LOG_LEVEL=.*/LOG_LEVEL=INFO/" .env.production

# --- predeploy-checklist

it "does not deploy without a backup" exits 1 here predeploy-checklist
it "says so" timeline_has "runbook exec backup.yaml"
scripts/backup/automated_backup.sh full 30
it "ticks off all six points" exits 0 here predeploy-checklist
rmdir data/models
echo other >run/installed
it "fails when a directory is missing" exits 1 here predeploy-checklist
it "names it" timeline_has "data/models"
it "names the dependencies too" timeline_has "Dependencies:"
mkdir data/models
cp poetry.lock run/installed

# --- deploy-docker

docker-compose down
it "brings the services up" exits 0 at_front deploy-docker
it "leaves them up" grep -q up run/state
it "stops a trial" exits 0 at_front deploy-docker -p stop_afterwards=true
it "leaves it down" grep -q down run/state
echo v0.9.0 >run/bad
it "fails when the application does not answer" exits 1 at_front deploy-docker -p healthy_within=1s
it "takes down what does not come up" grep -q down run/state
: >run/bad
docker-compose up -d

# --- deploy-production, rollback-production

deploy() { at_front deploy-production -p version="$1" -p previous=v0.9.0 --yes --answer "may-deploy=$2"; }
it "does not deploy what is denied" exits 3 deploy v1.0.0 no
it "has touched nothing" grep -q v0.9.0 run/version
it "deploys what is approved" exits 0 deploy v1.0.0 yes
it "has deployed it" grep -q v1.0.0 run/version
it "has watched it" asked "deploy.sh production v1.0.0 monitor"
it "refuses to deploy what runs already" exits 1 at_front deploy-production -p version=v1.0.0 -p previous=v1.0.0 --yes \
    --answer may-deploy=yes

it "rolls back" exits 0 at_front rollback-production -p from=v1.0.0 -p to=v0.9.0 --yes --answer may-roll-back=yes
it "is back" grep -q v0.9.0 run/version
rm -f "$work/pages"
it "fails to roll back what does not run" exits 1 at_front rollback-production -p from=v3.0.0 -p to=v2.0.0 --yes --answer may-roll-back=yes
it "tells the technical lead" paged "Technical lead"

echo v2.0.0 >run/bad
rm -f "$work/pages"
it "fails when the version does not become healthy" exits 1 at_front deploy-production -p version=v2.0.0 -p previous=v0.9.0 \
    -p healthy_within=1s --yes --answer may-deploy=yes
it "is back on the version before" grep -q v0.9.0 run/version
it "by the script" asked "deploy.sh production v0.9.0 rollback v2.0.0"
it "tells whoever is on call" paged "DevOps engineer"
finish
