/* hook: what is called at certain moments of every run. Each is one step of work; a text alone is the code of
 * a `lua` step. */
#include "load/sections.h"
#include "load/rules.h"

#include <string.h>

#define HOOK(name, type, help_)                                                                              \
    {                                                                                                        \
        name, FIELD_STEPS, offsetof(struct hooks, of[type]), FIELD_HOOK, .help = help_                       \
    }

static const struct field hooks_fields[] = {
    HOOK("before_step", HOOK_BEFORE_STEP,
        "Before each step that is no block, with `step`; its code may return `skip` or `fail`."),
    HOOK("after_step", HOOK_AFTER_STEP, "After each such step that has begun, with `step`."),
    HOOK("on_failure", HOOK_ON_FAILURE, "When such a step has failed, with `step` and `failed`."),
    HOOK("on_escalation", HOOK_ON_ESCALATION, "When a level of an escalation is paged, with `escalation`."),
    HOOK("on_finish", HOOK_ON_FINISH, "When the runbook has ended, after its `always`, with `ended`."),
    {NULL},
};

const struct section hooks_section = {
    .name = "hooks",
    .help = "Lua code, or one step of work, for certain moments of every run.",
    .size = sizeof(struct hooks),
    .fields = hooks_fields,
};

/* What a hook is told of, by the name under which expressions see it. */
static const char *const told[HOOK_COUNT] = {
    [HOOK_BEFORE_STEP] = "step",
    [HOOK_AFTER_STEP] = "step",
    [HOOK_ON_FAILURE] = "step",
    [HOOK_ON_ESCALATION] = "escalation",
    [HOOK_ON_FINISH] = "ended",
};

/* "code" stands for {lua: "code"}. */
static const struct node *as_lua(struct decoder *d, const struct node *code)
{
    struct node *step = arena_alloc(d->arena, sizeof(*step)), *key = arena_alloc(d->arena, sizeof(*key));

    *key = *step = *code;
    key->text = "lua";
    key->len = 3;
    step->type = NODE_MAP;
    step->pairs = arena_alloc(d->arena, sizeof(*step->pairs));
    step->pairs[0] = (struct pair){key, (struct node *)code};
    step->len = 1;
    return step;
}

static void check_kind(struct decoder *d, const struct step *step)
{
    struct diag *diag;

    if (!step->kind || step->kind->class_ == KIND_EFFECT)
        return;
    diag = diag_error(
        d->diags, step->kind_pos, "wrong-place", "`%s` cannot be a hook: it is no work", step->kind->name);
    diag_hint(d->diags, diag,
        "write Lua code, or a step such as {uses: …}, {run: …} or {http: …}; what the code returns may "
        "hold `note` and `set`");
}

/* Keys that make no sense for what is called by itself. */
static void check_keys(struct decoder *d, const struct step *step, const struct spot *at)
{
    static const char *const names[] = {"id", "foreach", "as", "undo", "deadline", "tags", "needs"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        size_t bit = (size_t)(section_find(&step_section, names[i]) - step_section.fields);

        if (step->given & UINT64_C(1) << bit)
            diag_hint(d->diags,
                diag_error(d->diags, step->pos, "wrong-place", "\"%s\" cannot stand at a hook", names[i]),
                "`%s` is one step, called by itself, and named after the moment", at->name);
    }
}

struct block *decode_hook(struct decoder *d, const struct spot *at)
{
    const struct node *node = at->node->type == NODE_STRING ? as_lua(d, at->node) : at->node;
    struct node list = {.type = NODE_LIST, .len = 1, .items = &(struct node *){(struct node *)node}};
    struct block *block;
    struct step *step;

    if (node->type != NODE_MAP) {
        decode_wrong_type(d, at, "Lua code, or one step such as {uses: …}");
        return NULL;
    }
    list.line = node->line;
    list.column = node->column;
    list.length = node->length;
    block = decode_block(d, &(struct spot){at->field, at->name, &list});
    if (!block->len)
        return NULL;
    step = block->steps[0];
    check_kind(d, step);
    check_keys(d, step, at);
    step->hook = (int)((at->field->offset - offsetof(struct hooks, of)) / sizeof(struct block *));
    step->id = at->field->name;
    step->as = told[step->hook];
    return block;
}
