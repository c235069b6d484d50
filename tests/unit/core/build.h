/* build: small documents made by hand, for tests that link the core alone. */
#ifndef TESTS_UNIT_CORE_BUILD_H
#define TESTS_UNIT_CORE_BUILD_H

#include "lib/test.h"

#include "core/core.h"
#include "core/kinds.h"

static const struct kind work_kind = {.name = "work", .class_ = KIND_EFFECT};

struct scene {
    struct book *book;
    struct document *document;
    struct script *script;
    struct run *run;
    struct turn turn;
    struct err err;
};

static inline const struct kind *kind_named(const char *name)
{
    for (size_t i = 0; core_kinds[i]; i++)
        if (strcmp(core_kinds[i]->name, name) == 0)
            return core_kinds[i];
    return &work_kind;
}

static inline void *make(struct scene *scene, size_t size)
{
    return arena_alloc(&scene->document->arena, size);
}

static inline struct expr *make_expr(struct scene *scene, const char *text)
{
    struct expr *expr = make(scene, sizeof(*expr));

    expr->text = text;
    return expr;
}

static inline struct template *make_text(struct scene *scene, const char *text)
{
    struct template *value = make(scene, sizeof(*value));

    value->type = TEMPLATE_CONST;
    value->constant = document_own(scene->document, json_string(text));
    return value;
}

static inline struct template *make_template(struct scene *scene, const char *expr)
{
    struct template *value = make(scene, sizeof(*value));

    value->type = TEMPLATE_EXPR;
    value->expr = make_expr(scene, expr);
    return value;
}

static inline struct block *make_block(struct scene *scene)
{
    struct block *block = make(scene, sizeof(*block));

    block->steps = make(scene, 16 * sizeof(struct step *));
    return block;
}

/* A step at the end of a block. */
static inline struct step *add_step(
    struct scene *scene, struct block *block, struct step *parent, const char *id, const char *kind)
{
    struct document *document = scene->document;
    struct step *step = make(scene, sizeof(*step));

    step->document = document;
    step->index = (uint32_t)document->step_count;
    step->id = id;
    step->has_id = true;
    step->kind = kind_named(kind);
    step->args = step->kind->section.size ? make(scene, step->kind->section.size) : NULL;
    step->fail_fast = true;
    step->parent = parent;
    if (!document->steps)
        document->steps = make(scene, 64 * sizeof(struct step *));
    document->steps[document->step_count++] = step;
    map_put(&document->ids, id, step);
    block->steps[block->len++] = step;
    return step;
}

static inline struct step *add_set(
    struct scene *scene, struct block *block, const char *name, const char *expr)
{
    struct step *step = add_step(scene, block, NULL, name, "set");
    struct set_args *args = step->args;

    args->values.items = make(scene, sizeof(struct named_template));
    args->values.items[0] = (struct named_template){.name = name, .value = make_template(scene, expr)};
    args->values.len = 1;
    return step;
}

static inline void scene_init(struct scene *scene)
{
    *scene = (struct scene){.book = book_new(), .document = document_new(), .script = script_new(NULL)};
    scene->book->documents = mem_grow(NULL, 0, &scene->book->document_cap, sizeof(*scene->book->documents));
    scene->book->documents[scene->book->document_count++] = scene->document;
    scene->document->id = "scene";
    scene->document->body = make_block(scene);
}

static inline void scene_fini(struct scene *scene)
{
    turn_fini(&scene->turn);
    core_free(scene->run);
    book_free(scene->book);
    script_free(scene->script);
}

static inline int scene_apply(struct scene *scene, struct input input)
{
    return core_apply(scene->run, &input, &scene->turn, &scene->err);
}

static inline int scene_start(struct scene *scene)
{
    struct diags diags = {0};
    json_t *data =
        json_pack("{s:{}, s:{s:s}, s:i, s:s}", "params", "run", "id", "r", "seed", 1, "nonce", "n");
    int rc;

    if (!scene->run) {
        script_compile(scene->script, scene->book, &diags);
        assert_int_equal(diags.errors, 0);
        scene->run = core_new(scene->book, scene->script);
    }
    diags_fini(&diags);
    rc = scene_apply(scene, (struct input){.type = INPUT_START, .data = data, .by = {"olga", "", ""}});
    json_decref(data);
    return rc;
}

/* The frame of the last effect of this type in the turn; 0 when there is none. */
static inline uint32_t effect_frame(const struct scene *scene, enum effect_type type)
{
    for (size_t i = scene->turn.effect_count; i-- > 0;)
        if (scene->turn.effects[i].type == type)
            return scene->turn.effects[i].frame;
    return 0;
}

static inline size_t count_events(const struct scene *scene, enum event_type type)
{
    size_t count = 0;

    for (size_t i = 0; i < scene->turn.event_count; i++)
        count += scene->turn.events[i].type == type;
    return count;
}

static inline int scene_result(struct scene *scene, uint32_t frame, enum fail_class class_)
{
    struct outcome outcome = {.class_ = class_, .exit_code = class_ == FAIL_NONE ? 0 : 1};

    return scene_apply(scene, (struct input){.type = INPUT_RESULT, .frame = frame, .outcome = &outcome});
}

#endif
