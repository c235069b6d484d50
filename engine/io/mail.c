/* mail: what libcurl is told to send, and what the server answers. Its SMTP waits for the answer to the text
 * of a mail wherever it is called from, and so is called from a thread of its own. */
#include "io/mail.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "io/inside.h"
#include "io/transfer.h"

#include <string.h>
#include <strings.h>
#include <time.h>

enum { REPLY_MAX = 2000, CODE_GOODBYE = 221 };

struct mail_sending {
    struct transfer transfer;
    struct curl_slist *recipients, *headers;
    curl_mime *mime;
    struct text reply; /* the lines of the server's last one */
    int code;
    bool is_more; /* the reply goes on in the next line */
    void (*on_done)(void *context, const struct mail_response *response);
    void *context;
};

static void sending_free(struct mail_sending *sending)
{
    const struct curl_api *curl = sending->transfer.curl;

    transfer_fini(&sending->transfer); /* lets go of the rest */
    curl->mime_free(sending->mime);
    curl->slist_free_all(sending->recipients);
    curl->slist_free_all(sending->headers);
    text_fini(&sending->reply);
    free(sending);
}

/* ---- the end ---- */

static void on_end(struct transfer *transfer, CURLcode code)
{
    struct mail_sending *sending = container_of(transfer, struct mail_sending, transfer);
    char *words autofree = NULL;
    struct mail_response response = {
        .error = transfer_error(transfer, code),
        .code = sending->code,
        .reply = text_str(&sending->reply),
    };

    if (response.error)
        words = transfer_words(transfer, code);
    response.message = words;
    sending->on_done(sending->context, &response);
    sending_free(sending);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "250-SIZE 1000" goes on, "250 OK" is the last line. Of the goodbye at the end nobody need know. */
static void take_line(struct mail_sending *sending, const char *line, size_t len)
{
    int code;

    if (len < 3 || !is_digit(line[0]) || !is_digit(line[1]) || !is_digit(line[2]))
        return;
    code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
    if (code == CODE_GOODBYE)
        return;
    if (!sending->is_more)
        text_clear(&sending->reply);
    sending->code = code;
    sending->is_more = len > 3 && line[3] == '-';
    if (sending->reply.len + len > REPLY_MAX || len < 5)
        return;
    if (sending->reply.len)
        text_putc(&sending->reply, ' ');
    text_add_utf8(&sending->reply, line + 4, len - 4);
}

static size_t on_line(char *line, size_t size, size_t count, void *context)
{
    size_t len = size * count;

    while (len && strchr(" \r\n", line[len - 1]))
        len--;
    take_line(context, line, len);
    return size * count;
}

static size_t ignore(char *bytes, size_t size, size_t count, void *context)
{
    (void)bytes, (void)context;
    return size * count;
}

/* ---- the message ---- */

/* Lines end in CR LF in a mail; libcurl takes a text as it is. */
static void add_text(const struct curl_api *curl, curl_mime *into, const char *text, const char *type)
{
    curl_mimepart *part = curl->mime_addpart(into);
    struct text lines autotext = {0};

    for (const char *at = text; *at; at++) {
        if (*at == '\n' && (at == text || at[-1] != '\r'))
            text_putc(&lines, '\r');
        text_putc(&lines, *at);
    }
    curl->mime_data(part, text_str(&lines), lines.len);
    curl->mime_type(part, type);
    curl->mime_encoder(part, "quoted-printable");
}

/* The last alternative is the best one. */
static void add_alternatives(
    struct mail_sending *sending, curl_mime *into, const char *text, const char *html)
{
    const struct curl_api *curl = sending->transfer.curl;
    curl_mime *both = curl->mime_init(sending->transfer.easy);
    curl_mimepart *part = curl->mime_addpart(into);

    add_text(curl, both, text, "text/plain; charset=utf-8");
    add_text(curl, both, html, "text/html; charset=utf-8");
    curl->mime_subparts(part, both);
    curl->mime_type(part, "multipart/alternative");
}

static int add_file(struct mail_sending *sending, const struct mail_file *file, struct err *err)
{
    const struct curl_api *curl = sending->transfer.curl;
    curl_mimepart *part = curl->mime_addpart(sending->mime);
    CURLcode code =
        file->path ? curl->mime_filedata(part, file->path) : curl->mime_data(part, file->bytes, file->len);

    if (code != CURLE_OK)
        return err_set(err, ERR_INVALID, "the file %.400s cannot be attached: %s", file->name,
            curl->easy_strerror(code));
    curl->mime_filename(part, file->name);
    if (file->type)
        curl->mime_type(part, file->type);
    curl->mime_encoder(part, "base64");
    return 0;
}

/* RFC 5322, 3.3; in English, whatever the locale. */
static char *date_line(void)
{
    static const char days[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char months[][4] = {
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t now = (time_t)(clock_wall_us() / 1000000);
    struct tm tm;

    gmtime_r(&now, &tm);
    return mem_printf("Date: %s, %d %s %d %02d:%02d:%02d +0000", days[tm.tm_wday], tm.tm_mday,
        months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static void set_headers(struct mail_sending *sending, const struct mail_options *options)
{
    const struct curl_api *curl = sending->transfer.curl;
    char *date autofree = date_line();

    sending->headers = curl->slist_append(NULL, date);
    for (size_t i = 0; i < options->header_count; i++)
        sending->headers = curl->slist_append(sending->headers, options->headers[i]);
    curl->easy_setopt(sending->transfer.easy, CURLOPT_HTTPHEADER, sending->headers);
}

static int set_message(struct mail_sending *sending, const struct mail_options *options, struct err *err)
{
    const struct curl_api *curl = sending->transfer.curl;
    CURL *easy = sending->transfer.easy;

    sending->mime = curl->mime_init(easy);
    if (options->html)
        add_alternatives(sending, sending->mime, options->text, options->html);
    else
        add_text(curl, sending->mime, options->text, "text/plain; charset=utf-8");
    for (size_t i = 0; i < options->file_count; i++)
        if (add_file(sending, &options->files[i], err) < 0)
            return ERR_INVALID;
    set_headers(sending, options);
    curl->easy_setopt(easy, CURLOPT_MIMEPOST, sending->mime);
    return 0;
}

/* ---- the server ---- */

static void set_envelope(struct mail_sending *sending, const struct mail_options *options)
{
    const struct curl_api *curl = sending->transfer.curl;

    for (size_t i = 0; i < options->to_count; i++)
        sending->recipients = curl->slist_append(sending->recipients, options->to[i]);
    curl->easy_setopt(sending->transfer.easy, CURLOPT_MAIL_FROM, options->from);
    curl->easy_setopt(sending->transfer.easy, CURLOPT_MAIL_RCPT, sending->recipients);
}

/* A server that need not prove who it is keeps out those who only listen; one that must do more is asked to
 * by MAIL_TLS_REQUIRED, or by naming its CA. */
static void set_encryption(struct mail_sending *sending, const struct mail_options *options)
{
    static const long levels[] = {[MAIL_TLS_OFF] = CURLUSESSL_NONE,
        [MAIL_TLS_OPTIONAL] = CURLUSESSL_TRY,
        [MAIL_TLS_REQUIRED] = CURLUSESSL_ALL};
    struct transfer_tls tls = {.ca = options->ca, .insecure = options->insecure};
    bool is_smtps = strncasecmp(options->url, "smtps:", 6) == 0;

    tls.insecure |= !is_smtps && options->starttls == MAIL_TLS_OPTIONAL && !tls.ca;
    transfer_set_tls(&sending->transfer, &tls);
    sending->transfer.curl->easy_setopt(sending->transfer.easy, CURLOPT_USE_SSL, levels[options->starttls]);
}

static void set_server(struct mail_sending *sending, const struct mail_options *options)
{
    const struct curl_api *curl = sending->transfer.curl;
    CURL *easy = sending->transfer.easy;

    curl->easy_setopt(easy, CURLOPT_URL, options->url);
    curl->easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)options->timeout_ms);
    curl->easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_line);
    curl->easy_setopt(easy, CURLOPT_HEADERDATA, sending);
    curl->easy_setopt(easy, CURLOPT_WRITEFUNCTION, ignore);
    if (options->user) {
        curl->easy_setopt(easy, CURLOPT_USERNAME, options->user);
        curl->easy_setopt(easy, CURLOPT_PASSWORD, options->password ? options->password : "");
    }
}

static int sending_new(
    struct loop *loop, const struct mail_options *options, struct mail_sending **ret_sending, struct err *err)
{
    struct mail_sending *sending = mem_alloc(sizeof(*sending));
    int result = transfer_init(&sending->transfer, loop, on_end, err);

    if (result < 0) {
        free(sending);
        return result;
    }
    sending->on_done = options->on_done;
    sending->context = options->context;
    *ret_sending = sending;
    return 0;
}

int mail_start(
    struct loop *loop, const struct mail_options *options, struct mail_sending **ret_sending, struct err *err)
{
    struct mail_sending *sending;
    int result = sending_new(loop, options, &sending, err);

    if (result < 0)
        return result;
    result = transfer_limit(&sending->transfer, "smtp,smtps", err);
    if (result == 0)
        result = set_message(sending, options, err);
    if (result == 0) {
        set_envelope(sending, options);
        set_encryption(sending, options);
        set_server(sending, options);
        result = transfer_start_apart(&sending->transfer, err);
    }
    if (result < 0) {
        sending_free(sending);
        return result;
    }
    *ret_sending = sending;
    return 0;
}

void mail_cancel(struct mail_sending *sending)
{
    transfer_cancel(&sending->transfer);
}
