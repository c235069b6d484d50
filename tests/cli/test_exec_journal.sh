# exec when the journal cannot be written: nothing is begun whose order is not durable, and nothing is lost.
. "$(dirname "$0")/lib.sh"
command -v prlimit >/dev/null || { echo "prlimit is not installed"; exit 77; }

cat >steps.yaml <<'YAML'
runbook: steps
steps:
  - id: first
    run: touch first; until [ -e go ]; do sleep 0.1; done
  - id: second
    run: touch second
YAML

# there FILE [TEXT]: it exists, or contains the text.
there() { if [ $# = 1 ]; then [ -e "$1" ]; else grep -qF -- "$2" "$1"; fi; }

full_then_free() {
    "$RUNBOOK" exec steps.yaml >out 2>err &
    local pid=$! got
    eventually there first || return 1
    prlimit --pid "$pid" --fsize=4096: && touch go
    eventually there err "nothing new is started" || { kill -9 "$pid"; return 1; }
    sleep 0.5
    [ ! -e second ] || { echo "# the second step was begun before its order was durable"; return 1; }
    prlimit --pid "$pid" --fsize=unlimited:
    eventually there second || { kill -9 "$pid"; return 1; }
    wait "$pid"
    got=$?
    [ "$got" = 0 ] && exits 0 "$RUNBOOK" timeline last && out_has '`second` succeeded'
}
it "stops beginning steps while the journal cannot be written, and goes on afterwards" full_then_free

full_at_once() {
    rm -f first second go
    prlimit --fsize=4096:4096 "$RUNBOOK" exec steps.yaml --journal "$work/full.db" >out 2>err </dev/null
    [ $? = 5 ] && [ ! -e first ] && err_has "full.db"
}
it "exits with 5 and begins nothing when the journal is full from the start" full_at_once

read_only() {
    mkdir -p locked && "$RUNBOOK" exec steps.yaml --help >/dev/null && chmod 500 locked
    if [ "$(id -u)" = 0 ]; then # root writes everywhere but where nothing can be written
        exits 5 "$RUNBOOK" exec steps.yaml --journal /sys/kernel/journal.db && err_has "/sys/kernel"
    else
        exits 5 "$RUNBOOK" exec steps.yaml --journal locked/journal.db && err_has "locked"
    fi && [ ! -e first ]
}
it "exits with 5 when the journal's folder cannot be written" read_only

parked_when_full() {
    rm -f first second go
    "$RUNBOOK" exec steps.yaml --journal "$work/second.db" >out 2>err &
    local pid=$! got
    eventually there first && prlimit --pid "$pid" --fsize=4096: && touch go && eventually there err "nothing new is started" || return 1
    kill -INT "$pid" && eventually there err "the cancel waits for the journal" && kill -INT "$pid"
    wait "$pid"
    got=$?
    [ "$got" = 5 ] || { echo "# exit status $got"; return 1; }
    eventually there err "$work/second.db" &&
        eventually there err "it is left interrupted" && [ ! -e second ]
}
it "can be left with Ctrl-C twice while the journal is full" parked_when_full

# TERM from an init system: nobody is there to press Ctrl-C again. What it runs is stopped too.
ended_when_full() {
    rm -f first second go
    "$RUNBOOK" exec steps.yaml --journal "$work/ended.db" >out 2>err &
    local pid=$!
    eventually there first && prlimit --pid "$pid" --fsize=4096: && touch go && eventually there err "nothing new is started" || return 1
    kill -TERM "$pid"
    wait "$pid"
    [ $? = 5 ] && [ ! -e second ] && eventually there err "parking the run" &&
        exits 0 "$RUNBOOK" runs --journal "$work/ended.db" && out_has "interrupted" &&
        exits 0 "$RUNBOOK" timeline last --journal "$work/ended.db" && out_has "first"
}
it "ends within a stated time after SIGTERM while the journal is full" ended_when_full

closed_stdout() {
    rm -f second; touch go
    "$RUNBOOK" exec steps.yaml --journal "$work/third.db" | true
    [ "${PIPESTATUS[0]}" = 0 ] && [ -e second ]
}
it "goes on when nobody reads its output any more" closed_stdout

detached() {
    exits 4 "$RUNBOOK" exec steps.yaml --detach --journal "$work/fourth.db" && local id
    id=$(cat out)
    eventually eval '"$RUNBOOK" show "$id" --journal "$work/fourth.db" | grep -q "^succeeded"'
}
it "runs in the background with --detach, and prints the id" detached

printf 'import os, sqlite3, sys, time\nc = sqlite3.connect(sys.argv[1], isolation_level=None)\nc.execute("begin immediate")\nopen("held", "w")\nwhile not os.path.exists("let-go"): time.sleep(0.01)\n' >hold.py
waits() {
    "$RUNBOOK" exec steps.yaml --journal "$work/fifth.db" >/dev/null || return 1
    python3 hold.py "$work/fifth.db" & local holder=$!
    eventually test -e held || return 1
    "$RUNBOOK" exec steps.yaml --journal "$work/fifth.db" >out 2>err </dev/null & local waiting=$!
    eventually there err "(pid $holder, python3) keeps the journal $work/fifth.db locked; waiting for it"
    touch let-go
    wait "$holder" && wait "$waiting"
}
it "waits for a journal that is locked, and says for whom" waits

folder() { exits 5 "$RUNBOOK" runs --journal "$work" && err_has "$work is a folder" && ! grep -q immutable err; }
it "says of a folder that it is one" folder

finish
