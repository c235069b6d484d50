/* explore_find: is something wrong on this way? Each thing is told once, the first time, and that is the way
 * with the fewest deviations from what is usual. */
#include "base/duration.h"
#include "base/mem.h"
#include "drive/explore_inside.h"

#include <string.h>

/* The finding, or NULL when it was told already. Takes the texts. */
static struct finding *add(
    struct search *search, enum finding_type type, struct pos pos, char *what, char *hint)
{
    struct explored *explored = search->explored;
    struct finding *finding;

    if (map_get(&search->found, what)) {
        free(what);
        free(hint);
        return NULL;
    }
    map_put(&search->found, what, search);
    explored->findings =
        mem_grow(explored->findings, explored->finding_count, &explored->finding_cap, sizeof(*finding));
    finding = &explored->findings[explored->finding_count++];
    *finding = (struct finding){.type = type, .pos = pos, .what = what, .hint = hint};
    return finding;
}

static void go_there(struct search *search, struct finding *finding, uint32_t from, uint32_t option)
{
    size_t more = from == NO_NODE ? 0 : 1;

    finding->options = search_way(search, from, more, &finding->option_count);
    if (more)
        finding->options[finding->option_count - 1] = option;
    finding_tell(search, finding);
}

/* Where the step of a path is written. */
static struct pos pos_of(const struct search *search, const char *path)
{
    const struct book *book = search->options->program->book;
    struct path_forms forms = {0};
    struct pos pos = book->documents[0]->pos;

    path_forms_set(&forms, path);
    for (size_t i = 0; i < book->document_count; i++) {
        const struct step *step = document_find_any(book->documents[i], forms.id);

        if (step) {
            pos = step->pos;
            break;
        }
    }
    path_forms_fini(&forms);
    return pos;
}

static void look_at_invariants(
    struct search *search, uint32_t from, uint32_t option, const struct watch *watch)
{
    for (size_t i = 0; i < watch_count(watch); i++) {
        const struct breach *breach = watch_breach(watch, i);
        struct text name autotext = {0}, what autotext = {0};
        char key[64], at[DURATION_TEXT_SIZE];
        struct finding *finding;

        snprintf(key, sizeof(key), "%p", (const void *)breach->invariant);
        if (map_get(&search->found, key))
            continue;
        map_put(&search->found, key, search);
        invariant_put_name(breach->invariant, &name);
        text_printf(&what, "the invariant \"%s\" is broken after %s: %s", text_str(&name),
            duration_short(breach->at_us / 1000, at), breach->why);
        finding = add(search, FINDING_INVARIANT, breach->invariant->pos, text_take(&what), NULL);
        if (finding)
            go_there(search, finding, from, option);
    }
}

static void look_at_promises(
    struct search *search, uint32_t from, uint32_t option, const struct promises *promises)
{
    const char *broken = promises_broken(promises);
    struct finding *finding;

    if (!broken)
        return;
    finding =
        add(search, FINDING_PROMISE, search->options->program->book->documents[0]->pos, mem_strdup(broken),
            mem_strdup("this is a mistake of runbook itself, not of the runbook: please report it"));
    if (finding)
        go_there(search, finding, from, option);
}

static void look_at_question(struct search *search, uint32_t from, uint32_t option, const char *path)
{
    struct finding *finding;

    if (!path)
        return;
    finding = add(search, FINDING_UNANSWERED, pos_of(search, path),
        mem_printf("nobody may answer \"%s\", and it has no timeout", path),
        mem_strdup(
            "name people in `by` who may, also when one of them started the run; or give it a timeout"));
    if (finding)
        go_there(search, finding, from, option);
}

static void look_at_wanting(
    struct search *search, uint32_t from, uint32_t option, const struct wanting *wanting)
{
    struct path_forms forms = {0};
    struct finding *finding;

    if (!wanting)
        return;
    path_forms_set(&forms, wanting->path);
    finding = add(search, FINDING_WANTING, pos_of(search, wanting->path),
        mem_printf("\"%s\" fails as \"%s\" %s: %s", text_str(&forms.bare), wanting->step->id,
            wanting->step->kind->class_ == KIND_ASK ? "was not answered" : "was not done", wanting->message),
        mem_strdup("look first at how that step ended: `when`, or `and` and `or` in the expression"));
    path_forms_fini(&forms);
    if (!finding)
        return;
    finding->path = wanting->path;
    go_there(search, finding, from, option);
}

/* What the run stands at, for the author of the step. */
static void look_at_waiting(
    struct search *search, uint32_t from, uint32_t option, const struct stand *stand, bool is_endless)
{
    json_t *waiting autovalue = virtual_waiting(stand_virtual(stand)), *path;
    size_t i;

    json_array_foreach(waiting, i, path)
    {
        struct path_forms forms = {0};
        struct finding *finding;

        path_forms_set(&forms, json_string_value(path));
        finding =
            add(search, is_endless ? FINDING_ENDLESS : FINDING_WAITS, pos_of(search, json_string_value(path)),
                mem_printf(
                    is_endless ? "the run goes on for ever in \"%s\"" : "the run can wait for ever at \"%s\"",
                    text_str(&forms.bare)),
                mem_strdup("give it, or a block around it, a `timeout`"));
        path_forms_fini(&forms);
        if (finding)
            go_there(search, finding, from, option);
    }
}

void search_look(
    struct search *search, uint32_t from, uint32_t option, const struct stand *stand, enum stand_state state)
{
    look_at_invariants(search, from, option, stand_watch(stand));
    look_at_promises(search, from, option, stand_promises(stand));
    look_at_question(search, from, option, stand_unanswerable(stand));
    look_at_wanting(search, from, option, stand_wanting(stand));
    if (state == STAND_WAITS || state == STAND_ENDLESS)
        look_at_waiting(search, from, option, stand, state == STAND_ENDLESS);
}

/* --- circles --- */

enum colour { WHITE, GREY, BLACK };

/* One state on the way down. */
struct down {
    uint32_t state, edge;
};

static void tell_circle(struct search *search, uint32_t from, uint32_t option)
{
    const char *path = search->states[from].decision.path;
    int len = *path == '!' ? (int)strcspn(path, "/") : (int)strlen(path); /* pages are numbered */
    struct finding *finding = add(search, FINDING_ENDLESS, pos_of(search, path),
        mem_printf("the run can go on for ever: the same state comes again at \"%.*s\"", len, path),
        mem_strdup(
            "bound what repeats it: max_iterations, a deadline of the run, or `repeat` of the policy"));

    if (finding)
        go_there(search, finding, from, option);
}

void search_look_for_circles(struct search *search)
{
    unsigned char *colours autofree = mem_alloc(search->state_count + 1);
    struct down *downs = NULL;
    size_t len = 0, cap = 0;

    if (search->state_count) {
        downs = mem_grow(downs, len, &cap, sizeof(*downs));
        downs[len++] = (struct down){0, 0};
        colours[0] = GREY;
    }
    while (len) {
        struct down *top = &downs[len - 1];
        const struct state *state = &search->states[top->state];
        uint32_t to;

        if (top->edge == state->edge_count) {
            colours[top->state] = BLACK;
            len--;
            continue;
        }
        to = search->edges[state->first_edge + top->edge++].to;
        if (to == NO_NODE)
            continue;
        if (colours[to] == GREY) {
            tell_circle(search, top->state, top->edge - 1);
        } else if (colours[to] == WHITE) {
            colours[to] = GREY;
            downs = mem_grow(downs, len, &cap, sizeof(*downs));
            downs[len++] = (struct down){to, 0};
        }
    }
    free(downs);
}
