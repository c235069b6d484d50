# http: against the stand-in.
. "$(dirname "$0")/lib.sh"

export API_TOKEN=s3cr3t-t0ken
serve <<'EOF'
{"body": {"pods": [{"name": "a"}, {"name": "b"}]}}
{"status": 201, "body": {"id": 7}}
EOF
given <<EOF
  - id: get
    uses: http.get_json
    with: {url: $SERVER/v1/pods, query: {label: [x, y z]}, token: "\${{ secrets.api }}"}
  - id: post
    uses: http.post_json
    with: {url: $SERVER/v1/things, json: {name: "\${{ steps.get.output.json.pods[2].name }}"}, expect: [201]}
  - assert:
      - steps.get.output.status_code == 200
      - "#steps.get.output.json.pods == 2"
      - steps.post.output.json.id == 7
secrets:
  api: {env: API_TOKEN}
EOF
it "gets and posts JSON" succeeds
it "sends each request once" requests 2
it "asks with GET" requested 1 GET /v1/pods
it "repeats a query parameter that is a list" query 1 label x "y z"
it "sends the token" header 1 authorization "Bearer s3cr3t-t0ken"
it "posts what it was given" body 2 '{"name": "b"}'
it "says that it is JSON" header 2 content-type application/json
journal_is_clean() { ! grep -qaF s3cr3t-t0ken "$RUNBOOK_JOURNAL" "$RUNBOOK_JOURNAL"-wal 2>/dev/null; }
it "leaves the token out of the journal" journal_is_clean

serve <<'EOF'
{"status": 503, "text": "come back later\nplease"}
EOF
given <<EOF
  - uses: http.get_json
    with: {url: $SERVER/x}
EOF
it "fails with the status and what the server says" fails_with action "status 503: come back later"

serve <<'EOF'
{"text": "<html>"}
EOF
given <<EOF
  - uses: http.get_json
    with: {url: $SERVER/x}
EOF
it "fails when the answer is no JSON" fails_with action "is no JSON: <html>"

stop_serving
it "fails when nobody listens" fails_with action "GET $SERVER/x: "

# --- told to come back later ---

serve <<EOF
{"status": 429, "headers": {"retry-after": "$(LC_ALL=C date -u -d '+4 seconds' '+%a, %d %b %Y %H:%M:%S GMT')"}, "body": "busy"}
{"body": {"up": true}}
EOF
given <<EOF
  - id: later
    lua: return http.json({url = "$SERVER"}, "asking")
  - assert: steps.later.output.up
EOF
it "waits until the date that the server names" succeeds
it "and asks again" requests 2

serve <<'EOF'
{"status": 429, "headers": {"retry-after": "2"}, "body": "busy"}
{"body": "ok"}
EOF
given <<EOF
  - notify: {to: ana, message: hello}
contacts: {ana: {channels: [chat]}}
channels: {chat: {uses: slack.post, with: {webhook: $SERVER/x}, timeout: 1s, retry: {max_attempts: 2}}}
EOF
it "a channel that is told so is left alone between two attempts, not within the time of one" succeeds
it "until it is time" requests 2
it "and says why" out_has "it is to be tried again in 2 s"

finish
