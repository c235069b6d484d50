/* book: a runbook and every file it reaches, read once each. */
#include "load/file.h"
#include "load/load.h"
#include "load/rules.h"
#include "load/sections.h"
#include "oncall/oncall.h"

#include <string.h>

/* One call of load_book. */
struct loading {
    struct book *book;
    load_read read;
    void *context;
    kind_list kinds;
    struct diags *diags;
    const char *callers[LOAD_MAX_CALLS + 1]; /* the runbooks being read, outermost first */
    size_t depth;
    bool takes_people; /* the file may be one of people alone */
};

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), end_len = strlen(end);

    return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

static bool is_yaml(const char *path)
{
    return ends_with(path, ".yaml") || ends_with(path, ".yml");
}

/* Drop "./" and "dir/../", so that one file has one name. */
static void normalize(char *path)
{
    char *from = path, *to = path;

    while (*from) {
        size_t len = strcspn(from, "/");
        char *before = to > path ? memrchr(path, '/', (size_t)(to - path - 1)) : NULL;
        char *start = before ? before + 1 : path;
        bool has_before = to > start && strncmp(start, "../", 3) != 0 && *start != '/';

        if (len == 1 && *from == '.') {
            from += from[1] ? 2 : 1;
        } else if (len == 2 && strncmp(from, "..", 2) == 0 && has_before) {
            to = start;
            from += from[2] ? 3 : 2;
        } else {
            size_t take = len + (from[len] == '/');

            memmove(to, from, take);
            to += take;
            from += take;
        }
    }
    *to = '\0';
}

/* `name` as written in the file `from`. An id stands for the file of that name beside it. */
static char *resolve_path(const char *from, const char *name)
{
    const char *slash = strrchr(from, '/');
    size_t dir = slash && *name != '/' ? (size_t)(slash - from) + 1 : 0;
    char *path = mem_printf("%.*s%s", (int)dir, from, name);

    normalize(path);
    return path;
}

static const struct source *find_source(const struct loading *loading, const char *path)
{
    for (size_t i = 0; i < loading->book->source_count; i++)
        if (strcmp(loading->book->sources[i]->path, path) == 0)
            return loading->book->sources[i];
    return NULL;
}

/* "x.yml" is asked for and "x.yaml" is there, or the other way about. */
static void hint_sibling(struct loading *loading, const char *path, struct diag *diag)
{
    const char *dot = strrchr(path, '.');
    const char *other = !dot                        ? NULL
                        : strcmp(dot, ".yml") == 0  ? ".yaml"
                        : strcmp(dot, ".yaml") == 0 ? ".yml"
                                                    : NULL;
    char *sibling autofree = other ? mem_printf("%.*s%s", (int)(dot - path), path, other) : NULL;
    struct err err;
    size_t len;
    char *text autofree = sibling ? loading->read(loading->context, sibling, &len, &err) : NULL;

    if (text)
        diag_hint(loading->diags, diag, "%s is there", sibling);
    else if (diag->pos.line)
        diag_hint(loading->diags, diag, "a path counts from the folder of the file that names it");
}

/* A run would take it for what the program brings itself. */
static bool refuse_standard(struct loading *loading, const char *path, struct pos pos)
{
    struct diag *diag;

    if (!source_standard(path))
        return false;
    diag = diag_error(loading->diags, pos, "wrong-value",
        "%s cannot be read: names that begin with " SOURCE_STANDARD " are those of the standard library",
        path);
    diag_hint(loading->diags, diag, "give the file another name");
    return true;
}

/* The text of a file, pinned; NULL with a diagnostic at `pos` when it cannot be read. */
static const struct source *read_source(struct loading *loading, const char *path, struct pos pos)
{
    const struct source *source = find_source(loading, path);
    struct err err = {0};
    char *text autofree = NULL;
    size_t len = 0;

    if (source)
        return source;
    if (refuse_standard(loading, path, pos))
        return NULL;
    text = loading->read(loading->context, path, &len, &err);
    if (!text) {
        hint_sibling(loading, path, diag_error(loading->diags, pos, "unreadable", "%s", err.text));
        return NULL;
    }
    return book_add_source(loading->book, path, text, len);
}

static struct decoder decoder_start(
    struct loading *loading, struct document *document, const struct source *source)
{
    return (struct decoder){
        .document = document,
        .arena = &document->arena,
        .source = source,
        .diags = loading->diags,
        .kinds = loading->kinds,
        .takes_people = loading->takes_people,
    };
}

/* A file whose every key is about people is none that can be run. */
static bool is_oncall(const struct node *root)
{
    for (size_t i = 0; i < root->len; i++)
        if (!section_find(&oncall_section, root->pairs[i].key->text))
            return false;
    return root->len > 0;
}

static void refuse_root(struct decoder *d, const struct section *section, const struct node *root)
{
    struct pos whole = {d->source, 1, 1, 1};
    struct diag *diag = diag_error(d->diags, whole, "wrong-type", "%s must be a mapping, and this file is %s",
        section->name, root ? node_describe(&d->diags->arena, root) : "empty");

    diag_hint(d->diags, diag, "begin with a line such as \"runbook: restart-service\"");
}

/* People are checked as in an import, so that a file of them can be validated up to this. */
static void refuse_people(struct decoder *d, const struct node *root)
{
    struct diag *diag =
        diag_error(d->diags, decode_pos(d, root), "missing-key", "this file declares people and no steps");

    diag_hint(d->diags, diag, "a runbook names it in `import`, and is what is run");
}

static void decode_root(struct decoder *d, const struct section *section, struct node *root, void *place)
{
    if (section == &document_section && is_oncall(root)) {
        section = &oncall_section;
        if (d->takes_people)
            d->document->body = arena_alloc(d->arena, sizeof(*d->document->body));
        else
            refuse_people(d, root);
    }
    decode_into(d, section, &(struct spot){NULL, section->name, root}, place);
}

/* Read the YAML of d->source by a section's table into `place`. */
static void read_into(struct decoder *d, const struct section *section, void *place)
{
    struct arena nodes = {0};
    struct tree tree = {.source = d->source, .diags = d->diags, .nodes = &nodes, .texts = d->arena};

    tree_read(&tree);
    d->is_broken = tree.is_broken;
    if (tree.root && tree.root->type == NODE_MAP)
        decode_root(d, section, tree.root, place);
    else if (!tree.is_broken)
        refuse_root(d, section, tree.root);
    arena_fini(&nodes);
}

/* Its nodes and texts join the importing document; positions keep naming the imported file. */
static void import_people(struct loading *loading, struct decoder *d, const char *path, struct pos pos)
{
    const struct source *source = read_source(loading, path, pos);
    struct decoder inner = decoder_start(loading, d->document, source);
    struct document *scratch autofree = NULL;

    if (!source)
        return;
    scratch = mem_alloc(sizeof(*scratch));
    read_into(&inner, &oncall_section, scratch);
    people_merge(d, &scratch->people);
    d->is_broken = d->is_broken || inner.is_broken;
}

static void read_imports(struct loading *loading, struct decoder *d)
{
    const struct strings *import = &d->document->import;

    for (size_t i = 0; i < import->len; i++) {
        char *path autofree = resolve_path(d->source->path, import->items[i]);
        struct diag *diag;

        if (is_yaml(path)) {
            import_people(loading, d, path, import->pos[i]);
        } else if (ends_with(path, ".lua")) {
            read_source(loading, path, import->pos[i]);
        } else {
            diag = diag_error(
                loading->diags, import->pos[i], "wrong-value", "\"%s\" cannot be imported", import->items[i]);
            diag_hint(loading->diags, diag, "import takes .yaml files with people and .lua files");
        }
    }
}

/* A calendar's file stands beside the file that names it. */
static const struct source *read_ics(void *context, const struct placed *ics)
{
    struct loading *loading = context;
    char *path autofree = resolve_path(ics->pos.source->path, ics->text);
    const struct source *source = read_source(loading, path, ics->pos);

    if (!source || source->len <= LOAD_MAX_BYTES)
        return source;
    diag_error(loading->diags, ics->pos, "limit", "%s is larger than %d bytes", path, LOAD_MAX_BYTES);
    return NULL;
}

static void prepare_people(struct loading *loading, struct document *document)
{
    const struct ics_reader reader = {read_ics, loading};

    oncall_prepare(&document->people, &reader, &document->arena, loading->diags);
}

/* What is written under a key of a step whose arguments are templates, if that is a text. */
static const char *constant_at(const struct step *step, const char *name, struct pos *ret_pos)
{
    const struct template *all = step->with;
    const json_t *value = all && all->type == TEMPLATE_CONST ? json_object_get(all->constant, name) : NULL;

    *ret_pos = step->kind_pos;
    for (size_t i = 0; all && all->type == TEMPLATE_MAP && i < all->len; i++) {
        if (strcmp(all->keys[i], name) != 0 || all->items[i]->type != TEMPLATE_CONST)
            continue;
        value = all->items[i]->constant;
        *ret_pos = all->items[i]->pos;
    }
    return json_string_value(value);
}

/* The Lua files that steps name are pinned as well. */
static void read_scripts(struct loading *loading, const struct document *document)
{
    for (size_t i = 0; i < document->step_count; i++) {
        const struct step *step = document->steps[i];
        bool is_lua = step->kind && strcmp(step->kind->name, "lua") == 0;
        struct pos pos;
        const char *file = is_lua ? constant_at(step, "file", &pos) : NULL;
        char *path autofree = file ? resolve_path(document->source->path, file) : NULL;

        if (file && ends_with(file, ".lua"))
            read_source(loading, path, pos);
        else if (file)
            diag_hint(loading->diags,
                diag_error(loading->diags, pos, "wrong-value", "\"%s\" is no Lua file", file),
                "its name ends with .lua");
    }
}

static void add_document(struct book *book, struct document *document)
{
    book->documents =
        mem_grow(book->documents, book->document_count, &book->document_cap, sizeof(struct document *));
    book->documents[book->document_count++] = document;
}

/* The list of all steps has its final length: it joins the rest in the arena. */
static void keep_steps(struct document *document)
{
    struct step **grown = document->steps;
    size_t size = document->step_count * sizeof(*grown);

    document->steps = arena_alloc(&document->arena, size);
    if (size)
        memcpy(document->steps, grown, size);
    free(grown);
}

static void read_calls(struct loading *loading, struct document *document);

static struct document *read_document(struct loading *loading, const struct source *source)
{
    struct document *document = document_new();
    struct decoder d = decoder_start(loading, document, source);

    document->source = source;
    document->pos = (struct pos){source, 1, 1, 1};
    add_document(loading->book, document);
    read_into(&d, &document_section, document);
    keep_steps(document);
    read_imports(loading, &d);
    read_scripts(loading, document);
    ids_assign(&d);
    params_finish(&d);
    rules_finish(&d);
    people_finish(&d);
    smtp_finish(&d);
    if (!d.is_broken)
        prepare_people(loading, document);
    invariants_finish(&d);
    loading->callers[loading->depth++] = source->path;
    read_calls(loading, document);
    loading->depth--;
    return document;
}

/* Where the path of a `call` stands in its arguments; core/ says what else a call takes. */
static const char **callee_of(struct step *step)
{
    const struct section *section = &step->kind->section;
    const struct field *field = section_find(section, "runbook");

    if (strcmp(step->kind->name, "call") != 0 || !step->args || !field || field->type != FIELD_STRING)
        return NULL;
    return (const char **)((char *)step->args + field->offset);
}

static bool is_recursion(struct loading *loading, const char *path, struct pos pos)
{
    struct text chain autotext = {0};
    bool found = false;

    for (size_t i = 0; i < loading->depth; i++) {
        found = found || strcmp(loading->callers[i], path) == 0;
        if (found)
            text_printf(&chain, "%s calls ", loading->callers[i]);
    }
    if (found)
        diag_error(
            loading->diags, pos, "recursion", "a runbook may not call itself: %s%s", text_str(&chain), path);
    return found;
}

/* The document behind a call; NULL with a diagnostic. */
static struct document *read_callee(struct loading *loading, const char *path, struct pos pos)
{
    const struct source *source;
    struct document *document;

    if (is_recursion(loading, path, pos))
        return NULL;
    document = book_find(loading->book, path);
    if (document)
        return document;
    if (loading->depth >= LOAD_MAX_CALLS) {
        diag_error(loading->diags, pos, "limit", "calls are nested too deeply: at most %d are allowed",
            LOAD_MAX_CALLS);
        return NULL;
    }
    source = read_source(loading, path, pos);
    return source ? read_document(loading, source) : NULL;
}

static void read_call(
    struct loading *loading, struct document *document, struct step *step, const char **place)
{
    char *name autofree = is_yaml(*place) ? mem_strdup(*place) : mem_printf("%s.yaml", *place);
    char *path autofree = resolve_path(document->source->path, name);
    struct document *callee = read_callee(loading, path, step->kind_pos);

    if (!callee)
        return;
    *place = callee->source->path;
    call_check(step, callee, loading->diags);
}

static void read_calls(struct loading *loading, struct document *document)
{
    for (size_t i = 0; i < document->step_count; i++) {
        struct step *step = document->steps[i];
        const char **place = step->kind ? callee_of(step) : NULL;

        if (place && *place)
            read_call(loading, document, step, place);
    }
}

static struct book *load(struct loading *loading, const char *path)
{
    char *clean autofree = mem_strdup(path);
    const struct source *source;

    loading->book = book_new();
    normalize(clean);
    source = read_source(loading, clean, (struct pos){0});
    if (source) {
        read_document(loading, source);
        return loading->book;
    }
    book_free(loading->book);
    return NULL;
}

struct book *load_book_from(
    const char *path, load_read read, void *context, kind_list kinds, struct diags *diags)
{
    struct loading loading = {.read = read, .context = context, .kinds = kinds, .diags = diags};

    return load(&loading, path);
}

struct book *load_book(const char *path, kind_list kinds, struct diags *diags)
{
    return load_book_from(path, file_read, NULL, kinds, diags);
}

struct book *load_people(const char *path, kind_list kinds, struct diags *diags)
{
    struct loading loading = {.read = file_read, .kinds = kinds, .diags = diags, .takes_people = true};

    return load(&loading, path);
}
