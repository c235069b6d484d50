# teams: against the stand-in.
. "$(dirname "$0")/lib.sh"

journal_is_clean() { ! grep -qaF s3cr3t "$RUNBOOK_JOURNAL" "$RUNBOOK_JOURNAL"-wal 2>/dev/null; }

serve <<'EOF'
{"status": 202, "text": ""}
{"text": "1"}
EOF
export WEBHOOK="$SERVER/workflows/s3cr3t/triggers/manual/paths/invoke?sig=s3cr3t"
given <<'EOF'
  - uses: teams.post
    with:
      webhook: "${{ secrets.webhook }}"
      title: Disk
      text: "**full**"
      facts: {free: 0, host: db-1}
      links: {graph: "https://example.org/"}
  - notify: {to: ops, message: it is down}
channels:
  ops: {uses: teams.post, with: {webhook: "${{ secrets.webhook }}"}}
secrets:
  webhook: {env: WEBHOOK}
EOF
it "posts, as a step and as a channel" succeeds
it "posts to the webhook" requested 1 POST /workflows/s3cr3t/triggers/manual/paths/invoke
it "keeps the webhook's query" query 1 sig s3cr3t
it "sends an Adaptive Card" body 1 '{"type": "message", "attachments": [{"contentType":
    "application/vnd.microsoft.card.adaptive", "content": {
    "$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.4",
    "msteams": {"width": "Full"},
    "body": [{"type": "TextBlock", "text": "Disk", "wrap": true, "size": "Large", "weight": "Bolder"},
             {"type": "TextBlock", "text": "**full**", "wrap": true},
             {"type": "FactSet", "facts": [{"title": "free", "value": "0"}, {"title": "host", "value": "db-1"}]}],
    "actions": [{"type": "Action.OpenUrl", "title": "graph", "url": "https://example.org/"}]}}]}'
it "sends a channel's message, each line as a paragraph" said 2 \
    'said["attachments"][0]["content"]["body"][0]["text"].startswith("it is down\n\nbook\n\nRun ")'
it "leaves the webhook out of the journal" journal_is_clean

serve <<'EOF'
{"text": "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429"}
EOF
given <<EOF
  - uses: teams.post
    with: {webhook: $SERVER/x, text: hello}
EOF
it "fails when the refusal is in the body" fails_with action "returned HTTP error 429"

serve <<'EOF'
{"status": 400, "text": "Summary or Text is required."}
EOF
given <<EOF
  - uses: teams.post
    with: {webhook: $SERVER/x, text: hello}
EOF
it "fails with the status" fails_with action "teams: the webhook: HTTP status 400: Summary or Text"

finish
