/* journal: every run for ever, in one SQLite file. The only room that knows SQL.
 *
 * Writing goes through one writer thread: the loop appends (cheap, in memory), asks for a commit, and is
 * called back when everything appended so far is durable. Reading uses a connection of its own on the
 * caller's thread. */
#ifndef JOURNAL_JOURNAL_H
#define JOURNAL_JOURNAL_H

#include "base/err.h"
#include "model/event.h"
#include "model/source.h"

#include <stddef.h>

struct journal;

enum journal_sync { JOURNAL_SYNC_FULL, JOURNAL_SYNC_NORMAL };

struct journal_options {
    const char *path; /* NULL: RUNBOOK_JOURNAL, else $XDG_STATE_HOME/runbook/journal.db */
    enum journal_sync sync;
    bool read_only; /* no file: ERR_NOT_FOUND */
};

/* Creates file (0600) and folder (0700) when missing, migrates forward, refuses a file from the future. */
int journal_open(const struct journal_options *options, struct journal **ret_journal, struct err *err);
void journal_close(struct journal *journal); /* commits what is pending; NULL is fine */
/* Wait until no other process keeps it locked; after a second `told` hears, once, who does. Only a journal
 * that is open for writing. */
int journal_await(
    struct journal *journal, void (*told)(void *context, const char *text), void *context, struct err *err);
const char *journal_path(const struct journal *journal);

/* --- writing: runs ------------------------------------------------------------------------------------ */

enum { RUN_ID_SIZE = 13 };

struct run_row {
    char id[RUN_ID_SIZE];
    const char *runbook, *title, *severity; /* "" when there is none */
    const char *file;                       /* as typed */
    const char *book_sha256;                /* hash over the hashes of all pinned sources */
    json_t *params;                         /* secrets replaced */
    json_t *labels;                         /* or NULL */
    struct principal initiator;
    const char *trigger;   /* "manual" */
    const char *parent;    /* the run that it goes on from, as `trigger` says; or "" */
    const char *successor; /* the newest that goes on from it, when read; or "" */
    enum run_status status;
    int64_t created_us, started_us, finished_us; /* 0 = not yet */
    size_t warnings;
    const char *message; /* of the failure, "" */
    /* the engine that holds it */
    const char *engine; /* "" = none */
    int64_t engine_pid, engine_start, lease_until_us;
    const char *engine_host;
    int64_t keep_us; /* KEEP_NOT and so on: what the journal's keeper is to do with it */
    /* its concurrency group */
    const char *group;   /* "" = none */
    int64_t group_limit; /* 0 = any number */
    json_t *extra;       /* of a run that has not started: what INPUT_START gets beside the rest; or NULL */
};

/* Create the run with its sources, durable before it returns. */
int journal_create_run(struct journal *journal, const struct run_row *run,
    const struct source *const *sources, size_t source_count, struct err *err);

/* A run that begins where what it takes over from another one ends. */
struct run_copy {
    const struct event *events; /* its first, which are final */
    size_t event_count;
    const char *from; /* the other run, which has ended; what the steps that ended in `events` printed */
    const struct event *last;  /* is copied from it, too. Its last event, */
    const struct event *after; /* and the one that is put behind it */
};
/* All of it in one transaction, in which the run also takes its place in its group. ERR_BUSY when there is
 * none, ERR_CONFLICT when `last` is not the other's last any more. */
int journal_create_copy(struct journal *journal, const struct run_row *run,
    const struct source *const *sources, size_t source_count, const struct run_copy *copy, struct err *err);

/* --- writing: the live stream (owner of the run; loop thread) ----------------------------------------- */

/* Copies the event into the pending batch. run.* events also update the run's row. */
void journal_append(struct journal *journal, const char *run_id, const struct event *event);
enum output_stream { OUTPUT_STDOUT, OUTPUT_STDERR, OUTPUT_BODY };
/* A chunk as it arrived; `total`/`sha256` only with the last (NULL before). `omitted` bytes were left out
 * before it. */
struct output_chunk {
    const char *path; /* frame path with attempt */
    enum output_stream stream;
    int64_t wall_us;
    const char *bytes;
    size_t len;
    uint64_t offset; /* in the full output */
    uint64_t omitted;
    bool is_last;
    uint64_t total;
    const char *sha256;
};
void journal_append_output(struct journal *journal, const char *run_id, const struct output_chunk *chunk);
/* Hand the pending batch to the writer. `done` is called from the writer thread once all of it is durable:
 * it may only wake the loop. Batches are durable in order. */
typedef void (*journal_done)(void *context, uint64_t batch);
uint64_t journal_commit(struct journal *journal, journal_done done, void *context);
/* The same for a caller that has nothing better to do than to wait for the disk, as between the steps of a
 * serial run: when the writer is idle the batch is written before this returns, and `done` is not called.
 * With JOURNAL_SYNC_NORMAL, where no commit waits for the disk, `is_idle` need not be true. */
uint64_t journal_commit_here(struct journal *journal, bool is_idle, journal_done done, void *context);
/* Up to which batch everything is durable. */
uint64_t journal_durable(struct journal *journal);
/* 0 while writing works; else ERR_FULL or ERR_IO and what is wrong: the writer retries every second, nothing
 * is lost. */
int journal_trouble(struct journal *journal, struct err *err);
/* Wait until everything handed over is durable, or fails for `timeout_ms`. */
int journal_flush(struct journal *journal, int64_t timeout_ms, struct err *err);
uint64_t journal_flushes(struct journal *journal); /* commits made so far */

/* --- people and other processes ----------------------------------------------------------------------- */

struct inbox_item {
    int64_t id;
    const char *verb; /* "ack", "note", "cancel", "kill", "answer", "signal" */
    const char *path; /* frame path or "" */
    const char *name;
    struct principal by;
    json_t *data; /* or NULL */
    int64_t wall_us;
};

/* Durable when it returns. */
int journal_inbox_put(
    struct journal *journal, const char *run_id, const struct inbox_item *item, struct err *err);
/* Items not taken yet, oldest first; `each` returns false to stop. Mark taken with journal_inbox_taken, which
 * joins the pending batch, so an item and its event become durable together. */
int journal_inbox_read(struct journal *journal, const char *run_id,
    bool (*each)(void *context, const struct inbox_item *item), void *context, struct err *err);
void journal_inbox_taken(struct journal *journal, const char *run_id, int64_t id);
/* How often it has been seen, when asked, that another process has written. Grows; several may ask. */
uint64_t journal_news(struct journal *journal);

/* Events behind the last one of a run that has ended; durable when it returns. ERR_CONFLICT when `last` is
 * not its last any more. */
int journal_add_after(struct journal *journal, const char *run_id, const struct event *last,
    const struct event *events, size_t count, struct err *err);

/* --- leases ------------------------------------------------------------------------------------------- */

/* A run is driven by one engine. Each that takes it over begins a new epoch of the run; what an engine of an
 * earlier epoch still wants to write is dropped, and journal_is_fenced says so. */

/* Hold the run until then; 0 gives it back. Joins the pending batch. */
void journal_lease(struct journal *journal, const char *run_id, int64_t until_us);
/* Take over a run that has not ended and whose engine is gone; `engine` has the engine's own fields. Durable
 * when it returns. ERR_BUSY with who holds it, or who is in its group; ERR_USAGE when it has ended. */
int journal_take_over(
    struct journal *journal, const char *run_id, const struct run_row *engine, struct err *err);
/* Nothing more of the run is written here, and all that was is durable: forget it. Joins the pending batch.
 */
void journal_let_go(struct journal *journal, const char *run_id);
/* Another engine has taken this run over from us. */
bool journal_is_fenced(struct journal *journal, const char *run_id);

/* --- groups ------------------------------------------------------------------------------------------- */

/* Of the runs of a group at most so many are in it at once, across all processes; those that wait come in the
 * order in which they were created. An engine that is gone, or whose lease has run out, is in no group any
 * more: who comes in its place takes its run's epoch on, so that it writes nothing more when it wakes up. */

/* Take the place. ERR_BUSY: there is none, and who has it; ERR_NOT_FOUND. Durable when it returns. */
int journal_enter_group(struct journal *journal, const char *run_id, struct err *err);
/* The same question asked without writing: 0 or ERR_BUSY. */
int journal_look_at_group(struct journal *journal, const char *run_id, struct err *err);
/* The runs of its group that are under way or wait, but for itself, oldest first. */
int journal_group(struct journal *journal, const char *run_id,
    void (*each)(void *context, const char *run_id, bool is_in), void *context, struct err *err);

/* --- the keeper --------------------------------------------------------------------------------------- */

/* One process looks after the runs that nobody watches: the keeper of the journal. A run in its hands has a
 * row in `timer`. One that only waits is at rest: no process holds it, and the row says when it is to be
 * taken up. */
enum {
    KEEP_NOT,  /* not in its hands */
    KEEP_HELD, /* it drives it */
    KEEP_NOW,  /* it is to take it up; what is more is an instant (µs) until which the run is at rest */
};

/* Be the keeper, with the engine's fields of `engine`. What the one before it has left it takes up now.
 * Durable when it returns. ERR_BUSY with who is. */
int journal_keep(struct journal *journal, const struct run_row *engine, struct err *err);
/* Remain it until then; 0 gives it up. Joins the pending batch. */
void journal_keep_on(struct journal *journal, const struct run_row *engine);
/* The process that is; 0 = none. */
int64_t journal_keeper(struct journal *journal);
/* Say of a run that is the caller's what its keeper is to do, one of the above or an instant. Joins the
 * pending batch. */
void journal_rest(struct journal *journal, const char *run_id, int64_t due_us);
/* Give a run that nobody drives to the keeper. Durable when it returns; as journal_take_over. */
int journal_hand_over(struct journal *journal, const char *run_id, struct err *err);
/* A run to be taken up: due by then, or spoken to. ERR_NOT_FOUND when there is none, and when the next will
 * be due (INT64_MAX: none). */
int journal_next_due(
    struct journal *journal, int64_t by_us, char ret_id[RUN_ID_SIZE], int64_t *ret_due_us, struct err *err);

/* --- reading ------------------------------------------------------------------------------------------ */

struct run_filter {
    const char *status, *runbook; /* NULL = any */
    int64_t since_us;
    size_t limit; /* 0 = 50 */
};
/* Newest first. Rows live during the call of `each`. Status "interrupted" is computed: a run that has not
 * ended and whose engine is provably gone. */
int journal_runs(struct journal *journal, const struct run_filter *filter,
    bool (*each)(void *context, const struct run_row *run), void *context, struct err *err);
/* By id, unique prefix (6 letters at least), runbook's name (its newest run) or "last". An ambiguous name
 * lists the candidates in `err`. */
int journal_find_run(struct journal *journal, const char *name, char ret_id[RUN_ID_SIZE], struct err *err);
/* One run; the strings belong to the row: free with run_row_free. */
struct run_row *journal_get_run(struct journal *journal, const char *run_id, struct err *err);
void run_row_free(struct run_row *row);
/* Events in order from `from_seq`. `with_data` false leaves event->data NULL (typed columns only: fast). */
int journal_events(struct journal *journal, const char *run_id, uint64_t from_seq, bool with_data,
    bool (*each)(void *context, const struct event *event), void *context, struct err *err);
/* Output in order of arrival; path NULL = all. `after` is a cursor (0 at first), updated. */
int journal_output(struct journal *journal, const char *run_id, const char *path, int64_t *after,
    bool (*each)(void *context, const struct output_chunk *chunk), void *context, struct err *err);
/* The pinned sources of a run. */
int journal_sources(struct journal *journal, const char *run_id,
    bool (*each)(void *context, const struct source *source), void *context, struct err *err);
/* The shortest prefix of the id (6 at least) that names only this run. */
void journal_short_id(struct journal *journal, const char *run_id, char ret_id[RUN_ID_SIZE]);
/* The canonical JSON of an event. */
void journal_canonical(const char *run_id, const struct event *event, struct text *text);
/* Its RFC 6962 leaf hash: SHA-256(0x00 || canonical, with the hash of `data` in place of the data). */
struct sha256 journal_leaf(const char *run_id, const struct event *event);
/* A copy as of now, in a new file (0600). ERR_CONFLICT when it is there already. */
int journal_backup(struct journal *journal, const char *path, struct err *err);
/* What doctor tells: {path, mode, sync, size, runs, events, journal_mode, user_version, …}. New reference. */
json_t *journal_facts(struct journal *journal);

#endif
