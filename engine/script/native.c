/* native: the pure helpers that only code of steps has. */
#include "script/module.h"
#include "base/hash.h"

#include <string.h>

static const char *bytes_at(lua_State *lua, int index, size_t *ret_len)
{
    const char *bytes = luaL_checklstring(lua, index, ret_len);

    const struct scope *scope = script_of(lua)->scope;

    limit_charge(lua, 1 + *ret_len / BYTES_PER_INSTRUCTION);
    /* `secrets.x` is no value yet in code: it is put in where it leaves the program. */
    if (scope && scope->secret_nonce &&
        memmem(bytes, *ret_len, scope->secret_nonce, strlen(scope->secret_nonce)))
        luaL_error(
            lua, "a secret is not known here; give it by `with` to a function of a file, or to an action");
    return bytes;
}

/* What was allocated outside of Lua lies in the scratch text while Lua, which may raise, copies it. */
static int push_bytes(lua_State *lua, char *bytes, size_t len)
{
    struct script *script = script_of(lua);

    text_clear(&script->scratch);
    text_add(&script->scratch, bytes, len);
    free(bytes);
    lua_pushlstring(lua, text_str(&script->scratch), len);
    return 1;
}

static int encode_base64(lua_State *lua)
{
    size_t len;
    const char *bytes = bytes_at(lua, 1, &len);
    char *text = base64_encode(bytes, len);

    return push_bytes(lua, text, strlen(text));
}

static int decode_base64(lua_State *lua)
{
    size_t len, size;
    const char *text = bytes_at(lua, 1, &len);
    char *bytes = base64_decode(text, len, &size);

    if (!bytes)
        return luaL_error(lua, "base64.decode: this is no base64");
    return push_bytes(lua, bytes, size);
}

static int push_hash(lua_State *lua, const struct sha256 *hash)
{
    char hex[SHA256_HEX_SIZE];

    sha256_hex(hash, hex);
    lua_pushstring(lua, hex);
    return 1;
}

static int sha256(lua_State *lua)
{
    size_t len;
    const char *bytes = bytes_at(lua, 1, &len);
    struct sha256 hash = sha256_of(bytes, len);

    return push_hash(lua, &hash);
}

/* hmac(key, text) */
static int hmac(lua_State *lua)
{
    size_t key_len, len;
    const char *key = bytes_at(lua, 1, &key_len), *bytes = bytes_at(lua, 2, &len);
    struct sha256 hash = hmac_sha256(key, key_len, bytes, len);

    return push_hash(lua, &hash);
}

static const struct script_yaml *yaml_of(lua_State *lua)
{
    const struct script_yaml *yaml = script_of(lua)->yaml;

    if (!yaml)
        luaL_error(lua, "yaml cannot be used here");
    return yaml;
}

/* What is said of json.decode in helpers.c holds here too. */
static int decode_yaml(lua_State *lua)
{
    size_t len;
    const char *text = luaL_checklstring(lua, 1, &len);
    struct err err;
    json_t *value;

    limit_charge(lua, 1 + len);
    if (len > script_of(lua)->limits.memory / 8)
        return luaL_error(lua, "yaml.decode: the text is too long");
    value = yaml_of(lua)->decode(text, len, &err);
    if (!value)
        return luaL_error(lua, "yaml.decode: %s", err.text);
    view_push(lua, view_own(script_of(lua), value));
    return 1;
}

static int encode_yaml(lua_State *lua)
{
    return convert_written(lua, "yaml.encode", yaml_of(lua)->encode);
}

/* Two ways of one format, under its name. */
static void add_format(lua_State *lua, const char *name, lua_CFunction encode, lua_CFunction decode)
{
    lua_createtable(lua, 0, 2);
    lua_pushcfunction(lua, encode);
    lua_setfield(lua, -2, "encode");
    lua_pushcfunction(lua, decode);
    lua_setfield(lua, -2, "decode");
    library_protect(lua);
    lua_setfield(lua, -2, name);
}

void natives_open(lua_State *lua)
{
    lua_pushcfunction(lua, sha256);
    lua_setfield(lua, -2, "sha256");
    lua_pushcfunction(lua, hmac);
    lua_setfield(lua, -2, "hmac");
    add_format(lua, "base64", encode_base64, decode_base64);
    add_format(lua, "yaml", encode_yaml, decode_yaml);
}
