/* quick: expressions that are evaluated often.
 *
 * Most of what an expression costs is its way to its values: a view for each name, and a call from Lua into C
 * for each dot. When it has been evaluated a number of times, it is compiled once more, with a parameter in
 * the place of every path of constant names (vars.n, steps.check.ok, item.host.port): C follows the path and
 * hands over what it finds.
 *
 *     vars.n % 2 == 0 and vars.n < params.max
 *     return function(path__0, path__1) return (path__0 % 2 == 0 and path__0 < path__1) end
 *
 * This way knows values only. Wherever something else may have to be said (a name that is not there, or not
 * yet, a field of what has none, an error of any kind) the expression is evaluated once more in the ordinary
 * way, which says it. So there is one place that knows the messages, and a name on the side of an `and` that
 * is not taken stays unasked for. */
#include "script/compile.h"
#include "script/mention.h"

#include <string.h>

enum {
    OFTEN = 16,    /* about as many evaluations pay for the second compilation */
    PATHS_MAX = 8, /* of an expression; fewer than the slots that Lua's stack always has */
    KEYS_MAX = 4,
};

static const char parameter[] = "path__";

struct key {
    const char *text;
    size_t len;
};

enum origin { ORIGIN_ROOT, ORIGIN_STEP, ORIGIN_PLACE };

struct path {
    enum origin origin;
    enum root root;            /* ORIGIN_ROOT: params.<key> */
    const char *name;          /* ORIGIN_STEP: of the step; ORIGIN_PLACE: item, result and the like */
    size_t field;              /* ORIGIN_STEP */
    struct key keys[KEYS_MAX]; /* the fields from there on */
    size_t len;
};

struct quick {
    int function; /* registry reference */
    struct path paths[PATHS_MAX];
    size_t len;
    struct arena arena; /* names and keys */
};

/* --- following a path --- */

static bool start_of(struct script *script, const struct path *path, json_t **ret_value)
{
    switch (path->origin) {
    case ORIGIN_ROOT:
        *ret_value = names_root(script, path->root);
        return true;
    case ORIGIN_STEP:
        return steps_value(script, path->name, path->field, ret_value);
    case ORIGIN_PLACE:
        *ret_value = names_place(script, path->name);
        return *ret_value != NULL;
    }
    return false;
}

static bool push_value(struct script *script, const struct path *path)
{
    json_t *value;

    if (!start_of(script, path, &value))
        return false;
    for (size_t i = 0; i < path->len; i++) {
        if (!json_is_object(value))
            return false;
        value = json_object_getn(value, path->keys[i].text, path->keys[i].len);
        /* What data does not have is nil; a parameter that does not exist is a mistake. */
        if (!value && i == 0 && path->origin == ORIGIN_ROOT)
            return false;
    }
    if (json_string_length(value) >= LONG_TEXT)
        return false;
    /* An error could not be caught here, so there must be none: what is pushed is small. */
    script->memory_ceiling = 0;
    view_push(script->lua, value);
    return true;
}

/* The function and its arguments, or nothing. */
static bool push_call(struct script *script, const struct quick *quick)
{
    int top = lua_gettop(script->lua);
    size_t ceiling = script->memory_ceiling, i = 0;

    lua_rawgeti(script->lua, LUA_REGISTRYINDEX, quick->function);
    while (i < quick->len && push_value(script, &quick->paths[i]))
        i++;
    script->memory_ceiling = ceiling;
    if (i == quick->len && script->memory_used <= ceiling)
        return true;
    lua_settop(script->lua, top);
    return false;
}

/* --- compiling --- */

/* What is needed while a quick is made. */
struct maker {
    struct script *script;
    struct quick *quick;
    struct mentions mentions;
    struct token seen[PATHS_MAX]; /* each path, as it is written */
    struct text body;
};

/* `at` is the last token of the path so far. */
static bool next_name(const struct mentions *mentions, size_t *at, char name[MENTION_NAME_SIZE])
{
    size_t after;

    if (!mentions_next(mentions, *at, &after, name))
        return false;
    *at = after;
    return true;
}

static bool read_origin(struct maker *maker, size_t *at, struct path *path)
{
    char name[MENTION_NAME_SIZE];

    if (!mentions_root(&maker->mentions, *at, name))
        return false;
    path->root = names_root_of(name);
    if (path->root != ROOT_COUNT) {
        path->origin = ORIGIN_ROOT;
        return true;
    }
    if (strcmp(name, "steps") == 0) {
        path->origin = ORIGIN_STEP;
        if (!next_name(&maker->mentions, at, name))
            return false;
        path->name = arena_strdup(&maker->quick->arena, name);
        if (!next_name(&maker->mentions, at, name))
            return false;
        path->field = steps_field(name);
        return steps_field_names[path->field] != NULL;
    }
    path->origin = ORIGIN_PLACE;
    path->name = arena_strdup(&maker->quick->arena, name);
    return names_is_place(name);
}

/* The path that begins at the token `*at`; its last token. Further keys than these are left to Lua. */
static bool read_path(struct maker *maker, size_t *at, struct path *path)
{
    char name[MENTION_NAME_SIZE];

    *path = (struct path){0};
    if (!read_origin(maker, at, path))
        return false;
    while (path->len < KEYS_MAX && next_name(&maker->mentions, at, name))
        path->keys[path->len++] = (struct key){arena_strdup(&maker->quick->arena, name), strlen(name)};
    return path->origin != ORIGIN_ROOT || path->len;
}

/* The number of the parameter for a path, which may be there already; PATHS_MAX: there are too many. */
static size_t add_path(struct maker *maker, const struct path *path, const char *start, size_t len)
{
    struct quick *quick = maker->quick;
    size_t i = 0;

    while (i < quick->len && (maker->seen[i].len != len || memcmp(maker->seen[i].start, start, len) != 0))
        i++;
    if (i == quick->len && i < PATHS_MAX) {
        maker->seen[i] = (struct token){.start = start, .len = len};
        quick->paths[quick->len++] = *path;
    }
    return i;
}

static void write_body(struct maker *maker, const char *text)
{
    const struct token *tokens = maker->mentions.tokens;

    for (size_t i = 0; i < maker->mentions.count; i++) {
        const char *start = tokens[i].start;
        size_t last = i, len, number;
        struct path path;

        if (!read_path(maker, &last, &path))
            continue;
        len = (size_t)(tokens[last].start + tokens[last].len - start);
        number = add_path(maker, &path, start, len);
        if (number == PATHS_MAX)
            continue;
        text_add(&maker->body, text, (size_t)(start - text));
        text_printf(&maker->body, "%s%zu ", parameter, number);
        text = start + len;
        i = last;
    }
    text_puts(&maker->body, text);
}

static bool load(struct maker *maker, bool has_comment)
{
    struct text head autotext = {0};
    lua_State *lua = maker->script->lua;

    text_puts(&head, "return function(");
    for (size_t i = 0; i < maker->quick->len; i++)
        text_printf(&head, "%s%s%zu", i ? "," : "", parameter, i);
    text_puts(&head, ") return (");
    if (compile_load(maker->script, text_str(&head), text_str(&maker->body),
            has_comment ? "\n) end" : ") end", "=expr", NULL))
        return false;
    if (lua_pcall(lua, 0, 1, 0) != LUA_OK) {
        lua_pop(lua, 1);
        return false;
    }
    maker->quick->function = luaL_ref(lua, LUA_REGISTRYINDEX);
    return true;
}

static struct quick *make(struct script *script, const char *text)
{
    struct maker maker = {.script = script, .quick = mem_alloc(sizeof(struct quick))};
    bool made;

    mentions_init(&maker.mentions, text);
    write_body(&maker, text);
    made = maker.quick->len && load(&maker, strstr(text, "--") != NULL);
    mentions_fini(&maker.mentions);
    text_fini(&maker.body);
    if (made)
        return maker.quick;
    quick_free(maker.quick);
    return NULL;
}

/* In the middle of an evaluation: what is compiled is not counted as its memory. */
static struct quick *quick_new(struct script *script, const char *text)
{
    size_t before = script->memory_used, ceiling = script->memory_ceiling;
    struct quick *quick = NULL;

    if (strstr(text, parameter))
        return NULL;
    script->memory_ceiling = 0;
    lua_gc(script->lua, LUA_GCSTOP);
    quick = make(script, text);
    lua_gc(script->lua, LUA_GCRESTART);
    script->memory_compiled += script->memory_used - before;
    script->memory_ceiling = ceiling + (script->memory_used - before);
    return quick;
}

void quick_free(struct quick *quick)
{
    if (!quick)
        return;
    arena_fini(&quick->arena);
    free(quick);
}

/* --- evaluating --- */

bool quick_run(struct script *script, struct slot *slot, const char *text)
{
    const struct quick *quick;

    if (!slot->quick && !slot->may_loop && ++slot->uses == OFTEN)
        slot->quick = quick_new(script, text);
    quick = slot->quick;
    if (!quick || !push_call(script, quick))
        return false;
    if (lua_pcall(script->lua, (int)quick->len, 1, 0) == LUA_OK)
        return true;
    lua_pop(script->lua, 1);
    limit_begin(script, false);
    return false;
}
