#include "cli/board.h"
#include "cli/path.h"
#include "core/kinds.h"
#include "report/paint.h"

#include <string.h>

enum {
    TAIL_KEPT = 1024, /* of what a step writes */
    ITEMS_KEPT = 8,   /* elements of a loop that ended well and are still shown */
};

/* --- nodes --- */

static void set_label(struct node *node)
{
    struct text safe = {0};

    if (!node->step || !node->step->title || node->name[0] == '[') {
        node->label = node->name;
        return;
    }
    safe_line(&safe, node->step->title, strlen(node->step->title));
    node->label = text_take(&safe);
}

/* A loop whose elements are written out: their number is known. */
static size_t known_items(const struct step *step)
{
    const struct template *list = step ? step->foreach : NULL;

    if (!list)
        return 0;
    return list->type == TEMPLATE_CONST  ? json_array_size(list->constant)
           : list->type == TEMPLATE_LIST ? list->len
                                         : 0;
}

static struct node *node_new(struct node *parent, const char *name, size_t len, const struct step *step)
{
    struct node *node = mem_alloc(sizeof(*node));

    *node = (struct node){
        .parent = parent,
        .prev = parent->last,
        .name = mem_strndup(name, len),
        .step = step,
        .depth = parent->parent || parent->name ? parent->depth + 1 : 0,
        .exit_code = -1,
        .started_us = -1,
        .finished_us = -1,
        .due_us = -1,
        .timeout_us = -1,
        .deadline_us = -1,
        .items_total = name[0] == '[' ? 0 : known_items(step),
    };
    set_label(node);
    if (parent->last)
        parent->last->next = node;
    else
        parent->first = node;
    parent->last = node;
    return node;
}

static void node_clear(struct node *node)
{
    if (node->label != node->name)
        free((char *)node->label);
    free(node->name);
    free(node->message);
    text_fini(&node->tail);
}

/* With everything under it; iterative, for a runbook may nest deeply. */
static void node_drop(struct node *top)
{
    struct node *node = top;

    while (node) {
        struct node *up = node->parent;

        if (node->first) {
            node = node->first;
            continue;
        }
        if (node->prev)
            node->prev->next = node->next;
        if (node->next)
            node->next->prev = node->prev;
        if (up && up->first == node)
            up->first = node->next;
        if (up && up->last == node)
            up->last = node->prev;
        if (up && up->found == node)
            up->found = NULL;
        node_clear(node);
        free(node);
        node = node == top ? NULL : up;
    }
}

bool node_is_loop(const struct node *node)
{
    return node->step && node->name && node->name[0] != '[' && (node->step->foreach || node->step->while_);
}

static bool is_under_way(const struct node *node)
{
    return node->state == NODE_RUNNING || node->state == NODE_DELAYED || node->state == NODE_ASKING;
}

bool node_is_active(const struct node *node)
{
    if (!is_under_way(node))
        return false;
    for (const struct node *child = node->last; child; child = child->prev)
        if (is_under_way(child))
            return false;
    return true;
}

struct node *board_next(const struct board *board, const struct node *node)
{
    if (node->first)
        return node->first;
    while (node != &board->root && !node->next)
        node = node->parent;
    return node == &board->root ? NULL : node->next;
}

/* --- finding by path --- */

/* The next part of a path without attempts: "verify" or "[2]". */
static size_t part(const char **path)
{
    const char *at = *path;

    if (*at == '/')
        *path = ++at;
    return *at == '[' ? strcspn(at, "]") + 1 : strcspn(at, "/[");
}

static bool is_named(const struct node *node, const char *name, size_t len)
{
    return strncmp(node->name, name, len) == 0 && !node->name[len];
}

/* Looks from where it last found something, forwards and round: steps mostly come one after another. */
static struct node *find_child(struct node *parent, const char *name, size_t len)
{
    struct node *start = parent->found ? parent->found : parent->first, *at = start;

    if (!start)
        return NULL;
    do {
        if (is_named(at, name, len)) {
            parent->found = at;
            return at;
        }
        at = at->next ? at->next : parent->first;
    } while (at != start);
    return NULL;
}

static const struct step *step_for(
    const struct board *board, const struct node *parent, const char *name, size_t len)
{
    char *id autofree = mem_strndup(name, len);

    return name[0] == '[' ? parent->step : path_step(board->book, id);
}

static struct node *find(struct board *board, const char *path, bool may_make)
{
    char *plain autofree = path_without_attempts(path);
    const char *at = plain;
    struct node *node = &board->root;

    while (*at && node) {
        size_t len = part(&at);
        struct node *child = find_child(node, at, len);

        if (!child && may_make)
            child = node_new(node, at, len, step_for(board, node, at, len));
        node = child;
        at += len;
    }
    return node == &board->root ? NULL : node;
}

/* --- the plan --- */

/* Steps that are sure to have one line: not what stands in loops, branches, rescue or always. */
static void plan(struct board *board, struct node *parent, const struct block *block)
{
    for (size_t i = 0; i < block->len; i++) {
        const struct step *step = block->steps[i];
        struct node *node = node_new(parent, step->id, strlen(step->id), step);
        bool holds = strcmp(step->kind->name, "steps") == 0 || strcmp(step->kind->name, "parallel") == 0;

        if (holds && !step->foreach && !step->while_)
            plan(board, node, ((const struct steps_args *)step->args)->steps);
    }
}

void board_init(struct board *board, const struct book *book)
{
    *board = (struct board){.book = book, .root.deadline_us = -1};
    if (book->documents[0]->body)
        plan(board, &board->root, book->documents[0]->body);
}

void board_fini(struct board *board)
{
    while (board->root.first)
        node_drop(board->root.first);
    for (size_t i = 0; i < board->escalation_count; i++)
        free(board->escalations[i].name);
    free(board->escalations);
}

/* --- events of steps --- */

static const char *said(const struct event *event, const char *key)
{
    return event->data ? value_get_string(event->data, key) : NULL;
}

static void keep_message(struct node *node, const char *text)
{
    free(node->message);
    node->message = text && *text ? mem_strdup(text) : NULL;
}

static void on_step_started(struct board *board, struct node *node, const struct event *event)
{
    (void)board;
    if (node->started_us < 0)
        node->started_us = event->mono_us;
    node->state = NODE_RUNNING;
    node->attempt = event->attempt;
    node->due_us = node->timeout_us = -1;
    text_clear(&node->tail);
}

static void drop_old_items(struct node *loop)
{
    size_t ended = 0;

    for (struct node *item = loop->last, *before; item; item = before) {
        before = item->prev;
        if (item->state != NODE_ENDED || item->status == STEP_FAILED || item->name[0] != '[')
            continue;
        if (++ended > ITEMS_KEPT)
            node_drop(item);
    }
}

/* What was planned inside will not happen any more. */
static void drop_planned(struct node *node)
{
    for (struct node *child = node->last, *before; child; child = before) {
        before = child->prev;
        if (child->state == NODE_PLANNED)
            node_drop(child);
    }
}

static void on_step_ended(struct board *board, struct node *node, const struct event *event)
{
    struct node *loop = node->name[0] == '[' ? node->parent : NULL;

    (void)board;
    node->state = NODE_ENDED;
    node->status = event->type == EVENT_STEP_SKIPPED ? STEP_SKIPPED : (enum step_status)event->status;
    node->class_ = event->class_;
    node->exit_code = event->exit_code;
    node->attempt = event->attempt > node->attempt ? event->attempt : node->attempt;
    node->finished_us = event->mono_us;
    node->due_us = node->timeout_us = -1;
    keep_message(node, said(event, event->type == EVENT_STEP_SKIPPED ? "reason" : "message"));
    drop_planned(node);
    if (!loop)
        return;
    loop->items_done++;
    loop->items_failed += node->status == STEP_FAILED;
    drop_old_items(loop);
}

static void on_step_retrying(struct board *board, struct node *node, const struct event *event)
{
    (void)board;
    node->state = NODE_DELAYED;
    node->class_ = event->class_;
    node->exit_code = event->exit_code;
    node->due_us = event->due_us;
    keep_message(node, said(event, "message"));
}

static void on_ask_opened(struct board *board, struct node *node, const struct event *event)
{
    (void)board;
    if (node->started_us < 0)
        node->started_us = event->mono_us;
    node->state = NODE_ASKING;
}

/* Not the end of the question: what ends it ends the step, in the same moment. */
static void on_ask_expired(struct board *board, struct node *node, const struct event *event)
{
    (void)board;
    (void)event;
    node->due_us = -1;
}

static void on_timer_set(struct board *board, struct node *node, const struct event *event)
{
    const char *purpose = said(event, "timer");

    if (purpose && strcmp(purpose, "deadline") == 0) {
        (node ? node : &board->root)->deadline_us = event->due_us;
    } else if (node) {
        node->due_us = event->due_us;
    }
}

/* --- events of the run --- */

static struct board_escalation *find_escalation(struct board *board, const char *name)
{
    for (size_t i = 0; i < board->escalation_count; i++)
        if (strcmp(board->escalations[i].name, name) == 0)
            return &board->escalations[i];
    return NULL;
}

/* "!platform", and of a question's "deploy/go!platform": the name stands behind the mark. */
static struct board_escalation *escalation_of(struct board *board, const struct event *event)
{
    const char *mark = strchr(event->path, '!'), *name = mark ? mark + 1 : event->path;
    struct board_escalation *escalation = find_escalation(board, name);

    if (escalation)
        return escalation;
    board->escalations = mem_grow(
        board->escalations, board->escalation_count, &board->escalation_cap, sizeof(*board->escalations));
    escalation = &board->escalations[board->escalation_count++];
    *escalation = (struct board_escalation){.name = mem_strdup(name), .due_us = -1};
    return escalation;
}

static void on_escalation(struct board *board, const struct event *event)
{
    struct board_escalation *escalation = escalation_of(board, event);
    json_t *level = event->data ? json_object_get(event->data, "level") : NULL;

    if (json_is_integer(level))
        escalation->level = (int)json_integer_value(level);
    if (event->type == EVENT_ESCALATION_ACK_EXPIRED)
        escalation->is_acknowledged = false;
    if (event->type != EVENT_ESCALATION_STARTED && event->type != EVENT_ESCALATION_LEVEL)
        escalation->due_us = -1;
}

static void settle_escalation(struct board *board, struct board_escalation *escalation, bool is_closed)
{
    escalation->is_acknowledged = true;
    escalation->due_us = -1;
    if (!is_closed)
        return;
    free(escalation->name);
    *escalation = board->escalations[--board->escalation_count];
}

/* One person's word may be for several: data says which. */
static void on_escalations(struct board *board, const struct event *event)
{
    json_t *names = event->data ? json_object_get(event->data, "escalations") : NULL, *name;
    size_t i;

    json_array_foreach(names, i, name)
    {
        struct board_escalation *escalation =
            json_is_string(name) ? find_escalation(board, json_string_value(name)) : NULL;

        if (escalation)
            settle_escalation(board, escalation, event->type == EVENT_ESCALATION_RESOLVED);
    }
}

static void on_run(struct board *board, const struct event *event)
{
    if (event->status >= 0)
        board->status = (enum run_status)event->status;
    if (event->type == EVENT_RUN_STARTED) {
        board->started_wall_us = event->wall_us - event->mono_us;
        board->status = RUN_RUNNING;
    }
    if (event->type != EVENT_RUN_FINISHED)
        return;
    board->finished_us = event->mono_us;
    for (size_t i = 0; i < board->escalation_count; i++)
        board->escalations[i].due_us = -1; /* the clock of a run ends with it */
}

static const struct {
    void (*step)(struct board *board, struct node *node, const struct event *event);
    void (*run)(struct board *board, const struct event *event);
} folds[EVENT_COUNT] = {
    [EVENT_RUN_CREATED] = {.run = on_run},
    [EVENT_RUN_STARTED] = {.run = on_run},
    [EVENT_RUN_WAITING] = {.run = on_run},
    [EVENT_RUN_RESUMED] = {.run = on_run},
    [EVENT_RUN_FINISHED] = {.run = on_run},
    [EVENT_STEP_STARTED] = {.step = on_step_started},
    [EVENT_STEP_FINISHED] = {.step = on_step_ended},
    [EVENT_STEP_SKIPPED] = {.step = on_step_ended},
    [EVENT_STEP_RETRYING] = {.step = on_step_retrying},
    [EVENT_ASK_OPENED] = {.step = on_ask_opened},
    [EVENT_ASK_EXPIRED] = {.step = on_ask_expired},
    [EVENT_ESCALATION_STARTED] = {.run = on_escalation},
    [EVENT_ESCALATION_LEVEL] = {.run = on_escalation},
    [EVENT_ESCALATION_ACKNOWLEDGED] = {.run = on_escalations},
    [EVENT_ESCALATION_SNOOZED] = {.run = on_escalations},
    [EVENT_ESCALATION_ACK_EXPIRED] = {.run = on_escalation},
    [EVENT_ESCALATION_EXHAUSTED] = {.run = on_escalation},
    [EVENT_ESCALATION_RESOLVED] = {.run = on_escalations},
};

void board_event(struct board *board, const struct event *event)
{
    if (folds[event->type].run)
        folds[event->type].run(board, event);
    if (folds[event->type].step && *event->path && !strchr(event->path, '!'))
        folds[event->type].step(board, find(board, event->path, true), event);
    if (event->type == EVENT_TIMER_SET) {
        if (strchr(event->path, '!'))
            escalation_of(board, event)->due_us = event->due_us;
        else
            on_timer_set(board, *event->path ? find(board, event->path, false) : NULL, event);
    }
}

void board_output(struct board *board, const char *path, const char *bytes, size_t len)
{
    struct node *node = find(board, path, false);

    if (!node)
        return;
    if (len > TAIL_KEPT) {
        bytes += len - TAIL_KEPT;
        len = TAIL_KEPT;
    }
    text_add(&node->tail, bytes, len);
    if (node->tail.len > 4 * TAIL_KEPT) {
        size_t drop = node->tail.len - TAIL_KEPT;

        memmove(node->tail.ptr, node->tail.ptr + drop, TAIL_KEPT + 1);
        node->tail.len = TAIL_KEPT;
    }
}

/* A timer that no event told of is the attempt's timeout. */
void board_effect(struct board *board, const struct effect *effect)
{
    struct node *node;

    if (effect->type != EFFECT_TIMER_SET || !effect->path || !*effect->path || strchr(effect->path, '!'))
        return;
    node = find(board, effect->path, false);
    if (node && node->state == NODE_RUNNING && node->due_us != effect->due_us &&
        effect->due_us != node->deadline_us)
        node->timeout_us = effect->due_us;
}

int64_t board_deadline(const struct board *board, int64_t now_us)
{
    int64_t nearest_us = -1;

    for (const struct node *node = &board->root; node && !board->finished_us; node = board_next(board, node))
        if (node->state != NODE_ENDED && node->deadline_us > now_us &&
            (nearest_us < 0 || node->deadline_us < nearest_us))
            nearest_us = node->deadline_us;
    return nearest_us;
}
