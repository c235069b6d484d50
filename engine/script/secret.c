#include "script/secret.h"

#include <string.h>

/* U+F8F0 and U+F8F1 stand in no text that people write; the nonce is the run's own. */
static const char opening[] = "\xEF\xA3\xB0", closing[] = "\xEF\xA3\xB1";

void secret_token(struct text *text, const char *nonce, const char *name)
{
    text_printf(text, "%ssecret:%s:%s%s", opening, name, nonce, closing);
}

/* The name in the token that begins at `at`, copied; false when it is none of this run. */
static bool read_token(const char *at, const char *nonce, struct text *name, const char **ret_end)
{
    const char *start = at + strlen(opening), *colon, *end;
    size_t nonce_len = strlen(nonce);

    if (strncmp(start, "secret:", 7) != 0)
        return false;
    start += 7;
    colon = strchr(start, ':');
    end = strstr(start, closing);
    if (!colon || !end || colon > end || (size_t)(end - colon - 1) != nonce_len ||
        memcmp(colon + 1, nonce, nonce_len) != 0)
        return false;
    text_clear(name);
    text_add(name, start, (size_t)(colon - start));
    *ret_end = end + strlen(closing);
    return true;
}

size_t secret_expand(struct text *out, const char *in, const char *nonce, secret_value value, void *context)
{
    struct text name autotext = {0};
    size_t count = 0;

    for (;;) {
        const char *at = strstr(in, opening), *end, *found;

        if (!at)
            break;
        text_add(out, in, (size_t)(at - in));
        found = read_token(at, nonce, &name, &end) ? value(context, text_str(&name)) : NULL;
        if (found) {
            text_puts(out, found);
            in = end;
            count++;
        } else {
            text_puts(out, opening);
            in = at + strlen(opening);
        }
    }
    text_puts(out, in);
    return count;
}
