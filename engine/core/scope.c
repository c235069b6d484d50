/* scope: what expressions see from a frame, and evaluating them. A failure becomes the frame's failure. */
#include "core/run.h"

#include <string.h>

static const struct shelf *item_shelf(const struct shelf *shelf)
{
    return shelf->loop ? shelf : NULL;
}

void scope_of(struct run *run, const struct frame *frame, struct scope *scope)
{
    struct shelf *shelf = frame->shelf, *root = shelf->root;
    const struct shelf *item = item_shelf(shelf);

    *scope = (struct scope){
        .now_us = run->wall_us,
        .params = root->params,
        .vars = root->vars,
        .env = root->env,
        .run = run->about,
        .event = run->event,
        .item = item ? item->item : NULL,
        .item_name = item ? item->loop->as : NULL,
        .outer = item ? item->named.outer : NULL,
        .index = frame->loop_index,
        .failed = frame->own_failed ? frame->own_failed : frame->failed,
        .step = shelf_lookup,
        .context = shelf,
        .document = frame->document,
        .secret_nonce = run->nonce,
    };
    if (frame->has_begun && frame->layer != LAYER_DOCUMENT)
        scope->result = frame->result->result;
    if (!scope->result && frame->failure.class_ != FAIL_NONE && frame->ops && frame->ops->is_leaf)
        scope->result = run->nothing;
}

int core_scope(struct run *run, uint32_t id, struct scope *ret_scope, struct err *err)
{
    struct node *node = node_find(run, id);

    if (!node || node->type != NODE_FRAME)
        return err_set(err, ERR_NOT_FOUND, "there is no frame %u", id);
    scope_of(run, (struct frame *)node, ret_scope);
    return 0;
}

int core_scope_of_run(struct run *run, struct scope *ret_scope, struct err *err)
{
    const struct shelf *shelf = run->shelf;

    if (!shelf)
        return err_set(err, ERR_NOT_FOUND, "the run has not started");
    *ret_scope = (struct scope){
        .now_us = run->wall_us,
        .params = shelf->params,
        .vars = shelf->vars,
        .env = shelf->env,
        .run = run->about,
        .event = run->event,
        .step = shelf_lookup,
        .context = run->shelf,
        .document = shelf->entry->document,
        .secret_nonce = run->nonce,
    };
    return 0;
}

static int failed(struct frame *frame, const struct err *err)
{
    failure_set(frame, FAIL_EXPRESSION, "%s", err->text);
    return err->code;
}

int scope_test(struct run *run, struct frame *frame, const struct expr *expr, bool *ret_value)
{
    struct scope scope;
    struct err err;

    scope_of(run, frame, &scope);
    if (script_eval_bool(run->script, expr, &scope, ret_value, &err) < 0)
        return failed(frame, &err);
    return 0;
}

int scope_value(struct run *run, struct frame *frame, const struct expr *expr, json_t **ret_value)
{
    struct scope scope;
    struct err err;

    scope_of(run, frame, &scope);
    if (script_eval(run->script, expr, &scope, ret_value, &err) < 0)
        return failed(frame, &err);
    return 0;
}

int scope_resolve(struct run *run, struct frame *frame, const struct template *template, json_t **ret_value)
{
    struct scope scope;
    struct err err;

    scope_of(run, frame, &scope);
    if (script_resolve(run->script, template, &scope, ret_value, &err) < 0)
        return failed(frame, &err);
    return 0;
}

int scope_text(struct run *run, struct frame *frame, const struct template *template, char **ret_text)
{
    json_t *value autovalue = NULL;
    struct text text = {0};

    if (!template) {
        *ret_text = mem_strdup("");
        return 0;
    }
    int rc = scope_resolve(run, frame, template, &value);
    if (rc < 0)
        return rc;
    value_to_text(value, &text);
    *ret_text = text_take(&text);
    return 0;
}

int scope_values(struct run *run, struct frame *frame, const struct named_templates *values, json_t **ret_map)
{
    json_t *map = json_object();

    for (size_t i = 0; i < values->len; i++) {
        json_t *value;
        int rc = scope_resolve(run, frame, values->items[i].value, &value);

        if (rc < 0) {
            json_decref(map);
            return rc;
        }
        json_object_set_new(map, values->items[i].name, value);
    }
    *ret_map = map;
    return 0;
}

int scope_outputs(struct run *run, struct frame *frame, const struct named_exprs *outputs, json_t **ret_map)
{
    json_t *map = json_object();

    for (size_t i = 0; i < outputs->len; i++) {
        json_t *value;
        int rc = scope_value(run, frame, outputs->items[i].expr, &value);

        if (rc < 0) {
            json_decref(map);
            return rc;
        }
        json_object_set_new(map, outputs->items[i].name, value);
    }
    *ret_map = map;
    return 0;
}

int scope_duration(
    struct run *run, struct frame *frame, const struct amount *amount, int64_t fallback, int64_t *ret_ms)
{
    struct scope scope;
    struct err err;

    *ret_ms = amount->given ? amount->value : fallback;
    if (!amount->given || !amount->expr)
        return 0;
    scope_of(run, frame, &scope);
    if (script_duration(run->script, amount, &scope, ret_ms, &err) < 0)
        return failed(frame, &err);
    return 0;
}

int scope_integer(
    struct run *run, struct frame *frame, const struct amount *amount, int64_t fallback, int64_t *ret_value)
{
    struct scope scope;
    struct err err;

    *ret_value = amount->given ? amount->value : fallback;
    if (!amount->given || !amount->expr)
        return 0;
    scope_of(run, frame, &scope);
    if (script_integer(run->script, amount, &scope, ret_value, &err) < 0)
        return failed(frame, &err);
    return 0;
}

int scope_count(struct run *run, struct frame *frame, const char *name, const struct amount *amount,
    int64_t fallback, int64_t *ret_value)
{
    if (scope_integer(run, frame, amount, fallback, ret_value) < 0)
        return -1;
    if (*ret_value > 0)
        return 0;
    failure_set(frame, FAIL_EXPRESSION, "%s must be at least 1, and is %lld", name, (long long)*ret_value);
    return -1;
}

int64_t scope_root_duration(struct run *run, const struct amount *amount, int64_t fallback)
{
    struct scope scope;
    int64_t ms;

    if (!amount->given || !amount->expr)
        return amount->given ? amount->value : fallback;
    if (!run->root)
        return fallback;
    scope_of(run, run->root, &scope);
    return script_duration(run->script, amount, &scope, &ms, NULL) < 0 ? fallback : ms;
}

int64_t scope_root_integer(struct run *run, const struct amount *amount, int64_t fallback)
{
    struct scope scope;
    int64_t value;

    if (!amount->given || !amount->expr)
        return amount->given ? amount->value : fallback;
    if (!run->root)
        return fallback;
    scope_of(run, run->root, &scope);
    return script_integer(run->script, amount, &scope, &value, NULL) < 0 ? fallback : value;
}
