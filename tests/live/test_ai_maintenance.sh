# The AI data readiness platform's planned maintenance and minor issues: a real nginx whose maintenance mode is a file, a
# real PostgreSQL that is backed up, a stand-in for the application, a command that answers as systemctl(1) says.
. "$(dirname "$0")/lib.sh"
own_books ai-data-readiness
sed -i 's/^  maintenance: .*/  maintenance: {days: Mon-Sun, hours: "00:00-24:00"}/' "$books/oncall.yaml"
export ONCALL_ANNOUNCE=$work/pager
start_app <<EOF
{"path": "/health", "body": {"status": "healthy"}}
EOF
# Where the workers of nginx, who are nobody, can see it.
shared=$(mktemp -d /tmp/runbook-web.XXXXXX)
chmod 755 "$shared"
at_exit "rm -rf '$shared'"
flag=$shared/maintenance
web_configuration() {
    cat <<CONF
server {
    listen 127.0.0.1:$web_port;
    location / { if (-f $flag) { return 503; } proxy_pass $app_url; }
}
CONF
}
start_nginx
start_postgres
createdb ai_data_readiness
psql -Xq -d ai_data_readiness -c "CREATE TABLE datasets (id int)"

mkdir "$work/bin" "$work/backups"
cat >"$work/bin/systemctl" <<'SCRIPT'
#!/bin/sh
echo "$*" >>"${0%/*}/calls"
case "$*" in
*" show "*) printf 'LoadState=loaded\nActiveState=active\nSubState=running\nMainPID=42\nNRestarts=0\n' ;;
*" stop "*worker) [ ! -e "${0%/*}/stuck" ] || { echo "Job timed out." >&2; exit 1; } ;;
esac
SCRIPT
chmod +x "$work/bin/systemctl"
export PATH=$work/bin:$PATH
public() { test "$(curl -s -o /dev/null -w '%{http_code}' "$web_url/health")" = "$1"; }
is_off() { test ! -e "$flag"; }
order_is() { test "$(grep -oE ' (stop|start) -- .*' "$work/bin/calls" | tr -d '\n')" = "$1" || { cat "$work/bin/calls"; return 1; }; }

# --- planned-maintenance

with=(-p what="PostgreSQL 16" -p notice=0s -p flag="$flag" -p public_url="$web_url/health" -p health_url="$app_url/health"
    -p backups="$work/backups" -p watch_for=1s)
on_terminal "$RUNBOOK" exec "$books/planned-maintenance.yaml" "${with[@]}" --answer prepare=done --answer go=yes
it "waits for the work" eventually timeline_has '`maintenance/work` asks'
it "has told users" paged "Users of the platform"
it "shows users that it is down" public 503
it "has stopped the services, the worker first" order_is " stop -- ai-data-readiness-worker stop -- ai-data-readiness-app"
it "has made a backup that can be read" sh -c 'pg_restore --list "$1"/before-*.dump | grep -q datasets' sh "$work/backups"
it "takes the work from another process" "$RUNBOOK" "done" last work --note "16.1 runs"
it "comes back" eventually timeline_has '`write-down` asks'
it "lets users in again" public 200
it "takes the report" "$RUNBOOK" "done" last write-down
it "ends well" eventually ended succeeded

on_terminal "$RUNBOOK" exec "$books/planned-maintenance.yaml" "${with[@]}" --answer prepare=done --answer go=yes
it "is down a second time" eventually public 503
it "waits for the work again" eventually timeline_has '`maintenance/work` asks'
it "can be cancelled there" "$RUNBOOK" cancel last
it "ends as cancelled" eventually ended cancelled
it "is not in maintenance mode after a cancellation" is_off
it "lets users in after a cancellation" public 200

rm "$work/bin/calls"
touch "$work/bin/stuck"
it "fails when a service does not stop" exits 1 carry_out planned-maintenance "${with[@]}" --yes --answer prepare=done \
    --answer go=yes --answer write-down=done --answer work=no --answer roll-back=done
it "has started it again" order_is " stop -- ai-data-readiness-worker start -- ai-data-readiness-worker start -- ai-data-readiness-app"
it "is not in maintenance mode after a failure" is_off
it "says that it was not done" timeline_has "was rolled back"
rm "$work/bin/stuck"

it "wants a week of notice" exits 1 carry_out planned-maintenance "${with[@]}" -p notice=7d -p start=2026-11-22T02:00:00Z --yes \
    --answer prepare=done --answer go=yes --answer write-down=done --answer work=no --answer roll-back=done
it "says so" timeline_has "less than 7d"
it "begins nothing that nobody wants" exits 3 carry_out planned-maintenance "${with[@]}" --yes --answer prepare=done \
    --answer go=no --answer write-down=done --answer work=no --answer roll-back=done
it "is not in maintenance mode then" is_off

# --- p3-minor, while the window is open

minor() {
    carry_out p3-minor -p summary='the "export" button is grey' -p workaround="use the API" -p register="$work/incidents/minor.csv" \
        -p health_url="$app_url/health" "$@"
}
it "mends a minor issue in the window" exits 0 minor --answer fix=done --answer gone=done
it "has told users the way around" grep -q "until it is mended: use the API" -i "$work/pages"
it "has opened and closed it in the register" test "$(grep -cE ',(opened|closed),' "$work/incidents/minor.csv")" = 2
it "keeps the register readable" python3 -c 'import csv, sys; rows = list(csv.reader(open(sys.argv[1])))
assert [len(row) for row in rows] == [4, 4], rows' "$work/incidents/minor.csv"
it "stays open when it is not gone" exits 3 minor --answer fix=done --answer gone=no
finish
