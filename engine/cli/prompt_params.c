/* Parameters asked for on the terminal, line by line, before a run begins. */
#include "base/mem.h"
#include "cli/prompt.h"
#include "model/diag.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static void on_interrupt(int signum)
{
    (void)signum; /* the read returns, and the terminal is put right before anything else */
}

/* What is typed is not shown; Ctrl-C ends the program as ever, but not before the echo is back. */
static ssize_t read_silently(char **line, size_t *cap)
{
    struct sigaction action = {.sa_handler = on_interrupt}, before_action;
    struct termios before, silent;
    ssize_t n;
    int why;

    if (tcgetattr(STDIN_FILENO, &before) < 0)
        return getline(line, cap, stdin);
    silent = before;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    sigaction(SIGINT, &action, &before_action);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    errno = 0;
    n = getline(line, cap, stdin);
    why = errno;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    sigaction(SIGINT, &before_action, NULL);
    fputc('\n', stderr);
    if (n < 0 && why == EINTR)
        raise(SIGINT);
    return n;
}

/* A line without its end, or NULL at the end of input. Malloc'd. */
static char *read_line(bool is_secret)
{
    char *line = NULL;
    size_t cap = 0;
    ssize_t n = is_secret ? read_silently(&line, &cap) : getline(&line, &cap, stdin);

    if (n < 0) {
        free(line);
        return NULL;
    }
    line[strcspn(line, "\r\n")] = '\0';
    return line;
}

static void put_question(const struct param *param)
{
    fprintf(stderr, "%s", param->name);
    if (param->description)
        fprintf(stderr, " (%s)", param->description);
    for (size_t i = 0; i < json_array_size(param->choices); i++) {
        struct text choice autotext = {0};

        value_to_text(json_array_get(param->choices, i), &choice);
        fprintf(stderr, "%s%s", i ? ", " : " [", text_str(&choice));
    }
    fputs(json_array_size(param->choices) ? "]: " : ": ", stderr);
}

/* Checked by itself, as the whole will be: true when it fits, else the problem has been shown. */
static bool fits(const struct cli *cli, const struct items *params, size_t index, json_t *value)
{
    const struct items one = {.items = &params->items[index], .names = &params->names[index], .len = 1};
    json_t *given autovalue = json_pack("{s:O}", params->names[index], value), *full autovalue = NULL;
    struct diags diags = {0};

    full = params_check(&one, given, true, &diags);
    if (!full) {
        struct text text autotext = {0};

        diags_render(&diags, &text, cli_color(cli, stderr));
        fputs(text_str(&text), stderr);
    }
    diags_fini(&diags);
    return full != NULL;
}

/* False at the end of input. */
static bool ask_for(const struct cli *cli, const struct items *params, size_t index, json_t *given)
{
    const struct param *param = params->items[index];

    for (;;) {
        char *line autofree = NULL;
        json_t *value autovalue = NULL;

        put_question(param);
        line = read_line(param->secret);
        if (!line)
            return false;
        value = value_string(line, strlen(line));
        if (!fits(cli, params, index, value))
            continue;
        json_object_set(given, params->names[index], value);
        return true;
    }
}

bool prompt_param(const struct cli *cli, const struct document *document, size_t index, json_t *given)
{
    return ask_for(cli, &document->params, index, given);
}

void prompt_params(const struct cli *cli, const struct document *document, json_t *given)
{
    const struct items *params = &document->params;

    for (size_t i = 0; i < params->len; i++) {
        const struct param *param = params->items[i];

        if (param->fallback || json_object_get(given, params->names[i]))
            continue;
        if (!ask_for(cli, params, i, given))
            return;
    }
}
