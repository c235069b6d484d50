/* oncall: what is shown of the people of one file at one time. */
#ifndef CLI_ONCALL_H
#define CLI_ONCALL_H

#include "cli/grid.h"
#include "model/document.h"

/* Who of a rotation is on call, until when, and who comes next. */
struct watch {
    const char *rotation;
    const char *member; /* NULL: nobody */
    bool is_stand_in;
    bool has_next;
    int64_t until_us; /* when has_next */
    const char *next; /* NULL: nobody */
};

struct watch watch_at(const struct people *people, size_t rotation, int64_t at_us);
/* "Mon 2026-11-23 09:00", as the clocks here show it. */
const char *watch_time(int64_t at_us, char *ret, size_t size);

/* oncall_draw.c: a row of cells for each member of each rotation, a column for each day. */
void draw_days(const struct people *people, int64_t at_us, int64_t days, struct text *text);
/* oncall_json.c: all of it. New reference. */
json_t *oncall_json(const struct document *document, const char *path, int64_t at_us);

/* Who is paged by a level, and in how many ms after the first; -1: not known before the run. */
struct stage {
    const struct level *level;
    int64_t after_ms;
    int64_t at_us; /* when, if nobody acknowledges and it is now that the escalation begins */
};
/* Room for one per level. */
void stages_of(
    const struct people *people, const struct policy *policy, int64_t at_us, struct stage *ret_stages);

#endif
