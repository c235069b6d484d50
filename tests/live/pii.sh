# What the live tests of the PII extraction system share: a stand-in system that they install for themselves. Its scripts
# really copy, pack and restore its files and its SQLite database; only its containers are a file that says how they are.
. "$(dirname "$0")/lib.sh"
needs sqlite3 curl
own_books pii-extraction
root=$work/system
cp -r "$source_dir/tests/live/pii_system" "$root"
mkdir -p "$root/run" "$root/data/raw" "$root/data/processed" "$root/data/models" "$root/logs" "$root/backups"
export PATH=$root/bin:$PATH PYTHONDONTWRITEBYTECODE=1
cd "$root" || exit 1

secret=correct-horse-battery-staple
cat >.env.production <<EOF
ENVIRONMENT=production
DATABASE_URL=sqlite:///data/pii_extraction.db
LOG_LEVEL=INFO
SECRET_KEY=$secret
ENCRYPTION_KEY=$secret
AWS_ACCESS_KEY_ID=test
AWS_SECRET_ACCESS_KEY=$secret
DB_PASSWORD=$secret
HUGGINGFACE_TOKEN=$secret
PROCESSING__CONCURRENT_JOBS=8
PROCESSING__TIMEOUT_SECONDS=300
PROCESSING__MAX_FILE_SIZE_MB=1
PROCESSING__OCR_ENGINE=tesseract
EOF
chmod 600 .env.production
sed 's/=.*/=/' .env.production >.env.example
echo "streamlit 1.28" | tee poetry.lock >run/installed
echo v0.9.0 >run/version
: >run/bad
: >run/asked
: >logs/errors.log
: >logs/audit.log
echo "INFO started" >logs/pii_extraction.log
sql() { sqlite3 data/pii_extraction.db "$1"; }
sql "CREATE TABLE documents (id INTEGER PRIMARY KEY, text TEXT); INSERT INTO documents (text) VALUES ('one'), ('two'), ('three')"
documents() { sql "SELECT count(*) FROM documents"; }
docker-compose up -d
serve_until_end front python3 "$root/serve.py" "$root" "$work/front.port"
soon test -s "$work/front.port"
health_url=http://127.0.0.1:$(cat "$work/front.port")/health

# here NAME ARGUMENT…: the runbook on this system, with nobody there to be asked.
here() {
    local name=$1
    shift
    carry_out "$name" -p root="$root" "$@"
}
# at_front NAME ARGUMENT…: one that also asks the front how it is, and does so often.
at_front() {
    local name=$1
    shift
    here "$name" -p health_url="$health_url" -p poll_every=200ms "$@"
}
# meet here|at_front NAME ARGUMENT…: in the background, so that people can answer what it asks.
meet() {
    "$@" --detach >"$work/detached" 2>&1 || [ $? = 4 ] || cat "$work/detached"
}
asked() { grep -qF -- "$1" run/asked || { echo "# nobody asked for: $1"; cat run/asked; return 1; }; }
not_asked() { ! grep -qF -- "$1" run/asked || { echo "# somebody asked for: $1"; return 1; }; }
# The names, never the values, of what is secret are in the journal.
shows_no_secret() { ! "$RUNBOOK" timeline last --json | grep -qF "$secret" && ! "$RUNBOOK" logs last 2>/dev/null | grep -qF "$secret"; }
