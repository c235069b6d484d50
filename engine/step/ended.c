#include "step/ended.h"
#include "base/mem.h"
#include "base/text.h"
#include "step/kinds.h"

#include <signal.h>
#include <string.h>

enum { LAST_LINE_MAX = 300 };

/* The last line that is not empty and not the indented continuation of another; else the last that is not
 * empty. */
static size_t telling_line(const char *text, size_t len, size_t *ret_len)
{
    size_t end, start, found = 0;

    *ret_len = 0;
    while (len) {
        for (end = len; end && strchr(" \t\r\n", text[end - 1]);) /* a NUL is found too */
            end--;
        for (start = end; start && text[start - 1] != '\n';)
            start--;
        if (end > start && (!*ret_len || !strchr(" \t", text[start]))) {
            found = start;
            *ret_len = end - start;
        }
        if (end == start || !strchr(" \t", text[start]))
            break;
        len = start;
    }
    return found;
}

static void add_telling_line(const struct process_end *end, struct text *message)
{
    size_t len, start = telling_line(end->err, end->err_len, &len);

    while (len && strchr(" \t", end->err[start])) {
        start++;
        len--;
    }
    if (!len)
        return;
    text_puts(message, ": ");
    text_add_utf8(message, end->err + start, len < LAST_LINE_MAX ? len : LAST_LINE_MAX);
}

static char *failure_message(const struct process_end *end)
{
    struct text message = {0};
    const char *name = end->signal ? sigabbrev_np(end->signal) : NULL;

    if (end->was_stopped && end->signal)
        text_puts(&message, "stopped, ");
    if (name)
        text_printf(&message, "killed by SIG%s (signal %d)", name, end->signal);
    else if (end->signal)
        text_printf(&message, "killed by signal %d", end->signal);
    else
        text_printf(&message, "exit status %d", end->exit_code);
    add_telling_line(end, &message);
    return text_take(&message);
}

static enum fail_class class_of(const struct process_end *end)
{
    if (end->exit_code == 0)
        return FAIL_NONE;
    if (end->was_stopped)
        return FAIL_CANCELLED;
    return end->signal ? FAIL_SIGNAL : FAIL_EXIT;
}

static json_t *result_of(const struct process_end *end)
{
    json_t *result = json_object();

    json_object_set_new(result, "stdout", value_string(end->out, end->out_len));
    json_object_set_new(result, "stderr", value_string(end->err, end->err_len));
    json_object_set_new(
        result, "exit_code", end->exit_code >= 0 ? json_integer(end->exit_code) : json_null());
    if (end->signal)
        json_object_set_new(result, "signal", json_integer(end->signal));
    if (end->omitted)
        json_object_set_new(result, "omitted_bytes", json_integer((json_int_t)end->omitted));
    return result;
}

void ended_process(const struct process_end *end, struct outcome *ret)
{
    *ret = (struct outcome){.class_ = class_of(end), .exit_code = end->exit_code, .result = result_of(end)};
    if (ret->class_ != FAIL_NONE)
        ret->message = failure_message(end);
}

void ended_by_stop(const struct step *step, bool at_once, struct outcome *ret)
{
    if (step && step->kind == &step_http)
        *ret =
            (struct outcome){.class_ = FAIL_CANCELLED, .exit_code = -1, .message = mem_strdup("cancelled")};
    else
        ended_process(&(struct process_end){.exit_code = -1,
                          .signal = at_once ? SIGKILL : SIGTERM,
                          .was_stopped = true,
                          .out = "",
                          .err = ""},
            ret);
}
