# The live tree, in a real terminal (tmux), at 80x24 and at 120x40.
. "$(dirname "$0")/lib.sh"
command -v tmux >/dev/null || { echo "tmux is not installed"; exit 77; }

socket=$work/tmux.sock
tm() { tmux -f /dev/null -S "$socket" "$@"; }
tm new-session -d -s holder cat
# The terminal goes, the run in it is cancelled and ends; then the folder can go too.
leave() {
    tm kill-server 2>/dev/null
    eventually none_runs
}
none_runs() { ! pgrep -f "^$RUNBOOK exec [a-z]*.yaml\$" >/dev/null; }
at_exit leave

# opens WIDTH HEIGHT ARGUMENT…: runs exec in a terminal of that size; the shell after it prints its exit status.
windows=0
opens() {
    local width=$1 height=$2
    shift 2
    rm -f "$work"/flag*
    {
        echo "trap : INT; export LC_ALL=$LC_ALL"
        printf '%q ' "$RUNBOOK" exec "$@"
        echo '; echo "status=$?"; exec cat'
    } >run.sh
    [ $windows = 0 ] || tm kill-session -t t
    windows=$((windows + 1))
    tm new-session -d -s t -x "$width" -y "$height" "sh $work/run.sh"
}
screen() { tm capture-pane -p -t t; }
all() { tm capture-pane -p -t t -S -; }
is_shown() { screen | grep -qF -- "$1"; }
shows() { eventually is_shown "$1" || { screen | sed 's/^/# /'; return 1; }; }
keys() { tm send-keys -t t "$@"; }
cursor_is_shown() { [ "$(tm display-message -p -t t '#{cursor_flag}')" = 1 ] || { echo "# the cursor is hidden"; return 1; }; }
# has_one TEXT: exactly one row of the screen.
has_one() {
    local n
    n=$(screen | grep -cF -- "$1")
    [ "$n" = 1 ] || { echo "# $n rows with: $1"; screen | sed 's/^/# /'; return 1; }
}

cat >night.yaml <<'YAML'
runbook: night
severity: P1
steps:
  - id: look
    title: Look around
    run: |
      echo first line
      echo "last line $$"
      until [ -e flag1 ]; do sleep 0.1; done
  - id: assess
    input:
      message: How many nodes are down?
      fields:
        nodes: {type: integer, minimum: 1}
        sure: {type: boolean, default: true}
  - id: go
    approve: {message: Restart them?}
  - id: hand
    manual: {instructions: Pull the lever., checklist: [left, right]}
  - id: result
    run: echo "restarted ${{ steps.assess.answer.nodes }}" >result
YAML

night() {
    opens "$1" "$2" night.yaml &&
        shows "Look around  last line" && has_one "night  " && shows "P1" && shows "running" && shows "○ result" &&
        touch flag1 && shows "How many nodes are down?" && shows "✓ Look around" && cursor_is_shown &&
        keys zero Enter && shows "must be of type integer" &&
        keys C-u 17 Left BSpace 2 Enter && shows "yes or no" && shows "sure: true" && keys C-u yes Enter &&
        shows "Restart them?" && keys y &&
        shows "Pull the lever." && keys d && shows "tick every point" && keys Space Space && shows "[x] right" && keys d &&
        shows "status=0" && [ "$(cat result)" = "restarted 27" ] &&
        shows "✓ succeeded in" && shows "runbook timeline" && has_one "✓ Look around" && cursor_is_shown
}
it "draws a run and asks inline at 80x24" night 80 24
it "draws a run and asks inline at 120x40" night 120 40

fits() { # no row of the tree is wider than the terminal: nothing was broken into two
    opens 80 24 night.yaml && shows "Look around" && [ "$(screen | grep -c .)" = 6 ] || { screen; return 1; }
}
it "keeps every step in one row" fits

resized() {
    opens 80 24 night.yaml && shows "Look around  last line" &&
        tm resize-window -t t -x 50 -y 20 && sleep 1.5 && eventually has_one "night  " && eventually has_one "Look around" &&
        tm resize-window -t t -x 110 -y 35 && sleep 1.5 && eventually has_one "night  " && eventually has_one "Look around" &&
        touch flag1 && shows "How many nodes" && has_one "How many nodes"
}
it "survives a resize in both directions" resized

{
    echo "runbook: long"
    echo "steps:"
    for i in $(seq 60); do
        if [ "$i" = 30 ]; then
            echo "  - {id: gate, run: 'until [ -e flag2 ]; do sleep 0.1; done'}"
        else
            echo "  - {id: step-$i, run: 'true'}"
        fi
    done
} >long.yaml
long() {
    opens 80 24 long.yaml && shows "⠋" || shows " gate" &&
        shows "done" && shows "to come" && has_one "gate" && [ "$(screen | grep -c .)" -le 24 ] &&
        touch flag2 && shows "status=0" && [ "$(all | grep -c '✓ step-')" = 59 ]
}
it "folds what does not fit, keeps what is under way, and leaves the whole tree behind" long

printf 'runbook: evil\nsteps:\n  - id: evil\n    run: |\n      printf "\\033]2;stolen\\007\\033[5;5Hjump\\n"\n      until [ -e flag1 ]; do sleep 0.1; done\n' >evil.yaml
evil() {
    opens 80 24 evil.yaml && shows "jump" && touch flag1 && shows "status=0" &&
        [ "$(tm display-message -p -t t '#{pane_title}')" != stolen ] && screen | sed -n 2p | grep -q "evil"
}
it "lets no output of a program move the cursor or set the title" evil

cancelled() {
    opens 80 24 night.yaml && shows "Look around" && keys C-c && shows "press Ctrl-C again" &&
        shows "status=3" && cursor_is_shown
}
it "cancels on Ctrl-C" cancelled
at_question() {
    opens 80 24 night.yaml && touch flag1 && shows "How many nodes" && keys 1 2 && keys C-c && shows "status=3" && cursor_is_shown
}
it "cancels on Ctrl-C while a question is open" at_question

elsewhere() {
    opens 80 24 night.yaml && touch flag1 && shows "How many nodes" &&
        "$RUNBOOK" answer last assess nodes=5 sure=true >/dev/null && shows "Restart them?" &&
        "$RUNBOOK" deny last go >/dev/null && shows "status=3"
}
it "takes answers from another terminal too" elsewhere

crashed() {
    opens 80 24 night.yaml && shows "Look around" && kill -SEGV "$(pgrep -fx "$RUNBOOK exec night.yaml")" &&
        shows "status=" && cursor_is_shown
}
it "gives the terminal back when it crashes" crashed

ascii() { LC_ALL=C opens 80 24 night.yaml && shows "Look around" && ! screen | grep -q "[○●✓]"; }
it "does without UTF-8 where the locale has none" ascii

finish
