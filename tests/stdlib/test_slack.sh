# slack: against the stand-in.
. "$(dirname "$0")/lib.sh"

journal_is_clean() { ! grep -qaF s3cr3t "$RUNBOOK_JOURNAL" "$RUNBOOK_JOURNAL"-wal 2>/dev/null; }
export TOKEN=xoxb-s3cr3t

serve <<'EOF'
{"text": "ok", "headers": {"Content-Type": "text/html"}}
EOF
export WEBHOOK=$SERVER/services/T1/B2/s3cr3tpath
given <<'EOF'
  - id: post
    uses: slack.post
    with: {webhook: "${{ secrets.webhook }}", text: "done: <https://example.org|log>", blocks: [{type: divider}]}
  - assert: steps.post.output.sent
  - notify: {to: ops, message: "a < b & <!channel>"}
channels:
  ops: {uses: slack.post, with: {webhook: "${{ secrets.webhook }}"}}
secrets:
  webhook: {env: WEBHOOK}
EOF
it "posts through a webhook, as a step and as a channel" succeeds
it "sends each once" requests 2
it "posts to the webhook's own path" requested 1 POST /services/T1/B2/s3cr3tpath
it "says that it is JSON" header 1 content-type application/json
it "sends text and blocks as they are given" body 1 \
    '{"text": "done: <https://example.org|log>", "blocks": [{"type": "divider"}]}'
it "writes out what would mention people in a channel's message" said 2 'said["text"].startswith("a &lt; b &amp; &lt;!channel&gt;\n\nbook\nRun ")'
it "leaves the webhook out of the journal" journal_is_clean

serve <<'EOF'
{"status": 404, "text": "no_service"}
EOF
given <<EOF
  - uses: slack.post
    with: {webhook: $SERVER/services/x, text: hello}
EOF
it "fails with what the webhook says" fails_with action "slack: the webhook: HTTP status 404: no_service"

serve <<'EOF'
{"status": 429, "headers": {"Retry-After": "0"}, "body": {"ok": false, "error": "ratelimited"}}
{"body": {"ok": true, "channel": "C012", "ts": "1503435956.000247"}}
EOF
given <<EOF
  - id: say
    uses: slack.message
    with: {url: $SERVER/api, token: "\${{ secrets.token }}", channel: "#ops", text: hello, thread: "1503435000.1"}
  - assert:
      - steps.say.output.channel == "C012"
      - steps.say.output.ts == "1503435956.000247"
secrets:
  token: {env: TOKEN}
EOF
it "posts with a token, and again when that was too often" succeeds
it "asks twice" requests 2
it "calls chat.postMessage" requested 2 POST /api/chat.postMessage
it "sends the token" header 2 authorization "Bearer xoxb-s3cr3t"
it "names channel and thread" body 2 '{"channel": "#ops", "text": "hello", "thread_ts": "1503435000.1"}'
it "leaves the token out of the journal" journal_is_clean

serve <<'EOF'
{"body": {"ok": false, "error": "not_in_channel"}}
EOF
given <<EOF
  - uses: slack.message
    with: {url: $SERVER/api, token: t, channel: C1, text: hello}
EOF
it "fails when Slack refuses with status 200" fails_with action "slack: chat.postMessage to C1: not_in_channel"

serve <<'EOF'
{"status": 429, "headers": {"Retry-After": "0"}, "body": {"ok": false, "error": "ratelimited"}}
EOF
given <<EOF
  - uses: slack.message
    with: {url: $SERVER/api, token: t, channel: C1, text: hello}
EOF
it "fails when it is still too often" fails_with action "slack: chat.postMessage to C1: HTTP status 429"
it "has tried again three times" requests 4

given <<EOF
  - uses: slack.post
    with: {webhook: $SERVER/x}
EOF
it "says that there is no text" fails_with action "slack: \`text\` is missing"

finish
