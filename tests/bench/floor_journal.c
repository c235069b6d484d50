/* floor_journal: what SQLite alone does with rows of 300 bytes in a journal's mode (WAL, synchronous=FULL),
 * no engine around it. Each verb prints `name value unit` lines, the figure of its name last; tests/bench/run
 * divides our figures by them.
 *
 *   floor_journal noop DB N       floor.noop: 2 rows and one commit a step
 *   floor_journal row DB N        one row a commit
 *   floor_journal group64 DB N    floor.group64: 64 steps of 2 rows a commit
 *   floor_journal arm DB N        floor.arm: a durable timer is 3 rows, 256 timers a commit
 *   floor_journal page DB N       the same with 5 rows: an escalation whose first level is paged
 *   floor_journal scan DB N       rows a second when six typed columns of N rows are read
 */
#include "floor.h"

#include <sqlite3.h>
#include <string.h>

struct shape {
    const char *name;
    long steps_a_commit, rows_a_step;
};

static const struct shape shapes[] = {
    {"noop", 1, 2}, {"row", 1, 1}, {"group64", 64, 2}, {"scan", 4096, 1}, {"arm", 256, 3}, {"page", 256, 5}};

/* Bytes this process has sent to the disk. */
static double written(void)
{
    FILE *file = fopen("/proc/self/io", "r");
    char line[128];
    double bytes = 0;

    while (file && fgets(line, sizeof(line), file))
        sscanf(line, "write_bytes: %lf", &bytes);
    if (file)
        fclose(file);
    return bytes;
}

struct floor {
    double *took; /* seconds of each commit */
    size_t commits;
    sqlite3 *db;
    sqlite3_stmt *begin, *insert, *commit;
};

static void open_floor(struct floor *floor, const char *path)
{
    must(sqlite3_open(path, &floor->db) == SQLITE_OK, "open");
    must(sqlite3_exec(floor->db,
             "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
             "CREATE TABLE IF NOT EXISTS row (id INTEGER PRIMARY KEY, run INT, seq INT, wall INT, status "
             "INT, code INT,"
             " data TEXT) STRICT",
             NULL, NULL, NULL) == SQLITE_OK,
        "create");
    sqlite3_prepare_v2(floor->db, "BEGIN IMMEDIATE", -1, &floor->begin, NULL);
    sqlite3_prepare_v2(floor->db,
        "INSERT INTO row (run, seq, wall, status, code, data) VALUES (?, ?, ?, ?, ?, ?)", -1, &floor->insert,
        NULL);
    sqlite3_prepare_v2(floor->db, "COMMIT", -1, &floor->commit, NULL);
    must(floor->begin && floor->insert && floor->commit, "prepare");
}

static void close_floor(struct floor *floor)
{
    sqlite3_finalize(floor->begin);
    sqlite3_finalize(floor->insert);
    sqlite3_finalize(floor->commit);
    sqlite3_close(floor->db);
}

static void step(sqlite3_stmt *stmt)
{
    must(sqlite3_step(stmt) == SQLITE_DONE, sqlite3_sql(stmt));
    sqlite3_reset(stmt);
}

static void put_row(sqlite3_stmt *insert, long seq)
{
    static const char data[280] = {[0 ... 279] = 'x'};

    sqlite3_bind_int64(insert, 1, seq % 64);
    sqlite3_bind_int64(insert, 2, seq);
    sqlite3_bind_int64(insert, 3, 1700000000000000 + seq);
    sqlite3_bind_int64(insert, 4, 1);
    sqlite3_bind_int64(insert, 5, 0);
    sqlite3_bind_text(insert, 6, data, sizeof(data), SQLITE_STATIC);
    step(insert);
}

static void write_all(struct floor *floor, const struct shape *shape, long steps)
{
    for (long done = 0; done < steps; done += shape->steps_a_commit) {
        double from = now();

        step(floor->begin);
        for (long i = 0; i < shape->steps_a_commit * shape->rows_a_step; i++)
            put_row(floor->insert, done + i);
        step(floor->commit);
        floor->took[floor->commits++] = now() - from;
    }
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void measure_writing(struct floor *floor, const struct shape *shape, long steps)
{
    static const double parts[] = {0.5, 0.9, 0.95, 0.99, 0.999};
    double rows = (double)steps * (double)shape->rows_a_step,
           commits = (double)(steps / shape->steps_a_commit);
    double bytes = written(), from = now(), seconds;

    write_all(floor, shape, steps);
    seconds = now() - from;
    bytes = written() - bytes;
    qsort(floor->took, floor->commits, sizeof(double), compare);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        printf("floor.%s.commit.p%g %.3f ms\n", shape->name, parts[i] * 100,
            floor->took[(size_t)((double)floor->commits * parts[i])] * 1e3);
    printf("floor.%s.rows %.0f rows/s\n", shape->name, rows / seconds);
    printf("floor.%s.commits %.0f commits/s\n", shape->name, commits / seconds);
    printf("floor.%s.flushes %.4f flushes/step\n", shape->name, commits / (double)steps);
    printf("floor.%s.disk %.0f B/row\n", shape->name, bytes / rows);
    printf("floor.%s %.0f steps/s\n", shape->name, (double)steps / seconds);
}

static void measure_reading(struct floor *floor, const struct shape *shape, long rows)
{
    sqlite3_stmt *stmt;
    unsigned long sum = 0;
    long count = 0;
    double from;

    write_all(floor, shape, rows);
    sqlite3_prepare_v2(floor->db, "SELECT id, run, seq, wall, status, code FROM row", -1, &stmt, NULL);
    from = now();
    for (; sqlite3_step(stmt) == SQLITE_ROW; count++)
        for (int column = 0; column < 6; column++)
            sum += (unsigned long)sqlite3_column_int64(stmt, column);
    printf("floor.scan %.0f rows/s\n", (double)count / (now() - from));
    must(sum != 0, "scan");
    sqlite3_finalize(stmt);
}

int main(int argc, char **argv)
{
    size_t which = 0, count = sizeof(shapes) / sizeof(shapes[0]);
    struct floor floor = {0};
    long n;

    while (argc == 4 && which < count && strcmp(argv[1], shapes[which].name) != 0)
        which++;
    if (argc != 4 || which == count) {
        fprintf(stderr, "usage: floor_journal noop|row|group64|arm|page|scan DB N\n");
        return 2;
    }
    n = strtol(argv[3], NULL, 10);
    floor.took = calloc((size_t)n + 1, sizeof(double));
    must(floor.took != NULL, "calloc");
    open_floor(&floor, argv[2]);
    if (strcmp(shapes[which].name, "scan") == 0)
        measure_reading(&floor, &shapes[which], n);
    else
        measure_writing(&floor, &shapes[which], n);
    close_floor(&floor);
    free(floor.took);
    return 0;
}
