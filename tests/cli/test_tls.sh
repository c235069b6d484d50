# http over TLS: whom a request trusts, how it shows who it is, and what is said when it does not work out. The
# certificates and the server are OpenSSL's.
. "$(dirname "$0")/lib.sh"
command -v openssl >/dev/null || exit 77

curve="-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"

# ca NAME, certificate NAME CA SUBJECT_ALT_NAME DAYS
ca() { openssl req -x509 $curve -keyout "$1.key" -out "$1.pem" -subj "/CN=$1" -days 2 2>/dev/null; }
certificate() {
    openssl req $curve -keyout "$1.key" -out "$1.csr" -subj "/CN=$1" 2>/dev/null
    printf 'subjectAltName=%s' "$3" >"$1.ext"
    openssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2.key" -CAcreateserial -out "$1.pem" -days "$4" \
        -extfile "$1.ext" 2>/dev/null
}

ca ca && ca stranger
certificate server ca DNS:localhost,IP:127.0.0.1 2
certificate elsewhere ca DNS:elsewhere.example 2
certificate expired ca DNS:localhost,IP:127.0.0.1 0
certificate client ca DNS:client 2
certificate unknown stranger DNS:client 2
openssl ec -aes128 -passout pass:secret -in client.key -out locked.key 2>/dev/null

servers=
trap 'kill $servers 2>/dev/null; rm -rf "$work"' EXIT

# serve CERTIFICATE [OPTION…]: sets $port
serve() {
    local certificate=$1
    shift
    : >"server.$certificate"
    openssl s_server -accept 127.0.0.1:0 -cert "$certificate.pem" -key "$certificate.key" -www "$@" >>"server.$certificate" 2>&1 &
    servers="$servers $!"
    eventually grep -q "^ACCEPT .*:[0-9]*$" "server.$certificate" || { cat "server.$certificate"; exit 1; }
    port=$(sed -n 's/^ACCEPT .*:\([0-9]*\)$/\1/p' "server.$certificate")
}

# asks PORT TLS: a runbook with one request; TLS is the inside of `tls: {…}`
asks() {
    printf 'runbook: ask\nsteps:\n  - id: ask\n    timeout: 20s\n    http:\n      url: https://127.0.0.1:%s/\n      tls: {%s}\n' \
        "$1" "$2" >ask.yaml
    "$RUNBOOK" exec ask.yaml --json </dev/null 2>&1
}

succeeds() { exits 0 asks "$@"; }
# fails CLASS PORT TLS: and the message has the rest
fails() {
    local class=$1 port=$2 tls=$3 words
    shift 3
    exits 1 asks "$port" "$tls" && out_has "\"class\":\"$class\"" || return 1
    for words; do
        out_has "$words" || return 1
    done
}

serve server; plain=$port
it "trusts the CA it is told to" succeeds "$plain" "ca: $PWD/ca.pem"
it "finds a file from the folder it works in" succeeds "$plain" "ca: ca.pem"
it "trusts nobody the system does not know" fails network "$plain" "" "unable to get local issuer certificate" "tls: {ca: "
it "trusts no other CA" fails network "$plain" "ca: stranger.pem" "unable to get local issuer certificate"
it "trusts anybody when told so" succeeds "$plain" "insecure: true"

serve elsewhere
it "refuses the certificate of another host" fails network "$port" "ca: ca.pem" "127.0.0.1" "use a name that is in the certificate"
serve expired
it "refuses an expired certificate" fails network "$port" "ca: ca.pem" "certificate has expired" "needs a new certificate"

serve client -Verify 1 -verify_return_error -CAfile ca.pem; picky=$port
it "shows its certificate to a server that asks" succeeds "$picky" "insecure: true, cert: client.pem, key: client.key"
it "says that the server asks for a certificate" fails network "$picky" "insecure: true" "certificate required" "tls: {cert: "
it "says that the server refuses its certificate" fails network "$picky" "insecure: true, cert: unknown.pem, key: unknown.key" \
    "does not know the CA"

it "names a file that is not there" fails validation "$plain" "ca: ca.pem, cert: client.pem, key: gone.key" \
    "tls.key: the file gone.key cannot be read: No such file"
it "names a CA that is none" fails validation "$plain" "ca: client.key" "tls: {ca: "
it "refuses a key that belongs to another certificate" fails validation "$picky" "insecure: true, cert: client.pem, key: server.key" \
    "belong together"
it "asks for no passphrase" fails validation "$picky" "insecure: true, cert: client.pem, key: locked.key" "without a passphrase"
it "wants a certificate for a key" fails validation "$plain" "key: client.key" "tls.cert"

finish
