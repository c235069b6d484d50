# pinned: a run keeps the code of the standard library that it was begun with, whatever program takes it up.
. "$(dirname "$0")/lib.sh"

echo 'return {seconds = function(with) return tls.expiry.run(with) end}' >helpers.lua
cat >uses.yaml <<'YAML'
runbook: uses
import: [helpers.lua]
steps:
  - {id: look, uses: file.exists, with: {path: /}}
  - {id: pause, wait: 60s}
  - {id: again, uses: file.exists, with: {path: /}}
  - {id: check, run: test ! -e broken}
YAML
is() { [ "$1" = "$2" ] || { echo "# got: $1"; echo "# expected: $2"; return 1; }; }
output_of() { query "SELECT json_extract(data, '\$.result.output') FROM event WHERE type = 'step.finished' AND path = '$1'"; }

# A journal as another version of the program would have begun it: the text that the run pinned, and its hash, are others.
as_if_begun_by_another() {
    python3 - "$RUNBOOK_JOURNAL" "$1" "$2" <<'PY'
import hashlib, sqlite3, sys
db = sqlite3.connect(sys.argv[1])
no, text = db.execute("SELECT s.no, s.text FROM source s JOIN run_source r ON r.source = s.no WHERE r.path = 'stdlib:file'").fetchone()
assert sys.argv[2] in text
text = text.replace(sys.argv[2], sys.argv[3])
db.execute("UPDATE source SET text = ?, sha256 = ? WHERE no = ?", (text, hashlib.sha256(text.encode()).hexdigest(), no))
hashes = [h for h, in db.execute("SELECT sha256 FROM source s JOIN run_source r ON r.source = s.no WHERE r.run = 1 ORDER BY position")]
db.execute("UPDATE run SET book_sha256 = ?", (hashlib.sha256("".join(hashes).encode()).hexdigest(),))
db.commit()
PY
}
afresh() {
    rm -f "$RUNBOOK_JOURNAL"* && cp begun.db "$RUNBOOK_JOURNAL"
}

# --- what is kept ---
"$RUNBOOK" exec uses.yaml >"$work/out" 2>&1 &
engine=$!
eventually query_has "SELECT 1 FROM event WHERE type = 'timer.set'"
kill -9 $engine
wait $engine 2>/dev/null
ago 60
query "VACUUM INTO 'begun.db'"
sources() { is "$(query 'SELECT path FROM run_source ORDER BY position' | tr '\n' ' ')" "uses.yaml helpers.lua stdlib:file stdlib:tls "; }
it "has what the runbook and its Lua files use of the standard library among the sources of the run" sources
once() {
    exits 0 "$RUNBOOK" exec uses.yaml &&
        is "$(query 'SELECT (SELECT count(*) FROM run_source), (SELECT count(*) FROM source)')" "8 4"
}
it "keeps its text once for all runs" once

# --- a run begun with another text ---
resumed() {
    afresh && as_if_begun_by_another 'return is_there(p.path) end' 'return "as it was" end' &&
        exits 0 "$RUNBOOK" resume last &&
        err_has "file.lua of the standard library is another one in this version of runbook: the run goes on with the one it was begun with" &&
        is "$(output_of look) $(output_of again)" "1 as it was" &&
        exits 0 "$RUNBOOK" replay last && out_has "0 divergences"
}
it "carries out the text that the run was begun with, and says so" resumed
seen() { exits 5 "$RUNBOOK" audit verify && out_has "its sources are not those that it was begun with"; }
it "lets audit verify tell that this is not what the run's first event says" seen

# The name of an action is looked up in the pinned text, also where nothing is carried out.
replayed() {
    afresh && as_if_begun_by_another 'exists = action' 'stands = action' &&
        exits 2 "$RUNBOOK" replay last && err_has 'there is no action "file.exists"'
}
it "replays with the text that the run was begun with" replayed

unhashed() {
    afresh && change "UPDATE source SET text = text || char(10) WHERE sha256 = (
            SELECT s.sha256 FROM source s JOIN run_source r ON r.source = s.no WHERE r.path = 'stdlib:file')" &&
        exits 5 "$RUNBOOK" resume last && err_has "the pinned text of stdlib:file is not the one of its hash"
}
it "refuses a pinned text that is not the one of its hash" unhashed

# --- a run begun before they were pinned ---
unpinned() {
    afresh && change "DELETE FROM run_source WHERE path LIKE 'stdlib:%'" &&
        exits 0 "$RUNBOOK" resume last &&
        is "$(output_of again)" 1 && ! grep -q "standard library" "$work/err"
}
it "goes on with the program's own text where the run has none" unpinned

# --- what begins anew ---
retried() {
    afresh && as_if_begun_by_another 'return is_there(p.path) end' 'return "as it was" end' &&
        touch broken && exits 1 "$RUNBOOK" resume last && rm broken &&
        exits 0 "$RUNBOOK" retry last --from look --yes && is "$(output_of look | tr '\n' ' ')" "1 as it was "
}
it "hands the text on to a run that goes on from it" retried
afresh
finish
