/* http: one request. */
#include "io/http.h"

#include "base/mem.h"
#include "step/ended.h"
#include "step/kinds.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static const char *const methods[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", NULL};

static const struct field basic_fields[] = {
    {"user", FIELD_TEXT, 0, FIELD_REQUIRED | FIELD_SECRET_OK, .help = "The user's name."},
    {"password", FIELD_TEXT, 0, FIELD_REQUIRED | FIELD_SECRET_OK, .help = "The password."},
    {NULL},
};

static const struct section basic_section = {.name = "basic",
    .help = "User and password, sent with HTTP basic authentication.",
    .fields = basic_fields};

static const struct field auth_fields[] = {
    {"basic", FIELD_SECTION, 0, .section = &basic_section, .help = "User and password."},
    {"bearer", FIELD_TEXT, 0, FIELD_SECRET_OK, .help = "A token, sent as `Authorization: Bearer …`."},
    {NULL},
};

static const struct section auth_section = {
    .name = "auth", .help = "How the request proves who sends it.", .fields = auth_fields};

static const struct field tls_fields[] = {
    {"ca", FIELD_TEXT, 0, .help = "File with the certificates to trust instead of the system's."},
    {"cert", FIELD_TEXT, 0, .help = "File with the client's certificate."},
    {"key", FIELD_TEXT, 0, .help = "File with the key of the client's certificate."},
    {"insecure", FIELD_BOOL, 0, .help = "Accept any certificate.", .fallback = "false"},
    {NULL},
};

static const struct section tls_section = {
    .name = "tls", .help = "How the server is trusted.", .fields = tls_fields};

static const struct field fields[] = {
    {"url", FIELD_TEXT, 0, FIELD_REQUIRED, .help = "http:// or https://."},
    {"method", FIELD_ENUM, 0, .names = methods, .help = "The method.", .fallback = "GET, with a body POST"},
    {"headers", FIELD_VALUES, 0, FIELD_SECRET_OK, .help = "Headers of the request."},
    {"query", FIELD_VALUES, 0,
        .help = "Parameters added to the URL, encoded as needed; a list repeats the name."},
    {"json", FIELD_VALUE, 0, FIELD_SECRET_OK, .help = "The body, sent as JSON."},
    {"body", FIELD_TEXT, 0, FIELD_SECRET_OK, .help = "The body as it is."},
    {"form", FIELD_VALUES, 0, FIELD_SECRET_OK, .help = "The body, sent as a web form."},
    {"auth", FIELD_SECTION, 0, .section = &auth_section, .help = "How the request proves who sends it."},
    {"expect", FIELD_VALUE, 0,
        .help = "Status codes that count as success: a number or a list; \"2xx\" stands for a class.",
        .fallback = "below 400"},
    {"follow", FIELD_BOOL, 0, .help = "Follow redirects, ten at most.", .fallback = "false"},
    {"tls", FIELD_SECTION, 0, .section = &tls_section, .help = "How the server is trusted."},
    {"max_body", FIELD_INTEGER, 0, FIELD_POSITIVE, .help = "A longer answer fails the step, in bytes.",
        .fallback = "8388608"},
    {NULL},
};

enum { MAX_BODY = 8 * 1024 * 1024, MAX_BODY_EVER = 1024 * 1024 * 1024 };

struct http_work {
    struct work work;
    struct http_request *request;
};

/* What a request is made of. Zero-initialise. */
struct request_parts {
    struct arena arena;
    struct http_options options;
    struct http_header *headers;
    size_t cap;
};

/* ---- the request ---- */

static void add_encoded(struct text *text, const char *bytes)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";

    for (; *bytes; bytes++) {
        if (strchr(plain, *bytes))
            text_putc(text, *bytes);
        else
            text_printf(text, "%%%02X", (unsigned char)*bytes);
    }
}

static void add_pair(struct text *text, const char *name, const json_t *value)
{
    struct text plain autotext = {0};

    if (!value_to_text(value, &plain))
        return; /* null: left out */
    if (text->len && text->ptr[text->len - 1] != '?' && text->ptr[text->len - 1] != '&')
        text_putc(text, '&');
    add_encoded(text, name);
    text_putc(text, '=');
    add_encoded(text, text_str(&plain));
}

/* a=1&b=2&b=3: a list repeats the name. */
static void add_pairs(struct text *text, json_t *map)
{
    const char *name;
    json_t *value, *item;
    size_t i;

    json_object_foreach(map, name, value)
    {
        if (!json_is_array(value))
            add_pair(text, name, value);
        json_array_foreach(value, i, item) add_pair(text, name, item);
    }
}

static const char *whole_url(struct request_parts *parts, const char *url, json_t *query)
{
    const char *fragment = url + strcspn(url, "#");
    struct text text autotext = {0};

    if (json_object_size(query) == 0)
        return url;
    text_add(&text, url, (size_t)(fragment - url));
    text_putc(&text, memchr(url, '?', (size_t)(fragment - url)) ? '&' : '?');
    add_pairs(&text, query);
    text_puts(&text, fragment);
    return arena_strdup(&parts->arena, text_str(&text));
}

static void add_header(struct request_parts *parts, const char *name, const char *value)
{
    struct http_options *options = &parts->options;

    parts->headers = mem_grow(parts->headers, options->header_count, &parts->cap, sizeof(*parts->headers));
    parts->headers[options->header_count++] = (struct http_header){name, value};
    options->headers = parts->headers;
}

static bool has_header(const struct request_parts *parts, const char *name)
{
    for (size_t i = 0; i < parts->options.header_count; i++)
        if (strcasecmp(parts->headers[i].name, name) == 0)
            return true;
    return false;
}

static void add_headers(struct request_parts *parts, json_t *headers)
{
    const char *name;
    json_t *value;

    json_object_foreach(headers, name, value)
    {
        struct text text autotext = {0};

        if (value_to_text(value, &text))
            add_header(parts, name, arena_strdup(&parts->arena, text_str(&text)));
    }
}

static int set_body(struct request_parts *parts, const json_t *args, struct err *err)
{
    json_t *json = json_object_get(args, "json"), *form = json_object_get(args, "form");
    json_t *body = json_object_get(args, "body");
    struct text text autotext = {0};
    const char *type = NULL;

    if (!json && !form && !body)
        return 0;
    if ((json != NULL) + (form != NULL) + (body != NULL) > 1)
        return err_set(err, ERR_INVALID, "only one of json, body and form can be sent");
    if (json) {
        value_canonical(json, &text);
        type = "application/json";
    } else if (form) {
        add_pairs(&text, form);
        type = "application/x-www-form-urlencoded";
    } else {
        value_to_text(body, &text);
    }
    if (type && !has_header(parts, "Content-Type"))
        add_header(parts, "Content-Type", type);
    parts->options.body = arena_strndup(&parts->arena, text_str(&text), text.len);
    parts->options.body_len = text.len;
    return 0;
}

static int set_limits(struct request_parts *parts, const json_t *args, struct err *err)
{
    json_t *max = json_object_get(args, "max_body");
    json_int_t bytes = json_is_integer(max) ? json_integer_value(max) : MAX_BODY;

    if (bytes <= 0 || bytes > MAX_BODY_EVER)
        return err_set(err, ERR_INVALID, "max_body must be between 1 and %d", MAX_BODY_EVER);
    parts->options.max_body = (size_t)bytes;
    parts->options.follow = json_is_true(json_object_get(args, "follow"));
    return 0;
}

static void set_auth(struct http_options *options, const json_t *args)
{
    json_t *auth = json_object_get(args, "auth"), *basic = json_object_get(auth, "basic");

    options->bearer = value_get_string(auth, "bearer");
    options->user = value_get_string(basic, "user");
    options->password = value_get_string(basic, "password");
}

/* A file as the step sees it. curl would not say which of them it could not read. */
static int tls_file(struct request_parts *parts, const struct work_options *options, const char *name,
    const char **ret_path, struct err *err)
{
    const char *path = value_get_string(json_object_get(options->args, "tls"), name);

    if (path && path[0] != '/' && options->cwd && *options->cwd)
        path = arena_printf(&parts->arena, "%s/%s", options->cwd, path);
    if (path && access(path, R_OK) < 0) {
        err_errno(err, errno, "tls.%s: the file %.400s cannot be read", name, path);
        err->code = ERR_INVALID;
        return ERR_INVALID;
    }
    *ret_path = path;
    return 0;
}

static int set_tls(struct request_parts *parts, const struct work_options *options, struct err *err)
{
    struct http_options *http = &parts->options;
    json_t *tls = json_object_get(options->args, "tls");

    http->insecure = json_is_true(json_object_get(tls, "insecure"));
    if (tls_file(parts, options, "ca", &http->ca, err) < 0 ||
        tls_file(parts, options, "cert", &http->cert, err) < 0 ||
        tls_file(parts, options, "key", &http->key, err) < 0)
        return ERR_INVALID;
    if (http->key && !http->cert)
        return err_set(err, ERR_INVALID, "tls.key is of no use without tls.cert");
    return 0;
}

static int is_url(const char *url, struct err *err)
{
    if (!url || (strncasecmp(url, "http://", 7) != 0 && strncasecmp(url, "https://", 8) != 0))
        return err_set(
            err, ERR_INVALID, "the url \"%.200s\" does not begin with http:// or https://", url ? url : "");
    return 0;
}

static int prepare(struct request_parts *parts, const json_t *args, struct err *err)
{
    const char *url = value_get_string(args, "url");

    if (is_url(url, err) < 0 || set_limits(parts, args, err) < 0)
        return ERR_INVALID;
    add_headers(parts, json_object_get(args, "headers"));
    if (set_body(parts, args, err) < 0)
        return ERR_INVALID;
    set_auth(&parts->options, args);
    parts->options.url = whole_url(parts, url, json_object_get(args, "query"));
    parts->options.method = value_get_string(args, "method");
    return 0;
}

/* ---- the response ---- */

static json_t *headers_value(const struct http_response *response)
{
    json_t *map = json_object();

    for (size_t i = 0; i < response->header_count; i++) {
        const struct http_header *header = &response->headers[i];
        const char *before = value_get_string(map, header->name);
        struct text text autotext = {0};

        if (before)
            text_printf(&text, "%s, ", before);
        text_puts(&text, header->value);
        json_object_set_new_nocheck(map, header->name, value_string(text_str(&text), text.len));
    }
    return map;
}

static json_t *result_of(const struct http_response *response)
{
    json_t *result = json_object();

    json_object_set_new(result, "status_code", json_integer(response->status_code));
    json_object_set_new(result, "headers", headers_value(response));
    json_object_set_new(result, "body", value_string(response->body, response->body_len));
    return result;
}

static enum fail_class class_of_error(int error)
{
    switch (error) {
    case ERR_TIMEOUT:
        return FAIL_TIMEOUT;
    case ERR_DENIED:
        return FAIL_CANCELLED;
    case ERR_INVALID:
        return FAIL_VALIDATION;
    case ERR_LIMIT:
        return FAIL_HTTP;
    default:
        return FAIL_NETWORK;
    }
}

static void on_done(void *context, const struct http_response *response)
{
    struct http_work *work = context;
    const json_t *expect = json_object_get(work->work.options.args, "expect");
    struct outcome outcome = {.exit_code = -1};

    if (response->error) {
        outcome.class_ = class_of_error(response->error);
        outcome.message = mem_printf("%s", response->message);
    } else {
        ended_response(result_of(response), expect, &outcome);
    }
    work_end(&work->work, &outcome);
}

/* ---- the work ---- */

static void http_free(struct work *work)
{
    free(work); /* the first member of what it is embedded in */
}

static void stop(struct work *work, bool at_once)
{
    (void)at_once;
    http_cancel(((struct http_work *)work)->request);
}

static const struct step_ops ops;

static struct work *start(const struct work_options *options)
{
    struct request_parts parts = {0};
    struct http_work *work = mem_alloc(sizeof(*work));
    struct err err;
    int result;

    work_init(&work->work, options, &ops, http_free);
    result = prepare(&parts, options->args, &err);
    if (result == 0)
        result = set_tls(&parts, options, &err);
    parts.options.on_done = on_done;
    parts.options.context = work;
    if (result == 0)
        result = http_start(options->loop, &parts.options, &work->request, &err);
    free(parts.headers);
    arena_fini(&parts.arena);
    if (result == 0)
        return &work->work;
    free(work);
    return work_refused(options, result == ERR_INVALID ? FAIL_VALIDATION : FAIL_SPAWN, "%s", err.text);
}

static const char *method_of(const json_t *args)
{
    const char *method = value_get_string(args, "method");
    bool has_body =
        json_object_get(args, "json") || json_object_get(args, "body") || json_object_get(args, "form");

    return method ? method : has_body ? "POST" : "GET";
}

static void preview(const struct step *step, const json_t *args, struct text *text)
{
    const char *url = value_get_string(args, "url");

    (void)step;
    text_printf(text, "%s %s", method_of(args), url ? url : "");
}

/* The safe methods of RFC 9110, 9.2.1. */
static bool is_read(const json_t *args)
{
    const char *method = method_of(args);

    return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0 || strcmp(method, "OPTIONS") == 0;
}

static const struct step_ops ops = {.start = start, .stop = stop, .preview = preview, .is_read = is_read};

static const char *const result_names[] = {"status_code", "headers", "body", "output", NULL};

const struct kind step_http = {
    .name = "http",
    .class_ = KIND_EFFECT,
    .help = "Sends one HTTP request.",
    .result = result_names,
    .section = {.name = "http", .help = "A request.", .fields = fields, .shorthand = "url"},
    .ops = &ops,
};
