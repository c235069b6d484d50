#include "drive/needs.h"
#include "base/duration.h"
#include "base/mem.h"
#include "core/kinds.h"
#include "script/secret.h"

#include <string.h>

enum { ITEM_TEXT_MAX = 60 };

/* Of the tokens that stand for secrets here; they never leave this file. */
static const char nonce[] = "plan";

static const struct result result_skipped = {.status = STEP_SKIPPED, .exit_code = -1};
static const struct result result_never = {.status = STEP_PENDING, .exit_code = -1};

/* --- secrets in values --- */

static const char *secret_name(void *context, const char *name)
{
    char **text = context;

    free(*text);
    *text = mem_printf("(secret %s)", name);
    return *text;
}

/* The tokens that were found; what is left of one that was cut up is told by `ret_is_broken`. */
static size_t veil_text(const char *in, struct text *out, bool *ret_is_broken)
{
    static const char opening[] = "\xEF\xA3\xB0", closing[] = "\xEF\xA3\xB1";
    char *name autofree = NULL;
    size_t count = secret_expand(out, in, nonce, secret_name, &name);

    *ret_is_broken = strstr(text_str(out), opening) || strstr(text_str(out), closing);
    return count;
}

/* New reference. */
static json_t *veil(json_t *value)
{
    struct text text autotext = {0};
    const char *key;
    json_t *item, *copy;
    bool is_broken;
    size_t i;

    if (json_is_string(value)) {
        if (!veil_text(json_string_value(value), &text, &is_broken))
            return json_incref(value);
        return json_stringn(text_str(&text), text.len);
    }
    if (json_is_array(value)) {
        copy = json_array();
        json_array_foreach(value, i, item) json_array_append_new(copy, veil(item));
        return copy;
    }
    if (json_is_object(value)) {
        copy = json_object();
        json_object_foreach(value, key, item) json_object_set_new(copy, key, veil(item));
        return copy;
    }
    return json_incref(value);
}

/* A secret is in it as a whole, so that it can be shown without it. What was made of a secret otherwise (its
 * length, a part) was made of our token and is not true. */
static bool is_whole(const json_t *value)
{
    struct text text autotext = {0};
    bool is_broken;

    return json_is_string(value) && veil_text(json_string_value(value), &text, &is_broken) && !is_broken;
}

/* --- resolved --- */

bool resolved_is_known(const struct resolved *resolved)
{
    return !resolved->is_missing && !resolved->problem && !resolved->needs.secrets;
}

json_t *resolved_shown(const struct resolved *resolved)
{
    return resolved->value ? veil(resolved->value) : json_null();
}

json_t *resolved_json(const struct resolved *resolved)
{
    json_t *map = json_object();

    if (resolved->problem) {
        json_object_set_new(map, "problem", json_string(resolved->problem));
        return map;
    }
    json_object_set_new(map, resolved_is_known(resolved) ? "value" : "shown", resolved_shown(resolved));
    needs_put(&resolved->needs, map);
    if (resolved->parts)
        json_object_set_new(map, "parts", veil(resolved->parts));
    return map;
}

void resolved_fini(struct resolved *resolved)
{
    json_decref(resolved->value);
    json_decref(resolved->parts);
    needs_fini(&resolved->needs);
    free(resolved->problem);
    *resolved = (struct resolved){0};
}

/* --- expressions --- */

static const struct result *find_result(void *context, const char *id)
{
    const struct known *known = context;
    char *key autofree = mem_strdup(id);
    const struct step *step;

    for (char *c = key; *c; c++)
        *c = *c == '-' ? '_' : *c;
    step = map_get(&known->steps, key);
    if (!step || known->fates[step->index] == FATE_OPEN)
        return NULL;
    return known->fates[step->index] == FATE_SKIPPED ? &result_skipped : &result_never;
}

static struct scope scope_of(const struct known *known)
{
    return (struct scope){
        .params = known->params,
        .vars = known->vars,
        .env = known->env,
        .run = known->run,
        .step = find_result,
        .context = (void *)known,
        .document = known->document,
        .secret_nonce = nonce,
    };
}

/* It waits for nothing but the element of a loop: then it is best shown as what it is. */
static bool is_about_item(const struct needs *needs)
{
    return !needs->after && !needs->secrets && json_array_size(needs->when) == 1 &&
           strcmp(json_string_value(json_array_get(needs->when, 0)), need_item) == 0;
}

/* What the expression stands for when it is nothing but a name whose value is known in part. Borrowed, or
 * NULL.
 */
static const char *known_in_part(const struct known *known, const struct expr *expr)
{
    char *name autofree =
        mem_strndup(expr->text + strspn(expr->text, " "), strcspn(expr->text + strspn(expr->text, " "), " "));

    return value_get_string(json_object_get(known->doubts, name), "shown");
}

static void miss(const struct known *known, struct resolved *resolved, const struct expr *expr)
{
    const char *part = known_in_part(known, expr);
    struct text text autotext = {0};

    if (part)
        text_puts(&text, part);
    else if (is_about_item(&resolved->needs) && strlen(expr->text) <= ITEM_TEXT_MAX)
        text_printf(&text, "(%s)", expr->text);
    else
        needs_phrase(&resolved->needs, &text);
    json_decref(resolved->value);
    resolved->value = value_string(text_str(&text), text.len);
    resolved->is_missing = true;
}

struct resolved known_expr(const struct known *known, const struct expr *expr, const struct step *at)
{
    const struct scope scope = scope_of(known);
    struct resolved resolved = {0};
    struct needs *needs = &resolved.needs;
    struct err err = {0};
    bool is_certain;

    needs_of(known, expr, at, needs, &is_certain);
    if (is_certain && (needs->after || needs->when)) {
        miss(known, &resolved, expr);
    } else if (script_eval(known->script, expr, &scope, &resolved.value, &err) < 0) {
        /* Every use of what is not known fails: that says which it is. */
        if (needs_any(needs))
            miss(known, &resolved, expr);
        else
            resolved.problem = mem_strdup(err.text);
    } else if (needs->secrets && !is_whole(resolved.value)) {
        miss(known, &resolved, expr);
    } else {
        /* It got by without what it names besides: `params.fast or steps.x.ok`. */
        json_t *secrets = needs->secrets;

        needs->secrets = NULL;
        needs_fini(needs);
        needs->secrets = secrets;
    }
    return resolved;
}

/* --- templates --- */

/* Take what the part waits for; false when it cannot be evaluated at all. */
static bool absorb(struct resolved *whole, struct resolved *part)
{
    needs_merge(&whole->needs, &part->needs);
    whole->is_missing = whole->is_missing || part->is_missing;
    if (!whole->problem && part->problem) {
        whole->problem = part->problem;
        part->problem = NULL;
    }
    return !whole->problem;
}

static void add_part(struct resolved *whole, const struct template *item, const struct resolved *value,
    const char *text, size_t len)
{
    json_t *part = json_pack("{s:o}", "text", json_stringn(text, len));

    if (item->type == TEMPLATE_EXPR) {
        json_object_set_new(part, "expression", json_string(item->expr->text));
        json_object_set_new(part, "known", json_boolean(!value->is_missing));
    }
    json_array_append_new(whole->parts, part);
}

/* CONCAT, and SHELL as if it were one: with the values where the references to them will stand. */
static struct resolved text_of(const struct known *known, const struct template *tmpl, const struct step *at)
{
    struct resolved whole = {.parts = json_array()};
    struct text text autotext = {0};

    for (size_t i = 0; i < tmpl->len; i++) {
        struct resolved part autoresolved = known_template(known, tmpl->items[i], at);
        size_t start = text.len;

        if (!absorb(&whole, &part))
            return whole;
        if (!value_to_text(part.value, &text)) {
            whole.problem = mem_printf(
                "%u:%u: nil cannot stand in a text", tmpl->items[i]->pos.line, tmpl->items[i]->pos.column);
            return whole;
        }
        add_part(&whole, tmpl->items[i], &part, text_str(&text) + start, text.len - start);
    }
    whole.value = value_string(text_str(&text), text.len);
    return whole;
}

/* Where it is not known how many there are, the place of all has one. */
static void add_item(struct resolved *whole, const struct template *tmpl, const struct resolved *item)
{
    if (tmpl->is_each && json_is_array(item->value))
        json_array_extend(whole->value, item->value);
    else if (!tmpl->is_each || item->is_missing)
        json_array_append(whole->value, item->value);
    else
        whole->problem = mem_printf("%u:%u: `each` wants a list, not a %s", tmpl->pos.line, tmpl->pos.column,
            value_type(item->value));
}

static struct resolved list_of(const struct known *known, const struct template *tmpl, const struct step *at)
{
    struct resolved whole = {.value = json_array()};

    for (size_t i = 0; i < tmpl->len; i++) {
        struct resolved item autoresolved = known_template(known, tmpl->items[i], at);

        if (!absorb(&whole, &item))
            break;
        add_item(&whole, tmpl->items[i], &item);
    }
    return whole;
}

static struct resolved map_of(const struct known *known, const struct template *tmpl, const struct step *at)
{
    struct resolved whole = {.value = json_object()};

    for (size_t i = 0; i < tmpl->len; i++) {
        struct resolved item autoresolved = known_template(known, tmpl->items[i], at);

        if (!absorb(&whole, &item))
            break;
        json_object_set(whole.value, tmpl->keys[i], item.value);
    }
    return whole;
}

struct resolved known_template(const struct known *known, const struct template *tmpl, const struct step *at)
{
    switch (tmpl->type) {
    case TEMPLATE_CONST:
        break;
    case TEMPLATE_EXPR:
        return known_expr(known, tmpl->expr, at);
    case TEMPLATE_CONCAT:
    case TEMPLATE_SHELL:
        return text_of(known, tmpl, at);
    case TEMPLATE_LIST:
        return list_of(known, tmpl, at);
    case TEMPLATE_MAP:
        return map_of(known, tmpl, at);
    }
    return (struct resolved){.value = json_incref(tmpl->constant)};
}

struct resolved known_amount(
    const struct known *known, const struct amount *amount, bool is_duration, const struct step *at)
{
    struct resolved resolved = {0};
    const struct scope scope = scope_of(known);
    struct err err = {0};
    int64_t value = amount->value;
    int code = 0;

    if (amount->expr) {
        resolved = known_expr(known, amount->expr, at);
        if (!resolved_is_known(&resolved))
            return resolved;
        code = is_duration ? script_duration(known->script, amount, &scope, &value, &err)
                           : script_integer(known->script, amount, &scope, &value, &err);
    }
    if (code < 0)
        resolved.problem = mem_strdup(err.text);
    json_decref(resolved.value);
    resolved.value = json_integer(value);
    return resolved;
}

/* --- what is known --- */

static json_t *root_of(const struct known *known, const char *root)
{
    return strcmp(root, "params") == 0 ? known->params : strcmp(root, "env") == 0 ? known->env : known->vars;
}

void known_put(struct known *known, const char *root, const char *name, const struct resolved *resolved)
{
    char *key autofree = mem_printf("%s.%s", root, name);
    json_t *needs = json_object();

    json_object_del(root_of(known, root), name);
    json_object_del(known->veiled, key);
    json_object_del(known->doubts, key);
    if (!resolved->is_missing && !resolved->problem) {
        json_object_set(root_of(known, root), name, resolved->value);
        if (resolved->needs.secrets)
            json_object_set(known->veiled, key, resolved->needs.secrets);
    } else {
        needs_put(&resolved->needs, needs);
        if (json_is_string(resolved->value) && resolved->parts)
            json_object_set(needs, "shown", resolved->value);
        json_object_set(known->doubts, key, needs);
    }
    json_decref(needs);
}

void known_forget(struct known *known, const char *name, const struct step *step)
{
    struct resolved resolved autoresolved = {.is_missing = true};

    needs_add(&resolved.needs.after, step->id);
    known_put(known, "vars", name, &resolved);
}

void known_doubt(struct known *known, const char *name)
{
    struct resolved resolved autoresolved = {.is_missing = true};

    needs_add(&resolved.needs.when, need_evaluated);
    known_put(known, "vars", name, &resolved);
}

void known_put_secret(struct known *known, const char *root, const char *name)
{
    struct resolved resolved autoresolved = {0};
    struct text token autotext = {0};

    secret_token(&token, nonce, name);
    needs_add(&resolved.needs.secrets, name);
    resolved.value = json_string(text_str(&token));
    known_put(known, root, name, &resolved);
}

struct known_vars known_save(const struct known *known)
{
    return (struct known_vars){json_copy(known->vars), json_copy(known->doubts), json_copy(known->veiled)};
}

void known_restore(struct known *known, struct known_vars saved)
{
    json_decref(known->vars);
    json_decref(known->doubts);
    json_decref(known->veiled);
    known->vars = saved.vars;
    known->doubts = saved.doubts;
    known->veiled = saved.veiled;
}

static void add_steps(struct known *known)
{
    const struct map *ids = &known->document->ids;

    for (size_t i = 0; i < ids->len; i++) {
        char *key autofree = mem_strdup(ids->entries[i].key);

        for (char *c = key; *c; c++)
            *c = *c == '-' ? '_' : *c;
        map_put(&known->steps, key, ids->entries[i].value);
    }
}

static void add_setters(struct known *known)
{
    for (size_t i = 0; i < known->document->step_count; i++) {
        struct step *step = known->document->steps[i];
        const struct set_args *args = step->args;

        for (size_t k = 0; strcmp(step->kind->name, "set") == 0 && k < args->values.len; k++)
            map_put(&known->setters, args->values.items[k].name, step);
    }
}

void known_init(struct known *known, struct script *script, const struct document *document, json_t *run)
{
    *known = (struct known){
        .script = script,
        .document = document,
        .params = json_object(),
        .env = json_object(),
        .vars = json_object(),
        .run = json_incref(run),
        .doubts = json_object(),
        .veiled = json_object(),
        .fates = mem_alloc(document->step_count + 1),
    };
    add_steps(known);
    add_setters(known);
}

void known_fini(struct known *known)
{
    json_decref(known->params);
    json_decref(known->env);
    json_decref(known->vars);
    json_decref(known->run);
    json_decref(known->doubts);
    json_decref(known->veiled);
    map_fini(&known->steps);
    map_fini(&known->setters);
    free(known->fates);
}
