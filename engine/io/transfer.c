/* transfer: libcurl's multi interface on our loop. curl says which sockets to watch and when to be called
 * next; we tell it what happened. */
#include "io/transfer.h"

#include "base/mem.h"
#include "io/advice.h"
#include "io/inside.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum { IDLE_MAX = 8, CONNECTIONS_MAX = 32 };

struct curl_client {
    struct loop *loop;
    struct curl_api curl;
    CURLM *multi;
    struct loop_timer *timer;
    bool is_kicked; /* a call of on_kick is deferred */
    CURL *idle[IDLE_MAX];
    size_t idle_len;
};

/* A socket of curl's. */
struct curl_socket {
    struct poll_item item;
    struct curl_client *client;
};

static void collect(struct curl_client *client)
{
    CURLMsg *message;
    int left;

    while ((message = client->curl.multi_info_read(client->multi, &left))) {
        struct transfer *transfer = NULL;
        CURLcode code = message->data.result;
        CURL *easy = message->easy_handle;

        if (message->msg != CURLMSG_DONE)
            continue;
        client->curl.easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&transfer);
        client->curl.multi_remove_handle(client->multi, easy);
        transfer->on_end(transfer, code);
    }
}

/* ---- curl on the loop ---- */

static void act(struct curl_client *client, curl_socket_t fd, int what)
{
    int running;

    client->curl.multi_socket_action(client->multi, fd, what, &running);
    collect(client);
}

static void on_socket(struct poll_item *item, uint32_t events)
{
    struct curl_socket *socket = container_of(item, struct curl_socket, item);
    int what = (events & EPOLLIN ? CURL_CSELECT_IN : 0) | (events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
               (events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);

    act(socket->client, item->fd, what);
}

static int watch_socket(CURL *easy, curl_socket_t fd, int what, void *client_, void *socket_)
{
    struct curl_client *client = client_;
    struct curl_socket *socket = socket_;
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
    struct curl_client *client = context;

    client->timer = NULL;
    act(client, CURL_SOCKET_TIMEOUT, 0);
}

static void on_kick(void *context)
{
    struct curl_client *client = context;

    client->is_kicked = false;
    act(client, CURL_SOCKET_TIMEOUT, 0);
}

/* curl may not be called back from here, so "now" means after this callback. */
static int set_timer(CURLM *multi, long timeout_ms, void *context)
{
    struct curl_client *client = context;

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

static int client_new(struct loop *loop, struct curl_client **ret_client, struct err *err)
{
    struct curl_client *client = mem_alloc(sizeof(*client));
    const struct curl_api *curl = &client->curl;
    int result = curl_open(&client->curl, err);

    if (result < 0) {
        free(client);
        return result;
    }
    ignore_sigpipe(loop);
    client->loop = loop;
    client->multi = curl->multi_init();
    if (!client->multi) {
        free(client);
        return err_set(err, ERR_IO, "libcurl has no room to start in");
    }
    curl->multi_setopt(client->multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
    curl->multi_setopt(client->multi, CURLMOPT_SOCKETDATA, client);
    curl->multi_setopt(client->multi, CURLMOPT_TIMERFUNCTION, set_timer);
    curl->multi_setopt(client->multi, CURLMOPT_TIMERDATA, client);
    curl->multi_setopt(client->multi, CURLMOPT_MAXCONNECTS, (long)CONNECTIONS_MAX);
    *ret_client = client;
    return 0;
}

void curl_client_free(struct curl_client *client)
{
    if (!client)
        return;
    for (size_t i = 0; i < client->idle_len; i++)
        client->curl.easy_cleanup(client->idle[i]);
    client->curl.multi_cleanup(client->multi);
    loop_timer_stop(client->loop, client->timer);
    free(client);
}

/* ---- one transfer ---- */

int transfer_init(struct transfer *transfer, struct loop *loop,
    void (*on_end)(struct transfer *transfer, CURLcode code), struct err *err)
{
    struct curl_client *client;

    if (!loop->curl) {
        int result = client_new(loop, &loop->curl, err);

        if (result < 0)
            return result;
    }
    client = loop->curl;
    transfer->client = client;
    transfer->curl = &client->curl;
    transfer->on_end = on_end;
    transfer->easy = client->idle_len ? client->idle[--client->idle_len] : client->curl.easy_init();
    if (!transfer->easy)
        return err_set(err, ERR_IO, "libcurl has no room for a request");
    client->curl.easy_setopt(transfer->easy, CURLOPT_NOSIGNAL, 1L);
    client->curl.easy_setopt(transfer->easy, CURLOPT_PRIVATE, transfer);
    client->curl.easy_setopt(transfer->easy, CURLOPT_ERRORBUFFER, transfer->words);
    return 0;
}

int transfer_limit(struct transfer *transfer, const char *protocols, struct err *err)
{
    const struct curl_api *curl = transfer->curl;

    if (curl->easy_setopt(transfer->easy, CURLOPT_PROTOCOLS_STR, protocols) != CURLE_OK ||
        curl->easy_setopt(transfer->easy, CURLOPT_REDIR_PROTOCOLS_STR, protocols) != CURLE_OK)
        return err_set(err, ERR_NOT_FOUND, "libcurl is too old; version 7.85 is needed");
    return 0;
}

void transfer_set_tls(struct transfer *transfer, const struct transfer_tls *tls)
{
    const struct curl_api *curl = transfer->curl;
    CURL *easy = transfer->easy;

    if (tls->ca)
        curl->easy_setopt(easy, CURLOPT_CAINFO, tls->ca);
    if (tls->cert)
        curl->easy_setopt(easy, CURLOPT_SSLCERT, tls->cert);
    if (tls->key)
        curl->easy_setopt(easy, CURLOPT_SSLKEY, tls->key);
    if (tls->cert)
        curl->easy_setopt(easy, CURLOPT_KEYPASSWD, ""); /* or OpenSSL would ask on the terminal */
    if (tls->insecure) {
        curl->easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
        curl->easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    }
}

void transfer_start(struct transfer *transfer)
{
    transfer->curl->multi_add_handle(transfer->client->multi, transfer->easy);
}

struct apart {
    pthread_t thread;
    struct loop_wake *wake; /* rung when it has ended */
    struct transfer *transfer;
    CURLcode code;
};

/* One that has gone wrong ends without taking leave, for which libcurl would wait. */
static void hang_up(struct transfer *transfer)
{
    curl_socket_t fd = CURL_SOCKET_BAD;

    transfer->curl->easy_getinfo(transfer->easy, CURLINFO_ACTIVESOCKET, &fd);
    if (fd != CURL_SOCKET_BAD)
        shutdown(fd, SHUT_RDWR);
}

static void *perform(void *context)
{
    struct apart *apart = context;
    struct transfer *transfer = apart->transfer;

    apart->code = transfer->curl->easy_perform(transfer->easy);
    if (apart->code != CURLE_OK)
        hang_up(transfer);
    transfer->curl->easy_cleanup(transfer->easy);
    transfer->easy = NULL;
    loop_wake_ring(apart->wake);
    return NULL;
}

static void on_performed(void *context)
{
    struct apart *apart = context;
    struct transfer *transfer = apart->transfer;
    CURLcode code = apart->code;

    pthread_join(apart->thread, NULL);
    loop_wake_free(apart->wake);
    free(apart);
    transfer->apart = NULL;
    transfer->on_end(transfer, code);
}

static int look_up(void *context, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    struct transfer *transfer = context;

    (void)a, (void)b, (void)c, (void)d;
    return atomic_load(&transfer->is_cancelled);
}

/* Not one of libuv's pool: it ends the process when there can be no threads. */
int transfer_start_apart(struct transfer *transfer, struct err *err)
{
    struct apart *apart = mem_alloc(sizeof(*apart));
    int failed;

    apart->transfer = transfer;
    transfer->curl->easy_setopt(transfer->easy, CURLOPT_NOPROGRESS, 0L);
    transfer->curl->easy_setopt(transfer->easy, CURLOPT_XFERINFOFUNCTION, look_up);
    transfer->curl->easy_setopt(transfer->easy, CURLOPT_XFERINFODATA, transfer);
    apart->wake = loop_wake_new(transfer->client->loop, on_performed, apart);
    failed = pthread_create(&apart->thread, NULL, perform, apart);
    if (failed) {
        loop_wake_free(apart->wake);
        free(apart);
        return err_errno(err, failed, "cannot start a thread");
    }
    transfer->apart = apart;
    return 0;
}

static void on_cancelled(void *context)
{
    struct transfer *transfer = context;

    transfer->on_end(transfer, CURLE_ABORTED_BY_CALLBACK);
}

void transfer_cancel(struct transfer *transfer)
{
    if (atomic_exchange(&transfer->is_cancelled, true))
        return;
    if (transfer->apart) /* it looks up by itself */
        return;
    transfer->curl->multi_remove_handle(transfer->client->multi, transfer->easy);
    loop_defer(transfer->client->loop, on_cancelled, transfer);
}

void transfer_fini(struct transfer *transfer)
{
    struct curl_client *client = transfer->client;

    if (!transfer->easy)
        return;
    if (client->idle_len == IDLE_MAX) {
        client->curl.easy_cleanup(transfer->easy);
        return;
    }
    client->curl.easy_reset(transfer->easy);
    client->idle[client->idle_len++] = transfer->easy;
}

/* ---- its end in words ---- */

int transfer_error(const struct transfer *transfer, CURLcode code)
{
    if (transfer->is_cancelled)
        return ERR_DENIED;
    if (code == CURLE_OPERATION_TIMEDOUT)
        return ERR_TIMEOUT;
    if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_SSL_CERTPROBLEM ||
        code == CURLE_SSL_CACERT_BADFILE)
        return ERR_INVALID;
    return code == CURLE_OK ? 0 : ERR_IO;
}

char *transfer_words(const struct transfer *transfer, CURLcode code)
{
    const char *words = transfer->is_cancelled ? "cancelled"
                        : transfer->words[0]   ? transfer->words
                                               : transfer->curl->easy_strerror(code);
    const char *advice = transfer->is_cancelled ? NULL : tls_advice(code, words);

    return mem_printf("%s%s%s", words, advice ? "; " : "", advice ? advice : "");
}
