#include "io/advice.h"

#include <stddef.h>
#include <string.h>

/* The first line that fits; the texts behind curl's are OpenSSL's. */
static const struct {
    CURLcode code;
    const char *sign, *advice;
} known[] = {
    {CURLE_PEER_FAILED_VERIFICATION, "expired", "the server needs a new certificate"},
    {CURLE_PEER_FAILED_VERIFICATION, "not yet valid", "compare the clocks of both machines"},
    {CURLE_PEER_FAILED_VERIFICATION, "subject name", "use a name that is in the certificate"},
    {CURLE_PEER_FAILED_VERIFICATION, "", "name the file of the CA that signed it with `tls: {ca: …}`"},
    {CURLE_SSL_CACERT_BADFILE, "", "`tls: {ca: …}` takes a file of certificates in PEM form"},
    {CURLE_SSL_CERTPROBLEM, "",
        "`tls: {cert: …, key: …}` takes PEM files that belong together, the key without a passphrase"},
    {CURLE_RECV_ERROR, "certificate required",
        "the server asks for a client's certificate: `tls: {cert: …, key: …}`"},
    {CURLE_RECV_ERROR, "unknown ca", "the server does not know the CA of the client's certificate"},
    {CURLE_SSL_CONNECT_ERROR, "wrong version number",
        "the server does not speak TLS there: http:// or another port?"},
};

const char *tls_advice(CURLcode code, const char *words)
{
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (known[i].code == code && strstr(words, known[i].sign))
            return known[i].advice;
    return NULL;
}
