# file: on files of the test's own.
. "$(dirname "$0")/lib.sh"

printf 'hello\n' >"$work/there"
touch -d '2 hours ago' "$work/old"

given <<EOF
  - id: there
    uses: file.exists
    with: {path: $work/there}
  - id: gone
    uses: file.exists
    with: {path: $work/gone}
  - id: sum
    uses: file.sha256
    with: {path: $work/there, expect: 5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03}
  - id: age
    uses: file.age
    with: {path: $work/old}
  - assert:
      - steps.there.output == true
      - steps.gone.output == false
      - steps.sum.output == "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"
      - steps.age.output.seconds >= 7200 and steps.age.output.seconds < 7300
      - steps.age.output.size == 0
EOF
it "tells of a file whether it is there, its hash and its age" succeeds

given <<EOF
  - uses: file.age
    with: {path: $work/old, max: 1h}
EOF
it "fails for a file that is older than is wanted" fails_with action "more than 1h"

given <<EOF
  - uses: file.sha256
    with: {path: $work/gone}
EOF
it "fails with what the system says of a file that is not there" fails_with action "No such file or directory"

printf 'one\n' >"$work/log"
given <<EOF
  - id: first
    uses: file.rotate
    with: {path: $work/log, keep: 2}
  - exec: [sh, -c, "echo two >$work/log"]
  - uses: file.rotate
    with: {path: $work/log, keep: 2}
  - exec: [sh, -c, "echo three >$work/log"]
  - id: third
    uses: file.rotate
    with: {path: $work/log, keep: 2}
  - assert:
      - json(steps.first.output.moved) == json({"$work/log"})
      - steps.third.output.removed == "$work/log.2"
EOF
it "rotates a file" succeeds
contents() { [ "$(cat "$work/log.1")" = three ] && [ "$(cat "$work/log.2")" = two ] && [ ! -e "$work/log.3" ] && [ ! -s "$work/log" ]; }
it "keeps as many old files as were asked for, and leaves an empty one" contents

given <<EOF
  - id: pack
    uses: file.archive
    with: {paths: [$work/there, $work/old], to: $work/all.tar.gz}
  - id: sum
    uses: file.sha256
    with: {path: $work/all.tar.gz}
  - assert: steps.pack.output.sha256 == steps.sum.output and steps.pack.output.size > 0
EOF
it "packs an archive" succeeds
holds() { [ "$(tar -tzf "$work/all.tar.gz" | wc -l)" = 2 ] && gzip -t "$work/all.tar.gz"; }
it "puts all files into it, compressed as its name says" holds
it "does not replace an archive that is there" fails_with action "is there already"

finish
