/* http: libcurl's multi interface on our loop. curl says which sockets to watch and when to be called next;
 * we tell it what happened. One multi per loop keeps the connections. */
#include "io/http.h"

#include "base/mem.h"
#include "base/text.h"
#include "io/advice.h"
#include "io/curl.h"
#include "io/inside.h"

#include <signal.h>
#include <string.h>
#include <strings.h>

enum { IDLE_MAX = 8, CONNECTIONS_MAX = 32, REDIRECTS_MAX = 10, HEADERS_MAX = 256 * 1024 };
enum { DEFAULT_MAX_BODY = 8 * 1024 * 1024 };

struct http_client {
    struct loop *loop;
    struct curl_api curl;
    CURLM *multi;
    struct loop_timer *timer;
    bool is_kicked; /* a call of on_kick is deferred */
    CURL *idle[IDLE_MAX];
    size_t idle_len;
};

/* A socket of curl's. */
struct http_socket {
    struct poll_item item;
    struct http_client *client;
};

struct http_request {
    struct http_client *client;
    CURL *easy;
    struct curl_slist *sent_headers;
    char *sent_body;
    size_t max_body;
    struct arena arena; /* of the response's headers */
    struct http_header *headers;
    size_t header_count, header_cap;
    struct text body;
    int error;                     /* our own reason for ending it early */
    char reason[100];              /* in words; curl would say that writing failed */
    char message[CURL_ERROR_SIZE]; /* curl's words */
    void (*on_done)(void *context, const struct http_response *response);
    void *context;
};

/* ---- the end of a request ---- */

static void release_easy(struct http_client *client, CURL *easy)
{
    if (client->idle_len == IDLE_MAX) {
        client->curl.easy_cleanup(easy);
        return;
    }
    client->curl.easy_reset(easy);
    client->idle[client->idle_len++] = easy;
}

static void request_free(struct http_request *request)
{
    release_easy(request->client, request->easy);
    request->client->curl.slist_free_all(request->sent_headers);
    free(request->sent_body);
    free(request->headers);
    text_fini(&request->body);
    arena_fini(&request->arena);
    free(request);
}

static int error_of(CURLcode code)
{
    if (code == CURLE_OPERATION_TIMEDOUT)
        return ERR_TIMEOUT;
    if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_SSL_CERTPROBLEM ||
        code == CURLE_SSL_CACERT_BADFILE)
        return ERR_INVALID;
    return code == CURLE_OK ? 0 : ERR_IO;
}

/* Why it failed, and what to do about it. */
static char *words_of(const struct http_request *request, CURLcode code)
{
    const char *words = request->error        ? request->reason
                        : request->message[0] ? request->message
                                              : request->client->curl.easy_strerror(code);
    const char *advice = request->error ? NULL : tls_advice(code, words);

    return mem_printf("%s%s%s", words, advice ? "; " : "", advice ? advice : "");
}

static void request_done(struct http_request *request, CURLcode code)
{
    const struct curl_api *curl = &request->client->curl;
    char *words autofree = NULL;
    struct http_response response = {
        .error = request->error ? request->error : error_of(code),
        .headers = request->headers,
        .header_count = request->header_count,
        .body = text_str(&request->body),
        .body_len = request->body.len,
    };
    long status = 0;

    if (response.error)
        response.message = words = words_of(request, code);
    curl->easy_getinfo(request->easy, CURLINFO_RESPONSE_CODE, &status);
    response.status_code = (int)status;
    request->on_done(request->context, &response);
    request_free(request);
}

static void collect(struct http_client *client)
{
    CURLMsg *message;
    int left;

    while ((message = client->curl.multi_info_read(client->multi, &left))) {
        struct http_request *request = NULL;
        CURLcode code = message->data.result;
        CURL *easy = message->easy_handle;

        if (message->msg != CURLMSG_DONE)
            continue;
        client->curl.easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&request);
        client->curl.multi_remove_handle(client->multi, easy);
        request_done(request, code);
    }
}

/* ---- curl on the loop ---- */

static void act(struct http_client *client, curl_socket_t fd, int what)
{
    int running;

    client->curl.multi_socket_action(client->multi, fd, what, &running);
    collect(client);
}

static void on_socket(struct poll_item *item, uint32_t events)
{
    struct http_socket *socket = container_of(item, struct http_socket, item);
    int what = (events & EPOLLIN ? CURL_CSELECT_IN : 0) | (events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
               (events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);

    act(socket->client, item->fd, what);
}

static int watch_socket(CURL *easy, curl_socket_t fd, int what, void *client_, void *socket_)
{
    struct http_client *client = client_;
    struct http_socket *socket = socket_;
    uint32_t events = (what & CURL_POLL_IN ? EPOLLIN : 0U) | (what & CURL_POLL_OUT ? EPOLLOUT : 0U);

    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (socket)
            poll_remove(client->loop, &socket->item);
        free(socket);
        client->curl.multi_assign(client->multi, fd, NULL);
        return 0;
    }
    if (socket)
        return poll_change(client->loop, &socket->item, events) < 0 ? -1 : 0;
    socket = mem_alloc(sizeof(*socket));
    socket->client = client;
    socket->item = (struct poll_item){.fd = -1, .ready = on_socket};
    if (poll_add(client->loop, &socket->item, fd, events, true) < 0) {
        free(socket);
        return -1;
    }
    client->curl.multi_assign(client->multi, fd, socket);
    return 0;
}

static void on_timer(void *context)
{
    struct http_client *client = context;

    client->timer = NULL;
    act(client, CURL_SOCKET_TIMEOUT, 0);
}

static void on_kick(void *context)
{
    struct http_client *client = context;

    client->is_kicked = false;
    act(client, CURL_SOCKET_TIMEOUT, 0);
}

/* curl may not be called back from here, so "now" means after this callback. */
static int set_timer(CURLM *multi, long timeout_ms, void *context)
{
    struct http_client *client = context;

    (void)multi;
    loop_timer_stop(client->loop, client->timer);
    client->timer = NULL;
    if (timeout_ms > 0)
        client->timer =
            loop_timer_start(client->loop, loop_now_us(client->loop) + timeout_ms * 1000, on_timer, client);
    if (timeout_ms == 0 && !client->is_kicked) {
        client->is_kicked = true;
        loop_defer(client->loop, on_kick, client);
    }
    return 0;
}

/* A TLS peer that goes away would end us. curl, unless told to leave signals alone, ignores this one too, but
 * anew in each of its calls. */
static void ignore_sigpipe(struct loop *loop)
{
    signal(SIGPIPE, SIG_IGN);
    loop->signals_changed++;
}

static int client_new(struct loop *loop, struct http_client **ret_client, struct err *err)
{
    struct http_client *client = mem_alloc(sizeof(*client));
    const struct curl_api *curl = &client->curl;
    int result = curl_open(&client->curl, err);

    if (result < 0) {
        free(client);
        return result;
    }
    ignore_sigpipe(loop);
    client->loop = loop;
    client->multi = curl->multi_init();
    curl->multi_setopt(client->multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
    curl->multi_setopt(client->multi, CURLMOPT_SOCKETDATA, client);
    curl->multi_setopt(client->multi, CURLMOPT_TIMERFUNCTION, set_timer);
    curl->multi_setopt(client->multi, CURLMOPT_TIMERDATA, client);
    curl->multi_setopt(client->multi, CURLMOPT_MAXCONNECTS, (long)CONNECTIONS_MAX);
    *ret_client = client;
    return 0;
}

void http_client_free(struct http_client *client)
{
    if (!client)
        return;
    for (size_t i = 0; i < client->idle_len; i++)
        client->curl.easy_cleanup(client->idle[i]);
    client->curl.multi_cleanup(client->multi);
    loop_timer_stop(client->loop, client->timer);
    free(client);
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

    request->sent_headers = request->client->curl.slist_append(request->sent_headers, line);
}

static void forbid_header(struct http_request *request, const char *line)
{
    request->sent_headers = request->client->curl.slist_append(request->sent_headers, line);
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
    const struct curl_api *curl = &request->client->curl;

    if (!options->body)
        return;
    request->sent_body = mem_strndup(options->body, options->body_len);
    curl->easy_setopt(request->easy, CURLOPT_POSTFIELDS, request->sent_body);
    curl->easy_setopt(request->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)options->body_len);
    forbid_header(request, "Expect:");
    if (!has_header(options, "Content-Type"))
        forbid_header(request, "Content-Type:");
}

static void set_method(struct http_request *request, const struct http_options *options)
{
    const struct curl_api *curl = &request->client->curl;
    const char *method = options->method ? options->method : options->body ? "POST" : "GET";

    if (strcmp(method, "HEAD") == 0 && !options->body)
        curl->easy_setopt(request->easy, CURLOPT_NOBODY, 1L);
    else if (strcmp(method, options->body ? "POST" : "GET") != 0)
        curl->easy_setopt(request->easy, CURLOPT_CUSTOMREQUEST, method);
}

static void set_auth(struct http_request *request, const struct http_options *options)
{
    const struct curl_api *curl = &request->client->curl;

    if (options->bearer) {
        curl->easy_setopt(request->easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BEARER);
        curl->easy_setopt(request->easy, CURLOPT_XOAUTH2_BEARER, options->bearer);
    } else if (options->user) {
        curl->easy_setopt(request->easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
        curl->easy_setopt(request->easy, CURLOPT_USERNAME, options->user);
        curl->easy_setopt(request->easy, CURLOPT_PASSWORD, options->password ? options->password : "");
    }
}

static void set_tls(struct http_request *request, const struct http_options *options)
{
    const struct curl_api *curl = &request->client->curl;

    if (options->ca)
        curl->easy_setopt(request->easy, CURLOPT_CAINFO, options->ca);
    if (options->cert)
        curl->easy_setopt(request->easy, CURLOPT_SSLCERT, options->cert);
    if (options->key)
        curl->easy_setopt(request->easy, CURLOPT_SSLKEY, options->key);
    if (options->cert)
        curl->easy_setopt(request->easy, CURLOPT_KEYPASSWD, ""); /* or OpenSSL would ask on the terminal */
    if (options->insecure) {
        curl->easy_setopt(request->easy, CURLOPT_SSL_VERIFYPEER, 0L);
        curl->easy_setopt(request->easy, CURLOPT_SSL_VERIFYHOST, 0L);
    }
}

static void set_callbacks(struct http_request *request)
{
    const struct curl_api *curl = &request->client->curl;
    CURL *easy = request->easy;

    curl->easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl->easy_setopt(easy, CURLOPT_PRIVATE, request);
    curl->easy_setopt(easy, CURLOPT_ERRORBUFFER, request->message);
    curl->easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl->easy_setopt(easy, CURLOPT_HEADERDATA, request);
    curl->easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl->easy_setopt(easy, CURLOPT_WRITEDATA, request);
}

static int set_url(struct http_request *request, const struct http_options *options, struct err *err)
{
    const struct curl_api *curl = &request->client->curl;
    CURL *easy = request->easy;

    if (curl->easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") != CURLE_OK ||
        curl->easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https") != CURLE_OK)
        return err_set(err, ERR_NOT_FOUND, "libcurl is too old; version 7.85 is needed");
    curl->easy_setopt(easy, CURLOPT_URL, options->url);
    curl->easy_setopt(easy, CURLOPT_USERAGENT, "runbook/0.1");
    curl->easy_setopt(easy, CURLOPT_FOLLOWLOCATION, options->follow ? 1L : 0L);
    curl->easy_setopt(easy, CURLOPT_MAXREDIRS, (long)REDIRECTS_MAX);
    curl->easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)options->timeout_ms);
    return 0;
}

static struct http_request *request_new(struct http_client *client, const struct http_options *options)
{
    struct http_request *request = mem_alloc(sizeof(*request));

    request->client = client;
    request->easy = client->idle_len ? client->idle[--client->idle_len] : client->curl.easy_init();
    request->max_body = options->max_body ? options->max_body : DEFAULT_MAX_BODY;
    request->on_done = options->on_done;
    request->context = options->context;
    return request;
}

int http_start(
    struct loop *loop, const struct http_options *options, struct http_request **ret_request, struct err *err)
{
    struct http_request *request;
    int result = check_headers(options, err);

    if (result == 0 && !loop->http)
        result = client_new(loop, &loop->http, err);
    if (result < 0)
        return result;
    request = request_new(loop->http, options);
    set_callbacks(request);
    result = set_url(request, options, err);
    if (result < 0) {
        request_free(request);
        return result;
    }
    for (size_t i = 0; i < options->header_count; i++)
        send_header(request, options->headers[i].name, options->headers[i].value);
    set_body(request, options);
    set_method(request, options);
    set_auth(request, options);
    set_tls(request, options);
    loop->http->curl.easy_setopt(request->easy, CURLOPT_HTTPHEADER, request->sent_headers);
    loop->http->curl.multi_add_handle(loop->http->multi, request->easy);
    *ret_request = request;
    return 0;
}

static void on_cancelled(void *context)
{
    request_done(context, CURLE_ABORTED_BY_CALLBACK);
}

void http_cancel(struct http_request *request)
{
    struct http_client *client = request->client;

    if (request->error == ERR_DENIED)
        return;
    request->error = ERR_DENIED;
    client->curl.multi_remove_handle(client->multi, request->easy);
    snprintf(request->reason, sizeof(request->reason), "cancelled");
    loop_defer(client->loop, on_cancelled, request);
}
