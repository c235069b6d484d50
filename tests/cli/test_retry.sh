# retry and rollback: a new run goes on from the past of one that has ended.
. "$(dirname "$0")/lib.sh"

field() { "$RUNBOOK" show "$1" --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["run"].get(sys.argv[1], ""))' "$2"; }
is_field() { [ "$(field "$1" "$2")" = "$3" ] || { echo "# $2 of $1: $(field "$1" "$2"), not $3"; return 1; }; }
is_log() { [ "$(tr '\n' ' ' <log)" = "$1 " ] || { echo "# log: $(tr '\n' ' ' <log)"; return 1; }; }
id_of() { "$RUNBOOK" runs --json -n 1 | python3 -c 'import json, sys; print(json.loads(sys.stdin.readline())["id"])'; }

cat >ship.yaml <<'YAML'
runbook: ship
params: {to: {type: string, default: v2}}
steps:
  - {id: build, run: "echo build >>log; seq 1 3000"}
  - {id: count, set: {lines: "${{ #steps.build.stdout }}"}}
  - id: each
    foreach: [a, b]
    steps:
      - {id: push, run: "echo push-${{ item }} >>log; echo pushed ${{ item }}"}
      - {id: verify, run: "echo verify-${{ item }}-${{ vars.lines }} >>log; test ${{ item }} = a || test -e good"}
  - {id: tell, run: "echo told ${{ steps.build.exit_code }} ${{ run.id }} >>log"}
YAML
rm -f good log
it "fails first" exits 1 "$RUNBOOK" exec ship.yaml
first=$(id_of)
refused() { rm -f log; exits 2 "$RUNBOOK" "$@" && [ ! -e log ]; }
several() { refused retry last --from verify && err_has "each[1]/verify, each[2]/verify"; }
it "asks which one where a step began in several places" several
misspelt() { refused retry last --from bild && err_has "did you mean build?"; }
it "knows the steps there were" misspelt
not_begun() { refused retry last --from tell && err_has "did not begin in run"; }
it "does not begin with a step of which nobody knows what came before" not_begun
from_failed() {
    rm -f log && touch good && exits 0 "$RUNBOOK" retry last && is_log "verify-b-13893 told 0 $first" &&
        err_has "retried from each[2]/verify" && is_field last parent "$first" && is_field last trigger retry &&
        is_field "$first" successor "$(id_of)"
}
it "begins with the step that failed, with all that came before" from_failed
told() {
    exits 0 "$RUNBOOK" runs && out_has "retry of ${first:0:6}" && out_has "; then $(id_of | cut -c1-6)" &&
        exits 0 "$RUNBOOK" show last && out_has 'retries run '"$first"' from `each[2]/verify`' &&
        exits 0 "$RUNBOOK" timeline "$first" && out_has 'retries the run from `each[2]/verify`, in run' &&
        exits 0 "$RUNBOOK" logs last each[1]/push && out_has "pushed a"
}
it "tells of each in the other, and keeps what was printed" told
item() { rm -f log && exits 0 "$RUNBOOK" retry "$first" --from 'each[2]/push' && is_log "push-b verify-b-13893 told 0 $first"; }
it "begins inside a loop" item
block() { rm -f log && exits 0 "$RUNBOOK" retry "$first" --from each && is_log "push-a verify-a-13893 push-b verify-b-13893 told 0 $first"; }
it "begins with a whole loop" block
again() { rm -f log && exits 0 "$RUNBOOK" retry last --from tell && is_log "told 0 $first"; }
it "retries a retry, and one that succeeded" again
verified() { exits 0 "$RUNBOOK" audit verify && out_has "no problems"; }
it "leaves a journal that holds together" verified

edited() {
    rm -f good log && exits 1 "$RUNBOOK" exec ship.yaml || return 1
    sed 's/told/TOLD/; s/test -e good/true/' ship.yaml >ship2.yaml && mv ship2.yaml ship.yaml
    rm -f log
    exits 1 "$RUNBOOK" retry last && err_has "ship.yaml is another one now" || return 1
    failed=$(id_of)
    exits 0 "$RUNBOOK" retry "$failed" --edited && out_has "succeeded" && grep -q "^TOLD 0" log && exits 0 "$RUNBOOK" audit verify
}
it "goes on with the files of then, and with those of now where that is asked for" edited
other() {
    sed 's/id: build/id: compile/; s/steps.build/steps.compile/' ship.yaml >ship2.yaml && mv ship2.yaml ship.yaml
    exits 2 "$RUNBOOK" retry "$failed" --edited && err_has "would have gone another way before that"
}
it "refuses a file of now that does not fit what came before" other

# --- what cannot be ---
cat >beside.yaml <<'YAML'
runbook: beside
steps:
  - {id: one, run: "echo one >>log"}
  - id: both
    parallel:
      - {id: slow, run: "echo slow >>log; while ! [ -e ended ]; do sleep 0.02; done"}
      - id: quick
        steps:
          - {id: q1, run: "echo q1 >>log"}
          - {id: q2, run: "echo q2 >>log; touch ended; test -e good"}
YAML
rm -f good log ended
beside() {
    exits 1 "$RUNBOOK" exec beside.yaml && rm -f log ended && exits 2 "$RUNBOOK" retry last --from q2 && err_has "both/slow was under way beside it" &&
        touch good && exits 0 "$RUNBOOK" retry last && err_has "retried from both" && sort -o log log && is_log "q1 q2 slow"
}
it "does not begin beside what was under way, but with the block around both" beside
cat >alive.yaml <<'YAML'
runbook: alive
params: {pin: {type: string, secret: true, default: "1234"}}
steps:
  - {id: one, run: "echo one >>log"}
  - {id: hold, wait: {signal: go, timeout: 10m}}
  - {id: pin, run: "echo pin ${{ params.pin }} | sed 's/1234/right/' >>log"}
YAML
alive() {
    rm -f log
    "$RUNBOOK" exec alive.yaml >alive.out 2>&1 </dev/null &
    pid=$!
    eventually query_has "SELECT 1 FROM event WHERE type = 'timer.set' AND path = 'hold'"
    exits 2 "$RUNBOOK" retry last --from hold && err_has "has not ended" && exits 2 "$RUNBOOK" rollback last --yes && err_has "has not ended" &&
        exits 0 "$RUNBOOK" signal last go && wait "$pid"
}
it "leaves a run alone that has not ended" alive
secret() {
    exits 2 "$RUNBOOK" retry last --from hold && err_has "give it again with -p pin=VALUE" || return 1
    rm -f log
    "$RUNBOOK" retry last --from hold -p pin=1234 >alive.out 2>&1 </dev/null &
    pid=$!
    eventually query_has "SELECT 1 FROM run WHERE trigger = 'retry' AND runbook = 'alive'" && exits 0 "$RUNBOOK" signal alive go && wait "$pid" && is_log "pin right"
}
query_has() { [ -n "$(query "$1")" ]; }
it "needs secret parameters again" secret
killed() {
    "$RUNBOOK" retry alive --from hold -p pin=1234 >alive.out 2>&1 </dev/null &
    pid=$!
    eventually query_has "SELECT 1 FROM run WHERE trigger = 'retry' AND runbook = 'alive' AND status = 'running'" && kill -9 "$pid" && wait "$pid" 2>/dev/null
    rm -f log
    exits 0 "$RUNBOOK" show alive && out_has "interrupted" && "$RUNBOOK" signal alive go >signal.out && exits 0 "$RUNBOOK" resume alive -p pin=1234 && is_log "pin right"
}
it "is resumed as any other run" killed

# --- undone since ---
cat >deploy.yaml <<'YAML'
runbook: deploy
steps:
  - {id: one, run: "echo one >>log", undo: {id: un-one, run: "echo un-one >>log"}}
  - {id: two, foreach: [a, b], run: "echo two-${{ item }} >>log", undo: {id: un-two, run: "echo un-two-${{ item }} >>log; test ! -e stuck || test ${{ item }} = a"}}
  - {id: three, run: "echo three >>log; test -e good"}
always:
  - {id: tidy, run: "echo tidy >>log"}
YAML
undone() {
    rm -f good log && exits 1 "$RUNBOOK" exec deploy.yaml && is_log "one two-a two-b three un-two-b un-two-a un-one tidy" || return 1
    deployed=$(id_of)
    refused retry last --from three && err_has "one was undone when the run failed; begin from one" &&
        exits 0 "$RUNBOOK" rollback last --yes && err_has "nothing to undo" || return 1
    touch good
    exits 0 "$RUNBOOK" retry last && err_has "retried from one" && is_log "one two-a two-b three tidy"
}
it "does not build on what a failure has undone" undone
listed() {
    exits 0 "$RUNBOOK" rollback last --dry-run && out_has "one  by un-one" && exits 0 "$RUNBOOK" rollback last --dry-run --json && out_has '"undoes"' &&
        refused rollback last && err_has "--yes carries it out"
}
it "lists what would be undone, and undoes nothing that nobody has agreed to" listed
rolled() {
    rm -f log && exits 0 "$RUNBOOK" rollback last --yes && is_log "un-two-b un-two-a un-one" && is_field last trigger rollback &&
        exits 0 "$RUNBOOK" runs && out_has "rollback of"
}
it "undoes what a run did, the last thing first" rolled
once() {
    refused rollback last --yes && err_has "is a rollback itself" || return 1
    parent=$(field last parent)
    refused rollback "$parent" --yes && err_has "has been rolled back by run" && refused retry "$parent" --from three && err_has "has been rolled back" &&
        refused rollback "$deployed" --yes && err_has "has been rolled back"
}
it "undoes nothing twice" once
partly() {
    touch stuck && exits 0 "$RUNBOOK" exec deploy.yaml && rm -f log && exits 1 "$RUNBOOK" rollback last --yes && is_log "un-two-b un-two-a un-one" &&
        out_has "two[2]/un-two exited with code 1"
}
resumed() {
    sed 's/echo un-one >>log/echo un-one >>log; test -e wait-no-more || sleep 300/; s/runbook: deploy/runbook: slow/' deploy.yaml >slow.yaml
    rm -f log && exits 0 "$RUNBOOK" exec slow.yaml && rm -f log || return 1
    "$RUNBOOK" rollback slow --yes >slow.out 2>&1 </dev/null &
    pid=$!
    eventually grep -qs un-one log && kill -9 "$pid" && wait "$pid" 2>/dev/null
    touch wait-no-more
    exits 0 "$RUNBOOK" resume slow --no-input --answer un-one=retry && is_log "un-two-b un-two-a un-one un-one"
}
it "resumes a rollback that was killed" resumed
it "fails when something cannot be undone, and undoes the rest" partly
cancelled() {
    cat >long.yaml <<'YAML'
runbook: long
steps:
  - {id: one, run: "echo one >>log", undo: {id: un-one, run: "echo un-one >>log"}}
  - {id: hold, run: "echo hold >>log; sleep 300"}
always:
  - {id: tidy, run: "echo tidy >>log"}
YAML
    rm -f log
    "$RUNBOOK" exec long.yaml >long.out 2>&1 </dev/null &
    pid=$!
    eventually grep -qs hold log && "$RUNBOOK" "$1" long >said.out
    wait "$pid"
    rm -f log && exits 0 "$RUNBOOK" rollback long --yes && is_log "un-one"
}
it "rolls back a run that was cancelled" cancelled cancel
it "rolls back a run that was killed" cancelled kill
it "leaves a journal that holds together after all that" verified
finish
