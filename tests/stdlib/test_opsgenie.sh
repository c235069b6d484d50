# opsgenie: against the stand-in.
. "$(dirname "$0")/lib.sh"

export KEY=s3cr3t-key
journal_is_clean() { ! grep -qaF "$KEY" "$RUNBOOK_JOURNAL" "$RUNBOOK_JOURNAL"-wal 2>/dev/null; }

serve <<'EOF'
{"status": 202, "body": {"result": "Request will be processed", "took": 0.1, "requestId": "r-1"}}
EOF
given <<EOF
  - id: open
    uses: opsgenie.create
    with:
      key: "\${{ secrets.key }}"
      url: $SERVER
      text: the disk is full
      alias: "disk/db 1"
      priority: P2
      responders: [{type: team, name: platform}]
      tags: [disk]
      details: {free: "0"}
      entity: db-1
  - assert: steps.open.output.request_id == "r-1" and steps.open.output.alias == "disk/db 1"
  - uses: opsgenie.acknowledge
    with: {key: "\${{ secrets.key }}", url: $SERVER, alias: "disk/db 1", note: looking, user: ana}
  - uses: opsgenie.close
    with: {key: "\${{ secrets.key }}", url: $SERVER, alias: "disk/db 1"}
  - notify: {to: pager, message: "$(printf 'x%.0s' $(seq 131))", severity: P1}
channels:
  pager: {uses: opsgenie.create, with: {key: "\${{ secrets.key }}", url: "$SERVER"}}
secrets:
  key: {env: KEY}
severities: {P1: {}}
EOF
it "creates, acknowledges and closes" succeeds
it "creates" requested 1 POST /v2/alerts
it "sends the key" header 1 authorization "GenieKey s3cr3t-key"
it "describes the alert" body 1 '{"message": "the disk is full", "alias": "disk/db 1", "priority": "P2", "responders":
    [{"type": "team", "name": "platform"}], "tags": ["disk"], "details": {"free": "0"}, "entity": "db-1", "source": "runbook"}'
it "acknowledges by alias" requested 2 POST /v2/alerts/disk%2Fdb%201/acknowledge
it "says that it is an alias" query 2 identifierType alias
it "leaves a note" body 2 '{"source": "runbook", "note": "looking", "user": "ana"}'
it "closes" requested 3 POST /v2/alerts/disk%2Fdb%201/close
it "sends a body even when there is nothing to say" body 3 '{"source": "runbook"}'
it "pages as a channel, with the message's severity and in 130 bytes" said 4 'said["priority"] == "P1" and
    said["message"] == "[P1] book: " + "x" * 116 + "…"'
it "has all of the message in the description" said 4 'said["description"].startswith("x" * 131 + "\n\nbook, severity P1")'
it "leaves the key out of the journal" journal_is_clean

serve <<'EOF'
{"status": 422, "body": {"message": "Request body is not processable"}}
EOF
given <<EOF
  - uses: opsgenie.create
    with: {key: k, url: $SERVER, text: x}
EOF
it "fails with what Opsgenie says" fails_with action 'opsgenie: create: HTTP status 422: {"message"'

finish
