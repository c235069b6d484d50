#include "script/module.h"
#include "script/compile.h"

#include <string.h>

/* The standard library, by name; ends with a NULL name. Made at build time from the files of stdlib/. */
struct standard_file {
    const char *name, *text;
};

extern const struct standard_file asset_stdlib[];

static const char *standard_text(const char *name)
{
    for (const struct standard_file *file = asset_stdlib; file->name; file++)
        if (strcmp(file->name, name) == 0)
            return file->text;
    return NULL;
}

static void module_free(struct module *module)
{
    if (module)
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

const struct module *module_find(struct script *script, const char *name)
{
    const struct module *module = map_get(&script->modules, name);
    const char *text = module ? NULL : standard_text(name);
    char *path autofree = NULL;

    if (!text)
        return module;
    path = mem_printf("stdlib/%s.lua", name);
    add(script, name, &(struct module){.path = path, .text = text, .is_standard = true});
    return map_get(&script->modules, name);
}

void module_add(struct script *script, const struct source *source)
{
    const char *slash = strrchr(source->path, '/'), *base = slash ? slash + 1 : source->path;
    char *name autofree = mem_strndup(base, strcspn(base, "."));

    add(script, name, &(struct module){.path = (char *)source->path, .text = source->text});
}

void modules_fini(struct script *script)
{
    for (size_t i = 0; i < script->modules.len; i++)
        module_free(script->modules.entries[i].value);
    map_fini(&script->modules);
}

void module_push(lua_State *lua, const char *name)
{
    const struct module *module = module_find(script_of(lua), name);
    struct err err;

    lua_pushfstring(lua, "=%s", module->path);
    if (compile_load_on(lua, "", module->text, "", lua_tostring(lua, -1), &err))
        luaL_error(lua, "%s", err.text);
    lua_remove(lua, -2);
    lua_insert(lua, -2);
    lua_setupvalue(lua, -2, 1);
    lua_call(lua, 0, 1);
}
