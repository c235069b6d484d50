#include "cli/screen.h"
#include "base/mem.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define SYNC_BEGIN "\033[?2026h"
#define SYNC_END "\033[?2026l"
#define CURSOR_HIDE "\033[?25l"
#define CURSOR_SHOW "\033[?25h"
#define CLEAR_LINE "\033[K"

struct screen {
    int fd;
    bool has_keys;
    size_t width, height;
    struct frame shown;
    size_t row; /* where the cursor stands in it */
    bool cursor_shown;
    struct text out;
};

/* --- the terminal comes back whatever happens --- */

static const int crash_signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
enum { CRASH_SIGNALS = sizeof(crash_signals) / sizeof(crash_signals[0]) };

/* A signal handler has no argument of its own: this is the one place that must be global. */
static struct {
    int fd;
    bool has_modes;
    struct termios modes;
    struct sigaction before[CRASH_SIGNALS];
} terminal = {.fd = -1};

static void restore_terminal(void)
{
    static const char sequence[] = SYNC_END CURSOR_SHOW "\033[0m\r\n";

    if (terminal.fd < 0)
        return;
    if (write(terminal.fd, sequence, sizeof(sequence) - 1) < 0)
        errno = 0; /* the terminal is gone: nothing to restore */
    if (terminal.has_modes)
        tcsetattr(STDIN_FILENO, TCSANOW, &terminal.modes);
}

static void on_crash(int signum)
{
    restore_terminal();
    for (size_t i = 0; i < CRASH_SIGNALS; i++)
        if (crash_signals[i] == signum)
            sigaction(signum, &terminal.before[i], NULL);
    raise(signum);
}

static void guard(int fd)
{
    struct sigaction action = {.sa_handler = on_crash, .sa_flags = SA_NODEFER};

    terminal.fd = fd;
    for (size_t i = 0; i < CRASH_SIGNALS; i++)
        sigaction(crash_signals[i], &action, &terminal.before[i]);
}

static void unguard(void)
{
    for (size_t i = 0; i < CRASH_SIGNALS; i++)
        sigaction(crash_signals[i], &terminal.before[i], NULL);
    terminal.fd = -1;
    terminal.has_modes = false;
}

static void take_keys(void)
{
    struct termios modes;

    if (tcgetattr(STDIN_FILENO, &terminal.modes) < 0)
        return;
    terminal.has_modes = true;
    modes = terminal.modes;
    modes.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    modes.c_cc[VMIN] = 1;
    modes.c_cc[VTIME] = 0;
    tcsetattr(STDIN_FILENO, TCSANOW, &modes);
}

/* --- frames --- */

void frame_clear(struct frame *frame)
{
    for (size_t i = 0; i < frame->cap; i++)
        text_clear(&frame->lines[i].text);
    frame->len = 0;
    frame->has_cursor = false;
}

void frame_fini(struct frame *frame)
{
    for (size_t i = 0; i < frame->cap; i++)
        text_fini(&frame->lines[i].text);
    free(frame->lines);
    *frame = (struct frame){0};
}

struct frame_line *frame_add(struct frame *frame)
{
    size_t cap = frame->cap;

    frame->lines = mem_grow(frame->lines, frame->len, &frame->cap, sizeof(*frame->lines));
    memset(frame->lines + cap, 0, (frame->cap - cap) * sizeof(*frame->lines));
    frame->lines[frame->len].width = 0;
    return &frame->lines[frame->len++];
}

static void frame_copy(struct frame *to, const struct frame *from)
{
    frame_clear(to);
    for (size_t i = 0; i < from->len; i++) {
        struct frame_line *line = frame_add(to);

        text_add(&line->text, text_str(&from->lines[i].text), from->lines[i].text.len);
        line->width = from->lines[i].width;
    }
    to->has_cursor = from->has_cursor;
    to->cursor_row = from->cursor_row;
    to->cursor_column = from->cursor_column;
}

static bool is_same(const struct frame *frame, size_t row, const struct frame_line *line)
{
    return row < frame->len && frame->lines[row].text.len == line->text.len &&
           memcmp(text_str(&frame->lines[row].text), text_str(&line->text), line->text.len) == 0;
}

/* --- the screen --- */

static void measure(struct screen *screen)
{
    struct winsize size = {0};

    ioctl(screen->fd, TIOCGWINSZ, &size);
    screen->width = size.ws_col ? size.ws_col : 80;
    screen->height = size.ws_row > 1 ? size.ws_row : 24;
}

static void flush(struct screen *screen)
{
    const char *at = text_str(&screen->out);
    size_t left = screen->out.len;

    while (left) {
        ssize_t n = write(screen->fd, at, left);

        if (n < 0 && errno != EINTR)
            break; /* the terminal is gone; the run goes on */
        at += n > 0 ? n : 0;
        left -= n > 0 ? (size_t)n : 0;
    }
    text_clear(&screen->out);
}

struct screen *screen_open(int fd, bool keys)
{
    struct screen *screen = mem_alloc(sizeof(*screen));

    *screen = (struct screen){.fd = fd, .has_keys = keys};
    measure(screen);
    guard(fd);
    if (keys)
        take_keys();
    text_puts(&screen->out, CURSOR_HIDE);
    flush(screen);
    return screen;
}

void screen_close(struct screen *screen)
{
    if (!screen)
        return;
    text_puts(&screen->out, CURSOR_SHOW);
    flush(screen);
    if (terminal.has_modes)
        tcsetattr(STDIN_FILENO, TCSADRAIN, &terminal.modes);
    unguard();
    frame_fini(&screen->shown);
    text_fini(&screen->out);
    free(screen);
}

size_t screen_width(const struct screen *screen)
{
    return screen->width;
}

size_t screen_height(const struct screen *screen)
{
    return screen->height;
}

static void move_to_row(struct screen *screen, size_t row)
{
    if (row < screen->row)
        text_printf(&screen->out, "\033[%zuA", screen->row - row);
    else if (row > screen->row)
        text_printf(&screen->out, "\033[%zuB", row - screen->row);
    text_putc(&screen->out, '\r');
    screen->row = row;
}

static void show_cursor(struct screen *screen, const struct frame *frame)
{
    if (frame->has_cursor && frame->cursor_row < frame->len) {
        move_to_row(screen, frame->cursor_row);
        if (frame->cursor_column)
            text_printf(&screen->out, "\033[%zuC", frame->cursor_column);
    }
    if (frame->has_cursor != screen->cursor_shown)
        text_puts(&screen->out, frame->has_cursor ? CURSOR_SHOW : CURSOR_HIDE);
    screen->cursor_shown = frame->has_cursor;
}

/* Rows are added with a line feed, which scrolls when it must; rows that are there are reached by moving. */
static void go_to_line(struct screen *screen, size_t row)
{
    if (row < screen->shown.len || row == 0) {
        move_to_row(screen, row);
        return;
    }
    move_to_row(screen, row - 1);
    text_puts(&screen->out, "\n\r");
    screen->row = row;
}

/* Row by row: tmux takes "clear all below" at the top of the screen as a reason to keep a copy in its
 * history. */
static void clear_rows(struct screen *screen, size_t from, size_t to)
{
    for (size_t row = from; row < to; row++) {
        move_to_row(screen, row);
        text_puts(&screen->out, CLEAR_LINE);
    }
}

static bool is_cursor_same(const struct frame *a, const struct frame *b)
{
    return a->has_cursor == b->has_cursor &&
           (!a->has_cursor || (a->cursor_row == b->cursor_row && a->cursor_column == b->cursor_column));
}

void screen_draw(struct screen *screen, const struct frame *frame)
{
    bool is_due = screen->out.len > 0; /* something was printed above */
    size_t begin;

    text_puts(&screen->out, SYNC_BEGIN);
    begin = screen->out.len;
    for (size_t row = 0; row < frame->len; row++) {
        if (is_same(&screen->shown, row, &frame->lines[row]))
            continue;
        go_to_line(screen, row);
        text_add(&screen->out, text_str(&frame->lines[row].text), frame->lines[row].text.len);
        text_puts(&screen->out, CLEAR_LINE);
    }
    if (frame->len < screen->shown.len) {
        clear_rows(screen, frame->len, screen->shown.len);
        move_to_row(screen, frame->len ? frame->len - 1 : 0);
    }
    if (is_due || screen->out.len > begin || !is_cursor_same(&screen->shown, frame)) {
        show_cursor(screen, frame);
        text_puts(&screen->out, SYNC_END);
        flush(screen);
    }
    text_clear(&screen->out);
    frame_copy(&screen->shown, frame);
}

static void erase(struct screen *screen, size_t rows)
{
    clear_rows(screen, 0, rows);
    move_to_row(screen, 0);
    frame_clear(&screen->shown);
}

void screen_erase(struct screen *screen)
{
    erase(screen, screen->shown.len);
    flush(screen);
}

void screen_print(struct screen *screen, const char *text)
{
    text_puts(&screen->out, SYNC_BEGIN);
    erase(screen, screen->shown.len);
    for (; *text; text++) {
        if (*text == '\n')
            text_puts(&screen->out, CLEAR_LINE "\r");
        text_putc(&screen->out, *text);
    }
    /* The frame follows: the terminal shows both together. */
}

/* Where lines were longer than the new width, the terminal has broken them: the frame takes more rows now. */
void screen_resized(struct screen *screen)
{
    size_t total = 0, above = 0;

    measure(screen);
    for (size_t i = 0; i < screen->shown.len; i++) {
        size_t width = screen->shown.lines[i].width;
        size_t rows = width > screen->width ? (width + screen->width - 1) / screen->width : 1;

        above += i < screen->row ? rows : 0;
        total += rows;
    }
    screen->row = above < screen->height ? above : screen->height - 1;
    erase(screen, total < screen->height ? total : screen->height);
    flush(screen);
}
