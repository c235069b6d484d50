/* floor: the raw work under a figure, with no engine around it. Each verb prints `name value unit`;
 * tests/bench/run divides our figure by it, both taken in the same run.
 *
 *   floor start DB            link what runbook links (without libcurl), open the journal, exit
 *   floor shell DB N          N times: `sh -c true` with two pipes, 2 rows, 1 FULL commit
 *   floor yaml FILE           libyaml events of a file, MB/s
 *   floor lua N               evaluations of a compiled expression with a count hook, a second
 *   floor peak COMMAND…       run it; its peak resident memory in MiB (measured from a small parent)
 *   floor drain MB            read that much from `head -c /dev/zero` through a pipe, MB/s
 */
#include "floor.h"

#include <fcntl.h>
#include <jansson.h>
#include <lauxlib.h>
#include <lua.h>
#include <nettle/version.h>
#include <poll.h>
#include <sodium.h>
#include <spawn.h>
#include <sqlite3.h>
#include <stdint.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>
#include <yaml.h>

extern char **environ;

static sqlite3 *open_db(const char *path)
{
    sqlite3 *db;

    must(sqlite3_open(path, &db) == SQLITE_OK, "open");
    sqlite3_exec(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;", NULL, NULL, NULL);
    return db;
}

static int start(char **argv)
{
    sqlite3 *db = open_db(argv[0]);
    sqlite3_stmt *stmt;

    sqlite3_prepare_v2(db, "SELECT count(*) FROM sqlite_schema", -1, &stmt, NULL);
    sqlite3_step(stmt);
    sqlite3_finalize(stmt);
    sqlite3_close(db);
    /* So that the linker keeps them. */
    must(uv_version() && jansson_version_str() && sodium_version_string() && yaml_get_version_string() &&
             nettle_version_major(),
        "link");
    lua_close(luaL_newstate());
    return 0;
}

static pid_t spawn(char *const *args, int ret_out[2], int ret_err[2])
{
    posix_spawn_file_actions_t actions;
    pid_t pid;

    must(pipe2(ret_out, O_CLOEXEC) == 0 && pipe2(ret_err, O_CLOEXEC) == 0, "pipe");
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ret_out[1], 1);
    posix_spawn_file_actions_adddup2(&actions, ret_err[1], 2);
    must(posix_spawnp(&pid, args[0], &actions, NULL, args, environ) == 0, "spawn");
    posix_spawn_file_actions_destroy(&actions);
    close(ret_out[1]);
    close(ret_err[1]);
    return pid;
}

static void wait_for(pid_t pid, int out, int err)
{
    int pidfd = pidfd_open(pid, 0);
    struct pollfd fds[3] = {{out, POLLIN, 0}, {err, POLLIN, 0}, {pidfd, POLLIN, 0}};
    char buffer[65536];

    for (int open = 3; open;) {
        poll(fds, 3, -1);
        for (int i = 0; i < 3; i++) {
            if (fds[i].fd < 0 || !fds[i].revents)
                continue;
            if (i < 2 && read(fds[i].fd, buffer, sizeof(buffer)) > 0)
                continue;
            if (i == 2)
                waitpid(pid, NULL, 0);
            close(fds[i].fd);
            fds[i].fd = -1;
            open--;
        }
    }
}

static void put_row(sqlite3_stmt *insert, int seq)
{
    static char data[200];

    memset(data, 'x', sizeof(data));
    sqlite3_bind_int(insert, 1, seq);
    sqlite3_bind_text(insert, 2, data, sizeof(data), SQLITE_STATIC);
    must(sqlite3_step(insert) == SQLITE_DONE, "insert");
    sqlite3_reset(insert);
}

static int shell(char **argv)
{
    sqlite3 *db = open_db(argv[0]);
    char *args[] = {"sh", "-c", "true", NULL};
    sqlite3_stmt *insert, *begin, *commit;
    int n = (int)strtol(argv[1], NULL, 10);
    double from;

    sqlite3_exec(db, "CREATE TABLE IF NOT EXISTS row (id INTEGER PRIMARY KEY, seq INT, data TEXT) STRICT",
        NULL, NULL, NULL);
    sqlite3_prepare_v2(db, "INSERT INTO row (seq, data) VALUES (?, ?)", -1, &insert, NULL);
    sqlite3_prepare_v2(db, "BEGIN IMMEDIATE", -1, &begin, NULL);
    sqlite3_prepare_v2(db, "COMMIT", -1, &commit, NULL);
    from = now();
    for (int i = 0; i < n; i++) {
        int out[2], err[2];
        pid_t pid;

        sqlite3_step(begin);
        sqlite3_reset(begin);
        put_row(insert, i);
        put_row(insert, i);
        sqlite3_step(commit);
        sqlite3_reset(commit);
        pid = spawn(args, out, err);
        wait_for(pid, out[0], err[0]);
    }
    printf("floor.shell %.0f /s\n", n / (now() - from));
    return 0;
}

static int yaml(char **argv)
{
    FILE *file = fopen(argv[0], "rb");
    double from = now(), seconds;
    long bytes = 0;
    int rounds = 0;

    must(file != NULL, argv[0]);
    for (; now() - from < 0.5; rounds++) {
        yaml_parser_t parser;
        yaml_event_t event;
        int end = 0;

        rewind(file);
        yaml_parser_initialize(&parser);
        yaml_parser_set_input_file(&parser, file);
        while (!end) {
            must(yaml_parser_parse(&parser, &event), "parse");
            end = event.type == YAML_STREAM_END_EVENT;
            yaml_event_delete(&event);
        }
        yaml_parser_delete(&parser);
        bytes = ftell(file);
    }
    seconds = now() - from;
    printf("floor.yaml %.1f MB/s\n", (double)bytes * rounds / seconds / 1e6);
    fclose(file);
    return 0;
}

static void hook(lua_State *L, lua_Debug *debug)
{
    (void)L;
    (void)debug;
}

static int lua(char **argv)
{
    lua_State *L = luaL_newstate();
    long n = strtol(argv[0], NULL, 10);
    double from;
    int ref;

    must(luaL_dostring(L, "vars = {n = 1}") == LUA_OK, "run");
    must(luaL_loadstring(L, "return vars.n % 2 == 0 and vars.n < 10000000") == LUA_OK, "load");
    ref = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_sethook(L, hook, LUA_MASKCOUNT, 10000);
    from = now();
    for (long i = 0; i < n; i++) {
        lua_rawgeti(L, LUA_REGISTRYINDEX, ref);
        lua_pcall(L, 0, 1, 0);
        lua_pop(L, 1);
    }
    printf("floor.lua %.0f /s\n", (double)n / (now() - from));
    lua_close(L);
    return 0;
}

static int drain(char **argv)
{
    char size[32], *args[] = {"head", "-c", size, "/dev/zero", NULL};
    static char buffer[1 << 18];
    int out[2], err[2];
    double from = now();
    ssize_t n;
    pid_t pid;

    snprintf(size, sizeof(size), "%sM", argv[0]);
    pid = spawn(args, out, err);
    while ((n = read(out[0], buffer, sizeof(buffer))) > 0)
        ;
    waitpid(pid, NULL, 0);
    printf("floor.drain %.0f MB/s\n", strtod(argv[0], NULL) * 1.048576 / (now() - from));
    return 0;
}

static int peak(char **argv)
{
    posix_spawn_file_actions_t actions;
    struct rusage usage;
    int status;
    pid_t pid;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    must(posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ) == 0, argv[0]);
    posix_spawn_file_actions_destroy(&actions);
    wait4(pid, &status, 0, &usage);
    printf("peak %.1f MiB\n", (double)usage.ru_maxrss / 1024);
    return status != 0;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int args;
        int (*run)(char **argv);
    } verbs[] = {{"start", 1, start}, {"shell", 2, shell}, {"yaml", 1, yaml}, {"lua", 1, lua},
        {"drain", 1, drain}, {"peak", 0, peak}};

    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
        if (argc >= 2 && (argc == verbs[i].args + 2 || (verbs[i].run == peak && argc > 2)) &&
            strcmp(argv[1], verbs[i].name) == 0)
            return verbs[i].run(argv + 2);
    fprintf(stderr, "usage: floor start DB | shell DB N | yaml FILE | lua N | drain MB | peak COMMAND…\n");
    return 2;
}
