#include "step/page.h"

#include "base/clock.h"
#include "base/duration.h"
#include "base/mem.h"
#include "base/text.h"

#include <string.h>

enum { SUBJECT_MAX = 150, LISTED_MAX = 50 };

static const char *get(const json_t *args, const char *name)
{
    const char *value = value_get_string(args, name);

    return value ? value : "";
}

/* ---- times ---- */

/* "03:12 UTC", with the date when it is not that of `today`. Both as RFC 3339 in UTC. */
static void add_time(struct text *text, const char *at, const char *today)
{
    if (strlen(at) < 16)
        text_puts(text, at);
    else if (strncmp(at, today, 10) == 0)
        text_printf(text, "%.5s UTC", at + 11);
    else
        text_printf(text, "%.10s %.5s UTC", at, at + 11);
}

static void add_age(struct text *text, const char *since, const char *now)
{
    int64_t since_us, now_us;
    char words[DURATION_TEXT_SIZE];

    if (instant_parse(since, &since_us, NULL) == 0 && instant_parse(now, &now_us, NULL) == 0 &&
        now_us - since_us >= 1000000)
        text_printf(text, " (%s)", duration_short((now_us - since_us) / 1000, words));
}

/* ---- one line ---- */

static const char *title_of(const json_t *args)
{
    return *get(args, "title") ? get(args, "title") : get(args, "runbook");
}

/* What the author wrote; of several messages, how many they are. */
static void add_message(struct text *text, const json_t *args)
{
    const json_t *messages = json_object_get(args, "messages");
    const char *first = get(json_array_get(messages, 0), "at");

    if (json_array_size(messages) < 2) {
        text_puts(text, *get(args, "message") ? get(args, "message") : title_of(args));
        return;
    }
    text_printf(text, "%zu messages since ", json_array_size(messages));
    add_time(text, first, get(args, "at"));
}

/* Up to the end of the line, without what a terminal or a header would take for a command. */
static void add_line(struct text *text, const char *from, size_t max)
{
    size_t len = strcspn(from, "\r\n"), end = len > max ? max : len;

    while (end && end < len && ((unsigned char)from[end] & 0xc0) == 0x80)
        end--;
    for (size_t i = 0; i < end; i++)
        text_putc(text, (unsigned char)from[i] < ' ' || from[i] == 0x7f ? ' ' : from[i]);
    if (from[end + strspn(from + end, "\r\n ")])
        text_puts(text, "…");
}

static void add_subject(struct text *text, const json_t *args, const char *message)
{
    const char *title = title_of(args);

    if (*get(args, "severity"))
        text_printf(text, "[%s] ", get(args, "severity"));
    if (*title && strncmp(message, title, strlen(title)) != 0) {
        add_line(text, title, SUBJECT_MAX);
        text_puts(text, ": ");
    }
    add_line(text, message, SUBJECT_MAX);
}

/* ---- all of it, in paragraphs ---- */

/* Text and HTML of one page, written side by side. */
struct sheet {
    struct text text, html;
};

static void add_escaped(struct text *html, const char *text)
{
    static const char *const signs[][2] = {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}};

    for (; *text; text++) {
        const char *written = NULL;

        for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
            if (*signs[i][0] == *text)
                written = signs[i][1];
        if (written)
            text_puts(html, written);
        else if (*text == '\n')
            text_puts(html, "<br>\n");
        else
            text_putc(html, *text);
    }
}

static void add_paragraph(struct sheet *sheet, const char *before, const char *text, const char *after)
{
    if (!*text)
        return;
    text_printf(&sheet->text, "%s%s\n", sheet->text.len ? "\n" : "", text);
    text_puts(&sheet->html, before);
    add_escaped(&sheet->html, text);
    text_printf(&sheet->html, "%s\n", after);
}

static void add_list(struct sheet *sheet, const json_t *args)
{
    const json_t *messages = json_object_get(args, "messages"), *each;
    struct text lines autotext = {0};
    size_t i, count = json_array_size(messages);

    json_array_foreach(messages, i, each)
    {
        if (count < 2 || i == LISTED_MAX)
            break;
        text_puts(&lines, i ? "\n- " : "- ");
        add_time(&lines, get(each, "at"), get(args, "at"));
        text_puts(&lines, "  ");
        add_line(&lines, get(each, "message"), SUBJECT_MAX);
    }
    if (count > LISTED_MAX)
        text_printf(&lines, "\n- … and %zu more", count - LISTED_MAX);
    add_paragraph(sheet, "<p>", text_str(&lines), "</p>");
}

/* System down (p1-system-down), severity P1 */
static void add_what(struct text *text, const json_t *args)
{
    const char *title = get(args, "title"), *runbook = get(args, "runbook");

    text_puts(text, *title ? title : runbook);
    if (*title && *runbook)
        text_printf(text, " (%s)", runbook);
    if (*get(args, "severity"))
        text_printf(text, "%sseverity %s", text->len ? ", " : "", get(args, "severity"));
}

/* Run 4hjx3t on db1, since 03:12 UTC (16m) */
static void add_where(struct text *text, const json_t *args)
{
    if (*get(args, "run"))
        text_printf(text, "\nRun %s", get(args, "run"));
    if (*get(args, "run") && *get(args, "host"))
        text_printf(text, " on %s", get(args, "host"));
    if (!*get(args, "started_at"))
        return;
    text_puts(text, *get(args, "run") ? ", since " : "\nSince ");
    add_time(text, get(args, "started_at"), get(args, "at"));
    add_age(text, get(args, "started_at"), get(args, "at"));
}

static void add_facts(struct sheet *sheet, const json_t *args)
{
    struct text text autotext = {0};

    add_what(&text, args);
    add_where(&text, args);
    add_paragraph(sheet, "<p>", text_str(&text), "</p>");
}

/* Level 2. Next is Bo at 03:42 UTC, unless somebody acknowledges: */
static void add_level(struct text *text, const json_t *args)
{
    const json_t *next = json_object_get(args, "next"), *who = json_object_get(next, "who"), *name;
    json_int_t pass = json_integer_value(json_object_get(args, "pass"));
    size_t i;

    text_puts(text, "Level ");
    text_number(text, json_integer_value(json_object_get(args, "level")));
    if (pass > 1)
        text_printf(text, ", pass %lld", (long long)pass);
    text_puts(text, json_array_size(who) ? ". Next is " : ". Nobody is paged after this");
    json_array_foreach(who, i, name) text_printf(text, "%s%s", i ? ", " : "", json_string_value(name));
    if (json_array_size(who)) {
        text_puts(text, " at ");
        add_time(text, get(next, "at"), get(args, "at"));
        text_puts(text, ", unless somebody acknowledges");
    }
    text_puts(text, *get(args, "ack_command") ? ". To acknowledge:" : ".");
}

static void add_way_out(struct sheet *sheet, const json_t *args)
{
    struct text text autotext = {0};
    char *command autofree = mem_printf("    %s", get(args, "ack_command"));

    if (!json_object_get(args, "level"))
        return;
    add_level(&text, args);
    add_paragraph(sheet, "<p>", text_str(&text), "</p>");
    if (*get(args, "ack_command"))
        add_paragraph(sheet, "<pre>", command, "</pre>");
}

static json_t *text_value(const struct text *text)
{
    return value_string(text_str(text), text->len);
}

json_t *page_of(const json_t *args)
{
    static const char *const facts[] = {"target", "channel", "severity", "level", "pass", "next", "run",
        "host", "runbook", "title", "started_at", "at", "ack_command", "messages"};
    json_t *page = json_object(), *person = json_object_get(args, "person");
    struct text message autotext = {0}, subject autotext = {0};
    struct sheet sheet = {0};

    for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
        if (json_object_get(args, facts[i]))
            json_object_set(page, facts[i], json_object_get(args, facts[i]));
    json_object_set_new(page, "contact", person ? json_incref(person) : json_object());
    add_message(&message, args);
    add_subject(&subject, args, text_str(&message));
    add_paragraph(&sheet, "<p><b>", text_str(&message), "</b></p>");
    add_list(&sheet, args);
    add_facts(&sheet, args);
    add_way_out(&sheet, args);
    json_object_set_new(page, "message", text_value(&message));
    json_object_set_new(page, "subject", text_value(&subject));
    json_object_set_new(page, "text", text_value(&sheet.text));
    json_object_set_new(page, "html", text_value(&sheet.html));
    text_fini(&sheet.text);
    text_fini(&sheet.html);
    return page;
}
