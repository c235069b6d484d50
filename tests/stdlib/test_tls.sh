# tls: certificates made here, shown by a server of OpenSSL's.
. "$(dirname "$0")/lib.sh"

make_certificate() { # NAME DAYS
    openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/$1.key" -out "$work/$1.pem" -days "$2" \
        -subj "/CN=$1.example.org" -addext "subjectAltName=DNS:$1.example.org" 2>/dev/null
}
make_certificate long 100
make_certificate short 3
port=
serve_tls() { # NAME
    : >"$work/tls.log"
    openssl s_server -www -accept 127.0.0.1:0 -cert "$work/$1.pem" -key "$work/$1.key" >>"$work/tls.log" 2>&1 </dev/null &
    tls=$!
    eventually grep -q "^ACCEPT .*:[0-9]*$" "$work/tls.log" || return 1
    port=$(sed -n 's/^ACCEPT .*:\([0-9]*\)$/\1/p' "$work/tls.log")
}
at_exit 'kill "$tls" 2>/dev/null'

it "has a server with a certificate" serve_tls long
given <<EOF
  - id: served
    uses: tls.expiry
    with: {host: 127.0.0.1, port: $port, server_name: long.example.org, min_days: 30}
  - id: file
    uses: tls.file_expiry
    with: {path: $work/long.pem}
  - assert:
      - steps.served.output.days > 99 and steps.served.output.days < 101
      - contains(steps.served.output.subject, "long.example.org")
      - steps.served.output.sha256 == steps.file.output.sha256
      - "#steps.served.output.sha256 == 64"
EOF
it "tells until when a certificate is valid" succeeds

given <<EOF
  - uses: tls.file_expiry
    with: {path: $work/short.pem, min_days: 30}
EOF
it "fails when it is valid for fewer days than is wanted" fails_with action "fewer than 30"

given <<EOF
  - uses: tls.expiry
    with: {host: 127.0.0.1, port: 1}
EOF
it "fails when nothing listens" fails_with action "127.0.0.1:1 shows no certificate"

echo none >"$work/none.pem"
given <<EOF
  - uses: tls.file_expiry
    with: {path: $work/none.pem}
EOF
it "fails for a file without a certificate" fails_with action "none.pem"

finish
