/* prepared: a rotation or a calendar made ready for a test, and instants written as texts. */
#ifndef TEST_PREPARED_H
#define TEST_PREPARED_H

#include "lib/test.h"

#include "base/clock.h"
#include "oncall/oncall.h"

#define STRINGS(...)                                                                                         \
    {                                                                                                        \
        .items = (const char *[]){__VA_ARGS__},                                                              \
        .pos = (struct pos[sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *)]){{0}},                    \
        .len = sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *)                                        \
    }

struct prepared {
    struct arena arena;
    struct diags diags;
    const char *ics;
    struct source source;
};

static inline int64_t at(const char *text)
{
    struct err err;
    int64_t us;

    if (instant_parse(text, &us, &err) < 0)
        fail_msg("%s: %s", text, err.text);
    return us;
}

static inline const char *said(int64_t us, char ret[INSTANT_TEXT_SIZE])
{
    return us == INT64_MAX ? "never" : instant_utc(us, ret);
}

#define assert_instant(us, text)                                                                             \
    do {                                                                                                     \
        char said_[INSTANT_TEXT_SIZE];                                                                       \
        assert_string_equal(said(us, said_), text);                                                          \
    } while (0)

static inline const struct source *give_ics(void *context, const struct placed *ics)
{
    struct prepared *prepared = context;

    prepared->source =
        (struct source){.path = ics->text, .text = prepared->ics, .len = strlen(prepared->ics)};
    return &prepared->source;
}

static inline void prepare_all(struct prepared *prepared, struct people *people)
{
    const struct ics_reader reader = {give_ics, prepared};

    oncall_prepare(people, &reader, &prepared->arena, &prepared->diags);
}

static inline void prepare_rotation(struct prepared *prepared, struct rotation *rotation)
{
    struct people people = {.rotations = {.items = (void *[]){rotation}, .len = 1}};

    prepare_all(prepared, &people);
}

static inline void prepare_calendar(struct prepared *prepared, struct calendar *calendar)
{
    struct people people = {.calendars = {.items = (void *[]){calendar}, .len = 1}};

    prepare_all(prepared, &people);
}

static inline void prepared_fini(struct prepared *prepared)
{
    arena_fini(&prepared->arena);
    diags_fini(&prepared->diags);
}

#endif
