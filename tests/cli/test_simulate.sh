# `runbook simulate`: a run in virtual time; nothing is performed, no journal is written.
. "$(dirname "$0")/lib.sh"

cat >"$work/night.yaml" <<'YAML'
runbook: night
title: A night
contacts: {ana: {name: Ana, channels: [page]}, bo: {name: Bo, channels: [page]}}
channels: {page: {uses: command.run, with: {argv: [touch, paged]}}}
policies:
  quick: {levels: [{notify: [ana], escalate_after: 15m}, {notify: [bo], escalate_after: 30m}]}
escalation: {policy: quick, message: down}
params:
  what: {type: string, default: all}
steps:
  - id: look
    run: touch looked
  - id: rest
    wait: 47h
  - id: go
    approve: {message: "Repair ${{ params.what }}?"}
  - id: repair
    run: touch repaired
    timeout: 10m
    retry: {max_attempts: 2, delay: 1m}
YAML
cat >"$work/invalid.yaml" <<'YAML'
runbook: invalid
steps:
  - {id: a, rum: x}
YAML
sim() { "$RUNBOOK" simulate "$@"; }
json() { python3 -c 'import json, sys
document = json.load(open(sys.argv[1]))
sys.exit(not eval(sys.argv[2]))' "$work/out" "$1" || { echo "# not true: $1"; sed 's/^/# out: /' "$work/out"; return 1; }; }
nothing_was_done() { ! ls "$work/looked" "$work/paged" "$work/repaired" "$RUNBOOK_JOURNAL" "$work/state" 2>/dev/null | grep .; }

it "a confirmed run succeeds" exits 0 sim "$work/night.yaml" --yes --at 2026-11-21T03:00:00Z
it "says that nothing was performed" out_has "nothing was performed, no journal was written"
it "says what was assumed" out_has "every effect succeeds after 1s"
it "pages the second level after its time" out_has "+0d 00:15  11-21 03:15  escalation quick pages level 2"
it "ends after two days" out_has "the run succeeded"
it "has done nothing" nothing_was_done

it "an open question would wait for ever" exits 4 sim "$work/night.yaml"
it "which is a finding" out_has "this run would wait for ever"
it "with the path" out_has "  in go"
it "and a hint" out_has "--answer STEP=VALUE"
it "as JSON too" exits 4 sim "$work/night.yaml" --json
it "with the path" json 'document["simulation"]["end"] == "waits-for-ever" and document["simulation"]["waiting"] == ["go"]'
it "and that nothing was performed" json 'document["simulation"]["performed"] is False'

it "an acknowledgement stops the next level" exits 0 sim "$work/night.yaml" --yes --ack 12m
it "at its time" out_has "somebody acknowledged escalation quick"
it "so that nobody else is paged" bash -c "! grep -q 'pages level 2' '$work/out'"

it "an assumed failure fails the run" exits 1 sim "$work/night.yaml" --yes --assume fail:repair
it "after its retries" out_has "assumed to fail"
it "an assumed timeout too" exits 1 sim "$work/night.yaml" --yes --assume ok --assume timeout:repair
it "after the step's own timeout" out_has "timed out after 10m"
it "a denial is status 3" exits 3 sim "$work/night.yaml" --answer go=deny
it "a late answer comes late" exits 0 sim "$work/night.yaml" --answer go=approve --takes go=2h --json
it "by two hours" json '[e for e in document["events"] if e["type"] == "ask.answered"][0]["seconds"] == 49 * 3600 + 1 and document["run"]["params"] == {"what": "all"}'
it "parameters are taken" exits 4 sim "$work/night.yaml" -p "what=the pump"
it "and shown" out_has "Repair the pump?"

cat >"$work/forever.yaml" <<'YAML'
runbook: forever
params: {what: {type: string}}
contacts: {ana: {user: [ana], channels: [pager, mail]}}
channels: {pager: {uses: command.run, with: {argv: [page]}}, mail: {uses: command.run, with: {argv: [mail]}}}
steps:
  - id: question
    when: params.what == "question"
    approve: Go on?
  - id: signal
    when: params.what == "signal"
    wait: {signal: go}
  - id: both
    when: params.what == "both"
    parallel:
      - {id: asks, approve: Go on?}
      - {id: hears, wait: {signal: go}}
  - id: hangs
    when: params.what == "hangs"
    exec: [hangs]
  - id: spins
    when: params.what == "spins"
    while: "true"
    max_iterations: 100000000
    steps:
      - {id: nap, wait: 1s}
  - {id: flaky, exec: [flaky], retry: {max_attempts: 3, delay: 10s}}
  - {id: tell, notify: {to: [ana], message: "${{ steps.signal.output.version }}"}, when: params.what == "signal"}
YAML
forever() { sim "$work/forever.yaml" -p "what=$1" "${@:2}"; }
it "a question without a timeout would wait for ever" exits 4 forever question
it "in that step" out_has "  in question"
it "a signal too" exits 4 forever signal
it "in that step" out_has "  in signal"
it "both side by side too" exits 4 forever both --json
it "in both of them" json 'document["simulation"]["waiting"] == ["both/asks", "both/hears"]'
it "a step that hangs too" exits 4 forever hangs --assume timeout:hangs
it "in that step" out_has "  in hangs"
it "a loop without an end is given up" exits 4 forever spins
it "which is a finding" out_has "it goes on and on"

it "a signal comes at its time, with its data" exits 0 forever signal --signal 'go={"version": 3}@+5m' --json
it "at that time" json '[e["seconds"] for e in document["events"] if e["type"] == "signal.received"] == [300]'
it "and is told as assumed" json 'document["simulation"]["assumed"]["signals"] == [{"name": "go", "at_ms": 300000, "data": {"version": 3}}]'
it "one attempt alone fails" exits 0 forever none --assume fail:flaky#1
it "and the next works" out_has '`flaky` succeeded (12s, 2 attempts)'
it "messages by one channel do not arrive" exits 0 forever signal --signal 'go={"version": 3}@1m' --assume fail:notify:pager
it "and the next channel is tried" out_has "ana was notified by mail"
it "what is not in the runbook is refused, all at once" exits 2 forever signal --signal gone@1m --signal go=x@1m --signal go \
    --assume fail:flakey#2 --assume fail:flaky#x --assume fail:notify:pagr
it "the signal" err_has 'no signal "gone" that a step waits for'
it "the data" err_has "not JSON"
it "the time" err_has "does not say when"
it "the step" err_has 'did you mean "flaky"?'
it "the attempt" err_has '"#x" is no attempt'
it "the channel" err_has 'did you mean "pager"?'

it "an unknown step is refused" exits 2 sim "$work/night.yaml" --assume fail:repiar --answer og=yes
it "with a hint" err_has 'did you mean "repair"?'
it "for answers too" err_has 'did you mean "go"?'
it "an unknown fate is refused" exits 2 sim "$work/night.yaml" --assume explode:repair
it "with what would be right" err_has "write ok, fail:STEP or timeout:STEP"
it "a wrong duration is refused" exits 2 sim "$work/night.yaml" --takes repair=soon
it "a wrong instant is refused" exits 2 sim "$work/night.yaml" --at tomorrow
it "an unknown parameter is refused" exits 2 sim "$work/night.yaml" -p nothing=1
it "an invalid runbook is refused" exits 2 sim "$work/invalid.yaml"
it "and still nothing was done" nothing_was_done

finish
