/* sandbox: what the files of this room share: the Lua state of one book, the evaluation under way, and the
 * objects through which Lua sees JSON values. */
#ifndef SCRIPT_SANDBOX_H
#define SCRIPT_SANDBOX_H

#include "script/quote.h"
#include "script/script.h"

#include <lauxlib.h>
#include <lua.h>

enum {
    HOOK_STEP = 1000,           /* instructions between two looks at the budget */
    BYTES_PER_INSTRUCTION = 32, /* what building, copying or scanning bytes costs of the budget */
    COMPARE_BYTES = 16 * 1024,  /* comparing two texts of this length costs as much as an instruction more */
    LONG_TEXT = 64 * 1024,
    VALUE_DEPTH = 64,
};

/* A compiled expression; the index is expr->slot. */
struct slot {
    int function;  /* registry reference */
    bool may_loop; /* it contains a function: only then can it run for long */
    enum hole_use use;
    unsigned uses;       /* evaluations so far, until it has a … */
    struct quick *quick; /* or NULL; see quick.c */
};

enum metatable { META_LIST, META_MAP, META_NAMES, META_STEP, META_STEPS, META_SECRETS, META_COUNT };

struct script {
    lua_State *lua;
    struct script_limits limits;
    size_t memory_used;
    size_t memory_compiled;    /* what the library and the compiled expressions take */
    size_t memory_ceiling;     /* 0 = none, while compiling */
    const struct scope *scope; /* of the evaluation under way, or NULL */
    int64_t budget;            /* instructions it may still use */
    size_t longest, second;    /* texts it has made */
    const char *exhausted;     /* the cap it has reached: everything fails from here on */
    bool is_hooked;
    json_t **owned; /* values made on the way; let go when it ends */
    size_t owned_len, owned_cap;
    struct text scratch;
    struct slot *slots; /* from 1 */
    size_t slot_count, slot_cap;
    struct map texts;           /* text of an expression -> a slot that has its function */
    int metatables[META_COUNT]; /* registry references */
    int step_objects;           /* … by their result; weak */
    int long_texts;             /* … by their value, of this evaluation */
    bool has_long_texts;
    int environment; /* registry reference: what compiled code sees as its globals */
    int primitives, begin_action, begin_function,
        begin_description;       /* … see coroutine.c; 0 until they are needed */
    struct coroutine *coroutine; /* whose slice is under way, or NULL */
    struct map modules;          /* name -> struct module */
    const struct script_yaml *yaml;
};

/* A name that is always there and stands for a part of the scope. */
enum root { ROOT_PARAMS, ROOT_VARS, ROOT_ENV, ROOT_RUN, ROOT_COUNT };

/* Every userdata of the state is one of these. They borrow: from the scope, or from script->owned. */
struct object {
    enum metatable type;
    enum root root;              /* META_NAMES */
    json_t *json;                /* META_LIST, META_MAP */
    const struct result *result; /* META_STEP */
};

static inline struct script *script_of(lua_State *lua)
{
    return *(struct script **)lua_getextraspace(lua);
}

/* What an evaluation found and puts back: one may run inside another. */
struct frame {
    const struct scope *scope;
    int64_t budget;
    size_t longest, second, owned;
    const char *exhausted;
    bool is_hooked;
};

/* script.c */
struct frame frame_enter(struct script *script, const struct scope *scope, bool may_loop);
void frame_leave(struct script *script, const struct frame *frame);

extern const char limit_too_big[];
/* limit.c: caps. Charging raises a Lua error when the budget is used up. */
void *limit_allocate(void *context, void *ptr, size_t old_size, size_t new_size);
void limit_begin(struct script *script, bool may_loop);
void limit_watch(lua_State *lua); /* count on another thread of the state too */
void limit_charge(lua_State *lua, size_t instructions);
int limit_raise(lua_State *lua, const char *what) __attribute__((noreturn));

/* view.c: JSON values and steps as Lua sees them. */
void view_open(struct script *script);
void view_push(lua_State *lua, json_t *json); /* NULL and null become nil */
/* The object at `index`, or NULL when it is something else. */
struct object *view_object(lua_State *lua, int index);
/* The value behind an object; borrowed; NULL when it has none. */
json_t *view_json(lua_State *lua, const struct object *object);
/* Keep a value until the evaluation ends; takes the reference. */
json_t *view_own(struct script *script, json_t *json);
void view_forget_texts(struct script *script);
void view_let_go(struct script *script, size_t down_to);
void view_sort_keys(const char **keys, size_t count); /* by bytes */
/* The sorted keys of a map; the pointers are the map's, the array the caller's to free. */
const char **view_sorted_keys(const json_t *map, size_t *ret_count);

/* names.c: the names of the scope. */
void names_open(struct script *script); /* fills the table on top of the stack */
int names_index(lua_State *lua); /* what is no builtin: names that come and go with the place, or a mistake */
int names_root_index(lua_State *lua); /* params.x, vars.x, env.x, run.x */
int names_secrets_index(lua_State *lua);
enum root names_root_of(const char *name);                       /* ROOT_COUNT: it is none */
json_t *names_root(const struct script *script, enum root root); /* borrowed, or NULL */
/* Does it come and go with the place: item, result and the like, or a name that an author gave to an item? */
bool names_is_place(const char *name);
/* What such a name stands for; borrowed, or NULL. */
json_t *names_place(const struct script *script, const char *name);
/* What an expression may use everywhere; NULL-terminated. */
extern const char *const builtin_names[];

/* How they fail: "; did you mean …?" or "; there is …" into `hint`; the error that a word is none of the
 * candidates; the key of `root` that Lua asks for. */
void names_hint(const char *word, const char *const *candidates, size_t count, char *hint, size_t size);
int names_fail_missing(
    lua_State *lua, const char *what, const char *word, const char *const *candidates, size_t count);
const char *names_key(lua_State *lua, const char *root);

/* steps.c: what `steps` shows. */
int steps_index(lua_State *lua);
int steps_field_index(lua_State *lua); /* steps.x.field */
/* The fields of steps.x; NULL-terminated. */
extern const char *const steps_field_names[];
size_t steps_field(const char *name);    /* its place there, behind the last when it is none */
bool steps_is_brought(const char *name); /* such a field is there for kinds of steps that bring it */
/* A field of steps.<id>, borrowed; NULL is nil. False: to ask for it is an error. */
bool steps_value(struct script *script, const char *id, size_t field, json_t **ret_value);
json_t *steps_json(const struct result *result); /* all its fields. New reference. */

/* convert.c: Lua values to JSON values. NULL with `err` set when it cannot be. New reference. */
json_t *convert_value(lua_State *lua, int index, struct err *err);
/* A function of Lua: its argument as the text that `write` makes of it; `name` is what a message calls it. */
int convert_written(lua_State *lua, const char *name, void (*write)(const json_t *value, struct text *text));
/* Append as interpolation shows it. */
int convert_text(lua_State *lua, int index, struct text *text, struct err *err);

/* library.c, strings.c, tables.c, helpers.c, lists.c, pattern.c: what expressions may call; each fills the
 * table on top. */
void library_open(struct script *script);
void strings_open(struct script *script);
void tables_open(lua_State *lua);
void helpers_open(lua_State *lua);
void lists_open(lua_State *lua);
int pattern_find(lua_State *lua);
int pattern_match(lua_State *lua);
int pattern_gmatch(lua_State *lua);
int pattern_gsub(lua_State *lua);
/* Push a list of the keys of the table or object at `index`, in their order. */
void library_push_keys(lua_State *lua, int index);
/* Put a read-only front before the table on top of the stack, in its place. */
void library_protect(lua_State *lua);
/* The text of any value, the same on every machine. Pushes it. */
int library_tostring(lua_State *lua);

/* quick.c: evaluate an expression that is evaluated often. Leaves its value on the stack; false, with nothing
 * on it, when that cannot be, for whatever reason: the ordinary way tells. */
bool quick_run(struct script *script, struct slot *slot, const char *text);
void quick_free(struct quick *quick);

/* place.c: a token of an expression's text, and one of its lines, as places in the runbook. */
struct pos expr_pos(const struct expr *expr, const char *token, size_t len);
struct pos expr_line(const struct expr *expr, int line);
/* Split "expr:12: text", as Lua puts it together, into line and text. */
const char *expr_message(const char *message, int *ret_line);

#endif
