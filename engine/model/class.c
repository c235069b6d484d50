#include "model/class.h"

#include <string.h>

struct name {
    const char *text;
    size_t len;
};

#define X(name, text) {text, sizeof(text) - 1},
static const struct name fail_classes[] = {FAIL_CLASSES(X)};
static const struct name step_statuses[] = {STEP_STATUSES(X)};
static const struct name run_statuses[] = {RUN_STATUSES(X)};
static const struct name event_types[] = {EVENT_TYPES(X)};
#undef X

/* Every event that is read is looked up here, three times, and few names are as long as another. */
static int find(const struct name *names, int count, const char *text)
{
    size_t len = strlen(text);

    for (int i = 0; i < count; i++)
        if (names[i].len == len && memcmp(names[i].text, text, len) == 0)
            return i;
    return -1;
}

const char *fail_class_name(enum fail_class class_)
{
    return fail_classes[class_].text;
}

const char *step_status_name(enum step_status status)
{
    return step_statuses[status].text;
}

const char *run_status_name(enum run_status status)
{
    return run_statuses[status].text;
}

const char *event_type_name(enum event_type type)
{
    return event_types[type].text;
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
