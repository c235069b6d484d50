# What people say to a run from another terminal: ack, approve, deny, done, answer, note, signal, cancel, kill.
. "$(dirname "$0")/lib.sh"
me=$(id -un)
cat >"$work/ask.yaml" <<'YAML'
runbook: ask
steps:
  - id: window
    input:
      message: When?
      fields:
        when: {type: enum, enum: [now, tonight]}
        sure: {type: boolean}
  - id: restart
    approve: {message: Restart now?}
  - id: look
    manual: {instructions: Look at the dashboard.}
YAML
cat >"$work/page.yaml" <<'YAML'
runbook: page
contacts:
  ana: {channels: [page]}
  bo: {channels: [page]}
channels:
  page: {uses: command.run, with: {argv: ["true"]}}
policies:
  quick:
    levels:
      - {notify: [ana], escalate_after: 30s}
      - {notify: [bo]}
escalation: {policy: quick, message: Something is wrong}
steps:
  - id: work
    wait: {signal: go, timeout: 60s}
always:
  - id: tidy
    run: echo tidied
YAML

# on_terminal COMMAND…: in the background, on a terminal whose keyboard stays silent.
on_terminal() {
    local quoted
    printf -v quoted '%q ' "$@"
    mkfifo "$work/keys"
    TERM=dumb script -qfec "$quoted" "$work/screen" >/dev/null 2>&1 <>"$work/keys" &
}
# holder: the process that carries out the newest run.
holder() { python3 -c 'import sqlite3, sys; print(*sqlite3.connect(sys.argv[1]).execute("SELECT engine_pid FROM run ORDER BY no DESC LIMIT 1").fetchone())' "$RUNBOOK_JOURNAL"; }
asks() { query_has "SELECT 1 FROM event WHERE type = 'ask.opened' AND path = '$1' AND run = (SELECT max(no) FROM run)"; }
is() { "$RUNBOOK" runs -n 1 --json | grep -qF '"status":"'"$1"'"'; }
is_over() { ! is running && ! is waiting; }

it "without a journal there is nobody to speak to" exits 2 "$RUNBOOK" ack last

on_terminal "$RUNBOOK" exec "$work/ask.yaml"
it "waits for an answer" eventually asks window
it "which question is not guessed" exits 2 "$RUNBOOK" answer last
it "but the open ones are listed" err_has "window 'sure=yes|no' 'when=now|tonight'"
it "an unknown step lists them too" exits 2 "$RUNBOOK" answer last windw
it "with the command to type" err_has "runbook answer"
it "a form is not approved" exits 2 "$RUNBOOK" approve last window
it "and the right verb is named" err_has "use: runbook answer"
it "an unknown field is refused" exits 2 "$RUNBOOK" answer last window whn=now sure=yes
it "with what was meant" err_has 'did you mean "when"?'
it "a missing field is refused" exits 2 "$RUNBOOK" answer last window when=now
it "by name" err_has 'field "sure" is missing'
it "a value of the wrong type is refused" exits 2 "$RUNBOOK" answer last window when=now sure=perhaps
it "with what is wanted" err_has "wants yes or no"
it "a value out of the list is refused by the run" exits 2 "$RUNBOOK" answer last window when=never sure=yes
it "with its reason" err_has "refused"
it "a good answer is taken" exits 0 "$RUNBOOK" answer last window when=now sure=yes -m "as agreed"
it "and told" out_has "$me answered \`window\` with"
it "the next question is an approval" eventually asks restart
it "it can be approved" exits 0 "$RUNBOOK" approve last restart --json
it "which JSON tells" out_has '"state":"accepted"'
it "the last is by hand" eventually asks look
it "it is done" exits 0 "$RUNBOOK" done last look
it "by name" out_has "$me did \`look\`"
it "the run succeeds" eventually is succeeded
it "an ended run takes no signal in" exits 2 "$RUNBOOK" signal last too-late
it "and says so" err_has "has ended (succeeded"
it "but a note, for one knows more afterwards" exits 0 "$RUNBOOK" note last "it was the disk"
it "and a correction of what was said" exits 0 "$RUNBOOK" note last --corrects 1 "it began an hour before"
it "which is shown" eval '"$RUNBOOK" timeline last | grep -qF "$me corrects event 1: it began an hour before"'
it "no correction of what does not exist" exits 2 "$RUNBOOK" note last --corrects 9999 "never"
it "and says which there are" err_has "the number of an event, 1 to "
it "nothing can be approved in it" exits 2 "$RUNBOOK" approve last restart
wait

printf 'runbook: hand\nsteps:\n  - {id: look, manual: Look at the dashboard.}\n' >"$work/hand.yaml"
"$RUNBOOK" exec "$work/hand.yaml" --detach >"$work/out"
it "what is done by hand is not approved" eventually exits 2 "$RUNBOOK" approve hand look
it "but it can be said that it could not be done" exits 0 "$RUNBOOK" deny hand look -m "there is no dashboard"
it "which fails the run" eventually is failed
it "with the reason" eval '"$RUNBOOK" show hand | grep -qF "not done by $me: there is no dashboard"'

"$RUNBOOK" exec "$work/page.yaml" >"$work/plain" 2>&1 &
it "pages" eventually eval '"$RUNBOOK" show last | grep -qF "nobody has acknowledged: quick"'
it "an unknown escalation is refused" exits 2 "$RUNBOOK" ack last slow
it "and the open one is named" err_has "runbook ack"
it "an acknowledgement is taken" exits 0 "$RUNBOOK" ack last quick -m "on it"
it "with what follows from it" out_has "the next level will not be paged"
it "a note is taken" exits 0 "$RUNBOOK" note last disk of db1 was full
it "all its words" out_has "$me: disk of db1 was full"
it "a correction of an event, too" exits 0 "$RUNBOOK" note last --corrects 1 "it began before that"
it "and told" out_has "$me corrects event 1: it began before that"
it "an empty note is refused" exits 2 "$RUNBOOK" note last ""
it "a note in broken UTF-8 is refused" exits 2 "$RUNBOOK" note last "$(printf '\377')"
it "data that is not JSON is refused" exits 2 "$RUNBOOK" signal last go '{oops'
it "with the reason" err_has "not JSON"
shows_signal() { "$RUNBOOK" show last | grep -q "waiting for: signal go  →  runbook signal [a-z0-9]* go"; }
it "show says which signal is waited for, and the command that sends it" eventually shows_signal
it "a signal that nothing waits for is kept" exits 0 "$RUNBOOK" signal last goo
it "and that is said" err_has 'waits for a signal "goo": did you mean "go"?'
it "a signal is taken" exits 0 "$RUNBOOK" signal last go '{"version": 12}'
it "and ends the wait" eventually is succeeded
it "the timeline tells who acknowledged" exits 0 "$RUNBOOK" timeline last
it "by name" out_has "$me acknowledged escalation quick"
wait

"$RUNBOOK" exec "$work/page.yaml" >"$work/plain" 2>&1 &
it "runs again" eventually is running
it "can be cancelled" exits 0 "$RUNBOOK" cancel last --reason "false alarm"
it "gracefully" out_has "always"
it "ends as cancelled" eventually is cancelled
it "after its always" eventually eval '"$RUNBOOK" logs last | grep -qF tidied'
wait

"$RUNBOOK" exec "$work/page.yaml" >"$work/plain" 2>&1 &
it "runs once more" eventually is running
it "can be killed" exits 0 "$RUNBOOK" kill last
it "at once" eventually is_over
it "without its always" eval '! "$RUNBOOK" logs last 2>/dev/null | grep -qF tidied'
wait

cat >late.yaml <<'YAML'
runbook: late
contacts: {ana: {channels: [page]}}
channels: {page: {uses: command.run, with: {argv: ["true"]}}}
policies: {quick: {levels: [{notify: [ana]}]}}
steps:
  - {id: go, approve: {message: "Go on?", timeout: 100ms, on_timeout: escalate, escalate: quick}}
YAML
it "a question that is escalated when nobody answers" exits 4 "$RUNBOOK" exec late.yaml --detach
paged() { "$RUNBOOK" timeline last | grep -qF "escalation go pages level 1"; }
it "goes on" eventually paged
it "and can still be answered" exits 0 "$RUNBOOK" approve late go
succeeded() { is succeeded; }
it "to the end" eventually succeeded

cat >many.yaml <<'YAML'
runbook: many
contacts: {ana: {user: [ana]}}
steps:
  - id: deploy
    foreach: [eu, us]
    max_parallel: 2
    steps:
      - {id: go, approve: "Deploy to ${{ item }}?"}
  - {id: named, approve: {message: "Is Ana here?", by: [ana], timeout: 12s, on_timeout: skip}}
  - {id: work, manual: {instructions: Do it, checklist: [one, two, three], evidence: required}}
YAML
it "two questions of one name" exits 4 "$RUNBOOK" exec many.yaml --detach
it "are asked at once" eventually asks "deploy[2]/go"
it "which of them is not guessed" exits 2 "$RUNBOOK" approve many go
it "but said" err_has 'several questions are called "go"'
it "with both commands" err_has 'deploy[1]/go'
it "one is named by its path" exits 0 "$RUNBOOK" approve many 'deploy[2]/go'
it "and answered" out_has "$me approved \`deploy[2]/go\`"
it "it cannot be answered again" exits 2 "$RUNBOOK" deny many 'deploy[2]/go'
it "and it is said by whom it was" err_has "it was answered (approve) by $me"
it "the other one has its name alone now" exits 0 "$RUNBOOK" approve many go
it "somebody else is asked" eventually asks named
it "and nobody may answer for her" exits 2 "$RUNBOOK" approve many named
it "who may is said" err_has "not one of those who may answer named: ana"
it "a list is to be ticked off" eventually asks work
it "which has no fourth point" exits 2 "$RUNBOOK" done many work --check 4
it "its points are listed" err_has "3  three"
it "some are ticked" exits 0 "$RUNBOOK" done many work --check 2-3
it "by somebody" out_has "$me ticked 2, 3 of \`work\`"
it "evidence is asked for" exits 2 "$RUNBOOK" done many work
it "and how to give it" err_has "add --note"
it "the last one, with a note, is the end of it" exits 0 "$RUNBOOK" done many work --check 1 --note "ticket 12"
it "and of the run" eventually is succeeded

cat >slow.yaml <<'YAML'
runbook: slow
steps:
  - {id: one, approve: "One?"}
  - {id: two, approve: "Two?"}
YAML
"$RUNBOOK" exec slow.yaml --detach >/dev/null
it "a run whose bell is out of order" eventually asks one
rm -f "$XDG_RUNTIME_DIR"/runbook/*.sock
it "looks into its inbox by itself" exits 0 "$RUNBOOK" approve slow one
it "and takes in what is there" out_has "$me approved \`one\`"
it "soon" eventually asks two
"$RUNBOOK" cancel slow >/dev/null
it "it ends" eventually is cancelled

"$RUNBOOK" exec slow.yaml --detach >/dev/null
it "a run" eventually asks one
kill -KILL "$(holder)"
it "whose engine dies" eventually is interrupted
it "can be spoken to all the same" exits 0 "$RUNBOOK" approve slow one -m "while nobody listened"
it "and it is said what becomes of that" out_has "runbook resume"
it "it goes on" exits 4 "$RUNBOOK" resume slow --detach
it "with the answer taken in" eventually asks two
it "as it was given" eval '"$RUNBOOK" timeline slow | grep -qF "while nobody listened"'
it "and ends" exits 0 "$RUNBOOK" approve slow two

for verb in ack approve deny done answer note signal cancel kill; do
    it "$verb -h explains" exits 0 "$RUNBOOK" $verb -h
    it "$verb -h has examples" out_has "Examples:"
    it "$verb without a run is a usage mistake" exits 2 "$RUNBOOK" $verb
done
# --- points of a checklist ---

cat >"$work/points.yaml" <<'YAML'
runbook: points
steps:
  - {id: look, manual: {instructions: Look at it., checklist: [the lag is low, it does not grow]}}
YAML
points=$("$RUNBOOK" exec --detach "$work/points.yaml")
shows_points() { "$RUNBOOK" show "$points" >"$work/out" && grep -qF -- "$1" "$work/out"; }
it "a checklist is asked for" eventually shows_points "waiting for: manual look"
it "one of its points is ticked off" exits 0 "$RUNBOOK" done "$points" look --check 2
it "show says so" eventually shows_points "[x]"
it "which one" out_has "[x] it does not grow"
it "and which is left" out_has "[ ] the lag is low"
it "the rest is done" exits 0 "$RUNBOOK" done "$points" look
it "and the run ends" eventually eval 'shows_points succeeded && grep -q "^succeeded" "$work/out"'

finish
