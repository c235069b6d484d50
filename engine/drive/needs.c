#include "drive/needs.h"
#include "base/mem.h"
#include "script/mention.h"

#include <string.h>

const char need_start[] = "start";
const char need_evaluated[] = "evaluated";
const char need_event[] = "event";
const char need_failed[] = "failed";
const char need_item[] = "item";
const char need_result[] = "result";
const char need_steps[] = "steps";

/* As they read after "known". */
static const char *const phrases[][2] = {
    {need_start, "when the run starts"},
    {need_evaluated, "when it runs"},
    {need_event, "from the event that starts the run"},
    {need_failed, "when it fails"},
    {need_item, "for each item"},
    {need_result, "after each attempt"},
    {need_steps, "when it runs"},
};

void needs_fini(struct needs *needs)
{
    json_decref(needs->after);
    json_decref(needs->when);
    json_decref(needs->secrets);
    *needs = (struct needs){0};
}

bool needs_any(const struct needs *needs)
{
    return needs->after || needs->when || needs->secrets;
}

void needs_add(json_t **list, const char *text)
{
    json_t *item;
    size_t i;

    if (!*list)
        *list = json_array();
    json_array_foreach(*list, i, item)
    {
        if (strcmp(json_string_value(item), text) == 0)
            return;
    }
    json_array_append_new(*list, json_string(text));
}

static void merge(json_t **list, const json_t *more)
{
    json_t *item;
    size_t i;

    json_array_foreach(more, i, item) needs_add(list, json_string_value(item));
}

void needs_merge(struct needs *needs, const struct needs *more)
{
    merge(&needs->after, more->after);
    merge(&needs->when, more->when);
    merge(&needs->secrets, more->secrets);
}

void needs_put(const struct needs *needs, json_t *map)
{
    if (needs->after || needs->when)
        json_object_set_new(map, "known_after", needs->after ? json_deep_copy(needs->after) : json_array());
    if (needs->when)
        json_object_set_new(map, "known_when", json_deep_copy(needs->when));
    if (needs->secrets)
        json_object_set_new(map, "secrets", json_deep_copy(needs->secrets));
}

struct needs needs_get(const json_t *map)
{
    json_t *after = json_object_get(map, "known_after");

    return (struct needs){
        .after = json_array_size(after) ? after : NULL,
        .when = json_object_get(map, "known_when"),
        .secrets = json_object_get(map, "secrets"),
    };
}

/* --- in words --- */

static void add_joined(const json_t *list, struct text *text)
{
    size_t count = json_array_size(list);

    for (size_t i = 0; i < count; i++)
        text_printf(text, "%s%s",
            i == 0           ? ""
            : i + 1 == count ? " and "
                             : ", ",
            json_string_value(json_array_get(list, i)));
}

static void add_words(const json_t *words, bool is_first, struct text *text)
{
    json_t *word;
    size_t i;

    json_array_foreach(words, i, word)
    {
        for (size_t k = 0; k < sizeof(phrases) / sizeof(phrases[0]); k++)
            if (strcmp(phrases[k][0], json_string_value(word)) == 0)
                text_printf(text, "%s%s", is_first && i == 0 ? " " : " and ", phrases[k][1]);
    }
}

void needs_phrase(const struct needs *needs, struct text *text)
{
    if (!needs->after && !needs->when) {
        text_puts(text, "(depends on secret ");
        add_joined(needs->secrets, text);
    } else {
        text_puts(text, "(known");
        if (needs->after) {
            text_puts(text, json_array_size(needs->after) > 1 ? " after steps " : " after step ");
            add_joined(needs->after, text);
        }
        add_words(needs->when, !needs->after, text);
    }
    text_putc(text, ')');
}

/* --- from an expression --- */

struct search {
    const struct known *known;
    const struct step *at;
    struct mentions mentions;
    struct needs *needs;
};

static void add_doubt(struct search *search, const char *key)
{
    struct needs needs = needs_get(json_object_get(search->known->doubts, key));

    needs_merge(search->needs, &needs);
    merge(&search->needs->secrets, json_object_get(search->known->veiled, key));
}

/* A key that is computed may be any of them. */
static void add_all(struct search *search, json_t *map, const char *root)
{
    const char *key;
    json_t *value;

    json_object_foreach(map, key, value)
    {
        if (strncmp(key, root, strlen(root)) == 0 && key[strlen(root)] == '.')
            add_doubt(search, key);
    }
}

/* params, vars, env */
static void search_values(struct search *search, size_t index, const char *root)
{
    char name[MENTION_NAME_SIZE];
    size_t after;

    if (mentions_next(&search->mentions, index, &after, name)) {
        char *key autofree = mem_printf("%s.%s", root, name);

        add_doubt(search, key);
    } else {
        add_all(search, search->known->doubts, root);
        add_all(search, search->known->veiled, root);
    }
}

static void search_steps(struct search *search, size_t index, const char *root)
{
    char name[MENTION_NAME_SIZE];
    const struct step *step;
    size_t after;

    (void)root;
    if (!mentions_next(&search->mentions, index, &after, name)) {
        needs_add(&search->needs->when, need_steps);
        return;
    }
    for (char *c = name; *c; c++)
        *c = *c == '-' ? '_' : *c;
    step = map_get(&search->known->steps, name);
    if (step && search->known->fates[step->index] == FATE_OPEN)
        needs_add(&search->needs->after, step->id);
}

static void search_run(struct search *search, size_t index, const char *root)
{
    char name[MENTION_NAME_SIZE];
    size_t after;

    (void)root;
    if (!mentions_next(&search->mentions, index, &after, name) || !json_object_get(search->known->run, name))
        needs_add(&search->needs->when, need_start);
}

static void search_secrets(struct search *search, size_t index, const char *root)
{
    char name[MENTION_NAME_SIZE];
    size_t after;

    (void)root;
    needs_add(
        &search->needs->secrets, mentions_next(&search->mentions, index, &after, name) ? name : "values");
}

static const struct {
    const char *name;
    void (*search)(struct search *search, size_t index, const char *root);
    const char *need; /* when there is no `search` */
} roots[] = {
    {"params", search_values, NULL},
    {"vars", search_values, NULL},
    {"env", search_values, NULL},
    {"steps", search_steps, NULL},
    {"run", search_run, NULL},
    {"secrets", search_secrets, NULL},
    {"now", NULL, need_evaluated},
    {"event", NULL, need_event},
    {"failed", NULL, need_failed},
    {"result", NULL, need_result},
    {"index", NULL, need_item},
};

static bool is_item(const struct step *at, const char *name)
{
    if (at && (at->foreach || at->hook) && strcmp(at->as ? at->as : "item", name) == 0)
        return true;
    for (at = at ? at->loop : NULL; at; at = at->loop)
        if (strcmp(at->as ? at->as : "item", name) == 0)
            return true;
    return strcmp(name, "item") == 0;
}

static void search_name(struct search *search, size_t index, const char *name)
{
    if (is_item(search->at, name))
        needs_add(&search->needs->when, need_item);
    for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++) {
        if (strcmp(roots[i].name, name) != 0)
            continue;
        if (roots[i].search)
            roots[i].search(search, index, name);
        else
            needs_add(&search->needs->when, roots[i].need);
    }
}

/* Words that may keep a name from being used, so that the rest decides alone … */
static const char *const branching[] = {"and", "or", "function"};
/* … and those after which evaluating says nothing: the time passes, a failure may be hidden. */
static const char *const deceiving[] = {"now", "pcall"};

static bool is_one_of(const char *const *words, size_t count, const struct token *token)
{
    for (size_t i = 0; i < count; i++)
        if (token_is(token, words[i]))
            return true;
    return false;
}

static bool is_certain(const struct mentions *mentions)
{
    bool is_straight = true, is_deceiving = false;

    for (size_t i = 0; i < mentions->count; i++) {
        const struct token *token = &mentions->tokens[i];

        is_straight = is_straight && !is_one_of(branching, sizeof(branching) / sizeof(branching[0]), token);
        is_deceiving = is_deceiving || is_one_of(deceiving, sizeof(deceiving) / sizeof(deceiving[0]), token);
    }
    return is_straight || is_deceiving;
}

void needs_of(const struct known *known, const struct expr *expr, const struct step *at,
    struct needs *ret_needs, bool *ret_is_certain)
{
    struct search search = {.known = known, .at = at, .needs = ret_needs};
    char name[MENTION_NAME_SIZE];

    *ret_needs = (struct needs){0};
    mentions_init(&search.mentions, expr->text);
    for (size_t i = 0; i < search.mentions.count; i++)
        if (mentions_root(&search.mentions, i, name))
            search_name(&search, i, name);
    *ret_is_certain = is_certain(&search.mentions);
    mentions_fini(&search.mentions);
}
