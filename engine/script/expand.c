/* expand: the contexts of a shell script that begin with a quote or a $. See quote.c. */
#include "script/scan.h"

#include <ctype.h>
#include <string.h>

enum { DEPTH = 64 };

static const char fault_backslash[] = "a backslash stands before it";
static const char fault_dollar[] = "a $ stands before it";
static const char fault_name[] = "it stands for the name of a variable";
static const char fault_ansi[] = "it stands in $'…', where no variable is seen";
static const char fault_expansion[] =
    "it stands in an expansion where a value could be taken for more than text";
static const char fault_quotes[] = "it stands in quotes inside quotes, which shells read differently";
static const char fault_open[] = "a quote before it is not closed";
static const char lost_deep[] = "the script before it is nested too deep";
static const char lost_ansi[] = "a $'…' before it has \\' in it, which shells read differently";

static void scan_dollar(struct scanner *scanner, enum mode mode);
static void scan_backquote(struct scanner *scanner, enum mode mode);

bool scan_at_hole(const struct scanner *scanner)
{
    return scanner->at < scanner->end && *scanner->at == HOLE_OPEN;
}

char scan_peek(const struct scanner *scanner, size_t ahead)
{
    return (size_t)(scanner->end - scanner->at) > ahead ? scanner->at[ahead] : '\0';
}

void scan_copy(struct scanner *scanner, size_t len)
{
    size_t left = (size_t)(scanner->end - scanner->at);

    len = len < left ? len : left;
    text_add(scanner->out, scanner->at, len);
    scanner->at += len;
}

void scan_hole(struct scanner *scanner, enum form form)
{
    int number = 0;
    struct hole *hole;

    for (scanner->at++; scanner->at < scanner->end && *scanner->at != HOLE_CLOSE; scanner->at++)
        number = number * 10 + (*scanner->at - '0');
    scanner->at++;
    hole = &scanner->holes[number - 1];
    hole->use = form == FORM_DROPPED ? HOLE_UNUSED : scanner->integers ? HOLE_INTEGER : HOLE_TEXT;
    if (form == FORM_DROPPED)
        return;
    hole->fault = scanner->lost ? scanner->lost : scanner->fault;
    hole->warning = scanner->warning;
    hole->is_argument = scanner->is_argument;
    if (form == FORM_WORD)
        text_printf(scanner->out, "\"${RB_%d}\"", number);
    else if (form == FORM_INSIDE)
        text_printf(scanner->out, "${RB_%d}", number);
    else
        text_printf(scanner->out, "'\"${RB_%d}\"'", number);
}

void scan_refused(struct scanner *scanner, const char *fault)
{
    const char *saved = scanner->fault;

    scanner->fault = fault;
    scan_hole(scanner, FORM_INSIDE);
    scanner->fault = saved;
}

/* Copy up to `end`, refusing every hole on the way. */
void scan_refusing(struct scanner *scanner, const char *end, const char *fault)
{
    while (scanner->at < end) {
        if (scan_at_hole(scanner))
            scan_refused(scanner, fault);
        else
            scan_copy(scanner, 1);
    }
}

static void scan_backslash(struct scanner *scanner)
{
    scan_copy(scanner, 1);
    if (scan_at_hole(scanner))
        scan_refused(scanner, fault_backslash);
    else
        scan_copy(scanner, 1);
}

bool scan_afford(struct scanner *scanner, size_t bytes)
{
    if (*scanner->work < bytes) {
        scanner->lost = lost_deep;
        return false;
    }
    *scanner->work -= bytes;
    return true;
}

bool scan_enter(struct scanner *scanner)
{
    if (++scanner->depth <= DEPTH)
        return true;
    scanner->lost = lost_deep;
    scan_refusing(scanner, scanner->end, lost_deep);
    return false;
}

void scan_single(struct scanner *scanner)
{
    scan_copy(scanner, 1);
    while (scanner->at < scanner->end && *scanner->at != '\'') {
        if (scan_at_hole(scanner))
            scan_hole(scanner, FORM_SINGLE);
        else
            scan_copy(scanner, 1);
    }
    scan_copy(scanner, 1);
}

/* What double quotes and here-documents have in common. */
void scan_quoted(struct scanner *scanner, enum mode mode)
{
    if (scan_at_hole(scanner))
        scan_hole(scanner, FORM_INSIDE);
    else if (*scanner->at == '\\')
        scan_backslash(scanner);
    else if (*scanner->at == '$')
        scan_dollar(scanner, mode);
    else if (*scanner->at == '`')
        scan_backquote(scanner, mode);
    else
        scan_copy(scanner, 1);
}

void scan_double(struct scanner *scanner)
{
    scan_copy(scanner, 1);
    while (scanner->at < scanner->end && *scanner->at != '"')
        scan_quoted(scanner, MODE_DOUBLE);
    scan_copy(scanner, 1);
}

/* --- ` ` --- */

static const char *end_of_backquote(const struct scanner *scanner)
{
    const char *at = scanner->at + 1;

    while (at < scanner->end && *at != '`')
        at += *at == '\\' && at + 1 < scanner->end ? 2 : 1;
    return at < scanner->end ? at : NULL;
}

/* The shell takes one level of backslashes away before it reads what is inside (XCU 2.6.3). */
static void unescape(struct text *out, const char *at, const char *end, enum mode mode)
{
    const char *escapable = mode == MODE_DOUBLE ? "\\`$\"" : "\\`$";

    for (; at < end; at++) {
        if (*at == '\\' && at + 1 < end && strchr(escapable, at[1]))
            at++;
        text_putc(out, *at);
    }
}

static void escape(struct text *out, const struct text *in, enum mode mode)
{
    for (size_t i = 0; i < in->len; i++) {
        char c = in->ptr[i];

        if (c == '\\' || c == '`' || (c == '"' && mode == MODE_DOUBLE))
            text_putc(out, '\\');
        text_putc(out, c);
    }
}

static void scan_backquote(struct scanner *scanner, enum mode mode)
{
    struct text inside autotext = {0}, quoted autotext = {0};
    const char *end = end_of_backquote(scanner);
    struct scanner inner = *scanner;

    if (!scan_enter(&inner)) {
        scanner->lost = inner.lost;
        scanner->at = scanner->end;
        return;
    }
    if (!end) {
        scan_refusing(scanner, scanner->end, fault_open);
        return;
    }
    if (mode == MODE_HERE && memmem(scanner->at, (size_t)(end - scanner->at), "\\\"", 2)) {
        scan_refusing(scanner, end + 1, fault_quotes);
        return;
    }
    unescape(&inside, scanner->at + 1, end, mode);
    inner.at = text_str(&inside);
    inner.end = inner.at + inside.len;
    inner.out = &quoted;
    scan_command(&inner, '\0');
    scanner->lost = inner.lost;
    text_putc(scanner->out, '`');
    escape(scanner->out, &quoted, mode);
    text_putc(scanner->out, '`');
    scanner->at = end + 1;
}

/* --- $(( )) and (( )) --- */

bool scan_is_arithmetic(struct scanner *scanner, const char *at)
{
    const char *start = at;
    int depth = 0;

    if (scanner->lost)
        return false;
    for (; at < scanner->end; at++) {
        if (*at == '\\')
            at++;
        else if (*at == '(')
            depth++;
        else if (*at == ')' && depth-- == 0)
            return scan_afford(scanner, (size_t)(at - start)) && at + 1 < scanner->end && at[1] == ')';
    }
    scan_afford(scanner, (size_t)(scanner->end - start));
    return false;
}

/* Up to and with `closer`, which is ")" of "))", or "]". Shells calculate with what they find in a variable:
 * a value such as a[$(reboot)] would be carried out, so only integers may stand here, however deep. */
void scan_arithmetic(struct scanner *scanner, char closer)
{
    bool saved = scanner->integers;
    int depth = 0;

    scanner->integers = true;
    while (scanner->at < scanner->end) {
        char c = *scanner->at;

        if (c == closer && depth == 0)
            break;
        depth += (c == '(') - (c == ')' && closer == ')');
        if (closer == ']')
            depth = 0;
        scan_quoted(scanner, MODE_DOUBLE);
    }
    scan_copy(scanner, closer == ')' ? 2 : 1);
    scanner->integers = saved;
}

/* --- ${ } --- */

/* The word after an operator, up to the brace. In double quotes ' is a letter. */
static void scan_word(struct scanner *scanner, enum mode mode)
{
    while (scanner->at < scanner->end && *scanner->at != '}') {
        if (scan_at_hole(scanner)) {
            scan_hole(scanner, mode == MODE_COMMAND ? FORM_WORD : FORM_INSIDE);
        } else if (*scanner->at == '\'' && mode == MODE_COMMAND) {
            scan_single(scanner);
        } else if (*scanner->at == '"' && mode == MODE_COMMAND) {
            scan_double(scanner);
        } else if (*scanner->at == '"') {
            const char *saved = scanner->fault;

            scanner->fault = fault_quotes;
            scan_double(scanner);
            scanner->fault = saved;
        } else {
            scan_quoted(scanner, mode);
        }
    }
}

/* Up to the brace, and nothing but integers or nothing at all may be put in. */
static void scan_restricted(struct scanner *scanner, const char *fault, bool integers, enum mode mode)
{
    const char *saved = scanner->fault;
    bool had = scanner->integers;

    scanner->fault = fault ? fault : saved;
    scanner->integers = had || integers;
    scan_word(scanner, integers ? MODE_DOUBLE : mode);
    scanner->fault = saved;
    scanner->integers = had;
}

static void scan_name(struct scanner *scanner)
{
    if (strchr("#!", scan_peek(scanner, 0)) && scan_peek(scanner, 1) != '}')
        scan_copy(scanner, 1);
    if (scan_at_hole(scanner))
        scan_refused(scanner, fault_name);
    else if (isalnum((unsigned char)scan_peek(scanner, 0)) || scan_peek(scanner, 0) == '_')
        while (isalnum((unsigned char)scan_peek(scanner, 0)) || scan_peek(scanner, 0) == '_')
            scan_copy(scanner, 1);
    else
        scan_copy(scanner, 1);
    if (scan_at_hole(scanner))
        scan_refused(scanner, fault_name);
    if (scan_peek(scanner, 0) == '[') {
        scan_copy(scanner, 1);
        scan_arithmetic(scanner, ']');
    }
}

static void scan_braces(struct scanner *scanner, enum mode mode)
{
    char operation, next;

    scan_copy(scanner, 2);
    scan_name(scanner);
    operation = scan_peek(scanner, 0);
    next = scan_peek(scanner, 1);
    if (operation == ':' && next && strchr("-=?+", next)) {
        scan_copy(scanner, 2);
        scan_word(scanner, mode);
    } else if (operation == ':') {
        scan_restricted(scanner, NULL, true, mode);
    } else if (operation && strchr("-=?+", operation)) {
        scan_copy(scanner, 1);
        scan_word(scanner, mode);
    } else if (operation && strchr("#%", operation)) {
        /* A value would be a pattern there, unless it is quoted: also inside double quotes. */
        scan_restricted(scanner, mode == MODE_HERE ? fault_expansion : NULL, false, MODE_COMMAND);
    } else {
        scan_restricted(scanner, fault_expansion, false, mode);
    }
    scan_copy(scanner, 1);
}

/* --- $ --- */

/* Shells without $'…' see a $ and then '…'; they end it elsewhere when it has \' in it. */
static void scan_ansi(struct scanner *scanner)
{
    const char *end = scanner->at + 2;
    bool is_ambiguous = false;

    while (end < scanner->end && *end != '\'') {
        is_ambiguous = is_ambiguous || (*end == '\\' && end + 1 < scanner->end && end[1] == '\'');
        end += *end == '\\' && end + 1 < scanner->end ? 2 : 1;
    }
    scan_refusing(scanner, end < scanner->end ? end + 1 : end, fault_ansi);
    if (is_ambiguous)
        scanner->lost = lost_ansi;
}

static void scan_dollar(struct scanner *scanner, enum mode mode)
{
    char next = scan_peek(scanner, 1);

    if (!scan_enter(scanner))
        return;

    if (next == HOLE_OPEN) {
        scan_copy(scanner, 1);
        scan_refused(scanner, fault_dollar);
    } else if (next == '(' && scan_peek(scanner, 2) == '(' && scan_is_arithmetic(scanner, scanner->at + 3)) {
        scan_copy(scanner, 3);
        scan_arithmetic(scanner, ')');
    } else if (next == '(') {
        scan_copy(scanner, 2);
        scan_command(scanner, ')');
        scan_copy(scanner, 1);
    } else if (next == '{') {
        scan_braces(scanner, mode);
    } else if (next == '[') {
        scan_copy(scanner, 2);
        scan_arithmetic(scanner, ']');
    } else if (next == '\'' && mode == MODE_COMMAND) {
        scan_ansi(scanner);
    } else {
        /* $x, $$, $#; a quote or another $ begins something of its own */
        scan_copy(scanner, next && strchr("$#?!@*-", next) ? 2 : 1);
    }
    scanner->depth--;
}
