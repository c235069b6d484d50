# The AI data readiness platform's disaster recovery: the real terraform, aws with a stand-in for S3, a real PostgreSQL, the
# real kubectl with a stand-in cluster.
. "$(dirname "$0")/lib.sh"
needs terraform aws kubectl
own_books ai-data-readiness
# One person runs the tests, and starts and approves.
sed -i '/not_by_initiator/d' "$books/disaster-recovery.yaml"
export ONCALL_ANNOUNCE=$work/pager

start_postgres
start_s3 backup-bucket
createdb lost
psql -Xq -d lost -c "CREATE TABLE datasets (id int); INSERT INTO datasets SELECT generate_series(1, 250)"
pg_dump lost | gzip >"$work/latest.sql.gz"
{ pg_dump lost; echo "this is not SQL;"; } | gzip >"$work/corrupt.sql.gz"
s3() { aws --endpoint-url "$s3_url" s3 cp --only-show-errors "$1" "s3://backup-bucket/$2"; }
s3 "$work/latest.sql.gz" database/latest.sql.gz
s3 "$work/corrupt.sql.gz" database/corrupt.sql.gz
echo "id,name" >"$work/one.csv"
s3 "$work/one.csv" files/2026/one.csv

# Terraform's own kind of resource needs no provider, and so no network.
mkdir "$work/infrastructure" "$work/workdir" "$work/k8s"
cat >"$work/infrastructure/main.tf" <<'TF'
variable "environment" { type = string }
resource "terraform_data" "platform" { input = var.environment }
TF
cat >"$work/k8s/app.yaml" <<'YAML'
apiVersion: apps/v1
kind: Deployment
metadata: {name: anomaly-detection-api}
spec:
  template:
    spec:
      containers: [{name: api, image: "registry.example.org/anomaly-detection-api:2.4.0"}]
YAML
start_cluster recovery
built() { terraform -chdir="$work/infrastructure" show -no-color 2>/dev/null | grep -q '"disaster-recovery"'; }
not_built() { ! built; }
rows() { psql -XAtq -d ai_data_readiness -c "SELECT count(*) FROM datasets" 2>/dev/null; }
workdir_is_clean() { test -z "$(ls "$work/workdir" | grep sql)"; }
anew() { dropdb --if-exists ai_data_readiness && createdb ai_data_readiness; }
recover() {
    local backup=$1 build=$2
    carry_out disaster-recovery -p terraform="$work/infrastructure" -p manifests="$work/k8s" -p namespace=production \
        -p deployment=anomaly-detection-api -p endpoint="$s3_url" -p uploads="$work/uploads" -p workdir="$work/workdir" \
        -p health_url="$health_url" -p watch_for=1s -p answer_within=10s --yes --answer access=done --answer taken-over=done \
        --answer "assess={\"lost\": \"an hour\", \"backup\": \"$backup\"}" --answer may-build="$build"
}

anew
it "builds nothing without an approval" exits 3 recover database/latest.sql.gz no
it "has shown what it would build" timeline_has "1 to add"
it "has built nothing" not_built
it "refuses a backup that is not there" exits 1 recover database/tuesday.sql.gz yes
it "says so" timeline_has "There is no database/tuesday.sql.gz"

it "fails when the dump is corrupt" exits 1 recover database/corrupt.sql.gz yes
it "has built the infrastructure by then" built
it "leaves the database empty" test -z "$(rows)"
it "leaves no copy of the data behind" workdir_is_clean

it "recovers everything" exits 0 recover database/latest.sql.gz yes
it "has restored the rows" test "$(rows)" = 250
it "has restored the files" grep -q "id,name" "$work/uploads/2026/one.csv"
it "has deployed the application" state_has '"image": "2.4.0"'
it "leaves no copy of the data behind after a success" workdir_is_clean
it "tells users that it is over" paged "Users of the platform"

it "does not restore over a database that is in use" exits 1 recover database/latest.sql.gz yes
it "has left its rows alone" test "$(rows)" = 250
finish
