#include "unit/step/attempt.h"
#include "lib/server.h"

static void request(struct attempt *attempt, const struct server *server, const char *path, json_t *more)
{
    char url[200];
    json_t *args = json_object();

    snprintf(url, sizeof(url), "http://127.0.0.1:%d%s", server->port, path);
    json_object_set_new(args, "url", json_string(url));
    if (more)
        json_object_update(args, more);
    json_decref(more);
    prepare(attempt, "http", args);
    carry_out(attempt);
}

static json_int_t status_of(const struct attempt *attempt)
{
    return json_integer_value(json_object_get(attempt->outcome.result, "status_code"));
}

static void a_request_brings_status_headers_and_body(void **state)
{
    struct attempt attempt = {0};

    request(&attempt, *state, "/two", NULL);
    assert_int_equal(attempt.outcome.class_, FAIL_NONE);
    assert_int_equal(status_of(&attempt), 200);
    assert_string_equal(
        value_get_string(json_object_get(attempt.outcome.result, "headers"), "x-two"), "a, b");
    assert_string_equal(result(&attempt, "body"), "");
    fini(&attempt);
}

static void query_form_json_and_auth_are_encoded(void **state)
{
    struct attempt attempt = {0};

    request(&attempt, *state, "/echo?x=1#part",
        json_pack("{s:{s:s,s:[i,i],s:n},s:{s:s}}", "query", "q", "a b&c=ü", "n", 1, 2, "none", "form", "user",
            "a+b"));
    assert_non_null(strstr(result(&attempt, "body"), "POST /echo?x=1&q=a%20b%26c%3D%C3%BC&n=1&n=2 HTTP/1.1"));
    assert_non_null(strstr(result(&attempt, "body"), "Content-Type: application/x-www-form-urlencoded"));
    assert_non_null(strstr(result(&attempt, "body"), "\r\n\r\nuser=a%2Bb"));
    fini(&attempt);
    attempt = (struct attempt){0};
    request(&attempt, *state, "/echo",
        json_pack("{s:s,s:{s:i},s:{s:s},s:{s:{s:s,s:s}}}", "method", "PUT", "json", "a", 1, "headers", "X-Id",
            "7", "auth", "basic", "user", "u", "password", "p"));
    assert_non_null(strstr(result(&attempt, "body"), "PUT /echo HTTP/1.1"));
    assert_non_null(strstr(result(&attempt, "body"), "Content-Type: application/json"));
    assert_non_null(strstr(result(&attempt, "body"), "X-Id: 7"));
    assert_non_null(strstr(result(&attempt, "body"), "Authorization: Basic dTpw"));
    assert_non_null(strstr(result(&attempt, "body"), "\r\n\r\n{\"a\":1}"));
    fini(&attempt);
}

static void a_bad_status_fails_and_keeps_the_response(void **state)
{
    struct attempt attempt = {0};

    request(&attempt, *state, "/status/503", NULL);
    assert_message(&attempt, FAIL_HTTP, "HTTP status 503: it broke");
    assert_int_equal(status_of(&attempt), 503);
    assert_string_equal(result(&attempt, "body"), "it broke\nbadly\n");
    fini(&attempt);
}

static void expect_says_which_status_is_success(void **state)
{
    struct attempt attempt = {0};

    request(&attempt, *state, "/status/404", json_pack("{s:[i,s]}", "expect", 200, "4xx"));
    assert_int_equal(attempt.outcome.class_, FAIL_NONE);
    fini(&attempt);
    attempt = (struct attempt){0};
    request(&attempt, *state, "/hello", json_pack("{s:i}", "expect", 201));
    assert_message(&attempt, FAIL_HTTP, "HTTP status 200: hi");
    fini(&attempt);
}

static void redirects_are_followed_only_when_asked(void **state)
{
    struct attempt attempt = {0};

    request(&attempt, *state, "/redirect", NULL);
    assert_int_equal(status_of(&attempt), 302);
    fini(&attempt);
    attempt = (struct attempt){0};
    request(&attempt, *state, "/redirect", json_pack("{s:b}", "follow", true));
    assert_int_equal(status_of(&attempt), 200);
    fini(&attempt);
}

static void failures_of_a_request_have_their_classes(void **state)
{
    struct attempt attempt = {0};
    struct server nowhere = {.port = 1};

    request(&attempt, &nowhere, "/", NULL);
    assert_message_has(&attempt, FAIL_NETWORK, "127.0.0.1 port 1");
    fini(&attempt);
    attempt = (struct attempt){0};
    request(&attempt, *state, "/big", json_pack("{s:i}", "max_body", 1000));
    assert_message_has(&attempt, FAIL_HTTP, "longer than 1000 bytes");
    fini(&attempt);
    attempt = (struct attempt){0};
    prepare(&attempt, "http", json_pack("{s:s}", "url", "ftp://x/"));
    carry_out(&attempt);
    assert_message_has(&attempt, FAIL_VALIDATION, "does not begin with http://");
    fini(&attempt);
    attempt = (struct attempt){0};
    request(&attempt, *state, "/hello", json_pack("{s:s,s:i}", "body", "x", "json", 1));
    assert_message_has(&attempt, FAIL_VALIDATION, "only one of");
    fini(&attempt);
}

static void stop_now(void *context)
{
    work_stop(context, false);
}

static void a_request_that_is_stopped_is_cancelled(void **state)
{
    struct attempt attempt = {0};
    const struct server *server = *state;
    char url[200];

    snprintf(url, sizeof(url), "http://127.0.0.1:%d/slow", server->port);
    prepare(&attempt, "http", json_pack("{s:s}", "url", url));
    attempt.work = work_start(&attempt.options);
    loop_timer_start(attempt.loop, loop_now_us(attempt.loop) + 30000, stop_now, attempt.work);
    loop_run(attempt.loop);
    assert_int_equal(attempt.dones, 1);
    assert_message(&attempt, FAIL_CANCELLED, "cancelled");
    fini(&attempt);
}

static void a_missing_libcurl_is_class_spawn(void **state)
{
    struct attempt attempt = {0};

    (void)state;
    setenv("RUNBOOK_LIBCURL", "libnowhere.so", 1);
    prepare(&attempt, "http", json_pack("{s:s}", "url", "http://127.0.0.1/"));
    carry_out(&attempt);
    unsetenv("RUNBOOK_LIBCURL");
    assert_message_has(&attempt, FAIL_SPAWN, "apt install libcurl4");
    fini(&attempt);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_case(a_request_brings_status_headers_and_body),
        test_case(query_form_json_and_auth_are_encoded),
        test_case(a_bad_status_fails_and_keeps_the_response),
        test_case(expect_says_which_status_is_success),
        test_case(redirects_are_followed_only_when_asked),
        test_case(failures_of_a_request_have_their_classes),
        test_case(a_request_that_is_stopped_is_cancelled),
        test_case(a_missing_libcurl_is_class_spawn),
    };

    return cmocka_run_group_tests(tests, start_server, stop_server);
}
