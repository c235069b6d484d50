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
 *
 * What a command does with an argument is not known here. eval, sh -c and su -c are warned of; that ssh or
 * xargs hand their arguments to another shell is for the author to know.
 */
#include "script/scan.h"
#include "base/mem.h"

#include <ctype.h>
#include <string.h>

static const char fault_here[] =
    "it stands in a here-document whose end is quoted, where no variable is seen";
static const char fault_end[] = "it stands in the end mark of a here-document";
static const char lost_joined[] = "the end mark of a here-document before it is joined to the line above";
static const struct quote_warning warn_eval = {
    "eval makes program text of this value", "leave eval out, or make sure of the value before"};
static const struct quote_warning warn_inner = {"the inner shell takes this value for program text",
    "hand it over as an argument: sh -c '… \"$1\" …' sh \"${{ … }}\""};

/* --- here-documents --- */

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
    bool runs_program;                       /* the command is none of the shell's own */
    bool is_target;                          /* the next word is that of a redirection */
    enum { NAME, SUBSCRIPT, OTHER } in_word; /* what of name[…]= has been read */
};

static void scan_here_start(struct scanner *scanner, struct commands *commands)
{
    struct here *here;

    commands->here =
        mem_grow(commands->here, commands->here_count, &commands->here_cap, sizeof(*commands->here));
    here = &commands->here[commands->here_count++];
    *here = (struct here){0};
    scan_copy(scanner, 2);
    if (scan_peek(scanner, 0) == '-') {
        here->has_tabs = true;
        scan_copy(scanner, 1);
    }
    while (scan_peek(scanner, 0) == ' ' || scan_peek(scanner, 0) == '\t')
        scan_copy(scanner, 1);
    while (scanner->at < scanner->end && !strchr(" \t\n;&|()<>", *scanner->at)) {
        if (scan_at_hole(scanner)) {
            scan_refused(scanner, fault_end);
            continue;
        }
        if (strchr("'\"\\", *scanner->at))
            here->is_quoted = true;
        else
            text_putc(&here->end, *scanner->at);
        scan_copy(scanner, 1);
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

    scan_afford(scanner, (size_t)(end - scanner->at));
    if (here->is_quoted) {
        scan_refusing(scanner, end, fault_here);
    } else {
        scanner->end = end;
        while (scanner->at < end)
            scan_quoted(scanner, MODE_HERE);
        scanner->end = all;
    }
    while (scanner->at < scanner->end && *scanner->at != '\n')
        scan_copy(scanner, 1);
    scan_copy(scanner, 1);
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
static bool compares_numbers(struct scanner *scanner)
{
    static const char *const comparisons[] = {"-eq", "-ne", "-lt", "-le", "-gt", "-ge"};
    const char *at = scanner->at, *stop = memmem(at, (size_t)(scanner->end - at), "]]", 2);

    stop = stop ? stop : scanner->end;
    if (scanner->lost || !scan_afford(scanner, (size_t)(stop - at)))
        return true;
    for (size_t i = 0; i < sizeof(comparisons) / sizeof(*comparisons); i++)
        if (memmem(at, (size_t)(stop - at), comparisons[i], 3))
            return true;
    return false;
}

/* The shell carries these out itself: nobody else sees their arguments. */
static bool is_builtin(const char *word, size_t len)
{
    static const char *const names[] = {"echo", "printf", "test", "[", "[[", ":", "true", "false", "export",
        "local", "readonly", "declare", "typeset", "set", "read", "return", "exit", "case", "for", "in",
        "let", "cd", "eval", "esac", "unset", "shift", "trap", "mapfile", NULL};

    return is_word(word, len, names);
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
    commands->runs_program = !is_builtin(word, len);
    if (is_word(word, len, case_) && scan_peek(scanner, 0) != ')')
        text_putc(&commands->nest, 'c');
    else if (is_word(word, len, esac) && nest_top(commands) == 'c')
        nest_pop(commands);
    else if (is_word(word, len, let))
        commands->is_let = true;
    else if (is_word(word, len, test))
        commands->is_test = compares_numbers(scanner);
    else if (is_word(word, len, eval))
        scanner->warning = &warn_eval;
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
        scanner->warning = &warn_inner;
    if (commands->is_command)
        end_command_word(scanner, commands, len);
    else if (nest_top(commands) == 'c' && is_word(commands->word, len, in))
        commands->is_command = true; /* esac may follow */
    commands->previous = commands->word;
    commands->previous_len = len;
    commands->word = NULL;
    commands->is_target = false;
}

static void end_command(struct scanner *scanner, struct commands *commands)
{
    end_word(scanner, commands);
    commands->is_command = true;
    commands->is_let = commands->is_test = commands->runs_program = commands->is_target = false;
    commands->previous = NULL;
    scanner->warning = NULL;
}

static void scan_comment(struct scanner *scanner)
{
    while (scanner->at < scanner->end && *scanner->at != '\n') {
        if (scan_at_hole(scanner))
            scan_hole(scanner, FORM_DROPPED);
        else
            scan_copy(scanner, 1);
    }
}

static void scan_newline(struct scanner *scanner, struct commands *commands)
{
    end_command(scanner, commands);
    scan_copy(scanner, 1);
    for (size_t i = 0; i < commands->here_count; i++)
        scan_here_body(scanner, &commands->here[i]);
    commands->here_count = 0;
}

static void read_letter(struct commands *commands, char c)
{
    if (commands->in_word == NAME && c == '[')
        commands->in_word = SUBSCRIPT;
    else if (commands->in_word == NAME && !isalnum((unsigned char)c) && c != '_')
        commands->in_word = OTHER;
    else if (commands->in_word == SUBSCRIPT && c == ']')
        commands->in_word = OTHER;
}

/* A part of a word. In name[…] bash calculates with what stands there. */
static void scan_word_part(struct scanner *scanner, struct commands *commands)
{
    bool saved = scanner->integers, was_argument = scanner->is_argument;
    bool is_letter = !strchr("'\"\\$`\xFF", *scanner->at);

    if (!commands->word) {
        commands->word = scanner->at;
        commands->in_word = *scanner->at == '[' ? OTHER : NAME;
    }
    if (is_letter)
        read_letter(commands, *scanner->at);
    else if (commands->in_word == NAME)
        commands->in_word = OTHER;
    scanner->integers = saved || commands->is_let || commands->is_test || commands->in_word == SUBSCRIPT;
    scanner->is_argument = commands->runs_program && !commands->is_target;
    if (scan_at_hole(scanner))
        scan_hole(scanner, FORM_WORD);
    else if (*scanner->at == '\'')
        scan_single(scanner);
    else if (*scanner->at == '"')
        scan_double(scanner);
    else
        scan_quoted(scanner, MODE_COMMAND);
    scanner->integers = saved;
    scanner->is_argument = was_argument;
}

static void scan_open(struct scanner *scanner, struct commands *commands)
{
    bool is_start = !commands->word;

    if (is_start && scan_peek(scanner, 1) == '(' && scan_is_arithmetic(scanner, scanner->at + 2)) {
        scan_copy(scanner, 2);
        scan_arithmetic(scanner, ')');
        return;
    }
    end_command(scanner, commands);
    text_putc(&commands->nest, '(');
    scan_copy(scanner, 1);
}

/* True when it closes what we are in. */
static bool scan_close(struct scanner *scanner, struct commands *commands, char closer)
{
    end_command(scanner, commands);
    if (!commands->nest.len && closer == ')')
        return true;
    if (nest_top(commands) == '(')
        nest_pop(commands);
    scan_copy(scanner, 1);
    return false;
}

static void scan_redirection(struct scanner *scanner, struct commands *commands)
{
    bool was_command = commands->is_command;

    end_word(scanner, commands);
    commands->is_command = was_command && commands->is_command;
    commands->is_target = true;
    if (scan_peek(scanner, 0) == '<' && scan_peek(scanner, 1) == '<' && scan_peek(scanner, 2) != '<') {
        scan_here_start(scanner, commands);
        commands->is_target = false;
        return;
    }
    while (scan_peek(scanner, 0) == '<' || scan_peek(scanner, 0) == '>')
        scan_copy(scanner, 1);
    if (scan_peek(scanner, 0) == '&' || scan_peek(scanner, 0) == '|')
        scan_copy(scanner, 1);
}

void scan_command(struct scanner *scanner, char closer)
{
    struct commands commands = {.is_command = true};
    const struct quote_warning *warning = scanner->warning;

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
            scan_copy(scanner, 1);
        } else if (c == ' ' || c == '\t') {
            end_word(scanner, &commands);
            scan_copy(scanner, 1);
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
    size_t work = 64 * 1024 * 1024;
    struct scanner scanner = {.at = text, .end = text + len, .out = out, .holes = holes, .work = &work};

    scan_command(&scanner, '\0');
}
