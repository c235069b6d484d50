# tcp and dns: against the stand-in, and names that this machine knows by itself.
. "$(dirname "$0")/lib.sh"

serve </dev/null
port=${SERVER##*:}
given <<EOF
  - id: open
    uses: tcp.check
    with: {host: 127.0.0.1, port: $port}
  - id: wait
    uses: tcp.wait
    with: {host: 127.0.0.1, port: $port}
  - id: closed
    uses: tcp.check
    with: {host: 127.0.0.1, port: 1}
  - id: name
    uses: dns.lookup
    with: {name: localhost}
  - assert:
      - steps.open.output.open
      - steps.wait.output.tries == 1
      - steps.closed.output.open == false
      - steps.closed.output.reason == "Connection refused"
      - contains(steps.name.output, "127.0.0.1") or contains(steps.name.output, "::1")
EOF
it "tells whether something listens" succeeds

given <<EOF
  - uses: tcp.wait
    with: {host: 127.0.0.1, port: 1, timeout: 500ms, every: 200ms}
EOF
it "fails when nothing listens in time, and says why" fails_with action "after 500ms: Connection refused"

given <<EOF
  - uses: dns.lookup
    with: {name: no-such-name.invalid}
EOF
it "fails for a name without an address" fails_with action "no-such-name.invalid has no address"

given <<EOF
  - uses: dns.lookup
    with: {name: localhost, expect: 192.0.2.1}
EOF
it "fails for another address than is expected" fails_with action "not 192.0.2.1"

# Nobody answers there.
if command -v dig >/dev/null; then
    given <<EOF
  - uses: dns.records
    with: {name: example.org, server: 127.0.0.1, port: 1, timeout: 1s}
EOF
    it "fails when the name server does not answer" fails_with action "dig example.org"
fi

finish
