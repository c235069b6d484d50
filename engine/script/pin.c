#include "script/pin.h"
#include "base/mem.h"
#include "script/coroutine.h"
#include "script/mention.h"
#include "script/module.h"

#include <string.h>

struct pinning {
    struct script *script;
    struct book *book;
};

static void pin_code(struct pinning *pinning, const char *text);

static void pin(struct pinning *pinning, const char *name)
{
    struct module *module = module_find(pinning->script, name);
    char *path autofree = NULL;

    if (!module || module->source) /* there is none, it is imported, or pinned already */
        return;
    path = mem_printf(SOURCE_STANDARD "%s", name);
    module->source = book_add_source(pinning->book, path, module->text, strlen(module->text));
    pin_code(pinning, module->text);
}

/* Code has no way to a file but by its name, written out. */
static void pin_code(struct pinning *pinning, const char *text)
{
    struct mentions mentions;
    char name[MENTION_NAME_SIZE];

    mentions_init(&mentions, text);
    for (size_t i = 0; i < mentions.count; i++)
        if (mentions_alone(&mentions, i, name) && pin_standard_text(name) &&
            !coroutine_has_primitive(pinning->script, name))
            pin(pinning, name);
    mentions_fini(&mentions);
}

/* "slack" of slack.post. */
static void pin_action(struct pinning *pinning, const char *uses)
{
    char *name autofree = uses ? mem_strndup(uses, strcspn(uses, ".")) : NULL;

    if (name)
        pin(pinning, name);
}

static void pin_step(struct pinning *pinning, const struct step *step)
{
    const char *kind = step->kind ? step->kind->name : "";
    const char *code = strcmp(kind, "lua") == 0 ? step_constant(step, "code") : NULL;

    if (strcmp(kind, "uses") == 0)
        pin_action(pinning, step_constant(step, "action"));
    if (code)
        pin_code(pinning, code);
}

static void pin_document(struct pinning *pinning, const struct document *document)
{
    const struct items *secrets = &document->secrets, *channels = &document->people.channels;

    for (size_t i = 0; i < document->step_count; i++)
        pin_step(pinning, document->steps[i]);
    for (size_t i = 0; i < secrets->len; i++)
        pin_action(pinning, ((const struct secret *)secrets->items[i])->uses);
    for (size_t i = 0; i < channels->len; i++)
        pin_action(pinning, ((const struct channel *)channels->items[i])->uses);
}

void pin_standard(struct script *script, struct book *book)
{
    struct pinning pinning = {script, book};
    size_t files = book->source_count;

    for (size_t i = 0; i < book->document_count; i++)
        pin_document(&pinning, book->documents[i]);
    for (size_t i = 0; i < files; i++) {
        const char *dot = strrchr(book->sources[i]->path, '.');

        if (dot && strcmp(dot, ".lua") == 0)
            pin_code(&pinning, book->sources[i]->text);
    }
}
