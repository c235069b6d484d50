/* actions_check: every `uses` of a book, held against what the action says of itself. */
#include "script/actions.h"
#include "script/compile.h"
#include "script/mention.h"
#include "script/module.h"
#include "script/natives.h"

#include <ctype.h>
#include <string.h>

struct check {
    struct script *script;
    struct diags *diags;
};

/* One use, and where it stands. */
struct use {
    const struct action *action;
    struct pos pos;              /* of the name of the action */
    const struct template *with; /* or NULL: nothing is given */
};

static const char *line_at(const struct pos *pos)
{
    const char *line = pos->source ? pos->source->text : NULL;

    for (uint32_t i = 1; i < pos->line && line; i++) {
        line = strchr(line, '\n');
        line = line ? line + 1 : NULL;
    }
    return line;
}

/* Where the key stands: behind the beginning of its mapping, which is all that a constant knows. */
static struct pos key_pos(struct pos pos, const char *key)
{
    const char *line = line_at(&pos), *end;
    size_t len = strlen(key);

    for (const char *at = line; at && (at = strstr(at, key)); at += len) {
        bool is_word = at == line || !(isalnum((unsigned char)at[-1]) || strchr("_-.", at[-1]));

        if (!is_word || at[len + strspn(at + len, "\"' ")] != ':')
            continue;
        for (; (end = memchr(line, '\n', (size_t)(at - line))); line = end + 1)
            pos.line++;
        pos.column = (uint32_t)utf8_width(line, (size_t)(at - line)) + 1;
        pos.length = (uint32_t)len;
        return pos;
    }
    return pos;
}

/* Is something given under a name? Its value where that is known before the run, and its place. */
static bool find_given(const struct template *with, const char *name, json_t **ret_value, struct pos *ret_pos)
{
    *ret_value = NULL;
    if (!with)
        return false;
    if (with->type == TEMPLATE_CONST) {
        *ret_value = json_object_get(with->constant, name);
        *ret_pos = key_pos(with->pos, name);
        return *ret_value;
    }
    for (size_t i = 0; with->type == TEMPLATE_MAP && i < with->len; i++) {
        if (strcmp(with->keys[i], name) != 0)
            continue;
        *ret_pos = with->items[i]->pos;
        *ret_value = with->items[i]->type == TEMPLATE_CONST ? with->items[i]->constant : NULL;
        return true;
    }
    return with->type != TEMPLATE_MAP; /* who knows */
}

static void check_unknown(struct check *check, const struct use *use, const char *name)
{
    const struct items *params = &use->action->params;
    struct diag *diag;

    for (size_t i = 0; i < params->len; i++)
        if (strcmp(params->names[i], name) == 0)
            return;
    diag = diag_error(check->diags, key_pos(use->with->pos, name), "unknown-key",
        "%s has no parameter \"%s\"", use->action->name, name);
    diag_did_you_mean(check->diags, diag, name, params->names, params->len);
    if (!diag->hint)
        diag_hint(check->diags, diag, "`runbook actions %s` shows what it takes", use->action->name);
}

static void check_value(struct check *check, const struct param *declared, json_t *value, struct pos pos)
{
    struct param param = *declared;
    struct items one = {.items = (void *[]){&param}, .names = &param.name, .len = 1};
    json_t *given autovalue = NULL;

    if (!value || json_is_null(value))
        return;
    given = json_pack("{s:O}", param.name, value);
    param.pos = pos;
    json_decref(params_check(&one, given, false, check->diags));
}

static void check_param(struct check *check, const struct use *use, const struct param *param)
{
    struct pos pos = use->pos;
    struct diag *diag;
    json_t *value;

    if (find_given(use->with, param->name, &value, &pos)) {
        check_value(check, param, value, pos);
        return;
    }
    if (param->fallback)
        return;
    diag =
        diag_error(check->diags, use->pos, "missing-key", "%s lacks \"%s\"", use->action->name, param->name);
    diag_hint(check->diags, diag, "add with: {%s: …}%s%s", param->name, param->description ? "; " : "",
        param->description ? param->description : "");
}

static void check_with(struct check *check, const struct use *use)
{
    const struct items *params = &use->action->params;
    const struct template *with = use->with;
    const char *key;
    json_t *value;

    if (with && with->type == TEMPLATE_CONST) {
        json_object_foreach(with->constant, key, value) check_unknown(check, use, key);
    }
    for (size_t i = 0; with && with->type == TEMPLATE_MAP && i < with->len; i++)
        check_unknown(check, use, with->keys[i]);
    for (size_t i = 0; i < params->len; i++)
        check_param(check, use, params->items[i]);
}

static const struct action *find(struct check *check, const char *uses, struct pos pos)
{
    struct err err = {0};
    const struct action *action = NULL;
    const char *hint;
    int len;

    if (strchr(uses, '.'))
        action = actions_find(check->script, uses, &err);
    else
        err_set(&err, ERR_INVALID,
            "\"%.64s\" is not the name of an action; it is file.name, such as http.get_json", uses);
    if (action)
        return action;
    hint = strstr(err.text, "; ");
    len = hint ? (int)(hint - err.text) : (int)strlen(err.text);
    diag_hint(check->diags, diag_error(check->diags, pos, "unknown-action", "%.*s", len, err.text), "%s",
        hint ? hint + 2 : "correct the file; `runbook actions` reads it too");
    return NULL;
}

/* --- where actions are used --- */

/* What a step or a channel brings is written down. */
static void refuse_secret(struct check *check, const struct action *action, struct pos pos)
{
    if (!action || !action->is_secret)
        return;
    diag_hint(check->diags,
        diag_error(check->diags, pos, "secret-in-value",
            "%s brings a secret, and what a step brings is written into the journal", action->name),
        "declare it under secrets: {NAME: {uses: %s, with: …}}, and use secrets.NAME", action->name);
}

/* A field of a step's arguments that are all templates. */
static const struct template *argument(const struct step *step, const char *name, struct template *scratch)
{
    const struct template *all = step->with;

    if (all && all->type == TEMPLATE_CONST && json_object_get(all->constant, name)) {
        *scratch = (struct template){
            .type = TEMPLATE_CONST, .pos = all->pos, .constant = json_object_get(all->constant, name)};
        return scratch;
    }
    for (size_t i = 0; all && all->type == TEMPLATE_MAP && i < all->len; i++)
        if (strcmp(all->keys[i], name) == 0)
            return all->items[i];
    return NULL;
}

static void check_step(struct check *check, struct step *step)
{
    struct template name_scratch, with_scratch;
    const struct template *name;
    struct use use = {.pos = step->kind_pos};

    name = argument(step, "action", &name_scratch);
    if (!name || name->type != TEMPLATE_CONST || !json_is_string(name->constant))
        return;
    use.action = find(check, json_string_value(name->constant), step->kind_pos);
    use.with = argument(step, "with", &with_scratch);
    if (!use.action)
        return;
    refuse_secret(check, use.action, step->kind_pos);
    check_with(check, &use);
    if (step->effect == STEP_EFFECT_AUTO)
        step->effect = (int)use.action->effect;
    if (use.action->effect == STEP_EFFECT_READ)
        step->idempotent = true;
}

/* --- code --- */

/* Lua says "name:line: text". */
static const char *split_message(const char *message, const char *name, uint32_t *ret_line)
{
    size_t len = strlen(name);
    char *end;

    *ret_line = 1;
    if (strncmp(message, name, len) != 0 || message[len] != ':')
        return message;
    *ret_line = (uint32_t)strtoul(message + len + 1, &end, 10);
    return end + strspn(end, ": ");
}

/* A block of text begins on the line after its `|`. */
static uint32_t first_line(const struct pos *pos)
{
    const char *line = line_at(pos);

    return pos->line + (line && line[strcspn(line, "|>\n")] != '\n');
}

static void check_code(struct check *check, const struct step *step)
{
    struct template scratch;
    const struct template *code = argument(step, "code", &scratch);
    struct pos pos = {.source = step->pos.source, .column = 1};
    struct err err = {0};
    const char *text;

    if (!code || code->type != TEMPLATE_CONST || !json_is_string(code->constant))
        return;
    check->script->memory_ceiling = 0;
    if (compile_load(check->script, "", json_string_value(code->constant), "", "=lua", &err) == 0) {
        lua_pop(check->script->lua, 1);
        return;
    }
    text = split_message(err.text, "lua", &pos.line);
    pos.line += first_line(&code->pos) - 1;
    diag_error(check->diags, pos, "lua", "%s", text);
}

static void check_function(struct check *check, const struct step *step)
{
    struct template file_scratch, function_scratch;
    const struct template *file = argument(step, "file", &file_scratch);
    const struct template *function = argument(step, "function", &function_scratch);
    const char *path = file ? json_string_value(file->constant) : NULL;
    const char *name = function ? json_string_value(function->constant) : "main";
    const char *base = path && strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    char *module autofree = base ? mem_strndup(base, strlen(base) - strlen(".lua")) : NULL;
    struct err err = {0};

    if (!base || !name || !module_find(check->script, module))
        return; /* told when it was read */
    if (!actions_has_function(check->script, module, name, &err))
        diag_error(check->diags, function ? function->pos : step->kind_pos, "lua", "%s: %s", path, err.text);
}

/* Of every imported file it is known early whether it can be read. */
static void check_modules(struct check *check)
{
    for (size_t i = 0; i < check->script->modules.len; i++) {
        const struct module *module = check->script->modules.entries[i].value;
        struct pos pos = {.source = module->source, .line = 1, .column = 1};
        struct err err = {0};
        const char *text;

        if (!module->source || !actions_problem(check->script, check->script->modules.entries[i].key, &err))
            continue;
        text = split_message(err.text, module->path, &pos.line);
        diag_error(check->diags, pos, "lua", "%s", text);
    }
}

static void check_channel(struct check *check, const struct channel *channel)
{
    struct use use = {.pos = channel->pos, .with = channel->with};

    if (!channel->uses || natives_check(channel, check->diags))
        return;
    use.action = find(check, channel->uses, channel->pos);
    refuse_secret(check, use.action, channel->pos);
    if (use.action)
        check_with(check, &use);
}

/* What it is given may be a secret of another kind: that there are no circles is then plain. */
static void check_given(struct check *check, const struct document *document, const struct template *with,
    const struct expr *expr)
{
    struct mentions mentions;
    char name[MENTION_NAME_SIZE];
    size_t after;

    mentions_init(&mentions, expr->text);
    for (size_t i = 0; i < mentions.count; i++) {
        const struct secret *other = NULL;

        if (!mentions_root(&mentions, i, name))
            continue;
        if (strcmp(name, "secrets") == 0 && mentions_next(&mentions, i, &after, name))
            other = people_find(&document->secrets, name);
        if (other && other->uses)
            diag_hint(check->diags,
                diag_error(check->diags, with->pos, "secret",
                    "an action that brings a secret cannot be given one that another action brings: %s",
                    name),
                "take that one from env, file, command or systemd");
        else if (strcmp(name, "steps") == 0 || strcmp(name, "vars") == 0)
            diag_hint(check->diags,
                diag_error(check->diags, with->pos, "undefined-name",
                    "\"%s\" cannot be used here: a secret is the same for the whole run", name),
                "params, env, run and secrets can");
    }
    mentions_fini(&mentions);
}

static void check_givens(struct check *check, const struct document *document, const struct template *with)
{
    if (with && with->type == TEMPLATE_EXPR)
        check_given(check, document, with, with->expr);
    for (size_t i = 0; with && i < with->len; i++)
        check_givens(check, document, with->items[i]);
}

static void check_secret(struct check *check, const struct document *document, const struct secret *secret)
{
    struct use use = {.pos = secret->pos, .with = secret->with};

    if (!secret->uses) {
        if (secret->with)
            diag_hint(check->diags,
                diag_error(
                    check->diags, secret->with->pos, "wrong-place", "\"with\" needs \"uses\" beside it"),
                "it is what the action is given");
        return;
    }
    use.action = find(check, secret->uses, secret->pos);
    if (!use.action)
        return;
    if (!use.action->is_secret)
        diag_hint(check->diags,
            diag_error(check->diags, secret->pos, "secret", "%s brings no secret", use.action->name),
            "an action that does says so with secret = true; `runbook actions` shows which do");
    check_with(check, &use);
    check_givens(check, document, secret->with);
}

static void check_any(struct check *check, struct step *step)
{
    const char *kind = step->kind ? step->kind->name : "";

    if (strcmp(kind, "uses") == 0) {
        check_step(check, step);
    } else if (strcmp(kind, "lua") == 0) {
        check_code(check, step);
        check_function(check, step);
    }
}

void actions_check(struct script *script, struct book *book, struct diags *diags)
{
    struct check check = {script, diags};

    check_modules(&check);
    for (size_t i = 0; i < book->document_count; i++) {
        const struct document *document = book->documents[i];

        for (size_t k = 0; k < document->step_count; k++)
            check_any(&check, document->steps[k]);
        for (size_t k = 0; k < document->secrets.len; k++)
            check_secret(&check, document, document->secrets.items[k]);
        for (size_t k = 0; k < document->people.channels.len; k++)
            check_channel(&check, document->people.channels.items[k]);
    }
}
