/* store: the connection that writes, and its transactions. One thread at a time, which store_enter makes sure
 * of. */
#ifndef JOURNAL_STORE_H
#define JOURNAL_STORE_H

#include "journal/batch.h"
#include "journal/wal.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>

enum store_statement {
    STORE_BEGIN,
    STORE_COMMIT,
    STORE_ROLLBACK,
    STORE_DATA_VERSION,
    STORE_LAST_INDEX,
    STORE_FIND_RUN,
    STORE_LAST_CHUNK,
    STORE_INSERT_EVENT,
    STORE_INDEX_EVENT,
    STORE_INDEX_BLOCK,
    STORE_LEAVES,
    STORE_INSERT_NODE,
    STORE_UPDATE_RUN,
    STORE_INSERT_OUTPUT,
    STORE_INBOX_TAKEN,
    STORE_LEASE,
    STORE_KEEP_RUN,
    STORE_LEAVE_RUN,
    STORE_KEEP_ON,
    STORE_STATEMENT_COUNT,
};

/* What the store remembers of a run that it writes for, so that an event costs no lookup. */
struct store_run {
    char id[RUN_ID_SIZE];
    int64_t no;
    int64_t next_chunk; /* output.id of its next chunk, -1 = not looked up */
    bool is_fenced; /* it was ours, and another engine has taken it over: nothing of it is written any more */
};

/* A run that this process drives. */
struct store_hold {
    char id[RUN_ID_SIZE];
    int64_t epoch; /* run.epoch while it is ours */
    bool is_lost;
};

enum {
    STORE_RUNS = 256,
    STORE_CHUNK_BITS = 32,
};

struct store {
    sqlite3 *db;
    pthread_mutex_t use;                             /* held while the connection is in use */
    sqlite3_stmt *statements[STORE_STATEMENT_COUNT]; /* prepared at first use */
    struct store_run runs[STORE_RUNS];               /* by hash of the id; a collision only costs a lookup */
    struct store_hold *holds;
    size_t hold_count, hold_cap;
    atomic_size_t lost;        /* how many of them are */
    int64_t next_index;        /* of the next event; -1 = to be read */
    int64_t data_version;      /* changes when another connection has written; -1 = not known */
    atomic_uint_fast64_t news; /* how often it has changed */
    struct wal wal;
    int patience;          /* of what is being done, see db.h */
    struct blocks *blocks; /* see blocks.h; NULL until an event begins one */
    struct text canonical;
};

int store_open(struct store *store, const char *path, enum journal_sync sync, struct err *err);
void store_close(struct store *store);

/* The next of the batches that are to be written together; NULL: that was all. */
typedef const struct batch *(*store_next)(void *context);
/* One transaction for all of them: all of it is durable, or nothing is written. */
int store_write(struct store *store, store_next next, void *context, int patience, struct err *err);
/* Wait, for ever, until no other process keeps the journal locked. After a second `told` hears, once, who
 * does. */
int store_await(
    struct store *store, void (*told)(void *context, const char *text), void *context, struct err *err);
/* To be called after a commit of so many batches, when those who waited for it have been told. */
void store_tend_wal(struct store *store, size_t batches);

/* For what writes a transaction of its own on the caller's thread. `body` runs between BEGIN IMMEDIATE and
 * COMMIT. */
typedef int (*store_body)(struct store *store, const void *context, struct err *err);
int store_transact(struct store *store, store_body body, const void *context, struct err *err);

/* From here on only what is written under this epoch of the run counts. Within a transaction. */
void store_hold(struct store *store, const char *run_id, int64_t epoch);
/* Nothing of it is written here any more. */
void store_let_go(struct store *store, const char *run_id);
/* Has a write found that the run is another's now? */
bool store_is_fenced(struct store *store, const char *run_id);

/* How often another process was seen to have written. Never waits for a commit that is going on. */
uint64_t store_news(struct store *store);

/* --- for rows ----------------------------------------------------------------------------------------- */

int store_statement(
    struct store *store, enum store_statement which, sqlite3_stmt **ret_stmt, struct err *err);
/* The run of that id; ERR_NOT_FOUND. Good until the next call. */
int store_run_of(struct store *store, const char *id, struct store_run **ret_run, struct err *err);

#endif
