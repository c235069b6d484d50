/* http: one HTTP request on the loop, with libcurl, which is opened (dlopen) by the first request.
 * Connections are kept and reused per loop. */
#ifndef IO_HTTP_H
#define IO_HTTP_H

#include "io/loop.h"

struct http_request;
struct http_response;

struct http_header {
    const char *name, *value;
};

struct http_options {
    const char *method, *url;
    const struct http_header *headers;
    size_t header_count;
    const char *body; /* NULL: none */
    size_t body_len;
    const char *user, *password, *bearer; /* auth, or NULL */
    const char *ca, *cert, *key;          /* files, or NULL */
    bool insecure, follow;
    int64_t timeout_ms; /* 0: none (the core's timer ends it) */
    size_t max_body;    /* more is an error */
    /* Once, never from inside http_start. */
    void (*on_done)(void *context, const struct http_response *response);
    void *context;
};

struct http_response {
    int error; /* 0, or a negative err_code: ERR_TIMEOUT, ERR_LIMIT, ERR_DENIED (cancelled), ERR_IO */
    const char *message;
    int status_code;
    const struct http_header *headers; /* names in lower case */
    size_t header_count;
    const char *body;
    size_t body_len;
};

int http_start(struct loop *loop, const struct http_options *options, struct http_request **ret_request,
    struct err *err);
void http_cancel(struct http_request *request);

#endif
