# resume: an engine dies, is parked or stands still, and another goes on with its run.
. "$(dirname "$0")/lib.sh"

cat >steps.yaml <<'YAML'
runbook: steps
params:
  token: {type: string, default: none}
steps:
  - {id: one, run: "echo one >>log; seq 1 2000"}
  - {id: two, run: "echo two >>log; if [ -e slow ]; then sleep 300 & echo $! >child; touch started; wait; fi; echo two-end >>log"}
  - {id: three, run: "echo three ${{ #steps.one.stdout }} >>log"}
YAML
# begin BOOK FILE ARGUMENT…: in the background, until FILE is there.
begin() {
    rm -f log started again
    "$RUNBOOK" exec "$1" "${@:3}" >begun.out 2>begun.err </dev/null &
    pid=$!
    eventually test -e "$2"
}
is_log() { [ "$(tr '\n' ' ' <log)" = "$1 " ] || { echo "# log: $(tr '\n' ' ' <log)"; return 1; }; }
die() { kill -9 "$pid"; wait "$pid" 2>/dev/null; return 0; }

# --- between two steps ---
sed 's/^  - {id: two/  - {id: pause, wait: 60s}\n&/' steps.yaml >between.yaml
between() {
    rm -f slow
    begin between.yaml log && eventually query_has "SELECT 1 FROM event WHERE type = 'timer.set'" && die && ago 60 &&
        exits 0 "$RUNBOOK" runs && out_has interrupted && err_has "runbook resume" &&
        exits 0 "$RUNBOOK" show last && out_has "runbook resume" &&
        exits 0 "$RUNBOOK" resume last && is_log "one two two-end three 8893" &&
        exits 2 "$RUNBOOK" resume last && err_has "has ended (succeeded)"
}
gone() { ! kill -0 "$1" 2>/dev/null || grep -q "^State:.*zombie" "/proc/$1/status" || { echo "# process $1 lives"; return 1; }; }
it "goes on between two steps, with outputs too long for an event" between
it "journals who resumed it" query_has "SELECT 1 FROM event WHERE type = 'run.resumed' AND user <> '' AND cause = 1"

# --- in the middle of one ---
in_the_middle() {
    touch slow
    begin steps.yaml started && die || return 1
    child=$(cat child)
    rm slow
    exits 4 "$RUNBOOK" resume last --no-input && out_has "runbook resume" && out_has "parked" &&
        gone "$child" && is_log "one two"
}
it "ends what the dead engine left running, and asks what became of the step" in_the_middle
it "answers from anywhere" exits 0 "$RUNBOOK" answer last two decision=retry
answered() { exits 0 "$RUNBOOK" resume last --no-input && is_log "one two two two-end three 8893"; }
it "takes in what was said while no engine was there" answered

decided() {
    touch slow
    begin steps.yaml started && die && exits "$2" "$RUNBOOK" resume last --no-input --answer "two=$1" && is_log "$3"
}
it "skips a step that was lost" decided skip 0 "one two three 8893"
it "fails a step that was lost" decided fail 1 "one two"

# --- parked by hand ---
parked() {
    touch slow
    begin steps.yaml started || return 1
    kill -INT "$pid" && eventually query_has "SELECT 1 FROM event WHERE type = 'run.cancel_requested'" || return 1
    kill -INT "$pid" 2>/dev/null; wait "$pid"
    [ $? = 3 ] || grep -q "runbook resume" begun.out
}
it "is named when a run is parked" parked

# --- a holder that stands still ---
cat >beat.yaml <<'YAML'
runbook: beat
steps:
  - {id: one, run: "[ -e again ] || { touch started; exec sleep 300; }; echo one >>log", idempotent: true}
  - {id: two, run: "echo two >>log"}
YAML
stale() {
    begin beat.yaml started && kill -STOP "$pid" || return 1
    exits 2 "$RUNBOOK" resume last && err_has "is being carried out by process $pid" || return 1
    change "UPDATE run SET lease_until_us = 1 WHERE no = (SELECT max(no) FROM run)" && touch again
    exits 0 "$RUNBOOK" resume last && is_log "one two" || return 1
    before=$(query "SELECT count(*) FROM event")
    kill -CONT "$pid"
    wait "$pid"
    [ $? = 5 ] && grep -q "taken over by process" begun.err && is_log "one two" &&
        [ "$(query "SELECT count(*) FROM event")" = "$before" ]
}
it "is refused while the holder lives, and takes over when its lease is out; the holder writes nothing more" stale

two_at_once() {
    begin beat.yaml started && die && touch again || return 1
    "$RUNBOOK" resume last >first.out 2>first.err </dev/null & first=$!
    "$RUNBOOK" resume last >second.out 2>second.err </dev/null & second=$!
    wait "$first"; a=$?
    wait "$second"; b=$?
    [ $((a + b)) = 2 ] && cat first.err second.err | grep -q "is being carried out by process\|has ended" &&
        is_log "one two"
}
it "lets one of two win" two_at_once

# --- the file, the secrets, the journal ---
changed() {
    begin beat.yaml started && die && touch again || return 1
    sed -i 's/echo two/echo other/' beat.yaml
    exits 0 "$RUNBOOK" resume last && err_has "beat.yaml is another one now" && is_log "one two"
}
it "goes on with the text that was pinned, and says when the file is another one" changed

cat >secret.yaml <<'YAML'
runbook: secret
params:
  token: {type: string, secret: true}
steps:
  - {id: one, run: "touch started; sleep 300", on_interrupt: skip}
  - {id: two, run: 'echo "$token" >>log', env: {token: "${{ params.token }}"}}
YAML
secret() {
    rm -f started log
    "$RUNBOOK" exec secret.yaml -p token=hush-hush >begun.out 2>begun.err </dev/null &
    pid=$!
    eventually test -e started && die || return 1
    exits 2 "$RUNBOOK" resume last && err_has "give it again with -p token=VALUE" &&
        exits 0 "$RUNBOOK" resume last -p token=hush-hush && is_log "hush-hush" &&
        ! grep -qa hush-hush "$RUNBOOK_JOURNAL" "$RUNBOOK_JOURNAL-wal"
}
it "asks again for secret parameters, which nobody kept" secret

# --- time goes on without an engine ---
cat >late.yaml <<'YAML'
runbook: late
contacts: {ana: {channels: [pager]}, bo: {channels: [pager]}, cy: {channels: [pager]}}
channels: {pager: {uses: command.run, with: {argv: [sh, -c, 'echo "$RUNBOOK_TARGET" >>log']}}}
policies:
  night: {levels: [{notify: [ana], escalate_after: 60s}, {notify: [bo], escalate_after: 60s}, {notify: [cy]}]}
escalation: {policy: night, message: down}
steps:
  - {id: nap, wait: 60s}
  - {id: ask, approve: {message: go on?}}
  - {id: end, run: "echo end >>log"}
YAML
late() {
    rm -f log
    exits 4 "$RUNBOOK" exec --detach late.yaml && eventually query_has "SELECT 1 FROM event WHERE type = 'notify.sent'" || return 1
    pid=$(query "SELECT engine_pid FROM run ORDER BY no DESC LIMIT 1")
    kill -9 "$pid" && eventually gone "$pid" && ago 180
    "$RUNBOOK" resume last >out2 2>&1 </dev/null & pid=$!
    eventually query_has "SELECT 1 FROM event WHERE type = 'notify.sent' AND path LIKE '%/cy/%'" && exits 0 "$RUNBOOK" approve last ask && wait "$pid" && is_log "ana bo cy end" &&
        query_has "SELECT 1 FROM event WHERE type = 'timer.late' AND path = '!night'" &&
        [ "$(query "SELECT count(*) FROM event WHERE type = 'timer.fired' AND path = 'nap' AND run = (SELECT max(no) FROM run)")" = 1 ]
}
it "pages every level that came due meanwhile, and lets a timer come once" late

cat >code.yaml <<'YAML'
runbook: code
params: {nap: {type: number, default: 0.1}}
steps:
  - id: code
    lua: |
      exec{"sh", "-c", "echo first >>log"}
      sleep(params.nap)
      exec{"sh", "-c", "echo second >>log; touch started; if [ -e slow ]; then sleep 300; fi"}
      return 7
  - {id: out, run: "echo ${{ steps.code.output }} >>log"}
YAML
code_between() {
    rm -f slow
    begin code.yaml log -p nap=60 && eventually query_has "$sleeping" && die && ago 60 &&
        exits 0 "$RUNBOOK" resume last --no-input && is_log "first second 7"
}
it "goes on in the middle of Lua code, with what it had done" code_between
code_within() {
    touch slow
    begin code.yaml started && die && exits 4 "$RUNBOOK" resume last --no-input && rm slow &&
        exits 1 "$RUNBOOK" resume last --no-input --answer code=fail && is_log "first second"
}
it "asks what became of a call of Lua code that was under way" code_within

# in_a_world_where SHIFT WAIT: the wall clock was that far off while the engine lived, which died while it waited.
in_a_world_where() {
    export RUNBOOK_JOURNAL=$work/clock$1.db
    sed "s/wait: 1m/wait: $2/" nap.yaml >napping.yaml
    begin napping.yaml log && eventually query_has "SELECT 1 FROM event WHERE type = 'timer.set'" && die || return 1
    ago $((-$1))
    "$RUNBOOK" signal last go >signal.out 2>&1
    exits 0 "$RUNBOOK" resume last && is_log "one two"
}
cat >nap.yaml <<'YAML'
runbook: nap
steps:
  - {id: one, run: "echo one >>log"}
  - {id: nap, wait: 1m}
  - {id: two, run: "echo two >>log"}
YAML
back() {
    (in_a_world_where 3600 "{signal: go, timeout: 10m}" &&
        [ "$(query "SELECT count(*) FROM event WHERE type = 'timer.late'")" = 0 ] &&
        [ "$(query "SELECT count(*) FROM event a JOIN event b ON b.seq = a.seq + 1 WHERE b.mono_us < a.mono_us")" = 0 ])
}
forward() {
    (in_a_world_where -86400 1m &&
        query_has "SELECT 1 FROM event WHERE type = 'timer.late' AND path = 'nap' AND json_extract(data, '$.seconds') > 86000")
}
it "does not go back in time when the clock was set back" back
it "lets a timer come at once, and late, when a day has passed" forward

elsewhere() {
    begin nap.yaml log && eventually query_has "SELECT 1 FROM event WHERE type = 'timer.set'" && die && ago 60 || return 1
    (cd / && exits 0 "$RUNBOOK" resume last) && is_log "one two"
}
it "runs its steps where the run began, wherever it is resumed" elsewhere

gone_away() {
    rm -f log && mkdir began && cd began && begin ../nap.yaml log && eventually query_has "SELECT 1 FROM event WHERE type = 'timer.set'" && die && ago 60 && cd .. &&
        rm -rf began && exits 0 "$RUNBOOK" resume last && out_has "cannot enter $work/began, in which the run began" && [ "$(cat log)" = two ]
}
it "says so when that is gone, and goes on where it stands" gone_away

unknown() {
    begin beat.yaml started && die && touch again || return 1
    exits 2 "$RUNBOOK" resume last --answer thre=skip && err_has 'no step "thre"' && exits 0 "$RUNBOOK" resume last
}
it "refuses answers for steps that are not there" unknown

all() {
    begin beat.yaml started && die && begin beat.yaml started && die && rm -f log && touch again || return 1
    exits 4 "$RUNBOOK" resume --all && eventually no_more && exits 0 "$RUNBOOK" resume --all && err_has "no run is interrupted"
}
no_more() { ! query_has "SELECT 1 FROM run WHERE runbook = 'beat' AND status NOT IN ('succeeded', 'failed', 'cancelled')"; }
change "DELETE FROM run WHERE status NOT IN ('succeeded', 'failed', 'cancelled')" 2>/dev/null
it "takes up all" all

finish
