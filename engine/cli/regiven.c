#include "cli/regiven.h"
#include "cli/detach.h"
#include "base/mem.h"
#include "cli/params.h"
#include "cli/prompt.h"
#include "drive/answers.h"
#include "drive/secrets.h"

#include <string.h>

static bool is_secret(const struct document *document, const char *name)
{
    for (size_t i = 0; i < document->params.len; i++)
        if (strcmp(document->params.names[i], name) == 0)
            return ((const struct param *)document->params.items[i])->secret;
    return false;
}

/* Parameters stay what they are, but for the secret ones, which nobody has kept. */
static void check_names(const struct carry *carry, const json_t *given, struct diags *diags)
{
    const struct document *document = carry->past->program.book->documents[0];
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)given, name, value)
    {
        if (!is_secret(document, name))
            diag_error(diags, (struct pos){0}, "param",
                "-p %s: the run keeps the parameters it was begun with; only secret ones are given again",
                name);
    }
    for (size_t i = 0; i < document->params.len; i++) {
        name = document->params.names[i];
        if (is_secret(document, name) && !json_object_get(given, name) &&
            json_object_get(carry->past->row->params, name))
            diag_hint(diags,
                diag_error(diags, (struct pos){0}, "param",
                    "the parameter \"%s\" is secret, so the journal does not have it", name),
                "give it again with -p %s=VALUE", name);
    }
}

/* On a terminal; nothing that is typed is shown. */
static void ask_for_secrets(const struct carry *carry, json_t *given)
{
    const struct document *document = carry->past->program.book->documents[0];

    for (size_t i = 0; i < document->params.len; i++) {
        const char *name = document->params.names[i];
        bool is_wanted = is_secret(document, name) && !json_object_get(given, name) &&
                         json_object_get(carry->past->row->params, name);

        if (is_wanted && !prompt_param(carry->cli, document, i, given))
            return;
    }
}

static json_t *check_secret_params(const struct carry *carry, const struct texts *params, struct diags *diags)
{
    const struct document *document = carry->past->program.book->documents[0];
    json_t *given = params_gather(params, NULL, diags), *all, *checked;
    json_t *secrets = json_object();
    const char *name;
    json_t *value;

    if (carry->may_ask && !diags->errors)
        ask_for_secrets(carry, given);
    check_names(carry, given, diags);
    all = json_copy(carry->past->row->params);
    json_object_update(all, given);
    checked = diags->errors ? NULL : params_check(&document->params, all, true, diags);
    json_object_foreach(given, name, value) json_object_set(secrets, name, json_object_get(checked, name));
    json_decref(checked);
    json_decref(all);
    json_decref(given);
    return secrets;
}

int regiven_check(struct carry *carry, const struct regiven_options *options)
{
    struct text text autotext = {0};
    struct diags diags = {0};
    int status;

    carry->params = check_secret_params(carry, &options->params, &diags);
    carry->answers = answers_gather(&options->answers, &diags);
    answers_check_given(carry->past->program.book, carry->answers, true, &diags);
    secrets_check(carry->past->program.book, &diags);
    if (diags.len)
        diags_render(&diags, &text, cli_color(carry->cli, stderr));
    fputs(text_str(&text), stderr);
    status = diags.errors ? EXIT_USAGE : EXIT_OK;
    diags_fini(&diags);
    return status;
}

void regiven_tell_changed(const struct past *past)
{
    struct text text autotext = {0};

    past_compare_with_now(past, &text);
    for (char *line = text.ptr, *end; line && (end = strchr(line, '\n')); line = end + 1)
        fprintf(stderr, "runbook: %.*s: the run goes on with the one it was begun with\n", (int)(end - line),
            line);
}

struct carry regiven_carry(
    struct cli *cli, const struct regiven_options *options, struct past *past, struct fork *fork)
{
    return (struct carry){.cli = cli,
        .program = &past->program,
        .past = past,
        .fork = fork,
        .me = cli_principal(cli),
        .yes = options->yes,
        .may_ask = cli_may_ask(cli, options->no_input) && !options->detach,
        .leaves_questions = options->no_input,
        .is_detached = options->detach,
        .ready_fd = detach_inherited()};
}

int regiven_open(struct carry *carry, bool read_only)
{
    char id[RUN_ID_SIZE];
    struct err err = {0};
    int status = cli_open_journal(carry->cli, read_only, &carry->journal);

    if (status == EXIT_OK)
        status = cli_find_run(carry->cli, carry->journal, 0, id);
    if (status == EXIT_OK && past_open(carry->journal, id, carry->past, &err) < 0)
        status = cli_fail(&err);
    return status;
}
