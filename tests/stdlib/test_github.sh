# github: against the stand-in.
. "$(dirname "$0")/lib.sh"

export TOKEN=ghp_s3cr3t
journal_is_clean() { ! grep -qaF "$TOKEN" "$RUNBOOK_JOURNAL" "$RUNBOOK_JOURNAL"-wal 2>/dev/null; }

serve <<'EOF'
{"status": 201, "body": {"number": 1347, "html_url": "https://github.com/o/r/issues/1347"}}
{"status": 201, "body": {"id": 1, "html_url": "https://github.com/o/r/issues/1347#issuecomment-1"}}
{"body": {"number": 1347, "state": "closed", "html_url": "https://github.com/o/r/issues/1347"}}
EOF
given <<EOF
  - id: open
    uses: github.create_issue
    with:
      url: $SERVER
      token: "\${{ secrets.token }}"
      repository: o/r.s
      title: the disk is full
      text: of db-1
      labels: [bug]
      assignees: [ana]
  - uses: github.comment
    with: {url: $SERVER, token: "\${{ secrets.token }}", repository: o/r, number: "\${{ steps.open.output.number }}", text: fixed}
  - id: close
    uses: github.close_issue
    with: {url: $SERVER, token: "\${{ secrets.token }}", repository: o/r, number: 1347, reason: not_planned}
  - assert: steps.close.output.state == "closed" and steps.close.output.url == steps.open.output.url
secrets:
  token: {env: TOKEN}
EOF
it "opens, comments and closes" succeeds
it "opens" requested 1 POST /repos/o/r.s/issues
it "sends the token" header 1 authorization "Bearer ghp_s3cr3t"
it "names the version of the API" header 1 x-github-api-version 2022-11-28
it "says who it is" header 1 user-agent runbook
it "describes the issue" body 1 \
    '{"title": "the disk is full", "body": "of db-1", "labels": ["bug"], "assignees": ["ana"]}'
it "comments" requested 2 POST /repos/o/r/issues/1347/comments
it "says what it was told to" body 2 '{"body": "fixed"}'
it "patches the issue" requested 3 PATCH /repos/o/r/issues/1347
it "says why" body 3 '{"state": "closed", "state_reason": "not_planned"}'
it "leaves the token out of the journal" journal_is_clean

serve <<'EOF'
{"status": 410, "body": {"message": "Issues are disabled for this repo"}}
EOF
given <<EOF
  - {uses: github.create_issue, with: {url: "$SERVER", token: t, repository: o/r, title: x}}
EOF
it "fails with what GitHub says" fails_with action 'github: POST o/r/issues: HTTP status 410: {"message": "Issues are disabled'
given <<EOF
  - {uses: github.create_issue, with: {token: t, repository: "../x", title: x}}
EOF
it "refuses what is no repository" refuses "repository"

finish
