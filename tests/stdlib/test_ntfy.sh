# ntfy: against the stand-in.
. "$(dirname "$0")/lib.sh"

export TOKEN=tk_s3cr3t
journal_is_clean() { ! grep -qaF "$TOKEN" "$RUNBOOK_JOURNAL" "$RUNBOOK_JOURNAL"-wal 2>/dev/null; }

serve <<'EOF'
{"body": {"id": "sPs71M8A2T", "time": 1643935928, "event": "message", "topic": "ops"}}
EOF
given <<EOF
  - id: say
    uses: ntfy.publish
    with:
      url: $SERVER
      topic: ops
      token: "\${{ secrets.token }}"
      text: "zwölf"
      title: "Größe"
      priority: 5
      tags: [warning]
      click: https://example.org/
      markdown: true
  - assert:
      - steps.say.output.id == "sPs71M8A2T"
      - steps.say.output.time == 1643935928
  - notify: {to: phone, message: it is down}
channels:
  phone: {uses: ntfy.publish, with: {url: "$SERVER", topic: ops}}
secrets:
  token: {env: TOKEN}
EOF
it "publishes, as a step and as a channel" succeeds
it "posts to the root" requested 1 POST /
it "sends the token" header 1 authorization "Bearer tk_s3cr3t"
it "sends everything as JSON" body 1 '{"topic": "ops", "message": "zwölf", "title": "Größe", "priority": 5,
    "tags": ["warning"], "click": "https://example.org/", "markdown": true}'
it "sends a channel's message" said 2 'said["title"] == "book: it is down" and said["message"].startswith("it is down\n\nbook\nRun ")'
it "leaves the token out of the journal" journal_is_clean

serve <<'EOF'
{"status": 403, "body": {"code": 40301, "http": 403, "error": "forbidden"}}
EOF
given <<EOF
  - uses: ntfy.publish
    with: {url: $SERVER, topic: ops, text: x}
EOF
it "fails with what the server says" fails_with action 'ntfy: HTTP status 403: {"code": 40301'

given <<EOF
  - uses: ntfy.publish
    with: {topic: "a/b", text: x, priority: 9}
EOF
it "refuses a topic that is none" refuses "topic"

finish
