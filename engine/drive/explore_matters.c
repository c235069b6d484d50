/* explore_matters: which outcomes change the end of the run. Where a step's outcome is decided, each other
 * outcome is held against the usual one, everything after it being as usual on both ways: what people notice
 * from there on is the same, or it is not. */
#include "base/hash.h"
#include "base/mem.h"
#include "drive/explore_inside.h"

#include <string.h>

enum { WAY_MAX = 100 * 1000 };

/* What is noticed on a way, to its end, as usual after its first step. */
struct rest {
    uint64_t *hashes; /* by state: of the way from there; 0 = not worked out */
};

static uint32_t usual(const struct search *search, uint32_t state, const struct edge **ret_edge)
{
    const struct state *here = &search->states[state];

    if (!here->edge_count)
        return NO_NODE;
    *ret_edge = &search->edges[here->first_edge];
    return (*ret_edge)->to;
}

static uint64_t join(const char *heard, uint64_t rest)
{
    struct text text autotext = {0};

    if (!heard)
        return rest;
    text_puts(&text, heard);
    text_add(&text, (const char *)&rest, sizeof(rest));
    return hash128_of(text_str(&text), text.len).words[0] | 1;
}

/* From the end back; in a circle what is not known yet counts as nothing. Lines that stand in one edge or in
 * two are the same only when they are cut alike, so each line is joined by itself. */
static uint64_t join_lines(const char *heard, uint64_t rest)
{
    size_t len = heard ? strlen(heard) : 0;

    while (len > 0) {
        size_t start = len - 1;
        char *line autofree = NULL;

        while (start > 0 && heard[start - 1] != '\n')
            start--;
        line = mem_strndup(heard + start, len - start);
        rest = join(line, rest);
        len = start;
    }
    return rest;
}

static uint64_t rest_of(const struct search *search, struct rest *rest, uint32_t state)
{
    uint32_t *way = NULL;
    size_t len = 0, cap = 0;
    uint64_t hash = 1;

    while (state != NO_NODE && !rest->hashes[state] && len < WAY_MAX) {
        const struct edge *edge;

        way = mem_grow(way, len, &cap, sizeof(*way));
        way[len++] = state;
        state = usual(search, state, &edge);
    }
    if (state != NO_NODE)
        hash = rest->hashes[state];
    while (len > 0) {
        const struct edge *edge = NULL;

        if (usual(search, way[--len], &edge) != NO_NODE)
            hash = join_lines(edge->heard, hash);
        rest->hashes[way[len]] = hash;
    }
    free(way);
    return hash;
}

static uint64_t after(const struct search *search, struct rest *rest, const struct edge *edge)
{
    return join_lines(edge->heard, rest_of(search, rest, edge->to));
}

/* --- what changes, in words --- */

static void gather(const struct search *search, const struct edge *edge, struct text *text)
{
    size_t len = 0;

    while (edge && len++ < WAY_MAX) {
        uint32_t to = edge->to;

        if (edge->heard)
            text_puts(text, edge->heard);
        edge = NULL;
        if (to != NO_NODE)
            usual(search, to, &edge);
    }
}

static size_t lines_that(const char *text, const char *line, size_t len)
{
    size_t count = 0;

    for (const char *at = text; *at; at += strcspn(at, "\n") + 1)
        count += strncmp(at, line, len) == 0 && at[len] == '\n';
    return count;
}

/* Lines of `a` that are not, or not as often, in `b`. */
static void put_more(struct text *text, const char *sign, const char *a, const char *b)
{
    struct text seen autotext = {0};

    for (const char *at = a; *at; at += strcspn(at, "\n") + 1) {
        size_t len = strcspn(at, "\n");

        if (lines_that(a, at, len) <= lines_that(b, at, len) || lines_that(text_str(&seen), at, len))
            continue;
        text_add(&seen, at, len + 1);
        text_printf(text, "%s%s%.*s", text->len ? ", " : "", sign, (int)len, at);
    }
}

static char *describe(const struct search *search, const struct edge *as_usual, const struct edge *other)
{
    struct text left autotext = {0}, right autotext = {0}, text = {0};

    gather(search, as_usual, &left);
    gather(search, other, &right);
    put_more(&text, "", text_str(&right), text_str(&left));
    put_more(&text, "not ", text_str(&left), text_str(&right));
    if (!text.len)
        text_puts(&text, "another order");
    return text_take(&text);
}

/* --- the table --- */

static struct matter *matter_of(struct search *search, const struct decision *decision, uint32_t option)
{
    struct explored *explored = search->explored;
    struct text words autotext = {0};
    struct path_forms forms = {0};
    struct decision plain = *decision;
    struct matter *matter = NULL;

    path_forms_set(&forms, decision->path);
    plain.path = deciders_keep(search->stage.deciders, text_str(&forms.plain));
    path_forms_fini(&forms);
    decision_words(search->stage.deciders, &plain, option, &words);
    for (size_t i = 0; i < explored->matter_count; i++)
        if (strcmp(explored->matters[i].outcome, text_str(&words)) == 0)
            return &explored->matters[i];
    explored->matters =
        mem_grow(explored->matters, explored->matter_count, &explored->matter_cap, sizeof(*matter));
    matter = &explored->matters[explored->matter_count++];
    *matter = (struct matter){.path = plain.path, .outcome = text_take(&words)};
    return matter;
}

static void weigh(struct search *search, struct rest *rest, const struct state *state)
{
    const struct edge *edges = &search->edges[state->first_edge];
    uint64_t as_usual = after(search, rest, &edges[0]);

    for (uint32_t option = 1; option < state->edge_count; option++) {
        struct matter *matter;

        if (edges[option].to == NO_NODE)
            continue;
        matter = matter_of(search, &state->decision, option);
        matter->situations++;
        if (after(search, rest, &edges[option]) == as_usual)
            continue;
        matter->changes++;
        if (!matter->example)
            matter->example = describe(search, &edges[0], &edges[option]);
    }
}

void search_weigh(struct search *search)
{
    struct rest rest = {.hashes = mem_alloc((search->state_count + 1) * sizeof(uint64_t))};

    for (size_t i = 0; i < search->state_count; i++)
        if (search->states[i].edge_count)
            weigh(search, &rest, &search->states[i]);
    free(rest.hashes);
}
