# replay: the journal alone gives the same run again; where it does not, both sides and the line are told.
. "$(dirname "$0")/lib.sh"

cat >book.yaml <<'YAML'
runbook: book
params:
  pin: {type: string, secret: true}
secrets:
  token: {env: TEST_TOKEN}
steps:
  - id: keep
    set: {auth: "Bearer ${{ params.pin }} ${{ secrets.token }}"}
  - id: counts
    env: {T: "${{ secrets.token }}"}
    run: |
      echo "T=$T"
      seq 1 3000
    parse: lines
  - id: long
    when: "#steps.counts.output > 2000"
    run: exit 3
    continue_on_error: true
    retry: {max_attempts: 2, delay: 10ms}
  - id: each
    foreach: [a, b]
    run: echo ${{ item }}
YAML
export TEST_TOKEN=a-secret-0815
it "runs" exits 0 "$RUNBOOK" exec book.yaml -p pin=98765
unset TEST_TOKEN

it "is replayed without the secrets" exits 0 "$RUNBOOK" replay last
it "with no divergence" out_has "events, 0 divergences"
rm book.yaml
it "and without the file" exits 0 "$RUNBOOK" replay book
it "as JSON" exits 0 "$RUNBOOK" replay last --json
it "which is JSON" eval 'python3 -c "import json, sys; v = json.load(sys.stdin); assert v[\"divergences\"] == 0 and v[\"events\"] > 10" <out'

"$RUNBOOK" audit prove last 2>err | python3 -c 'import json, sys
print(json.load(sys.stdin)["sources"][0]["text"], end="")' >new.yaml
it "does the same with the same" exits 0 "$RUNBOOK" replay last --with new.yaml
sed -i 's/> 2000/> 5000/' new.yaml
it "tells what another version would have done" exits 1 "$RUNBOOK" replay last --with new.yaml
it "what was" out_has 'step.started long'
it "and what would have been" out_has 'step.skipped long'
it "with the line" out_has "new.yaml:15: - id: long"
it "refuses a version that cannot be loaded" eval 'echo "runbook: [" >bad.yaml; exits 2 "$RUNBOOK" replay last --with bad.yaml && err_has bad.yaml:2'

tampered() { # SQL: a copy of the journal with that done to it
    rm -f t.db*
    python3 - "$RUNBOOK_JOURNAL" t.db "$1" <<'PY'
import sqlite3, sys
to = sqlite3.connect(sys.argv[2])
sqlite3.connect(sys.argv[1]).backup(to)
assert to.execute(sys.argv[3]).rowcount == 1
to.commit()
PY
}
tampered "UPDATE event SET exit_code = 0, class = NULL WHERE seq = (SELECT min(seq) FROM event WHERE type = 'step.retrying')"
it "finds a result that was changed" exits 5 "$RUNBOOK" replay last --journal t.db
it "tells what the journal has" out_has "journal  6 step.retrying long"
it "and what comes out" out_has "replay   6 "
it "with the line of the step" out_has "book.yaml:15: - id: long"
it "as JSON too" exits 5 "$RUNBOOK" replay last --journal t.db --json
it "with both sides" eval 'python3 -c "import json, sys; v = json.load(sys.stdin); assert v[\"journal\"][\"seq\"] == 6 and v[\"replay\"] and v[\"line\"] == 15" <out'
tampered "UPDATE source SET text = replace(text, 'exit 3', 'exit 4')"
it "refuses a source that was changed" exits 5 "$RUNBOOK" replay last --journal t.db
it "saying which" err_has "book.yaml is not the one of its hash"
tampered "UPDATE event SET type = 'step.imagined' WHERE seq = 3"
it "refuses an event that does not exist" exits 5 "$RUNBOOK" replay last --journal t.db

it "shows the run after an event" exits 0 "$RUNBOOK" replay last --event 6
it "says so" out_has "as it stood at event 6 of"
it "as running then" out_has "running for"
it "before what came later" eval '! grep -q "each" out'
it "shows it at its start" exits 0 "$RUNBOOK" replay last --at +0s
it "shows it at an instant after its end" exits 0 "$RUNBOOK" replay last --at 2200-01-01T00:00:00Z
it "with its end" out_has "succeeded after"
it "gives the state as JSON" exits 0 "$RUNBOOK" replay last --event 6 --json
it "of the interpreter" eval 'python3 -c "import json, sys; v = json.load(sys.stdin); assert v[\"state\"][\"status\"] == \"waiting\" and v[\"event\"] == 6" <out'
it "refuses a moment before it" exits 2 "$RUNBOOK" replay last --at 2001-01-01T00:00:00Z
it "and says when it began" err_has "the run began later"
it "refuses what is no moment" exits 2 "$RUNBOOK" replay last --at yesterday
it "and says what is" err_has "14:32"
it "refuses an event that is not there" exits 2 "$RUNBOOK" replay last --event 999
it "refuses two wishes at once" exits 2 "$RUNBOOK" replay last --event 3 --at 14:32
it "plays only on a terminal" exits 2 "$RUNBOOK" replay last --watch
it "refuses a speed without a play" exits 2 "$RUNBOOK" replay last --speed 3
it "refuses a run that is not there" exits 2 "$RUNBOOK" replay zzzzzz

on_screen() { NO_COLOR= script -qec "stty cols 80 rows 24; $1" /dev/null </dev/null | tr -d '\r' >out; }
it "plays it on a terminal" on_screen "'$RUNBOOK' replay last --watch --speed 1000"
it "to its end" eval 'out_has succeeded && out_has "2/2"'
it "quits at q" eval '(sleep 1; printf q) | timeout 20 script -qec "stty cols 80 rows 24; \"$RUNBOOK\" replay last --watch --speed 1" /dev/null >out'
finish
