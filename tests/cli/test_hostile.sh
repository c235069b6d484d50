# What an attacker writes into a file, or a disk does to the journal: told, never obeyed.
. "$(dirname "$0")/lib.sh"

# no_escapes FILE…: nothing in them that a terminal would obey.
no_escapes() {
    ! LC_ALL=C grep -qP '\x1b|\x07|\xc2[\x80-\x9f]|\xe2\x80[\xaa-\xae]' "$@" || { cat -v "$@"; return 1; }
}

cat >keys.yaml <<'YAML'
runbook: keys
"u\e]0;title\a": 1
steps:
  - {id: a, run: "true", "q\e[5m": 2, "w\u009b5m": 1, "v\u202e": 1}
  - {id: "b\e[31m", run: "true"}
YAML
printf 'runbook: raw\nsteps:\n  - {id: a, run: "true", "v\342\200\256": 1}\n' >raw.yaml
validates() { exits 2 "$RUNBOOK" validate "$1" && no_escapes out err; }
it "shows keys with terminal escapes harmlessly" validates keys.yaml
it "shows a line that reverses the direction of text harmlessly" validates raw.yaml
argues() { exits 2 "$RUNBOOK" "$@" && no_escapes out err; }
it "shows a run's name harmlessly" argues show "$(printf 'x\033[31m')"
it "shows an option's value harmlessly" argues runs --status "$(printf 'x\033[31m')"
it "shows a verb harmlessly" argues "$(printf 'x\033[31m')"

printf 'runbook: quick\nsteps:\n  - {id: one, run: "touch ran"}\n' >quick.yaml
exits 0 "$RUNBOOK" exec quick.yaml
rm -f ran
head -c 8192 /dev/urandom >noise.db
mkdir folder.db
cp "$RUNBOOK_JOURNAL" future.db
cp "$RUNBOOK_JOURNAL-wal" future.db-wal
sqlite3 future.db 'PRAGMA user_version = 99' 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
cp "$RUNBOOK_JOURNAL" cut.db
cp "$RUNBOOK_JOURNAL-wal" cut.db-wal
sqlite3 cut.db 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
truncate -s 9000 cut.db
sqlite3 other.db 'CREATE TABLE t(x)'

refused() {
    local verb
    for verb in runs "show last" "timeline last" "logs last" "note last x" "exec quick.yaml"; do
        exits 5 "$RUNBOOK" $verb --journal "$1" && err_has "${1%%.*}" || return 1
    done
    [ ! -e ran ] && exits 1 "$RUNBOOK" doctor --journal "$1"
}
for journal in noise.db folder.db future.db cut.db other.db; do
    it "refuses $journal with exit 5 in every verb, and begins nothing" refused "$journal"
done

# Rows that no `runbook` wrote reach the engine while it runs.
inbox() {
    printf 'runbook: waits\nsteps:\n  - {id: one, run: "touch begun; until [ -e go ]; do sleep 0.1; done"}\n' >waits.yaml
    "$RUNBOOK" exec waits.yaml >out 2>err </dev/null &
    local pid=$! run
    eventually test -e begun || return 1
    run=$(sqlite3 "$RUNBOOK_JOURNAL" "SELECT max(rowid) FROM run")
    sqlite3 -cmd '.timeout 5000' "$RUNBOOK_JOURNAL" "
        INSERT INTO inbox(run, verb, path, name, user, host, way, data, wall_us)
        VALUES ($run, 'dance', '', '', 'eve', 'h', 'terminal', NULL, 1),
               ($run, 'answer', 'one', '', 'eve', 'h', 'terminal', '{\"broken', 1),
               ($run, 'note', 'no/such/step', char(27) || '[31m', 'eve' || char(27) || '[5m', 'h', 'terminal', NULL, 1)" || return 1
    eventually eval '[ "$(sqlite3 "$RUNBOOK_JOURNAL" "SELECT count(*) FROM inbox")" = 0 ]'
    touch go
    wait "$pid" || { cat out err; return 1; }
    no_escapes out err && exits 0 "$RUNBOOK" timeline last && no_escapes out err
}
it "is not led astray by rows of the inbox that no runbook wrote" inbox

killed() {
    rm -f begun go
    "$RUNBOOK" exec waits.yaml >out 2>err </dev/null &
    local pid=$!
    eventually test -e begun || return 1
    kill -9 "$pid"
    wait "$pid" 2>/dev/null
    touch go
    exits 0 "$RUNBOOK" runs && out_has "interrupted" && exits 0 "$RUNBOOK" show last && out_has "interrupted" &&
        exits 0 "$RUNBOOK" timeline last && out_has "interrupted" &&
        [ "$(sqlite3 "$RUNBOOK_JOURNAL" 'PRAGMA integrity_check')" = ok ] && exits 0 "$RUNBOOK" exec quick.yaml
}
it "knows a run whose engine was killed as interrupted, and its journal is whole" killed

finish
