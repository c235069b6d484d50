#include "load/syntax.h"

#include <string.h>

/* What libyaml says, what we say, and what usually helps. The first row whose `problem` and `context` are
 * contained in libyaml's texts applies. */
static const struct wording {
    const char *problem, *context, *text, *hint;
} wordings[] = {
    {"mapping values are not allowed", "", "a \":\" is not allowed here",
        "put a text that contains \": \" in quotes; or this line is indented further than the key before it"},
    {"could not find expected ':'", "", "this line is not a \"key: value\"",
        "a key needs a colon and a space after it; a longer text needs quotes, or \"|\" after its key"},
    {"did not find expected '-' indicator", "",
        "this line belongs neither to the list above nor to an item of it",
        "every item of a list begins with \"- \" in the same column"},
    {"block sequence entries are not allowed", "", "a list item is not allowed here",
        "begin the list on the line after its key"},
    {"did not find expected key", "flow", "this is not a key of the { } it stands in", "put it in quotes"},
    {"did not find expected key", "", "this line does not belong to the mapping around it",
        "keys of one mapping begin in the same column; a text after a closing quote is not allowed"},
    {"did not find expected ',' or ']'", "", "the list in [ ] is not closed or lacks a comma",
        "inside [ ] put texts with ${{ }}, commas or brackets in quotes"},
    {"did not find expected ',' or '}'", "", "the mapping in { } is not closed or lacks a comma",
        "inside { } put texts with ${{ }}, commas or brackets in quotes; so also a value that begins with {"},
    {"found unexpected end of stream", "quoted", "a quote is opened and never closed", NULL},
    {"found unexpected document indicator", "quoted", "a quote is opened and never closed", NULL},
    {"found unknown escape character", "", "an unknown escape in a text in double quotes",
        "write \\\\ for a backslash, or use single quotes, where it needs no escape"},
    {"found a tab character where an indentation space is expected", "", "a tab is used as indentation",
        "indent with spaces"},
    {"found a tab character that violates indentation", "", "a tab is used as indentation",
        "indent with spaces"},
    {"did not find expected alphabetic or numeric character", "alias",
        "\"*\" must be followed by the name of an anchor", "put a text that begins with \"*\" in quotes"},
    {"did not find expected alphabetic or numeric character", "anchor", "\"&\" must be followed by a name",
        "put a text that begins with \"&\" in quotes"},
    {"did not find expected <document start>", "", "text after the end of the document",
        "everything belongs to one mapping that begins in column 1"},
    {"could not determine", "", "what follows is not valid YAML", NULL},
    {"did not find expected node content", "", "a value is missing here",
        "put a text that begins with a special character in quotes"},
    {"did not find expected comment or line break", "",
        "only a comment may follow \"|\" or \">\" on its line", "put the text on the lines below, indented"},
    {"control characters are not allowed", "", "a control character",
        "write it as an escape in double quotes: \"\\x1b\""},
    {"found incompatible YAML document", "", "this version of YAML is not supported",
        "leave out the %YAML line"},
};

struct pos syntax_pos_of(const struct source *source, const char *text, size_t offset)
{
    struct pos pos = {source, 1, 1, 1};

    for (size_t i = 0; i < offset; i++) {
        if (text[i] == '\n' || (text[i] == '\r' && text[i + 1] != '\n')) {
            pos.line++;
            pos.column = 1;
        } else if (((unsigned char)text[i] & 0xC0) != 0x80 && text[i] != '\r') {
            pos.column++;
        }
    }
    return pos;
}

static struct pos pos_of_mark(const struct tree *tree, yaml_mark_t mark)
{
    return (struct pos){tree->source, (uint32_t)mark.line + 1, (uint32_t)mark.column + 1, 1};
}

/* The character at a mark, which counts characters and not bytes. */
static char char_at(const char *text, size_t len, yaml_mark_t mark)
{
    size_t at = 0;

    for (size_t left = mark.index; left && at < len; left--)
        for (at++; at < len && ((unsigned char)text[at] & 0xC0) == 0x80; at++)
            ;
    return at < len ? text[at] : '\0';
}

/* "found character that cannot start any token" has a different cause for each character. */
static void report_character(struct tree *tree, struct pos pos, char c)
{
    struct diag *diag;

    if (c == '\t') {
        diag = diag_error(tree->diags, pos, "syntax", "a tab is used as indentation");
        diag_hint(tree->diags, diag, "indent with spaces");
    } else {
        diag = diag_error(tree->diags, pos, "syntax", "a text may not begin with \"%c\"", c);
        diag_hint(tree->diags, diag, "put it in quotes");
    }
}

static const struct wording *find_wording(const char *problem, const char *context)
{
    for (size_t i = 0; i < sizeof(wordings) / sizeof(*wordings); i++)
        if (strstr(problem, wordings[i].problem) && strstr(context, wordings[i].context))
            return &wordings[i];
    return NULL;
}

static void report_parser(struct tree *tree, const yaml_parser_t *parser)
{
    const char *problem = parser->problem ? parser->problem : "unreadable YAML";
    const char *context = parser->context ? parser->context : "";
    const struct wording *wording = find_wording(problem, context);
    struct pos pos = pos_of_mark(tree, parser->problem_mark);
    struct diag *diag;

    /* What was opened is more use than where the file ended. */
    if (wording && strcmp(wording->context, "quoted") == 0)
        pos = pos_of_mark(tree, parser->context_mark);
    if (wording)
        diag = diag_error(tree->diags, pos, "syntax", "%s", wording->text);
    else
        diag = diag_error(tree->diags, pos, "syntax", "%s%s%s", problem, *context ? " " : "", context);
    if (wording && wording->hint)
        diag_hint(tree->diags, diag, "%s", wording->hint);
    else if (wording)
        diag_hint(tree->diags, diag, "close it on the same line, or write the text below \"|\"");
}

void syntax_report(struct tree *tree, const yaml_parser_t *parser, const char *text, size_t len)
{
    if (parser->error == YAML_READER_ERROR) {
        const struct wording *wording = find_wording(parser->problem, "");
        size_t offset = parser->problem_offset < len ? parser->problem_offset : len;
        struct diag *diag = diag_error(tree->diags, syntax_pos_of(tree->source, text, offset), "syntax", "%s",
            wording ? wording->text : parser->problem);

        if (wording && wording->hint)
            diag_hint(tree->diags, diag, "%s", wording->hint);
    } else if (parser->problem && strstr(parser->problem, "cannot start any token")) {
        report_character(
            tree, pos_of_mark(tree, parser->problem_mark), char_at(text, len, parser->problem_mark));
    } else {
        report_parser(tree, parser);
    }
}
