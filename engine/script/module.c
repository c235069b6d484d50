#include "script/module.h"
#include "script/actions.h"
#include "script/compile.h"
#include "script/pin.h"

#include <string.h>

/* The standard library, by name; ends with a NULL name. Made at build time from the files of stdlib/. */
struct standard_file {
    const char *name, *text;
};

extern const struct standard_file asset_stdlib[];

const char *pin_standard_text(const char *name)
{
    for (const struct standard_file *file = asset_stdlib; file->name; file++)
        if (strcmp(file->name, name) == 0)
            return file->text;
    return NULL;
}

static void module_free(struct module *module)
{
    if (!module)
        return;
    actions_forget(module->declared);
    free(module->path);
    free(module);
}

static void add(struct script *script, const char *name, const struct module *module)
{
    struct module *copy = mem_alloc(sizeof(*copy));

    *copy = *module;
    copy->path = mem_strdup(module->path);
    module_free(map_put(&script->modules, name, copy));
}

static void add_standard(
    struct script *script, const char *name, const char *text, const struct source *source)
{
    char *path autofree = mem_printf("stdlib/%s.lua", name);

    add(script, name, &(struct module){.path = path, .text = text, .source = source});
}

struct module *module_find(struct script *script, const char *name)
{
    struct module *module = map_get(&script->modules, name);
    const char *text = module ? NULL : pin_standard_text(name);

    if (!text)
        return module;
    add_standard(script, name, text, NULL);
    return map_get(&script->modules, name);
}

static void add_imported(struct script *script, const struct source *source)
{
    const char *slash = strrchr(source->path, '/'), *base = slash ? slash + 1 : source->path;
    const char *dot = strrchr(base, '.');
    char *name autofree = NULL;

    if (!dot || strcmp(dot, ".lua") != 0)
        return;
    name = mem_strndup(base, (size_t)(dot - base));
    add(script, name, &(struct module){.path = (char *)source->path, .text = source->text, .source = source});
}

void modules_add(struct script *script, const struct book *book)
{
    for (size_t i = 0; i < book->source_count; i++) {
        const struct source *source = book->sources[i];
        const char *standard = source_standard(source->path);

        if (standard)
            add_standard(script, standard, source->text, source);
        else
            add_imported(script, source);
    }
}

const char **module_names(const struct script *script, size_t *ret_count)
{
    size_t count = 0, standard = 0;
    const char **names;

    while (asset_stdlib[standard].name)
        standard++;
    names = mem_alloc((standard + script->modules.len + 1) * sizeof(*names));
    for (; count < standard; count++)
        names[count] = asset_stdlib[count].name;
    for (size_t i = 0; i < script->modules.len; i++)
        if (!pin_standard_text(script->modules.entries[i].key))
            names[count++] = script->modules.entries[i].key;
    view_sort_keys(names, count);
    *ret_count = count;
    return names;
}

void modules_fini(struct script *script)
{
    for (size_t i = 0; i < script->modules.len; i++)
        module_free(script->modules.entries[i].value);
    map_fini(&script->modules);
}

static void raise(lua_State *lua, const char *message)
{
    lua_pushstring(lua, message);
    lua_error(lua);
}

void module_push(lua_State *lua, const char *name)
{
    const struct module *module = module_find(script_of(lua), name);
    struct err err;

    lua_pushfstring(lua, "=%s", module->path);
    if (compile_load_on(lua, "", module->text, "", lua_tostring(lua, -1), &err))
        raise(lua, err.text);
    lua_remove(lua, -2);
    lua_insert(lua, -2);
    lua_setupvalue(lua, -2, 1);
    lua_call(lua, 0, 1);
}
