# audit: what was changed is found, what was signed can be checked elsewhere, and what cannot be shown is said.
. "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
export XDG_CONFIG_HOME=$work/config

cat >one.yaml <<'YAML'
runbook: one
title: The first
severity: P2
params:
  who: {type: string, default: world}
steps:
  - id: greet
    run: echo "hello ${{ params.who }}"
  - id: fails
    run: exit 3
    continue_on_error: true
    retry: {max_attempts: 2, delay: 10ms}
  - id: each
    foreach: [a, b]
    run: echo ${{ item }}
YAML
cat >two.yaml <<'YAML'
runbook: two
steps:
  - id: only
    run: echo two >&2
  - id: never
    when: "false"
    run: echo never
YAML

it "says that there is no journal to verify" exits 2 "$RUNBOOK" audit verify
it "runs one" exits 0 "$RUNBOOK" exec one.yaml -p who=ana
it "runs another" exits 0 "$RUNBOOK" exec two.yaml
it "verifies them" exits 0 "$RUNBOOK" audit verify
it "as consistent" out_has "internally consistent"
it "and says what it cannot show" out_has "not an older copy of the journal"
it "says as much as JSON" exits 0 "$RUNBOOK" audit verify --json
it "which is JSON" eval 'python3 -c "import json, sys; v = json.load(sys.stdin); assert v[\"runs\"] == 2 and not v[\"problems\"] and v[\"not_shown\"]" <"$work/out"'

it "signs nothing without a key" exits 2 "$RUNBOOK" audit checkpoint
it "and says how to make one" err_has "audit keygen"
it "makes a key" exits 0 "$RUNBOOK" audit keygen --name db1/journal
cp out key.pub
it "that others cannot read" [ "$(stat -c %a "$XDG_CONFIG_HOME/runbook/audit.key")" = 600 ]
it "prints the half that only checks" eval '! grep -q PRIVATE key.pub && grep -qx "db1/journal+[0-9a-f]\{8\}+[A-Za-z0-9/+=]*" key.pub'
it "does not write over a key" exits 2 "$RUNBOOK" audit keygen
it "signs a checkpoint" exits 0 "$RUNBOOK" audit checkpoint
cp out checkpoint
it "of three lines and a signature" eval '[ "$(wc -l <checkpoint)" = 5 ] && sed -n 5p checkpoint | grep -q "^— db1/journal "'
it "verifies against it" exits 0 "$RUNBOOK" audit verify --checkpoint checkpoint --key key.pub
it "and says what that shows" out_has "has been changed or removed since the checkpoint"
it "takes the key as it is, and the checkpoint from stdin" eval '"$RUNBOOK" audit verify --checkpoint - --key "$(cat key.pub)" <checkpoint >out 2>err'
chmod 644 "$XDG_CONFIG_HOME/runbook/audit.key"
it "does not sign with a key that others can read" exits 3 "$RUNBOOK" audit checkpoint
chmod 600 "$XDG_CONFIG_HOME/runbook/audit.key"

it "proves a run" exits 0 "$RUNBOOK" audit prove one
cp out proof.json
it "which is checked without a journal" exits 0 "$RUNBOOK" audit check proof.json --key key.pub
it "to its end" out_has "to its end"
tampered() { # FROM TO WHAT: refused, saying which part
    sed "s/$1/$2/" proof.json >bad.json
    ! cmp -s proof.json bad.json && exits 5 "$RUNBOOK" audit check bad.json --key key.pub && err_has "$3"
}
it "refuses a proof with other data" tampered '"exit_code":3,"stderr"' '"exit_code":0,"stderr"' "its data were changed"
it "refuses a proof with another person" tampered '"user":"[a-z]*"' '"user":"mallory"' "event 1: it was changed"
it "refuses a proof with another source" tampered "The first" "The other" "one.yaml"
it "refuses a proof with an event left out" tampered '"seq":3,' '"seq":4,' "event 3 of the run is missing"
it "refuses a proof with another root" tampered 'journal\\n[0-9]*\\n' 'journal\\n99\\n' "another tree than the one of 99 events"
it "runs once more" exits 0 "$RUNBOOK" exec two.yaml
it "proves what no checkpoint covers" exits 0 "$RUNBOOK" audit prove last
cp out young.json
it "and says that nobody has signed it" err_has "no checkpoint covers this run yet"
it "refuses it where a signature is wanted" exits 5 "$RUNBOOK" audit check young.json --key key.pub
it "saying so" err_has "nobody has signed it"
it "takes it where none is" exits 0 eval 'XDG_CONFIG_HOME=$work/none "$RUNBOOK" audit check young.json'
it "makes another key" exits 0 "$RUNBOOK" audit keygen --key other.key --name other
cp out other.pub
it "refuses what an unknown key has signed" exits 5 "$RUNBOOK" audit check proof.json --key other.pub
it "saying who has" err_has "the root: it is signed by db1/journal+"
it "refuses such a checkpoint" exits 5 "$RUNBOOK" audit verify --checkpoint checkpoint --key other.pub
it "refuses what is no proof" exits 5 "$RUNBOOK" audit check checkpoint
it "refuses a proof that is not there" exits 5 "$RUNBOOK" audit check nothing.json
it "refuses a key that is none" exits 2 "$RUNBOOK" audit check proof.json --key one.yaml
it "knows no other audits" exits 2 "$RUNBOOK" audit everything

it "copies the journal" exits 0 "$RUNBOOK" backup copy.db
it "as one file" [ "$(ls copy.db* | wc -l)" = 1 ]
it "for its owner only" [ "$(stat -c %a copy.db)" = 600 ]
it "with all that is in it" exits 0 "$RUNBOOK" audit verify --journal copy.db --checkpoint checkpoint
it "does not write over a file" exits 2 "$RUNBOOK" backup copy.db
it "says where it cannot write" exits 5 "$RUNBOOK" backup nowhere/copy.db
it "leaves an older copy behind the checkpoint" exits 0 "$RUNBOOK" exec two.yaml
"$RUNBOOK" audit checkpoint >newer
it "which then shows that it is older" exits 5 "$RUNBOOK" audit verify --journal copy.db --checkpoint newer
it "saying so" out_has "this is an older copy"
redacted() { # in a copy: what is redacted cannot be replayed
    cp "$RUNBOOK_JOURNAL" r.db && { [ ! -f "$RUNBOOK_JOURNAL-wal" ] || cp "$RUNBOOK_JOURNAL-wal" r.db-wal; } &&
        export RUNBOOK_JOURNAL=$work/r.db
}
it "needs a reason to redact" exits 2 "$RUNBOOK" redact one 3
it "needs the number of an event" exits 2 "$RUNBOOK" redact one greet --reason x
it "has that event" exits 2 "$RUNBOOK" redact one 333 --reason x
kept=$RUNBOOK_JOURNAL
redacted
it "redacts what a step brought" exits 0 "$RUNBOOK" redact one 3 --reason "a name was printed"
it "which is gone from the file" eval '! grep -qaF "\"stdout\":\"hello ana" r.db* && ! "$RUNBOOK" logs one | grep -q "^hello ana"'
it "and leaves a note" eval '"$RUNBOOK" timeline one | grep -q "event 3 was redacted: a name was printed"'
it "verifies all the same" exits 0 "$RUNBOOK" audit verify --checkpoint checkpoint
it "counting it" out_has "1 events redacted"
it "proves the run all the same" eval '"$RUNBOOK" audit prove one >redacted.json 2>err'
it "to who has no journal" exits 0 "$RUNBOOK" audit check redacted.json
it "replays the rest of it" exits 0 "$RUNBOOK" replay one
it "and says what it could not look at" out_has "1 were redacted: compared but for what they told"
export RUNBOOK_JOURNAL=$kept

"$RUNBOOK" backup yesterday.db
# More events than one block of the index from runs to events holds, and a run after them.
printf 'runbook: many\nsteps:\n  - {foreach: [%s], max_parallel: 50, lua: "return sleep(0)"}\n' "$(seq -s, 2200)" >many.yaml
it "runs one of many events" exits 0 "$RUNBOOK" exec many.yaml
it "and one more" exits 0 "$RUNBOOK" exec two.yaml
"$RUNBOOK" backup pruned.db
it "drops the first runs of a copy" exits 0 "$RUNBOOK" prune --journal pruned.db --keep 1 --to archive --unsigned --yes
python3 -c 'import sqlite3; sqlite3.connect("pruned.db").execute("PRAGMA wal_checkpoint(TRUNCATE)")'
it "a new checkpoint covers all" exits 0 "$RUNBOOK" audit checkpoint
cp out checkpoint
it "settles the journal into one file" python3 -c 'import sqlite3, sys
sqlite3.connect(sys.argv[1]).execute("PRAGMA wal_checkpoint(TRUNCATE)")' "$RUNBOOK_JOURNAL"
it "every change is found, or said not to be" python3 "$here/audit_mutations.py" "$RUNBOOK" "$RUNBOOK_JOURNAL" checkpoint "$work" yesterday.db pruned.db
finish
