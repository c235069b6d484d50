/* explore_tell: the way to a finding, in words and as a scenario that `runbook test` plays. */
#include "base/clock.h"
#include "base/duration.h"
#include "base/mem.h"
#include "drive/explore_inside.h"

#include <string.h>

enum { PEOPLE_MAX = 16 };

/* What somebody says at a time: it goes into the file when it was heard. */
struct said {
    int64_t at_us;
    bool is_signal;
    char *key, *line;
};

/* A scenario as it is written. */
struct writing {
    struct search *search;
    struct map mocks; /* name -> struct text *: how its attempts end, in order */
    struct said *said;
    size_t said_count, said_cap;
    struct text taken;
    json_t *way;
};

/* JSON is YAML. */
static void put_value(struct text *text, const json_t *value)
{
    value_canonical(value, text);
}

static void put_string(struct text *text, const char *string)
{
    json_t *value autovalue = json_string(string);

    value_canonical(value, text);
}

/* --- what is taken --- */

static void put_field(struct text *text, const char *name, const char *string)
{
    if (!string)
        return;
    text_printf(text, "%s%s: ", text->ptr && text->ptr[text->len - 1] == '{' ? "" : ", ", name);
    put_string(text, string);
}

static void put_json(struct text *text, const char *name, const json_t *value)
{
    if (!value)
        return;
    text_printf(text, "%s%s: ", text->ptr[text->len - 1] == '{' ? "" : ", ", name);
    put_value(text, value);
}

static void put_amount(struct text *text, const char *name, const struct amount *amount, bool is_time)
{
    char duration[DURATION_TEXT_SIZE];

    if (!amount->given)
        return;
    text_printf(text, "%s%s: ", text->ptr[text->len - 1] == '{' ? "" : ", ", name);
    if (is_time)
        text_puts(text, duration_exact(amount->value, duration));
    else
        text_printf(text, "%lld", (long long)amount->value);
}

static const char *end_name(int ends)
{
    if (ends == ANSWER_FAIL)
        return "fail";
    return ends == FAIL_NONE ? "ok" : fail_class_name((enum fail_class)ends);
}

static void put_answer(struct text *text, const struct answer *answer)
{
    size_t before;

    text_putc(text, '{');
    before = text->len;
    if (answer->ends != FAIL_NONE)
        put_field(text, "ends", end_name(answer->ends));
    put_amount(text, "exit_code", &answer->exit_code, false);
    put_amount(text, "status_code", &answer->status_code, false);
    put_field(text, "stdout", answer->stdout_);
    put_field(text, "stderr", answer->stderr_);
    put_field(text, "body", answer->body);
    put_field(text, "message", answer->message);
    put_json(text, "headers", answer->headers);
    put_json(text, "output", answer->output);
    put_json(text, "outputs", answer->outputs);
    put_amount(text, "takes", &answer->takes, true);
    if (text->len > before) {
        text_putc(text, '}');
        return;
    }
    text->len = before - 1; /* nothing was said of it: it works */
    text_puts(text, "ok");
}

static void add_mock(struct writing *writing, const struct decision *decision, const struct answer *answer)
{
    struct path_forms forms = {0};
    char *name;
    struct text *answers;
    bool is_plain = !answer->exit_code.given && !answer->status_code.given && !answer->stdout_ &&
                    !answer->stderr_ && !answer->body && !answer->output && !answer->outputs &&
                    !answer->takes.given && !answer->message && !answer->headers;

    path_forms_set(&forms, decision->path);
    name = decision->type == DECIDE_NOTICE ? mem_printf("notify:%s", decision->name)
                                           : mem_strdup(text_str(&forms.plain));
    answers = map_get(&writing->mocks, name);
    if (!answers) {
        answers = mem_alloc(sizeof(*answers));
        map_put(&writing->mocks, name, answers);
    }
    if (answers->len)
        text_puts(answers, ", ");
    if (is_plain)
        text_puts(answers, end_name(answer->ends));
    else
        put_answer(answers, answer);
    free(name);
    path_forms_fini(&forms);
}

/* Takes the line, without its beginning. */
static void say(struct writing *writing, const struct input *input, int64_t at_us, struct text *line)
{
    struct text key = {0};

    stand_input_key(input, at_us, &key);
    writing->said = mem_grow(writing->said, writing->said_count, &writing->said_cap, sizeof(*writing->said));
    writing->said[writing->said_count++] = (struct said){.at_us = at_us,
        .is_signal = input->type == INPUT_SIGNAL,
        .key = text_take(&key),
        .line = text_take(line)};
}

static void add_answer(
    struct writing *writing, const struct decision *decision, const json_t *data, int64_t at_us)
{
    const char *names[PEOPLE_MAX], *users[PEOPLE_MAX], *word = value_get_string(data, "decision");
    size_t count =
        decision_people(writing->search->stage.deciders, decision, at_us, names, users, PEOPLE_MAX);
    bool is_no = strcmp(word, "deny") == 0 || strcmp(word, "fail") == 0;

    for (size_t i = 0; i < (is_no && count ? 1 : count); i++) {
        struct text line = {0};

        text_printf(&line, "%s: ", word);
        put_string(&line, decision->path);
        text_puts(&line, ", by: ");
        put_string(&line, names[i]);
        put_json(&line, "with", json_object_get(data, "fields"));
        put_field(&line, "note", value_get_string(data, "note"));
        say(writing, &(struct input){.type = INPUT_ANSWER, .frame = decision->frame}, at_us, &line);
    }
}

static void add_named(
    struct writing *writing, enum input_type type, const char *before, const char *name, int64_t at_us)
{
    struct text line = {0};

    text_puts(&line, before);
    put_string(&line, name);
    say(writing, &(struct input){.type = type, .name = name}, at_us, &line);
}

static void write_down(
    struct writing *writing, const struct decision *decision, uint32_t option, int64_t now_us)
{
    struct option_taken taken = decision_option(writing->search->stage.deciders, decision, option);
    int64_t at_us = now_us + decision_delay_us(decision);

    if (taken.answer)
        add_mock(writing, decision, taken.answer);
    else if (decision->type == DECIDE_ANSWER && taken.data)
        add_answer(writing, decision, taken.data, at_us);
    else if (decision->type == DECIDE_ACK && taken.comes)
        add_named(writing, INPUT_ACK, "ack: somebody, of: ", decision->name, at_us);
    else if (decision->type == DECIDE_SIGNAL && taken.comes)
        add_named(writing, INPUT_SIGNAL, "name: ", decision->name, at_us);
    if (writing->way && (option > 0 || decision->type == DECIDE_ANSWER)) {
        struct text words autotext = {0};

        decision_words(writing->search->stage.deciders, decision, option, &words);
        json_array_append_new(writing->way, json_string(text_str(&words)));
    }
}

/* --- the file --- */

static void put_mocks(struct writing *writing, struct text *text)
{
    bool is_first = true;

    for (size_t i = 0; i < writing->mocks.len; i++) {
        const struct text *answers = writing->mocks.entries[i].value;
        bool is_list = strstr(text_str(answers), ", ") != NULL;

        if (strcmp(text_str(answers), "ok") == 0)
            continue;
        text_puts(text, is_first ? "    mocks:\n      " : "      ");
        is_first = false;
        put_string(text, writing->mocks.entries[i].key);
        text_printf(text, is_list ? ": [%s]\n" : ": %s\n", text_str(answers));
    }
}

static void put_said(const struct writing *writing, bool is_signal, const char *section, struct text *text)
{
    bool is_first = true;

    for (size_t i = 0; i < writing->said_count; i++) {
        const struct said *said = &writing->said[i];
        char at[DURATION_TEXT_SIZE];

        if (said->is_signal != is_signal || !strstr(text_str(&writing->taken), said->key))
            continue;
        if (is_first)
            text_printf(text, "    %s:\n", section);
        is_first = false;
        text_printf(text, "      - {at: +%s, %s}\n", duration_exact(said->at_us / 1000, at), said->line);
    }
}

/* It fails until it is mended. */
static void put_expected_step(const char *path, struct text *text)
{
    struct path_forms forms = {0};

    path_forms_set(&forms, path);
    text_puts(text, "    expect: {steps: {");
    put_string(text, text_str(&forms.plain));
    text_puts(text, ": succeeded}}\n");
    path_forms_fini(&forms);
}

static char *compose(struct writing *writing, const struct finding *finding, const struct stand *stand)
{
    const struct explore_options *options = writing->search->options;
    struct text text = {0};
    char at[INSTANT_TEXT_SIZE];
    enum run_status status = core_status(virtual_run(stand_virtual(stand)));

    text_puts(&text, "runbook: ");
    put_string(&text, options->file);
    text_puts(&text, "\nscenarios:\n  - name: ");
    put_string(&text, finding->what);
    text_printf(&text, "\n    at: %s\n    initiator: ", instant_utc(options->wall_us, at));
    put_string(&text, options->initiator);
    if (json_object_size(options->params)) {
        text_puts(&text, "\n    params: ");
        put_value(&text, options->params);
    }
    text_puts(&text, "\n    default_mock: ok\n");
    put_mocks(writing, &text);
    put_said(writing, false, "people", &text);
    put_said(writing, true, "signals", &text);
    if (finding->path)
        put_expected_step(finding->path, &text);
    else if (core_is_finished(virtual_run(stand_virtual(stand))))
        text_printf(&text, "    expect: {status: %s}\n", run_status_name(status));
    return text_take(&text);
}

static void writing_fini(struct writing *writing)
{
    for (size_t i = 0; i < writing->mocks.len; i++) {
        text_fini(writing->mocks.entries[i].value);
        free(writing->mocks.entries[i].value);
    }
    map_fini(&writing->mocks);
    for (size_t i = 0; i < writing->said_count; i++) {
        free(writing->said[i].key);
        free(writing->said[i].line);
    }
    free(writing->said);
    text_fini(&writing->taken);
}

/* What is open after the last decision goes as usual, so that the scenario comes to an end. */
static void play(
    struct writing *writing, const struct finding *finding, struct stand *stand, enum stand_state where)
{
    enum { AFTER_MAX = 1000 };
    json_t *way = writing->way;

    for (size_t i = 0; where == STAND_OPEN && i < finding->option_count + AFTER_MAX; i++) {
        struct decision decision = *stand_decision(stand);
        uint32_t option = i < finding->option_count ? finding->options[i] : 0;

        writing->way = i < finding->option_count ? way : NULL;
        write_down(writing, &decision, option, virtual_now_us(stand_virtual(stand)));
        where = stand_take(stand, option);
    }
    writing->way = way;
}

void finding_tell(struct search *search, struct finding *finding)
{
    struct writing writing = {.search = search, .way = json_array()};
    struct stage *stage = &search->stage;
    struct text *heard = stage->heard;
    uint64_t events = stage->events;
    enum stand_state where;
    struct stand *stand, *current = stage->current;

    stage->heard = NULL;
    stage->taken = &writing.taken;
    stand = stand_new(stage, &where);
    play(&writing, finding, stand, where);
    finding->way = writing.way;
    finding->scenario = compose(&writing, finding, stand);
    stand_free(stand);
    stage->heard = heard;
    stage->taken = NULL;
    stage->events = events;
    stage->current = current;
    writing_fini(&writing);
}
