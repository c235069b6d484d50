/* glance: what code asks for that leaves nothing behind: looking at the clock, at a file, saying something.
 */
#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "step/coded.h"

#include <string.h>

static json_t *look_at_clock(struct work *work, const json_t *args)
{
    (void)work, (void)args;
    return json_real((double)clock_wall_us() / 1e6);
}

static json_t *draw(struct work *work, const json_t *args)
{
    (void)work, (void)args;
    return json_real((double)random_u53() * 0x1p-53);
}

static json_t *say(struct work *work, const json_t *args)
{
    const struct work_options *options = &work->options;
    struct text line autotext = {0};

    value_to_text(json_object_get(args, "text"), &line);
    text_putc(&line, '\n');
    if (options->on_output)
        options->on_output(options->context, 1, text_str(&line), line.len);
    return json_null();
}

static const struct {
    const char *name;
    json_t *(*look)(struct work *work, const json_t *args);
} glances[] = {
    {"now", look_at_clock},
    {"random", draw},
    {"log", say},
};

json_t *coded_glance(struct work *work, const char *name, const json_t *args)
{
    for (size_t i = 0; i < sizeof(glances) / sizeof(glances[0]); i++)
        if (strcmp(glances[i].name, name) == 0)
            return glances[i].look(work, args);
    return NULL;
}
