# The PII extraction system's backups, and what is restored from them: real archives, a real SQLite database, and a
# stand-in S3 for the real aws.
. "$(dirname "$0")/pii.sh"
start_s3 pii-backups
export S3_URL=$s3_url

# --- backup

it "backs everything up" exits 0 here backup
it "gives its name" out_has full_
full=$(ls backups | sed -n 's/^\(full_.*\)\.tar\.gz$/\1/p')
it "makes an archive that unpacks" tar -tzf "backups/$full.tar.gz"
it "backs the database up alone" exits 0 here backup -p kind=database -p retention_days=7
database=$(ls backups | sed -n 's/^\(database_.*\)\.tar\.gz$/\1/p')
it "copies a backup to the bucket" exits 0 here backup -p kind=database -p bucket=pii-backups -p endpoint="$s3_url"
it "has seen it arrive" test -s "$work/s3/pii-backups/backups/$(ls "$work/s3/pii-backups/backups")"
it "fails when there is no such bucket" exits 1 here backup -p kind=database -p bucket=nobody -p endpoint="$s3_url"
cp scripts/backup/automated_backup.sh "$work/kept.sh"
printf '#!/bin/sh\nexit 0\n' >scripts/backup/automated_backup.sh
it "does not take a script's word for it" exits 1 here backup
it "says that there is no new one" timeline_has "is still $full"
cp "$work/kept.sh" scripts/backup/automated_backup.sh

# --- restore-database, verify-recovery

restore() { here restore-database -p backup="$database" --yes --answer "may-restore=$1"; }
sql "DELETE FROM documents"
it "does not restore what is denied" exits 3 restore no
it "has left the database as it was" test "$(documents)" = 0
it "restores what is approved" exits 0 restore yes
it "has brought the rows back" test "$(documents)" = 3
it "has backed up first what was there" test "$(ls backups | grep -c ^database_)" -ge 3
it "does not restore what it does not know" exits 1 here restore-database -p backup=database_20010101_000000 --yes --answer may-restore=yes
it "names what there is" timeline_has "$database"
it "finds a sound system recovered" exits 0 here verify-recovery
cp data/pii_extraction.db "$work/sound.db"
head -c 6000 "$work/sound.db" >data/pii_extraction.db
it "does not call a damaged database recovered" exits 1 here verify-recovery -p healthy_within=1s
it "restores over a damaged database, and says that it could not be kept" exits 0 restore yes
it "has brought the rows back again" test "$(documents)" = 3

# --- restore-full: it wants two people, and there is one here

sed -i '/^      count: 2$/d' "$books/restore-full.yaml"
echo "LOG_LEVEL=DEBUG" >.env.production
echo other >poetry.lock
sql "DELETE FROM documents"
everything() { here restore-full -p backup="$full" --yes --answer "may-restore=$1"; }
it "does not restore everything when that is denied" exits 3 everything no
it "has not stopped the services" not_asked down
it "restores everything" exits 0 everything yes
it "has brought the configuration back" grep -q "SECRET_KEY=$secret" .env.production
it "has brought the lock file back" grep -q streamlit poetry.lock
it "has brought the rows back with it" test "$(documents)" = 3
it "has started the services again" grep -q up run/state
mv "backups/$full.tar.gz" "$work/whole.tar.gz"
head -c 300 "$work/whole.tar.gz" >"backups/$full.tar.gz"
it "fails when the archive is cut short" exits 1 everything yes
it "has started the services nevertheless" grep -q up run/state
it "tells the technical lead" paged "Technical lead"
mv "$work/whole.tar.gz" "backups/$full.tar.gz"
cp "$work/sound.db" data/pii_extraction.db

# --- restore-emergency

emergency() { here restore-emergency --yes --answer may-recover=yes; }
scripts/backup/automated_backup.sh database 7
docker-compose down
rm data/pii_extraction.db
it "recovers when everything is gone" exits 0 emergency
it "has the rows" test "$(documents)" = 3
it "has the services up" grep -q up run/state
mv backups "$work/elsewhere"
mkdir backups
rm -f "$work/pages"
it "fails when there is no backup at all" exits 1 emergency
it "tells the management" paged Management
it "says whom to call" timeline_has "support.aws.com"
finish
