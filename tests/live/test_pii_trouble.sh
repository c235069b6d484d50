# What is wrong with the PII extraction system, found and mended: really broken configurations, databases, files and
# services. A real PostgreSQL stands in for the database of production where that is what does not answer.
. "$(dirname "$0")/pii.sh"
metrics() { echo "$1" >run/metrics.json; }
calm='"system.memory_percent": [40, 41, 40, 41], "pii.processing_time_ms": [800, 900]'
metrics "{$calm}"

# Everybody agrees here; what is asked besides is answered by `--answer`.
mend() {
    local name=$1
    shift
    at_front "$name" --yes "$@"
}
# The machine that runs the tests may be busy: that is not under test.
trouble() {
    mend troubleshoot -p measure=100ms -p settle=100ms -p cpu_warning=100 -p memory_warning=100 \
        --answer edit=yes --answer may-restart=yes --answer may-recreate=yes --answer server=yes \
        --answer may-install=yes --answer look=yes --answer choose=fewer-jobs "$@"
}

# --- restart-application, change-setting

it "restarts the application" exits 0 at_front restart-application
it "has asked for it" asked "restart pii-extraction-app"
it "changes a setting" exits 0 at_front change-setting -p name=PROCESSING__CONCURRENT_JOBS -p value=2
it "has changed that line alone" test "$(grep -c . .env.production)" = 13
it "has the new value" grep -qx PROCESSING__CONCURRENT_JOBS=2 .env.production
it "keeps the file to its owner" test "$(stat -c %a .env.production)" = 600
it "adds a setting that is not there" exits 0 at_front change-setting -p name=ML_MODELS__ENABLED_MODELS -p value=rule_based,ner
it "has added it" grep -qx ML_MODELS__ENABLED_MODELS=rule_based,ner .env.production
it "refuses to change a secret" exits 2 at_front change-setting -p name=SECRET_KEY -p value=x
echo "no space left" >run/broken
it "fails when the application does not take the setting" exits 1 at_front change-setting -p name=PROCESSING__CONCURRENT_JOBS -p value=64
it "has taken it back" grep -qx PROCESSING__CONCURRENT_JOBS=2 .env.production
rm run/broken

# --- troubleshoot, and what it calls

it "finds nothing where nothing is wrong" exits 0 trouble
it "says so" timeline_has "None of the known troubles"

docker-compose down
rmdir data/models
echo other >run/installed
it "gets the application to start" exits 0 trouble
it "has seen what it was" timeline_has "Diagnosis: does-not-start"
it "has created the directory" test -d data/models
it "has installed the dependencies" cmp -s poetry.lock run/installed
it "has started it" grep -q up run/state

docker-compose down
sed -i '/^ENCRYPTION_KEY=/d' .env.production
it "does not start it with a configuration that is not valid" exits 1 mend fix-start --answer edit=yes
it "names what is missing" timeline_has "ENCRYPTION_KEY"
it "has not started it" grep -q down run/state
echo "ENCRYPTION_KEY=$secret" >>.env.production
docker-compose up -d

# A damaged file: there is one person here, and two have to agree.
sed -i '/^                  count: 2$/d' "$books/fix-database.yaml"
head -c 6000 data/pii_extraction.db >run/cut.db
printf 'x%.0s' $(seq 2000) | dd of=run/cut.db bs=1 seek=4096 conv=notrunc status=none
cp data/pii_extraction.db "$work/sound.db"
cp run/cut.db data/pii_extraction.db
it "does not give a database up that nobody wants to" exits 3 mend fix-database --answer may-recreate=no --answer server=yes
it "has left it" cmp -s run/cut.db data/pii_extraction.db
it "begins with an empty database" exits 0 trouble
it "has seen what it was" timeline_has "Diagnosis: database"
it "has an empty one" test "$(documents)" = 0
it "has kept the damaged one" ls data/*.damaged-*
rm data/*.damaged-*
cp "$work/sound.db" data/pii_extraction.db

metrics "{\"system.memory_percent\": [40, 40, 60, 70], \"pii.processing_time_ms\": [800]}"
rm -f "$work/pages"
it "restarts what leaks memory" exits 0 trouble
it "has seen what it was" timeline_has "Diagnosis: memory-leak"
it "tells the lead developer" paged "Lead developer"
metrics "{$calm}"
it "finds no leak where memory does not grow" exits 0 mend fix-memory-leak --answer may-restart=yes

it "relieves CPU and memory" exits 0 trouble -p cpu_warning=1 -p symptom=resources
it "has fewer jobs" exits 0 mend fix-resources -p memory_critical=1 -p concurrent_jobs=1 -p settle=100ms -p measure=100ms --answer may-restart=yes
it "has written it down" grep -qx PROCESSING__CONCURRENT_JOBS=1 .env.production

for _ in $(seq 12); do echo "ERROR a.pdf timed out" >>logs/errors.log; done
head -c 2000000 /dev/zero >data/raw/large.pdf
it "gets documents processed again" exits 0 trouble
it "has seen what it was" timeline_has "Diagnosis: processing"
it "has given documents more time" grep -qx PROCESSING__TIMEOUT_SECONDS=600 .env.production
it "has named the file that is too large" timeline_has "1 files are larger than 1 MB"
: >logs/errors.log
mv bin/tesseract run/tesseract
it "does not install Tesseract where nobody wants it" exits 3 mend fix-processing --answer may-install=no --answer look=yes
printf '#!/bin/sh\nmv run/tesseract bin/tesseract && echo "sudo $*" >>run/asked\n' >bin/sudo
chmod +x bin/sudo
it "installs it where somebody does" exits 0 mend fix-processing --answer may-install=yes --answer look=yes
it "as root, asking nothing" asked "sudo -n apt-get install -y tesseract-ocr"
rm bin/sudo

metrics "{\"pii.processing_time_ms\": [7000, 9000]}"
it "fails when a change does not help" exits 1 mend fix-slow -p measure=100ms --answer choose=fewer-models
it "says so" timeline_has "has not helped"
metrics "{\"pii.processing_time_ms\": [1000]}"
it "finds that it is fast now" exits 0 mend fix-slow -p measure=100ms --answer choose=graphics-processor
it "has changed the setting" grep -qx PROCESSING__EASYOCR_USE_GPU=true .env.production

# --- the database of production

start_postgres
cd "$root" || exit 1
createdb pii
sed -i "s|^DATABASE_URL=.*|DATABASE_URL=postgresql:///pii|" .env.production
it "finds PostgreSQL answering" exits 0 mend fix-database --answer may-recreate=no --answer server=yes
sed -i "s|^DATABASE_URL=.*|DATABASE_URL=postgresql://app:$secret@127.0.0.1:9/pii|" .env.production
it "fails when PostgreSQL does not answer, and nobody can help" exits 1 mend fix-database --answer may-recreate=no --answer server=yes
it "says where it looked" timeline_has "127.0.0.1:9/pii"
it "does not show the password" shows_no_secret
finish
