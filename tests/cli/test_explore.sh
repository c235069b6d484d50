# `runbook explore`: every way a runbook can go, and what is wrong on one of them. What it writes as a scenario
# must fail in `runbook test` for the same reason.
. "$(dirname "$0")/lib.sh"

cat >"$work/sound.yaml" <<'YAML'
runbook: sound
steps:
  - {id: check, run: check, timeout: 30s, continue_on_error: true}
  - {id: go, when: not steps.check.ok, approve: {message: go?, timeout: 15m, on_timeout: deny}}
  - {id: fix, run: fix, timeout: 5m, retry: 2}
invariants:
  - {finally: "run.status ~= 'succeeded' or steps.fix.ok"}
YAML
cat >"$work/invariant.yaml" <<'YAML'
runbook: invariant
contacts: {ana: {name: Ana, channels: [page]}}
channels: {page: {uses: command.run, with: {argv: [touch, paged]}}}
policies: {night: {levels: [{notify: [ana], escalate_after: 15m}, {notify: [ana]}]}}
escalation: {policy: night, message: down}
steps:
  - {id: on, run: touch on, undo: {id: off-again, run: touch off}, timeout: 1m}
  - {id: check-health, run: touch looked, continue_on_error: true}
  - id: go
    when: not steps.check_health.ok
    approve: {message: go?, by: [ana], timeout: 15m, on_timeout: deny}
  - {id: off, run: touch off}
invariants:
  - {name: off again, within: 1h, of: step.finished on succeeded, expect: "step.finished off* succeeded"}
YAML
cat >"$work/forever.yaml" <<'YAML'
runbook: forever
steps:
  - {id: look, run: look}
  - {id: sign, wait: {signal: green}}
YAML
cat >"$work/unanswerable.yaml" <<'YAML'
runbook: unanswerable
contacts: {tester: {user: [tester]}}
steps:
  - {id: go, approve: {message: go?, by: [tester], not_by_initiator: true}}
YAML
cat >"$work/circle.yaml" <<'YAML'
runbook: circle
contacts: {ana: {name: Ana, channels: [page]}}
channels: {page: {uses: command.run, with: {argv: [page]}}}
policies: {night: {levels: [{notify: [ana], escalate_after: 15m}], ack_timeout: 10m}}
escalation: {policy: night, message: down}
steps:
  - {id: sign, wait: {signal: green}}
YAML
cat >"$work/answers.yaml" <<'YAML'
runbook: answers
steps:
  - {id: form, input: {message: how?, fields: {deploy: {type: boolean}, size: {type: enum, enum: [small, big]}}, timeout: 5m}}
  - {id: big, when: steps.form.answer.size == 'big', run: big}
invariants:
  - {name: never both, always: "not (steps.big.ok and steps.form.answer.deploy)"}
YAML
cat >"$work/mocked.yaml" <<'YAML'
runbook: mocked
steps:
  - {id: count, run: count, parse: json}
  - {id: many, when: steps.count.output.n > 5, run: work}
invariants:
  - {name: few, always: not steps.many.ok}
YAML
cat >"$work/mocked.test.yaml" <<'YAML'
scenarios:
  - {name: few, mocks: {count: {stdout: '{"n": 1}'}}, expect: {status: succeeded}}
  - {name: many, mocks: {count: {stdout: '{"n": 9}'}, many: fail}, expect: {status: failed}}
YAML
cat >"$work/elements.yaml" <<'YAML'
runbook: elements
steps:
  - {id: each, foreach: [1, 2], run: count, parse: json, outputs: {n: result.output.n}}
invariants:
  - {name: as told, finally: "run.status ~= 'succeeded' or (steps.each.items[1].outputs.n == 1 and steps.each.items[2].outputs.n == 2)"}
YAML
cat >"$work/elements.test.yaml" <<'YAML'
scenarios:
  - {name: both, mocks: {"each[1]": {stdout: '{"n": 1}'}, "each[2]": {stdout: '{"n": 2}'}}, expect: {status: succeeded}}
YAML
explore() { "$RUNBOOK" explore "$@"; }
json() { python3 -c 'import json, sys
document = json.load(open(sys.argv[1]))
sys.exit(not eval(sys.argv[2]))' "$work/out" "$1" || { echo "# not true: $1"; sed 's/^/# out: /' "$work/out"; return 1; }; }
# replays NAME TEXT: the scenario of its first finding fails in `runbook test`, which says TEXT.
replays() {
    exits 1 explore "$work/$1.yaml" --scenario "$work/found.test.yaml" &&
        exits 1 "$RUNBOOK" test "$work/found.test.yaml" && out_has "$2"
}
nothing_was_done() { ! ls "$work/on" "$work/off" "$work/paged" "$work/looked" "$RUNBOOK_JOURNAL" "$work/state" 2>/dev/null | grep .; }

it "finds nothing in a sound runbook" exits 0 explore "$work/sound.yaml"
it "and says that it was everywhere" out_has "all there are"
it "what was not explored is said" out_has "Not explored:"
it "and how it ended" out_has "Ends: "

it "a broken invariant is status 1" exits 1 explore "$work/invariant.yaml"
it "with its place" out_has "invariant.yaml:14:5: error: the invariant \"off again\" is broken"
it "and the shortest way in words" out_has "shortest way: off fails → on/off-again fails"
it "and a scenario" out_has '"on/off-again": fail'
it "nothing is performed" nothing_was_done
it "the scenario fails for the same reason" replays invariant "the invariant off again was broken"
it "for whoever takes what is printed, too" bash -c "'$RUNBOOK' explore '$work/invariant.yaml' --json |
    python3 -c 'import json, sys; print(json.load(sys.stdin)[\"findings\"][0][\"scenario\"])' >'$work/printed.test.yaml' &&
    '$RUNBOOK' test '$work/printed.test.yaml' | grep -q 'the invariant off again was broken'"

mkdir "$work/elsewhere"
it "a scenario elsewhere" exits 1 explore "$work/invariant.yaml" --scenario "$work/elsewhere/found.test.yaml"
it "finds its runbook" exits 1 "$RUNBOOK" test "$work/elsewhere/found.test.yaml"
it "and fails as well" out_has "the invariant off again was broken"

it "waiting for ever is found" exits 1 explore "$work/forever.yaml"
it "with the step" out_has 'the run can wait for ever at "sign"'
it "and why" out_has "the signal green does not come"
it "as runbook test finds it" replays forever "sign"
it "a question that nobody may answer is found" exits 1 explore "$work/unanswerable.yaml"
it "with what to do" out_has 'nobody may answer "go", and it has no timeout'
it "what comes again and again is found" exits 1 explore "$work/circle.yaml"
it "as a circle" out_has "the same state comes again"
it "every answer of a form is given" exits 1 explore "$work/answers.yaml"
it "as it is on the shortest way" out_has 'form is answered {"deploy":true,"size":"big"}'
it "and replays" replays answers "the invariant never both was broken"
it "what mocks print is an outcome" exits 1 explore "$work/mocked.yaml"
it "with its line" out_has 'count succeeds as in'
it "and replays" replays mocked "the invariant few was broken"
it "mocks of one element are its outcomes alone" exits 0 explore "$work/elements.yaml"
it "so that nothing remains unknown" out_has "Ends: 1 succeeded"
it "without them an expression fails" exits 0 explore "$work/mocked.yaml" --no-mocks
it "and that is said" out_has "Expressions that failed, perhaps for want of what a step really prints"

cat >"$work/wanting.yaml" <<'YAML'
runbook: wanting
steps:
  - {id: tell, continue_on_error: true, input: {message: how many?, fields: {n: {type: integer}}, timeout: 5m}}
  - {id: double, continue_on_error: true, set: {n: "${{ steps.tell.answer.n * 2 }}"}}
  - {id: count, run: count, parse: json}
  - {id: more, set: {m: "${{ steps.count.output.n + 1 }}"}}
YAML
it "an expression that needs an answer nobody gave" exits 1 explore "$work/wanting.yaml" --json
it "is a finding with its way" json '[(f["type"], f["line"], f["way"]) for f in document["findings"]] == [("no-value", 4, ["nobody answers tell in 5m"])]'
it "while what a step prints stays unknown" json 'list(document["unknown"]) == ["more"]'
it "it is said in words" exits 1 explore "$work/wanting.yaml"
it "which step and why" out_has '"double" fails as "tell" was not answered: 4:'
it "and replays" replays wanting "double"

cat >"$work/code.yaml" <<'YAML'
runbook: code
steps:
  - {id: a, run: work, continue_on_error: true}
  - {id: b, run: work}
  - {id: c, lua: "if not steps.a.ok then error('a is missing') end"}
invariants: [{finally: "steps.c.status ~= 'failed'"}]
YAML
it "states differ where code looks at what differs" exits 1 explore "$work/code.yaml"
it "so that the way is found" out_has "shortest way: a fails"

cat >"$work/looks.lua" <<'LUA'
return {at_a = action {about = "Looks at a step.", effect = "read", output = "nothing", params = {},
    run = function() if not steps.a.ok then error("a is missing") end end}}
LUA
sed -e 's/lua: .*}/uses: looks.at_a}/' -e '1a import: [looks.lua]' "$work/code.yaml" >"$work/imported.yaml"
cat >"$work/beside.yaml" <<'YAML'
runbook: beside
import: [looks.lua]
steps:
  - {id: a, run: work, continue_on_error: true}
  - {id: b, uses: memory.usage, continue_on_error: true}
  - {id: c, uses: memory.usage, continue_on_error: true}
YAML
it "states differ where an imported action looks at what differs" exits 1 explore "$work/imported.yaml"
it "so that this way is found" out_has "shortest way: a fails"
it "an action of the standard library looks at no step, whatever is imported" exits 0 explore "$work/beside.yaml" --json
it "so that states are put together" out_has '"states":5'

it "a bound that was reached is status 4" exits 4 explore "$work/sound.yaml" --states 3
it "and says what it cost" out_has "were not gone on from: --states was reached"
it "as JSON" exits 4 explore "$work/sound.yaml" --states 3 --json
it "too" json 'document["complete"] is False and document["findings"] == [] and document["states"] >= 3'
it "JSON has the findings" exits 1 explore "$work/invariant.yaml" --json
it "with type, place and way" json '[f["line"] for f in document["findings"] if f["type"] == "invariant"] == [14] and document["findings"][0]["way"] == ["off fails", "on/off-again fails"]'

it "what matters is a table" exits 0 explore "$work/sound.yaml" --what-matters all
it "with what changes the end" out_has "fix fails"
it "of one step alone" exits 0 explore "$work/sound.yaml" --what-matters check --json
it "has that step" json '{m["path"] for m in document["what_matters"]} == {"check"}'
it "and says whether it matters" json 'all(m["changes"] <= m["situations"] for m in document["what_matters"])'

it "an unknown step is wrong use" exits 2 explore "$work/sound.yaml" --what-matters chekc
it "with a hint" err_has 'did you mean "check"?'
it "an invalid runbook is status 2" exits 2 explore "$work/nothing.yaml"
cat >"$work/wanting.yaml" <<'YAML'
runbook: wanting
params: {host: {type: string}}
steps:
  - {id: go, run: "go ${{ params.host }}", timeout: 1m}
invariants:
  - {finally: params.host == "web1"}
YAML
it "a parameter that is wanted must be given" exits 2 explore "$work/wanting.yaml"
cat >"$work/wanting.test.yaml" <<'YAML'
scenarios:
  - {name: usual, params: {host: web1}, mocks: {go: ok}}
YAML
it "or is that of the first scenario beside" exits 0 explore "$work/wanting.yaml"
it "which is said" err_has 'with the parameters of the scenario "usual", as none are given'
it "what is given counts" exits 1 explore "$work/wanting.yaml" -p host=web2
it "a scenario that cannot be written is told" exits 5 explore "$work/forever.yaml" --scenario /nowhere/x.yaml

# More states than anybody waits for: everything that can go wrong is remembered to the end.
python3 - >"$work/wide.yaml" <<'PY'
print("runbook: wide\nsteps:")
for i in range(8):
    print(f"  - {{id: a{i}, run: work, timeout: 1m, continue_on_error: true}}")
print("  - id: hosts\n    foreach: '{\"x\", \"y\", \"z\"}'\n    max_parallel: 3\n    steps:")
for i in range(6):
    print(f"      - {{id: h{i}, run: work, timeout: 1m, retry: 1, continue_on_error: true, undo: {{run: unwork}}}}")
for i in range(5):
    print(f"  - {{id: b{i}, run: work, timeout: 1m, continue_on_error: true}}")
print("outputs: {all: \"${{ " + " .. ".join(f"steps.a{i}.status" for i in range(8)) + " }}\"}")
print("invariants:\n  - {finally: steps.b4.ok}")
PY
it "what is usual comes first, then one thing that goes wrong" exits 1 explore "$work/wide.yaml" --states 3000 --json
it "so a bound leaves the good end" json 'document["ends"]["succeeded"] > 0 and not document["complete"]'
it "and the fewest things that bring a finding" json '[f["way"] for f in document["findings"]] == [["b4 fails"]]'
it "and what was explored is said" json '"; all ways with at most 1 thing going otherwise than usual" in document["not_explored"][0]'
it "as a number for machines" json 'document["deviations_explored"] == 1'
it "Ctrl-C shows what was found" exits 1 timeout --preserve-status -s INT 3 "$RUNBOOK" explore "$work/wide.yaml" --states 10000000
it "with its way" out_has "shortest way: b4 fails"
it "and how far it came" out_has "were not gone on from: it was interrupted; all ways with at most"

python3 - >"$work/forty.yaml" <<'PY'
print("runbook: forty\nsteps:")
for i in range(10):
    print(f"  - {{id: a{i}, run: work, timeout: 1m, undo: {{id: u{i}, run: unwork}}}}")
    if i % 4 == 0:
        print(f"  - {{id: q{i}, continue_on_error: true, approve: {{message: go?, timeout: 15m, on_timeout: deny}}}}")
print("  - id: both\n    parallel:")
for branch in "xy":
    print(f"      - id: {branch}\n        steps:")
    for i in range(10):
        print(f"          - {{id: {branch}{i}, run: work, continue_on_error: true}}")
for i in range(7):
    print(f"  - {{id: b{i}, run: work, when: steps.a{i}.ok, retry: 2, timeout: 30s}}")
PY
it "forty steps, three questions and two branches are explored" exits 0 explore "$work/forty.yaml" --json
it "to the end" json 'document["complete"] and document["took_us"] < 20e6'
finish
