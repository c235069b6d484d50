# grafana: against the stand-in.
. "$(dirname "$0")/lib.sh"

export TOKEN=glsa_s3cr3t
journal_is_clean() { ! grep -qaF "$TOKEN" "$RUNBOOK_JOURNAL" "$RUNBOOK_JOURNAL"-wal 2>/dev/null; }

serve <<'EOF'
{"body": {"message": "Annotation added", "id": 7}}
{"body": {"message": "Annotation patched"}}
EOF
given <<EOF
  - id: mark
    uses: grafana.annotation
    with:
      url: $SERVER/grafana/
      token: "\${{ secrets.token }}"
      text: upgrade
      tags: [deploy, api]
      dashboard: jcIIG-07z
      panel: 2
      since: "2026-01-01T00:00:00Z"
  - uses: grafana.end_annotation
    with: {url: $SERVER, token: "\${{ secrets.token }}", id: "\${{ steps.mark.output.id }}", to: "2026-01-01T00:05:00Z"}
secrets:
  token: {env: TOKEN}
EOF
it "begins and ends" succeeds
it "posts under the path it is given" requested 1 POST /grafana/api/annotations
it "sends the token" header 1 authorization "Bearer glsa_s3cr3t"
it "tells the time in milliseconds" body 1 '{"dashboardUID": "jcIIG-07z", "panelId": 2, "time": 1767225600000,
    "tags": ["deploy", "api"], "text": "upgrade"}'
it "patches the annotation" requested 2 PATCH /api/annotations/7
it "says when it ended" body 2 '{"timeEnd": 1767225900000}'
it "leaves the token out of the journal" journal_is_clean

serve <<'EOF'
{"status": 403, "body": {"message": "You'll need additional permissions"}}
EOF
given <<EOF
  - uses: grafana.annotation
    with: {url: $SERVER, token: t, text: x}
EOF
it "fails with what Grafana says" fails_with action "grafana: POST annotations: HTTP status 403: {\"message\": \"You'll need"

finish
