# What is written about a run afterwards: timeline in its formats, and report.
. "$(dirname "$0")/lib.sh"
me=$(id -un)
pages=$(cd "$(dirname "$0")/../../docs" && pwd)
cat >"$work/night.yaml" <<'YAML'
runbook: night
title: A night | with <signs>
severity: P1
contacts: {ana: {channels: [page]}}
channels: {page: {uses: command.run, with: {argv: ["true"]}}}
policies: {quick: {levels: [{notify: [ana], escalate_after: 1h}]}}
escalation: {policy: quick, message: "=HYPERLINK(\"http://x\")"}
deadline: 1h
steps:
  - id: look
    run: |
      echo "connection refused by db1" >&2; exit 3
    continue_on_error: true
  - {id: late, deadline: 1ms, wait: 50ms}
  - note: "impact: nobody could log in"
YAML
json_of() { python3 -c "import json, sys
run = json.load(open('$work/out'))
assert $1, run"; }
# Every key that is printed stands in backquotes on the page that promises them.
documented() { python3 -c "import json, re
run = json.load(open('$work/out'))
page = set(re.findall(r'\x60([a-z_]+)\x60', open('$pages/reports.md').read()))
keys = set(run) | set(run['run'])
for name in ('steps', 'escalations', 'deadlines', 'people', 'events', 'late', 'impact', 'follow_ups', 'corrections', 'printed'):
    for entry in run.get(name, []):
        keys |= set(entry)
        for part in entry.get('spans', []) + entry.get('marks', []): keys |= set(part)
assert keys <= page, sorted(keys - page)"; }
rows_of() { python3 -c "import csv
raw = open('$work/out', newline='').read()
rows = list(csv.reader(raw.splitlines(True)))
assert $1, rows"; }

it "carries a night out" exits 0 "$RUNBOOK" exec "$work/night.yaml"
it "a note after the end" exits 0 "$RUNBOOK" note last "follow-up: watch the pool"
it "a correction" exits 0 "$RUNBOOK" note last --corrects 1 "it began at noon"

it "the timeline as text" exits 0 "$RUNBOOK" timeline last
it "has the person who was paged" out_has "@ ana"
it "and the deadline" out_has ": late"
it "as Markdown" exits 0 "$RUNBOOK" timeline last --format md
it "whose cells are words" out_has 'A night \| with \<signs\>'
it "which has the correction beside what it corrects" out_has "(corrected by $me in event"
it "as CSV" exits 0 "$RUNBOOK" timeline last --format csv
it "of seven columns each" rows_of "all(len(row) == 7 for row in rows) and rows[0][0] == 'seq'"
it "with the ends of line that RFC 4180 wants" rows_of "raw.count('\r\n') == raw.count('\n') == len(rows)"
it "without a formula" rows_of "not any(field[:1] in '=+-@' for row in rows for field in row if field)"
it "as JSON" exits 0 "$RUNBOOK" timeline last --format json
it "with no key that is not documented" documented
it "with lanes of people" json_of "run['people'][0]['name'] == 'ana' and run['people'][0]['pages'] == 1"
it "of deadlines" json_of "{d['path']: d['state'] for d in run['deadlines']} == {'': 'kept', 'late': 'missed'}"
it "and what was said after the end" json_of "[e['text'] for e in run['events'] if e.get('after_the_end')][0].endswith('watch the pool')"
it "as a page" exits 0 "$RUNBOOK" timeline last --format html
it "that fetches nothing" eval '! grep -Eq "(src|href)=\"?(https?:)?//|@import|url\(" "$work/out"'
it "and is text where a step's words are" out_has "A night | with &lt;signs&gt;"
it "no other format" exits 2 "$RUNBOOK" timeline last --format pdf

it "the report" exits 0 "$RUNBOOK" report last
it "has what was noted about the impact" out_has "- nobody could log in"
it "what is to be done, and that it was added afterwards" out_has "- watch the pool ($me, added after the end)"
it "what was late" out_has "the deadline of \`late\` was missed"
it "what a failed step printed" out_has "    connection refused by db1"
it "that nobody acknowledged" out_has "| acknowledged | nobody acknowledged |"
it "and leaves open what only people know" out_has "*To fill in:* why it happened"
it "as a page" exits 0 "$RUNBOOK" report last --format html
it "with the same words" out_has "<li>nobody could log in ("
it "as JSON" exits 0 "$RUNBOOK" report last --json
it "with no key that is not documented" documented
it "with its times" json_of "run['times']['acknowledge_seconds'] is None and run['times']['resolve_seconds'] > 0"
it "and what was printed" json_of "run['printed'][0]['path'] == 'look' and 'refused' in run['printed'][0]['text']"
it "of no run" exits 2 "$RUNBOOK" report nothing
finish
