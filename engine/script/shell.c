/* shell: the script of a `run` step. Its ${{ }} become environment variables, or the author is told why not.
 */
#include "script/compile.h"
#include "script/quote.h"

#include <string.h>

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

/* Is this a shell whose grammar we know? `ret_name` is what to call it otherwise. */
static bool is_posix(const struct step *step, const char **ret_name)
{
    static const char *const names[] = {"sh", "bash", "dash", "ash", "ksh", "mksh", "zsh"};
    const char *name = step && step->shell.len ? base_name(step->shell.items[0]) : "sh";

    if (strcmp(name, "env") == 0 && step->shell.len > 1)
        name = base_name(step->shell.items[1]);
    *ret_name = name;
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

/* The script as one text, with numbered holes. */
static void put_together(const struct template *tmpl, struct text *text)
{
    int hole = 0;

    for (size_t i = 0; i < tmpl->len; i++) {
        const struct template *item = tmpl->items[i];

        if (item->type == TEMPLATE_CONST)
            text_add(text, json_string_value(item->constant), json_string_length(item->constant));
        else
            text_printf(text, "%c%d%c", HOLE_OPEN, ++hole, HOLE_CLOSE);
    }
}

void shell_arguments(const struct template *tmpl, bool *ret_is_argument)
{
    struct hole *holes autofree = mem_alloc((tmpl->len + 1) * sizeof(*holes));
    struct text text autotext = {0}, quoted autotext = {0};
    size_t hole = 0;

    put_together(tmpl, &text);
    quote_script(text_str(&text), text.len, holes, &quoted);
    for (size_t i = 0; i < tmpl->len; i++)
        ret_is_argument[i] = tmpl->items[i]->type == TEMPLATE_EXPR && holes[hole++].is_argument;
}

static void report(const struct hole *hole, const struct expr *expr, struct diags *diags)
{
    struct diag *diag;

    if (hole->fault) {
        diag = diag_error(
            diags, expr->pos, "unsafe-interpolation", "no value can be put here safely: %s", hole->fault);
        diag_hint(
            diags, diag, "give it to the step with env: {NAME: \"${{ %s }}\"} and write $NAME", expr->text);
    } else if (hole->warning) {
        diag = diag_warning(diags, expr->pos, "unsafe-interpolation", "%s", hole->warning->text);
        diag_hint(diags, diag, "%s", hole->warning->hint);
    }
}

static void refuse_all(const struct template *tmpl, const char *name, struct diags *diags)
{
    for (size_t i = 0; i < tmpl->len; i++) {
        struct diag *diag;

        if (tmpl->items[i]->type != TEMPLATE_EXPR)
            continue;
        diag = diag_error(diags, tmpl->items[i]->expr->pos, "unsafe-interpolation",
            "no value can be put safely into a script for \"%s\", which is not a POSIX shell", name);
        diag_hint(diags, diag,
            "give it to the step with env: {NAME: \"${{ %s }}\"} and read NAME from the environment",
            tmpl->items[i]->expr->text);
    }
}

void shell_compile(
    struct script *script, struct template *tmpl, const struct place *place, struct diags *diags)
{
    struct hole *holes autofree = mem_alloc((tmpl->len + 1) * sizeof(*holes));
    struct text text autotext = {0}, quoted autotext = {0};
    const struct hole *hole = holes;
    const char *name;

    if (!is_posix(place->step, &name)) {
        refuse_all(tmpl, name, diags);
        return;
    }
    put_together(tmpl, &text);
    quote_script(text_str(&text), text.len, holes, &quoted);
    for (size_t i = 0; i < tmpl->len; i++) {
        const struct expr *expr = tmpl->items[i]->expr;

        if (tmpl->items[i]->type != TEMPLATE_EXPR)
            continue;
        report(hole, expr, diags);
        if (expr->slot > 0)
            script->slots[expr->slot].use = hole->use;
        hole++;
    }
    tmpl->shell = document_own(place->document, json_stringn(text_str(&quoted), quoted.len));
}
