#include "cli/libraries.h"
#include "base/hash.h"

#include <stdio.h>

#include <dlfcn.h>

/* Functions without arguments that return a text. */
static const struct {
    const char *name, *symbol;
} functions[] = {
    {"SQLite", "sqlite3_libversion"},
    {"libuv", "uv_version_string"},
    {"jansson", "jansson_version_str"},
    {"libyaml", "yaml_get_version_string"},
    {"libsodium", "sodium_version_string"},
};

typedef const char *(*version_fn)(void);

static version_fn version_in(void *library, const char *symbol)
{
    return (version_fn)dlsym(library, symbol);
}

/* "$LuaVersion: Lua 5.4.4  Copyright …": what stands after "Lua ". */
static json_t *lua_version(void)
{
    const char *ident = dlsym(RTLD_DEFAULT, "lua_ident");
    char major[16];

    if (!ident || sscanf(ident, "$LuaVersion: Lua %15s", major) != 1)
        return json_null();
    return json_string(major);
}

json_t *libraries(void)
{
    json_t *json = json_object();

    for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
        version_fn version = version_in(RTLD_DEFAULT, functions[i].symbol);

        json_object_set_new(json, functions[i].name, version ? json_string(version()) : json_null());
    }
    json_object_set_new(json, "nettle", json_string(sha256_library()));
    json_object_set_new(json, "Lua", lua_version());
    return json;
}

const char *library_curl(const char **ret_why)
{
    void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    version_fn version = library ? version_in(library, "curl_version") : NULL;

    *ret_why = version ? NULL : dlerror();
    return version ? version() : NULL;
}

bool library_ical(const char **ret_why)
{
    void *library = dlopen("libical.so.3", RTLD_NOW | RTLD_LOCAL);

    *ret_why = library ? NULL : dlerror();
    if (library)
        dlclose(library);
    return library;
}
