# The key and the certificate of ComplianceAgent: the real aws against a stand-in for Secrets Manager; the real kubectl and
# openssl, and an nginx that shows the certificate.
. "$(dirname "$0")/compliance.sh"
needs aws openssl

# --- secret-rotation

export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=us-east-1 AWS_EC2_METADATA_DISABLED=true
serve_until_end secrets python3 "$source_dir/tests/live/secrets_standin.py" complianceagent/api-key "$work/kept" "$work/secrets.port"
soon test -s secrets.port
mkdir bin
printf '#!/bin/sh\nexec %s --endpoint-url http://127.0.0.1:%s "$@"\n' "$(command -v aws)" "$(cat secrets.port)" >bin/aws
chmod +x bin/aws
PATH=$work/bin:$PATH
kept() { python3 -c 'import json, sys
versions = json.load(open("kept")).values()
print([v for v in versions if "AWSCURRENT" in v["stages"]][0]["value"])'; }

start_apps keys </dev/null
rotate() { carry_out secret-rotation -p api_url="$api_url" "$@"; }
it "rotates the key" exits 0 rotate
new=$(kept)
it "has made one of 32 random bytes" test "$(printf %s "$new" | base64 -d | wc -c)" = 32
it "has restarted the backend" is_now backend revision 2
it "has restarted the workers" is_now celery-workers revision 2
it "shows the key nowhere" bash -c "! grep -qaF '$new' '$RUNBOOK_JOURNAL' '$RUNBOOK_JOURNAL-wal' out 2>/dev/null"
tell '{"disconnected": ["db"]}'
it "fails when the application is not healthy with it" exits 1 rotate
it "makes the old key current again" test "$(kept)" = "$new"
it "restarts what had got the other one" is_now backend revision 4
it "fails for a secret that there is not" exits 1 rotate -p secret=complianceagent/nothing
it "says so in the words of aws" bash -c "'$RUNBOOK' logs last before 2>&1 | grep -q ResourceNotFound"
stop_all

# --- certificate-renewal

mkdir tls
certificate() {
    openssl req -x509 -newkey rsa:2048 -nodes -keyout tls/new.key -out tls/new.pem -days "$1" -subj /CN=api.example.org 2>/dev/null
    mv tls/new.key tls/key.pem
    mv tls/new.pem tls/cert.pem
}
certificate 10
web_configuration() {
    echo "server { listen 127.0.0.1:$web_port ssl; ssl_certificate $work/tls/cert.pem; ssl_certificate_key $work/tls/key.pem; }"
}
start_nginx
start_apps certificates <<EOF
# cert-manager issues, and the ingress takes it up
cd "$work" || exit 1
$(declare -f certificate)
certificate 90
kill -HUP "\$(cat "$web/pid")"
date -u -d "\$(openssl x509 -enddate -noout -in tls/cert.pem | cut -d= -f2)" +%Y-%m-%dT%H:%M:%SZ
EOF
renew() { carry_out certificate-renewal -p host=127.0.0.1 -p port="$web_port" -p poll_every=200ms "$@"; }
valid_for() { [ "$(echo | openssl s_client -connect "127.0.0.1:$web_port" 2>/dev/null | openssl x509 -checkend $(($1 * 86400)) -noout)" = "Certificate will not expire" ]; }
expires_within() { ! valid_for "$1"; }
no_key_left() { ! grep -lsq "tls.key" /tmp/tmp.* 2>/dev/null; }
it "does not renew what is denied" exits 3 renew --answer may-renew=no
it "leaves the old one in place" expires_within 30
it "renews a certificate that expires soon" exits 0 renew --answer may-renew=yes
it "shows the new one to users" valid_for 80
it "leaves no private key lying about" no_key_left
it "has nothing to do the next time" exits 0 renew --answer may-renew=no
it "says for how long it is valid" timeline_has "days more"
tell '{"issuer_down": true}'
it "fails when none is issued" exits 1 renew -p force=true -p issue_timeout=1s --answer may-renew=yes
it "has put the old secret back" kubectl get secret tls-secret
it "leaves no private key lying about then, either" no_key_left
finish
