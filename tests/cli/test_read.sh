# The verbs that read the journal: runs, show, logs, timeline; with runs, without, and without a journal.
. "$(dirname "$0")/lib.sh"

cat >"$work/ok.yaml" <<'YAML'
runbook: fine
params:
  who: {type: string, default: world}
steps:
  - id: greet
    run: |
      echo "hello ${{ params.who }}"
      echo "to stderr" >&2
  - id: colours
    run: printf '\033[31mred\033[0m \007bell\nnext'
YAML
cat >"$work/bad.yaml" <<'YAML'
runbook: broken
steps:
  - id: outer
    steps:
      - id: push
        run: echo "no route to host" >&2; exit 3
        retry: {max_attempts: 2, delay: 10ms}
  - id: later
    run: echo never
YAML
absent() { ! grep -qF -- "$1" "$work/out" || { echo "# on stdout, but should not be: $1"; sed 's/^/# out: /' "$work/out"; return 1; }; }
out_empty() { [ ! -s "$work/out" ] || { sed 's/^/# out: /' "$work/out"; return 1; }; }
is_json_lines() { python3 -c 'import json, sys
for line in open(sys.argv[1]): json.loads(line)' "$work/out"; }
# on_screen COMMAND…: on a terminal of 80 columns; the screen is in $work/out.
on_screen() {
    local quoted
    printf -v quoted '%q ' "$@"
    NO_COLOR= TERM=xterm script -qec "stty cols 80 rows 24; $quoted" /dev/null </dev/null | tr -d '\r' >"$work/out"
}
no_controls() { ! LC_ALL=C grep -q "$(printf '[\001-\010\013-\037]')" "$work/out"; }

it "says that nothing has run when there is no journal" exits 0 "$RUNBOOK" runs
it "says so on stderr" err_has "no runs yet"
it "prints nothing then" out_empty
for verb in show timeline logs; do
    it "$verb without a journal is status 2" exits 2 "$RUNBOOK" $verb last
    it "$verb then says that the first run creates it" err_has "the first run creates it"
done

it "runs a good one" exits 0 "$RUNBOOK" exec "$work/ok.yaml" -p who=ana
it "runs a bad one" exits 1 "$RUNBOOK" exec "$work/bad.yaml"

it "lists the runs" exits 0 "$RUNBOOK" runs
it "newest first" eval 'sed -n 2p "$work/out" | grep -q "broken .*failed"'
it "with the older after it" eval 'sed -n 3p "$work/out" | grep -q "fine .*succeeded"'
it "filters by status" exits 0 "$RUNBOOK" runs --status succeeded
it "leaves the others out" absent broken
it "filters by runbook" exits 0 "$RUNBOOK" runs --runbook broken
it "leaves the other runbooks out" absent fine
it "limits" exits 0 "$RUNBOOK" runs -n 1
it "to the newest" absent fine
it "says when no run is of that kind" exits 0 "$RUNBOOK" runs --runbook nothing
it "on stderr" err_has "no runs of that kind"
it "refuses an unknown status" exits 2 "$RUNBOOK" runs --status canceled
it "and lists them" err_has "succeeded, failed, cancelled"
it "prints runs as JSON lines" exits 0 "$RUNBOOK" runs --json
it "each of which is JSON" is_json_lines
id=$(python3 -c 'import json, sys
print(json.loads(sys.stdin.readline())["id"])' <"$work/out")

it "shows a run by its id" exits 0 "$RUNBOOK" show "$id"
it "says first what it came to" out_has 'step `outer/push` exited with code 3: no route to host (class exit'
it "says what the step carried out" out_has '$ echo "no route to host"'
it "says where to look" out_has "runbook logs ${id:0:6} outer/push"
it "shows a run by a prefix" exits 0 "$RUNBOOK" show "${id:0:6}"
it "shows a run by its runbook" exits 0 "$RUNBOOK" show fine
it "with its parameters" out_has "who=ana"
it "as JSON" exits 0 "$RUNBOOK" show last --json
it "which is JSON" is_json_lines
it "with the outcome" out_has '"outcome":"failed after'
it "refuses a run that is not there" exits 2 "$RUNBOOK" show zzzzzz
it "and says how to name one" err_has "zzzzzz"

it "prints what a step printed" exits 0 "$RUNBOOK" logs fine greet
it "as it was" eval 'printf "hello ana\nto stderr\n" | cmp -s - "$work/out"'
it "prints one stream" exits 0 "$RUNBOOK" logs fine greet --stderr
it "and not the other" absent hello
it "does not change a byte of one step in a pipe" exits 0 "$RUNBOOK" logs fine colours
it "not even control characters" eval 'printf "\033[31mred\033[0m \007bell\nnext" | cmp -s - "$work/out"'
it "names the steps when there are several" exits 0 "$RUNBOOK" logs fine
it "before each line" out_has "greet │ hello ana"
it "finds a step by its last part" exits 0 "$RUNBOOK" logs last push
it "prints every attempt" eval '[ "$(grep -c "no route" "$work/out")" = 2 ]'
it "takes a block as all its steps" exits 0 "$RUNBOOK" logs last outer
it "with their names" out_has "outer/push"
it "refuses a step that is not there" exits 2 "$RUNBOOK" logs last pish
it "and knows what was meant" err_has 'did you mean "push"?'
it "says when nothing was printed" exits 0 "$RUNBOOK" logs last push --stdout
it "on stderr too" err_has "printed nothing"
it "follows an ended run to its end" exits 0 timeout 5 "$RUNBOOK" logs fine -f
it "refuses both streams at once" exits 2 "$RUNBOOK" logs last --stdout --stderr
it "prints chunks as JSON lines" exits 0 "$RUNBOOK" logs fine --json
it "each of them JSON" is_json_lines

it "draws a timeline" exits 0 "$RUNBOOK" timeline last
it "with the outcome" out_has "failed after"
it "with the retry" out_has "tried again"
it "with plain words" out_has '`outer/push` exited with code 3'
it "as Markdown" exits 0 "$RUNBOOK" timeline last --format md
it "with a table" out_has "| since start | time | what happened |"
it "as CSV" exits 0 "$RUNBOOK" timeline last --format csv
it "with a header" out_has "seq,time,seconds,type,path,by,text"
it "as JSON" exits 0 "$RUNBOOK" timeline last --format json
it "that is JSON" is_json_lines
it "in ASCII" exits 0 "$RUNBOOK" timeline last --ascii
it "and nothing but ASCII" eval '! LC_ALL=C grep -q "[^ -~]" "$work/out"'
it "refuses a silly width" exits 2 "$RUNBOOK" timeline last --width 5
it "and says which are right" err_has "40 to 1000"

it "draws on a terminal" on_screen "$RUNBOOK" timeline fine
it "within its width" python3 -c 'import re, sys
assert all(len(re.sub("\x1b\\[[0-9;]*m", "", line.rstrip("\n"))) <= 80 for line in open(sys.argv[1]))' "$work/out"
it "shows logs on a terminal" on_screen "$RUNBOOK" logs fine colours --color never
it "without obeying them" no_controls
it "but with the text" out_has "red ^Gbell"

full() { "$@" >/dev/full 2>"$work/err"; [ $? = 1 ] && err_has "could not be written"; }
it "a full disk under the output is a failure" full "$RUNBOOK" timeline fine
it "a reader that has seen enough is none" eval '"$RUNBOOK" timeline last --all 2>"$work/err" | true; [ ! -s "$work/err" ]'

for verb in show timeline logs; do
    it "$verb without a run is a usage mistake" exits 2 "$RUNBOOK" $verb
    it "$verb then says what it wants" err_has "usage: runbook $verb RUN"
    it "$verb -h explains" exits 0 "$RUNBOOK" $verb -h
    it "$verb -h has examples" out_has "Examples:"
done

# --- code: what it called ---
cat >code.yaml <<'YAML'
runbook: code
steps:
  - id: group
    continue_on_error: true
    steps:
      - id: calls
        lua: |
          local r = exec {"sh", "-c", "echo hello; echo oops >&2"}
          log("said " .. trim(r.stdout))
          sh("echo again; exit 3")
          return {said = trim(r.stdout)}
      - {id: fails, lua: 'fail("no way")'}
  - {id: uses, uses: file.exists, with: {path: /}}
  - {id: nothing, exec: [/nowhere/at/all], continue_on_error: true}
YAML
it "carries out code" exits 0 "$RUNBOOK" exec code.yaml
calls() { diff - "$work/out" <<'END'
$ sh -c echo hello; echo oops >&2
hello
oops
said hello
$ echo again; exit 3 (exit status 3)
again
returned {"said":"hello"}
END
}
it "shows what the code of a step called" exits 0 "$RUNBOOK" logs code calls
it "what came back, in its order, and what it returned" calls
it "one stream of it" exits 0 "$RUNBOOK" logs code calls --stderr
it "by itself" eval '[ "$(cat "$work/out")" = oops ]'
it "tells why code has failed" exits 0 "$RUNBOOK" logs code fails
it "in a line" eval '[ "$(cat "$work/out")" = "failed: no way" ]'
it "takes a block of code" exits 0 "$RUNBOOK" logs code group
it "with the names of its steps" out_has "group/calls │ again"
it "shows an action of the standard library" exits 0 "$RUNBOOK" logs code uses
it "which called something" out_has "returned true"
it "as JSON" exits 0 "$RUNBOOK" logs code calls --json
it "each line with its call" out_has '"text":"again\n","call":3,"name":"sh"}'
it "is JSON" is_json_lines
it "leaves it out where a whole run is asked for" exits 0 "$RUNBOOK" logs code
it "but for what was said" eval '[ "$(cat "$work/out")" = "group/calls │ said hello" ]'
it "says how a step ended that printed nothing" exits 0 "$RUNBOOK" logs code nothing
it "with its failure" err_has "printed nothing; it ended with: "
finish
