# What the scripts in this folder share: an empty home of their own, and assertions that say what was expected.
# Source it first. A script ends with `finish`.
set -u
: "${RUNBOOK:?path of the program}"
tests=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/runbook-cli.XXXXXX") || exit 1

# at_exit COMMAND: a line of shell that runs when the script ends; the last one first.
endings=
at_exit() { endings="$1; $endings"; }
# Runs that were detached are gone then, too: their folder is in their command line.
trap 'eval "$endings"; pkill -KILL -f -- "$work/" 2>/dev/null; rm -rf "$work"' EXIT
export HOME=$work/home XDG_STATE_HOME=$work/state XDG_RUNTIME_DIR=$work/run RUNBOOK_JOURNAL=$work/journal.db
export LC_ALL=C.UTF-8 NO_COLOR=1 TZ=UTC TERM=xterm-256color
mkdir -p "$HOME" "$XDG_RUNTIME_DIR"
chmod 700 "$XDG_RUNTIME_DIR"
cd "$work" || exit 1
failures=0

# it "does something" COMMAND…: the command's status is the verdict.
it() {
    local name=$1
    shift
    if "$@"; then
        echo "ok - $name"
    else
        echo "NOT OK - $name"
        failures=$((failures + 1))
    fi
}

# exits STATUS COMMAND…: runs it with output in $work/out and $work/err.
exits() {
    local want=$1 got
    shift
    "$@" >"$work/out" 2>"$work/err" </dev/null
    got=$?
    [ "$got" = "$want" ] && return 0
    echo "# exit status $got, expected $want: $*"
    sed 's/^/# out: /' "$work/out"
    sed 's/^/# err: /' "$work/err"
    return 1
}

# out_has TEXT, err_has TEXT: what the last `exits` printed contains the fixed text.
out_has() { grep -qF -- "$1" "$work/out" || { echo "# not on stdout: $1"; sed 's/^/# out: /' "$work/out"; return 1; }; }
err_has() { grep -qF -- "$1" "$work/err" || { echo "# not on stderr: $1"; sed 's/^/# err: /' "$work/err"; return 1; }; }

# eventually COMMAND…: succeeds as soon as the command does. That something never happens is found out in a minute, so
# that what is only slow, on a busy machine, is not taken for it.
eventually() {
    local end=$((SECONDS + 60))
    until "$@" >"$work/eventually" 2>&1; do
        [ "$SECONDS" -lt "$end" ] || { echo "# never happened: $*"; sed 's/^/# /' "$work/eventually"; return 1; }
        sleep 0.05
    done
}

# query SQL: rows of the journal, as another process reads them. query_has SQL: there are any.
query() { python3 -c 'import sqlite3, sys
for row in sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True, timeout=5).execute(sys.argv[2]): print(*row)' "$RUNBOOK_JOURNAL" "$1"; }
query_has() { [ -n "$(query "$1")" ]; }
# change SQL: what no `runbook` would write.
change() { python3 -c 'import sqlite3, sys
db = sqlite3.connect(sys.argv[1], timeout=5); db.execute(sys.argv[2]); db.commit()' "$RUNBOOK_JOURNAL" "$1"; }
# ago SECONDS: everything in the journal happened so much earlier, and the time since then passed without an engine.
ago() { change "UPDATE event SET wall_us = wall_us - $1 * 1000000"; }

# killed_at LINES BOOK [SQL]: carries the runbook out until the file `done` has so many lines, and the journal such a row,
# and kills the engine there.
killed_at() {
    "$RUNBOOK" exec --yes "$2" >"$work/out" 2>&1 &
    local engine=$!
    eventually eval "[ \"\$(wc -l 2>/dev/null <done)\" = $1 ]" && { [ $# = 2 ] || eventually query_has "$3"; }
    kill -9 $engine
    wait $engine 2>/dev/null
    [ "$(wc -l <done)" = "$1" ]
}
# What is under way in code that sleeps.
sleeping="SELECT 1 FROM event WHERE type = 'effect.called' AND data LIKE '%sleep%'"

# Whatever a script has carried out, the journal alone must give the same again.
replays_all() {
    local id
    for id in $("$RUNBOOK" runs -n 1000 --json | python3 -c 'import json, sys
for line in sys.stdin: print(json.loads(line)["id"])'); do
        "$RUNBOOK" replay "$id" >"$work/out" 2>&1 || { echo "# run $id"; sed 's/^/# out: /' "$work/out"; return 1; }
    done
}

finish() {
    [ ! -f "$RUNBOOK_JOURNAL" ] || it "every run goes the same way when it is replayed" replays_all
    [ "$failures" = 0 ] || echo "$failures failed"
    exit $((failures > 0))
}
