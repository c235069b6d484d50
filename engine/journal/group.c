#include "journal/group.h"
#include "journal/inside.h"
#include "journal/lease.h"

/* What is found when a run wants to come in. */
struct crowd {
    int64_t limit;
    size_t in, before; /* in it; waiting since longer than we */
    char first[RUN_ID_SIZE], runbook[80], user[80];
    bool is_first_in;
};

enum {
    MEMBER_NO,
    MEMBER_ID,
    MEMBER_HOST,
    MEMBER_PID,
    MEMBER_START,
    MEMBER_UNTIL,
    MEMBER_IN,
    MEMBER_RUNBOOK,
    MEMBER_USER,
    MEMBER_OWN_NO
};

/* Every run of the group of run ?1 that has not ended, and the number of run ?1 itself. */
#define MEMBERS                                                                                              \
    "SELECT o.no, o.id, o.engine_host, o.engine_pid, o.engine_start, o.lease_until_us, o.in_group,"          \
    " o.runbook, o.user, me.no FROM run me JOIN run o ON o.group_name = me.group_name"                       \
    " WHERE me.id = ?1 AND me.group_name <> '' AND o.group_name <> '' AND o.finished_us = 0 ORDER BY o.no"

static bool is_there(sqlite3_stmt *stmt)
{
    return !lease_is_free(column_string(stmt, MEMBER_HOST), sqlite3_column_int64(stmt, MEMBER_PID),
        sqlite3_column_int64(stmt, MEMBER_START), sqlite3_column_int64(stmt, MEMBER_UNTIL));
}

static bool is_self(sqlite3_stmt *stmt)
{
    return sqlite3_column_int64(stmt, MEMBER_NO) == sqlite3_column_int64(stmt, MEMBER_OWN_NO);
}

static void count(struct crowd *crowd, sqlite3_stmt *stmt)
{
    bool is_in = sqlite3_column_int(stmt, MEMBER_IN);

    if (!is_in && sqlite3_column_int64(stmt, MEMBER_NO) > sqlite3_column_int64(stmt, MEMBER_OWN_NO))
        return;
    crowd->in += is_in;
    crowd->before += !is_in;
    if (*crowd->first && (crowd->is_first_in || !is_in))
        return;
    crowd->is_first_in = is_in;
    snprintf(crowd->first, sizeof(crowd->first), "%s", column_string(stmt, MEMBER_ID));
    snprintf(crowd->runbook, sizeof(crowd->runbook), "%s", column_string(stmt, MEMBER_RUNBOOK));
    snprintf(crowd->user, sizeof(crowd->user), "%s", column_string(stmt, MEMBER_USER));
}

static int count_all(sqlite3 *db, const char *run_id, struct crowd *crowd, struct err *err)
{
    sqlite3_stmt *stmt autostmt = NULL;
    int rc, code = db_prepare(db, MEMBERS, &stmt, err);

    if (code < 0)
        return code;
    stmt_bind(stmt, string(run_id));
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
        if (!is_self(stmt) && is_there(stmt))
            count(crowd, stmt);
    return db_done(db, rc, err);
}

/* The group's name and limit; `name` stays empty where there is no group. */
static int look_up(
    sqlite3 *db, const char *run_id, char *ret_name, size_t size, int64_t *ret_limit, struct err *err)
{
    sqlite3_stmt *stmt autostmt = NULL;
    int rc, code = db_prepare(db, "SELECT group_name, group_limit FROM run WHERE id = ?", &stmt, err);

    if (code < 0)
        return code;
    stmt_bind(stmt, string(run_id));
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_DONE)
        return err_set(err, ERR_NOT_FOUND, "the journal has no run %s", run_id);
    if (rc != SQLITE_ROW)
        return db_error(db, rc, err);
    snprintf(ret_name, size, "%s", column_string(stmt, 0));
    *ret_limit = sqlite3_column_int64(stmt, 1);
    return 0;
}

static int check(sqlite3 *db, const char *run_id, bool *ret_is_grouped, struct err *err)
{
    struct crowd crowd = {0};
    char name[256] = "";
    int code = look_up(db, run_id, name, sizeof(name), &crowd.limit, err);

    *ret_is_grouped = *name;
    if (code < 0 || !*name || crowd.limit == 0)
        return code;
    code = count_all(db, run_id, &crowd, err);
    if (code < 0 || (int64_t)(crowd.in + crowd.before) < crowd.limit)
        return code;
    return err_set(err, ERR_BUSY, "the concurrency group \"%s\" is full: run %.6s (%s, begun by %s) %s%s",
        name, crowd.first, crowd.runbook, crowd.user,
        crowd.is_first_in ? "is in it" : "waits for it since before",
        crowd.in + crowd.before > 1 ? ", and others" : "");
}

/* Whoever is in it without an engine has lost his place, and hears of it when he writes next. */
static int evict(struct store *store, int64_t no, struct err *err)
{
    return db_run(store->db,
        "UPDATE run SET in_group = 0, lease_until_us = 0, epoch = epoch + 1 WHERE no = ?", ARGS(number(no)),
        err);
}

static int evict_the_gone(struct store *store, const char *run_id, struct err *err)
{
    sqlite3_stmt *stmt autostmt = NULL;
    int code = db_prepare(store->db, MEMBERS, &stmt, err);

    if (code < 0)
        return code;
    stmt_bind(stmt, string(run_id));
    while (code == 0 && sqlite3_step(stmt) == SQLITE_ROW)
        if (!is_self(stmt) && sqlite3_column_int(stmt, MEMBER_IN) && !is_there(stmt))
            code = evict(store, sqlite3_column_int64(stmt, MEMBER_NO), err);
    return code;
}

int group_enter(struct store *store, const char *run_id, struct err *err)
{
    bool is_grouped;
    int code = check(store->db, run_id, &is_grouped, err);

    if (code < 0 || !is_grouped)
        return code;
    code = evict_the_gone(store, run_id, err);
    return code < 0
               ? code
               : db_run(store->db, "UPDATE run SET in_group = 1 WHERE id = ?", ARGS(string(run_id)), err);
}

static int enter(struct store *store, const void *context, struct err *err)
{
    return group_enter(store, context, err);
}

int journal_enter_group(struct journal *journal, const char *run_id, struct err *err)
{
    int code = journal_check_writable(journal, err);

    return code < 0 ? code : store_transact(&journal->store, enter, run_id, err);
}

int journal_look_at_group(struct journal *journal, const char *run_id, struct err *err)
{
    bool is_grouped;
    int code = journal_reader(journal, err);

    return code < 0 ? code : check(journal->reader, run_id, &is_grouped, err);
}

int journal_group(struct journal *journal, const char *run_id,
    void (*each)(void *context, const char *run_id, bool is_in), void *context, struct err *err)
{
    sqlite3_stmt *stmt autostmt = NULL;
    int rc, code = journal_prepare(journal, MEMBERS, &stmt, err);

    if (code < 0)
        return code;
    stmt_bind(stmt, string(run_id));
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
        if (!is_self(stmt) && is_there(stmt))
            each(context, column_string(stmt, MEMBER_ID), sqlite3_column_int(stmt, MEMBER_IN));
    return db_done(journal->reader, rc, err);
}
