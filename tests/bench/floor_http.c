/* floor_http: keep-alive GETs with plain libcurl, and a server for both sides of the comparison.
 *
 *   floor_http get URL N    GETs a second
 *   floor_http kept URL N DB  the same, each with two rows of 300 bytes and one commit (WAL,
 * synchronous=NORMAL): what a step cannot do without floor_http serve        answer GETs on a free loopback
 * port, which is printed; until killed
 */
#include "floor.h"

#include <curl/curl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static size_t swallow(char *data, size_t size, size_t count, void *context)
{
    (void)data;
    (void)context;
    return size * count;
}

struct rows {
    sqlite3 *db;
    sqlite3_stmt *begin, *insert, *commit;
};

static void open_rows(struct rows *rows, const char *path)
{
    must(sqlite3_open(path, &rows->db) == SQLITE_OK, "open");
    must(sqlite3_exec(rows->db,
             "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
             "CREATE TABLE IF NOT EXISTS row (id INTEGER PRIMARY KEY, seq INT, data TEXT) STRICT",
             NULL, NULL, NULL) == SQLITE_OK,
        "create");
    sqlite3_prepare_v2(rows->db, "BEGIN IMMEDIATE", -1, &rows->begin, NULL);
    sqlite3_prepare_v2(rows->db, "INSERT INTO row (seq, data) VALUES (?, ?)", -1, &rows->insert, NULL);
    sqlite3_prepare_v2(rows->db, "COMMIT", -1, &rows->commit, NULL);
    must(rows->begin && rows->insert && rows->commit, "prepare");
}

static void step(sqlite3_stmt *stmt)
{
    must(sqlite3_step(stmt) == SQLITE_DONE, sqlite3_sql(stmt));
    sqlite3_reset(stmt);
}

static void put_rows(struct rows *rows, int i)
{
    static const char data[280] = {[0 ... 279] = 'x'};

    step(rows->begin);
    for (int row = 0; row < 2; row++) {
        sqlite3_bind_int64(rows->insert, 1, i);
        sqlite3_bind_text(rows->insert, 2, data, sizeof(data), SQLITE_STATIC);
        step(rows->insert);
    }
    step(rows->commit);
}

static void close_rows(struct rows *rows)
{
    sqlite3_finalize(rows->begin);
    sqlite3_finalize(rows->insert);
    sqlite3_finalize(rows->commit);
    sqlite3_close(rows->db);
}

/* N times; into the file, if there is one. */
static int get(const char *url, int n, const char *path)
{
    CURL *curl = curl_easy_init();
    struct rows rows;
    double from;

    if (path)
        open_rows(&rows, path);
    from = now();
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, swallow);
    for (int i = 0; i < n; i++) {
        must(curl_easy_perform(curl) == CURLE_OK, "get");
        if (path)
            put_rows(&rows, i);
    }
    printf("floor.%s %.0f /s\n", path ? "http_kept" : "http", n / (now() - from));
    if (path)
        close_rows(&rows);
    curl_easy_cleanup(curl);
    return 0;
}

static int listen_anywhere(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    must(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 && listen(fd, 64) == 0, "listen");
    getsockname(fd, (struct sockaddr *)&address, &len);
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return fd;
}

static _Noreturn int serve(void)
{
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    struct pollfd fds[64] = {{listen_anywhere(), POLLIN, 0}};
    nfds_t count = 1;
    char buffer[65536];

    for (;;) {
        poll(fds, count, -1);
        if (fds[0].revents && count < 64)
            fds[count++] = (struct pollfd){accept(fds[0].fd, NULL, NULL), POLLIN, 0};
        for (nfds_t i = 1; i < count; i++) {
            if (!fds[i].revents)
                continue;
            if (read(fds[i].fd, buffer, sizeof(buffer)) > 0) {
                must(write(fds[i].fd, answer, sizeof(answer) - 1) > 0, "write");
                continue;
            }
            close(fds[i].fd);
            fds[i--] = fds[--count];
        }
    }
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "get") == 0)
        return get(argv[2], (int)strtol(argv[3], NULL, 10), NULL);
    if (argc == 5 && strcmp(argv[1], "kept") == 0)
        return get(argv[2], (int)strtol(argv[3], NULL, 10), argv[4]);
    if (argc == 2 && strcmp(argv[1], "serve") == 0)
        return serve();
    fprintf(stderr, "usage: floor_http get URL N | kept URL N DB | serve\n");
    return 2;
}
