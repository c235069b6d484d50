# concurrency: of the runs of a group only so many are under way at once, across processes.
. "$(dirname "$0")/lib.sh"

for conflict in queue skip replace allow; do
    cat >$conflict.yaml <<YAML
runbook: $conflict
params: {env: {default: prod}, hold: {type: boolean, default: false}}
concurrency: {group: "deploy-\${{ params.env }}", on_conflict: $conflict}
steps:
  - {id: work, run: "echo $conflict >>log; touch begun"}
  - {id: held, when: params.hold, wait: {signal: go, timeout: 10m}}
always:
  - {id: tidy, run: "echo tidied >>log"}
YAML
done
field() { "$RUNBOOK" runs --json -n 100 | python3 -c 'import json, sys
for line in sys.stdin:
    run = json.loads(line)
    if run["runbook"] == sys.argv[1]: print(run[sys.argv[2]]); break' "$1" "$2"; }
is_status() { [ "$(field "$1" status)" = "$2" ]; }
is_log() { [ "$(tr '\n' ' ' <log)" = "$1 " ] || { echo "# log: $(tr '\n' ' ' <log)"; return 1; }; }
# hold BOOK: a run of it that stays under way until it is told to go.
hold() {
    rm -f log begun
    "$RUNBOOK" exec "$1.yaml" -p hold=true >held.out 2>held.err </dev/null &
    held=$!
    eventually test -e begun && held_id=$(field "$1" id)
}
go() { "$RUNBOOK" signal "$held_id" go >signal.out 2>&1; wait "$held"; }
start() { "$RUNBOOK" exec "$@" >second.out 2>second.err </dev/null & second=$!; }
ends() { wait "$second"; got=$?; [ "$got" = "$1" ] || { echo "# status $got"; cat second.out second.err; return 1; }; }

queues() {
    hold allow && start queue.yaml && eventually is_status queue queued || return 1
    exits 0 "$RUNBOOK" runs && out_has "queued for deploy-prod" &&
        exits 0 "$RUNBOOK" show queue && out_has "deploy-prod, 1 at once" && out_has "its concurrency group is full" || return 1
    go && ends 0 && grep -q "is in it; this run begins when there is room" second.err && is_log "allow tidied queue tidied"
}
it "waits for the run that is in the group" queues
other_group() { hold queue && exits 0 "$RUNBOOK" exec queue.yaml -p env=test && go; }
it "does not wait for a run of another group" other_group
allows() { hold queue && exits 0 "$RUNBOOK" exec allow.yaml && go && is_log "queue allow tidied tidied"; }
it "begins all the same where that is allowed" allows
skips() {
    hold queue && exits 3 "$RUNBOOK" exec skip.yaml && out_has "skipped: the concurrency group \"deploy-prod\" is full" &&
        go && is_log "queue tidied" && is_status skip cancelled
}
it "is skipped, and the journal says why" skips
replaces() {
    hold queue && exits 0 "$RUNBOOK" exec replace.yaml && is_log "queue tidied replace tidied" || return 1
    wait "$held"
    [ $? = 3 ] && exits 0 "$RUNBOOK" show queue && out_has "replaced by run"
}
it "cancels the one that is in the group, and begins when that has tidied up" replaces

in_order() {
    hold queue && start queue.yaml && eventually is_status queue queued || return 1
    first=$second
    sed 's/runbook: queue/runbook: third/; s/echo queue/echo third/' queue.yaml >third.yaml
    start third.yaml && eventually is_status third queued || return 1
    "$RUNBOOK" runs --json -n 3 | sed -n 3p | grep -o '"id":"[a-z2-7]*' | cut -c7- >id
    "$RUNBOOK" signal "$(cat id)" go >signal.out 2>&1
    wait "$held" "$first"
    ends 0 && is_log "queue tidied queue tidied third tidied"
}
it "lets those that wait begin in their order" in_order

cancelled() {
    hold allow && start queue.yaml && eventually is_status queue queued || return 1
    exits 0 "$RUNBOOK" cancel queue && ends 3 && go && is_log "allow tidied" && exits 0 "$RUNBOOK" timeline queue &&
        out_has "the run was cancelled"
}
it "can be cancelled while it waits" cancelled

killed() {
    hold queue && kill -9 "$held" && wait "$held" 2>/dev/null
    id=$held_id
    hold allow && exits 2 "$RUNBOOK" resume "$id" && err_has "is in it" && go && is_log "allow tidied" || return 1
    "$RUNBOOK" signal "$id" go >signal.out 2>&1
    exits 0 "$RUNBOOK" resume "$id" && is_log "allow tidied tidied"
}
it "is not in its group when its engine is gone, and comes back in when there is room" killed

# Its lease has run out as if it had stood still for that long; another has begun in its place.
stale() {
    hold queue && kill -STOP "$held" || return 1
    python3 -c 'import sqlite3, sys
d = sqlite3.connect(sys.argv[1], timeout=5); d.execute("UPDATE run SET lease_until_us = 1 WHERE status = ?", ("running",)); d.commit()' "$RUNBOOK_JOURNAL"
    exits 0 "$RUNBOOK" exec allow.yaml || return 1
    kill -CONT "$held"
    wait "$held"
    [ $? = 5 ] && grep -q 'lost its place in the group "deploy-prod"' held.err || { cat held.err; return 1; }
    "$RUNBOOK" signal "$held_id" go >signal.out 2>&1
    exits 0 "$RUNBOOK" resume "$held_id" && is_log "queue allow tidied tidied"
}
it "loses its place when it stands still, and writes nothing more" stale

# Killed while it waited: it has a row and no event.
unbegun() {
    sed 's/runbook: queue/runbook: secretive/; s/params: {/params: {token: {default: none, secret: true}, /' queue.yaml >secretive.yaml
    hold allow && start secretive.yaml -p token=hush-hush && eventually is_status secretive queued || return 1
    kill -9 "$second" && wait "$second" 2>/dev/null
    go
    exits 0 "$RUNBOOK" show secretive && out_has "interrupted before it began" &&
        exits 2 "$RUNBOOK" resume secretive --no-input && err_has "-p token=VALUE" &&
        exits 0 "$RUNBOOK" resume secretive -p token=hush-hush && is_log "allow tidied queue tidied" &&
        exits 0 "$RUNBOOK" audit verify
}
it "begins a run late that was killed before it began" unbegun

# A new run with another's past is in its group from its first moment.
retried() {
    exits 0 "$RUNBOOK" exec queue.yaml || return 1
    id=$(field queue id)
    hold allow && exits 2 "$RUNBOOK" retry "$id" --from tidy && err_has "is in it" && go && exits 0 "$RUNBOOK" retry "$id" --from tidy && is_log "allow tidied tidied"
}
it "is not retried while its group is full" retried

planned() { exits 0 "$RUNBOOK" plan skip.yaml -p env=test && out_has "In the group deploy-test, 1 at once; when it is full: skip"; }
it "is shown by plan" planned

cat >wrong.yaml <<'YAML'
runbook: wrong
params: {env: {type: string, default: ""}}
concurrency: "${{ params.env }}"
steps: [{run: "true"}]
YAML
wrong() { exits 2 "$RUNBOOK" exec wrong.yaml && err_has "wrong.yaml:3:14: the name of the concurrency group is empty" && exits 1 "$RUNBOOK" simulate wrong.yaml && out_has "the name of the concurrency group is empty"; }
it "refuses a group without a name before anything is done" wrong
sed 's/params.env/steps.a.ok/' wrong.yaml >early.yaml
early() { exits 2 "$RUNBOOK" validate early.yaml && out_has 'early.yaml:3:19: error: "steps" cannot be used here' && out_has "before the run begins"; }
it "says where a group asks for what only the run brings" early
finish
