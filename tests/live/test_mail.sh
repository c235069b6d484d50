# Mail against a real mail server, aiosmtpd, which lives as long as the test: as a step and as a channel, with and without
# encryption, refused, slow, and under a false certificate.
. "$(dirname "$0")/lib.sh"
/usr/bin/python3 -c 'import aiosmtpd' 2>/dev/null || { echo "aiosmtpd is not installed"; exit 77; }
command -v openssl >/dev/null || { echo "openssl is not installed"; exit 77; }

# start_server NAME OPTIONS…: sets port, and box, where mails come to lie.
start_server() {
    box=$work/$1
    shift
    mkdir "$box"
    /usr/bin/python3 "$source_dir/tests/live/smtp_server.py" "$box" "$@" >"$box/log" 2>&1 &
    pids="$pids $!"
    eventually test -s "$box/port" || { cat "$box/log"; exit 1; }
    port=$(cat "$box/port")
}
# certificate NAME HOST: NAME.pem and NAME.key, signed by itself.
certificate() {
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout "$1.key" -out "$1.pem" -subj "/CN=$2" \
        -addext "subjectAltName=DNS:$2" >/dev/null 2>&1 || exit 1
}
# mail_book SMTP MAIL: a runbook of one mail.
mail_book() { printf 'runbook: post\nsmtp: %s\nsteps:\n  - id: post\n    mail: %s\n' "$1" "$2" >post.yaml; }
# A part of mail N as its reader sees it: subject, to, text, html, file names, headers.
read_mail() {
    /usr/bin/python3 - "$box/$1.eml" "$2" <<'PYTHON'
import email, email.policy, sys
mail = email.message_from_binary_file(open(sys.argv[1], "rb"), policy=email.policy.default)
what = sys.argv[2]
if what in ("text", "html"):
    print(mail.get_body((what if what == "html" else "plain",)).get_content(), end="")
elif what == "files":
    for part in mail.iter_attachments():
        print(part.get_filename(), part.get_content_type(), repr(part.get_content()))
else:
    print(mail[what])
PYTHON
}
mail_has() { read_mail "$1" "$2" >"$work/part" && grep -qF -- "$3" "$work/part" || { echo "# $2 of mail $1 lacks: $3"; sed 's/^/# /' "$work/part"; return 1; }; }
mails() { test "$(ls "$box" | grep -c eml)" = "$1" || { ls "$box"; return 1; }; }
certificate server localhost
certificate other elsewhere.example

# --- a step

start_server plain
echo "a,b" >report.csv
mail_book "{url: 'smtp://127.0.0.1:$port', from: 'Rünbook <runbook@example.org>'}" \
    '{to: ["Ana <ana@example.org>", bo@example.org], cc: zoe@example.org, subject: Zurück — alles läuft,
       body: "Hello\n.\n.a dot\nGrüße\n", html: "<p>Hello</p>", attach: [report.csv, {name: n.txt, text: note}]}'
it "sends a mail" exits 0 "$RUNBOOK" exec post.yaml
it "to everybody" mail_has 1 X-To "ana@example.org,bo@example.org,zoe@example.org"
it "with a subject in any language" mail_has 1 subject "Zurück — alles läuft"
it "and a sender in any" mail_has 1 from "Rünbook <runbook@example.org>"
it "with every line of the text" mail_has 1 text ".a dot"
it "a dot alone does not end it" mail_has 1 text "Grüße"
it "with the text as HTML" mail_has 1 html "<p>Hello</p>"
it "with files" mail_has 1 files "report.csv"
it "and texts as files" mail_has 1 files "n.txt"
it "with an id" mail_has 1 message-id "@example.org>"
it "with a date" mail_has 1 date "$(date -u +%Y)"
it "that no holiday answers" mail_has 1 auto-submitted auto-generated

mail_book "smtp://127.0.0.1:$port" '{to: "${{ run.id }}\r\nBcc: eve@example.org", subject: s, body: b}'
it "refuses a line break in an address" exits 1 "$RUNBOOK" exec post.yaml
it "and says so" timeline_has "may not contain a line break"
mail_book "smtp://127.0.0.1:$port" '{to: a@example.org, subject: "${{ run.id }}\r\nBcc: eve@example.org", body: b}'
it "refuses a line break in a subject" exits 1 "$RUNBOOK" exec post.yaml
it "none of which was sent" mails 1
mail_book "smtp://127.0.0.1:$port" '{to: nobody@example.org, subject: s, body: b}'
it "fails where the server refuses" exits 1 "$RUNBOOK" exec post.yaml
it "with the server's words" timeline_has "550 5.1.1 there is no nobody here"
mail_book "smtp://127.0.0.1:1" '{to: a@example.org, subject: s, body: b}'
it "fails where no server is" exits 1 "$RUNBOOK" exec post.yaml
it "and says where it looked" timeline_has "smtp://127.0.0.1:1"
mail_book "smtp://127.0.0.1:$port" '{to: a@example.org, subject: s, body: b, attach: /dev/zero}'
it "attaches no device" exits 1 "$RUNBOOK" exec post.yaml
it "says why" timeline_has "/dev/zero is no file"

start_server again --deny 451
mail_book "smtp://127.0.0.1:$port" '{to: a@example.org, subject: s, body: b}
    retry: {max_attempts: 2, delay: 100ms}'
it "tries again what was put off" exits 0 "$RUNBOOK" exec post.yaml
it "and it arrives once" mails 1

start_server slow --slow 30
mail_book "smtp://127.0.0.1:$port" '{to: a@example.org, subject: s, body: b}
    timeout: 500ms'
it "does not wait for ever" exits 1 "$RUNBOOK" exec post.yaml
it "and says that it took too long" timeline_has "timed out after"

# --- encryption

export MAIL_PASSWORD=correct-horse
cat >secret.yaml <<'YAML'
runbook: secret
secrets: {mail: {env: MAIL_PASSWORD}}
smtp:
  url: "smtp://localhost:PORT"
  username: ana
  password: "${{ secrets.mail }}"
  tls: {ca: server.pem}
steps:
  - mail: {to: ana@example.org, subject: s, body: b}
YAML
start_server tls --tls server.pem server.key --user ana correct-horse
sed "s/PORT/$port/" secret.yaml >tls.yaml
it "encrypts and logs in" exits 0 "$RUNBOOK" exec tls.yaml
it "which the server saw" mail_has 1 X-Tls True
it "as that user" mail_has 1 X-User ana
it "refuses a wrong password" exits 1 env MAIL_PASSWORD=wrong-horse "$RUNBOOK" exec tls.yaml
it "with the server's words" timeline_has "535"
it "and shows it nowhere" sh -c '! grep -aq wrong-horse "$0"*' "$RUNBOOK_JOURNAL"
sed 's/ca: server.pem/ca: other.pem/' tls.yaml >false.yaml
it "trusts no other certificate" exits 1 "$RUNBOOK" exec false.yaml
it "and says so" timeline_has "certificate"
sed '/tls:/d' tls.yaml >strict.yaml
it "gives a password to no server it cannot trust" exits 1 "$RUNBOOK" exec strict.yaml
mail_book "{url: 'smtp://localhost:$port', tls: {ca: '$work/server.pem'}}" '{to: a@example.org, subject: s, body: b}'
it "fails where the server wants a login" exits 1 "$RUNBOOK" exec post.yaml

start_server stranger --tls other.pem other.key
mail_book "smtp://localhost:$port" '{to: a@example.org, subject: s, body: b}'
it "encrypts with whoever can, unless told otherwise" exits 0 "$RUNBOOK" exec post.yaml
it "and did" mail_has 1 X-Tls True
mail_book "{url: 'smtp://localhost:$port', starttls: required}" '{to: a@example.org, subject: s, body: b}'
it "does not with a stranger where it is required" exits 1 "$RUNBOOK" exec post.yaml
start_server smtps --smtps server.pem server.key
mail_book "{url: 'smtps://localhost:$port', tls: {ca: '$work/server.pem'}}" '{to: a@example.org, subject: s, body: b}'
it "speaks TLS from the beginning" exits 0 "$RUNBOOK" exec post.yaml
it "with a mail at the end" mails 1

# --- a channel

cat >page.yaml <<'YAML'
runbook: p1
title: System down
severity: P1
import: [oncall.yaml]
escalation: {policy: platform, message: the API is down}
steps:
  - wait: 3s
YAML
cat >oncall.yaml <<'YAML'
smtp: {url: "smtp://127.0.0.1:PORT", from: runbook@example.org}
contacts:
  ana: {name: Ana, email: ana@example.org, channels: [mail, pager]}
  bo:  {name: Bo, channels: [bell, mail, pager]}
channels:
  mail:  {uses: mail.send, timeout: 1s, retry: 1}
  bell:  {uses: terminal.bell}
  pager: {uses: command.run, with: {argv: [sh, -c, 'printf "%s\n%s\n" "$RUNBOOK_ACK" "$RUNBOOK_TEXT" >> paged']}}
policies:
  platform: {levels: [{notify: [ana], escalate_after: 2s}, {notify: [bo]}]}
YAML
start_server page
sed -i "s/PORT/$port/" oncall.yaml
it "pages by mail" exits 0 "$RUNBOOK" exec page.yaml
id=$("$RUNBOOK" runs -n 1 --json | python3 -c 'import json,sys; print(json.loads(sys.stdin.readline())["id"][:6])')
it "to the person's own address" mail_has 1 to "Ana <ana@example.org>"
it "with what happened in the subject" mail_has 1 subject "[P1] System down: the API is down"
it "who is next" mail_has 1 text "Next is Bo at"
it "and how to acknowledge" mail_has 1 text "runbook ack $id --journal $work/journal.db"
it "in HTML as well" mail_has 1 html "<pre>"
it "rings no bell that nobody hears" timeline_has "nobody watches this"
it "finds another way when somebody has no address" timeline_has "nobody to write to"
it "which gets the same words" grep -qF "Nobody is paged after this" paged
it "and the command" grep -qF "runbook ack $id --journal $work/journal.db" paged

rm -f paged
start_server stuck --slow 30
sed -i "s#127.0.0.1:[0-9]*#127.0.0.1:$port#" oncall.yaml
it "the run waits for no mail server" exits 0 "$RUNBOOK" exec page.yaml
it "what is too slow has failed" timeline_has "no answer within 1s"
it "and the next channel is tried" grep -qF "the API is down" paged
finish
