# disk, memory, cpu, process: on this machine, whatever it is.
. "$(dirname "$0")/lib.sh"

mkdir -p "$work/tree/big" "$work/tree/small"
head -c 300000 /dev/urandom >"$work/tree/big/file"
head -c 5000 /dev/urandom >"$work/tree/small/file"
given <<EOF
  - id: disk
    uses: disk.usage
    with: {path: $work}
  - id: largest
    uses: disk.largest
    with: {path: $work/tree, count: 1}
  - id: memory
    uses: memory.usage
  - id: holders
    uses: memory.top
    with: {count: 3}
  - id: load
    uses: cpu.load
  - id: busy
    uses: cpu.usage
    with: {during: 300ms}
  - id: users
    uses: cpu.top
    with: {count: 2}
  - assert:
      - steps.disk.output.size > steps.disk.output.free
      - steps.disk.output.percent >= 0 and steps.disk.output.percent <= 100
      - 'contains("$work", steps.disk.output.mount)'
      - "#steps.largest.output == 1"
      - steps.largest.output[1].path == "$work/tree/big"
      - steps.largest.output[1].size >= 300000
      - steps.memory.output.total > steps.memory.output.available
      - steps.memory.output.total == steps.memory.output.used + steps.memory.output.available
      - "#steps.holders.output == 3"
      - steps.holders.output[1].rss >= steps.holders.output[2].rss
      - steps.load.output.cores == $(nproc)
      - steps.busy.output.percent >= 0 and steps.busy.output.percent <= 100
      - "#steps.users.output == 2"
EOF
it "tells how disks, memory and processors are" succeeds

given <<EOF
  - uses: disk.usage
    with: {path: $work, max_percent: 0}
EOF
it "fails when the disk is fuller than is wanted" fails_with action "% full, more than 0 %"

given <<EOF
  - uses: disk.usage
    with: {path: $work/none}
EOF
it "fails with what df says of a path that is not there" fails_with action "No such file or directory"

given <<EOF
  - uses: memory.usage
    with: {max_percent: 0.1}
EOF
it "fails when more memory is in use than is wanted" fails_with action "of the memory is in use, more than 0.1 %"

# Two that end when asked, and one that does not.
mark=runbook-stdlib-$$
bash -c "exec -a $mark-soft sleep 600" & soft=$!
bash -c "trap '' TERM; : $mark-hard; touch '$work/deaf'; while :; do sleep 0.2; done" & hard=$!
eventually test -e "$work/deaf"
eventually pgrep -f "^$mark-soft" || exit 1
given <<EOF
  - id: all
    uses: process.list
    with: {pattern: "^($mark-soft|bash.*$mark-hard)", min: 2, max: 2}
  - id: soft
    uses: process.stop
    with: {pattern: "^$mark-soft"}
  - id: hard
    uses: process.stop
    with: {pattern: "^bash.*$mark-hard", kill_after: 300ms}
  - id: none
    uses: process.stop
    with: {pattern: "^$mark"}
  - assert:
      - "#steps.all.output == 2"
      - "steps.soft.output.stopped[1] == $soft and #steps.soft.output.killed == 0"
      - steps.hard.output.killed[1] == $hard
      - "#steps.none.output.stopped == 0"
EOF
it "lists processes, asks them to end, and kills the one that does not" succeeds
# They may stay as zombies until this shell looks.
gone() { [ -z "$(ps -o stat= -p "$soft,$hard" | grep -v Z)" ]; }
it "leaves none of them" gone
kill -9 "$soft" "$hard" 2>/dev/null

given <<EOF
  - uses: process.list
    with: {pattern: "^$mark", min: 1}
EOF
it "fails when fewer run than are wanted" fails_with action "fewer than 1"

finish
