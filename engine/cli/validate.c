/* validate: every problem of every file, for people, for programs, and for code review (SARIF). */
#include "cli/grid.h"
#include "drive/program.h"
#include "script/leaks.h"

#include <string.h>

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_SARIF };

struct validate_options {
    int format; /* enum format */
    bool quiet;
    struct texts ignored; /* names of warnings */
};

struct validation {
    const struct cli *cli;
    enum format format;
    json_t *sarif; /* results so far */
    size_t invalid;
};

static size_t count_questions(const struct document *document)
{
    size_t count = 0;

    for (size_t i = 0; i < document->step_count; i++)
        count += document->steps[i]->kind && document->steps[i]->kind->class_ == KIND_ASK;
    return count;
}

static void put_count(struct text *text, size_t count, const char *noun)
{
    text_printf(text, "%s%zu %s%s", text->len ? ", " : "", count, noun, count == 1 ? "" : "s");
}

/* Of a file of people alone. */
static void put_people(struct text *text, const struct program *program)
{
    const struct document *document = program->book ? program->book->documents[0] : NULL;

    if (!document || document->id)
        return;
    put_count(text, document->people.contacts.len, "contact");
    put_count(text, document->people.rotations.len, "rotation");
    text_printf(text, ", %zu polic%s", document->people.policies.len,
        document->people.policies.len == 1 ? "y" : "ies");
}

static void print_ok(const char *path, const struct program *program, const struct diags *diags)
{
    struct text what autotext = {0}, name autotext = {0};
    size_t steps = 0, questions = 0, others = program->book ? program->book->document_count : 0;

    for (size_t i = 0; i < others; i++) {
        steps += program->book->documents[i]->step_count;
        questions += count_questions(program->book->documents[i]);
    }
    put_people(&what, program);
    if (steps || !what.len)
        put_count(&what, steps, "step");
    if (questions)
        put_count(&what, questions, "question");
    if (others > 1)
        put_count(&what, others - 1, "called runbook");
    if (diags->len)
        put_count(&what, diags->len, "warning");
    safe_line(&name, path, strlen(path));
    printf("%s: ok (%s)\n", text_str(&name), text_str(&what));
}

static void print_text(
    const struct validation *v, const char *path, const struct program *program, struct diags *diags)
{
    const struct validate_options *options = v->cli->options;
    struct text text autotext = {0};

    if (diags->len)
        diags_render(diags, &text, cli_color(v->cli, stdout));
    cli_print(&text);
    if (!diags->errors && !options->quiet)
        print_ok(path, program, diags);
}

static void print_json(const char *path, const struct program *program, struct diags *diags)
{
    json_t *json = json_object();

    json_object_set_new(json, "file", value_string(path, strlen(path)));
    json_object_set_new(json, "ok", json_boolean(diags->errors == 0));
    if (!diags->errors && program->book) {
        const struct document *document = program->book->documents[0];

        if (document->id)
            json_object_set_new(json, "runbook", json_string(document->id));
        json_object_set_new(json, "steps", json_integer((json_int_t)document->step_count));
        json_object_set_new(json, "questions", json_integer((json_int_t)count_questions(document)));
    }
    json_object_set_new(json, "problems", diags_json(diags));
    cli_print_json(json);
}

/* --- SARIF 2.1.0 --- */

static json_t *sarif_place(const struct diag *diag, const char *path)
{
    const char *file = diag->pos.source ? diag->pos.source->path : path;
    json_t *artifact = json_pack("{s:o}", "uri", value_string(file, strlen(file)));
    json_t *physical = json_pack("{s:o}", "artifactLocation", artifact);

    if (diag->pos.line)
        json_object_set_new(physical, "region",
            json_pack("{s:i,s:i}", "startLine", (int)diag->pos.line, "startColumn",
                (int)(diag->pos.column ? diag->pos.column : 1)));
    return json_pack("[{s:o}]", "physicalLocation", physical);
}

static void add_sarif(json_t *results, const struct diags *diags, const char *path)
{
    static const char *const levels[] = {
        [DIAG_ERROR] = "error", [DIAG_WARNING] = "warning", [DIAG_ADVICE] = "note"};

    for (size_t i = 0; i < diags->len; i++) {
        const struct diag *diag = &diags->items[i];
        char *message autofree =
            diag->hint ? mem_printf("%s (%s)", diag->text, diag->hint) : mem_strdup(diag->text);

        json_array_append_new(results,
            json_pack("{s:s,s:s,s:{s:o},s:o}", "ruleId", diag->name, "level", levels[diag->level], "message",
                "text", value_string(message, strlen(message)), "locations", sarif_place(diag, path)));
    }
}

static void print_sarif(json_t *results)
{
    json_t *driver = json_pack("{s:s,s:s}", "name", "runbook", "version", RUNBOOK_VERSION);
    json_t *run = json_pack(
        "{s:{s:o},s:s,s:o}", "tool", "driver", driver, "columnKind", "unicodeCodePoints", "results", results);

    cli_print_json(json_pack("{s:s,s:s,s:[o]}", "$schema", "https://json.schemastore.org/sarif-2.1.0.json",
        "version", "2.1.0", "runs", run));
}

static bool is_ignored(const struct validate_options *options, const struct diag *diag)
{
    for (size_t i = 0; diag->level != DIAG_ERROR && i < options->ignored.len; i++)
        if (strcmp(options->ignored.items[i], diag->name) == 0)
            return true;
    return false;
}

static void ignore(const struct validate_options *options, struct diags *diags)
{
    size_t kept = 0;

    for (size_t i = 0; i < diags->len; i++)
        if (!is_ignored(options, &diags->items[i]))
            diags->items[kept++] = diags->items[i];
    diags->len = kept;
}

static void validate(struct validation *v, const char *path)
{
    struct program program = {0};
    struct diags diags = {0};

    if (program_open_people(path, &program, &diags) == 0)
        leaks_find(program.book, &diags);
    ignore(v->cli->options, &diags);
    v->invalid += diags.errors != 0;
    if (v->format == FORMAT_SARIF)
        add_sarif(v->sarif, &diags, path);
    else if (v->format == FORMAT_JSON)
        print_json(path, &program, &diags);
    else
        print_text(v, path, &program, &diags);
    program_fini(&program);
    diags_fini(&diags);
}

static int run(struct cli *cli)
{
    const struct validate_options *options = cli->options;
    struct validation v = {
        .cli = cli, .format = cli->common.json ? FORMAT_JSON : (enum format)options->format};

    if (v.format == FORMAT_SARIF)
        v.sarif = json_array();
    for (size_t i = 0; i < cli->arg_count; i++)
        validate(&v, cli->args[i]);
    if (v.format == FORMAT_SARIF)
        print_sarif(v.sarif);
    if (v.invalid && cli->arg_count > 1 && v.format == FORMAT_TEXT)
        fprintf(stderr, "runbook: %zu of %zu files are not valid\n", v.invalid, cli->arg_count);
    return v.invalid ? EXIT_USAGE : EXIT_OK;
}

static const char *const formats[] = {"text", "json", "sarif", NULL};
static const struct option options[] = {
    {"format", 'f', OPTION_CHOICE, offsetof(struct validate_options, format), NULL, "What to print", formats},
    {"quiet", 'q', OPTION_FLAG, offsetof(struct validate_options, quiet), NULL,
        "Say nothing about valid files", NULL},
    {"ignore", 0, OPTION_TEXTS, offsetof(struct validate_options, ignored), "NAME",
        "Leave out warnings of this name, such as secret-in-argv", NULL},
    {0},
};

const struct verb verb_validate = {
    .name = "validate",
    .usage = "FILE…",
    .summary = "Check runbooks and report every problem",
    .help =
        "Reads each file with everything it calls and imports, and checks it as `exec` would before it "
        "starts.\n"
        "Warns of secrets where they could get out: as an argument of a program, which every user of the\n"
        "machine can see (secret-in-argv), in a URL (secret-in-url), in a text that people read\n"
        "(secret-in-text), under another name (secret-in-value).\n"
        "Exit status 0 when all are valid, 2 when one is not.",
    .examples = "  runbook validate p1.yaml\n  runbook validate runbooks/*/*.yaml -q\n"
                "  runbook validate *.yaml --format sarif >runbook.sarif",
    .options = options,
    .options_size = sizeof(struct validate_options),
    .min_args = 1,
    .max_args = SIZE_MAX,
    .takes = TAKES_JSON,
    .argument = ARGUMENT_FILE,
    .run = run,
};
