/* validate: every problem of every file, for people, for programs, and for code review (SARIF). */
#include "cli/grid.h"
#include "cli/test_find.h"
#include "cli/trial.h"
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

struct counts {
    size_t steps, hooks, questions;
};

/* Hooks are no steps of the procedure. */
static void count(const struct document *document, struct counts *counts)
{
    for (size_t i = 0; i < document->step_count; i++) {
        const struct step *step = document->steps[i];

        counts->steps += !step->hook;
        counts->hooks += step->hook != HOOK_NONE;
        counts->questions += step->kind && step->kind->class_ == KIND_ASK;
    }
}

static void put_count(struct text *text, size_t count, const char *noun)
{
    text_printf(text, "%s%zu %s%s", text->len ? ", " : "", count, noun, count == 1 ? "" : "s");
}

/* What a valid file holds: a runbook or people alone, or scenarios and then the runbook they are about. */
struct checked {
    const char *path;
    const struct program *program;
    const struct scenario_file *scenarios; /* or NULL */
};

static const struct document *first_document(const struct checked *checked)
{
    return checked->program->book ? checked->program->book->documents[0] : NULL;
}

/* Of a file of people alone. */
static void put_people(struct text *text, const struct checked *checked)
{
    const struct document *document = first_document(checked);

    if (!document || document->id)
        return;
    put_count(text, document->people.contacts.len, "contact");
    put_count(text, document->people.rotations.len, "rotation");
    text_printf(text, ", %zu polic%s", document->people.policies.len,
        document->people.policies.len == 1 ? "y" : "ies");
}

static void put_runbook(struct text *text, const struct checked *checked)
{
    const struct book *book = checked->program->book;
    size_t documents = book ? book->document_count : 0;
    struct counts counts = {0};

    for (size_t i = 0; i < documents; i++)
        count(book->documents[i], &counts);
    put_people(text, checked);
    if (counts.steps || !text->len)
        put_count(text, counts.steps, "step");
    if (counts.hooks)
        put_count(text, counts.hooks, "hook");
    if (counts.questions)
        put_count(text, counts.questions, "question");
    if (documents > 1)
        put_count(text, documents - 1, "called runbook");
}

static void print_ok(const struct checked *checked, const struct diags *diags)
{
    struct text what autotext = {0}, name autotext = {0};

    if (checked->scenarios)
        put_count(&what, checked->scenarios->scenarios.len, "scenario");
    else
        put_runbook(&what, checked);
    if (diags->len)
        put_count(&what, diags->len, "warning");
    safe_line(&name, checked->path, strlen(checked->path));
    printf("%s: ok (%s)\n", text_str(&name), text_str(&what));
}

static void print_text(const struct validation *v, const struct checked *checked, struct diags *diags)
{
    const struct validate_options *options = v->cli->options;
    struct text text autotext = {0};

    if (diags->len)
        diags_render(diags, &text, cli_color(v->cli, stdout));
    cli_print(&text);
    if (!diags->errors && !options->quiet)
        print_ok(checked, diags);
}

static void put_counts(json_t *json, const struct checked *checked)
{
    const struct document *document = first_document(checked);
    struct counts counts = {0};

    if (document->id)
        json_object_set_new(json, "runbook", json_string(document->id));
    if (checked->scenarios) {
        json_object_set_new(json, "scenarios", json_integer((json_int_t)checked->scenarios->scenarios.len));
        return;
    }
    count(document, &counts);
    json_object_set_new(json, "steps", json_integer((json_int_t)counts.steps));
    json_object_set_new(json, "hooks", json_integer((json_int_t)counts.hooks));
    json_object_set_new(json, "questions", json_integer((json_int_t)counts.questions));
}

static void print_json(const struct checked *checked, struct diags *diags)
{
    json_t *json = json_object();

    json_object_set_new(json, "file", value_string(checked->path, strlen(checked->path)));
    json_object_set_new(json, "ok", json_boolean(diags->errors == 0));
    if (!diags->errors && first_document(checked))
        put_counts(json, checked);
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

static void tell(struct validation *v, const struct checked *checked, struct diags *diags)
{
    ignore(v->cli->options, diags);
    v->invalid += diags->errors != 0;
    if (v->format == FORMAT_SARIF)
        add_sarif(v->sarif, diags, checked->path);
    else if (v->format == FORMAT_JSON)
        print_json(checked, diags);
    else
        print_text(v, checked, diags);
    diags_fini(diags);
}

static void validate_scenarios(struct validation *v, const char *path)
{
    struct diags diags = {0};
    struct suite suite;

    suite_open(path, &suite, &diags);
    tell(v, &(struct checked){path, &suite.program, suite.file}, &diags);
    suite_fini(&suite);
}

static void validate_runbook(struct validation *v, const char *path)
{
    struct program program = {0};
    struct diags diags = {0};

    if (program_open_people(path, &program, &diags) == 0)
        leaks_find(program.book, &diags);
    tell(v, &(struct checked){.path = path, .program = &program}, &diags);
    program_fini(&program);
}

static void validate(struct validation *v, const char *path)
{
    if (paths_is_scenarios(path))
        validate_scenarios(v, path);
    else
        validate_runbook(v, path);
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
        "starts;\n"
        "a file of scenarios (deploy.test.yaml) as `test` would, with the runbook it is about.\n"
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
