# discord: against the stand-in.
. "$(dirname "$0")/lib.sh"

journal_is_clean() { ! grep -qaF s3cr3t "$RUNBOOK_JOURNAL" "$RUNBOOK_JOURNAL"-wal 2>/dev/null; }

serve <<'EOF'
{"body": {"id": "110", "channel_id": "220"}}
EOF
export WEBHOOK=$SERVER/api/webhooks/1/s3cr3t
given <<EOF
  - id: say
    uses: discord.post
    with: {webhook: "\${{ secrets.webhook }}", text: "**done**", username: ops, mentions: [roles], thread: "33"}
  - assert: steps.say.output.id == "110" and steps.say.output.channel == "220"
  - notify: {to: ops, message: "$(printf 'x%.0s' $(seq 2001))"}
channels:
  ops: {uses: discord.post, with: {webhook: "\${{ secrets.webhook }}"}}
secrets:
  webhook: {env: WEBHOOK}
EOF
it "posts, as a step and as a channel" succeeds
it "posts to the webhook" requested 1 POST /api/webhooks/1/s3cr3t
it "waits for the message to be there" query 1 wait true
it "names a thread" query 1 thread_id 33
it "mentions only whom it may" body 1 \
    '{"content": "**done**", "username": "ops", "allowed_mentions": {"parse": ["roles"]}}'
it "cuts a message that is too long, and mentions nobody" body 2 \
    "{\"content\": \"$(printf 'x%.0s' $(seq 1997))…\", \"allowed_mentions\": {\"parse\": []}}"
it "leaves the webhook out of the journal" journal_is_clean

serve <<'EOF'
{"status": 404, "body": {"message": "Unknown Webhook", "code": 10015}}
EOF
given <<EOF
  - uses: discord.post
    with: {webhook: $SERVER/x, text: hello}
EOF
it "fails with what Discord says" fails_with action 'discord: the webhook: HTTP status 404: {"message": "Unknown Webhook"'

finish
