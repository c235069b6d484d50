/* The live tree: the board, the questions and a line of news, redrawn at most ten times a second. */
#include "base/clock.h"
#include "base/mem.h"
#include "cli/board.h"
#include "cli/prompt.h"
#include "cli/summary.h"
#include "cli/tree_draw.h"
#include "cli/view.h"
#include "report/words.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

enum {
    FRAME_US = 100 * 1000,
    SECOND_US = 1000 * 1000,
    PROMPT_ROWS_MIN = 6,
    CONTEXT_LINES = 10,
    KEYS_MAX = 256,
};

struct tree {
    struct view_options options;
    struct live *live;
    struct board board;
    struct prompt *prompt;
    struct summary summary;
    struct line_style style;
    struct screen *screen;
    struct frame frame;
    struct loop_timer *redraw;
    int64_t redraw_us, drawn_us; /* when the timer fires; the last frame */
    size_t spin;
    struct loop_signal *resize, *stop;
    struct loop_watch *keyboard;
    char *trouble;    /* the journal's */
    struct text news; /* lines that go above the next frame */
    bool is_over;
};

/* --- frames --- */

static struct tree_drawing drawing_of(const struct tree *tree)
{
    return (struct tree_drawing){
        .board = &tree->board,
        .style = &tree->style,
        .run_id = live_run_id(tree->live),
        .now_us = tree->is_over ? tree->summary.elapsed_us : live_now_us(tree->live),
        .spin = tree->spin,
    };
}

static void put_trouble(struct tree *tree)
{
    struct line line;

    if (!tree->trouble)
        return;
    line = line_begin(&tree->frame, &tree->style);
    line_put(&line, INK_BAD, " ! ");
    line_put_raw(&line, INK_BAD, tree->trouble, strlen(tree->trouble));
}

/* Title, steps, questions; the questions get the rows they need up to half of the screen. */
static void compose(struct tree *tree)
{
    struct tree_drawing drawing = drawing_of(tree);
    size_t rows = screen_height(tree->screen) - 1, for_prompt = 0, used;
    struct frame question = {0};

    tree->style.width = screen_width(tree->screen);
    frame_clear(&tree->frame);
    if (prompt_is_open(tree->prompt)) {
        for_prompt = rows / 2 > PROMPT_ROWS_MIN ? rows / 2 : PROMPT_ROWS_MIN;
        prompt_draw(tree->prompt, &tree->style, drawing.run_id, for_prompt, &question);
        for_prompt = question.len;
    }
    tree_draw_title(&drawing, &tree->frame);
    put_trouble(tree);
    used = tree->frame.len + for_prompt;
    tree_draw_steps(&drawing, rows > used ? rows - used : 1, &tree->frame);
    if (question.has_cursor) {
        tree->frame.has_cursor = true;
        tree->frame.cursor_row = tree->frame.len + question.cursor_row;
        tree->frame.cursor_column = question.cursor_column;
    }
    for (size_t i = 0; i < question.len; i++) {
        struct frame_line *line = frame_add(&tree->frame);

        text_add(&line->text, text_str(&question.lines[i].text), question.lines[i].text.len);
        line->width = question.lines[i].width;
    }
    frame_fini(&question);
}

static void draw(struct tree *tree)
{
    if (tree->news.len)
        screen_print(tree->screen, text_str(&tree->news));
    text_clear(&tree->news);
    compose(tree);
    if (tree->frame.len >= screen_height(tree->screen))
        tree->frame.len = screen_height(tree->screen) - 1;
    screen_draw(tree->screen, &tree->frame);
}

static void redraw_at(struct tree *tree, int64_t due_us);

static void on_redraw(void *context)
{
    struct tree *tree = context;
    int64_t now_us = loop_now_us(tree->options.loop);

    tree->redraw = NULL;
    tree->spin++;
    tree->drawn_us = now_us;
    draw(tree);
    redraw_at(tree, now_us + SECOND_US);
}

/* The earlier of what is planned already and this. */
static void redraw_at(struct tree *tree, int64_t due_us)
{
    if (tree->is_over || (tree->redraw && tree->redraw_us <= due_us))
        return;
    loop_timer_stop(tree->options.loop, tree->redraw);
    tree->redraw_us = due_us;
    tree->redraw = loop_timer_start(tree->options.loop, due_us, on_redraw, tree);
}

static void changed(struct tree *tree)
{
    redraw_at(tree, tree->drawn_us + FRAME_US);
}

/* --- news: lines that scroll up above the tree --- */

static void add_news(struct tree *tree, enum ink ink, const char *words)
{
    char wall[INSTANT_TEXT_SIZE];

    paint_printf(
        &tree->style.paint, &tree->news, INK_DIM, "%s ", instant_local(clock_wall_us(), false, wall));
    paint_puts(&tree->style.paint, &tree->news, ink, words);
    text_putc(&tree->news, '\n');
    changed(tree);
}

static bool is_news(const struct event *event)
{
    static const bool is_drawn[EVENT_COUNT] = {
        [EVENT_RUN_STARTED] = true,
        [EVENT_RUN_FINISHED] = true,
        [EVENT_STEP_STARTED] = true,
        [EVENT_STEP_FINISHED] = true,
        [EVENT_STEP_SKIPPED] = true,
        [EVENT_STEP_RETRYING] = true,
        [EVENT_ASK_OPENED] = true,
    };

    return !is_drawn[event->type] && !event_is_quiet(event);
}

/* --- what the run tells --- */

static void on_event(void *context, const struct event *event)
{
    struct tree *tree = context;

    board_event(&tree->board, event);
    if (event->type == EVENT_ASK_CHECKED)
        prompt_checked(tree->prompt, event->path, json_object_get(event->data, "checklist"));
    summary_add(&tree->summary, event);
    if (is_news(event)) {
        struct text words autotext = {0};

        event_words(event, &words);
        add_news(tree, INK_PLAIN, text_str(&words));
    }
    changed(tree);
}

static void on_output(void *context, const char *path, int stream, const char *bytes, size_t len)
{
    struct tree *tree = context;

    (void)stream;
    board_output(&tree->board, path, bytes, len);
    changed(tree);
}

static void on_effect(void *context, const struct effect *effect)
{
    struct tree *tree = context;

    board_effect(&tree->board, effect);
    if (effect->type == EFFECT_ASK)
        prompt_open(tree->prompt, effect);
    if (effect->type == EFFECT_ASK_CLOSE)
        prompt_close(tree->prompt, effect->path);
    changed(tree);
}

static bool on_bell(void *context, const char *line)
{
    struct text shown autotext = {0};

    text_add_shown(&shown, line, strlen(line));
    add_news(context, INK_WARN, text_str(&shown));
    return write(STDOUT_FILENO, "\a", 1) == 1;
}

static void on_trouble(void *context, const struct err *trouble)
{
    struct tree *tree = context;

    free(tree->trouble);
    tree->trouble =
        trouble ? mem_printf("%s; nothing new is started until that is over", trouble->text) : NULL;
    changed(tree);
}

static void on_finished(void *context, enum run_status status, const char *message)
{
    struct tree *tree = context;

    (void)message;
    if (status == RUN_INTERRUPTED) {
        tree->board.status = status;
        summary_parked(&tree->summary, live_now_us(tree->live));
    }
    loop_timer_stop(tree->options.loop, tree->redraw);
    tree->redraw = NULL;
    tree->is_over = true;
}

/* --- what the person does --- */

static int on_answer(void *context, const char *path, json_t *data, struct err *err)
{
    struct tree *tree = context;
    struct input input = {
        .type = INPUT_ANSWER, .path = path, .name = "", .by = cli_principal(tree->options.cli), .data = data};

    return live_say(tree->live, &input, err);
}

static void on_keys(void *context)
{
    struct tree *tree = context;
    char bytes[KEYS_MAX];
    ssize_t n = read(STDIN_FILENO, bytes, sizeof(bytes));

    if (n <= 0) {
        loop_watch_free(tree->keyboard); /* the terminal is gone; SIGHUP says the rest */
        tree->keyboard = NULL;
        return;
    }
    if (tree->is_over)
        return;
    prompt_keys(tree->prompt, bytes, (size_t)n);
    redraw_at(tree, loop_now_us(tree->options.loop));
}

static void on_resize(void *context, int signum)
{
    struct tree *tree = context;

    (void)signum;
    screen_resized(tree->screen);
    if (!tree->is_over)
        draw(tree);
}

/* Ctrl-Z would leave an incident half drawn and half done: it is taken and not followed. */
static void on_stop(void *context, int signum)
{
    (void)signum;
    add_news(context, INK_WARN, "Ctrl-Z does not suspend a run; Ctrl-C cancels it");
}

/* --- the view --- */

static void attach(void *context, struct live *live)
{
    struct tree *tree = context;
    struct loop *loop = tree->options.loop;

    tree->live = live;
    tree->screen = screen_open(STDOUT_FILENO, tree->options.may_ask);
    tree->style.width = screen_width(tree->screen);
    tree->resize = loop_signal_start(loop, SIGWINCH, on_resize, tree);
    tree->stop = loop_signal_start(loop, SIGTSTP, on_stop, tree);
    if (tree->options.may_ask)
        tree->keyboard = loop_watch_start(loop, STDIN_FILENO, on_keys, tree);
    tree->drawn_us = loop_now_us(loop) - FRAME_US;
}

static void say(void *context, const char *line)
{
    add_news(context, INK_WARN, line);
}

static void let_go(struct tree *tree)
{
    loop_watch_free(tree->keyboard);
    loop_signal_free(tree->resize);
    loop_signal_free(tree->stop);
    tree->keyboard = NULL;
    tree->resize = tree->stop = NULL;
    screen_close(tree->screen);
    tree->screen = NULL;
}

/* The whole tree, however long, then what came of it: both stay in the scrollback. */
static void close_(void *context)
{
    struct tree *tree = context;
    struct tree_drawing drawing = drawing_of(tree);
    struct text text autotext = {0};

    draw(tree); /* the last news */
    screen_erase(tree->screen);
    let_go(tree);
    frame_clear(&tree->frame);
    tree_draw_title(&drawing, &tree->frame);
    tree_draw_steps(&drawing, SIZE_MAX, &tree->frame);
    for (size_t i = 0; i < tree->frame.len; i++)
        text_printf(&text, "%s\n", text_str(&tree->frame.lines[i].text));
    text_putc(&text, '\n');
    summary_write(
        &tree->summary, tree->options.journal, drawing.run_id, &tree->style.paint, CONTEXT_LINES, &text);
    fputs(text_str(&text), stdout);
    fflush(stdout);
}

static void free_(void *context)
{
    struct tree *tree = context;

    if (tree->screen) {
        screen_erase(tree->screen);
        let_go(tree);
    }
    loop_timer_stop(tree->options.loop, tree->redraw);
    prompt_free(tree->prompt);
    board_fini(&tree->board);
    summary_fini(&tree->summary);
    frame_fini(&tree->frame);
    free(tree->trouble);
    text_fini(&tree->news);
    free(tree);
}

struct view tree_view(const struct view_options *options)
{
    struct tree *tree = mem_alloc(sizeof(*tree));
    const struct prompt_options prompt = {
        .book = options->book, .may_ask = options->may_ask, .answer = on_answer, .context = tree};

    *tree = (struct tree){
        .options = *options,
        .style.paint = {.colour = cli_color(options->cli, stdout), .ascii = !cli_utf8()},
    };
    board_init(&tree->board, options->book);
    tree->prompt = prompt_new(&prompt);
    return (struct view){
        .watcher = {.on_event = on_event,
            .on_output = on_output,
            .on_effect = on_effect,
            .on_bell = on_bell,
            .on_trouble = on_trouble,
            .on_finished = on_finished,
            .context = tree},
        .attach = attach,
        .say = say,
        .close = close_,
        .free = free_,
        .history = true,
    };
}
