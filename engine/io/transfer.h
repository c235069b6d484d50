/* transfer: one of libcurl's transfers on the loop, whatever its protocol. All of a loop share one multi
 * handle, which keeps their connections; libcurl is opened (dlopen) by the first. */
#ifndef IO_TRANSFER_H
#define IO_TRANSFER_H

#include "io/curl.h"
#include "io/loop.h"

#include <stdatomic.h>
#include <stdbool.h>

struct curl_client;
struct apart;

/* Embedded in what it belongs to. */
struct transfer {
    struct curl_client *client;
    const struct curl_api *curl;
    CURL *easy;
    char words[CURL_ERROR_SIZE]; /* curl's, of what went wrong */
    atomic_bool is_cancelled;
    struct apart *apart; /* the thread that carries it out, or NULL: the loop does */
    /* Once, never from inside transfer_start or transfer_cancel; transfer_fini is its business. */
    void (*on_end)(struct transfer *transfer, CURLcode code);
};

/* How the peer is trusted; files or NULL. */
struct transfer_tls {
    const char *ca, *cert, *key;
    bool insecure;
};

/* Get ready to be given options. ERR_NOT_FOUND: there is no libcurl; nothing is to be finished then. */
int transfer_init(struct transfer *transfer, struct loop *loop,
    void (*on_end)(struct transfer *transfer, CURLcode code), struct err *err);
/* Only these protocols, "http,https"; ERR_NOT_FOUND when libcurl is too old to be told. */
int transfer_limit(struct transfer *transfer, const char *protocols, struct err *err);
void transfer_set_tls(struct transfer *transfer, const struct transfer_tls *tls);
void transfer_start(struct transfer *transfer);
/* Carry it out in a thread of its own: for protocols in which libcurl waits for the server where it should
 * not. The callbacks given to libcurl are called there, on_end here; there is no easy handle then. Returns 0,
 * or a negative code when there can be no thread: nothing has begun. */
int transfer_start_apart(struct transfer *transfer, struct err *err);
/* Of one apart, on_end comes within a second. */
void transfer_cancel(struct transfer *transfer);
void transfer_fini(struct transfer *transfer);

/* 0 or a negative err_code. */
int transfer_error(const struct transfer *transfer, CURLcode code);
/* Why it failed, and what to do about it. malloc'd. */
char *transfer_words(const struct transfer *transfer, CURLcode code);

#endif
