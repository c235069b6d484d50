/* verdict_inside: what is kept of a run, for those who compare it and those who write it down. */
#ifndef REPORT_VERDICT_INSIDE_H
#define REPORT_VERDICT_INSIDE_H

#include "report/compare.h"
#include "report/verdict.h"

/* A step, or an item of it, and what it came to. */
struct came {
    const char *path; /* without the last attempt */
    enum step_status status;
    enum fail_class class_;
    int exit_code, attempts;
    int64_t at_us; /* of its last event */
    json_t *data;  /* of that; or NULL */
};

/* A message that was sent. */
struct message {
    const char *path, *target, *channel;
    int64_t at_us;
    bool has_failed;
};

struct verdict {
    const struct expectation *expect;
    struct arena arena;
    struct came *came;
    size_t came_count, came_cap;
    struct map by_path; /* path -> number + 1 */
    struct message *messages;
    size_t message_count, message_cap;
    struct lines begun, journal;
    struct path_forms forms;
    int status; /* enum run_status, -1: it has not ended */
    enum fail_class class_;
    json_t *end; /* data of run.finished */
    int64_t now_us;
};

/* Of what a step came to, the property as `steps.<id>` would have it. New reference, or NULL. */
json_t *came_property(const struct came *came, enum step_property property);
const char *property_name(enum step_property property);
/* Does what stands in `order` mean the step of this path? */
bool order_fits(const char *wanted, const char *path);

#endif
