/* mail: one message to one or more people. */
#include "io/mail.h"

#include "base/mem.h"
#include "load/sections.h"
#include "step/kinds.h"
#include "step/letter.h"
#include "step/mail.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HOST_SIZE = 256, FILES_MAX = 50 };

static const off_t attached_max = 25 * 1024 * 1024;
static const char default_url[] = "smtp://localhost:25";

static const struct field fields[] = {
    {"to", FIELD_VALUE, 0, FIELD_REQUIRED, .help = "An address, or a list: `ana@example.org`."},
    {"cc", FIELD_VALUE, 0, .help = "Addresses that get a copy."},
    {"subject", FIELD_TEXT, 0, FIELD_REQUIRED, .help = "The subject; one line."},
    {"body", FIELD_TEXT, 0, FIELD_REQUIRED, .help = "The text."},
    {"html", FIELD_TEXT, 0, .help = "The same as HTML, for those whose program shows it."},
    {"attach", FIELD_VALUE, 0,
        .help = "A file, or a list of them: a path, or {path, name, type}, or {name, text, type}."},
    {"from", FIELD_TEXT, 0, .help = "Who sends.", .fallback = "`from` of `smtp`"},
    {"smtp", FIELD_SECTION, 0, .section = &smtp_section, .help = "The mail server of this mail alone.",
        .fallback = "`smtp` at the top"},
    {NULL},
};

struct mail_work {
    struct work work;
    struct mail_sending *sending;
    char *id, *server;
};

/* What a mail is made of. Zero-initialise. */
struct mail_parts {
    struct letter letter;
    struct mail_options options;
    struct mail_file *files;
    size_t file_cap;
    off_t attached;
};

static void parts_fini(struct mail_parts *parts)
{
    free(parts->files);
    letter_fini(&parts->letter);
}

/* ---- the message ---- */

static int set_letter(struct mail_parts *parts, const struct work_options *options, struct err *err)
{
    const json_t *args = options->args, *smtp = json_object_get(args, "smtp");
    const char *from = value_get_string(args, "from");
    char host[HOST_SIZE] = "localhost";
    struct letter_origin origin = {options->run_id, options->path, options->attempt, host};

    gethostname(host, sizeof(host) - 1);
    if (letter_make(&parts->letter, args, from ? from : value_get_string(smtp, "from"), &origin, err) < 0)
        return ERR_INVALID;
    parts->options.from = parts->letter.from;
    parts->options.to = parts->letter.to;
    parts->options.to_count = parts->letter.to_count;
    parts->options.headers = parts->letter.headers;
    parts->options.header_count = parts->letter.header_count;
    parts->options.text = value_get_string(args, "body");
    parts->options.html = value_get_string(args, "html");
    if (!parts->options.text)
        return err_set(err, ERR_INVALID, "body: there is none, or it is not a text");
    return 0;
}

/* As the step sees it. */
static const char *path_of(struct mail_parts *parts, const struct work_options *options, const char *path)
{
    if (path[0] == '/' || !options->cwd || !*options->cwd)
        return path;
    return arena_printf(&parts->letter.arena, "%s/%s", options->cwd, path);
}

static int check_size(struct mail_parts *parts, const char *name, off_t size, struct err *err)
{
    parts->attached += size;
    if (parts->attached > attached_max)
        return err_set(
            err, ERR_INVALID, "attach: with %.400s it is more than %d MiB", name, (int)(attached_max >> 20));
    return 0;
}

/* A pipe or a device would hold everything up. */
static int check_file(struct mail_parts *parts, const char *path, struct err *err)
{
    struct stat stat_;

    if (stat(path, &stat_) < 0 || access(path, R_OK) < 0) {
        err_errno(err, errno, "attach: %.400s cannot be read", path);
        return err->code = ERR_INVALID;
    }
    if (!S_ISREG(stat_.st_mode))
        return err_set(err, ERR_INVALID, "attach: %.400s is no file", path);
    return check_size(parts, path, stat_.st_size, err);
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static bool has_control(const char *text)
{
    for (; text && *text; text++)
        if ((unsigned char)*text < ' ')
            return true;
    return false;
}

static int read_file(struct mail_parts *parts, const struct work_options *options, const json_t *item,
    struct mail_file *ret, struct err *err)
{
    const char *path = json_is_string(item) ? json_string_value(item) : value_get_string(item, "path");
    const char *text = value_get_string(item, "text");

    *ret = (struct mail_file){.name = value_get_string(item, "name"), .type = value_get_string(item, "type")};
    if (!path == !text)
        return err_set(err, ERR_INVALID, "attach: each is a path, {path, name, type} or {name, text, type}");
    if (path) {
        ret->path = path_of(parts, options, path);
        if (check_file(parts, ret->path, err) < 0)
            return ERR_INVALID;
    } else {
        ret->bytes = text;
        ret->len = strlen(text);
        if (check_size(parts, "the text", (off_t)ret->len, err) < 0)
            return ERR_INVALID;
    }
    if (!ret->name)
        ret->name = path ? base_name(path) : "attachment.txt";
    if (has_control(ret->name) || has_control(ret->type))
        return err_set(err, ERR_INVALID, "attach: a name or type may not contain a line break");
    return 0;
}

static int set_files(struct mail_parts *parts, const struct work_options *options, struct err *err)
{
    const json_t *attach = json_object_get(options->args, "attach"), *item;
    size_t count = json_is_array(attach) ? json_array_size(attach) : attach && !json_is_null(attach);

    if (count > FILES_MAX)
        return err_set(err, ERR_INVALID, "attach: a mail takes %d files at most", FILES_MAX);
    parts->files = mem_alloc((count + 1) * sizeof(*parts->files));
    for (size_t i = 0; i < count; i++) {
        item = json_is_array(attach) ? json_array_get(attach, i) : attach;
        if (read_file(parts, options, item, &parts->files[i], err) < 0)
            return ERR_INVALID;
    }
    parts->options.files = parts->files;
    parts->options.file_count = count;
    return 0;
}

/* ---- the server ---- */

static int set_starttls(struct mail_options *mail, const json_t *smtp, struct err *err)
{
    static const char *const names[] = {
        [MAIL_TLS_OFF] = "off", [MAIL_TLS_OPTIONAL] = "optional", [MAIL_TLS_REQUIRED] = "required"};
    const char *name = value_get_string(smtp, "starttls");

    mail->starttls = mail->password || mail->ca ? MAIL_TLS_REQUIRED : MAIL_TLS_OPTIONAL;
    for (int i = 0; name; i++) {
        if (i > MAIL_TLS_REQUIRED)
            return err_set(err, ERR_INVALID, "smtp.starttls is required, optional or off, not %.100s", name);
        if (strcmp(names[i], name) != 0)
            continue;
        mail->starttls = (enum mail_starttls)i;
        break;
    }
    return 0;
}

static int set_ca(
    struct mail_parts *parts, const struct work_options *options, const char *ca, struct err *err)
{
    if (!ca)
        return 0;
    parts->options.ca = path_of(parts, options, ca);
    if (access(parts->options.ca, R_OK) == 0)
        return 0;
    err_errno(err, errno, "smtp.tls.ca: the file %.400s cannot be read", parts->options.ca);
    return err->code = ERR_INVALID;
}

static int set_server(struct mail_parts *parts, const struct work_options *options, struct err *err)
{
    const json_t *smtp = json_object_get(options->args, "smtp"), *tls = json_object_get(smtp, "tls");
    struct mail_options *mail = &parts->options;
    const char *url = value_get_string(smtp, "url");

    mail->url = url ? url : default_url;
    if (strncasecmp(mail->url, "smtp://", 7) != 0 && strncasecmp(mail->url, "smtps://", 8) != 0)
        return err_set(
            err, ERR_INVALID, "smtp.url: \"%.200s\" does not begin with smtp:// or smtps://", mail->url);
    if (strchr(mail->url, '@'))
        return err_set(err, ERR_INVALID, "smtp.url: the user belongs into smtp.username, not into the url");
    mail->user = value_get_string(smtp, "username");
    mail->password = value_get_string(smtp, "password");
    mail->insecure = json_is_true(json_object_get(tls, "insecure"));
    if (mail->password && !mail->user)
        return err_set(err, ERR_INVALID, "smtp.password is of no use without smtp.username");
    if (set_ca(parts, options, value_get_string(tls, "ca"), err) < 0)
        return ERR_INVALID;
    return set_starttls(mail, smtp, err);
}

/* ---- the end ---- */

static void mail_free(struct work *work_)
{
    struct mail_work *work = (struct mail_work *)work_;

    free(work->id);
    free(work->server);
    free(work);
}

static json_t *result_of(const struct mail_work *work, const struct mail_response *response)
{
    return json_pack("{s:i, s:o, s:s}", "status_code", response->code, "reply",
        value_string(response->reply, strlen(response->reply)), "message_id", work->id);
}

static enum fail_class class_of(const struct mail_response *response)
{
    switch (response->error) {
    case ERR_DENIED:
        return FAIL_CANCELLED;
    case ERR_TIMEOUT:
        return FAIL_TIMEOUT;
    case ERR_INVALID:
        return FAIL_VALIDATION;
    default:
        return response->code >= 400 ? FAIL_HTTP : FAIL_NETWORK;
    }
}

/* What the server said is worth more than what libcurl makes of it. */
static char *words_of(const struct mail_work *work, const struct mail_response *response)
{
    if (class_of(response) == FAIL_HTTP)
        return mem_printf("%s answered %d %s", work->server, response->code, response->reply);
    return mem_printf("%s: %s%s", work->server, response->message,
        strcmp(work->server, default_url) == 0 ? "; name the mail server with `smtp: {url: …}`" : "");
}

static void on_done(void *context, const struct mail_response *response)
{
    struct mail_work *work = context;
    struct outcome outcome = {.exit_code = -1, .result = result_of(work, response)};

    if (response->error) {
        outcome.class_ = class_of(response);
        outcome.message = words_of(work, response);
    }
    /* 5xx: it will say the same tomorrow. */
    if (outcome.class_ == FAIL_HTTP && response->code >= 500)
        json_object_set_new(outcome.result, "final", json_true());
    work_end(&work->work, &outcome);
}

/* ---- the work ---- */

static void stop(struct work *work, bool at_once)
{
    (void)at_once;
    mail_cancel(((struct mail_work *)work)->sending);
}

static const struct step_ops ops;

static int begin(struct mail_work *work, struct mail_parts *parts, struct err *err)
{
    const struct work_options *options = &work->work.options;
    int result = set_letter(parts, options, err);

    if (result == 0)
        result = set_files(parts, options, err);
    if (result == 0)
        result = set_server(parts, options, err);
    if (result < 0)
        return result;
    work->id = mem_strdup(parts->letter.id);
    work->server = mem_strdup(parts->options.url);
    parts->options.on_done = on_done;
    parts->options.context = work;
    return mail_start(options->loop, &parts->options, &work->sending, err);
}

struct work *mail_work_start(const struct work_options *options)
{
    struct mail_parts parts = {0};
    struct mail_work *work = mem_alloc(sizeof(*work));
    struct err err;
    int result;

    work_init(&work->work, options, &ops, mail_free);
    result = begin(work, &parts, &err);
    parts_fini(&parts);
    if (result == 0)
        return &work->work;
    mail_free(&work->work);
    return work_refused(options, result == ERR_INVALID ? FAIL_VALIDATION : FAIL_SPAWN, "%s", err.text);
}

static void preview(const struct step *step, const json_t *args, struct text *text)
{
    const json_t *to = json_object_get(args, "to");
    const char *subject = value_get_string(args, "subject");
    const char *first = json_string_value(json_is_array(to) ? json_array_get(to, 0) : to);

    (void)step;
    text_printf(text, "mail to %s%s: ", first ? first : "", json_array_size(to) > 1 ? " …" : "");
    preview_line(text, subject ? subject : "");
}

static const struct step_ops ops = {.start = mail_work_start, .stop = stop, .preview = preview};

static const char *const result_names[] = {"status_code", "reply", "message_id", "final", NULL};

const struct kind step_mail = {
    .name = "mail",
    .class_ = KIND_EFFECT,
    .help = "Sends a mail over SMTP.",
    .result = result_names,
    .section = {.name = "mail", .help = "A mail.", .fields = fields},
    .ops = &ops,
};
