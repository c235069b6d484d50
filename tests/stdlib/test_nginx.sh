# nginx: a real one of the test's own.
. "$(dirname "$0")/lib.sh"

configure() { location=$1; configure_nginx; }
web_configuration() { echo "server { listen 127.0.0.1:$web_port; location /status { stub_status; } location /version { $location } }"; }
location='return 200 "one";'
start_nginx
url=$web_url
where="command: $(command -v nginx), prefix: $web, config: $web/nginx.conf"

configure 'return 200 "two";'
given <<EOF
  - id: status
    uses: nginx.status
    with: {url: "$url/status"}
  - uses: nginx.test
    with: {$where}
  - uses: nginx.reload
    with: {$where}
  - id: version
    http: {url: "$url/version"}
    until: result.body == "two"
    every: 100ms
    timeout: 10s
  - assert:
      - steps.status.output.active >= 1 and steps.status.output.requests >= 1
EOF
it "reads counters, and takes a new configuration over" succeeds

configure 'return 200 "three";'
echo "nonsense;" >>"$web/nginx.conf"
given <<EOF
  - uses: nginx.reload
    with: {$where}
EOF
it "does not take over a configuration that is wrong, and says where" fails_with action 'unknown directive "nonsense"'

given <<EOF
  - uses: nginx.status
    with: {url: "$url/version"}
EOF
it "says when something else answers" fails_with action "does not answer as stub_status does"

finish
