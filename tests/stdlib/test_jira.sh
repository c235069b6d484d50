# jira: against the stand-in.
. "$(dirname "$0")/lib.sh"

export TOKEN=s3cr3t-t0ken
basic=$(printf 'ana@example.org:%s' "$TOKEN" | base64)
journal_is_clean() { ! grep -qaF -e "$TOKEN" -e "$basic" "$RUNBOOK_JOURNAL" "$RUNBOOK_JOURNAL"-wal 2>/dev/null; }

serve <<'EOF'
{"status": 201, "body": {"id": "10000", "key": "OPS-24", "self": "https://example.org/rest/api/2/issue/10000"}}
{"status": 201, "body": {"id": "20000"}}
{"body": {"transitions": [{"id": "11", "name": "Start", "to": {"name": "In Progress"}}, {"id": "31", "name": "Finish", "to": {"name": "Done"}}]}}
{"status": 204, "text": ""}
EOF
given <<EOF
  - id: new
    uses: jira.create
    with:
      url: $SERVER/
      user: ana@example.org
      token: "\${{ secrets.token }}"
      project: OPS
      type: Incident
      summary: the disk is full
      description: of db-1
      priority: High
      labels: [disk]
      fields: {customfield_10010: {value: blue}}
  - id: say
    uses: jira.comment
    with: {url: $SERVER, token: "\${{ secrets.token }}", issue: "\${{ steps.new.output.key }}", text: fixed}
  - id: done
    uses: jira.transition
    with: {url: $SERVER, token: "\${{ secrets.token }}", issue: OPS-24, to: done, resolution: Fixed}
  - assert:
      - steps.new.output.url == "$SERVER/browse/OPS-24"
      - steps.say.output.id == "20000"
      - steps.done.output.transition == "Finish" and steps.done.output.status == "Done"
secrets:
  token: {env: TOKEN}
EOF
it "creates, comments and moves on" succeeds
it "creates" requested 1 POST /rest/api/2/issue
it "is a user with a token in the cloud" header 1 authorization "Basic $basic"
it "describes the issue" body 1 '{"fields": {"project": {"key": "OPS"}, "issuetype": {"name": "Incident"},
    "summary": "the disk is full", "description": "of db-1", "priority": {"name": "High"}, "labels": ["disk"],
    "customfield_10010": {"value": "blue"}}}'
it "comments" requested 2 POST /rest/api/2/issue/OPS-24/comment
it "is a bearer of a token elsewhere" header 2 authorization "Bearer s3cr3t-t0ken"
it "says what it was told to" body 2 '{"body": "fixed"}'
it "asks which transitions there are" requested 3 GET /rest/api/2/issue/OPS-24/transitions
it "takes the one that leads there" requested 4 POST /rest/api/2/issue/OPS-24/transitions
it "names it by its id" body 4 '{"transition": {"id": "31"}, "fields": {"resolution": {"name": "Fixed"}}}'
it "leaves the token out of the journal" journal_is_clean

serve <<'EOF'
{"body": {"transitions": [{"id": "11", "name": "Start", "to": {"name": "In Progress"}}]}}
EOF
given <<EOF
  - {uses: jira.transition, with: {url: "$SERVER", token: t, issue: OPS-24, to: Done}}
EOF
it "says where the issue can go" fails_with action 'jira: OPS-24 cannot become "Done" now, only: Start'

serve <<'EOF'
{"status": 400, "body": {"errorMessages": [], "errors": {"issuetype": "Specify a valid issue type"}}}
EOF
given <<EOF
  - {uses: jira.create, with: {url: "$SERVER", token: t, project: OPS, summary: x}}
EOF
it "fails with what Jira says" fails_with action 'jira: POST issue: HTTP status 400: {"errorMessages"'

finish
