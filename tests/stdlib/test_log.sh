# log: on a log of the test's own.
. "$(dirname "$0")/lib.sh"

for i in $(seq 1 60); do
    echo "10.0.0.$((i % 3)) GET /p/$i $((i % 10 == 0 ? 503 : 200))"
done >"$work/access.log"
given <<EOF
  - id: failed
    uses: log.count
    with: {path: $work/access.log, pattern: " 503$"}
  - id: none
    uses: log.count
    with: {path: $work/access.log, pattern: " 404$"}
  - id: lines
    uses: log.grep
    with: {path: $work/access.log, pattern: " 503$", count: 2}
  - id: addresses
    uses: log.top
    with: {path: $work/access.log, pattern: "^[0-9.]+", count: 2}
  - id: nothing
    uses: log.top
    with: {path: $work/access.log, pattern: "^[A-Z]+"}
  - assert:
      - steps.failed.output == 6
      - steps.none.output == 0
      - "#steps.lines.output == 2"
      - steps.lines.output[2].line == 20
      - steps.lines.output[2].text == "10.0.0.2 GET /p/20 503"
      - "#steps.addresses.output == 2"
      - steps.addresses.output[1].text == "10.0.0.0" and steps.addresses.output[1].count == 20
      - "#steps.nothing.output == 0"
EOF
it "counts, shows and ranks" succeeds

given <<EOF
  - uses: log.count
    with: {path: $work/access.log, pattern: " 503$", max: 5}
EOF
it "fails when there are more than is wanted" fails_with action "6 lines of"

for action in count grep top; do
    given <<EOF
  - uses: log.$action
    with: {path: $work/none.log, pattern: x}
EOF
    it "fails for a file that is not there: $action" fails_with action "No such file"
done

given <<EOF
  - uses: log.count
    with: {path: $work/access.log, pattern: "(("}
EOF
it "fails for a pattern that is none" fails_with action "grep"

finish
