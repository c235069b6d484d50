/* floor_http: keep-alive GETs with plain libcurl, and a server for both sides of the comparison.
 *
 *   floor_http get URL N    GETs a second
 *   floor_http serve        answer GETs on a free loopback port, which is printed; until killed
 */
#include "floor.h"

#include <curl/curl.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static size_t swallow(char *data, size_t size, size_t count, void *context)
{
    (void)data;
    (void)context;
    return size * count;
}

static int get(char **argv)
{
    CURL *curl = curl_easy_init();
    int n = (int)strtol(argv[1], NULL, 10);
    double from = now();

    curl_easy_setopt(curl, CURLOPT_URL, argv[0]);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, swallow);
    for (int i = 0; i < n; i++)
        must(curl_easy_perform(curl) == CURLE_OK, "get");
    printf("floor.http %.0f /s\n", n / (now() - from));
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
        return get(argv + 2);
    if (argc == 2 && strcmp(argv[1], "serve") == 0)
        return serve();
    fprintf(stderr, "usage: floor_http get URL N | serve\n");
    return 2;
}
