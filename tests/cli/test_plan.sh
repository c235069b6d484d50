# `runbook plan`: what a run would do, as far as it can be known; nothing is performed, no journal is written.
root=$(cd "$(dirname "$0")/../.." && pwd)
. "$(dirname "$0")/lib.sh"

cat >"$work/deploy.yaml" <<'YAML'
runbook: deploy
title: Deploy
severity: P2
contacts: {ana: {name: Ana, channels: [page]}, bo: {name: Bo, channels: [page]}}
channels: {page: {uses: command.run, with: {argv: [touch, paged]}}}
policies:
  quick: {levels: [{notify: [ana], escalate_after: 15m}, {notify: [bo]}]}
escalation: quick
params:
  dir: {type: string, default: /srv/a b}
  fast: {type: boolean, default: true}
  token: {type: string, secret: true, default: hunter2}
steps:
  - {id: version, exec: [cat, VERSION], effect: read, timeout: 5s}
  - {id: unpack, timeout: 1m, run: "touch done; tar -C ${{ params.dir }} -xf ${{ steps.version.stdout }}.tar"}
  - {id: slow, when: not params.fast, steps: [{id: inside, run: sleep 10}]}
  - {id: go, approve: {message: "Switch to ${{ steps.version.stdout }}?", by: [ana], timeout: 15m}}
  - {id: switch-over, when: steps.go.ok, tags: [risky], timeout: 1m, run: touch done, undo: {id: switch-back, run: touch undone}}
  - {id: tell, run: "curl -H 'Authorization: ${{ params.token }}' example.org", timeout: 10s}
  - {id: escape, note: "\e]0;title\a ${{ params.dir }}"}
rescue:
  - {id: sorry, note: "${{ failed.message }}"}
YAML
cat >"$work/invalid.yaml" <<'YAML'
runbook: invalid
steps:
  - {id: a, rum: x}
YAML
plan() { "$RUNBOOK" plan "$@"; }
json() { python3 -c 'import json, sys
plan = json.load(open(sys.argv[1]))
step = {s["id"]: s for s in plan["steps"]}
sys.exit(not eval(sys.argv[2]))' "$work/out" "$1" || { echo "# not true: $1"; sed 's/^/# out: /' "$work/out"; return 1; }; }
out_lacks() { ! grep -qF -- "$1" "$work/out" || { echo "# on stdout: $1"; return 1; }; }
nothing_was_done() { ! ls "$work/done" "$work/undone" "$work/paged" "$RUNBOOK_JOURNAL" "$work/state" 2>/dev/null | grep .; }

it "plans a valid runbook" exits 0 plan "$work/deploy.yaml"
it "under its name, severity and title" out_has "Plan for deploy (P2): Deploy"
it "says who is paged when" out_has "until somebody acknowledges: ana now, bo after 15m"
it "marks what only reads" out_has "● version      exec     read  cat VERSION"
it "marks what is put into a script" out_has "tar -C ‹/srv/a b› -xf (known after step version).tar"
it "says when a question is known" out_has "Switch to (known after step version)?"
it "shows both ways of a condition" out_has "if steps.go.ok (known after step go), else skipped:"
it "shows what would undo a step" out_has "undone by:"
it "leaves out what is certainly skipped" out_has "skipped: not params.fast is false, with the 1 step in it"
it "shows the rescue" out_has "if it fails:"
it "counts" out_has "4 writes (2 of them perhaps) · 1 read · 1 question"
it "says how long it can take" out_has "It takes 17m15s at most"
it "says that nothing was performed" out_has "Nothing was performed."
it "never shows a secret" out_lacks hunter2
it "obeys no escape sequence of a runbook" out_lacks "$(printf '\033')"
it "has done nothing" nothing_was_done

it "a parameter decides" exits 0 plan "$work/deploy.yaml" -p fast=false -p dir=/opt
it "what is shown" out_has "inside"
it "and put in" out_has "tar -C ‹/opt›"
it "tags are obeyed" exits 0 plan "$work/deploy.yaml" --tags risky
it "with the reason" out_has "skipped: not among --tags"
it "the start too" exits 0 plan "$work/deploy.yaml" --from go --skip-tags risky
it "with the reason" out_has "skipped: before --from"
it "and the other" out_has "skipped: among --skip-tags"

it "JSON is one object" exits 0 plan "$work/deploy.yaml" --json
it "of steps with resolved arguments" json 'step["version"]["args"]["argv"] == {"value": ["cat", "VERSION"]} and step["version"]["effect"] == "read"'
it "that say what they wait for" json 'step["unpack"]["args"]["script"]["known_after"] == ["version"]'
it "and what was not performed" json 'plan["performed"] is False and plan["totals"]["ask"] == {"sure": 1}'
it "without secrets" out_lacks hunter2

it "ASCII is enough" exits 0 plan "$work/deploy.yaml" --ascii -p dir=/opt
it "for the marks" out_has "tar -C {{/opt}}"
it "the width is kept" exits 0 plan "$work/deploy.yaml" --width 60
it "by everything but scripts" bash -c "! grep -v 'tar\|curl' '$work/out' | grep -qE '.{61}'"

it "wrong parameters are refused, all at once" exits 2 plan "$work/deploy.yaml" -p fast=perhaps -p nothing=1 --tags riksy --from og
it "the value" err_has perhaps
it "the name" err_has nothing
it "the tag" err_has 'no step has the tag "riksy"'
it "the step" err_has 'there is no step "og"'
it "an invalid runbook is refused" exits 2 plan "$work/invalid.yaml"
it "and a width too small" exits 2 plan "$work/deploy.yaml" --width 10

# Every runbook there is, with something for the parameters that must be given, names every step that has an id.
plans_everything() {
    RUNBOOK=$RUNBOOK python3 - "$root" <<'PY'
import glob, json, os, re, subprocess, sys, yaml

def named(value):
    """Ids of the steps in a plan, those that are not come to among them."""
    if isinstance(value, list):
        return {name for item in value for name in named(item)}
    if not isinstance(value, dict):
        return set()
    own = {value["id"]} if "kind" in value and "line" in value else set()
    return own | set(value.get("not_taken", [])) | {n for v in value.values() for n in named(v)}

def plan(path, *more):
    return subprocess.run([os.environ["RUNBOOK"], "plan", path, *more], capture_output=True, text=True)

def params_of_a_scenario(path):
    """What the first scenario beside it that has any gives its parameters."""
    try:
        scenarios = yaml.safe_load(open(path.replace(".yaml", ".test.yaml")))["scenarios"]
    except FileNotFoundError:
        return {}
    params = next((one["params"] for one in scenarios if one.get("params")), {})
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in params.items()}

failed = planned = 0
for pattern in ("runbooks/*/*.yaml", "examples/*.yaml", "tests/books/*/book.yaml"):
    for path in sorted(glob.glob(os.path.join(sys.argv[1], pattern))):
        source = open(path).read()
        if not re.search(r"^steps:", source, re.M):
            continue
        result, given, usual = plan(path, "--json"), [], params_of_a_scenario(path)
        for name in re.findall(r'parameter "(.*?)" is required', result.stderr):
            given += ["-p", name + "=" + usual.get(name, "[1]" if re.search(name + r":.*list", source) else "x")]
        if given:
            result = plan(path, "--json", *given)
        text = plan(path, *given) if "tests/books" not in path else result
        if result.returncode or text.returncode:
            print("#", path, result.returncode, text.returncode, result.stderr, text.stderr)
            failed += 1
            continue
        planned += 1
        missing = set(re.findall(r"^ *- (?:\{)?id: ([a-z][a-z0-9_-]*)", source, re.M)) - named(json.loads(result.stdout))
        if missing:
            print("#", path, "does not name", missing)
            failed += 1
sys.exit(failed > 0 or planned < 60)
PY
}
it "plans every runbook, example and book" plans_everything
it "and still nothing was done" nothing_was_done

cat >bounds.yaml <<'YAML'
runbook: bounds
deadline: 4h
steps:
  - {id: may, approve: {message: Go?}}
YAML
it "a run with a deadline ends" exits 0 "$RUNBOOK" plan bounds.yaml
it "by it at the latest" out_has "It takes 4h at most"
cat >code.yaml <<'YAML'
runbook: code
steps:
  - {id: touching, lua: "return exec('sleep', '9').stdout"}
YAML
it "code that starts programs has no bound" exits 0 "$RUNBOOK" plan code.yaml
it "which is said" out_has "no timeout ends touching"
cat >slips.yaml <<'YAML'
runbook: slips
steps:
  - {id: a, comand: x}
  - {id: b, approve: {message: x}, on_timeout: fail}
YAML
it "keys of other tools and misplaced ones are refused" exits 2 "$RUNBOOK" plan slips.yaml
it "with the kinds that do it" err_has 'a line for the shell is `run: TEXT`'
it "and the place where it belongs" err_has 'belongs inside `approve`'

it "a file with the other ending is not there" exits 2 "$RUNBOOK" plan slips.yml
it "and the one that is, is named" err_has "slips.yaml is there"

finish
