/* scalar: what a plain scalar stands for in the core schema of YAML 1.2. So on, yes, no and 1:30 are strings,
 * and 012 is twelve. */
#include "load/node.h"

#include <errno.h>
#include <math.h>
#include <string.h>

static bool is_one_of(const char *text, const char *const *words)
{
    for (; *words; words++)
        if (strcmp(text, *words) == 0)
            return true;
    return false;
}

static bool is_null(const char *text)
{
    static const char *const words[] = {"", "~", "null", "Null", "NULL", NULL};

    return is_one_of(text, words);
}

static bool is_boolean(const char *text, bool *ret_value)
{
    static const char *const yes[] = {"true", "True", "TRUE", NULL};
    static const char *const no[] = {"false", "False", "FALSE", NULL};

    *ret_value = is_one_of(text, yes);
    return *ret_value || is_one_of(text, no);
}

/* Digits of `base` and nothing else; a number that does not fit 64 bits is none. */
static bool is_integer(const char *text, int64_t *ret_value)
{
    bool is_signed = *text == '-' || *text == '+';
    const char *digits = text + is_signed, *allowed = "0123456789";
    int base = 10;
    char *end;
    long long value;

    if (!is_signed && text[0] == '0' && (text[1] == 'o' || text[1] == 'x')) {
        base = text[1] == 'o' ? 8 : 16;
        allowed = base == 8 ? "01234567" : "0123456789abcdefABCDEF";
        digits += 2;
    }
    if (!*digits || digits[strspn(digits, allowed)])
        return false;
    errno = 0;
    value = strtoll(base == 10 ? text : digits, &end, base);
    *ret_value = value;
    return errno == 0;
}

/* [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )? */
static bool is_decimal(const char *text)
{
    const char *at = text + (*text == '-' || *text == '+');
    size_t whole = strspn(at, "0123456789"), fraction = 0;

    at += whole;
    if (*at == '.') {
        fraction = strspn(at + 1, "0123456789");
        at += 1 + fraction;
    }
    if (!whole && !fraction)
        return false;
    if (*at == 'e' || *at == 'E') {
        at += 1 + (at[1] == '-' || at[1] == '+');
        if (!*at || at[strspn(at, "0123456789")])
            return false;
        return true;
    }
    return !*at;
}

static bool is_number(const char *text, double *ret_value)
{
    static const char *const infinite[] = {".inf", ".Inf", ".INF", NULL};
    static const char *const nan_words[] = {".nan", ".NaN", ".NAN", NULL};
    bool is_signed = *text == '-' || *text == '+';

    if (is_one_of(text + is_signed, infinite))
        *ret_value = *text == '-' ? -INFINITY : INFINITY;
    else if (is_one_of(text, nan_words))
        *ret_value = NAN;
    else if (is_decimal(text))
        *ret_value = strtod(text, NULL);
    else
        return false;
    return true;
}

enum { LONGEST = 400 }; /* of a number that is still worth looking at */

/* Most scalars are words: only these letters begin anything else. */
static bool may_be_other(char first)
{
    return first <= '9' || first == '~' || strchr("nNtTfF", first);
}

void scalar_resolve(struct node *node)
{
    const char *text = node->text;

    node->type = NODE_STRING;
    if (node->is_quoted || node->len > LONGEST || !may_be_other(*text))
        return;
    if (node->len <= strlen("false") && is_null(text))
        node->type = NODE_NULL;
    else if (node->len <= strlen("false") && is_boolean(text, &node->boolean))
        node->type = NODE_BOOL;
    else if (is_integer(text, &node->integer))
        node->type = NODE_INTEGER;
    else if (is_number(text, &node->number))
        node->type = NODE_NUMBER;
}
