# exec, in a pipe: what it prints, how it ends, what it refuses.
. "$(dirname "$0")/lib.sh"

cat >three.yaml <<'YAML'
runbook: three
title: Three steps
severity: P2
params:
  who: {type: string, default: world}
  count: {type: integer, default: 2, minimum: 1, maximum: 5}
steps:
  - id: hello
    title: Say hello
    run: echo "hello ${{ params.who }}"
  - id: count
    lua: return params.count + 1
  - id: shout
    run: echo ${{ trim(steps.hello.stdout) }} ${{ steps.count.output }} >&2
YAML

succeeds() { exits 0 "$RUNBOOK" exec three.yaml; }
it "carries out three steps and exits with 0" succeeds
it "shows what a step wrote" out_has "hello world"
it "names the finished step" out_has "✓ hello"
it "hands values from step to step" out_has "hello world 3"
it "says how it ended" out_has "✓ succeeded in"
it "says what to type next" out_has "runbook timeline"

params_by_flag() { exits 0 "$RUNBOOK" exec three.yaml -p who=there -p count=4 && out_has "hello there 5"; }
it "takes parameters from the command line" params_by_flag

printf 'who: file\ncount: 1\n' >params.yaml
params_by_file() { exits 0 "$RUNBOOK" exec three.yaml --params-file params.yaml -p count=3 && out_has "hello file 4"; }
it "takes parameters from a file, and the command line wins" params_by_file

bad_params() {
    exits 2 "$RUNBOOK" exec three.yaml -p whoo=x -p count=9 --journal "$work/never.db" &&
        err_has 'did you mean "who"' && err_has "more than its maximum" && [ ! -e "$work/never.db" ]
}
it "reports all wrong parameters at once and creates nothing" bad_params

printf 'runbook: broken\nsteps:\n  - id: a\n    comand: x\n  - run: echo ${{ steps.b.stdout }}\n' >broken.yaml
broken() {
    exits 2 "$RUNBOOK" exec broken.yaml --journal "$work/never.db" &&
        err_has "broken.yaml:4:" && err_has "broken.yaml:5:" && [ ! -e "$work/never.db" ]
}
it "reports every problem of an invalid runbook, exits with 2 and creates nothing" broken

missing() { exits 2 "$RUNBOOK" exec nowhere.yaml && err_has "nowhere.yaml"; }
it "says which file it cannot read" missing

unknown_option() { exits 2 "$RUNBOOK" exec three.yaml --jornal x && err_has "did you mean --journal"; }
it "suggests the option that was meant" unknown_option

cat >fails.yaml <<'YAML'
runbook: fails
steps:
  - id: breaks
    run: |
      echo before
      echo "the reason" >&2
      exit 7
  - id: never
    run: echo never
always:
  - id: tidy
    run: echo tidied
YAML
fails() {
    exits 1 "$RUNBOOK" exec fails.yaml && out_has "exited with code 7" && out_has "(class exit)" &&
        out_has "the reason" && out_has "tidied" && out_has "runbook logs" && ! grep -q "✓ never" out
}
it "exits with 1 when the run fails, explains it, and does what must always be done" fails

# --- NDJSON

ndjson() {
    exits 0 "$RUNBOOK" exec three.yaml --json || return 1
    python3 - out <<'PY'
import json, sys
lines = open(sys.argv[1]).read().splitlines()
events = [json.loads(line) for line in lines]
assert len({event["run"] for event in events}) == 1, "one run"
types = [event["type"] for event in events]
assert types[0] in ("run.created", "run.started"), types[0]
assert types[-1] == "run.finished" and events[-1]["status"] == "succeeded", events[-1]
assert any(e["type"] == "output" and e["text"] == "hello world\n" for e in events)
finished = [e["path"] for e in events if e["type"] == "step.finished"]
assert finished == ["hello", "count", "shout"], finished
PY
}
it "prints one JSON object a line and nothing else" ndjson

# --- questions where nobody can be asked

cat >asks.yaml <<'YAML'
runbook: asks
steps:
  - id: look
    manual: {instructions: Look at it}
  - id: go
    approve: {message: Go on?}
  - id: form
    input: {message: How many?, fields: {number: {type: integer}}}
  - id: use
    run: echo "number ${{ steps.form.answer.number }}"
YAML
refuses() {
    exits 2 "$RUNBOOK" exec asks.yaml --journal "$work/never.db" &&
        err_has "look" && err_has "go" && err_has "form" && [ ! -e "$work/never.db" ]
}
it "refuses to start when it would have to ask and cannot" refuses
answered() { exits 0 "$RUNBOOK" exec asks.yaml --yes --answer form=42 && out_has "number 42"; }
it "takes answers beforehand" answered
yes_is_no_form() { exits 2 "$RUNBOOK" exec asks.yaml --yes && err_has "form" && ! grep -q '"look"' err; }
it "does not let --yes fill in a form" yes_is_no_form
stray_answer() { exits 2 "$RUNBOOK" exec asks.yaml --yes --answer form=1 --answer use=1 && err_has "use"; }
it "rejects an answer to a step that asks nothing" stray_answer
denied() { exits 3 "$RUNBOOK" exec asks.yaml --answer look=done --answer go=deny --answer form=1; }
it "exits with 3 when it is denied" denied
no_answer() {
    exits 2 "$RUNBOOK" exec asks.yaml --answer look=maybe --answer go=done --answer form=many --journal "$work/never.db" &&
        err_has "--answer look: that is no answer to a step of kind manual" && err_has "say one of: approve, yes, deny, no" &&
        err_has '--answer form: field "number" must be of type integer, not "many"' && [ ! -e "$work/never.db" ]
}
it "refuses what can be no answer before it starts, all at once" no_answer

cat >"$work/proof.yaml" <<'YAML'
runbook: proof
steps:
  - id: look
    manual: {instructions: Look., evidence: required}
  - note: "${{ steps.look.answer.note }}"
YAML
proves() { exits 0 "$RUNBOOK" exec proof.yaml --answer 'look={"done": "ticket 12"}' && out_has "ticket 12"; }
it "takes a note with an answer that is given beforehand" proves
unproved() { exits 2 "$RUNBOOK" exec proof.yaml --answer look=yes && err_has "asks for a note as evidence" && err_has '{"done": "'; }
it "refuses an answer that lacks its evidence before anything is done" unproved
it "needs none for what could not be done" exits 3 "$RUNBOOK" exec proof.yaml --answer 'look={"fail": "no light"}'

cat >away.yaml <<'YAML'
runbook: away
steps:
  - id: once
    http: http://127.0.0.1:1/
    retry: {max_attempts: 3, delay: 1ms, when: result.status_code == 503}
    continue_on_error: true
  - id: twice
    http: http://127.0.0.1:1/
    retry: {max_attempts: 2, delay: 1ms, when: result.status_code == nil}
    continue_on_error: true
  - note: "once: ${{ steps.once.error }} ${{ steps.once.attempts }}, twice: ${{ steps.twice.error }} ${{ steps.twice.attempts }}"
YAML
empty() { exits 0 "$RUNBOOK" exec away.yaml && out_has "once: network 1, twice: network 2"; }
it "what reached no server has an empty result, and fails for its own reason" empty

cat >itself.yaml <<'YAML'
runbook: itself
defaults: {continue_on_error: true}
steps:
  - {id: set, set: {n: 1}}
  - {id: again, while: vars.n.x.y, steps: [{note: hi}], continue_on_error: true}
  - {id: late, timeout: 100ms, steps: [{id: long, run: sleep 5}], continue_on_error: true}
  - {id: each, foreach: vars.n, run: "true"}
  - {id: inside, steps: [{run: "false", continue_on_error: false}], continue_on_error: true}
YAML
itself() {
    exits 0 "$RUNBOOK" exec itself.yaml && out_has "✗ again  has an expression that failed: 5:24:" &&
        out_has "✗ late  timed out after 100ms" && out_has "7:25: foreach needs a list, and this is of type integer" &&
        out_has "✗ inside  failed"
}
it "what holds other steps says why it failed, unless one of them has" itself

cat >each.yaml <<'YAML'
runbook: each
params: {hosts: {type: list, default: ["web 1", "$(id)", "-n; rm"]}, host: {type: string, default: web9}}
steps:
  - id: all
    exec: [printf, "<%s>", first, {each: params.hosts}, last]
  - id: none
    exec: [printf, "%s", none, {each: "{}"}]
  - id: flags
    exec: [printf, "<%s>", {each: 'map(split(steps.none.stdout, "o"), function(x) return "--x=" .. x end)'}]
  - {id: one, exec: [echo, {each: params.host}], when: params.host == "web1"}
YAML
one_each() {
    exits 0 "$RUNBOOK" exec each.yaml && out_has '<first><web 1><$(id)><-n; rm><last>' && out_has '<--x=n><--x=ne>'
}
it "the elements of a list become arguments, one each" one_each
no_list() { exits 1 "$RUNBOOK" exec each.yaml -p host=web1 && out_has '`each` wants a list, not a string'; }
it "what is no list is an error" no_list
planned() {
    exits 0 "$RUNBOOK" plan each.yaml && out_has "first 'web 1' '\$(id)' '-n; rm' last" && out_has "(known after step none)"
}
it "they stand in the plan as far as they are known" planned

cat >confirm.yaml <<'YAML'
runbook: confirm
steps:
  - id: confirm
    approve: {message: "Go on?"}
    continue_on_error: true
  - note: "confirm=${{ steps.confirm.status }}"
YAML
cat >places.yaml <<'YAML'
runbook: places
steps:
  - {id: deploy, call: confirm.yaml}
  - {id: again, call: confirm.yaml}
  - id: each
    foreach: [a, b]
    continue_on_error: true
    steps:
      - {id: sure, approve: "Sure of ${{ item }}?"}
YAML
places() { exits "$1" "$RUNBOOK" exec places.yaml --no-input "${@:2}"; }
by_path() {
    places 0 --answer deploy/confirm=no --answer confirm=yes --answer each/sure=yes &&
        [ "$(grep -o 'confirm=[a-z]*' out | tr '\n' ' ')" = "confirm=failed confirm=succeeded " ]
}
it "takes an answer for a path, and one for an id wherever else it stands" by_path
by_item() { places 0 --yes --answer 'each[2]/sure=no' && out_has "✗ each[2]/sure" && ! out_has "✗ each[1]/sure"; }
it "takes one for an element of a loop" by_item
it "wants an answer for every place" places 2 --answer deploy/confirm=yes --answer each/sure=yes
it "and says for which step" err_has 'step "confirm" asks a person'
no_path() { places 2 --yes --answer depoly/confirm=yes && err_has 'did you mean "deploy/confirm"'; }
it "has a hint for a path there is none of" no_path
no_items() { places 2 --yes --answer 'deploy[1]/confirm=yes' && err_has 'without "[1]"'; }
it "and for items of what has none" no_items

cat >named.yaml <<'YAML'
runbook: named
contacts: {ana: {name: Ana, user: [nobody-here]}}
steps:
  - id: go
    approve: {message: Go on?, by: [ana]}
YAML
named() { exits 2 "$RUNBOOK" exec named.yaml --yes && err_has "go"; }
it "does not let --yes decide what named people must" named

# --- the journal

no_journal() { exits 5 "$RUNBOOK" exec three.yaml --journal /proc/nowhere/journal.db && err_has "/proc/nowhere"; }
it "exits with 5 when the journal cannot be opened" no_journal
journalled() { exits 0 "$RUNBOOK" exec three.yaml && exits 0 "$RUNBOOK" timeline last && out_has "shout"; }
it "keeps the run in the journal" journalled

# --- hostile output

cat >hostile.yaml <<'YAML'
runbook: hostile
steps:
  - id: evil
    run: printf 'a\033]0;title\007\033[2Jb\rc\000d\377e\n'
YAML
hostile() { exits 0 "$RUNBOOK" exec hostile.yaml && ! grep -q "$(printf '\033')" out && ! grep -q "$(printf '\007')" out; }
it "lets no control character of a program through" hostile

# --- selection

cat >tags.yaml <<'YAML'
runbook: tags
steps:
  - {id: one, run: "echo one", tags: [a]}
  - {id: two, run: "echo two", tags: [b]}
  - {id: three, run: "echo three"}
YAML
tags() { exits 0 "$RUNBOOK" exec tags.yaml --tags b && out_has "✓ two" && ! grep -q "✓ one" out; }
it "carries out only the tagged steps" tags
from() { exits 0 "$RUNBOOK" exec tags.yaml --from three && out_has "✓ three" && ! grep -q "✓ two" out; }
it "begins where it is told to" from
cat >inner.yaml <<'YAML'
runbook: inner
steps:
  - id: first
    run: echo one
  - id: deploy
    foreach: [1]
    steps:
      - {id: build, run: echo two}
      - {id: verify, run: echo three}
YAML
from_path() {
    exits 0 "$RUNBOOK" exec inner.yaml --from 'deploy[1]/verify' && out_has "✓ deploy[1]/verify" && ! grep -q "✓ first\|build.*✓" out &&
        exits 0 "$RUNBOOK" exec inner.yaml --from deploy/verify#2 && exits 2 "$RUNBOOK" exec inner.yaml --from first/verify &&
        err_has "runbook plan inner.yaml"
}
it "or by the path that everything shows" from_path
from_nowhere() { exits 2 "$RUNBOOK" exec tags.yaml --from four && err_has "four"; }
it "refuses to begin at a step that is not there" from_nowhere
no_tag() { exits 2 "$RUNBOOK" exec tags.yaml --tags a,c && err_has '--tags: no step has the tag "c"'; }
it "refuses a tag that no step has" no_tag
no_skip() { exits 2 "$RUNBOOK" exec tags.yaml --skip-tags d && err_has '--skip-tags: no step has the tag "d"'; }
it "also where it was to be left out" no_skip
why_not() { exits 0 "$RUNBOOK" exec tags.yaml --tags b && out_has "– one  skipped: its tags were not asked for"; }
it "says in words why a step was left out" why_not
timeout() { printf 'runbook: long\nsteps:\n  - run: sleep 30\n' >long.yaml && exits 3 "$RUNBOOK" exec long.yaml --timeout 300ms; }
it "cancels a run that takes longer than it may" timeout

# --- what it came to

cat >came-to.yaml <<'YAML'
runbook: came-to
params: {hosts: {type: list, default: [web1]}, marks: {type: map, default: {}}}
steps:
  - {id: version, run: "exit 3", continue_on_error: true}
outputs: {code: steps.version.exit_code, hosts: params.hosts}
YAML
came_to() { exits 0 "$RUNBOOK" exec came-to.yaml -p hosts=a,b && out_has ", with 1 warning" && out_has '  hosts = ["a","b"]'; }
it "ends with the warnings and the outputs" came_to
shown() { exits 0 "$RUNBOOK" show last && out_has 'outputs  code=3 hosts=["a","b"]'; }
it "show has the outputs too" shown
shown_json() { exits 0 "$RUNBOOK" show last --json && out_has '"outputs":{"code":3,"hosts":["a","b"]}'; }
it "for programs as well" shown_json
no_list() { exits 2 "$RUNBOOK" exec came-to.yaml -p 'hosts=[a, b]' -p 'marks={a: 1}' && err_has 'write a,b or ["a", "b"]' && err_has 'write {"name": "value"}'; }
it "says how a list and a map are given" no_list

finish
