# webhook: against the stand-in; the signature against openssl.
. "$(dirname "$0")/lib.sh"
command -v openssl >/dev/null || exit 77

export KEY=s3cr3tkey
journal_is_clean() { ! grep -qaF "$KEY" "$RUNBOOK_JOURNAL" "$RUNBOOK_JOURNAL"-wal 2>/dev/null; }
# The signature fits the bytes that were received.
is_signed() {
    python3 - "$work/requests" "$1" "$2" >"$work/signed" <<'PY'
import json, sys
request = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")][int(sys.argv[2]) - 1]
open(sys.argv[1] + ".body", "w", encoding="utf-8").write(request["body"])
print(request["headers"][sys.argv[3]])
PY
    [ "$(cat "$work/signed")" = "sha256=$(openssl dgst -sha256 -hmac "$KEY" -r "$work/requests.body" | cut -d' ' -f1)" ]
}

serve <<'EOF'
{"status": 201, "text": "thanks"}
EOF
given <<EOF
  - id: send
    uses: webhook.send
    with:
      url: $SERVER/hook
      json: {what: "run \${{ run.runbook }}", nested: {list: [1, "zwö", true]}}
      headers: {X-Team: ops}
      token: "\${{ secrets.key }}"
      signing_key: "\${{ secrets.key }}"
  - uses: webhook.send
    with: {url: $SERVER/other, json: {a: 1}, method: PUT, signing_key: "\${{ secrets.key }}", signature_header: X-Hub-Signature-256}
  - notify: {to: hook, message: it is down}
  - assert:
      - steps.send.output.status_code == 201
      - steps.send.output.body == "thanks"
channels:
  hook: {uses: webhook.send, with: {url: "$SERVER/page", json: {text: "see https://example.org/"}}}
secrets:
  key: {env: KEY}
EOF
it "sends JSON" succeeds
it "posts" requested 1 POST /hook
it "fills in what is templated" body 1 '{"what": "run book", "nested": {"list": [1, "zwö", true]}}'
it "says that it is JSON" header 1 content-type application/json
it "sends a header" header 1 x-team ops
it "sends the token" header 1 authorization "Bearer s3cr3tkey"
it "signs what it sends" is_signed 1 x-signature-256
it "puts" requested 2 PUT /other
it "signs under another name" is_signed 2 x-hub-signature-256
it "sends what the channel says" body 3 '{"text": "see https://example.org/"}'
it "leaves the key out of the journal" journal_is_clean

serve <<'EOF'
{}
EOF
given <<EOF
  - notify: {to: hook, message: it is down}
channels:
  hook: {uses: webhook.send, with: {url: "$SERVER/page"}}
EOF
it "sends a channel's message" succeeds
it "sends the whole message when it is not told what" \
    said 1 'said["message"] == "it is down" and said["subject"] == "book: it is down" and said["channel"] == "hook"'

serve <<'EOF'
{"status": 500, "text": "broken"}
EOF
given <<EOF
  - uses: webhook.send
    with: {url: $SERVER/x, json: {a: 1}}
EOF
it "fails with the status" fails_with action "webhook: HTTP status 500: broken"

given <<EOF
  - uses: webhook.send
    with: {url: $SERVER/x}
EOF
it "says that there is nothing to send" fails_with action "webhook: \`json\` is missing"

finish
