# nginx: a real one of the test's own.
. "$(dirname "$0")/lib.sh"
nginx=$(command -v nginx || ls /usr/sbin/nginx 2>/dev/null) || { echo "nginx is not installed"; exit 77; }

mkdir -p "$work/web/logs"
server=
trap 'kill $server 2>/dev/null; wait $server 2>/dev/null; rm -rf "$work"' EXIT
configure() { # WHAT
    cat >"$work/web/nginx.conf" <<CONF
daemon off; pid $work/web/pid; error_log $work/web/error.log;
events {}
http {
    access_log off; client_body_temp_path $work/web/a; proxy_temp_path $work/web/b; fastcgi_temp_path $work/web/c;
    uwsgi_temp_path $work/web/d; scgi_temp_path $work/web/e;
    server { listen 127.0.0.1:$port; location /status { stub_status; } location /version { $1 } }
}
CONF
}
for port in $(seq $((21000 + $$ % 9000)) $((21050 + $$ % 9000))); do
    configure 'return 200 "one";'
    "$nginx" -p "$work/web" -c "$work/web/nginx.conf" 2>/dev/null &
    server=$!
    for _ in $(seq 40); do
        kill -0 "$server" 2>/dev/null || continue 2
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break 2
        sleep 0.05
    done
done
url=http://127.0.0.1:$port
where="command: $nginx, prefix: $work/web, config: $work/web/nginx.conf"

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
echo "nonsense;" >>"$work/web/nginx.conf"
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
