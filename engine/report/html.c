#include "report/html.h"

#include "base/hash.h"
#include "base/mem.h"

#include <string.h>

extern const char asset_page_css[];

void html_bytes(struct text *text, const char *bytes, size_t len)
{
    struct text shown autotext = {0};

    text_add_shown(&shown, bytes, len);
    for (const char *c = text_str(&shown); *c; c++) {
        const char *entity = *c == '&'    ? "&amp;"
                             : *c == '<'  ? "&lt;"
                             : *c == '>'  ? "&gt;"
                             : *c == '"'  ? "&quot;"
                             : *c == '\'' ? "&#39;"
                                          : NULL;

        if (entity)
            text_puts(text, entity);
        else
            text_putc(text, *c);
    }
}

void html_text(struct text *text, const char *string)
{
    html_bytes(text, string, strlen(string));
}

void html_words(struct text *text, const char *words)
{
    for (const char *open; (open = strchr(words, '`')) && strchr(open + 1, '`');) {
        const char *close = strchr(open + 1, '`');

        html_bytes(text, words, (size_t)(open - words));
        text_puts(text, "<code>");
        html_bytes(text, open + 1, (size_t)(close - open - 1));
        text_puts(text, "</code>");
        words = close + 1;
    }
    html_text(text, words);
}

static void put_policy(struct text *text, const char *script)
{
    text_puts(text,
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; base-uri 'none'; "
        "form-action 'none'; style-src 'unsafe-inline'");
    if (script) {
        struct sha256 hash = sha256_of(script, strlen(script));
        char *code autofree = base64_encode(hash.bytes, sizeof(hash.bytes));

        text_printf(text, "; script-src 'sha256-%s'", code);
    }
    text_puts(text, "\">\n");
}

void html_begin(struct text *text, const char *title, const char *css, const char *script)
{
    text_puts(text, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                    "<meta name=\"viewport\" content=\"width=device-width\">\n");
    put_policy(text, script);
    text_puts(text, "<title>");
    html_text(text, title);
    text_puts(text, "</title>\n<style>\n");
    text_puts(text, asset_page_css);
    text_puts(text, css);
    text_puts(text, "</style>\n</head>\n<body>\n");
}

void html_end(struct text *text, const char *script)
{
    if (script) {
        text_puts(text, "<script>");
        text_puts(text, script);
        text_puts(text, "</script>\n");
    }
    text_puts(text, "</body>\n</html>\n");
}
