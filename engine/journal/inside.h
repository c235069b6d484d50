/* inside: what the parts of the journal share. Not for other rooms. */
#ifndef JOURNAL_INSIDE_H
#define JOURNAL_INSIDE_H

#include "journal/db.h"
#include "journal/sql.h"
#include "journal/store.h"
#include "journal/writer.h"

/* An inbox item whose removal is not yet durable. */
struct taken {
    int64_t id;
    uint64_t batch;
};

struct journal {
    char *path;
    enum journal_sync sync;
    bool read_only;
    struct store store;     /* not open when read_only */
    struct writer *writer;  /* NULL when read_only */
    struct batch *pending;  /* what the next commit hands over; NULL = nothing */
    uint64_t submitted;     /* number of the last commit */
    sqlite3 *reader;        /* opened when first needed */
    int64_t reader_version; /* its data_version at the last journal_news; -1 = none */
    uint64_t reader_news;   /* how often that was another one */
    struct taken *taken;
    size_t taken_len, taken_cap;
};

/* Open the reading connection unless it is. */
int journal_reader(struct journal *journal, struct err *err);
/* A statement on it; finalise with autostmt. */
int journal_prepare(struct journal *journal, const char *sql, sqlite3_stmt **ret_stmt, struct err *err);
/* ERR_USAGE on a journal that is only read. */
int journal_check_writable(const struct journal *journal, struct err *err);
/* The pending batch, made when there is none. */
struct batch *journal_pending(struct journal *journal);

#endif
