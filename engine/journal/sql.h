/* sql: a statement reads like a call. stmt_run(insert, number(seq), string(kind)) */
#ifndef JOURNAL_SQL_H
#define JOURNAL_SQL_H

#include "base/err.h"
#include "base/hash.h"
#include "model/value.h"

#include <sqlite3.h>
#include <stdint.h>
#include <string.h>

/* One bound value; the bytes must live until the statement is reset. */
struct arg {
    int type; /* SQLITE_INTEGER, SQLITE_TEXT, SQLITE_BLOB, SQLITE_NULL */
    int64_t number;
    const void *bytes;
    size_t len;
};

static inline struct arg number(int64_t value)
{
    return (struct arg){.type = SQLITE_INTEGER, .number = value};
}

/* NULL where the value is the one that means "does not apply". */
static inline struct arg number_unless(int64_t none, int64_t value)
{
    return (struct arg){.type = value == none ? SQLITE_NULL : SQLITE_INTEGER, .number = value};
}

static inline struct arg string_n(const char *bytes, size_t len)
{
    return (struct arg){.type = bytes ? SQLITE_TEXT : SQLITE_NULL, .bytes = bytes, .len = len};
}

/* NULL counts as "". */
static inline struct arg string(const char *value)
{
    return value ? string_n(value, strlen(value)) : string_n("", 0);
}

/* "" becomes NULL. */
static inline struct arg string_or_null(const char *value)
{
    return value && *value ? string_n(value, strlen(value)) : (struct arg){.type = SQLITE_NULL};
}

static inline struct arg blob(const void *bytes, size_t len)
{
    return (struct arg){.type = SQLITE_BLOB, .bytes = bytes ? bytes : "", .len = len};
}

/* Bind from the first parameter on. */
void stmt_bind_args(sqlite3_stmt *stmt, const struct arg *args, size_t count);
/* Bind, step once, reset. Returns SQLITE_DONE, SQLITE_ROW or an error of SQLite. */
int stmt_run_args(sqlite3_stmt *stmt, const struct arg *args, size_t count);

/* Bind, step once, take the first column's number when there is a row, reset. Returns as stmt_run. */
int stmt_number_args(sqlite3_stmt *stmt, int64_t *ret_number, const struct arg *args, size_t count);

#define ARGS(...)                                                                                            \
    (const struct arg[]){__VA_ARGS__}, sizeof((const struct arg[]){__VA_ARGS__}) / sizeof(struct arg)
#define stmt_bind(stmt, ...) stmt_bind_args(stmt, ARGS(__VA_ARGS__))
#define stmt_run(stmt, ...) stmt_run_args(stmt, ARGS(__VA_ARGS__))
#define stmt_number(stmt, ret_number, ...) stmt_number_args(stmt, ret_number, ARGS(__VA_ARGS__))

/* A column's text; "" for NULL. Good until the next step. */
const char *column_string(sqlite3_stmt *stmt, int column);
/* A column's hash; zeros for what is none. */
struct sha256 column_hash(sqlite3_stmt *stmt, int column);
/* The same of a value. */
const char *cell_string(sqlite3_value *cell);
struct sha256 cell_hash(sqlite3_value *cell);
/* A column's JSON as a value, or NULL. New reference. */
json_t *column_value(sqlite3_stmt *stmt, int column);

static inline void stmt_autofinalize(sqlite3_stmt **place)
{
    sqlite3_finalize(*place);
}
/* Finalised when it goes out of scope. */
#define autostmt __attribute__((cleanup(stmt_autofinalize)))

#endif
