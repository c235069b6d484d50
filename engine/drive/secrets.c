#include "drive/secrets.h"
#include "base/mem.h"
#include "drive/secret_entry.h"
#include "drive/vault.h"
#include "script/secret.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- before the run --- */

static void check_env(const char *name, const struct secret *secret, struct diags *diags)
{
    const char *value = getenv(secret->env);
    struct diag *diag;

    if (value && *value)
        return;
    diag = diag_error(diags, secret->pos, "secret", "secret \"%s\": the environment variable %s is %s", name,
        secret->env, value ? "empty" : "not set");
    diag_hint(diags, diag, "export %s where the run is started, or name another source", secret->env);
}

/* Only looked at: to open a pipe would take from it what the step needs. */
static int file_problem(const char *path)
{
    struct stat status;

    if (stat(path, &status) < 0 || euidaccess(path, R_OK) < 0)
        return errno;
    return S_ISDIR(status.st_mode) ? EISDIR : 0;
}

static void check_file(const char *name, const struct secret *secret, struct diags *diags)
{
    int problem = file_problem(secret->file);
    struct diag *diag;

    if (!problem)
        return;
    diag = diag_error(diags, secret->pos, "secret", "secret \"%s\": cannot read %s: %s", name, secret->file,
        strerror(problem));
    if (*secret->file == '/')
        diag_hint(diags, diag, "put the value there, readable for you and nobody else");
    else
        diag_hint(diags, diag, "a path that does not begin with / is looked for where the run is started");
}

void secrets_check(const struct book *book, struct diags *diags)
{
    for (size_t i = 0; i < book->document_count; i++) {
        const struct items *secrets = &book->documents[i]->secrets;

        for (size_t k = 0; k < secrets->len; k++) {
            const struct secret *secret = secrets->items[k];

            if (secret->env)
                check_env(secrets->names[k], secret, diags);
            else if (secret->file)
                check_file(secrets->names[k], secret, diags);
        }
    }
}

/* --- the values --- */

void secrets_init(struct secrets *secrets, struct loop *loop, const struct book *book, const char *nonce)
{
    *secrets = (struct secrets){.loop = loop, .book = book, .nonce = nonce};
    for (size_t i = 0; i < book->document_count; i++)
        secrets->is_declared = secrets->is_declared || book->documents[i]->secrets.len > 0;
}

void secrets_fini(struct secrets *secrets)
{
    for (size_t i = 0; i < secrets->values.len; i++)
        secret_entry_free(secrets->values.entries[i].value);
    map_fini(&secrets->values);
    mask_fini(&secrets->mask);
}

void secrets_hide(struct secrets *secrets, const json_t *value)
{
    struct text text autotext = {0};
    const char *key;
    json_t *item;
    size_t i;

    if (json_is_object(value)) {
        json_object_foreach((json_t *)value, key, item) secrets_hide(secrets, item);
    } else if (json_is_array(value)) {
        json_array_foreach((json_t *)value, i, item) secrets_hide(secrets, item);
    } else if (!json_is_boolean(value) && value_to_text(value, &text)) {
        mask_add(&secrets->mask, text.ptr, text.len);
        explicit_bzero(text.ptr, text.cap);
    }
}

void secrets_hide_params(struct secrets *secrets, const json_t *params)
{
    const struct items *declared = &secrets->book->documents[0]->params;

    for (size_t i = 0; i < declared->len; i++)
        if (((const struct param *)declared->items[i])->secret)
            secrets_hide(secrets, json_object_get(params, declared->names[i]));
}

bool secrets_any(const struct secrets *secrets)
{
    return secrets->is_declared || !mask_is_empty(&secrets->mask);
}

static const struct secret *declared(const struct secrets *secrets, const char *name)
{
    for (size_t i = 0; i < secrets->book->document_count; i++) {
        const struct items *items = &secrets->book->documents[i]->secrets;

        for (size_t k = 0; k < items->len; k++)
            if (strcmp(items->names[k], name) == 0)
                return items->items[k];
    }
    return NULL;
}

static struct secret_entry *entry_of(struct secrets *secrets, const char *name)
{
    struct secret_entry *entry = map_get(&secrets->values, name);

    if (!entry) {
        entry = secret_entry_new(secrets, name, declared(secrets, name));
        map_put(&secrets->values, name, entry);
    }
    return entry;
}

static const char *value_of(void *context, const char *name)
{
    const struct secrets *secrets = context;
    const struct secret_entry *entry = map_get(&secrets->values, name);

    return entry ? secret_entry_value(entry) : NULL;
}

/* --- which secrets does a value need? --- */

/* Looking for the first name whose value is not known. */
struct search {
    const struct secrets *secrets;
    char *missing; /* owned */
};

static const char *note_missing(void *context, const char *name)
{
    struct search *search = context;

    if (!search->missing && !value_of((void *)search->secrets, name))
        search->missing = mem_strdup(name);
    return NULL;
}

static void search_value(struct search *search, const json_t *value)
{
    struct text scratch autotext = {0};
    const char *key;
    json_t *item;
    size_t i;

    if (search->missing)
        return;
    if (json_is_object(value)) {
        json_object_foreach((json_t *)value, key, item) search_value(search, item);
    } else if (json_is_array(value)) {
        json_array_foreach((json_t *)value, i, item) search_value(search, item);
    } else if (json_is_string(value) && strstr(json_string_value(value), search->secrets->nonce)) {
        secret_expand(&scratch, json_string_value(value), search->secrets->nonce, note_missing, search);
    }
}

int secrets_ready(
    struct secrets *secrets, const json_t *value, secrets_done done, void *context, struct err *err)
{
    if (!secrets->is_declared || !value)
        return 0;
    for (;;) {
        struct search search = {.secrets = secrets};
        int code;

        search_value(&search, value);
        if (!search.missing)
            return 0;
        code = secret_entry_want(entry_of(secrets, search.missing), done, context, err);
        free(search.missing);
        if (code != 0)
            return code;
    }
}

/* --- putting in and taking out --- */

typedef void (*rewrite_fn)(const struct secrets *secrets, const char *bytes, size_t len, struct text *out);

/* The value with every string rewritten; what did not change is shared. New reference. */
static json_t *rewrite(const struct secrets *secrets, json_t *value, rewrite_fn fn)
{
    if (json_is_string(value)) {
        struct text out autotext = {0};
        size_t len = json_string_length(value);

        fn(secrets, json_string_value(value), len, &out);
        if (out.len == len && memcmp(text_str(&out), json_string_value(value), len) == 0)
            return json_incref(value);
        return value_string(text_str(&out), out.len);
    }
    if (json_is_array(value)) {
        json_t *list = json_array(), *item;
        size_t i;

        json_array_foreach(value, i, item) json_array_append_new(list, rewrite(secrets, item, fn));
        return list;
    }
    if (json_is_object(value)) {
        json_t *map = json_object(), *item;
        const char *key;

        json_object_foreach(value, key, item)
        {
            struct text name autotext = {0};

            fn(secrets, key, strlen(key), &name);
            json_object_set_new(map, text_str(&name), rewrite(secrets, item, fn));
        }
        return map;
    }
    return json_incref(value);
}

static void fill_text(const struct secrets *secrets, const char *bytes, size_t len, struct text *out)
{
    (void)len;
    secret_expand(out, bytes, secrets->nonce, value_of, (void *)secrets);
}

json_t *secrets_fill(const struct secrets *secrets, json_t *value)
{
    if (!value || !secrets->is_declared)
        return json_incref(value);
    return rewrite(secrets, value, fill_text);
}

/* What a token looks like to people: as the author wrote it. */
struct unveiled {
    struct text name;
};

static const char *as_written(void *context, const char *name)
{
    struct unveiled *unveiled = context;

    text_clear(&unveiled->name);
    text_printf(&unveiled->name, "${{ secrets.%s }}", name);
    return text_str(&unveiled->name);
}

void secrets_veil_text(const struct secrets *secrets, const char *bytes, size_t len, struct text *out)
{
    struct unveiled unveiled = {0};
    struct text plain autotext = {0};

    if (!secrets->is_declared || !memmem(bytes, len, secrets->nonce, strlen(secrets->nonce))) {
        mask_text(&secrets->mask, bytes, len, out);
        return;
    }
    secret_expand(&plain, bytes, secrets->nonce, as_written, &unveiled);
    mask_text(&secrets->mask, text_str(&plain), plain.len, out);
    text_fini(&unveiled.name);
}

json_t *secrets_veil(const struct secrets *secrets, json_t *value)
{
    if (!value || !secrets_any(secrets))
        return json_incref(value);
    return rewrite(secrets, value, secrets_veil_text);
}
