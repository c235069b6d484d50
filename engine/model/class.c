#include "model/class.h"

#include <string.h>

#define X(name, text) text,
static const char *const fail_classes[] = {FAIL_CLASSES(X)};
static const char *const step_statuses[] = {STEP_STATUSES(X)};
static const char *const run_statuses[] = {RUN_STATUSES(X)};
static const char *const event_types[] = {EVENT_TYPES(X)};
#undef X

static int find(const char *const *names, int count, const char *text)
{
    for (int i = 0; i < count; i++)
        if (strcmp(names[i], text) == 0)
            return i;
    return -1;
}

const char *fail_class_name(enum fail_class class_)
{
    return fail_classes[class_];
}

const char *step_status_name(enum step_status status)
{
    return step_statuses[status];
}

const char *run_status_name(enum run_status status)
{
    return run_statuses[status];
}

const char *event_type_name(enum event_type type)
{
    return event_types[type];
}

int fail_class_parse(const char *text)
{
    return find(fail_classes, FAIL_COUNT, text);
}

int step_status_parse(const char *text)
{
    return find(step_statuses, STEP_STATUS_COUNT, text);
}

int run_status_parse(const char *text)
{
    return find(run_statuses, RUN_STATUS_COUNT, text);
}

int event_type_parse(const char *text)
{
    return find(event_types, EVENT_COUNT, text);
}
