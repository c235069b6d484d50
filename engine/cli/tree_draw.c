#include "cli/tree_draw.h"
#include "base/duration.h"
#include "base/mem.h"
#include "cli/summary.h"
#include "report/words.h"

#include <stdio.h>
#include <string.h>

enum {
    ELAPSED_COLUMNS = 8,
    INDENT = 2,
    DEADLINE_COLUMNS = 24,
    TIMEOUT_SHOWN_AFTER_US = 3000000,
};

/* --- words --- */

/* "0:42", "12:07", "1:02:07" */
static const char *clock_text(int64_t us, char ret[DURATION_TEXT_SIZE])
{
    int64_t s = us < 0 ? 0 : us / 1000000;

    if (s < 3600)
        snprintf(ret, DURATION_TEXT_SIZE, "%d:%02d", (int)(s / 60), (int)(s % 60));
    else
        snprintf(ret, DURATION_TEXT_SIZE, "%lld:%02d:%02d", (long long)(s / 3600), (int)(s / 60 % 60),
            (int)(s % 60));
    return ret;
}

/* Until something is due: rounded up, so that it ends at 0:00. */
static const char *left_text(const struct tree_drawing *drawing, int64_t due_us, char ret[DURATION_TEXT_SIZE])
{
    return clock_text(due_us - drawing->now_us + 999999, ret);
}

static const char *spinner(const struct tree_drawing *drawing)
{
    static const char *const pictures[] = {"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"};
    static const char *const ascii[] = {"|", "/", "-", "\\"};

    return drawing->style->paint.ascii ? ascii[drawing->spin % 4] : pictures[drawing->spin % 10];
}

/* --- title --- */

static void put_next_due(const struct tree_drawing *drawing, struct line *line)
{
    const struct board *board = drawing->board;
    int64_t deadline_us = board_deadline(board, drawing->now_us);
    char left[DURATION_TEXT_SIZE];

    for (size_t i = 0; i < board->escalation_count; i++) {
        const struct board_escalation *escalation = &board->escalations[i];

        line_put(line, INK_PLAIN, "  ");
        line_put_raw(line, escalation->is_acknowledged ? INK_GOOD : INK_WARN, escalation->name,
            strlen(escalation->name));
        if (escalation->is_acknowledged)
            line_put(line, INK_GOOD, " acknowledged");
        else if (escalation->due_us >= 0)
            line_printf(line, INK_WARN, " level %d, next in %s", escalation->level,
                left_text(drawing, escalation->due_us, left));
        else
            line_printf(line, INK_WARN, " level %d%s", escalation->level,
                board->finished_us ? ", still open; paging has ended" : "");
    }
    if (deadline_us >= 0 && line->room >= DEADLINE_COLUMNS)
        line_printf(line, INK_DIM, "  deadline in %s", left_text(drawing, deadline_us, left));
}

void tree_draw_title(const struct tree_drawing *drawing, struct frame *frame)
{
    const struct document *document = drawing->board->book->documents[0];
    struct line line = line_begin(frame, drawing->style);
    enum run_status status = drawing->board->status;
    char elapsed[DURATION_TEXT_SIZE];

    line_put(&line, INK_BOLD, document->id);
    line_printf(&line, INK_DIM, "  %.6s", drawing->run_id);
    if (document->severity)
        line_printf(&line, INK_BAD, "  %s", document->severity);
    line_printf(&line, ink_of_run(status), "  %s", run_status_name(status));
    line_printf(&line, INK_PLAIN, "  %s",
        clock_text(drawing->board->finished_us ? drawing->board->finished_us : drawing->now_us, elapsed));
    put_next_due(drawing, &line);
}

/* --- one step --- */

/* The last line of what it wrote that has something in it. What a program draws over with CR is its last
 * state. */
static void put_tail(const struct node *node, struct line *line)
{
    const char *start = text_str(&node->tail), *end = start + node->tail.len, *at;
    struct text clean autotext = {0};

    while (end > start && strchr("\r\n \t", end[-1]))
        end--;
    for (at = end; at > start && at[-1] != '\n' && at[-1] != '\r'; at--)
        continue;
    if (at == end || line->room < 8)
        return;
    safe_block(&clean, at, (size_t)(end - at)); /* colours go, the text stays */
    line_put(line, INK_PLAIN, "  ");
    line_put_raw(line, INK_DIM, text_str(&clean), clean.len);
}

static void put_raw(struct line *line, enum ink ink, const char *before, const char *text)
{
    line_put(line, ink, before);
    line_put_raw(line, ink, text, strlen(text));
}

static void put_failure(const struct node *node, struct line *line)
{
    struct text text autotext = {0};

    failure_text(node->class_, node->exit_code, node->message, &text);
    line_put(line, INK_BAD, "  ");
    line_put(line, INK_BAD, text_str(&text));
}

static void put_progress(const struct node *node, struct line *line)
{
    if (!node_is_loop(node) || node->state == NODE_PLANNED)
        return;
    if (node->items_total)
        line_printf(line, INK_NOTICE, "  %zu/%zu", node->items_done, node->items_total);
    else
        line_printf(line, INK_NOTICE, "  %zu done", node->items_done);
    if (node->items_failed)
        line_printf(line, INK_BAD, ", %zu failed", node->items_failed);
}

static void put_ended(const struct node *node, struct line *line)
{
    if (node->status == STEP_FAILED) {
        put_failure(node, line);
    } else if (node->status == STEP_SKIPPED) {
        line_put(line, INK_DIM, "  skipped");
        if (node->message)
            put_raw(line, INK_DIM, ": ", reason_words(node->message));
    } else if (node->status == STEP_CANCELLED) {
        line_put(line, INK_WARN, "  cancelled");
    } else {
        put_tail(node, line);
    }
}

static void put_state(const struct tree_drawing *drawing, const struct node *node, struct line *line)
{
    char left[DURATION_TEXT_SIZE];

    put_progress(node, line);
    if (node->attempt > 1)
        line_printf(line, INK_WARN, "  attempt %d", node->attempt);
    switch (node->state) {
    case NODE_PLANNED:
        break;
    case NODE_ENDED:
        put_ended(node, line);
        break;
    case NODE_DELAYED:
        line_printf(line, INK_WARN, "  again in %s", left_text(drawing, node->due_us, left));
        put_failure(node, line);
        break;
    case NODE_ASKING:
        line_put(line, INK_WARN, "  waits for an answer");
        if (node->due_us >= 0)
            line_printf(line, INK_WARN, " for %s more", left_text(drawing, node->due_us, left));
        break;
    case NODE_RUNNING:
        if (node->due_us >= 0)
            line_printf(line, INK_NOTICE, "  %s left", left_text(drawing, node->due_us, left));
        else if (node->timeout_us >= 0 && drawing->now_us - node->started_us > TIMEOUT_SHOWN_AFTER_US)
            line_printf(line, INK_DIM, "  timeout in %s", left_text(drawing, node->timeout_us, left));
        put_tail(node, line);
        break;
    }
}

static void put_sign(const struct tree_drawing *drawing, const struct node *node, struct line *line)
{
    const struct paint *paint = &drawing->style->paint;

    switch (node->state) {
    case NODE_PLANNED:
        line_put(line, INK_DIM, paint->ascii ? "." : "○");
        break;
    case NODE_ENDED:
        line_put(line, ink_of_step(node->status), sign_of_step(paint, node->status));
        break;
    case NODE_RUNNING:
        line_put(
            line, INK_NOTICE, node_is_active(node) ? spinner(drawing) : sign_of_step(paint, STEP_PENDING));
        break;
    case NODE_DELAYED:
        line_put(line, INK_WARN, paint->ascii ? "~" : "↻");
        break;
    case NODE_ASKING:
        line_put(line, INK_WARN, "?");
        break;
    }
}

static void put_elapsed(const struct tree_drawing *drawing, const struct node *node, struct line *line)
{
    char took[DURATION_TEXT_SIZE];
    int64_t end_us = node->finished_us >= 0 ? node->finished_us : drawing->now_us;

    if (node->started_us < 0 || (node->state == NODE_ENDED && node->status == STEP_SKIPPED))
        return;
    line->room += ELAPSED_COLUMNS;
    line_fill(line, ELAPSED_COLUMNS);
    if (node->state == NODE_ENDED)
        line_printf(
            line, INK_DIM, "%*s", ELAPSED_COLUMNS, duration_short((end_us - node->started_us) / 1000, took));
    else
        line_printf(line, INK_DIM, "%*s", ELAPSED_COLUMNS, clock_text(end_us - node->started_us, took));
}

static void draw_node(const struct tree_drawing *drawing, const struct node *node, struct frame *frame)
{
    struct line line = line_begin(frame, drawing->style);
    enum ink ink = node->state == NODE_PLANNED || (node->state == NODE_ENDED && node->status == STEP_SKIPPED)
                       ? INK_DIM
                       : INK_PLAIN;

    line.room = line.room > ELAPSED_COLUMNS ? line.room - ELAPSED_COLUMNS : 0;
    line_printf(&line, INK_PLAIN, "%*s", (int)(INDENT * node->depth + 1), "");
    put_sign(drawing, node, &line);
    line_put(&line, INK_PLAIN, " ");
    line_put_raw(&line, ink, node->label, strlen(node->label));
    put_state(drawing, node, &line);
    put_elapsed(drawing, node, &line);
}

/* --- which of them --- */

struct choice {
    const struct node **nodes;
    bool *kept;
    size_t len, cap;
    size_t kept_count;
};

static void collect(const struct board *board, struct choice *choice)
{
    for (const struct node *node = board_next(board, &board->root); node; node = board_next(board, node)) {
        choice->nodes = mem_grow(choice->nodes, choice->len, &choice->cap, sizeof(*choice->nodes));
        choice->nodes[choice->len++] = node;
    }
    choice->kept = mem_alloc(choice->len + 1);
}

/* Lines that the kept ones and the folds between them take. */
static size_t rows_taken(const struct choice *choice)
{
    size_t rows = 0;

    for (size_t i = 0; i < choice->len; i++)
        if (choice->kept[i])
            rows++;
        else if (i == 0 || choice->kept[i - 1])
            rows++;
    return rows;
}

static bool keep(struct choice *choice, size_t index, size_t rows)
{
    if (choice->kept[index])
        return true;
    choice->kept[index] = true;
    if (rows_taken(choice) <= rows)
        return true;
    choice->kept[index] = false;
    return false;
}

static bool is_wanted(const struct node *node)
{
    return node->state != NODE_PLANNED && node->state != NODE_ENDED;
}

/* First what is under way, then failures, then the neighbourhood: what ended last, what comes next. */
static void choose(struct choice *choice, size_t rows)
{
    size_t centre = choice->len ? choice->len - 1 : 0;

    for (size_t i = choice->len; i-- > 0;)
        if (is_wanted(choice->nodes[i]) && keep(choice, i, rows))
            centre = i;
    for (size_t i = choice->len; i-- > 0;)
        if (choice->nodes[i]->state == NODE_ENDED && choice->nodes[i]->status == STEP_FAILED)
            keep(choice, i, rows);
    for (size_t distance = 1; distance < choice->len; distance++) {
        bool is_full = true;

        if (centre + distance < choice->len && keep(choice, centre + distance, rows))
            is_full = false;
        if (distance <= centre && keep(choice, centre - distance, rows))
            is_full = false;
        if (is_full && distance > rows)
            break;
    }
}

/* "… 12 done, 3 to come" */
static void draw_fold(const struct tree_drawing *drawing, const struct choice *choice, size_t from, size_t to,
    struct frame *frame)
{
    struct line line = line_begin(frame, drawing->style);
    size_t done = 0, failed = 0, planned = 0;

    for (size_t i = from; i < to; i++) {
        const struct node *node = choice->nodes[i];

        planned += node->state == NODE_PLANNED;
        failed += node->state == NODE_ENDED && node->status == STEP_FAILED;
        done += node->state == NODE_ENDED;
    }
    line_printf(&line, INK_DIM, " %s", drawing->style->paint.ascii ? "..." : "…");
    if (done)
        line_printf(&line, INK_DIM, " %zu done", done);
    if (failed)
        line_printf(&line, INK_BAD, " (%zu failed)", failed);
    if (planned)
        line_printf(&line, INK_DIM, "%s %zu to come", done ? "," : "", planned);
    if (done + planned < to - from)
        line_printf(
            &line, INK_NOTICE, "%s %zu under way", done + planned ? "," : "", to - from - done - planned);
}

void tree_draw_steps(const struct tree_drawing *drawing, size_t rows, struct frame *frame)
{
    struct choice choice = {0};

    collect(drawing->board, &choice);
    if (choice.len <= rows)
        memset(choice.kept, true, choice.len);
    else
        choose(&choice, rows);
    for (size_t i = 0; i < choice.len;) {
        size_t end = i;

        while (end < choice.len && !choice.kept[end])
            end++;
        if (end > i)
            draw_fold(drawing, &choice, i, end, frame);
        else
            draw_node(drawing, choice.nodes[end++], frame);
        i = end;
    }
    free(choice.nodes);
    free(choice.kept);
}
