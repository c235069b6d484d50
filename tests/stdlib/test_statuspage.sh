# statuspage: against the stand-in.
. "$(dirname "$0")/lib.sh"

export KEY=s3cr3t-key
journal_is_clean() { ! grep -qaF "$KEY" "$RUNBOOK_JOURNAL" "$RUNBOOK_JOURNAL"-wal 2>/dev/null; }

serve <<'EOF'
{"status": 201, "body": {"id": "i1", "status": "identified", "impact": "major", "shortlink": "https://stspg.io/i1"}}
{"body": {"id": "i1", "status": "resolved", "impact": "major", "shortlink": "https://stspg.io/i1"}}
EOF
given <<EOF
  - id: open
    uses: statuspage.create
    with:
      key: "\${{ secrets.key }}"
      url: $SERVER
      page: p1
      name: Orders are slow
      body: We are looking into it.
      status: identified
      impact: major
      components: {c1: degraded_performance}
      notify: false
  - uses: statuspage.update
    with: {key: "\${{ secrets.key }}", url: $SERVER, page: p1, id: "\${{ steps.open.output.id }}", status: resolved}
  - assert: steps.open.output.url == "https://stspg.io/i1"
secrets:
  key: {env: KEY}
EOF
it "creates and resolves" succeeds
it "creates" requested 1 POST /v1/pages/p1/incidents
it "sends the key" header 1 authorization "OAuth s3cr3t-key"
it "describes the incident" body 1 '{"incident": {"name": "Orders are slow", "body": "We are looking into it.",
    "status": "identified", "impact_override": "major", "components": {"c1": "degraded_performance"},
    "component_ids": ["c1"], "deliver_notifications": false}}'
it "updates" requested 2 PATCH /v1/pages/p1/incidents/i1
it "says only what changes" body 2 '{"incident": {"status": "resolved", "deliver_notifications": true}}'
it "leaves the key out of the journal" journal_is_clean

serve <<'EOF'
{"status": 401, "body": {"error": "Could not authenticate"}}
EOF
given <<EOF
  - uses: statuspage.create
    with: {key: k, url: $SERVER, page: p1, name: x}
EOF
it "fails with what Statuspage says" fails_with action \
    'statuspage: POST incidents: HTTP status 401: {"error": "Could not authenticate"}'
given <<EOF
  - uses: statuspage.create
    with: {key: k, url: $SERVER, page: p1, name: x, components: {c1: broken}}
EOF
it "names the states a component may have" fails_with action "component c1 must be one of operational, "
it "has not asked for that" requests 1

finish
