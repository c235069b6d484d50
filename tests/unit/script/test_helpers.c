/* The functions of the language (language reference, section 2). */
#include "lib/test.h"
#include "unit/script/bench.h"

#include "base/mem.h"

#include <lauxlib.h>
#include <lualib.h>

static void json_encodes_and_decodes(void **state)
{
    assert_value(*state, "json({b = 1, a = {true, 'x'}})", "\"{\\\"a\\\":[true,\\\"x\\\"],\\\"b\\\":1}\"");
    assert_value(*state, "json.encode(params.list)", "\"[\\\"a\\\",\\\"b\\\",\\\"c\\\"]\"");
    assert_value(*state, "json.decode('{\"a\": [1, 2.5, null]}').a", "[1,2.5,null]");
    assert_value(*state, "json.decode('7')", "7");
    assert_fails(*state, "json.decode('{')", "at line 1");
    assert_fails(*state, "json(tostring)", "a function cannot be a value");
}

static void durations_and_instants_are_seconds(void **state)
{
    assert_value(*state, "duration('5m')", "300");
    assert_value(*state, "duration('1500ms')", "1.5");
    assert_fails(*state, "duration('5')", "5 has no unit");
    assert_value(*state, "time('2026-11-21T10:00:00+01:00')", "1795251600");
    assert_value(*state, "time('1970-01-01T00:00:01.5Z')", "1.5");
    assert_fails(*state, "time('yesterday')", "time: ");
    assert_value(*state, "now()", "1700000000.5");
    assert_value(*state, "now() - time(steps.deploy.started_at) < duration('1h')", "true");
}

static void texts_are_taken_apart(void **state)
{
    assert_value(*state, "split('a,b,,c', ',')", "[\"a\",\"b\",\"\",\"c\"]");
    assert_value(*state, "split('  a  b\\n')", "[\"a\",\"b\"]");
    assert_value(*state, "split('', ',')", "[\"\"]");
    assert_value(*state, "split('a..b', '..')", "[\"a\",\"b\"]");
    assert_fails(*state, "split('a', '')", "the separator is empty");
    assert_value(*state, "trim('  a b \\n')", "\"a b\"");
    assert_value(*state, "lines('a\\r\\nb\\n\\nc')", "[\"a\",\"b\",\"\",\"c\"]");
    assert_value(*state, "lines('')", "[]");
    assert_value(*state, "match('v1.22.3', '(%d+)%.(%d+)')", "\"1\"");
    assert_value(*state, "match('none', '%d')", "null");
    assert_value(*state, "contains('haystack', 'st')", "true");
    assert_value(*state, "contains('a.c', '.')", "true");
    assert_value(*state, "contains('abc', 'x')", "false");
}

static void lists_and_maps_are_gone_through_alike(void **state)
{
    assert_value(*state, "contains(params.list, 'b')", "true");
    assert_value(*state, "contains({1, 2}, 3)", "false");
    assert_value(*state, "keys({b = 1, a = 2})", "[\"a\",\"b\"]");
    assert_value(*state, "values({b = 1, a = 2})", "[2,1]");
    assert_value(*state, "values(params.list)", "[\"a\",\"b\",\"c\"]");
    assert_value(*state, "map(params.list, function(x, i) return x .. i end)", "[\"a1\",\"b2\",\"c3\"]");
    assert_value(*state, "map({a = 1}, function(x) return x * 2 end)", "{\"a\":2}");
    assert_value(*state, "filter(steps.deploy.output.items, function(pod) return not pod.ready end)",
        "[{\"name\":\"b\",\"ready\":false}]");
    assert_value(*state, "filter({a = 1, b = 2}, function(x, key) return key == 'b' end)", "{\"b\":2}");
    assert_value(*state, "any(steps.deploy.output.items, function(pod) return pod.ready end)", "true");
    assert_value(*state, "all(steps.deploy.output.items, function(pod) return pod.ready end)", "false");
    assert_value(*state, "all({})", "true");
    assert_value(*state, "any({})", "false");
    assert_value(*state, "any({false, 1})", "true");
    assert_fails(*state, "map(params.list)", "map wants a function");
    assert_fails(*state, "map('x', tostring)", "map wants a list or a map, not string");
    assert_fails(*state, "any(nil)", "any wants a list or a map, not nil");
}

static void numbers_are_put_together(void **state)
{
    assert_value(*state, "sum({1, 2, 3})", "6");
    assert_value(*state, "sum(1, 2.5)", "3.5");
    assert_value(*state, "sum({})", "0");
    assert_fails(*state, "sum({1, 'x'})", "element 2 is a string");
    assert_value(*state, "min(3, 1, 2)", "1");
    assert_value(*state, "max({3, 10, 2})", "10");
    assert_value(*state, "max(params.list)", "\"c\"");
    assert_value(*state, "default(max({}), 0)", "0");
    assert_value(*state, "default(params.labels.none, 'x')", "\"x\"");
    assert_value(*state, "default(false, 'x')", "false");
    assert_value(*state, "round(2.5)", "3");
    assert_value(*state, "round(-2.5)", "-3");
    assert_value(*state, "round(3.14159, 2)", "3.14");
    assert_value(*state, "round(1234, -2)", "1200");
    assert_value(*state, "percent(1, 4)", "25.0");
    assert_fails(*state, "percent(1, 0)", "the whole is 0");
}

/* Against the reference manual, section 6.4.1. */
static void patterns_match_as_in_lua(void **state)
{
    assert_value(*state, "{('hello world'):find('o w')}", "[5,7]");
    assert_value(*state, "{('a.b'):find('.', 1, true)}", "[2,2]");
    assert_value(*state, "{('a.b'):find('%.')}", "[2,2]");
    assert_value(*state, "{('key = value'):match('^(%w+)%s*=%s*(%w+)$')}", "[\"key\",\"value\"]");
    assert_value(*state, "{('abc'):find('()b()')}", "[2,2,2,3]");
    assert_value(*state, "('THE (quick) fox'):find('%((%a+)%)')", "5");
    assert_value(*state, "('f(a(b)c)d'):match('%b()')", "\"(a(b)c)\"");
    assert_value(*state, "('THE (quick) fox'):gsub('%f[%a]%a+', 'x')", "\"x (x) x\"");
    assert_value(*state, "('hello'):gsub('l', {l = 'L'})", "\"heLLo\"");
    assert_value(*state, "('$name'):gsub('%$(%w+)', {name = 'x'})", "\"x\"");
    assert_value(*state, "('abc'):gsub('%w', '%0%0', 2)", "\"aabbc\"");
    assert_value(*state, "('abc'):gsub('', '-')", "\"-a-b-c-\"");
    assert_value(*state, "('abc'):gsub('b*', '-')", "\"-a-c-\"");
    assert_value(*state, "('hello world'):gsub('(%w+) (%w+)', '%2 %1')", "\"world hello\"");
    assert_value(*state, "('abc'):gsub('.', function(c) return c == 'b' and 'B' end)", "\"aBc\"");
    assert_value(*state, "('aXb'):match('[^%l]')", "\"X\"");
    assert_value(*state, "('a]b'):match('[]]')", "\"]\"");
    assert_value(*state, "('x-y'):match('[a-]')", "\"-\"");
    assert_value(*state, "('\"it\\'s\"'):match('([\"\\'])(.-)%1')", "\"\\\"\"");
    assert_value(*state, "('aaa'):match('a-b')", "null");
    assert_value(*state, "('aaab'):match('a-b')", "\"aaab\"");
    assert_value(*state, "('ab'):match('a?b?c?$')", "\"ab\"");
    assert_value(*state,
        "(function() local t = {} for k, v in ('a=1, b=2'):gmatch('(%w+)=(%w+)') do t[k] = v end return t "
        "end)()",
        "{\"a\":\"1\",\"b\":\"2\"}");
    assert_value(
        *state, "(function() local n = 0 for _ in ('abc'):gmatch('') do n = n + 1 end return n end)()", "4");
    assert_value(*state, "('abc'):find('b', -1)", "null");
    assert_value(*state, "('abc'):find('', 10)", "null");
    assert_value(*state, "('abc'):find('', 4)", "4");
    assert_fails(*state, "('x'):find('[a')", "malformed pattern (missing ']')");
    assert_fails(*state, "('x'):find('%')", "malformed pattern (ends with '%')");
    assert_fails(*state, "('x'):find('(x')", "unfinished capture");
    assert_fails(*state, "('x'):match('x)')", "invalid pattern capture");
    assert_fails(*state, "('x'):find('%1')", "invalid capture index");
    assert_fails(*state, "('x'):gsub('x', '%2')", "invalid capture index");
    assert_fails(*state, "('x'):gsub('x', '%z')", "invalid use of '%'");
    assert_fails(*state, "('x'):gsub('x', function() return {} end)", "invalid replacement value");
}

static void random_text(unsigned *seed, const char *const *pieces, size_t count, size_t most, char *ret)
{
    *ret = '\0';
    for (size_t n = (size_t)rand_r(seed) % most; n; n--)
        memccpy(ret + strlen(ret), pieces[(size_t)rand_r(seed) % count], 0, 16);
}

/* What Lua's own library makes of the same expression. */
static char *lua_eval(lua_State *lua, const char *text)
{
    char *code = mem_printf("return table.concat({%s}, '|')", text), *shown;

    if (luaL_dostring(lua, code) != LUA_OK)
        shown = mem_strdup("error");
    else
        shown = mem_strdup(lua_tostring(lua, -1));
    lua_settop(lua, 0);
    free(code);
    return shown;
}

static void random_patterns_match_as_in_lua(void **state)
{
    static const char *const letters[] = {"a", "b", "(", ")", " ", "1", "-"};
    static const char *const parts[] = {"a", "b", "%a", "%d", "%s", ".", "[ab]", "[^a]", "[a-c]", "[%w-]",
        "*", "+", "-", "?", "(", ")", "()", "%1", "%b()", "%f[%a]", "$", "^", "%(", "%%", "]", "[", "%"};
    struct bench *bench = *state;
    lua_State *lua = luaL_newstate();
    unsigned seed = 7;

    luaL_openlibs(lua);
    for (int i = 0; i < 6000; i++) {
        char subject[64], pattern[64], *theirs, *ours, *text, *expected;
        size_t which = (size_t)rand_r(&seed) % 4;

        random_text(&seed, letters, 7, 9, subject);
        random_text(&seed, parts, sizeof(parts) / sizeof(*parts), 7, pattern);
        text = mem_printf("%s'%s', '%s'%s",
            which == 2   ? "string.gsub("
            : which == 1 ? "string.match("
                         : "string.find(",
            subject, pattern,
            which == 2   ? ", '<%0>')"
            : which == 3 ? ", 2)"
                         : ")");
        theirs = lua_eval(lua, text);
        expected = mem_printf("table.concat({%s}, '|')", text);
        ours = bench_eval(bench, expected);
        if (strcmp(theirs, "error") == 0
                ? strncmp(ours, "7:9: ", 5) != 0
                : strncmp(ours + 1, theirs, strlen(theirs)) != 0 || strlen(ours) != strlen(theirs) + 2)
            fail_msg("%s\n  here    %s\n  in Lua  %s", text, ours, theirs);
        free(text);
        free(expected);
        free(theirs);
        free(ours);
    }
    lua_close(lua);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_case(json_encodes_and_decodes),
        test_case(durations_and_instants_are_seconds),
        test_case(texts_are_taken_apart),
        test_case(lists_and_maps_are_gone_through_alike),
        test_case(numbers_are_put_together),
        test_case(patterns_match_as_in_lua),
        test_case(random_patterns_match_as_in_lua),
    };

    return cmocka_run_group_tests(tests, bench_open, bench_close);
}
