/* http: what libcurl is told to send, and what it brings back. */
#include "io/http.h"

#include "base/mem.h"
#include "base/text.h"
#include "io/inside.h"
#include "io/transfer.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { REDIRECTS_MAX = 10, HEADERS_MAX = 256 * 1024 };
enum { DEFAULT_MAX_BODY = 8 * 1024 * 1024 };

struct http_request {
    struct transfer transfer;
    struct curl_slist *sent_headers;
    char *sent_body;
    size_t max_body;
    struct arena arena; /* of the response's headers */
    struct http_header *headers;
    size_t header_count, header_cap;
    struct text body;
    int error;        /* our own reason for ending it early */
    char reason[100]; /* in words; curl would say that writing failed */
    void (*on_done)(void *context, const struct http_response *response);
    void *context;
};

/* ---- the end of a request ---- */

static void request_free(struct http_request *request)
{
    request->transfer.curl->slist_free_all(request->sent_headers);
    transfer_fini(&request->transfer);
    free(request->sent_body);
    free(request->headers);
    text_fini(&request->body);
    arena_fini(&request->arena);
    free(request);
}

static void on_end(struct transfer *transfer, CURLcode code)
{
    struct http_request *request = container_of(transfer, struct http_request, transfer);
    char *words autofree = NULL;
    struct http_response response = {
        .error = request->error ? request->error : transfer_error(transfer, code),
        .headers = request->headers,
        .header_count = request->header_count,
        .body = text_str(&request->body),
        .body_len = request->body.len,
    };
    long status = 0;

    if (response.error)
        words = request->error ? mem_strdup(request->reason) : transfer_words(transfer, code);
    response.message = words;
    transfer->curl->easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    response.status_code = (int)status;
    request->on_done(request->context, &response);
    request_free(request);
}

/* ---- the response ---- */

static void add_header(struct http_request *request, const char *line, size_t len)
{
    const char *colon = memchr(line, ':', len);
    char *name, *value;
    size_t start, end = len;

    if (!colon)
        return;
    start = (size_t)(colon - line) + 1;
    while (start < end && strchr(" \t", line[start]))
        start++;
    while (end > start && strchr(" \t\r\n", line[end - 1]))
        end--;
    name = arena_strndup(&request->arena, line, (size_t)(colon - line));
    value = arena_strndup(&request->arena, line + start, end - start);
    for (char *c = name; *c; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
    request->headers =
        mem_grow(request->headers, request->header_count, &request->header_cap, sizeof(*request->headers));
    request->headers[request->header_count++] = (struct http_header){name, value};
}

static int too_much(struct http_request *request, const char *what, size_t limit)
{
    request->error = ERR_LIMIT;
    snprintf(request->reason, sizeof(request->reason), "%s is longer than %zu bytes", what, limit);
    return 0;
}

static size_t on_header(char *line, size_t size, size_t count, void *context)
{
    struct http_request *request = context;
    size_t len = size * count;

    if (len >= 5 && memcmp(line, "HTTP/", 5) == 0) { /* of the next response: after 100, or a redirect */
        request->header_count = 0;
        text_clear(&request->body);
    }
    if (request->arena.total + len > HEADERS_MAX)
        return (size_t)too_much(request, "the header of the response", HEADERS_MAX);
    add_header(request, line, len);
    return len;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *context)
{
    struct http_request *request = context;
    size_t len = size * count;

    if (len > request->max_body - request->body.len)
        return (size_t)too_much(request, "the body of the response", request->max_body);
    text_add(&request->body, bytes, len);
    return len;
}

/* ---- the request ---- */

static bool has_header(const struct http_options *options, const char *name)
{
    for (size_t i = 0; i < options->header_count; i++)
        if (strcasecmp(options->headers[i].name, name) == 0)
            return true;
    return false;
}

static void send_header(struct http_request *request, const char *name, const char *value)
{
    /* curl's own form for a header without a value; "Name:" would take it away. */
    char *line autofree = *value ? mem_printf("%s: %s", name, value) : mem_printf("%s;", name);

    request->sent_headers = request->transfer.curl->slist_append(request->sent_headers, line);
}

static void forbid_header(struct http_request *request, const char *line)
{
    request->sent_headers = request->transfer.curl->slist_append(request->sent_headers, line);
}

static int check_headers(const struct http_options *options, struct err *err)
{
    for (size_t i = 0; i < options->header_count; i++) {
        const struct http_header *header = &options->headers[i];

        if (!*header->name || strpbrk(header->name, ":\r\n ;"))
            return err_set(err, ERR_INVALID, "\"%.100s\" is no name for a header", header->name);
        if (strpbrk(header->value, "\r\n"))
            return err_set(err, ERR_INVALID, "the header %.100s may not contain a line break", header->name);
    }
    return 0;
}

static void set_body(struct http_request *request, const struct http_options *options)
{
    const struct curl_api *curl = request->transfer.curl;

    if (!options->body)
        return;
    request->sent_body = mem_strndup(options->body, options->body_len);
    curl->easy_setopt(request->transfer.easy, CURLOPT_POSTFIELDS, request->sent_body);
    curl->easy_setopt(request->transfer.easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)options->body_len);
    forbid_header(request, "Expect:");
    if (!has_header(options, "Content-Type"))
        forbid_header(request, "Content-Type:");
}

static void set_method(struct http_request *request, const struct http_options *options)
{
    const struct curl_api *curl = request->transfer.curl;
    const char *method = options->method ? options->method : options->body ? "POST" : "GET";

    if (strcmp(method, "HEAD") == 0 && !options->body)
        curl->easy_setopt(request->transfer.easy, CURLOPT_NOBODY, 1L);
    else if (strcmp(method, options->body ? "POST" : "GET") != 0)
        curl->easy_setopt(request->transfer.easy, CURLOPT_CUSTOMREQUEST, method);
}

static void set_auth(struct http_request *request, const struct http_options *options)
{
    const struct curl_api *curl = request->transfer.curl;

    if (options->bearer) {
        curl->easy_setopt(request->transfer.easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BEARER);
        curl->easy_setopt(request->transfer.easy, CURLOPT_XOAUTH2_BEARER, options->bearer);
    } else if (options->user) {
        curl->easy_setopt(request->transfer.easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
        curl->easy_setopt(request->transfer.easy, CURLOPT_USERNAME, options->user);
        curl->easy_setopt(
            request->transfer.easy, CURLOPT_PASSWORD, options->password ? options->password : "");
    }
}

static void set_callbacks(struct http_request *request)
{
    const struct curl_api *curl = request->transfer.curl;
    CURL *easy = request->transfer.easy;

    curl->easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl->easy_setopt(easy, CURLOPT_HEADERDATA, request);
    curl->easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl->easy_setopt(easy, CURLOPT_WRITEDATA, request);
}

static void set_url(struct http_request *request, const struct http_options *options)
{
    const struct curl_api *curl = request->transfer.curl;
    CURL *easy = request->transfer.easy;

    curl->easy_setopt(easy, CURLOPT_URL, options->url);
    curl->easy_setopt(easy, CURLOPT_USERAGENT, "runbook/0.1");
    curl->easy_setopt(easy, CURLOPT_FOLLOWLOCATION, options->follow ? 1L : 0L);
    curl->easy_setopt(easy, CURLOPT_MAXREDIRS, (long)REDIRECTS_MAX);
    curl->easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)options->timeout_ms);
}

static int request_new(
    struct loop *loop, const struct http_options *options, struct http_request **ret_request, struct err *err)
{
    struct http_request *request = mem_alloc(sizeof(*request));
    int result = transfer_init(&request->transfer, loop, on_end, err);

    if (result < 0) {
        free(request);
        return result;
    }
    request->max_body = options->max_body ? options->max_body : DEFAULT_MAX_BODY;
    request->on_done = options->on_done;
    request->context = options->context;
    result = transfer_limit(&request->transfer, "http,https", err);
    if (result < 0)
        request_free(request);
    else
        *ret_request = request;
    return result;
}

int http_start(
    struct loop *loop, const struct http_options *options, struct http_request **ret_request, struct err *err)
{
    struct http_request *request;
    int result = check_headers(options, err);

    if (result == 0)
        result = request_new(loop, options, &request, err);
    if (result)
        return result;
    set_callbacks(request);
    set_url(request, options);
    for (size_t i = 0; i < options->header_count; i++)
        send_header(request, options->headers[i].name, options->headers[i].value);
    set_body(request, options);
    set_method(request, options);
    set_auth(request, options);
    transfer_set_tls(&request->transfer,
        &(struct transfer_tls){options->ca, options->cert, options->key, options->insecure});
    request->transfer.curl->easy_setopt(request->transfer.easy, CURLOPT_HTTPHEADER, request->sent_headers);
    transfer_start(&request->transfer);
    *ret_request = request;
    return 0;
}

void http_cancel(struct http_request *request)
{
    transfer_cancel(&request->transfer);
}
