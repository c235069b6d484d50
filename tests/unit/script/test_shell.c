/* Values put into shell scripts, carried out by real shells. */
#include "lib/test.h"
#include "unit/script/book.h"

#include "base/mem.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* § is the hole. The script prints `before`, the value, `after`, once; nothing else, however it is put in. */
struct context {
    const char *script, *before, *after;
    bool bash_only;
};

#define SHOW(command, ...)                                                                                   \
    {                                                                                                        \
        command "\n", "1\n", __VA_ARGS__                                                                     \
    }

static const struct context contexts[] = {
    SHOW("show §", "", false),
    {"show a§b", "1\na", "b", false},
    {"show \"a § b\"", "1\na ", " b", false},
    {"show \"\\\"§\\\\\"", "1\n\"", "\\", false},
    {"show 'a § b'", "1\na ", " b", false},
    {"show '$§'", "1\n$", "", false},
    {"show ''§\"\"", "1\n", "", false},
    {"show \\\\§", "1\n\\", "", false},
    {"show a\\ §", "1\na ", "", false},
    {"show \\\n §", "1\n", "", false},
    {"show $#§", "1\n0", "", false},
    {"show \"$(printf '%s.' §)\"", "1\n", ".", false},
    {"show \"$(printf '%s.' \"§\")\"", "1\n", ".", false},
    {"show \"$(printf '%s.' '§')\"", "1\n", ".", false},
    {"show \"$( (printf '%s.' §) )\"", "1\n", ".", false},
    {"show \"$(printf '%s.' \"$(printf '%s_' \"§\")\")\"", "1\n", "_.", false},
    {"v=$(printf '%s.' §); show \"$v\"", "1\n", ".", false},
    {"v=`printf '%s.' §`; show \"$v\"", "1\n", ".", false},
    {"v=`printf '%s.' \"§\"`; show \"$v\"", "1\n", ".", false},
    {"show \"`printf '%s.' §`\"", "1\n", ".", false},
    {"show \"`printf '%s.' \\\"§\\\"`\"", "1\n", ".", false},
    {"show \"`printf '%s.' '§'`\"", "1\n", ".", false},
    {"v=`printf '%s.' \"\\`printf '%s_' '§'\\`\"`; show \"$v\"", "1\n", "_.", false},
    {"v=`printf '%s.' \"$(printf '%s_' §)\"`; show \"$v\"", "1\n", "_.", false},
    {"v=`printf '%s\\\\\\\\.' §`; show \"$v\"", "1\n", "\\.", false},
    {"show ${nothing:-§}", "1\n", "", false},
    {"show \"${nothing:-§}\"", "1\n", "", false},
    {"show \"${nothing:-a § b}\"", "1\na ", " b", false},
    {"show ${nothing-\"§\"}", "1\n", "", false},
    {"show ${nothing:-'§'}", "1\n", "", false},
    {"show \"${nothing:-$(printf '%s.' §)}\"", "1\n", ".", false},
    {"v=x; show \"${v:+§}\"", "1\n", "", false},
    {"unset u; : \"${u:=§}\"; show \"$u\"", "1\n", "", false},
    {"v=§tail; show \"${v%tail}\"", "1\n", "", false},
    {"v=head§; show \"${v#head}\"", "1\n", "", false},
    {"v=§; show \"$v\"", "1\n", "", false},
    {"v=a§b; show \"$v\"", "1\na", "b", false},
    {"export V=§; show \"$V\"", "1\n", "", false},
    {"V=§ sh -c 'printf \"1\\n%s\" \"$V\"'", "1\n", "", false},
    {"for i in §; do show \"$i\"; done", "1\n", "", false},
    {"(show §)", "1\n", "", false},
    {"{ show §; }", "1\n", "", false},
    {"if true; then show §; fi", "1\n", "", false},
    {"true && show §", "1\n", "", false},
    {"show §|cat", "1\n", "", false},
    {"show \"$(case x in x) printf '%s.' §;; esac)\"", "1\n", ".", false},
    {"show \"$(case x in (x) printf '%s.' §;; esac; printf _)\"", "1\n", "._", false},
    {"case x in y) show no;; x) show §;; esac", "1\n", "", false},
    {"# it's \" not ` (closed\nshow §", "1\n", "", false},
    {"show a#§", "1\na#", "", false},
    {"cat <<EOF\n[§]\nEOF", "[", "]\n", false},
    {"cat <<EOF\n\"§\"\nEOF", "\"", "\"\n", false},
    {"cat <<-EOF\n\t'§'\n\tEOF", "'", "'\n", false},
    {"cat <<EOF\n$(printf '%s.' §) `printf _`\nEOF", "", ". _\n", false},
    {"cat <<A; cat <<'B'\n§\nA\n$x `y` 'it\nB", "", "\n$x `y` 'it\n", false},
    {"show \"$(cat <<EOF\n[§]\nEOF\n)\"", "1\n[", "]", false},
    {"cat <<EOF\n${nothing:-§}\nEOF", "", "\n", false},
    {"cat <<EOF\nx\\\nEOF2§\nEOF", "xEOF2", "\n", false},
    {"f() { show \"$@\"; }; f §", "1\n", "", false},
    {"while true; do show §; break; done", "1\n", "", false},
    {"a=(x § y); show \"${a[1]}\"", "1\n", "", true},
    {"cat <<< §", "", "\n", true},
    {"[[ § == § ]] && show §", "1\n", "", true},
    {"v=§; [[ $v == § ]] && show yes§", "1\nyes", "", true},
    {"x=$'a\\tb'; show §", "1\n", "", true},
    {"cat < <(printf '%s.' §)", "", ".", true},
};

enum { CONTEXTS = sizeof(contexts) / sizeof(*contexts), BATCH = 7, LONG = 100 * 1000 };

static const char *const hostile[] = {"", "x", "'; touch pwned #", "\"; touch pwned; \"", "$(touch pwned)",
    "`touch pwned`", "${HOME}", "$RB_1", "$", "'", "\"", "`", "\\", "a\\", "\\\\", "\\'", "*", "/*", "?",
    "[a-z]*", "~", "~root", "-n", "--", "-e", "a b  c", " lead and trail ", "\t", "\n", "a\n\n", "\n\n",
    "EOF", "\nEOF\ntouch pwned\n", "EOF\n$(touch pwned)\nEOF", "A", "}", ")", "))", "]]", ";;", "esac", "&",
    "|", ">pwned", "<", "#", "# x", "!", "!!", "%s%n", "a[$(touch pwned)]", "x}$(touch pwned)", "é😀ß",
    "\001\177", "{a,b}", "$'x'", "=", "a=b", NULL};

/* What a shell prints for a script, with the environment of `env` added. */
static void run_shell(
    const char *shell, const char *script, const json_t *env, const char *folder, struct text *output)
{
    const char *argv[] = {shell, "-c", script, NULL};
    const char **environ_ = mem_alloc((json_object_size(env) + 2) * sizeof(char *));
    posix_spawn_file_actions_t actions;
    const char *key;
    json_t *value;
    size_t count = 0;
    int ends[2], status;
    char buffer[65536];
    ssize_t got;
    pid_t pid;

    environ_[count++] = "PATH=/usr/bin:/bin";
    json_object_foreach((json_t *)env, key, value) environ_[count++] =
        mem_printf("%s=%s", key, json_string_value(value));
    assert_int_equal(pipe(ends), 0);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addchdir_np(&actions, folder);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    assert_int_equal(posix_spawn(&pid, shell, &actions, NULL, (char **)argv, (char **)environ_), 0);
    close(ends[1]);
    while ((got = read(ends[0], buffer, sizeof(buffer))) > 0)
        text_add(output, buffer, (size_t)got);
    close(ends[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    posix_spawn_file_actions_destroy(&actions);
    while (count > 1)
        free((char *)environ_[--count]);
    free(environ_);
}

static void replace_marks(struct text *text, const char *in)
{
    const char *mark;

    while ((mark = strstr(in, "§"))) {
        text_add(text, in, (size_t)(mark - in));
        text_puts(text, "${{ params.value }}");
        in = mark + strlen("§");
    }
    text_puts(text, in);
}

/* Some of the contexts as one script, for one shell. */
struct batch {
    const char *shell;
    bool is_bash;
    size_t first, last;
    struct small_book small;
    struct template *script;
};

static void batch_open(struct batch *batch, const char *shell, size_t first, size_t last)
{
    struct text script autotext = {0};

    *batch = (struct batch){shell, strstr(shell, "bash") != NULL, first, last, {0}, NULL};
    text_puts(&script, "show() { printf '%s\\n' \"$#\"; printf '%s' \"$@\"; }\n");
    for (size_t i = first; i < last; i++) {
        if (contexts[i].bash_only && !batch->is_bash)
            continue;
        replace_marks(&script, contexts[i].script);
        text_puts(&script, "\nprintf '\\000'\n");
    }
    book_begin(&batch->small);
    batch->script = book_script(&batch->small, batch->is_bash ? "bash" : "sh", text_str(&script));
    if (batch->small.diags.len)
        fail_msg("%s", batch->small.diags.items[0].text);
}

static json_t *batch_resolve(struct batch *batch, const char *value)
{
    json_t *params autovalue = json_pack("{s:s}", "value", value), *resolved = NULL;
    struct scope scope = {.params = params};
    struct err err;

    if (script_resolve(batch->small.script, batch->script, &scope, &resolved, &err))
        fail_msg("%s", err.text);
    return resolved;
}

static void compare(const struct batch *batch, const char *value, struct text *output, const char *script)
{
    const char *printed;

    text_putc(output, '\0');
    printed = text_str(output);
    for (size_t i = batch->first; i < batch->last; i++) {
        const struct context *context = &contexts[i];
        struct text expected autotext = {0};

        if (context->bash_only && !batch->is_bash)
            continue;
        text_printf(&expected, "%s%s%s", context->before, value, context->after);
        if (strcmp(printed, text_str(&expected)) != 0)
            fail_msg(
                "%s: «%s» with the value «%.60s»\n  printed   «%.200s»\n  expected  «%.200s»\n  from\n%s",
                batch->shell, context->script, value, printed, text_str(&expected), script);
        printed += expected.len + 1;
    }
    assert_ptr_equal(printed + 1, output->ptr + output->len);
}

static void check_batch(
    const char *shell, size_t first, size_t last, const char *const *values, const char *folder)
{
    struct batch batch;

    batch_open(&batch, shell, first, last);
    for (; *values; values++) {
        struct text output autotext = {0};
        json_t *resolved autovalue = batch_resolve(&batch, *values);
        const char *script = value_get_string(resolved, "text");

        run_shell(shell, script, json_object_get(resolved, "env"), folder, &output);
        compare(&batch, *values, &output, script);
    }
    book_end(&batch.small);
}

/* The short values through all contexts at once; the long one through few, for the sake of ARG_MAX. */
static void check_all(const char *shell)
{
    char folder[] = "/tmp/runbook-shell-XXXXXX", *path;
    char *long_value = mem_alloc(LONG + 1);
    const char *const long_values[] = {long_value, NULL};

    for (int i = 0; i < LONG; i++)
        long_value[i] = "'\"$`\\ x\n"[i % 8];
    assert_non_null(mkdtemp(folder));
    check_batch(shell, 0, CONTEXTS, hostile, folder);
    for (size_t first = 0; first < CONTEXTS; first += BATCH)
        check_batch(shell, first, first + BATCH < CONTEXTS ? first + BATCH : CONTEXTS, long_values, folder);
    path = mem_printf("%s/pwned", folder);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(rmdir(folder), 0);
    free(path);
    free(long_value);
}

static void a_hostile_value_stays_one_argument_in_dash(void **state)
{
    (void)state;
    check_all("/bin/dash");
}

static void a_hostile_value_stays_one_argument_in_bash(void **state)
{
    (void)state;
    check_all("/bin/bash");
}

/* The first diagnostic a script gets, or "". */
static const char *complaint(struct small_book *small, const char *shell, const char *text)
{
    struct text script autotext = {0};

    book_begin(small);
    replace_marks(&script, text);
    book_script(small, shell, text_str(&script));
    return small->diags.len ? small->diags.items[0].text : "";
}

static void where_no_value_is_safe_the_author_is_told(void **state)
{
    static const char *const cases[][2] = {
        {"cat <<'EOF'\n§\nEOF", "here-document whose end is quoted"},
        {"cat <<\\EOF\n§\nEOF", "here-document whose end is quoted"},
        {"cat <<E\"O\"F\n§\nEOF", "here-document whose end is quoted"},
        {"cat <<§\nx\n", "end mark"},
        {"x=$'a § b'", "$'…'"},
        {"x=$'a\\'b'; echo §", "shells read differently"},
        {"echo \\§", "a backslash stands before it"},
        {"echo \"\\§\"", "a backslash stands before it"},
        {"echo $§", "a $ stands before it"},
        {"echo \"$§\"", "a $ stands before it"},
        {"echo ${§}", "name of a variable"},
        {"echo ${x§}", "name of a variable"},
        {"echo ${x/§/y}", "more than text"},
        {"echo ${x^§}", "more than text"},
        {"echo \"${x:-\"§\"}\"", "quotes inside quotes"},
        {"cat <<EOF\n${x#§}\nEOF", "more than text"},
        {"cat <<EOF\nx\\\nEOF\nEOF\necho §", "joined"},
        {"echo `echo §", "not closed"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct small_book small;
        const char *text = complaint(&small, "bash", cases[i][0]);

        if (!strstr(text, cases[i][1]) || !small.diags.errors)
            fail_msg("%s: «%s», not «%s»", cases[i][0], text, cases[i][1]);
        assert_non_null(strstr(small.diags.items[0].hint, "env: {NAME:"));
        book_end(&small);
    }
}

/* A script made to cost: `opening` again and again, with a value at the end. */
static void assert_cheap(const char *opening, const char *text)
{
    struct text script autotext = {0};
    struct small_book small;
    clock_t before = clock();

    while (script.len < 500000)
        text_puts(&script, opening);
    text_puts(&script, text);
    book_begin(&small);
    book_script(&small, "bash", text_str(&script));
    book_end(&small);
    if (clock() - before > CLOCKS_PER_SEC)
        fail_msg("%s took %ld ms", opening, (long)((clock() - before) * 1000 / CLOCKS_PER_SEC));
}

static void a_script_made_to_be_slow_or_deep_is_read_quickly(void **state)
{
    static const char *const openings[] = {"$(", "((", "$((", "${x:-", "`", "\\`", "(", "\"$(", "<<A ",
        "[[ x ", "a[", "x", "x''", "case x in ", "'", "\"", "cat <<A\n", "${x#$(", "$(( $(", "a['x'"};

    (void)state;
    for (size_t i = 0; i < sizeof(openings) / sizeof(*openings); i++)
        assert_cheap(openings[i], "\n${{ params.value }}");
}

static void a_value_after_too_much_nesting_is_refused(void **state)
{
    struct text script autotext = {0};
    struct small_book small;

    (void)state;
    for (int i = 0; i < 100; i++)
        text_puts(&script, "$(");
    text_puts(&script, "echo §");
    for (int i = 0; i < 100; i++)
        text_puts(&script, ")");
    assert_non_null(strstr(complaint(&small, "sh", text_str(&script)), "nested too deep"));
    book_end(&small);
}

static void another_language_than_shell_takes_no_values(void **state)
{
    struct small_book small;

    (void)state;
    assert_non_null(strstr(complaint(&small, "python3", "print(\"§\")"), "not a POSIX shell"));
    assert_int_equal(small.diags.errors, 1);
    book_end(&small);
}

static void a_value_that_becomes_program_text_in_an_inner_shell_is_warned_of(void **state)
{
    static const char *const cases[][2] = {
        {"eval §", "eval makes program text"},
        {"eval \"x=§\"", "eval makes program text"},
        {"sh -c \"echo §\"", "inner shell"},
        {"sudo /bin/bash -c 'echo §'", "inner shell"},
        {"su -c \"echo §\" postgres", "inner shell"},
        {"echo eval §", ""},
        {"eval x; echo §", ""},
        {"grep -c §", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct small_book small;
        const char *text = complaint(&small, "sh", cases[i][0]);

        if (cases[i][1][0] ? !strstr(text, cases[i][1]) : text[0])
            fail_msg("%s: «%s», not «%s»", cases[i][0], text, cases[i][1]);
        assert_int_equal(small.diags.errors, 0);
        book_end(&small);
    }
}

/* Resolves `text` with the value; the error's text, or "" and what the shell then prints in `output`. */
static const char *outcome_of(const char *shell, const char *text, const char *value, struct text *output)
{
    static char message[sizeof(((struct err *)0)->text)];
    json_t *params autovalue = json_pack("{s:s}", "value", value), *resolved autovalue = NULL;
    struct scope scope = {.params = params};
    struct text script autotext = {0};
    struct small_book small;
    struct template *tmpl;
    struct err err = {0};

    book_begin(&small);
    replace_marks(&script, text);
    tmpl = book_script(&small, "bash", text_str(&script));
    assert_int_equal(small.diags.errors, 0);
    if (script_resolve(small.script, tmpl, &scope, &resolved, &err) == 0)
        run_shell(shell, value_get_string(resolved, "text"), json_object_get(resolved, "env"), "/", output);
    book_end(&small);
    snprintf(message, sizeof(message), "%s", err.text);
    return message;
}

static void what_is_calculated_with_is_a_whole_number(void **state)
{
    static const struct {
        const char *script, *with_7;
        bool bash_only;
    } cases[] = {
        {"echo $((§ + 1))", "8\n", false},
        {"echo $((3-§))", "-4\n", false},
        {"echo \"$(( (§) * 2 ))\"", "14\n", false},
        {"echo $(( $(echo §) + 1 ))", "8\n", false},
        {"cat <<EOF\n$((§+1))\nEOF", "8\n", false},
        {"(( §==7 )) && echo yes", "yes\n", true},
        {"x=abcdefghij; echo ${x:§}", "hij\n", true},
        {"x=abcdefghij; echo ${x:§:1}", "h\n", true},
        {"a[§]=x; echo ${a[7]}", "x\n", true},
        {"a[7]=x; echo ${a[§]}", "x\n", true},
        {"let x=§+1; echo $x", "8\n", true},
        {"let \"x=§+1\"; echo $x", "8\n", true},
        {"[[ § -eq 7 ]] && echo yes", "yes\n", true},
        {"[[ \"§\" -lt 8 ]] && echo yes", "yes\n", true},
        {"echo $[§+1]", "8\n", true},
        {"for ((i=§; i<8; i++)); do echo $i; done", "7\n", true},
    };
    static const char *const refused[] = {
        "a[$(touch /tmp/pwned)]", "x", "1+1", "", "08", "0x10", "1e3", "-", "99999999999999999999"};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct text output autotext = {0};

        assert_string_equal(
            outcome_of(cases[i].bash_only ? "/bin/bash" : "/bin/dash", cases[i].script, "7", &output), "");
        if (strcmp(text_str(&output), cases[i].with_7) != 0)
            fail_msg("%s prints %s", cases[i].script, text_str(&output));
        for (size_t j = 0; j < sizeof(refused) / sizeof(*refused); j++)
            if (!strstr(outcome_of("/bin/bash", cases[i].script, refused[j], &output), "only a whole number"))
                fail_msg("%s takes %s", cases[i].script, refused[j]);
    }
}

static void a_value_too_long_for_an_environment_is_refused(void **state)
{
    struct text output autotext = {0}, value autotext = {0};

    (void)state;
    while (value.len < 131072 - 32)
        text_putc(&value, 'x');
    assert_string_equal(outcome_of("/bin/dash", "printf %s § | wc -c", text_str(&value), &output), "");
    assert_string_equal(text_str(&output), "131040\n");
    while (value.len < 131072)
        text_putc(&value, 'x');
    assert_non_null(
        strstr(outcome_of("/bin/dash", "echo §", text_str(&value), &output), "pass it by stdin or a file"));
}

static void a_value_in_a_comment_is_not_asked_for(void **state)
{
    struct small_book small;
    struct scope scope = {.params = json_object()};
    struct template *tmpl;
    json_t *resolved;
    struct err err;

    (void)state;
    book_begin(&small);
    tmpl = book_script(&small, "sh", "echo a # ${{ params.none }}\necho ${{ 1 + 1 }}");
    assert_int_equal(script_resolve(small.script, tmpl, &scope, &resolved, &err), 0);
    assert_string_equal(value_get_string(resolved, "text"), "echo a # \necho \"${RB_2}\"");
    assert_string_equal(value_get_string(json_object_get(resolved, "env"), "RB_2"), "2");
    assert_int_equal(json_object_size(json_object_get(resolved, "env")), 1);
    json_decref(resolved);
    json_decref(scope.params);
    book_end(&small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_case(a_hostile_value_stays_one_argument_in_dash),
        test_case(a_hostile_value_stays_one_argument_in_bash),
        test_case(where_no_value_is_safe_the_author_is_told),
        test_case(a_script_made_to_be_slow_or_deep_is_read_quickly),
        test_case(a_value_after_too_much_nesting_is_refused),
        test_case(another_language_than_shell_takes_no_values),
        test_case(a_value_that_becomes_program_text_in_an_inner_shell_is_warned_of),
        test_case(what_is_calculated_with_is_a_whole_number),
        test_case(a_value_too_long_for_an_environment_is_refused),
        test_case(a_value_in_a_comment_is_not_asked_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
