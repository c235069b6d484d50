#include "cli/board.h"
#include "cli/replay_inside.h"
#include "cli/tree_draw.h"
#include "io/loop.h"

#include <signal.h>
#include <unistd.h>

enum { FRAME_US = 100 * 1000, SPEED = 60, KEYS_MAX = 64 };

/* The run on the screen, its time running faster than ours. */
struct player {
    const struct past *past;
    struct loop *loop;
    struct board board;
    struct line_style style;
    struct screen *screen;
    struct frame frame;
    size_t at; /* the next event */
    int64_t speed, began_us;
    size_t spin;
};

static int64_t now_us(const struct player *player)
{
    int64_t us = (loop_now_us(player->loop) - player->began_us) * player->speed;
    const struct event *last = &player->past->events[player->past->event_count - 1];

    return us < last->mono_us ? us : last->mono_us;
}

static struct tree_drawing drawing_of(const struct player *player)
{
    return (struct tree_drawing){.board = &player->board,
        .style = &player->style,
        .run_id = player->past->id,
        .now_us = now_us(player),
        .spin = player->spin};
}

static void draw(struct player *player)
{
    struct tree_drawing drawing = drawing_of(player);
    size_t rows = screen_height(player->screen) - 1;

    player->style.width = screen_width(player->screen);
    frame_clear(&player->frame);
    tree_draw_title(&drawing, &player->frame);
    tree_draw_steps(&drawing, rows > 1 ? rows - 1 : 1, &player->frame);
    screen_draw(player->screen, &player->frame);
}

static void on_frame(void *context)
{
    struct player *player = context;
    const struct past *past = player->past;

    for (; player->at < past->event_count && past->events[player->at].mono_us <= now_us(player); player->at++)
        board_event(&player->board, &past->events[player->at]);
    player->spin++;
    draw(player);
    if (player->at < past->event_count)
        loop_timer_start(player->loop, loop_now_us(player->loop) + FRAME_US, on_frame, player);
    else
        loop_stop(player->loop);
}

static void on_keys(void *context)
{
    struct player *player = context;
    char keys[KEYS_MAX];
    ssize_t n = read(STDIN_FILENO, keys, sizeof(keys));

    for (ssize_t i = 0; i < n; i++)
        if (keys[i] == 'q')
            loop_stop(player->loop);
    if (n <= 0)
        loop_stop(player->loop);
}

static void on_interrupt(void *context, int signum)
{
    (void)signum;
    loop_stop(((struct player *)context)->loop);
}

static void on_resize(void *context, int signum)
{
    (void)signum;
    screen_resized(((struct player *)context)->screen);
}

/* What is on the screen at the end stays, in full. */
static void leave(struct player *player)
{
    struct tree_drawing drawing = drawing_of(player);

    screen_erase(player->screen);
    screen_close(player->screen);
    frame_clear(&player->frame);
    tree_draw_title(&drawing, &player->frame);
    tree_draw_steps(&drawing, SIZE_MAX, &player->frame);
    for (size_t i = 0; i < player->frame.len; i++)
        puts(text_str(&player->frame.lines[i].text));
    frame_fini(&player->frame);
}

static void play(struct player *player)
{
    struct loop_signal *interrupt = loop_signal_start(player->loop, SIGINT, on_interrupt, player);
    struct loop_signal *resize = loop_signal_start(player->loop, SIGWINCH, on_resize, player);
    bool has_keys = isatty(STDIN_FILENO);
    struct loop_watch *keyboard =
        has_keys ? loop_watch_start(player->loop, STDIN_FILENO, on_keys, player) : NULL;

    player->screen = screen_open(STDOUT_FILENO, has_keys);
    player->began_us = loop_now_us(player->loop);
    on_frame(player);
    loop_run(player->loop);
    loop_watch_free(keyboard);
    loop_signal_free(interrupt);
    loop_signal_free(resize);
    leave(player);
}

int replay_watch(const struct cli *cli, const struct past *past)
{
    const struct replay_options *options = cli->options;
    struct player player = {.past = past,
        .loop = loop_new(),
        .speed = options->speed ? options->speed : SPEED,
        .style.paint = {.colour = cli_color(cli, stdout), .ascii = !cli_utf8()}};

    board_init(&player.board, past->program.book);
    play(&player);
    board_fini(&player.board);
    loop_free(player.loop);
    return EXIT_OK;
}
