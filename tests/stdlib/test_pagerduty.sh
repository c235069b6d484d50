# pagerduty: against the stand-in.
. "$(dirname "$0")/lib.sh"

export KEY=s3cr3tkey
journal_is_clean() { ! grep -qaF "$KEY" "$RUNBOOK_JOURNAL" "$RUNBOOK_JOURNAL"-wal 2>/dev/null; }

serve <<'EOF'
{"status": 202, "body": {"status": "success", "message": "Event processed", "dedup_key": "abc"}}
EOF
given <<EOF
  - id: open
    uses: pagerduty.trigger
    with:
      routing_key: "\${{ secrets.key }}"
      url: $SERVER
      summary: the disk is full
      source: db-1
      severity: error
      component: postgres
      details: {free: 0}
      links: [{href: "https://example.org/", text: graph}]
  - uses: pagerduty.acknowledge
    with: {routing_key: "\${{ secrets.key }}", url: $SERVER, dedup_key: "\${{ steps.open.output.dedup_key }}"}
  - uses: pagerduty.resolve
    with: {routing_key: "\${{ secrets.key }}", url: $SERVER, dedup_key: abc}
  - notify: {to: pager, message: it is down, severity: warning}
  - notify: {to: pager, message: it is down, severity: P1}
channels:
  pager: {uses: pagerduty.trigger, with: {routing_key: "\${{ secrets.key }}", url: "$SERVER"}}
secrets:
  key: {env: KEY}
severities: {P1: {}, warning: {}}
EOF
it "triggers, acknowledges and resolves" succeeds
it "sends five events" requests 5
it "posts them to the Events API" requested 1 POST /v2/enqueue
it "describes the alert" body 1 '{"routing_key": "s3cr3tkey", "event_action": "trigger", "client": "runbook", "payload":
    {"summary": "the disk is full", "source": "db-1", "severity": "error", "component": "postgres", "custom_details":
    {"free": 0}}, "links": [{"href": "https://example.org/", "text": "graph"}]}'
it "acknowledges the alert that was opened" \
    body 2 '{"routing_key": "s3cr3tkey", "event_action": "acknowledge", "dedup_key": "abc"}'
it "resolves it" body 3 '{"routing_key": "s3cr3tkey", "event_action": "resolve", "dedup_key": "abc"}'
it "pages as a channel, with the message's severity when PagerDuty knows it" said 4 'said["event_action"] == "trigger"
    and said["payload"]["severity"] == "warning" and said["payload"]["summary"] == "[warning] book: it is down"'
it "has all of the message in the details" \
    said 4 'said["payload"]["custom_details"]["text"].startswith("it is down\n\nbook, severity warning\nRun ")'
it "pages as critical when it does not" said 5 'said["payload"]["severity"] == "critical"'
it "leaves the key out of the journal" journal_is_clean

serve <<'EOF'
{"status": 400, "body": {"status": "invalid event", "message": "Event object is invalid"}}
EOF
given <<EOF
  - uses: pagerduty.trigger
    with: {routing_key: k, url: $SERVER, summary: x}
EOF
it "fails with what PagerDuty says" fails_with action "pagerduty: trigger: HTTP status 400: {"

given <<EOF
  - uses: pagerduty.trigger
    with: {routing_key: k, severity: fatal, summary: x}
EOF
it "refuses a severity that PagerDuty has not" refuses "fatal"

serve <<'EOF'
{"status": 202, "body": {"status": "success", "dedup_key": "abc"}}
EOF
long=$(printf 'ä%.0s' $(seq 600))
given <<EOF
  - uses: pagerduty.trigger
    with: {routing_key: k, url: $SERVER, summary: $long}
EOF
it "sends a summary that is too long" succeeds
it "cuts it between characters" body 1 "{\"routing_key\": \"k\", \"event_action\": \"trigger\", \"client\": \"runbook\",
    \"payload\": {\"summary\": \"$(printf 'ä%.0s' $(seq 510))…\", \"source\": \"runbook\", \"severity\": \"critical\"}}"

finish
