#include "lib/test.h"

#include "lib/server.h"

#include "base/clock.h"
#include "base/text.h"
#include "io/http.h"
#include "io/loop.h"

struct exchange {
    struct loop *loop;
    struct http_request *request;
    int error, status, dones;
    struct text body, headers, message;
    const char *next; /* a second request, sent when the first is done */
    struct server *server;
};

static struct http_options options_of(struct exchange *exchange, const char *url);

static void on_done(void *context, const struct http_response *response)
{
    struct exchange *exchange = context;

    exchange->dones++;
    exchange->error = response->error;
    exchange->status = response->status_code;
    text_clear(&exchange->body);
    text_clear(&exchange->headers);
    text_add(&exchange->body, response->body, response->body_len);
    text_puts(&exchange->message, response->message ? response->message : "");
    for (size_t i = 0; i < response->header_count; i++)
        text_printf(&exchange->headers, "%s=%s;", response->headers[i].name, response->headers[i].value);
    if (exchange->next) {
        struct http_options options = options_of(exchange, exchange->next);

        exchange->next = NULL;
        assert_int_equal(http_start(exchange->loop, &options, &exchange->request, NULL), 0);
    }
}

static struct http_options options_of(struct exchange *exchange, const char *url)
{
    return (struct http_options){.url = url, .on_done = on_done, .context = exchange};
}

static void url_of(const struct server *server, const char *path, char ret[200])
{
    snprintf(ret, 200, "http://127.0.0.1:%d%s", server->port, path);
}

static void fetch_with(struct exchange *exchange, const struct http_options *options)
{
    struct err err = {0};

    exchange->dones = 0;
    text_clear(&exchange->message);
    exchange->loop = loop_new();
    if (http_start(exchange->loop, options, &exchange->request, &err) < 0)
        fail_msg("%s", err.text);
    assert_int_equal(exchange->dones, 0);
    loop_run(exchange->loop);
    loop_free(exchange->loop);
}

static void fetch(struct exchange *exchange, const struct server *server, const char *path)
{
    struct http_options options;
    char url[200];

    url_of(server, path, url);
    options = options_of(exchange, url);
    fetch_with(exchange, &options);
    assert_int_equal(exchange->dones, 1);
}

static void fini(struct exchange *exchange)
{
    text_fini(&exchange->body);
    text_fini(&exchange->headers);
    text_fini(&exchange->message);
}

static void a_get_brings_status_headers_and_body(void **state)
{
    struct exchange exchange = {0};

    fetch(&exchange, *state, "/hello");
    assert_int_equal(exchange.error, 0);
    assert_int_equal(exchange.status, 200);
    assert_string_equal(text_str(&exchange.body), "hi");
    assert_string_equal(text_str(&exchange.headers), "content-type=text/plain;content-length=2;");
    fini(&exchange);
}

static void header_values_are_trimmed_and_may_repeat(void **state)
{
    struct exchange exchange = {0};

    fetch(&exchange, *state, "/two");
    assert_string_equal(text_str(&exchange.headers), "x-two=a;x-two=b;x-empty=;content-length=0;");
    fini(&exchange);
}

static void a_status_of_failure_is_not_an_error_of_the_transport(void **state)
{
    struct exchange exchange = {0};

    fetch(&exchange, *state, "/status/503");
    assert_int_equal(exchange.error, 0);
    assert_int_equal(exchange.status, 503);
    assert_string_equal(text_str(&exchange.body), "it broke\nbadly\n");
    fini(&exchange);
}

static void a_connection_is_used_again(void **state)
{
    struct exchange exchange = {0};
    char url[200], next[200];
    struct http_options options;
    struct server *server = *state;
    int before = server->connections;

    url_of(server, "/connections", url);
    url_of(server, "/connections", next);
    exchange.next = next;
    options = options_of(&exchange, url);
    fetch_with(&exchange, &options);
    assert_int_equal(exchange.dones, 2);
    assert_int_equal(server->connections, before + 1);
    fini(&exchange);
}

static void method_headers_and_body_are_sent_as_given(void **state)
{
    struct exchange exchange = {0};
    const struct http_header headers[] = {{"X-One", "1"}, {"X-Empty", ""}, {"Content-Type", "text/yaml"}};
    struct http_options options;
    char url[200];

    url_of(*state, "/echo?x=1", url);
    options = options_of(&exchange, url);
    options.method = "PATCH";
    options.headers = headers;
    options.header_count = 3;
    options.body = "a: 1";
    options.body_len = 4;
    fetch_with(&exchange, &options);
    assert_ptr_equal(
        strstr(text_str(&exchange.body), "PATCH /echo?x=1 HTTP/1.1\r\n"), text_str(&exchange.body));
    assert_non_null(strstr(text_str(&exchange.body), "\r\nX-One: 1\r\n"));
    assert_non_null(strstr(text_str(&exchange.body), "\r\nX-Empty:\r\n"));
    assert_non_null(strstr(text_str(&exchange.body), "\r\nContent-Type: text/yaml\r\n"));
    assert_non_null(strstr(text_str(&exchange.body), "\r\nUser-Agent: runbook/0.1\r\n"));
    assert_non_null(strstr(text_str(&exchange.body), "\r\n\r\na: 1"));
    fini(&exchange);
}

static void a_body_without_a_type_is_not_called_a_form(void **state)
{
    struct exchange exchange = {0};
    struct http_options options;
    char url[200];

    url_of(*state, "/echo", url);
    options = options_of(&exchange, url);
    options.body = "";
    fetch_with(&exchange, &options);
    assert_non_null(strstr(text_str(&exchange.body), "POST /echo"));
    assert_null(strcasestr(text_str(&exchange.body), "content-type"));
    assert_non_null(strstr(text_str(&exchange.body), "\r\nContent-Length: 0\r\n"));
    fini(&exchange);
}

static void credentials_are_sent(void **state)
{
    struct exchange exchange = {0};
    struct http_options options;
    char url[200];

    url_of(*state, "/echo", url);
    options = options_of(&exchange, url);
    options.user = "ana";
    options.password = "s3cret";
    fetch_with(&exchange, &options);
    assert_non_null(strstr(text_str(&exchange.body), "\r\nAuthorization: Basic YW5hOnMzY3JldA==\r\n"));
    options = options_of(&exchange, url);
    options.bearer = "tok";
    fetch_with(&exchange, &options);
    assert_non_null(strstr(text_str(&exchange.body), "\r\nAuthorization: Bearer tok\r\n"));
    fini(&exchange);
}

static void a_redirect_is_followed_only_when_asked(void **state)
{
    struct exchange exchange = {0};
    struct http_options options;
    char url[200];

    fetch(&exchange, *state, "/redirect");
    assert_int_equal(exchange.status, 302);
    url_of(*state, "/redirect", url);
    options = options_of(&exchange, url);
    options.follow = true;
    fetch_with(&exchange, &options);
    assert_int_equal(exchange.status, 200);
    assert_string_equal(text_str(&exchange.body), "hi");
    assert_null(strstr(text_str(&exchange.headers), "location")); /* of the last response only */
    fini(&exchange);
}

static void a_body_over_the_cap_is_an_error(void **state)
{
    struct exchange exchange = {0};
    struct http_options options;
    char url[200];

    url_of(*state, "/big", url);
    options = options_of(&exchange, url);
    options.max_body = 100000;
    fetch_with(&exchange, &options);
    assert_int_equal(exchange.error, ERR_LIMIT);
    assert_string_equal(text_str(&exchange.message), "the body of the response is longer than 100000 bytes");
    assert_true(exchange.body.len <= 100000);
    fini(&exchange);
}

static void a_timeout_is_reported_as_such(void **state)
{
    struct exchange exchange = {0};
    struct http_options options;
    int64_t began = clock_mono_us();
    char url[200];

    url_of(*state, "/slow", url);
    options = options_of(&exchange, url);
    options.timeout_ms = 150;
    fetch_with(&exchange, &options);
    assert_int_equal(exchange.error, ERR_TIMEOUT);
    assert_in_range(clock_mono_us() - began, 140000, 1000000);
    fini(&exchange);
}

static void cancel(void *context)
{
    struct exchange *exchange = context;

    http_cancel(exchange->request);
    http_cancel(exchange->request);
    assert_int_equal(exchange->dones, 0);
}

static void a_cancelled_request_ends_soon_and_once(void **state)
{
    struct exchange exchange = {.loop = loop_new()};
    struct http_options options;
    char url[200];

    url_of(*state, "/slow", url);
    options = options_of(&exchange, url);
    assert_int_equal(http_start(exchange.loop, &options, &exchange.request, NULL), 0);
    loop_timer_start(exchange.loop, loop_now_us(exchange.loop) + 50000, cancel, &exchange);
    loop_run(exchange.loop);
    assert_int_equal(exchange.dones, 1);
    assert_int_equal(exchange.error, ERR_DENIED);
    loop_free(exchange.loop);
    fini(&exchange);
}

static void a_cancel_before_the_first_turn_works_too(void **state)
{
    struct exchange exchange = {.loop = loop_new()};
    struct http_options options;
    char url[200];

    url_of(*state, "/hello", url);
    options = options_of(&exchange, url);
    assert_int_equal(http_start(exchange.loop, &options, &exchange.request, NULL), 0);
    http_cancel(exchange.request);
    loop_run(exchange.loop);
    assert_int_equal(exchange.dones, 1);
    assert_int_equal(exchange.error, ERR_DENIED);
    loop_free(exchange.loop);
    fini(&exchange);
}

static void failures_of_the_network_say_what_failed(void **state)
{
    struct exchange exchange = {0};
    struct http_options options = options_of(&exchange, "http://127.0.0.1:1/");

    fetch_with(&exchange, &options);
    assert_int_equal(exchange.error, ERR_IO);
    assert_non_null(strstr(text_str(&exchange.message), "127.0.0.1 port 1"));
    fetch(&exchange, *state, "/status/200");
    assert_int_equal(exchange.error, 0);
    fini(&exchange);
    exchange = (struct exchange){0};
    fetch(&exchange, *state, "/drop");
    assert_int_equal(exchange.error, ERR_IO);
    assert_true(exchange.message.len > 0);
    fini(&exchange);
}

static void only_http_and_https_are_spoken(void **state)
{
    struct exchange exchange = {0};
    struct http_options options = options_of(&exchange, "file:///etc/passwd");

    (void)state;
    fetch_with(&exchange, &options);
    assert_int_equal(exchange.error, ERR_INVALID);
    assert_int_equal(exchange.body.len, 0);
    fini(&exchange);
}

static void a_line_break_cannot_be_smuggled_into_a_header(void **state)
{
    struct exchange exchange = {0};
    const struct http_header value[] = {{"X", "1\r\nY: 2"}}, name[] = {{"X: 1\r\nY", "2"}};
    struct http_options options = options_of(&exchange, "http://127.0.0.1:1/");
    struct loop *loop = loop_new();
    struct err err;

    (void)state;
    options.header_count = 1;
    options.headers = value;
    assert_int_equal(http_start(loop, &options, &exchange.request, &err), ERR_INVALID);
    options.headers = name;
    assert_int_equal(http_start(loop, &options, &exchange.request, &err), ERR_INVALID);
    loop_run(loop);
    assert_int_equal(exchange.dones, 0);
    loop_free(loop);
}

static void a_missing_libcurl_is_named_with_its_package(void **state)
{
    struct exchange exchange = {0};
    struct http_options options = options_of(&exchange, "http://127.0.0.1:1/");
    struct loop *loop = loop_new();
    struct err err;

    (void)state;
    setenv("RUNBOOK_LIBCURL", "libnowhere.so.9", 1);
    assert_int_equal(http_start(loop, &options, &exchange.request, &err), ERR_NOT_FOUND);
    assert_non_null(strstr(err.text, "libnowhere.so.9"));
    assert_non_null(strstr(err.text, "apt install libcurl4"));
    setenv("RUNBOOK_LIBCURL", "libm.so.6", 1);
    assert_int_equal(http_start(loop, &options, &exchange.request, &err), ERR_NOT_FOUND);
    assert_non_null(strstr(err.text, "curl_global_init"));
    unsetenv("RUNBOOK_LIBCURL");
    loop_free(loop);
}

static void many_at_once_all_end(void **state)
{
    struct exchange exchange = {.loop = loop_new()};
    struct http_options options;
    char url[200];

    url_of(*state, "/hello", url);
    options = options_of(&exchange, url);
    for (int i = 0; i < 50; i++)
        assert_int_equal(http_start(exchange.loop, &options, &exchange.request, NULL), 0);
    loop_run(exchange.loop);
    assert_int_equal(exchange.dones, 50);
    loop_free(exchange.loop);
    fini(&exchange);
}

static void a_port_that_does_not_speak_tls_is_called_so(void **state)
{
    const struct server *server = *state;
    struct exchange exchange = {0};
    struct http_options options;
    char url[200];

    snprintf(url, sizeof(url), "https://127.0.0.1:%d/hello", server->port);
    options = options_of(&exchange, url);
    fetch_with(&exchange, &options);
    assert_true(exchange.error < 0);
    assert_non_null(strstr(text_str(&exchange.message), "does not speak TLS"));
    fini(&exchange);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_case(a_missing_libcurl_is_named_with_its_package),
        test_case(a_get_brings_status_headers_and_body),
        test_case(header_values_are_trimmed_and_may_repeat),
        test_case(a_status_of_failure_is_not_an_error_of_the_transport),
        test_case(a_connection_is_used_again),
        test_case(method_headers_and_body_are_sent_as_given),
        test_case(a_body_without_a_type_is_not_called_a_form),
        test_case(credentials_are_sent),
        test_case(a_redirect_is_followed_only_when_asked),
        test_case(a_body_over_the_cap_is_an_error),
        test_case(a_timeout_is_reported_as_such),
        test_case(a_cancelled_request_ends_soon_and_once),
        test_case(a_cancel_before_the_first_turn_works_too),
        test_case(failures_of_the_network_say_what_failed),
        test_case(only_http_and_https_are_spoken),
        test_case(a_line_break_cannot_be_smuggled_into_a_header),
        test_case(many_at_once_all_end),
        test_case(a_port_that_does_not_speak_tls_is_called_so),
    };

    return cmocka_run_group_tests(tests, start_server, stop_server);
}
