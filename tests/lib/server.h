/* server: a small HTTP server on loopback, on threads of its own, for tests and benches.
 *
 *     /hello           200 "hi"                  /connections   how many there were so far
 *     /echo            the request as it came    /status/503    that status, with a body
 *     /redirect        302 to /hello             /big           16 MiB
 *     /slow            never answers             /drop          closes at once
 *     /json            {"ok": true}              /two           the header X-Two twice
 */
#ifndef TESTS_LIB_SERVER_H
#define TESTS_LIB_SERVER_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

struct server {
    int fd, port;
    int connections;
    pthread_t thread;
};

struct server_connection {
    struct server *server;
    int fd, number;
};

static inline void server_send(int fd, const char *bytes, size_t len)
{
    while (len) {
        ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);

        if (n <= 0)
            return;
        bytes += n;
        len -= (size_t)n;
    }
}

static inline void server_answer(
    int fd, const char *status, const char *headers, const char *body, size_t len)
{
    char head[512];
    int n =
        snprintf(head, sizeof(head), "HTTP/1.1 %s\r\n%sContent-Length: %zu\r\n\r\n", status, headers, len);

    server_send(fd, head, (size_t)n);
    server_send(fd, body, len);
}

static inline int server_respond(
    const struct server_connection *connection, const char *request, const char *path)
{
    int fd = connection->fd;
    char text[64];

    if (strcmp(path, "/hello") == 0) {
        server_answer(fd, "200 OK", "Content-Type: text/plain\r\n", "hi", 2);
    } else if (strcmp(path, "/connections") == 0) {
        snprintf(text, sizeof(text), "%d", connection->number);
        server_answer(fd, "200 OK", "", text, strlen(text));
    } else if (strncmp(path, "/echo", 5) == 0) {
        server_answer(fd, "200 OK", "", request, strlen(request));
    } else if (strncmp(path, "/status/", 8) == 0) {
        snprintf(text, sizeof(text), "%.3s Something", path + 8);
        server_answer(fd, text, "", "it broke\nbadly\n", 15);
    } else if (strcmp(path, "/redirect") == 0) {
        server_answer(fd, "302 Found", "Location: /hello\r\n", "moved", 5);
    } else if (strcmp(path, "/json") == 0) {
        server_answer(fd, "200 OK", "Content-Type: application/json\r\n", "{\"ok\": true}", 12);
    } else if (strcmp(path, "/two") == 0) {
        server_answer(fd, "200 OK", "X-Two: a\r\nX-Two:  b \r\nX-Empty:\r\n", "", 0);
    } else if (strcmp(path, "/big") == 0) {
        char *big = calloc(1, 16 << 20);

        server_answer(fd, "200 OK", "", big, 16 << 20);
        free(big);
    } else if (strcmp(path, "/slow") == 0) {
        return recv(fd, text, 1, 0) > 0; /* until the client goes */
    } else if (strcmp(path, "/drop") == 0) {
        return 0;
    } else {
        server_answer(fd, "404 Not Found", "", "no", 2);
    }
    return 1;
}

static inline size_t server_body_length(const char *request)
{
    const char *at = strcasestr(request, "\r\ncontent-length:");

    return at ? strtoul(at + 17, NULL, 10) : 0;
}

static inline void *server_serve(void *context)
{
    struct server_connection *connection = context;
    char *request = calloc(1, (1 << 20) + 1), path[256];
    size_t len = 0;
    ssize_t n;

    while ((n = recv(connection->fd, request + len, (1 << 20) - len, 0)) > 0) {
        char *end;

        len += (size_t)n;
        request[len] = '\0';
        if (request[0] == 0x16) { /* the beginning of TLS, which a server like this does not speak */
            server_answer(connection->fd, "400 Bad Request", "", "no", 2);
            break;
        }
        end = strstr(request, "\r\n\r\n");
        if (!end || len < (size_t)(end + 4 - request) + server_body_length(request))
            continue;
        if (sscanf(request, "%*s %255s", path) != 1 || !server_respond(connection, request, path))
            break;
        len = 0;
    }
    close(connection->fd);
    free(request);
    free(connection);
    return NULL;
}

static inline void *server_accept(void *context)
{
    struct server *server = context;
    int fd, one = 1;

    while ((fd = accept4(server->fd, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
        struct server_connection *connection = calloc(1, sizeof(*connection));
        pthread_t thread;

        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
        *connection = (struct server_connection){server, fd, ++server->connections};
        pthread_create(&thread, NULL, server_serve, connection);
        pthread_detach(thread);
    }
    return NULL;
}

static inline void server_start(struct server *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);

    *server = (struct server){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (bind(server->fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(server->fd, 64) < 0 ||
        getsockname(server->fd, (struct sockaddr *)&address, &len) < 0) {
        perror("server");
        abort();
    }
    server->port = ntohs(address.sin_port);
    pthread_create(&server->thread, NULL, server_accept, server);
}

static inline void server_stop(struct server *server)
{
    shutdown(server->fd, SHUT_RDWR);
    pthread_join(server->thread, NULL);
    close(server->fd);
}

/* A group's setup and teardown: its state is the server. */
static int start_server(void **state)
{
    struct server *server = calloc(1, sizeof(*server));

    server_start(server);
    *state = server;
    return 0;
}

static int stop_server(void **state)
{
    server_stop(*state);
    free(*state);
    return 0;
}

#endif
