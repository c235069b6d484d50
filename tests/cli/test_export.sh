# export, import-runs, prune: runs leave a journal, come into another, and stay provable.
. "$(dirname "$0")/lib.sh"
export XDG_CONFIG_HOME=$work/config
mkdir -p "$XDG_CONFIG_HOME"

cat >job.yaml <<'YAML'
runbook: job
params: {n: {type: integer, default: 1}}
steps:
  - {id: one, run: "echo printed by ${{ params.n }}", undo: {id: un-one, run: "true"}}
  - {id: two, run: "seq 1 3000"}
  - {id: three, run: "test ${{ #steps.two.stdout }} -gt 10000 -a ${{ params.n }} -lt 5"}
YAML
ids() { "$RUNBOOK" runs --json -n 100 | python3 -c 'import json, sys
for line in sys.stdin: print(json.loads(line)["id"])'; }
id_of() { ids | head -1; }
for n in 1 2 3; do "$RUNBOOK" exec job.yaml -p n=$n >/dev/null || echo "NOT OK - prepared"; done
"$RUNBOOK" retry last --from three >/dev/null 2>&1
"$RUNBOOK" exec job.yaml -p n=9 >/dev/null
first=$(ids | tail -1)
other() { RUNBOOK_JOURNAL=$work/other.db "$@"; }
untouched() { [ ! -e other.db ] || [ "$(other "$RUNBOOK" runs --json | wc -l)" = 0 ] || { echo "# something was imported"; return 1; }; }

unsigned() {
    exits 0 "$RUNBOOK" export "$first" -o unsigned.ndjson && err_has "no checkpoint covers" &&
        exits 5 other "$RUNBOOK" import-runs unsigned.ndjson && err_has "nobody has signed the root" && untouched
}
it "imports nothing that nobody has signed" unsigned
"$RUNBOOK" audit keygen >public.key 2>/dev/null && "$RUNBOOK" audit checkpoint >kept.checkpoint
exported_once() { exits 0 "$RUNBOOK" export --all -o runs.ndjson && err_has "5 runs exported"; exits 5 "$RUNBOOK" export --all -o runs.ndjson && err_has "exists"; }
it "writes every run that has ended, and over no file" exported_once

# change WHAT FROM TO: the file with that changed is refused, and says so.
refuses() {
    local text=$1
    shift
    python3 - "$@" <<'PY' || return 1
import sys
text = open("runs.ndjson").read()
old, new = sys.argv[1], sys.argv[2]
assert old in text, old
open("changed.ndjson", "w").write(text.replace(old, new, 1))
PY
    exits 5 other "$RUNBOOK" import-runs changed.ndjson && err_has "$text" && err_has "nothing was imported" && untouched
}
it "finds changed data" refuses "its data were changed" '"nonce":"' '"nonce":"x'
it "finds a changed event" refuses "it was changed, or the proof is for another tree" '"mono_us":' '"mono_us":1'
it "finds a changed source" refuses "is not the text of its hash" 'printed by' 'printed bye'
it "finds changed output" refuses "its row or its output was changed" "$(printf 'printed by 2\n' | base64)" "$(printf 'printed by 4\n' | base64)"
it "finds a changed row" refuses "its row or its output was changed" '"trigger":"retry"' '"trigger":"manual"'
it "finds a file of a newer version" refuses "one of a newer version" runbook-export-1 runbook-export-9
it "finds what it does not know" refuses "event 1 has what this version does not know" '"type":"run.started"' '"type":"run.begun"'
it "finds a line that is none" refuses "is no JSON object" '{"end"' '{end"'
swapped() { grep -v '"step.started"' runs.ndjson >changed.ndjson; exits 5 other "$RUNBOOK" import-runs changed.ndjson && err_has "is missing, or they are not in order" && untouched; }
it "finds missing events" swapped
cut_off() {
    head -n 20 runs.ndjson >changed.ndjson
    exits 5 other "$RUNBOOK" import-runs changed.ndjson && err_has "does not end" && head -c 3000 runs.ndjson >changed.ndjson &&
        exits 5 other "$RUNBOOK" import-runs changed.ndjson && err_has "cut off" && untouched
}
it "finds a file that was cut off, also between two of its runs' lines" cut_off
stranger() {
    XDG_CONFIG_HOME=$work/nowhere exits 5 other "$RUNBOOK" import-runs runs.ndjson && err_has "whose key is not known here" && untouched &&
        XDG_CONFIG_HOME=$work/nowhere exits 0 other "$RUNBOOK" import-runs runs.ndjson --key public.key --dry-run && out_has "holds together" && untouched
}
it "wants to know who has signed" stranger
another() {
    XDG_CONFIG_HOME=$work/elsewhere "$RUNBOOK" audit keygen --name elsewhere >else.key 2>/dev/null
    exits 5 other "$RUNBOOK" import-runs runs.ndjson --key else.key && err_has "the root" && untouched
}
it "refuses another's key" another
imported() {
    exits 0 other "$RUNBOOK" import-runs runs.ndjson && [ "$(other ids)" = "$(ids)" ] && exits 0 other "$RUNBOOK" audit verify && out_has "no problems" &&
        RUNBOOK_JOURNAL=$work/other.db replays_all && exits 0 other "$RUNBOOK" logs "$first" one && out_has "printed by 1" &&
        exits 0 other "$RUNBOOK" timeline "$first" && out_has "imported: events 1 to"
}
it "imports runs with all that belongs to them" imported
twice() { exits 2 other "$RUNBOOK" import-runs runs.ndjson && err_has "is in this journal already"; }
it "imports nothing twice" twice

# --- prune ---
listed() { exits 0 "$RUNBOOK" prune --keep 3 --dry-run && out_has "$first" && err_has "2 of 5 runs" && [ "$(ids | wc -l)" = 5 ]; }
it "lists what would be pruned" listed
which() { exits 2 "$RUNBOOK" prune && err_has "which runs?" && exits 2 "$RUNBOOK" prune --keep 3 && err_has "--yes carries it out" && [ "$(ids | wc -l)" = 5 ]; }
it "prunes nothing that nobody has agreed to" which
young() { exits 0 "$RUNBOOK" prune --older-than 1d --yes && err_has "0 of 5 runs" && exits 0 "$RUNBOOK" prune --before 2020-01-01 --yes && err_has "0 of 5 runs"; }
it "leaves what is not old enough" young
"$RUNBOOK" audit prove last >before.json 2>/dev/null
pruned() {
    exits 0 "$RUNBOOK" prune --keep 3 --to archive --yes && [ "$(ids | wc -l)" = 3 ] && [ -f "archive/$first.ndjson" ] &&
        [ "$(stat -c %a "archive/$first.ndjson")" = 600 ]
}
it "moves the others into bundles" pruned
still() {
    exits 0 "$RUNBOOK" audit verify --checkpoint kept.checkpoint && out_has "events pruned: no problems" &&
        out_has "nothing up to event" && exits 0 "$RUNBOOK" audit check before.json &&
        "$RUNBOOK" audit prove last >after.json 2>/dev/null && exits 0 "$RUNBOOK" audit check after.json
}
it "leaves a journal that verifies as before, and proofs that hold" still
checked() {
    exits 0 "$RUNBOOK" audit check "archive/$first.ndjson" --key public.key && out_has "run $first holds together, signature checked" &&
        sed 's/"seq":2/"seq":3/' "archive/$first.ndjson" >changed.ndjson && exits 5 "$RUNBOOK" audit check changed.ndjson
}
it "checks bundles without a journal" checked
gone() { ! grep -q "printed by 1" "$RUNBOOK_JOURNAL" "$RUNBOOK_JOURNAL"-wal 2>/dev/null && grep -q "printed by" "$RUNBOOK_JOURNAL"; }
it "leaves nothing of it in the file" gone
named() { exits 2 "$RUNBOOK" show "$first" && err_has "was pruned on" && err_has "archive/$first.ndjson"; }
it "says where a run is that was pruned" named
provable() {
    exits 0 "$RUNBOOK" import-runs "archive/$first.ndjson" --dry-run && exits 2 "$RUNBOOK" import-runs "archive/$first.ndjson" && err_has "was pruned from it" &&
        RUNBOOK_JOURNAL=$work/third.db exits 0 "$RUNBOOK" import-runs "archive/$first.ndjson" && RUNBOOK_JOURNAL=$work/third.db replays_all
}
it "keeps runs that were pruned provable, and fit to be replayed" provable
goes_on_unsigned() {
    exits 0 "$RUNBOOK" exec job.yaml -p n=4 && exits 0 "$RUNBOOK" audit verify && out_has "no problems" && exits 0 "$RUNBOOK" exec job.yaml -p n=3 &&
        exits 3 "$RUNBOOK" prune --keep 1 --yes --to archive && err_has "no checkpoint covers run" && exits 0 "$RUNBOOK" prune --keep 1 --yes --to archive --unsigned
}
it "goes on after that, and prunes no run that nobody has signed for" goes_on_unsigned
forged() {
    python3 -c 'import sqlite3, sys
d = sqlite3.connect(sys.argv[1]); d.execute("UPDATE event SET run = 0, type = \"\" WHERE idx = (SELECT max(idx) FROM event)"); d.commit()' "$RUNBOOK_JOURNAL"
    exits 5 "$RUNBOOK" audit verify && out_has "events were pruned, and the runs that were had"
}

# --- what was redacted ---
redacted() {
    "$RUNBOOK" exec job.yaml >/dev/null && "$RUNBOOK" redact last 3 --reason "a name" >/dev/null && exits 0 "$RUNBOOK" replay last && out_has "were redacted: compared but for what they told" &&
        exits 0 "$RUNBOOK" exec job.yaml && exits 0 "$RUNBOOK" redact last 6 --reason "a name" && exits 0 "$RUNBOOK" replay last && out_has "it hangs on what event 6 told" &&
        exits 2 "$RUNBOOK" retry last --from three && err_has "was redacted, and cannot be taken over" && exits 2 "$RUNBOOK" rollback last --yes && err_has "was redacted"
}
it "replays a run as far as what was redacted lets it, and takes nothing over from it" redacted
redacted_out() { "$RUNBOOK" export last 2>/dev/null >redacted.ndjson && RUNBOOK_JOURNAL=$work/third.db exits 0 "$RUNBOOK" import-runs redacted.ndjson --unchecked && RUNBOOK_JOURNAL=$work/third.db exits 0 "$RUNBOOK" audit verify && out_has "1 events redacted: no problems"; }
it "exports and imports what was redacted as that" redacted_out
it "replays the rest" replays_all
it "finds an event that was taken away as if it had been pruned" forged
[ "$failures" = 0 ] || echo "$failures failed"
exit $((failures > 0))
