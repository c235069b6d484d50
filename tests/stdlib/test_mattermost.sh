# mattermost: against the stand-in.
. "$(dirname "$0")/lib.sh"

journal_is_clean() { ! grep -qaF s3cr3t "$RUNBOOK_JOURNAL" "$RUNBOOK_JOURNAL"-wal 2>/dev/null; }

serve <<'EOF'
{"text": "ok"}
EOF
export WEBHOOK=$SERVER/hooks/s3cr3t
given <<'EOF'
  - uses: mattermost.post
    with:
      webhook: "${{ secrets.webhook }}"
      text: "**done**"
      channel: town-square
      username: ops
      attachments: [{color: "#00ff00", text: fine}]
  - notify: {to: ops, message: it is down}
channels:
  ops: {uses: mattermost.post, with: {webhook: "${{ secrets.webhook }}"}}
secrets:
  webhook: {env: WEBHOOK}
EOF
it "posts, as a step and as a channel" succeeds
it "posts to the webhook" requested 1 POST /hooks/s3cr3t
it "sends everything" body 1 '{"text": "**done**", "channel": "town-square", "username": "ops",
    "attachments": [{"color": "#00ff00", "text": "fine"}]}'
it "sends a channel's message" said 2 'said["text"].startswith("it is down\n\nbook\nRun ")'
it "leaves the webhook out of the journal" journal_is_clean

serve <<'EOF'
{"status": 400, "body": {"id": "web.incoming_webhook.invalid.app_error", "message": "Invalid webhook"}}
EOF
given <<EOF
  - uses: mattermost.post
    with: {webhook: $SERVER/x, text: hello}
EOF
it "fails with what Mattermost says" fails_with action 'mattermost: the webhook: HTTP status 400: {'

finish
