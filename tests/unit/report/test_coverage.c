#include "lib/test.h"
#include "report/coverage.h"
#include "report/coverage_points.h"

/* --- a book made by hand: this room cannot read YAML --- */

static const char yaml[] = "runbook: shop\n"                            /*  1 */
                           "steps:\n"                                   /*  2 */
                           "  - id: look\n"                             /*  3 */
                           "    when: params.look\n"                    /*  4 */
                           "    exec: [look]\n"                         /*  5 */
                           "    timeout: 5s\n"                          /*  6 */
                           "\n"                                         /*  7 */
                           "  - id: way\n"                              /*  8 */
                           "    switch:\n"                              /*  9 */
                           "      - when: a\n"                          /* 10 */
                           "        steps:\n"                           /* 11 */
                           "          - id: first\n"                    /* 12 */
                           "            exec: [one]\n"                  /* 13 */
                           "  - id: go\n"                               /* 14 */
                           "    approve: {message: go?, timeout: 1m}\n" /* 15 */
                           "  - id: many\n"                             /* 16 */
                           "    exec: [many]\n"                         /* 17 */
                           "    foreach: steps.look.output\n"           /* 18 */
                           "rescue:\n"                                  /* 19 */
                           "  - id: repair\n"                           /* 20 */
                           "    exec: [echo, \"<b>&'\"]\n"              /* 21 */
                           "    retry: 2\n";                            /* 22 */

struct way {
    struct pos pos;
    struct expr *when;
    struct block *steps, *otherwise;
};
struct switch_args {
    struct pos pos;
    struct items cases;
};
struct approve_args {
    struct pos pos;
    struct amount timeout;
};

static const struct field way_fields[] = {{"when", FIELD_EXPR, offsetof(struct way, when), .help = ""},
    {"steps", FIELD_STEPS, offsetof(struct way, steps), .help = ""},
    {"else", FIELD_STEPS, offsetof(struct way, otherwise), .help = ""}, {NULL}};
static const struct section way_section = {.size = sizeof(struct way), .fields = way_fields};
static const struct field switch_fields[] = {
    {"cases", FIELD_LIST, offsetof(struct switch_args, cases), .section = &way_section}, {NULL}};
static const struct field approve_fields[] = {
    {"timeout", FIELD_DURATION, offsetof(struct approve_args, timeout), .help = ""}, {NULL}};
static const struct kind kind_exec = {.name = "exec", .class_ = KIND_EFFECT};
static const struct kind kind_switch = {.name = "switch",
    .class_ = KIND_CONTROL,
    .section = {.size = sizeof(struct switch_args), .fields = switch_fields}};
static const struct kind kind_approve = {.name = "approve",
    .class_ = KIND_ASK,
    .section = {.size = sizeof(struct approve_args), .fields = approve_fields}};

enum { LOOK, WAY, FIRST, GO, MANY, REPAIR, STEPS };

static struct document *document_of(struct book *book, const struct source *source)
{
    static const struct {
        const char *id;
        const struct kind *kind;
        uint32_t line, column;
    } plan[STEPS] = {{"look", &kind_exec, 3, 5}, {"way", &kind_switch, 8, 5}, {"first", &kind_exec, 12, 13},
        {"go", &kind_approve, 14, 5}, {"many", &kind_exec, 16, 5}, {"repair", &kind_exec, 20, 5}};
    struct document *document = document_new();

    document->source = source;
    document->pos = (struct pos){source, 1, 1, 0};
    document->steps = arena_alloc(&document->arena, STEPS * sizeof(struct step *));
    document->step_count = STEPS;
    for (uint32_t i = 0; i < STEPS; i++) {
        struct step *step = arena_alloc(&document->arena, sizeof(*step));

        *step = (struct step){.id = plan[i].id,
            .kind = plan[i].kind,
            .pos = {source, plan[i].line, plan[i].column, 0},
            .kind_pos = {source, plan[i].line + 1, plan[i].column, 0},
            .document = document,
            .index = i};
        document->steps[i] = step;
        map_put(&document->ids, step->id, step);
    }
    book->documents = mem_alloc(sizeof(struct document *));
    book->documents[0] = document;
    book->document_count = book->document_cap = 1;
    return document;
}

static struct block *block_of(struct document *document, uint32_t line, size_t from, size_t count)
{
    struct block *block = arena_alloc(&document->arena, sizeof(*block));

    *block = (struct block){{document->source, line, 3, 0}, document->steps + from, count};
    return block;
}

static struct expr *expr_of(struct document *document, uint32_t line)
{
    struct expr *expr = arena_alloc(&document->arena, sizeof(*expr));

    expr->pos = (struct pos){document->source, line, 5, 0};
    return expr;
}

static void give_switch(struct document *document)
{
    struct switch_args *args = arena_alloc(&document->arena, sizeof(*args));
    struct way *way = arena_alloc(&document->arena, sizeof(*way));

    way->when = expr_of(document, 10);
    way->steps = block_of(document, 11, FIRST, 1);
    args->cases.items = arena_alloc(&document->arena, sizeof(void *));
    args->cases.items[0] = way;
    args->cases.len = 1;
    document->steps[WAY]->args = args;
    document->steps[FIRST]->parent = document->steps[WAY];
}

static struct book *shop(void)
{
    struct book *book = book_new();
    struct document *document = document_of(book, book_add_source(book, "shop.yaml", yaml, sizeof(yaml) - 1));
    struct approve_args *approve = arena_alloc(&document->arena, sizeof(*approve));
    struct template *list = arena_alloc(&document->arena, sizeof(*list));
    struct retry *retry = arena_alloc(&document->arena, sizeof(*retry));

    approve->timeout.given = true;
    list->type = TEMPLATE_EXPR;
    list->pos = (struct pos){document->source, 18, 5, 0};
    retry->pos = (struct pos){document->source, 22, 5, 0};
    document->steps[LOOK]->when = expr_of(document, 4);
    document->steps[LOOK]->timeout.given = true;
    document->steps[GO]->args = approve;
    document->steps[MANY]->foreach = list;
    document->steps[REPAIR]->retry = retry;
    give_switch(document);
    document->rescue = block_of(document, 19, REPAIR, 1);
    return book;
}

/* --- runs of it --- */

struct tale {
    enum event_type type;
    const char *path;
    int status, attempt;
    const char *data;
};

static void tell(struct coverage *coverage, const struct tale *tales)
{
    coverage_add(coverage, &(struct event){.type = EVENT_RUN_STARTED, .path = "", .status = -1});
    for (; tales->path; tales++) {
        json_t *data autovalue = tales->data ? json_loads(tales->data, 0, NULL) : NULL;

        assert_true(data || !tales->data);
        coverage_add(coverage, &(struct event){.type = tales->type,
                                   .path = tales->path,
                                   .status = tales->status,
                                   .attempt = tales->attempt,
                                   .data = data});
    }
}

/* "what:of" of what was reached, in the order of the lines. */
static void assert_reached(struct coverage *coverage, const char *expected)
{
    struct coverage_sheet *sheet = coverage_sheet_new(&coverage, 1);
    json_t *json autovalue = coverage_json(sheet);
    json_t *points = json_object_get(json_array_get(json_object_get(json, "files"), 0), "points"), *point;
    struct text reached autotext = {0};
    size_t i;

    json_array_foreach(points, i, point) if (json_integer_value(json_object_get(point, "runs")))
        text_printf(&reached, "%s%s:%s", reached.len ? " " : "", value_get_string(point, "what"),
            value_get_string(point, "of"));
    assert_string_equal(text_str(&reached), expected);
    coverage_sheet_free(sheet);
}

static void assert_one_run_reaches(const struct tale *tales, const char *expected)
{
    struct book *book = shop();
    struct coverage *coverage = coverage_new(book);

    tell(coverage, tales);
    assert_reached(coverage, expected);
    coverage_free(coverage);
    book_free(book);
}

static void a_step_that_was_skipped_has_not_run(void **state)
{
    (void)state;
    assert_one_run_reaches(
        (const struct tale[]){{EVENT_STEP_SKIPPED, "look", STEP_SKIPPED, 0, "{\"reason\":\"when\"}"}, {0}},
        "when-false:look");
}

static void a_step_that_was_left_out_by_its_tags_tells_nothing_of_its_condition(void **state)
{
    (void)state;
    assert_one_run_reaches(
        (const struct tale[]){{EVENT_STEP_SKIPPED, "look", STEP_SKIPPED, 0, "{\"reason\":\"tags\"}"}, {0}},
        "");
}

static void a_condition_that_could_not_be_evaluated_was_neither_true_nor_false(void **state)
{
    (void)state;
    assert_one_run_reaches(
        (const struct tale[]){{EVENT_STEP_FINISHED, "look", STEP_FAILED, 0, NULL}, {0}}, "failed:look");
}

static void a_timeout_is_a_failure_too(void **state)
{
    (void)state;
    assert_one_run_reaches((const struct tale[]){{EVENT_STEP_STARTED, "look", -1, 1, NULL},
                               {EVENT_TIMER_FIRED, "look", -1, 0, "{\"timer\":\"timeout\"}"},
                               {EVENT_STEP_FINISHED, "look", STEP_FAILED, 1, NULL},
                               {EVENT_STEP_STARTED, "repair", -1, 1, NULL}, {0}},
        "ran:look when-true:look timeout:look failed:look rescue: ran:repair");
}

static void a_case_is_taken_when_one_of_its_steps_is_come_to(void **state)
{
    (void)state;
    assert_one_run_reaches((const struct tale[]){{EVENT_STEP_STARTED, "way", -1, 1, NULL},
                               {EVENT_STEP_SKIPPED, "way/first", STEP_SKIPPED, 0, "{\"reason\":\"when\"}"},
                               {EVENT_STEP_FINISHED, "way", STEP_SUCCEEDED, 1, NULL}, {0}},
        "ran:way case:way");
}

static void a_switch_that_ends_without_a_step_took_no_case(void **state)
{
    (void)state;
    assert_one_run_reaches((const struct tale[]){{EVENT_STEP_STARTED, "way", -1, 1, NULL},
                               {EVENT_STEP_FINISHED, "way", STEP_SUCCEEDED, 1, NULL}, {0}},
        "ran:way no-case:way");
}

static void a_switch_that_failed_took_no_way(void **state)
{
    (void)state;
    assert_one_run_reaches((const struct tale[]){{EVENT_STEP_STARTED, "way", -1, 1, NULL},
                               {EVENT_STEP_FINISHED, "way", STEP_FAILED, 1, NULL}, {0}},
        "ran:way");
}

static void one_of_two_approvals_does_not_approve(void **state)
{
    (void)state;
    assert_one_run_reaches((const struct tale[]){{EVENT_STEP_STARTED, "go", -1, 1, NULL},
                               {EVENT_ASK_ANSWERED, "go", -1, 1, "{\"decision\":\"approve\"}"},
                               {EVENT_ASK_ANSWERED, "go", -1, 1, "{\"decision\":\"deny\"}"},
                               {EVENT_STEP_FINISHED, "go", STEP_FAILED, 1, "{\"by\":\"ana\"}"}, {0}},
        "ran:go denied:go");
}

static void what_the_time_approved_nobody_approved(void **state)
{
    (void)state;
    assert_one_run_reaches(
        (const struct tale[]){{EVENT_STEP_STARTED, "go", -1, 1, NULL}, {EVENT_ASK_EXPIRED, "go", -1, 1, NULL},
            {EVENT_STEP_FINISHED, "go", STEP_SUCCEEDED, 1, "{}"}, {0}},
        "ran:go unanswered:go");
}

static void a_loop_without_elements_has_not_run(void **state)
{
    (void)state;
    assert_one_run_reaches(
        (const struct tale[]){{EVENT_STEP_STARTED, "many", -1, 1, "{\"loop\":\"foreach\"}"},
            {EVENT_STEP_FINISHED, "many", STEP_SUCCEEDED, 1, "{\"iterations\":0}"}, {0}},
        "no-element:many");
}

static void an_element_of_a_loop_is_the_step(void **state)
{
    (void)state;
    assert_one_run_reaches(
        (const struct tale[]){{EVENT_STEP_STARTED, "many", -1, 1, "{\"loop\":\"foreach\"}"},
            {EVENT_STEP_STARTED, "many[1]#2", -1, 2, NULL},
            {EVENT_STEP_FINISHED, "many", STEP_SUCCEEDED, 1, "{\"iterations\":1}"}, {0}},
        "ran:many");
}

static void what_the_book_does_not_know_is_passed_over(void **state)
{
    (void)state;
    assert_one_run_reaches((const struct tale[]){{EVENT_STEP_STARTED, "nothing", -1, 1, NULL},
                               {EVENT_STEP_STARTED, "look/nothing", -1, 1, NULL},
                               {EVENT_TIMER_FIRED, "!platform", -1, 0, "{\"timer\":\"escalate_after\"}"},
                               {EVENT_ESCALATION_LEVEL, "!platform", -1, 0, "{\"level\":1}"}, {0}},
        "");
}

/* --- the account --- */

static const struct tale looked[] = {{EVENT_STEP_STARTED, "look", -1, 1, NULL},
    {EVENT_STEP_RETRYING, "look", -1, 1, NULL}, {EVENT_STEP_STARTED, "look#2", -1, 2, NULL}, {0}};

static json_int_t runs_of_look(struct coverage *coverage)
{
    struct coverage_sheet *sheet = coverage_sheet_new(&coverage, 1);
    json_t *json autovalue = coverage_json(sheet);
    json_t *points = json_object_get(json_array_get(json_object_get(json, "files"), 0), "points");

    coverage_sheet_free(sheet);
    return json_integer_value(json_object_get(json_array_get(points, 0), "runs"));
}

static void a_run_counts_once_and_another_process_adds_its_own(void **state)
{
    struct book *book = shop();
    struct coverage *coverage = coverage_new(book), *other = coverage_new(book);
    const uint64_t *hits;
    size_t count;
    struct err err;

    (void)state;
    tell(coverage, looked);
    tell(coverage, looked);
    tell(other, looked);
    assert_int_equal(runs_of_look(coverage), 2);
    hits = coverage_hits(other, &count);
    assert_int_equal(coverage_merge(coverage, hits, count, &err), 0);
    assert_int_equal(runs_of_look(coverage), 3);
    assert_int_equal(coverage_merge(coverage, hits, count - 1, &err), ERR_CORRUPT);
    coverage_free(other);
    coverage_free(coverage);
    book_free(book);
}

static void a_file_that_two_books_reach_is_one_file(void **state)
{
    struct book *book = shop(), *again = shop();
    struct coverage *both[] = {coverage_new(book), coverage_new(again)};
    struct coverage_figure steps, branches;
    struct coverage_sheet *sheet;
    struct text text autotext = {0};

    (void)state;
    tell(both[0], looked);
    tell(both[1], (const struct tale[]){{EVENT_STEP_STARTED, "go", -1, 1, NULL}, {0}});
    book_free(book);
    book_free(again);
    sheet = coverage_sheet_new(both, 2);
    coverage_free(both[0]);
    coverage_free(both[1]);
    coverage_totals(sheet, &steps, &branches);
    assert_int_equal(steps.covered, 2);
    assert_int_equal(steps.total, STEPS);
    assert_int_equal(branches.covered, 1);
    assert_int_equal(coverage_percent(&steps), 33);
    coverage_text(sheet, &(struct paint){0}, &text);
    assert_string_equal(text_str(&text), "shop.yaml     steps     2/6  33 %  branches    1/15   6 %\n"
                                         "shop.yaml:4: look: `when` was never false\n"
                                         "shop.yaml:4: look: never timed out\n"
                                         "shop.yaml:4: look: never failed\n"
                                         "shop.yaml:8: way: never ran, and 2 branches with it\n"
                                         "shop.yaml:12: first: never ran, and 1 branch with it\n"
                                         "shop.yaml:15: go: was never approved\n"
                                         "shop.yaml:15: go: was never denied\n"
                                         "shop.yaml:15: go: was always answered in time\n"
                                         "shop.yaml:16: many: never ran, and 2 branches with it\n"
                                         "shop.yaml:19: `rescue` was never entered\n"
                                         "shop.yaml:20: repair: never ran, and 2 branches with it\n");
    coverage_sheet_free(sheet);
}

static void only_what_is_whole_is_a_hundred_percent(void **state)
{
    (void)state;
    assert_int_equal(coverage_percent(&(struct coverage_figure){999, 1000}), 99);
    assert_int_equal(coverage_percent(&(struct coverage_figure){1000, 1000}), 100);
    assert_int_equal(coverage_percent(&(struct coverage_figure){0, 0}), 100);
}

static void assert_has(const struct text *text, const char *part)
{
    if (!strstr(text_str(text), part))
        fail_msg("the page has no %s", part);
}

static void the_page_shows_the_source_as_text_and_what_was_missed_beside_it(void **state)
{
    struct book *book = shop();
    struct coverage *coverage = coverage_new(book);
    struct coverage_sheet *sheet;
    struct text page autotext = {0};

    (void)state;
    tell(coverage, looked);
    sheet = coverage_sheet_new(&coverage, 1);
    coverage_html(sheet, &page);
    assert_has(&page, "<code>    exec: [echo, &quot;&lt;b&gt;&amp;&#39;&quot;]</code>");
    assert_null(strstr(text_str(&page), "<b>"));
    assert_has(&page, "<tr id=\"f0-4\" class=\"partly\">");
    assert_has(&page, "<li><code>when</code> was never false</li>");
    assert_has(&page, "<tr id=\"f0-6\" class=\"covered\">");
    assert_has(&page, "<tr id=\"f0-7\" class=\"plain\">");
    assert_has(&page, "<tr id=\"f0-13\" class=\"missed\">");
    assert_has(&page, "<tr id=\"f0-19\" class=\"partly\">");
    assert_null(strstr(text_str(&page), "http:"));
    assert_null(strstr(text_str(&page), "<script"));
    coverage_sheet_free(sheet);
    coverage_free(coverage);
    book_free(book);
}

static void every_point_has_a_name_of_its_own_and_words(void **state)
{
    (void)state;
    for (int i = 0; i < POINT_COUNT; i++) {
        assert_true(*point_text((enum point_type)i));
        for (int k = 0; k < i; k++)
            assert_string_not_equal(point_name((enum point_type)i), point_name((enum point_type)k));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_case(a_step_that_was_skipped_has_not_run),
        test_case(a_step_that_was_left_out_by_its_tags_tells_nothing_of_its_condition),
        test_case(a_condition_that_could_not_be_evaluated_was_neither_true_nor_false),
        test_case(a_timeout_is_a_failure_too),
        test_case(a_case_is_taken_when_one_of_its_steps_is_come_to),
        test_case(a_switch_that_ends_without_a_step_took_no_case),
        test_case(a_switch_that_failed_took_no_way),
        test_case(one_of_two_approvals_does_not_approve),
        test_case(what_the_time_approved_nobody_approved),
        test_case(a_loop_without_elements_has_not_run),
        test_case(an_element_of_a_loop_is_the_step),
        test_case(what_the_book_does_not_know_is_passed_over),
        test_case(a_run_counts_once_and_another_process_adds_its_own),
        test_case(a_file_that_two_books_reach_is_one_file),
        test_case(only_what_is_whole_is_a_hundred_percent),
        test_case(the_page_shows_the_source_as_text_and_what_was_missed_beside_it),
        test_case(every_point_has_a_name_of_its_own_and_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
