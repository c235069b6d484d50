# The database of ComplianceAgent: a real PostgreSQL, reached by the real kubectl through a stand-in cluster.
. "$(dirname "$0")/compliance.sh"
start_postgres max_connections=20
export PGUSER=complianceagent
psql -Xq -U postgres -d postgres -c "CREATE ROLE complianceagent LOGIN" -c "CREATE DATABASE complianceagent OWNER complianceagent"
sql() { psql -XAtq -d complianceagent "$@"; }
sql -c "CREATE TABLE scans (id int PRIMARY KEY, what text)" -c "INSERT INTO scans SELECT g, 'scan ' || g FROM generate_series(1, 100) g"
rows() { [ "$(sql -c "SELECT count(*) FROM scans")" = "$1" ] || { echo "# there are $(sql -c "SELECT count(*) FROM scans") rows"; return 1; }; }

# The backend's alembic knows one migration, $work/app/migration.sql, to the revision in $work/app/head.
mkdir app
cat >app/alembic <<'ALEMBIC'
#!/bin/bash
current=$(psql -XAtq -d complianceagent -c "SELECT version_num FROM alembic_version" 2>/dev/null)
case $1 in
    current) [ -z "$current" ] || echo "$current" ;;
    heads) echo "$(cat head) (head)" ;;
    upgrade) exec psql -Xq -v ON_ERROR_STOP=1 --single-transaction -d complianceagent -f migration.sql ;;
esac
ALEMBIC
chmod +x app/alembic
start_apps database <<EOF
workload=\$1
shift
[ "\$workload" != backend ] || { cd "$work/app" && PATH=$work/app:\$PATH exec sh -c "\${3#cd /app && }"; }
exec "\$@"
EOF

# --- backup

mkdir backups
back_up() { carry_out backup -p folder="$work/backups" "$@"; }
touch -d '40 days ago' backups/complianceagent-old.sql
it "backs the database up" exits 0 back_up
dump=$(find backups -name 'complianceagent-*.sql' -newer backups/complianceagent-old.sql)
it "has written all of it" grep -q "^100.scan 100$" "$dump"
it "lets nobody else read it" test "$(stat -c %a "$dump")" = 600
it "keeps old backups" test -e backups/complianceagent-old.sql
it "lets go of them when it is told to" exits 0 back_up -p keep_days=30
it "has let go of the old one" test ! -e backups/complianceagent-old.sql
it "has kept the new one" test -e "$dump"
it "fails when there is no such database" exits 1 back_up -p database=elsewhere
it "leaves no half of a dump" test -z "$(find backups -name '*.partial')"

# --- restore

restore() { carry_out restore -p file="$work/$dump" -p backups="$work/backups" -p api_url="$api_url" "$@"; }
sql -c "INSERT INTO scans SELECT g, 'since' FROM generate_series(101, 150) g"
it "restores nothing that is denied" exits 3 restore --answer may-restore=no
it "has left the rows alone" rows 150
it "restores what is approved" exits 0 restore --answer may-restore=yes
it "has the rows of the backup" rows 100
it "has started the backend again" is_now backend replicas 3
it "has started the workers again" is_now celery-workers replicas 4
it "has saved first what was there" grep -qr "since" backups
sql -c "DELETE FROM scans WHERE id > 60"
sed 's/^-- PostgreSQL database dump complete/this is not SQL;\n&/' "$dump" >corrupt.sql
it "fails when the dump is corrupt" exits 1 carry_out restore -p file="$work/corrupt.sql" -p save_first=false --answer may-restore=yes
it "has left the database as it was" rows 60
it "has started the backend again all the same" is_now backend replicas 3
head -c 500 "$dump" >torn.sql
it "does not begin with a dump that is torn" exits 1 carry_out restore -p file="$work/torn.sql" --answer may-restore=yes
it "says which check failed" timeline_has complete

# --- migrate

migrate() { carry_out migrate -p backups="$work/backups" --answer may-migrate=yes "$@"; }
echo bb2137f7bd0 >app/head
cat >app/migration.sql <<'SQL'
CREATE TABLE alembic_version (version_num text);
INSERT INTO alembic_version VALUES ('bb2137f7bd0');
ALTER TABLE scans ADD COLUMN region text;
SQL
it "migrates the database" exits 0 migrate
it "has changed the schema" test "$(sql -c "SELECT count(region) FROM scans")" = 0
it "has nothing to do the next time" exits 0 migrate -p backup=false
it "says so" timeline_has "already"
echo cc1 >app/head
printf "UPDATE alembic_version SET version_num = 'cc1';\nALTER TABLE scans ADD COLUMN region text;\n" >app/migration.sql
it "fails when a migration does" exits 1 migrate -p backup=false
it "keeps what PostgreSQL said" bash -c "'$RUNBOOK' logs last upgrade 2>&1 | grep -q 'already exists'"
it "has left the schema at the last one that went through" test "$(sql -c "SELECT version_num FROM alembic_version")" = bb2137f7bd0

# --- pool-exhaustion

mkfifo idle
exec 8<>idle
for _ in $(seq 14); do
    psql -Xq -d complianceagent <idle >/dev/null 2>&1 8>&- &
    pids="$pids $!"
done
sessions() { sql -c "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"; }
sessions_are() { [ "$(sessions)" = "$1" ] || { echo "# there are $(sessions) sessions"; return 1; }; }
it "has a pool that is nearly used up" eventually sessions_are 14
relieve() { carry_out pool-exhaustion -p idle_for=0s "$@"; }
it "leaves a pool alone that is not used up" exits 0 relieve -p enough=100 --answer may-end=no --answer change=no
it "ends nothing that is denied" exits 3 relieve -p enough=20 --answer may-end=no --answer change=no
it "has left them all" sessions_are 14
it "ends the sessions that idle" exits 0 relieve -p enough=20 --answer may-end=yes --answer change=no
it "has really ended them" eventually sessions_are 0
it "says how many connections there were" timeline_has "of 20 connections are in use"
it "has paged whoever is on call" paged "Backend engineer"
it "asks for other settings when nobody idles" exits 1 relieve -p enough=1 --answer may-end=yes --answer change=yes
it "says that they did not help" timeline_has "more than 1 %"
exec 8>&-
finish
