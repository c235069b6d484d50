# validate, schema, doctor, version, completion.
. "$(dirname "$0")/lib.sh"
cat >"$work/good.yaml" <<'YAML'
runbook: good
steps:
  - id: one
    run: echo one
  - id: ask
    approve: {message: Go on?}
YAML
cat >"$work/bad.yaml" <<'YAML'
runbook: bad
steps:
  - id: one
    comand: echo one
  - id: two
    run: echo two
    tmeout: 3s
YAML
json() { python3 -c "import json, sys
document = json.load(open(sys.argv[1]))
assert $1, document" "$work/out"; }

it "a valid runbook is valid" exits 0 "$RUNBOOK" validate "$work/good.yaml"
it "with its figures" out_has "good.yaml: ok (2 steps, 1 question)"
it "quietly" exits 0 "$RUNBOOK" validate -q "$work/good.yaml"
it "means without a word" eval '[ ! -s "$work/out" ]'
it "an invalid one is status 2" exits 2 "$RUNBOOK" validate "$work/bad.yaml"
it "with every problem" out_has "tmeout"
it "all of them" out_has "comand"
it "located" out_has "bad.yaml:4:5: error:"
it "several files are all checked" exits 2 "$RUNBOOK" validate "$work/bad.yaml" "$work/good.yaml"
it "the good among them is ok" out_has "good.yaml: ok"
it "and the others are counted" err_has "1 of 2 files are not valid"
it "a file that is not there is invalid" exits 2 "$RUNBOOK" validate "$work/none.yaml"
it "and named" out_has "none.yaml"
it "a folder is no runbook" exits 2 "$RUNBOOK" validate "$work"
it "problems come as JSON" exits 2 "$RUNBOOK" validate "$work/bad.yaml" --format json
it "with places" json 'not document["ok"] and document["problems"][0]["line"] == 4'
it "and as SARIF" exits 2 "$RUNBOOK" validate "$work/bad.yaml" "$work/good.yaml" --format sarif
it "of the right version" json 'document["version"] == "2.1.0" and len(document["runs"][0]["results"]) >= 2'
it "with regions" json 'document["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] == 4'
cat >"$work/good.test.yaml" <<'YAML'
scenarios:
  - {name: asked, mocks: {one: ok}, people: [{at: +1m, approve: ask}]}
YAML
it "scenarios are checked as such" exits 0 "$RUNBOOK" validate "$work/good.test.yaml"
it "and counted" out_has "good.test.yaml: ok (1 scenario)"
it "as JSON too" exits 0 "$RUNBOOK" validate "$work/good.test.yaml" --json
it "with the runbook they are about" json 'document["runbook"] == "good" and document["scenarios"] == 1'
sed -i 's/mocks: {one/mocks: {oen/' "$work/good.test.yaml"
it "a step that there is none of is found in them" exits 2 "$RUNBOOK" validate "$work/good.test.yaml"
it "where it stands, with the nearest" out_has 'did you mean "one"'
it "nothing to validate is a usage mistake" exits 2 "$RUNBOOK" validate
it "an unknown format is refused" exits 2 "$RUNBOOK" validate "$work/good.yaml" --format xml
it "with those there are" err_has "text, json, sarif"

it "prints the schema of runbooks" exits 0 "$RUNBOOK" schema
it "which is JSON" json '"properties" in document'
it "prints the schema of events" exits 0 "$RUNBOOK" schema events
it "with every type" json '"escalation.level" in document["properties"]["type"]["enum"]'
cp "$work/out" "$work/events.json"
it "prints the reference" exits 0 "$RUNBOOK" schema --reference
it "in Markdown" out_has "# Reference"
it "refuses an unknown schema" exits 2 "$RUNBOOK" schema nothing
it "and names those there are" err_has "runbook, scenario, events"

cat >"$work/three.yaml" <<'YAML'
runbook: three
steps:
  - {id: a, run: echo a}
  - {id: b, run: exit 3, retry: {max_attempts: 2, delay: 10ms}, continue_on_error: true}
  - {id: c, note: done}
  - {id: d, when: "false", run: echo d}
YAML
it "runs with events" exits 0 "$RUNBOOK" exec "$work/three.yaml" --json
conforms() { python3 - "$work/events.json" "$work/out" <<'PYTHON'
import json, sys
try:
    import jsonschema
except ImportError:
    sys.exit(0)
schema = json.load(open(sys.argv[1]))
jsonschema.Draft202012Validator.check_schema(schema)
checked = jsonschema.Draft202012Validator(schema)
lines = open(sys.argv[2]).readlines()
assert len(lines) > 8, lines
for line in lines:
    for problem in checked.iter_errors(json.loads(line)):
        sys.exit(f"{problem.message}: {line}")
PYTHON
}
it "its events are as the schema says" conforms

it "doctor is well" exits 0 "$RUNBOOK" doctor
it "knows the journal" out_has "$work/journal.db"
it "and whether it is whole" out_has "quick_check says ok"
it "and the libraries" out_has "SQLite"
it "doctor speaks JSON" exits 0 "$RUNBOOK" doctor --json
it "one check a line" eval 'head -n 1 "$work/out" | grep -q "\"check\":\"journal\""'
chmod 644 "$work/journal.db"
it "doctor finds a journal that others can read" exits 1 "$RUNBOOK" doctor
it "and says what to do" out_has "chmod 600"
chmod 600 "$work/journal.db"
echo "not a database at all" >"$work/garbage.db"
chmod 600 "$work/garbage.db"
it "doctor finds a file that is no journal" exits 1 "$RUNBOOK" doctor --journal "$work/garbage.db"
it "without a journal doctor is well" exits 0 "$RUNBOOK" doctor --journal "$work/none.db"
it "for the first run creates it" out_has "the first run creates it"

it "tells its version" exits 0 "$RUNBOOK" version
it "and those of its libraries" out_has "Lua "
it "as JSON" exits 0 "$RUNBOOK" version --json
it "too" json '"libuv" in document["libraries"]'

page=$(dirname "$BOOKS")/../../docs/man/runbook.1
it "lists its verbs" exits 0 "$RUNBOOK" -h
for verb in $(sed -n 's/^  \([a-z-]*\) .*/\1/p' "$work/out"); do
    it "the manual page has $verb" grep -Eq "^\.B[IR]* .*\b$verb\b" "$page"
done

mkdir "$work/bin"
ln -s "$RUNBOOK" "$work/bin/runbook"
PATH=$work/bin:$PATH
it "prints completion for bash" exits 0 "$RUNBOOK" completion bash
it "which bash can read" bash -n "$work/out"
cp "$work/out" "$work/completion.bash"
# completes WORD… : WANTED is among what bash would offer for the last word.
completes() {
    local wanted=$1
    shift
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
    _runbook
    printf '%s\n' "${COMPREPLY[@]}" | grep -qxF -- "$wanted" || { echo "# offered: ${COMPREPLY[*]}"; return 1; }
}
# shellcheck source=/dev/null
. "$work/completion.bash"
it "completes verbs" completes timeline runbook tim
it "completes runs" completes last runbook show ""
it "completes steps" completes b runbook logs last ""
it "completes options" completes --format runbook timeline --fo
it "completes choices" completes csv runbook timeline --format c
for shell in zsh fish; do
    it "prints completion for $shell" exits 0 "$RUNBOOK" completion $shell
    it "with every verb" out_has timeline
done
it "knows no other shell" exits 2 "$RUNBOOK" completion tcsh
it "and says which" err_has "bash, zsh, fish"
finish
