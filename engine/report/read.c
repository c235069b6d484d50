/* From the journal to facts. Beside this, only review_read.c of this room reads it. */
#include "report/timeline.h"

static bool add_event(void *context, const struct event *event)
{
    facts_add(context, event);
    return true;
}

int facts_read(struct journal *journal, const char *run_id, int64_t now_wall_us, struct facts *ret_facts,
    struct err *err)
{
    struct run_row *run = journal_get_run(journal, run_id, err);
    if (!run)
        return err ? err->code : ERR_NOT_FOUND;
    facts_init(ret_facts, run);
    run_row_free(run);
    int code = journal_events(journal, run_id, 0, true, add_event, ret_facts, err);
    facts_end(ret_facts, now_wall_us);
    if (code < 0)
        facts_fini(ret_facts);
    return code;
}

int timeline_text(struct journal *journal, const char *run_id, size_t width, bool colour, struct text *text,
    struct err *err)
{
    struct facts facts;
    int code = facts_read(journal, run_id, 0, &facts, err);
    if (code < 0)
        return code;
    timeline_draw(&facts, &(struct timeline_options){.paint = {.colour = colour}, .width = width}, text);
    facts_fini(&facts);
    return 0;
}

json_t *timeline_json(struct journal *journal, const char *run_id, struct err *err)
{
    struct facts facts;
    if (facts_read(journal, run_id, 0, &facts, err) < 0)
        return NULL;
    json_t *json = timeline_facts(&facts);
    facts_fini(&facts);
    return json;
}
