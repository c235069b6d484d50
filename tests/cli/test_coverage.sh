# `runbook test --coverage`: what the scenarios of a runbook reach, as text, JSON and a page.
. "$(dirname "$0")/lib.sh"

mkdir books
cat >books/oncall.yaml <<'YAML'
contacts: {ana: {channels: [page]}, bo: {channels: [page]}}
channels: {page: {uses: command.run, with: {argv: [page]}}}
policies:
  quick:
    levels:
      - {notify: [ana], escalate_after: 5m}
      - {notify: [bo], when: params.busy}
YAML
cat >books/sub.yaml <<'YAML'
runbook: sub
params: {busy: {type: boolean, default: false}}
deadline: 1h
import: [oncall.yaml]
escalation: {policy: quick, message: look at it}
steps:
  - id: work
    run: echo "<script>alert('&')</script>"
    retry: 2
YAML
cat >books/main.yaml <<'YAML'
runbook: main
params: {busy: {type: boolean, default: true}}
steps:
  - id: each
    foreach: params.busy and {1, 2} or {}
    run: echo ${{ item }}
    timeout: 1m
  - id: way
    switch:
      - when: params.busy
        steps:
          - note: busy
      - when: steps.way == 1
        steps:
          - note: never
  - id: ready
    wait: {signal: ready, timeout: 10m}
    continue_on_error: true
  - id: go
    approve: {message: Go?, timeout: 10m}
  - id: other
    call: sub.yaml
rescue:
  - id: repair
    run: echo repair
YAML
sed -i 's/steps.way == 1/false/' books/main.yaml
cat >books/main.test.yaml <<'YAML'
scenarios:
  - name: all goes well
    mocks: {each: ok, work: [fail, ok]}
    signals: [{at: 1m, name: ready}]
    people: [{at: 2m, approve: go, by: ana}]
    expect: {status: succeeded}
  - name: nobody decides
    params: {busy: false}
    mocks: {repair: ok}
    signals: [{at: 1m, name: ready}]
    expect: {status: succeeded}
YAML
cat >books/sub.test.yaml <<'YAML'
scenarios:
  - name: it does not work
    mocks: {work: fail}
    people: [{at: 1s, ack: ana}]
    expect: {status: failed, class: exit}
  - name: nobody looks
    params: {busy: true}
    mocks: {work: {takes: 2h}}
    expect: {status: failed, class: deadline}
YAML

covered() { "$RUNBOOK" test "$@"; }
json() { python3 - "$1" "$2" <<'PY' || { echo "# not true: $2"; cat "$1"; return 1; }
import json, sys
sheet = json.load(open(sys.argv[1]))
files = {file["file"].split("/")[-1]: file for file in sheet["files"]}
def missed(name):
    return {(point["of"], point["what"]) for point in files[name]["points"] if "missed" in point}
sys.exit(not eval(sys.argv[2]))
PY
}

it "says which steps and branches were reached" exits 0 covered books/main.test.yaml --coverage --coverage-json main.json
it "a line for each file that the runbook reaches" out_has "books/sub.yaml     steps     1/1 100 %  branches     1/3  33 %"
it "and for them together" out_has "all together"
it "says where a case is that was never taken" out_has "books/main.yaml:13: way: case 2: was never taken"
it "says that nobody refused" out_has "books/main.yaml:20: go: was never denied"
it "says that a step never took too long" out_has "books/main.yaml:6: each: never timed out"
it "says whom nobody paged" out_has "books/oncall.yaml:7: level 2 of quick: was never paged"
it "knows what was reached" json main.json 'missed("main.yaml") == {("each", "timeout"), ("each", "failed"),
    ("way", "case"), ("note-2", "ran"), ("ready", "signal-missed"), ("go", "denied")}'
it "counts the runs that reached a step" json main.json \
    '[p["runs"] for p in files["main.yaml"]["points"] if p["what"] == "ran" and p["of"] in ("go", "other")] == [2, 1]'
it "counts a runbook that is called" json main.json 'missed("sub.yaml") == {("", "deadline"), ("work", "failed")}'

it "puts the scenarios of several runbooks together" exits 0 covered books --coverage-json both.json
it "what one of them misses the other may reach" json both.json 'missed("sub.yaml") == set()'
it "in the policies too" json both.json 'missed("oncall.yaml") == {("quick", "not-paged")}'
it "as often as there were runs" json both.json \
    '[p["runs"] for p in files["sub.yaml"]["points"] if p["of"] == "work" and p["what"] == "ran"] == [3]'
it "one process counts as several do" exits 0 covered books --jobs 1 --coverage-json alone.json
it "to the last run" cmp alone.json both.json

it "enough is enough" exits 0 covered books --coverage-min 70
it "too little is a failure" exits 1 covered books --coverage-min 90
it "that says how much it was" err_has "88 % of the steps and 70 %"
it "and what to do about it" err_has "--coverage says which are missing"
it "a percentage has bounds" exits 2 covered books --coverage-min 101
it "and is a number" exits 2 covered books --coverage-min most

# --- the page ---

page_is_sound() {
    python3 - page.html <<'PY'
import html.parser, re, sys

VOID = {"meta", "br", "hr", "img", "link", "input"}

class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.ids, self.links, self.problems, self.rows = [], [], [], [], {}
        self.row, self.in_code = None, False
    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag not in VOID:
            self.open.append(tag)
        if "id" in attributes:
            self.ids.append(attributes["id"])
        for name in ("src", "href"):
            if name in attributes:
                self.links.append(attributes[name])
        if tag in ("script", "link", "img", "iframe", "object"):
            self.problems.append(tag)
        self.problems += [name for name in attributes if name.startswith("on")]
        if tag == "tr" and "id" in attributes:
            self.row = self.rows.setdefault(attributes["id"], [attributes["class"], ""])
    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.problems.append("</" + tag)
        if tag == "tr":
            self.row = None
    def handle_data(self, data):
        if self.row:
            self.row[1] += data

source = open(sys.argv[1], encoding="utf-8").read()
page = Page()
page.feed(source)
page.close()
if page.open:
    page.problems.append("not closed: " + str(page.open))
if len(page.ids) != len(set(page.ids)):
    page.problems.append("two elements with one id")
page.problems += [link for link in page.links if not (link.startswith("#") and link[1:] in page.ids)]
if re.search(r"url\(|@import|https?:", source):
    page.problems.append("something is fetched")
def row(number, state, text):
    found = page.rows["f0-%d" % number]
    if found[0] != state or text not in found[1]:
        page.problems.append(found)
row(3, "plain", "steps:")
row(5, "covered", "foreach:")
row(6, "partly", "never timed out")
row(7, "covered", "timeout: 1m")
row(13, "partly", "case 2: was never taken")
row(15, "missed", "never ran")
if not any("<script>alert('&')</script>" in text for _, text in page.rows.values()):
    page.problems.append("the source is not shown as it is")
print("#", page.problems) if page.problems else None
sys.exit(bool(page.problems))
PY
}
it "writes a page" exits 0 covered books/main.test.yaml --coverage-html page.html
it "that is well formed, fetches nothing and shows the lines as they are" page_is_sound
it "says so when it cannot be written" exits 5 covered books --coverage-html nowhere/page.html
finish
