# Journals that are none, or not well, or in use: each is refused in words and with status 5, and nothing of it
# is changed.
. "$(dirname "$0")/lib.sh"

cat >book.yaml <<'YAML'
runbook: book
steps:
  - {id: one, run: echo one}
YAML

# What is there, but for the shared memory that SQLite makes to read a file.
state_of() { cksum <"$1"; find "$(dirname "$1")" ! -name '*-shm' ! -empty; }

# refused FILE WORDS: by verbs that write and by others that read, which leave it as it is
refused() {
    before=$(state_of "$1")
    for verb in "exec book.yaml" runs "audit verify" "audit checkpoint"; do
        # shellcheck disable=SC2086 # words
        "$RUNBOOK" $verb --journal "$1" >"$work/out" 2>"$work/err" </dev/null
        status=$?
        if [ $status != 5 ] || ! grep -q -- "$2" "$work/out" "$work/err"; then
            echo "# $verb: status $status"
            return 1
        fi
        [ "$before" = "$(state_of "$1")" ] || { echo "# $verb changed it"; return 1; }
    done
}

mkdir text other newer cut torn
"$RUNBOOK" audit keygen --name test >key.pub 2>/dev/null
it "makes a journal" exits 0 "$RUNBOOK" exec --journal good.db book.yaml
python3 -c 'import sqlite3; sqlite3.connect("good.db").execute("PRAGMA wal_checkpoint(TRUNCATE)")'

seq 5000 >text/j.db
it "refuses a text" refused text/j.db "is no SQLite file"
python3 -c 'import sqlite3; d = sqlite3.connect("other/j.db"); d.execute("CREATE TABLE mine (a)"); d.commit()'
it "refuses another program's database" refused other/j.db "another program's SQLite file"
cp good.db newer/j.db
python3 -c 'import sqlite3; d = sqlite3.connect("newer/j.db"); d.execute("PRAGMA user_version = 99"); d.execute("PRAGMA journal_mode = DELETE")'
it "refuses a journal from the future" refused newer/j.db "use a newer runbook"
head -c 20000 good.db >cut/j.db
it "refuses one that was cut off" refused cut/j.db "damaged"

# Damage that is met late: what can be read is read, and the audit says what is broken.
cp good.db torn/j.db
root=$(python3 -c 'import sqlite3; print(sqlite3.connect("good.db").execute("SELECT rootpage FROM sqlite_schema WHERE name = \"event\"").fetchone()[0])')
printf '\377\377\377\377\377\377\377\377' | dd of=torn/j.db bs=1 seek=$(((root - 1) * 4096)) conv=notrunc 2>/dev/null
it "finds a broken page" exits 5 "$RUNBOOK" audit verify --journal torn/j.db
it "says which" out_has "Page $root"
it "writes nothing into it" exits 5 "$RUNBOOK" exec --journal torn/j.db book.yaml
it "says what to do" err_has "keep a copy of it and restore a backup"

# An old one is not touched by who only reads, and brought up to date by who writes, or by doctor.
mkdir old
cp good.db old/j.db
python3 - <<'PY'
import sqlite3
db = sqlite3.connect("old/j.db")
for index in ("run_by_group", "run_by_parent"):
    db.execute(f"DROP INDEX IF EXISTS {index}")
second = {"group_name", "group_limit", "in_group", "extra"}
for table, columns in (("run", second), ("event", {"redacted"})):
    for _, name, *_ in db.execute(f"PRAGMA table_info({table})").fetchall():
        if name in columns:
            db.execute(f"ALTER TABLE {table} DROP COLUMN {name}")
db.execute("DROP TABLE IF EXISTS pruned")
db.execute("DROP TABLE IF EXISTS keeper")
db.execute("UPDATE event SET leaf = zeroblob(32)")
db.execute("PRAGMA user_version = 2")
db.commit()
db.execute("PRAGMA journal_mode = DELETE")
PY
before=$(state_of old/j.db)
it "does not read an old version" exits 5 "$RUNBOOK" runs --journal old/j.db
it "and says who brings it up to date" err_has "runbook doctor"
it "and leaves it alone" [ "$before" = "$(state_of old/j.db)" ]
"$RUNBOOK" doctor --journal old/j.db >"$work/out" 2>&1
it "brings it up to date" exits 0 "$RUNBOOK" audit verify --journal old/j.db
it "with all that was in it" out_has "of 1 runs"

# Another process has it: a reader reads; a writer says for whom it waits, and goes on when it is free.
cat >hold.py <<'PY'
import os, sqlite3, time
db = sqlite3.connect("good.db", isolation_level=None)
db.execute("BEGIN IMMEDIATE")
open("held", "w").close()
while not os.path.exists("let-go"):
    time.sleep(0.01)
PY
python3 hold.py &
holder=$!
eventually test -e held || exit 1
it "reads a journal that is being written" exits 0 "$RUNBOOK" runs --journal good.db
it "verifies it" exits 0 "$RUNBOOK" audit verify --journal good.db
"$RUNBOOK" exec --journal good.db book.yaml >waiting.out 2>waiting.err </dev/null &
waiting=$!
eventually grep -q "waiting for it" waiting.err
it "names who keeps it locked" grep -q "another process (pid $holder, python3) keeps the journal" waiting.err
touch let-go
wait $holder
it "goes on when it is free" wait $waiting
finish
