# Real servers on loopback that live as long as the test. Source it after the lib.sh beside the test; every start_… ends
# the test with status 77 (skipped) where the server is not installed.

# needs COMMAND…: the test makes no sense without these.
needs() {
    local command
    PATH=$PATH:/usr/sbin
    for command; do
        command -v "$command" >/dev/null || { echo "$command is not installed"; exit 77; }
    done
}

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# soon COMMAND…: the command succeeds; else the test ends.
soon() { eventually "$@" || { sed 's/^/# /' "$work"/*.log; exit 1; }; }

# serve_until_end NAME COMMAND…: in the background until the test ends; what it says is in $work/NAME.log, its pid in
# $server_pid.
serve_until_end() {
    local name=$1
    shift
    "$@" >"$work/$name.log" 2>&1 &
    server_pid=$!
    at_exit "kill $server_pid 2>/dev/null; wait $server_pid 2>/dev/null"
}

# start_postgres [SETTING=VALUE…]: an empty server; sets PGHOST (a folder: it listens on a socket only) and PGUSER, puts
# the programs of PostgreSQL on the PATH. With postgres_password set it asks for that, else it trusts.
start_postgres() {
    local bin auth=trust setting options="-c listen_addresses='' -c fsync=off"
    bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
    [ -x "$bin/initdb" ] || { echo "PostgreSQL is not installed"; exit 77; }
    # The server refuses to run as root. A socket's path must be short.
    pg=$(mktemp -d /tmp/runbook-pg.XXXXXX)
    at_exit "as_postgres '$bin/pg_ctl' -D '$pg/data' -m immediate stop >/dev/null 2>&1; rm -rf '$pg'"
    [ "$(id -u)" != 0 ] || chown postgres "$pg"
    if [ -n "${postgres_password:-}" ]; then
        echo "$postgres_password" >"$pg/password"
        chmod 644 "$pg/password"
        auth=scram-sha-256
    fi
    for setting; do options="$options -c $setting"; done
    cd /tmp || exit 1
    as_postgres "$bin/initdb" -D "$pg/data" -U postgres -A $auth ${postgres_password:+"--pwfile=$pg/password"} -N \
        >"$work/initdb.log" 2>&1 || { cat "$work/initdb.log"; exit 1; }
    as_postgres "$bin/pg_ctl" -D "$pg/data" -w -l "$pg/log" -o "$options -k $pg" start >/dev/null || { cat "$pg/log"; exit 1; }
    cd "$work" || exit 1
    export PGHOST=$pg PGUSER=postgres PATH=$bin:$PATH
}
as_postgres() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }

# start_redis [ARGUMENT…]: an empty server; sets redis_port and redis_socket.
start_redis() {
    needs redis-server
    redis_port=$(free_port) redis_socket=$work/redis.sock
    serve_until_end redis redis-server --bind 127.0.0.1 --port "$redis_port" --unixsocket "$redis_socket" --save "" \
        --dir "$work" "$@"
    soon test -S "$redis_socket"
}

# start_nginx: with the configuration of `web_configuration`, which prints the insides of `http {}` and may use
# $web_port; sets web_port, web_url, and web (its folder: -p of nginx; the configuration is $web/nginx.conf).
start_nginx() {
    needs nginx
    web=$work/web web_port=$(free_port)
    web_url=http://127.0.0.1:$web_port
    mkdir -p "$web/logs"
    configure_nginx
    serve_until_end nginx nginx -p "$web" -c "$web/nginx.conf"
    soon reaches "$web_port"
}
configure_nginx() {
    cat >"$web/nginx.conf" <<CONF
daemon off; pid $web/pid; error_log $web/error.log;
events {}
http {
    access_log $web/access.log; client_body_temp_path $web/a; proxy_temp_path $web/b; fastcgi_temp_path $web/c;
    uwsgi_temp_path $web/d; scgi_temp_path $web/e;
    $(web_configuration)
}
CONF
}
reaches() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# start_prometheus [TARGET…]: scrapes itself (job "self") and the targets (host:port, job "target") five times a second, with
# the rules in $work/rules.yml if there are any; sets prometheus_url. With alertmanager_url set it sends its alerts there.
start_prometheus() {
    local port targets="" target
    needs prometheus
    port=$(free_port) prometheus_url=http://127.0.0.1:$port
    for target; do targets="$targets\"$target\","; done
    cat >"$work/prometheus.yml" <<CONF
global: {scrape_interval: 200ms, evaluation_interval: 200ms, scrape_timeout: 200ms}
scrape_configs:
  - {job_name: self, static_configs: [{targets: ["127.0.0.1:$port"]}]}
  - {job_name: target, static_configs: [{targets: [$targets]}]}
rule_files: ["$work/rules*.yml"]
CONF
    [ -z "${alertmanager_url:-}" ] || cat >>"$work/prometheus.yml" <<CONF
alerting: {alertmanagers: [{static_configs: [{targets: ["${alertmanager_url#http://}"]}]}]}
CONF
    serve_until_end prometheus prometheus --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/tsdb" \
        --web.listen-address="127.0.0.1:$port" --log.level=error
    soon curl -sf "$prometheus_url/-/ready"
}

# start_alertmanager: keeps alerts and sends them nowhere; sets alertmanager_url.
start_alertmanager() {
    local port
    needs prometheus-alertmanager
    port=$(free_port) alertmanager_url=http://127.0.0.1:$port
    printf 'route: {receiver: nobody}\nreceivers: [{name: nobody}]\n' >"$work/alertmanager.yml"
    serve_until_end alertmanager prometheus-alertmanager --config.file="$work/alertmanager.yml" \
        --storage.path="$work/alerts" --web.listen-address="127.0.0.1:$port" --cluster.listen-address=
    soon curl -sf "$alertmanager_url/-/ready"
}

# start_s3 BUCKET…: a stand-in for S3 with these buckets, for the real `aws`: give it $s3_url (--endpoint-url, or
# `endpoint` of the aws actions; Debian's `aws` takes none from the environment). Objects are files in $work/s3/BUCKET.
start_s3() {
    local bucket
    needs aws
    for bucket; do mkdir -p "$work/s3/$bucket"; done
    serve_until_end s3 python3 "$tests/lib/s3.py" "$work/s3" "$work/s3.port"
    soon test -s "$work/s3.port"
    s3_url=http://127.0.0.1:$(cat "$work/s3.port")
    export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=us-east-1
    export AWS_EC2_METADATA_DISABLED=true AWS_REQUEST_CHECKSUM_CALCULATION=when_required
}

# start_app <<EOF: a stand-in for an application: one JSON map a line, {"path": "/health", "method": "GET", "status": 200,
# "body": …} (see stand_in.py); sets app_url. `app_answers <<EOF` gives it others; what it was asked is in $work/app.asked.
start_app() {
    app_answers
    serve_until_end app python3 "$tests/lib/stand_in.py" "$work/app.answers" "$work/app.asked" "$work/app.port"
    soon test -s "$work/app.port"
    app_url=http://127.0.0.1:$(cat "$work/app.port")
}
app_answers() { cat >"$work/app.answers.new" && mv "$work/app.answers.new" "$work/app.answers"; }
