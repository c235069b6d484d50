/* quote: the grammar of POSIX shells, as far as quoting depends on it (XCU 2.2, 2.3, 2.6, 2.7.4), with what
 * bash adds.
 *
 * One function per context; each copies its part of the script and hands over at the characters that open
 * another:
 *
 *     command   '…'  "…"  `…`  $(…)  ${…}  $((…))  ((…))  # comment  << here-document
 *     double    `…`  $(…)  ${…}  $((…))
 *     here      as double
 *     braces    the word after :- = ? + # % in ${name…}
 */
#include "script/quote.h"
#include "base/mem.h"

#include <ctype.h>
#include <string.h>

enum mode { MODE_COMMAND, MODE_DOUBLE, MODE_HERE };
enum form { FORM_WORD, FORM_INSIDE, FORM_SINGLE, FORM_DROPPED };

struct scanner {
    const char *at, *end;
    struct text *out;
    struct hole *holes;
    bool integers;       /* what stands here is calculated with */
    const char *fault;   /* no hole may stand here */
    const char *lost;    /* nor anywhere after */
    const char *warning; /* of the command being read */
};

static const char fault_backslash[] = "a backslash stands before it";
static const char fault_dollar[] = "a $ stands before it";
static const char fault_name[] = "it stands for the name of a variable";
static const char fault_ansi[] = "it stands in $'…', where no variable is seen";
static const char fault_here[] =
    "it stands in a here-document whose end is quoted, where no variable is seen";
static const char fault_end[] = "it stands in the end mark of a here-document";
static const char fault_expansion[] =
    "it stands in an expansion where a value could be taken for more than text";
static const char fault_quotes[] = "it stands in quotes inside quotes, which shells read differently";
static const char fault_open[] = "a quote before it is not closed";
static const char lost_ansi[] = "a $'…' before it has \\' in it, which shells read differently";
static const char lost_joined[] = "the end mark of a here-document before it is joined to the line above";
static const char warn_eval[] = "eval makes program text of this value";
static const char warn_inner[] = "the inner shell takes this value for program text";

static void scan_command(struct scanner *scanner, char closer);
static void scan_dollar(struct scanner *scanner, enum mode mode);
static void scan_backquote(struct scanner *scanner, enum mode mode);

static bool at_hole(const struct scanner *scanner)
{
    return scanner->at < scanner->end && *scanner->at == HOLE_OPEN;
}

static char peek(const struct scanner *scanner, size_t ahead)
{
    return (size_t)(scanner->end - scanner->at) > ahead ? scanner->at[ahead] : '\0';
}

static void copy(struct scanner *scanner, size_t len)
{
    size_t left = (size_t)(scanner->end - scanner->at);

    len = len < left ? len : left;
    text_add(scanner->out, scanner->at, len);
    scanner->at += len;
}

static void take_hole(struct scanner *scanner, enum form form)
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
    if (form == FORM_WORD)
        text_printf(scanner->out, "\"${RB_%d}\"", number);
    else if (form == FORM_INSIDE)
        text_printf(scanner->out, "${RB_%d}", number);
    else
        text_printf(scanner->out, "'\"${RB_%d}\"'", number);
}

static void refuse_hole(struct scanner *scanner, const char *fault)
{
    const char *saved = scanner->fault;

    scanner->fault = fault;
    take_hole(scanner, FORM_INSIDE);
    scanner->fault = saved;
}

/* Copy up to `end`, refusing every hole on the way. */
static void copy_refusing(struct scanner *scanner, const char *end, const char *fault)
{
    while (scanner->at < end) {
        if (at_hole(scanner))
            refuse_hole(scanner, fault);
        else
            copy(scanner, 1);
    }
}

static void scan_backslash(struct scanner *scanner)
{
    copy(scanner, 1);
    if (at_hole(scanner))
        refuse_hole(scanner, fault_backslash);
    else
        copy(scanner, 1);
}

static void scan_single(struct scanner *scanner)
{
    copy(scanner, 1);
    while (scanner->at < scanner->end && *scanner->at != '\'') {
        if (at_hole(scanner))
            take_hole(scanner, FORM_SINGLE);
        else
            copy(scanner, 1);
    }
    copy(scanner, 1);
}

/* What double quotes and here-documents have in common. */
static void scan_quoted(struct scanner *scanner, enum mode mode)
{
    if (at_hole(scanner))
        take_hole(scanner, FORM_INSIDE);
    else if (*scanner->at == '\\')
        scan_backslash(scanner);
    else if (*scanner->at == '$')
        scan_dollar(scanner, mode);
    else if (*scanner->at == '`')
        scan_backquote(scanner, mode);
    else
        copy(scanner, 1);
}

static void scan_double(struct scanner *scanner)
{
    copy(scanner, 1);
    while (scanner->at < scanner->end && *scanner->at != '"')
        scan_quoted(scanner, MODE_DOUBLE);
    copy(scanner, 1);
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

    if (!end) {
        copy_refusing(scanner, scanner->end, fault_open);
        return;
    }
    if (mode == MODE_HERE && memmem(scanner->at, (size_t)(end - scanner->at), "\\\"", 2)) {
        copy_refusing(scanner, end + 1, fault_quotes);
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

/* `at` is after "((": is the end "))", or is this a subshell in a command? */
static bool is_arithmetic(const char *at, const char *end)
{
    int depth = 0;

    for (; at < end; at++) {
        if (*at == '\\')
            at++;
        else if (*at == '(')
            depth++;
        else if (*at == ')' && depth-- == 0)
            return at + 1 < end && at[1] == ')';
    }
    return false;
}

/* Up to and with `closer`, which is ")" of "))", or "]". Shells calculate with what they find in a variable:
 * a value such as a[$(reboot)] would be carried out, so only integers may stand here, however deep. */
static void scan_arithmetic(struct scanner *scanner, char closer)
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
    copy(scanner, closer == ')' ? 2 : 1);
    scanner->integers = saved;
}

/* --- ${ } --- */

/* The word after an operator, up to the brace. In double quotes ' is a letter. */
static void scan_word(struct scanner *scanner, enum mode mode)
{
    while (scanner->at < scanner->end && *scanner->at != '}') {
        if (at_hole(scanner)) {
            take_hole(scanner, mode == MODE_COMMAND ? FORM_WORD : FORM_INSIDE);
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
    if (strchr("#!", peek(scanner, 0)) && peek(scanner, 1) != '}')
        copy(scanner, 1);
    if (at_hole(scanner))
        refuse_hole(scanner, fault_name);
    else if (isalnum((unsigned char)peek(scanner, 0)) || peek(scanner, 0) == '_')
        while (isalnum((unsigned char)peek(scanner, 0)) || peek(scanner, 0) == '_')
            copy(scanner, 1);
    else
        copy(scanner, 1);
    if (at_hole(scanner))
        refuse_hole(scanner, fault_name);
    if (peek(scanner, 0) == '[') {
        copy(scanner, 1);
        scan_arithmetic(scanner, ']');
    }
}

static void scan_braces(struct scanner *scanner, enum mode mode)
{
    char operation, next;

    copy(scanner, 2);
    scan_name(scanner);
    operation = peek(scanner, 0);
    next = peek(scanner, 1);
    if (operation == ':' && next && strchr("-=?+", next)) {
        copy(scanner, 2);
        scan_word(scanner, mode);
    } else if (operation == ':') {
        scan_restricted(scanner, NULL, true, mode);
    } else if (operation && strchr("-=?+", operation)) {
        copy(scanner, 1);
        scan_word(scanner, mode);
    } else if (operation && strchr("#%", operation)) {
        /* A value would be a pattern there, unless it is quoted: also inside double quotes. */
        scan_restricted(scanner, mode == MODE_HERE ? fault_expansion : NULL, false, MODE_COMMAND);
    } else {
        scan_restricted(scanner, fault_expansion, false, mode);
    }
    copy(scanner, 1);
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
    copy_refusing(scanner, end < scanner->end ? end + 1 : end, fault_ansi);
    if (is_ambiguous)
        scanner->lost = lost_ansi;
}

static void scan_dollar(struct scanner *scanner, enum mode mode)
{
    char next = peek(scanner, 1);

    if (next == HOLE_OPEN) {
        copy(scanner, 1);
        refuse_hole(scanner, fault_dollar);
    } else if (next == '(' && peek(scanner, 2) == '(' && is_arithmetic(scanner->at + 3, scanner->end)) {
        copy(scanner, 3);
        scan_arithmetic(scanner, ')');
    } else if (next == '(') {
        copy(scanner, 2);
        scan_command(scanner, ')');
        copy(scanner, 1);
    } else if (next == '{') {
        scan_braces(scanner, mode);
    } else if (next == '[') {
        copy(scanner, 2);
        scan_arithmetic(scanner, ']');
    } else if (next == '\'' && mode == MODE_COMMAND) {
        scan_ansi(scanner);
    } else {
        /* $x, $$, $#; a quote or another $ begins something of its own */
        copy(scanner, next && strchr("$#?!@*-", next) ? 2 : 1);
    }
}

/* --- << --- */

struct here {
    struct text end;
    bool is_quoted, has_tabs;
};

/* What is open while commands are read. */
struct commands {
    struct here *here; /* whose bodies begin at the next end of line */
    size_t here_count, here_cap;
    struct text nest;     /* '(' and, for case … esac, 'c' */
    const char *word;     /* where the word being read began, or NULL between words */
    const char *previous; /* the word before */
    size_t previous_len;
    bool is_command; /* the next word names a command */
    bool is_let, is_test;
};

static void scan_here_start(struct scanner *scanner, struct commands *commands)
{
    struct here *here;

    commands->here =
        mem_grow(commands->here, commands->here_count, &commands->here_cap, sizeof(*commands->here));
    here = &commands->here[commands->here_count++];
    *here = (struct here){0};
    copy(scanner, 2);
    if (peek(scanner, 0) == '-') {
        here->has_tabs = true;
        copy(scanner, 1);
    }
    while (peek(scanner, 0) == ' ' || peek(scanner, 0) == '\t')
        copy(scanner, 1);
    while (scanner->at < scanner->end && !strchr(" \t\n;&|()<>", *scanner->at)) {
        if (at_hole(scanner)) {
            refuse_hole(scanner, fault_end);
            continue;
        }
        if (strchr("'\"\\", *scanner->at))
            here->is_quoted = true;
        else
            text_putc(&here->end, *scanner->at);
        copy(scanner, 1);
    }
}

static bool is_end_line(const struct here *here, const char *line, size_t len)
{
    while (here->has_tabs && len && *line == '\t') {
        line++;
        len--;
    }
    return len == here->end.len && memcmp(line, text_str(&here->end), len) == 0;
}

/* Where the body ends: at the line that ends it, or at the end of all. */
static const char *end_of_here(struct scanner *scanner, const struct here *here)
{
    const char *line = scanner->at;
    bool is_continued = false;

    while (line < scanner->end) {
        const char *stop = memchr(line, '\n', (size_t)(scanner->end - line)), *last;

        stop = stop ? stop : scanner->end;
        if (is_end_line(here, line, (size_t)(stop - line))) {
            if (!is_continued)
                return line;
            scanner->lost = lost_joined;
        }
        for (last = stop; last > line && last[-1] == '\\'; last--)
            ;
        is_continued = !here->is_quoted && (stop - last) % 2 == 1;
        line = stop < scanner->end ? stop + 1 : stop;
    }
    return scanner->end;
}

static void scan_here_body(struct scanner *scanner, struct here *here)
{
    const char *end = end_of_here(scanner, here), *all = scanner->end;

    if (here->is_quoted) {
        copy_refusing(scanner, end, fault_here);
    } else {
        scanner->end = end;
        while (scanner->at < end)
            scan_quoted(scanner, MODE_HERE);
        scanner->end = all;
    }
    while (scanner->at < scanner->end && *scanner->at != '\n')
        copy(scanner, 1);
    copy(scanner, 1);
    text_fini(&here->end);
}

/* --- commands --- */

static bool is_word(const char *word, size_t len, const char *const *list)
{
    for (; *list; list++)
        if (strlen(*list) == len && memcmp(*list, word, len) == 0)
            return true;
    return false;
}

static char nest_top(const struct commands *commands)
{
    return commands->nest.len ? commands->nest.ptr[commands->nest.len - 1] : '\0';
}

static void nest_pop(struct commands *commands)
{
    if (commands->nest.len)
        commands->nest.ptr[--commands->nest.len] = '\0';
}

static size_t name_length(const char *word, const char *end)
{
    const char *at = word;

    if (at < end && isdigit((unsigned char)*at))
        return 0;
    while (at < end && (isalnum((unsigned char)*at) || *at == '_'))
        at++;
    return (size_t)(at - word);
}

static bool is_assignment(const char *word, const char *end)
{
    size_t len = name_length(word, end);

    return len && word + len < end && (word[len] == '=' || word[len] == '[' || word[len] == '+');
}

/* In a[…: bash calculates with what stands there. */
static bool in_subscript(const struct commands *commands, const char *at)
{
    size_t len = commands->word ? name_length(commands->word, at) : 0;

    return len && commands->word + len < at && commands->word[len] == '[' &&
           !memchr(commands->word + len, ']', (size_t)(at - commands->word) - len);
}

static const char *base_name(const char *word, size_t *len)
{
    const char *slash = memrchr(word, '/', *len);

    if (!slash)
        return word;
    *len -= (size_t)(slash + 1 - word);
    return slash + 1;
}

/* sh -c, su -c and the like take the next word for a program. */
static bool runs_inner_shell(const struct commands *commands, size_t len)
{
    static const char *const shells[] = {"sh", "bash", "dash", "ksh", "zsh", "ash", "su", NULL};
    static const char *const options[] = {"-c", "-ec", "-lc", "-xc", "-euc", "-exc", NULL};
    size_t previous_len = commands->previous_len;
    const char *name = commands->previous ? base_name(commands->previous, &previous_len) : NULL;

    return name && is_word(commands->word, len, options) && is_word(name, previous_len, shells);
}

/* [[ a -eq b ]] calculates with both, quoted or not. */
static bool compares_numbers(const char *at, const char *end)
{
    static const char *const operations[] = {" -eq ", " -ne ", " -lt ", " -le ", " -gt ", " -ge "};
    const char *stop = memmem(at, (size_t)(end - at), "]]", 2);

    stop = stop ? stop : end;
    for (size_t i = 0; i < sizeof(operations) / sizeof(*operations); i++)
        if (memmem(at, (size_t)(stop - at), operations[i], 5))
            return true;
    return false;
}

static void end_command_word(struct scanner *scanner, struct commands *commands, size_t len)
{
    static const char *const before_command[] = {
        "if", "then", "else", "elif", "do", "while", "until", "!", "{", "time", NULL};
    static const char *const case_[] = {"case", NULL}, *const esac[] = {"esac", NULL},
                             *const let[] = {"let", NULL}, *const test[] = {"[[", NULL},
                             *const eval[] = {"eval", NULL};
    const char *word = commands->word;

    if (is_word(word, len, before_command) || is_assignment(word, word + len))
        return;
    commands->is_command = false;
    if (is_word(word, len, case_) && peek(scanner, 0) != ')')
        text_putc(&commands->nest, 'c');
    else if (is_word(word, len, esac) && nest_top(commands) == 'c')
        nest_pop(commands);
    else if (is_word(word, len, let))
        commands->is_let = true;
    else if (is_word(word, len, test))
        commands->is_test = compares_numbers(scanner->at, scanner->end);
    else if (is_word(word, len, eval))
        scanner->warning = warn_eval;
}

static void end_word(struct scanner *scanner, struct commands *commands)
{
    static const char *const in[] = {"in", NULL}, *const test_end[] = {"]]", NULL};
    size_t len = commands->word ? (size_t)(scanner->at - commands->word) : 0;

    if (!commands->word)
        return;
    if (is_word(commands->word, len, test_end))
        commands->is_test = false;
    if (runs_inner_shell(commands, len))
        scanner->warning = warn_inner;
    if (commands->is_command)
        end_command_word(scanner, commands, len);
    else if (nest_top(commands) == 'c' && is_word(commands->word, len, in))
        commands->is_command = true; /* esac may follow */
    commands->previous = commands->word;
    commands->previous_len = len;
    commands->word = NULL;
}

static void end_command(struct scanner *scanner, struct commands *commands)
{
    end_word(scanner, commands);
    commands->is_command = true;
    commands->is_let = commands->is_test = false;
    commands->previous = NULL;
    scanner->warning = NULL;
}

static void scan_comment(struct scanner *scanner)
{
    while (scanner->at < scanner->end && *scanner->at != '\n') {
        if (at_hole(scanner))
            take_hole(scanner, FORM_DROPPED);
        else
            copy(scanner, 1);
    }
}

static void scan_newline(struct scanner *scanner, struct commands *commands)
{
    end_command(scanner, commands);
    copy(scanner, 1);
    for (size_t i = 0; i < commands->here_count; i++)
        scan_here_body(scanner, &commands->here[i]);
    commands->here_count = 0;
}

/* A part of a word. */
static void scan_word_part(struct scanner *scanner, struct commands *commands)
{
    bool saved = scanner->integers;

    if (!commands->word)
        commands->word = scanner->at;
    scanner->integers = saved || commands->is_let || commands->is_test || in_subscript(commands, scanner->at);
    if (at_hole(scanner))
        take_hole(scanner, FORM_WORD);
    else if (*scanner->at == '\'')
        scan_single(scanner);
    else if (*scanner->at == '"')
        scan_double(scanner);
    else
        scan_quoted(scanner, MODE_COMMAND);
    scanner->integers = saved;
}

static void scan_open(struct scanner *scanner, struct commands *commands)
{
    bool is_start = !commands->word;

    if (is_start && peek(scanner, 1) == '(' && is_arithmetic(scanner->at + 2, scanner->end)) {
        copy(scanner, 2);
        scan_arithmetic(scanner, ')');
        return;
    }
    end_command(scanner, commands);
    text_putc(&commands->nest, '(');
    copy(scanner, 1);
}

/* True when it closes what we are in. */
static bool scan_close(struct scanner *scanner, struct commands *commands, char closer)
{
    end_command(scanner, commands);
    if (!commands->nest.len && closer == ')')
        return true;
    if (nest_top(commands) == '(')
        nest_pop(commands);
    copy(scanner, 1);
    return false;
}

static void scan_redirection(struct scanner *scanner, struct commands *commands)
{
    bool was_command = commands->is_command;

    end_word(scanner, commands);
    commands->is_command = was_command && commands->is_command;
    if (peek(scanner, 0) == '<' && peek(scanner, 1) == '<' && peek(scanner, 2) != '<') {
        scan_here_start(scanner, commands);
        return;
    }
    while (peek(scanner, 0) == '<' || peek(scanner, 0) == '>')
        copy(scanner, 1);
    if (peek(scanner, 0) == '&' || peek(scanner, 0) == '|')
        copy(scanner, 1);
}

static void scan_command(struct scanner *scanner, char closer)
{
    struct commands commands = {.is_command = true};
    const char *warning = scanner->warning;

    while (scanner->at < scanner->end) {
        char c = *scanner->at;

        if (c == '#' && !commands.word)
            scan_comment(scanner);
        else if (c == '\n')
            scan_newline(scanner, &commands);
        else if (c == '<' || c == '>')
            scan_redirection(scanner, &commands);
        else if (c == '(')
            scan_open(scanner, &commands);
        else if (c == ')' && scan_close(scanner, &commands, closer))
            break;
        else if (c == ')')
            continue;
        else if (c == ';' || c == '&' || c == '|') {
            end_command(scanner, &commands);
            copy(scanner, 1);
        } else if (c == ' ' || c == '\t') {
            end_word(scanner, &commands);
            copy(scanner, 1);
        } else {
            scan_word_part(scanner, &commands);
        }
    }
    for (size_t i = 0; i < commands.here_count; i++)
        text_fini(&commands.here[i].end);
    free(commands.here);
    text_fini(&commands.nest);
    scanner->warning = warning;
}

void quote_script(const char *text, size_t len, struct hole *holes, struct text *out)
{
    struct scanner scanner = {.at = text, .end = text + len, .out = out, .holes = holes};

    scan_command(&scanner, '\0');
}
