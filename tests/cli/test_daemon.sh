# daemon: many runs in one process, which come and go.
. "$(dirname "$0")/lib.sh"

says() { grep -q "$1" daemon.log; }

# left BOOK [WHAT]: a run whose engine dies once WHAT (a query) has come about, or the file `log` is there; its id is in $id.
left() {
    rm -f log
    exits 4 "$RUNBOOK" exec "$1" --detach -p "at=$work" || return 1
    id=$(cat "$work/out")
    if [ $# = 2 ]; then eventually query_has "$2"; else eventually test -e log; fi || return 1
    kill -9 "$(query "SELECT engine_pid FROM run WHERE id = '$id'")"
    eventually shown_as interrupted
}
up() {
    (cd / && exec "$RUNBOOK" daemon --journal "$RUNBOOK_JOURNAL") >daemon.log 2>&1 </dev/null &
    daemon=$!
    eventually says "keeping the runs"
}
down() { kill "$1" "$daemon"; wait "$daemon"; }
status_is() { [ "$(query "SELECT status FROM run WHERE id = '$id'")" = "$1" ]; }
rests() { query_has "SELECT 1 FROM timer JOIN run ON no = timer.run WHERE id = '$id' AND due_us > 1000"; }
shown_as() { exits 0 "$RUNBOOK" runs && grep -q "^${id:0:6} .* $1 " "$work/out"; }

cat >patient.yaml <<'YAML'
runbook: patient
params: {at: {type: string}}
contacts: {ana: {name: Ana, channels: [file]}}
channels: {file: {uses: command.run, with: {argv: [sh, -c, "cat >>paged"]}}}
policies: {p: {levels: [{notify: ana, escalate_after: 1h}, {notify: ana, escalate_after: 1h}]}}
steps:
  - {id: one, run: "echo one >>log"}
  - escalate: {policy: p, name: down, message: it is down}
  - {id: ok, approve: Go on?}
  - {id: two, run: "echo two >>log"}
YAML

waiting() {
    up && left patient.yaml "SELECT 1 FROM event WHERE type = 'ask.opened'" && shown_as interrupted &&
        exits 4 "$RUNBOOK" resume --all && out_has "$id" && eventually rests && eventually says "at rest until" && shown_as running
}
it "takes a run up that is given to it, and lays it to rest when it only waits" waiting

spoken_to() {
    exits 0 "$RUNBOOK" approve last ok && eventually status_is succeeded && [ "$(tr '\n' ' ' <log)" = "one two " ] &&
        eventually says succeeded && ! query_has "SELECT 1 FROM timer"
}
it "takes it up when somebody speaks to it, and it is its no more when it has ended" spoken_to

# The world an hour later: what the journal has happened an hour before.
later() { ago 3600 && change "UPDATE timer SET due_us = due_us - 3600000000 WHERE due_us > 1000"; }
levels() { [ "$(query "SELECT count(*) FROM event JOIN run ON no = event.run WHERE id = '$id' AND type = 'escalation.level'")" = "$1" ]; }
paged_late() {
    left patient.yaml "SELECT 1 FROM event JOIN run ON no = event.run WHERE type = 'ask.opened' AND finished_us = 0" || return 1
    exits 4 "$RUNBOOK" resume last --detach && out_has "$id" && eventually rests && levels 1 && down -TERM && shown_as interrupted || return 1
    later && up && eventually levels 2 && eventually rests
}
it "pages the next level of a run that came due while no daemon was there" paged_late
no_word() { [ "$(query "SELECT count(*) FROM event JOIN run ON no = event.run WHERE id = '$id' AND type = 'run.resumed'")" = 1 ]; }
it "says of a rest nothing in the run's events" no_word

by_hand() {
    exits 4 "$RUNBOOK" resume last --no-input && ! query_has "SELECT 1 FROM timer" && shown_as interrupted &&
        exits 0 "$RUNBOOK" cancel last && exits 4 "$RUNBOOK" resume last --detach && eventually status_is cancelled
}
it "leaves a run to whoever takes it up by hand" by_hand

cat >busy.yaml <<'YAML'
runbook: busy
params: {at: {type: string}}
steps:
  - id: slow
    on_interrupt: retry
    run: |
      echo slow >>"${{ params.at }}/log"
      while [ ! -e "${{ params.at }}/go" ]; do sleep 0.05; done
  - {id: end, run: "echo end >>log"}
YAML
logged() { [ "$(cat log 2>/dev/null | tr '\n' ' ')" = "$1 " ]; }
killed() {
    rm -f go
    left busy.yaml && exits 4 "$RUNBOOK" resume --all && eventually logged "slow slow" && kill -9 "$daemon" && wait "$daemon" 2>/dev/null
    shown_as interrupted && up && eventually logged "slow slow slow" && touch go && eventually status_is succeeded &&
        [ "$(tail -n 1 log)" = end ]
}
it "goes on with what a killed daemon held" killed

stopped() {
    rm -f go
    left busy.yaml && exits 4 "$RUNBOOK" resume --all && eventually logged "slow slow" && down -TERM && says "stopping" &&
        ! pgrep -f "$work/go" >/dev/null && up && eventually logged "slow slow slow" && touch go && eventually status_is succeeded
}
it "stops what is under way when it is stopped, and the next one goes on with it" stopped

second() { exits 2 "$RUNBOOK" daemon && err_has "process $daemon" && err_has "keeps the runs of this journal"; }
it "is one to a journal" second

cat >secret.yaml <<'YAML'
runbook: secret
params: {at: {type: string}, token: {type: string, secret: true, default: none}}
steps: [{id: one, run: "echo one >>log"}, {id: ok, approve: Go on?}]
YAML
private() {
    left secret.yaml && exits 4 "$RUNBOOK" resume last --detach -p token=s3cret && ! query_has "SELECT 1 FROM timer" && status_is running &&
        exits 0 "$RUNBOOK" kill last && eventually status_is cancelled
}
it "is not given what the journal does not have" private

unreadable() {
    left patient.yaml "SELECT 1 FROM event JOIN run ON no = event.run WHERE type = 'ask.opened' AND finished_us = 0" &&
        exits 4 "$RUNBOOK" resume last --detach && eventually rests && down -TERM || return 1
    change "UPDATE source SET text = text || ' ' WHERE text LIKE 'runbook: patient%'" && change "UPDATE timer SET due_us = 2"
    up && eventually says "cannot go on here: the pinned text of" && eventually shown_as interrupted && ! query_has "SELECT 1 FROM timer" &&
        change "UPDATE source SET text = substr(text, 1, length(text) - 1) WHERE text LIKE 'runbook: patient%'" &&
        exits 0 "$RUNBOOK" cancel last && exits 4 "$RUNBOOK" resume last --detach && eventually status_is cancelled
}
it "gives a run up that it cannot carry out, and says why" unreadable

lines() {
    down -TERM
    "$RUNBOOK" daemon --json --journal "$RUNBOOK_JOURNAL" >daemon.log &
    daemon=$!
    eventually says '"event":"ready"' && down -TERM && says '"event":"stopping"'
}
it "speaks JSON to programs, and ends with 0 when it was stopped" lines

cat >unread.py <<'PY'
"""A daemon whose log goes into a pipe that is full and that nobody reads."""
import fcntl, os, subprocess, sys
read, write = os.pipe()
fcntl.fcntl(write, 1031, 4096)  # F_SETPIPE_SZ
os.set_blocking(write, False)
try:
    while True:
        os.write(write, b"x" * 64)
except BlockingIOError:
    os.set_blocking(write, True)

subprocess.run([sys.argv[1], "daemon", "--journal", sys.argv[2]], stdout=write)
PY
unread() {
    python3 unread.py "$RUNBOOK" "$RUNBOOK_JOURNAL" >/dev/null 2>&1 &
    left patient.yaml "SELECT 1 FROM event JOIN run ON no = event.run WHERE type = 'ask.opened' AND finished_us = 0" &&
        exits 4 "$RUNBOOK" resume last --detach && eventually rests && exits 0 "$RUNBOOK" approve last ok && eventually status_is succeeded
}
it "does not wait for somebody to read what it prints" unread

finish
