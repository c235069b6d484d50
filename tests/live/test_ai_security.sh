# Somebody tries to get in: the real iptables in a network of the test's own, a real nginx, a real PostgreSQL.
if [ -z "${own_network:-}" ]; then
    # Root needs no user namespace, and PostgreSQL wants another user than root.
    own_network=-n
    [ "$(id -u)" = 0 ] || own_network=-rn
    unshare $own_network true 2>/dev/null || { echo "a network of one's own is not allowed here"; exit 77; }
    export own_network
    exec unshare $own_network bash "$0"
fi
. "$(dirname "$0")/lib.sh"
needs iptables ip
iptables -w -S >/dev/null 2>&1 || { echo "iptables does not work here"; exit 77; }
[ $own_network = -n ] || { echo "PostgreSQL cannot be another user here"; exit 77; }
own_books ai-data-readiness
ip link set lo up
# Whoever talks to this address does so from it: that is the intruder.
ip address add 198.51.100.7/32 dev lo
web_configuration() { echo "server { listen 0.0.0.0:$web_port; location / { return 200; } }"; }
start_nginx
start_postgres listen_addresses=198.51.100.7
echo "host all all 198.51.100.7/32 trust" >>"$pg/data/pg_hba.conf"
psql -XAtq -c "SELECT pg_reload_conf()" >/dev/null

knocks() { curl -s -m 1 -o /dev/null "http://198.51.100.7:$web_port/login"; }
is_shut_out() { ! knocks; }
psql -X -h 198.51.100.7 -c "SELECT pg_sleep(60)" >/dev/null 2>&1 &
intruder=$!
pids="$pids $intruder"
has_session() { test "$(psql -XAtq -c "SELECT count(*) FROM pg_stat_activity WHERE client_addr = '198.51.100.7'")" = "$1"; }
for _ in 1 2 3; do echo "sshd: Failed password for root from 198.51.100.7 port 4711" >>"$work/auth.log"; done
knocks
it "has an intruder who gets in" knocks
it "has an intruder with a session" eventually has_session 1

defend() {
    carry_out unauthorized-access -p address=198.51.100.7 -p access_log="$web/access.log" -p auth_log="$work/auth.log" \
        -p health_url="http://127.0.0.1:$web_port/" --yes --answer policies=done "$@"
}
answers() { echo "verdict={\"got_in\": $1}"; }
it "does not block what nobody wants blocked" exits 3 defend --answer may-block=no --answer "$(answers false)"
it "has shown what it saw: requests, failed logins, sessions" timeline_has "2 requests, 3 failed logins, 1"
it "has blocked nobody" knocks
it "does not block one of ours" exits 1 defend -p protected=198.51.100.7 --answer may-block=yes --answer "$(answers false)"
it "says that it is one of ours" timeline_has "one of the protected addresses"
it "blocks, and settles it when nobody got in" exits 0 defend --answer may-block=yes --answer "$(answers false)"
it "has shut the intruder out" is_shut_out
it "has ended the session" eventually has_session 0
it "lets everybody else in" curl -sf -m 2 "http://127.0.0.1:$web_port/"
it "leaves the block in place" iptables -w -C INPUT -s 198.51.100.7 -j DROP
iptables -w -F
it "takes a block away that shuts out the platform itself" \
    exits 1 defend -p health_url="http://198.51.100.7:$web_port/" --answer may-block=yes --answer "$(answers false)"
it "has taken it away" knocks
it "hands over when they got in" exits 1 defend --answer may-block=yes --answer "$(answers true)"
it "says to what" timeline_has "start data-breach.yaml"
it "keeps them out meanwhile" is_shut_out
finish
