# `runbook test`: scenarios in virtual time, and what must come of them.
. "$(dirname "$0")/lib.sh"
lacks_out() { ! out_has "$1" >/dev/null; }

cat >night.yaml <<'YAML'
runbook: night
contacts: {ana: {name: Ana, user: [ana], channels: [page, mail]}, bo: {name: Bo, user: [bo], channels: [page]}}
channels: {page: {uses: command.run, with: {argv: [touch, paged]}}, mail: {uses: command.run, with: {argv: [touch, mailed]}}}
policies:
  quick: {levels: [{notify: [ana], escalate_after: 15m}, {notify: [bo], escalate_after: 30m}]}
escalation: {policy: quick, message: down}
secrets: {key: {command: [touch, secret-was-read]}}
params: {what: {type: string, default: all}}
steps:
  - {id: look, run: touch looked, retry: {max_attempts: 3, delay: 1m}}
  - {id: each, foreach: [a, b], exec: [touch, "${{ item }}"]}
  - {id: go, approve: {message: "Repair ${{ params.what }}?", by: [ana]}}
  - {id: calc, lua: return 1 + 1}
  - {id: ask, http: {url: "http://127.0.0.1:1/", headers: {Authorization: "${{ secrets.key }}"}}, parse: json}
  - {id: repair, run: touch repaired, timeout: 10m, when: steps.ask.output.broken}
  - {id: tell, notify: {to: bo, message: done}}
outputs: {n: steps.calc.output}
YAML
cat >night.test.yaml <<'YAML'
scenarios:
  - name: all is well
    mocks: &usual
      look: [fail, fail, {stdout: fine, takes: 2s}]
      "each[2]": {takes: 3s, match: {argv: "touch b"}}
      each: ok
      ask: {body: '{"broken": true}'}
      repair: {takes: 5m}
    people:
      - {at: +20m, ack: ana}
      - {at: +25m, approve: go, by: ana, note: go on}
    expect:
      status: succeeded
      steps:
        look: {status: succeeded, attempts: 3, stdout: fi*}
        "each[1]": succeeded
        go: {by: ana, answer: {approved: true}}
        calc: {output: 2}
      order: [look, "look#3", "each[2]", go, repair]
      notified: [{contact: ana, at: +0s}, {contact: bo, at: +15m}, bo]
      duration: {min: 30m, max: 31m}
      warnings: 0
      outputs: {n: 2}
      journal: ["escalation.level !quick *level*2*", "escalation.acknowledged ana*"]
  - name: ana is not reached by pager
    default_mock: ok
    mocks: {"notify:page": fail}
    people: [{at: +1m, cancel: enough, by: bo}]
    expect:
      status: cancelled
      steps: {repair: never, go: cancelled}
      notified: [{contact: ana, channel: mail}]
  - name: repair hangs
    default_mock: {body: '{"broken": true}', takes: 1m}
    mocks: {repair: timeout}
    people: [{at: +20m, approve: go, by: ana}]
    expect: {status: failed, class: timeout, steps: {repair: {class: timeout}}}
YAML
test_() { "$RUNBOOK" test "$@"; }
nothing_was_done() { ! ls looked paged mailed repaired a b secret-was-read "$RUNBOOK_JOURNAL" "$work/state" 2>/dev/null | grep .; }

it "passing scenarios pass" exits 0 test_
it "as TAP" out_has "TAP version 14
1..3"
it "with their names" out_has "ok 3 - night.test.yaml: repair hangs"
it "a runbook stands for the scenarios beside it" exits 0 test_ night.yaml
it "a folder for those in it" exits 0 test_ "$work"
it "nothing was performed, no secret read, no journal written" nothing_was_done
it "names can be chosen" exits 0 test_ --filter '*hangs' --filter 'all*'
it "by globs" out_has "1..2"
it "a name that is not there is wrong use" exits 2 test_ --filter 'nothing*'
it "for people there is a summary" exits 0 test_ --format text
it "that counts" out_has "3 of 3 scenarios passed"

sed -e 's/status: succeeded$/status: failed/' -e 's/contact: bo, at: +15m/contact: bo, at: +14m/' \
    -e 's/look, "look#3"/"look#3", look/' night.test.yaml >wrong.test.yaml
sed -i '1i runbook: night.yaml' wrong.test.yaml
it "what is otherwise fails" exits 1 test_ wrong.test.yaml --format text
it "with what was expected and what is" out_has "the run must end as failed, and ends as succeeded"
it "at its place" out_has "wrong.test.yaml:14:"
it "with its line" out_has '14 |       status: failed'
it "an order is shown as a difference" out_has '- look'
it "those who were notified too" out_has '+ bo by page at +15m'
it "with the events around" out_has "+15m  escalation quick pages level 2"
it "and with the next step" out_has "Play one alone with --filter NAME"
it "in TAP as well" exits 1 test_ wrong.test.yaml --format tap
it "as not ok" out_has "not ok 1 - wrong.test.yaml: all is well"

cat >escape.test.yaml <<'YAML'
runbook: night.yaml
scenarios:
  - name: "<b> & \"quotes\" # \x01 ]]>"
    default_mock: ok
    people: [{at: +1s, kill: "<stop>"}]
    expect: {status: succeeded, message: "<&>"}
YAML
it "JUnit" exits 1 test_ escape.test.yaml night.yaml --format junit
it "is sound XML that counts" python3 - "$work/out" <<'PY'
import sys, xml.etree.ElementTree as tree
root = tree.parse(sys.argv[1]).getroot()
suites = root.findall("testsuite")
assert [s.get("name") for s in suites] == ["escape.test.yaml", "night.test.yaml"], suites
assert (root.get("tests"), root.get("failures")) == ("4", "1"), root.attrib
case = suites[0].find("testcase")
assert case.get("name") == '<b> & "quotes" # \ufffd ]]>', case.get("name")
assert [f.get("type") for f in case.findall("failure")] == ["status", "message"]
assert "<&>" in case.findall("failure")[1].get("message")
PY
it "JSON has a line for each" exits 1 test_ escape.test.yaml night.yaml --json
it "with all there is" python3 - "$work/out" <<'PY'
import json, sys
results = [json.loads(line) for line in open(sys.argv[1])]
assert [r["status"] for r in results] == ["failed", "passed", "passed", "passed"], results
assert results[0]["failures"][0]["expected"] == "succeeded" and results[0]["failures"][0]["actual"] == "cancelled"
assert results[0]["failures"][0]["line"] == 6 and results[0]["timeline"][0]["at_us"] == 0
assert results[1]["run"] == "succeeded" and 1800 < results[1]["seconds"] < 1860
PY

cat >bad.test.yaml <<'YAML'
runbook: night.yaml
scenarios:
  - name: one
    at: tomorrow
    params: {waht: 1}
    mocks: {lok: ok, go: ok, repair: explode, "notify:pagr": ok, "look[1]": ok, look: {exit_cod: 1}}
    people:
      - {at: -5m, ack: ana}
      - {at: +5m, approve: look}
      - {at: +5m, done: go}
      - {at: +5m}
    expect: {status: waiting, steps: {look: {attempts: 4, class: bang}, repiar: failed}, order: [nothing], notified: [anna], duration: 5}
  - name: one
YAML
it "a bad file is refused" exits 2 test_ bad.test.yaml
for message in 'there is no step "lok"' 'did you mean "look"?' '"go" is of kind approve' 'people answer it, under `people`' \
    'must be one of ok, exit' 'there is no channel "pagr"' 'has no items' 'unknown key "exit_cod"' 'lies before the start' \
    'step "look" asks nobody' '"done" does not answer step "go"' 'it is not said what is done' 'never tried 4 times' \
    'there is no class "bang"' 'did you mean "repair"?' 'there is no contact "anna"' 'a scenario "one" is there already' \
    'must be one of any, succeeded' 'is not an instant' '"duration"'; do
    it "all at once: $message" err_has "$message"
done
it "as a failed test too" out_has "not ok 1 - bad.test.yaml: the file can be loaded"
it "a file that is not there is refused" exits 2 test_ nothing.yaml
cp night.yaml lonely.yaml
it "a runbook without scenarios is refused" exits 2 test_ lonely.yaml
it "with where to write them" err_has "write them into lonely.test.yaml"
mkdir empty
it "a folder without any is wrong use" exits 2 test_ empty

cat >loose.test.yaml <<'YAML'
runbook: night.yaml
scenarios:
  - name: nothing answers
    mocks: {ask: {body: "{}"}, repair: ok}
    people: [{at: +20m, approve: go, by: bo}, {at: +21m, approve: go, by: ana}, {at: +9h, note: late, by: ana}]
  - name: nobody comes
    default_mock: ok
YAML
it "what does not fit the run is a failure" exits 1 test_ loose.test.yaml --format text
it "an effect without a mock" out_has 'nothing answers step "look" (run)'
it "a mock that nothing used" out_has 'nothing used the mock "repair"'
it "somebody who may not" out_has "bo is not one of those who may answer go"
it "what comes after the end" out_has "the run had ended before this could happen"
it "a run that would wait for ever" out_has "this run would wait for ever, in go"

cat >names.yaml <<'YAML'
runbook: names
params: {version: {type: string}}
contacts: {ana: {name: Ana, user: [ana], channels: [c]}}
channels: {c: {uses: command.run, with: {argv: [x]}}}
steps:
  - {id: w, wait: {signal: backup-finished, timeout: 1h}}
  - {id: each, foreach: [a, b], steps: [{id: twice, foreach: [a, b], steps: [{id: up, run: x}]}]}
  - {id: form, input: {message: hi, fields: {text: {type: string}}}}
outputs: {n: "1"}
YAML
cat >names.test.yaml <<'YAML'
scenarios:
  - name: one
    params: {}
    mocks: {"twice[2]/up": ok}
    people: [{at: +1m, answer: form, with: {txt: a}}, {at: +1m, ack: zoe}]
    signals: [{at: +1m, name: backup-finish}]
    expect: {status: succeeded, class: exit, outputs: {m: 1}, duration: {min: 2h, max: 1h}}
YAML
it "names that mean nothing are found when it is loaded" exits 2 test_ names.yaml
for message in 'names.test.yaml:3:5: error: params: parameter "version" is required' 'put version under params' \
    'begins at the outermost step: "each/twice[2]/up"' 'with: there is no field "txt"' 'did you mean "text"?' \
    'there is no contact "zoe"' 'no step waits for a signal "backup-finish"' 'did you mean "backup-finished"?' \
    'no class of failure' 'no output "m"' 'did you mean "n"?' '"min" is longer than "max"'; do
    it "such as: $message" err_has "$message"
done

cat >moment.yaml <<'YAML'
runbook: moment
contacts: {ana: {name: Ana, user: [ana]}, bo: {name: Bo, user: [bo]}}
steps:
  - {id: go, approve: {message: "Go?", by: [ana]}}
  - {id: a, wait: 1h}
  - {id: b, wait: 1h}
  - {id: c, wait: 1h}
  - {id: d, wait: 1h}
YAML
cat >moment.test.yaml <<'YAML'
scenarios:
  - name: refused
    people: [{at: +7m, approve: go, by: bo}, {at: +8m, approve: go, by: ana}]
    expect: {status: succeeded}
YAML
it "somebody is refused" exits 1 test_ moment.yaml --format text
it "what happened then is shown" out_has '+8m'
it "and not the end" lacks_out '+3h8m'

cat >law.yaml <<'YAML'
runbook: law
steps:
  - {id: a, run: x}
invariants:
  - finally: steps.a.ok
YAML
printf 'scenarios:\n  - {name: a fails, mocks: {a: fail}, expect: {status: failed}}\n' >law.test.yaml
it "a broken invariant fails a scenario" exits 1 test_ law.yaml --format text
it "at its place in the runbook" out_has "law.yaml:5:"

python3 - >many.test.yaml <<'PY'
print("runbook: law.yaml\nscenarios:")
for i in range(100):
    print(f"  - {{name: number {i}, mocks: {{a: {{takes: {i + 1}s}}}}, expect: {{duration: {i + 1 if i != 70 else 1}s}}}}")
PY
it "one of a hundred fails" exits 1 test_ many.test.yaml --jobs 1 --coverage
cp out alone
it "also with two processes" exits 1 test_ many.test.yaml --jobs 2 --coverage
it "which say the same in the same order, coverage included" cmp out alone
it "the one" out_has "not ok 71 - many.test.yaml: number 70"
it "coverage is told" out_has "# law.yaml"
it "and written" exits 1 test_ many.test.yaml --coverage-html cover.html --coverage-json cover.json
it "as a page and as JSON" python3 -c 'import json; assert json.load(open("cover.json"))["steps"]["covered"] == 1; assert "<html" in open("cover.html").read()'

cat >update.test.yaml <<'YAML'
# kept
runbook: law.yaml
scenarios:
  - name: one   # kept too
    mocks: {a: {stdout: "yes: 1"}}
    expect:
      # why
      status: failed
      steps: {a: {status: failed, stdout: nothing}}
      duration: 1s   # right already

  # of the second
  - name: two
    mocks: {a: {takes: 1m}}
  - name: three
    mocks: {}
    expect: {status: failed}
YAML
cp update.test.yaml before
it "expectations are written from what the runs did" exits 1 test_ update.test.yaml --update
it "the difference is shown" out_has "update.test.yaml:8
-      status: failed
+      status: succeeded"
it "what has other faults is left alone" out_has "2 scenarios updated; 1 fails in a way that an expectation cannot put right"
cat >wanted <<'YAML'
# kept
runbook: law.yaml
scenarios:
  - name: one   # kept too
    mocks: {a: {stdout: "yes: 1"}}
    expect:
      # why
      status: succeeded
      steps:
        a: {status: succeeded, stdout: 'yes: 1'}
      duration: 1s   # right already

  # of the second
  - name: two
    mocks: {a: {takes: 1m}}
    expect:
      status: succeeded
      steps: {a: succeeded}
      notified: []
      duration: 1m
      warnings: 0
  - name: three
    mocks: {}
    expect: {status: failed}
YAML
it "every other line stays" diff wanted update.test.yaml
it "and they pass" exits 0 test_ update.test.yaml --filter one --filter two

# --- a call as a whole ---
cat >called.yaml <<'YAML'
runbook: called
params: {host: {type: string}}
steps:
  - {id: inner, run: "echo ${{ params.host }}", timeout: 1m}
outputs: {version: trim(steps.inner.stdout)}
YAML
cat >caller.yaml <<'YAML'
runbook: caller
params: {host: {type: string, default: web1}}
steps:
  - {id: k, call: called.yaml, with: {host: "${{ params.host }}"}, retry: {max_attempts: 3, delay: 10s}}
outputs: {v: steps.k.outputs.version}
YAML
cat >caller.test.yaml <<'YAML'
scenarios:
  - name: it is answered as a whole
    mocks: {k: {match: {host: web1}, outputs: {version: "7"}, takes: 20m}}
    expect: {outputs: {v: "7"}, steps: {k: {outputs: {version: "7"}}, k/inner: never}, duration: 20m}
  - name: its attempts one after the other
    mocks: {k: [fail, network, {outputs: {version: "8"}}]}
    expect: {outputs: {v: "8"}, steps: {k: {attempts: 3}}}
  - name: it fails with a class and a message
    mocks: {k: {ends: network, message: no such host}}
    expect: {status: failed, class: network, message: no such host}
  - name: its steps are carried out where it is not named
    mocks: {"k*": {stdout: "9"}}
    expect: {outputs: {v: "9"}, steps: {k/inner: succeeded}}
  - name: what stands in its first attempt, and in the others
    mocks: {"k#1/inner": fail, k/inner: {stdout: "10"}}
    expect: {outputs: {v: "10"}, steps: {k: {attempts: 2}}}
YAML
sed -e 's/id: inner/id: k/' -e 's/steps.inner/steps.k/' called.yaml >same.yaml
sed 's/called/same/' caller.yaml >twice.yaml
cat >twice.test.yaml <<'YAML'
scenarios:
  - {name: an id means the step that works, mocks: {k: {stdout: "11"}}, expect: {outputs: {v: "11"}, steps: {k/k: succeeded}}}
YAML
it "an id that a call shares with a step is that of the step" exits 0 "$RUNBOOK" test twice.yaml
it "a call is mocked as a whole, or its steps are" exits 0 "$RUNBOOK" test caller.yaml
cat >wrong.test.yaml <<'YAML'
runbook: caller.yaml
scenarios:
  - {name: a, mocks: {k: {outputs: {vresion: "7"}}}}
  - {name: b, mocks: {k: {stdout: x}}}
  - {name: c, mocks: {"k#2": ok}}
YAML
it "what a call cannot bring is refused" exits 2 "$RUNBOOK" test wrong.test.yaml
it "an output that there is none of" err_has 'called.yaml has no output "vresion"'
it "what a process prints" err_has '"k" is a call: it prints nothing'
it "one attempt by its number" err_has "write a list of answers, one for each attempt"

finish
