# Two at one run, one at its terminal, one at another: exec --step asks before each piece of work, and a checklist
# is ticked off by both.
. "$(dirname "$0")/lib.sh"
command -v tmux >/dev/null || { echo "tmux is not installed"; exit 77; }
socket=$work/tmux.sock
tm() { tmux -f /dev/null -S "$socket" "$@"; }
tm new-session -d -s holder cat
at_exit 'tm kill-server 2>/dev/null'

cat >night.yaml <<'YAML'
runbook: night
steps:
  - {id: one, title: Look at the pods, run: "echo ${{ run.runbook }} >>log", timeout: 2s}
  - {id: two, exec: [sh, -c, "echo two >>log"]}
  - id: three
    foreach: [a, b]
    exec: [sh, -c, 'echo "$1" >>log', sh, "${{ item }}"]
  - {id: four, exec: [sh, -c, "echo four >>log"]}
always:
  - {id: tidy, exec: [sh, -c, "echo tidy >>log"]}
YAML
screen() { tm capture-pane -p -t t; }
is_shown() { screen | grep -qF -- "$1"; }
shows() { eventually is_shown "$1" || { screen | sed 's/^/# /'; return 1; }; }
keys() { tm send-keys -t t "$@"; }
log_is() { [ "$(tr '\n' ' ' <log)" = "$1 " ] || { echo "# log: $(tr '\n' ' ' <log)"; return 1; }; }

it "without a terminal it is refused" exits 2 "$RUNBOOK" exec night.yaml --step
it "with the reason" err_has "it needs a terminal"
it "and nothing is begun" test ! -e log

printf 'export LC_ALL=%q; %q exec night.yaml --step; echo "status=$?"; exec cat\n' "$LC_ALL" "$RUNBOOK" >run.sh
tm new-session -d -s t -x 100 -y 30 "sh $work/run.sh"
it "the first step is asked about" shows "? one"
it "with its title" shows "Look at the pods"
it "what it would do" shows 'echo "${RB_1}"'
it "and what can be answered" shows "r run   s skip   q quit"
sleep 2.5
it "its time is not running" test ! -e log
keys r
it "r carries it out" shows "? two"
it "it and no more" log_is night
keys s
it "s leaves one out" shows "? three[1]"
keys Enter
it "Enter carries out as well" shows "? three[2]"
it "what was left out is not done" log_is "night a"
it "from another terminal it is said what can be answered" exits 2 "$RUNBOOK" answer last 'three[2]' yes
it "by the whole command" err_has "three[2] run|skip|quit"
it "and it can be answered there" exits 0 "$RUNBOOK" answer last 'three[2]' run
it "by name" out_has "began \`three[2]\`"
it "the terminal goes on" shows "? four"
keys q
it "q cancels" shows "status=3"
it "and what must always happen does" log_is "night a b tidy"
it "the timeline tells it" exits 0 "$RUNBOOK" timeline last
it "all of it" out_has "left out \`two\`"

cat >list.yaml <<'YAML'
runbook: list
steps:
  - {id: work, manual: {instructions: Do it all, checklist: [stop it, mend it, start it]}}
YAML
sed -i 's/night.yaml --step/list.yaml/' run.sh
tm kill-session -t t
tm new-session -d -s t -x 100 -y 30 "sh $work/run.sh"
it "a checklist is shown" shows "[ ] mend it"
it "a point is ticked off from elsewhere" exits 0 "$RUNBOOK" done last work --check 2
it "and seen at the terminal" shows "[x] mend it"
keys d
it "not all of them are yet" shows "tick every point first"
keys Space
it "space ticks the first that is open" shows "[x] stop it"
keys Space
it "and the next" shows "[x] start it"
keys d
it "that is the end" shows "status=0"
finish
