#include "load/rules.h"

#include <ctype.h>
#include <string.h>

enum { ID_MAX = 64 };

static bool is_id(const char *text)
{
    size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_-");

    return islower((unsigned char)*text) && !text[len] && len <= ID_MAX;
}

bool decode_check_id(struct decoder *d, const char *text, struct pos pos)
{
    char fixed[ID_MAX + 1];
    size_t len = 0;
    struct diag *diag;

    if (is_id(text))
        return true;
    diag = diag_error(d->diags, pos, "identifier", "\"%s\" is not an identifier", text);
    for (const char *at = text; *at && len < sizeof(fixed) - 1; at++)
        if (isalnum((unsigned char)*at) || *at == '_')
            fixed[len++] = (char)tolower((unsigned char)*at);
        else if (len && fixed[len - 1] != '-')
            fixed[len++] = '-';
    while (len && fixed[len - 1] == '-')
        len--;
    fixed[len] = '\0';
    if (strlen(text) > ID_MAX)
        diag_hint(d->diags, diag, "it has %zu bytes: at most %d are allowed", strlen(text), ID_MAX);
    else if (is_id(fixed))
        diag_hint(d->diags, diag, "small letters, digits, - and _, a letter first: \"%s\"", fixed);
    else
        diag_hint(d->diags, diag, "small letters, digits, - and _, a letter first");
    return false;
}
