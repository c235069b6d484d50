#include "journal/sql.h"

static void bind(sqlite3_stmt *stmt, int at, const struct arg *arg)
{
    switch (arg->type) {
    case SQLITE_INTEGER:
        sqlite3_bind_int64(stmt, at, arg->number);
        return;
    case SQLITE_TEXT:
        sqlite3_bind_text64(stmt, at, arg->bytes, arg->len, SQLITE_STATIC, SQLITE_UTF8);
        return;
    case SQLITE_BLOB:
        sqlite3_bind_blob64(stmt, at, arg->bytes, arg->len, SQLITE_STATIC);
        return;
    default:
        sqlite3_bind_null(stmt, at);
        return;
    }
}

void stmt_bind_args(sqlite3_stmt *stmt, const struct arg *args, size_t count)
{
    for (size_t i = 0; i < count; i++)
        bind(stmt, (int)i + 1, &args[i]);
}

int stmt_number_args(sqlite3_stmt *stmt, int64_t *ret_number, const struct arg *args, size_t count)
{
    int rc, reset;

    stmt_bind_args(stmt, args, count);
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW && ret_number)
        *ret_number = sqlite3_column_int64(stmt, 0);
    reset = sqlite3_reset(stmt);
    return reset == SQLITE_OK ? rc : reset;
}

int stmt_run_args(sqlite3_stmt *stmt, const struct arg *args, size_t count)
{
    return stmt_number_args(stmt, NULL, args, count);
}

const char *column_string(sqlite3_stmt *stmt, int column)
{
    const char *string = (const char *)sqlite3_column_text(stmt, column);

    return string ? string : "";
}

struct sha256 column_hash(sqlite3_stmt *stmt, int column)
{
    return cell_hash(sqlite3_column_value(stmt, column));
}

const char *cell_string(sqlite3_value *cell)
{
    const char *string = (const char *)sqlite3_value_text(cell);

    return string ? string : "";
}

struct sha256 cell_hash(sqlite3_value *cell)
{
    struct sha256 hash = {0};

    if (sqlite3_value_type(cell) == SQLITE_BLOB && sqlite3_value_bytes(cell) == SHA256_SIZE)
        memcpy(hash.bytes, sqlite3_value_blob(cell), SHA256_SIZE);
    return hash;
}

json_t *column_value(sqlite3_stmt *stmt, int column)
{
    const char *json = (const char *)sqlite3_column_text(stmt, column);
    size_t len = (size_t)sqlite3_column_bytes(stmt, column);

    return json ? json_loadb(json, len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL) : NULL;
}
