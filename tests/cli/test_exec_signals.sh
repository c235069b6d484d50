# exec, interrupted: by signals, and by people at another terminal.
. "$(dirname "$0")/lib.sh"

cat >slow.yaml <<'YAML'
runbook: slow
steps:
  - id: sleeper
    run: |
      sleep 300 &
      echo "$!" >grandchild
      touch started
      wait
always:
  - id: tidy
    run: touch tidied
YAML

# start BOOK: in the background; $pid is the program, and it has begun its first step.
start() {
    rm -f started tidied grandchild
    "$RUNBOOK" exec "$@" >out 2>err </dev/null &
    pid=$!
    eventually test -e started || { cat out err; return 1; }
}
ends_with() {
    wait "$pid"
    local got=$?
    [ "$got" = "$1" ] || { echo "# exit status $got, expected $1"; cat out err; return 1; }
}
nothing_left() {
    ! kill -0 "$(cat grandchild)" 2>/dev/null || { echo "# the grandchild lives"; return 1; }
}

cancelled() { start slow.yaml && kill -INT "$pid" && ends_with 3 && [ -e tidied ] && nothing_left; }
it "cancels on SIGINT, does what must always be done, and leaves nothing running" cancelled
terminated() { start slow.yaml && kill -TERM "$pid" && ends_with 3 && [ -e tidied ]; }
it "takes SIGTERM the same way" terminated

cat >stubborn.yaml <<'YAML'
runbook: stubborn
steps:
  - id: deaf
    kill_after: 10m
    run: |
      trap '' TERM
      echo "$$" >grandchild
      touch started
      while :; do sleep 1; done
always:
  - id: tidy
    run: touch tidied
YAML
parked() {
    start stubborn.yaml && kill -INT "$pid" && eventually query_has "SELECT 1 FROM event WHERE type = 'run.cancel_requested' AND run = (SELECT max(no) FROM run)" &&
        kill -INT "$pid" && ends_with 4 &&
        [ ! -e tidied ] && nothing_left && out_has "parked" &&
        exits 0 "$RUNBOOK" runs --json && out_has '"interrupted"'
}
it "parks the run on the second SIGINT: everything stopped, nothing more begun" parked

by_cancel() { start slow.yaml && exits 0 "$RUNBOOK" cancel last && ends_with 3 && [ -e tidied ]; }
it "is cancelled from another terminal" by_cancel
by_kill() { start slow.yaml && exits 0 "$RUNBOOK" kill last && ends_with 130 && [ ! -e tidied ] && nothing_left; }
it "is killed from another terminal, and exits with 130" by_kill
by_note() {
    start slow.yaml && exits 0 "$RUNBOOK" note last "looks bad" && kill -INT "$pid" && ends_with 3 &&
        out_has "looks bad"
}
it "takes in a note from another terminal" by_note

finish
