/* http: one request. */
#include "step/kinds.h"

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

const struct kind step_http = {
    .name = "http",
    .class_ = KIND_EFFECT,
    .help = "Sends one HTTP request.",
    .section = {.name = "http", .help = "A request.", .fields = fields, .shorthand = "url"},
};
