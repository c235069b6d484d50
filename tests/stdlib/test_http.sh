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

finish
