/* db: a connection to the journal's file: opened, recognised, brought up to date; and what its errors mean.
 */
#ifndef JOURNAL_DB_H
#define JOURNAL_DB_H

#include "journal/journal.h"
#include "journal/sql.h"

#include <sqlite3.h>

enum { DB_APPLICATION_ID = 0x72626a6e, DB_VERSION = 7 }; /* "rbjn" */

/* The connection that writes: creates the file when it is missing, migrates, refuses what it does not know.
 */
int db_open_writer(const char *path, enum journal_sync sync, sqlite3 **ret_db, struct err *err);
/* Another one of a process that has one that writes; to move the WAL. */
int db_open_mover(const char *path, enum journal_sync sync, sqlite3 **ret_db);
/* A connection that only reads. ERR_NOT_FOUND when there is no journal. */
int db_open_reader(const char *path, sqlite3 **ret_db, struct err *err);
void db_close(sqlite3 *db); /* NULL is fine */

/* How often a connection tries to get a lock that another process holds. */
enum { DB_SOON = 50, DB_FOR_A_SECOND = 190, DB_PATIENT = 600 }; /* 35 ms, 1 s, 5 s */

void db_be_patient(
    sqlite3 *db, const int *patience); /* points to one of these; it must outlive the connection */

/* What SQLite's last failure on `db` means, where, and what to do. Returns the code. */
int db_error(sqlite3 *db, int rc, struct err *err);
/* 0 when the last step of a statement came to its end, else as db_error. */
int db_done(sqlite3 *db, int rc, struct err *err);
int db_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **ret_stmt, struct err *err);
/* Prepare a statement that yields no rows, run it, forget it. */
int db_run(sqlite3 *db, const char *sql, const struct arg *args, size_t count, struct err *err);
/* The one number that a PRAGMA or SELECT without parameters yields. */
int db_number(sqlite3 *db, const char *sql, int64_t *ret_number, struct err *err);

#endif
