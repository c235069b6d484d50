/* Attempts to get out of the sandbox, to change what others see, and to run or grow for ever. */
#include "lib/test.h"
#include "unit/script/bench.h"

#include <time.h>

static void what_could_reach_the_outside_does_not_exist(void **state)
{
    static const char *const names[] = {"io", "os", "debug", "package", "require", "load", "loadstring",
        "loadfile", "dofile", "collectgarbage", "rawset", "rawget", "rawequal", "rawlen", "setmetatable",
        "getmetatable", "next", "coroutine", "print", "warn", "xpcall", "_G", "_VERSION", "bit32", "arg"};

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        assert_fails(*state, names[i], "there is no name");
    assert_value(*state, "string.dump", "null");
    assert_value(*state, "string.pack", "null");
    assert_value(*state, "math.random", "null");
    assert_value(*state, "math.randomseed", "null");
    assert_value(*state, "('x').dump", "null");
    assert_fails(*state, "_ENV.io", "_ENV cannot be used");
    assert_fails(*state, "('\27Lua')()", "attempt to call a string value");
}

static void nothing_shared_can_be_changed(void **state)
{
    static const char *const statements[] = {"x = 1", "params = 1", "string = nil", "string.rep = 1",
        "json.encode = 1", "math.pi = 3", "tostring = nil", "params.namespace = 'x'", "params.list[1] = 'x'",
        "params.new = 1", "steps.deploy.ok = true", "steps.deploy = nil", "secrets.db = 1", "('').rep = 1",
        "utf8.char = 1", "table.insert(params.list, 'x')", "table.remove(params.list)",
        "table.sort(params.list)", "table.insert(string, 1)", "table.move({1}, 1, 1, 1, string)",
        "table.move({1}, 1, 1, 1, params.list)", "json = nil", "event = 1"};
    struct bench *bench = *state;

    for (size_t i = 0; i < sizeof(statements) / sizeof(*statements); i++) {
        char text[200];

        snprintf(text, sizeof(text), "(function() %s end)()", statements[i]);
        assert_fails(bench, text, "");
        snprintf(text, sizeof(text), "pcall(function() %s end)", statements[i]);
        assert_value(bench, text, "false");
    }
    assert_value(bench, "params.list", "[\"a\",\"b\",\"c\"]");
    assert_value(bench, "('x'):rep(3) .. tostring(math.pi):sub(1, 4) .. json(1)", "\"xxx3.141\"");
}

static void one_evaluation_leaves_nothing_for_the_next(void **state)
{
    assert_value(*state, "(function() local t = {1, 2} table.insert(t, 3) return t end)()", "[1,2,3]");
    assert_value(*state, "(function() local string = {} string.rep = 1 return 1 end)()", "1");
    assert_value(*state, "string.rep('x', 2)", "\"xx\"");
}

static void no_address_is_ever_seen(void **state)
{
    assert_value(*state, "tostring({1, 2})", "\"[1,2]\"");
    assert_value(*state, "tostring(params.labels)", "\"{\\\"owner\\\":null,\\\"team\\\":\\\"core\\\"}\"");
    assert_value(*state, "tostring(tostring)", "\"function\"");
    assert_value(*state, "string.format('%s %s', {}, string.rep)", "\"[] function\"");
    assert_value(*state, "('%5.1f|%-4s|%%'):format(1.25, 'a')", "\"  1.2|a   |%\"");
    assert_fails(*state, "string.format('%p', {})", "%p is not known");
    assert_fails(*state, "string.format('%-20p', 'x')", "%p is not known");
    assert_fails(*state, "error({})", "a value that is not a text");
}

/* None of these may take long: `seconds` of processor time at most, all together. */
static double processor_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void assert_stopped(struct bench *bench, const char *text, const char *part)
{
    double before = processor_seconds(), took;

    assert_fails_once(bench, text, part);
    took = processor_seconds() - before;
    if (took > 2)
        fail_msg("%s took %.1f s", text, took);
    assert_value(bench, "1 + 1", "2");
}

static void an_endless_loop_is_stopped(void **state)
{
    static const char *const endless[] = {
        "(function() while true do end end)()",
        "(function() repeat until false end)()",
        "(function() ::again:: goto again end)()",
        "(function() for i = 1, 1e18 do end end)()",
        "(function() for i = 1, math.huge do end end)()",
        "(function() local function f() return f() end return f() end)()",
        "(function() for _ in function() return 1 end do end end)()",
        "filter({1}, function() while true do end end)",
        "('x'):gsub('.', function() while true do end end)",
        "table.sort({3, 2, 1}, function() while true do end end)",
        "(function() for x in ('x'):gmatch('') do while true do end end end)()",
    };

    for (size_t i = 0; i < sizeof(endless) / sizeof(*endless); i++)
        assert_stopped(*state, endless[i], "the expression runs too long");
}

static void pcall_does_not_help_against_a_cap(void **state)
{
    static const char *const attempts[] = {
        "(function() while true do pcall(function() while true do end end) end end)()",
        "pcall(function() while true do end end)",
        "pcall(pcall, function() while true do end end)",
        "pcall(pcall, pcall, pcall, function() while true do end end)",
        "(function() local function f() pcall(f) while true do end end f() end)()",
        "(function() local t = {} for i = 1, 100 do t[i] = function() while true do end end end for i = 1, "
        "100 do "
        "pcall(t[i]) end end)()",
        "any({1, 2, 3}, function() return pcall(function() while true do end end) end)",
        "('xyz'):gsub('.', function() pcall(function() while true do end end) end)",
        "(function() local ok = pcall(string.rep, 'x', 1e9) while true do end end)()",
    };

    for (size_t i = 0; i < sizeof(attempts) / sizeof(*attempts); i++)
        assert_stopped(*state, attempts[i], "the expression ");
}

static void memory_is_capped_and_the_state_stays_usable(void **state)
{
    static const char *const greedy[] = {
        "string.rep('x', 1e9)",
        "('x'):rep(1e18)",
        "(function() local s = 'x' while true do s = s .. s end end)()",
        "(function() local t = {} while true do t[#t + 1] = 'x' .. #t end end)()",
        "(function() local t = {} while true do t = {t} end end)()",
        "table.concat({('x'):rep(3e6), ('x'):rep(3e6)}, ('x'):rep(3e6))",
        "pcall(string.rep, 'x', 1e9)",
        "(function() while true do pcall(string.rep, 'x', 1e9) end end)()",
        "(function() local s = ('x'):rep(1e6) return (s:gsub('.', s)) end)()",
        "string.format('%s%s', ('x'):rep(3e6), ('x'):rep(3e6))",
    };

    for (size_t i = 0; i < sizeof(greedy) / sizeof(*greedy); i++)
        assert_stopped(*state, greedy[i], "");
    assert_value(*state, "#string.rep('x', 1000000)", "1000000");
}

static void what_is_long_inside_c_is_stopped(void **state)
{
    static const char *const longs[] = {
        "('a'):rep(100):find(('a*'):rep(60) .. 'b')",
        "('a'):rep(100):match(('a*'):rep(60) .. 'b')",
        "match(('a'):rep(100), ('a-'):rep(60) .. 'b')",
        "('a'):rep(1000000):gsub(('a?'):rep(90) .. ('a'):rep(90) .. 'b', '')",
        "(function() for x in ('a'):rep(1000):gmatch(('a*'):rep(60) .. 'b') do end end)()",
        "('('):rep(1000000):find('%b()')",
        "('x'):rep(1000000):find('.-.-.-.-y')",
        "('a'):rep(1000000):find(('[a-zA-Z0-9]'):rep(300) .. 'b')",
        "(function() for i = 1, 1e7 do local _ = ('x'):rep(1000000) end end)()",
        "(function() local s = ('x'):rep(1000000) for i = 1, 1e7 do local _ = s:find('y', 1, true) end "
        "end)()",
        "(function() local s = ('x'):rep(1000000) for i = 1, 1e7 do local _ = s:upper() end end)()",
        "(function() local s = ('x'):rep(1000000) for i = 1, 1e7 do local _ = utf8.len(s) end end)()",
        "(function() local t = {} for i = 1, 1e7 do table.insert(t, 1, i) end end)()",
        "(function() local a, b = ('x'):rep(1000000), ('x'):rep(1000000) for i = 1, 1e7 do local _ = a .. '' "
        "== b .. '' "
        "end end)()",
        "(function() local t = {} for i = 1, 3000 do t[i] = ('x'):rep(3000) .. i end for i = 1, 1e7 do "
        "table.sort(t) "
        "table.sort(t, function(a, b) return a > b end) end end)()",
        "table.move({}, 1, 1e15, 2)",
        "table.move({}, 1, math.maxinteger - 1, 2)",
        "table.concat({}, 'x', 1, 1e15)",
        "table.unpack({}, 1, 1e15)",
        "select(-1e15, 1)",
        "string.char(table.unpack({}, 1, 1e6))",
        "string.rep('', 1e18) .. nil",
        "string.format('%099999d', 1)",
        "string.format('%.99999f', 1)",
        "sum(map(lines(('\\n'):rep(1000000)), function(x) return #split(('a,'):rep(100000), ',') end))",
        "json.decode(('['):rep(1000000))",
        "(function() while true do json.decode('[1,2,3,4,5,6,7,8]') end end)()",
        "(function() while true do json(params.list) end end)()",
        "(function() while true do keys(params) end end)()",
        "(function() while true do contains(params.list, 'z') end end)()",
    };

    for (size_t i = 0; i < sizeof(longs) / sizeof(*longs); i++)
        assert_stopped(*state, longs[i], "");
    assert_value(*state, "string.rep('', 1e18)", "\"\"");
}

static void deep_recursion_is_stopped(void **state)
{
    assert_stopped(*state, "(function() local function f(x) return 1 + f(x) end return f(1) end)()", "");
    assert_stopped(*state, "(function() local function f() return pcall(f) end return 1 + f() end)()", "");
    assert_stopped(*state, "(function() local function f(x) return map({x}, f) end return f(1) end)()", "");
    assert_stopped(
        *state, "(function() local function f(x) return (x:gsub('.', f)) end return f('x') end)()", "");
    assert_stopped(
        *state, "(function() local function f() return table.sort({1, 2, 3}, f) end return f() end)()", "");
    assert_stopped(*state, "('x'):rep(100000):match(('(x'):rep(40))", "too many captures");
    assert_stopped(*state, "('x'):rep(1000):match(('x?'):rep(1000) .. 'y')", "");
}

static void deep_text_is_refused_when_compiled(void **state)
{
    struct bench *bench = *state;
    char *text = calloc(1, 200002);
    char *shown;

    memset(text, '(', 100000);
    shown = bench_eval(bench, text);
    assert_non_null(strstr(shown, "7:9: "));
    free(shown);
    memset(text, '-', 1);
    for (int i = 0; i < 200000; i++)
        text[i] = i % 2 ? ' ' : '-';
    memcpy(text + 200000, "1", 2);
    shown = bench_eval(bench, text);
    assert_non_null(strstr(shown, "7:9: "));
    free(shown);
    free(text);
}

static void sorting_with_a_comparator_that_lies_ends(void **state)
{
    assert_stopped(*state,
        "(function() local t = {} for i = 1, 1000 do t[i] = i % 7 end table.sort(t, function(a, b) return "
        "true end) "
        "return 1 + nil end)()",
        "");
    assert_value(*state, "(function() local t = {3, 1, 2} table.sort(t) return t end)()", "[1,2,3]");
    assert_value(*state,
        "(function() local t = {'b', 'a'} table.sort(t, function(a, b) return a > b end) return t end)()",
        "[\"b\",\"a\"]");
    assert_fails(
        *state, "(function() local t = {1, 'a'} table.sort(t) return t end)()", "attempt to compare");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_case(what_could_reach_the_outside_does_not_exist),
        test_case(nothing_shared_can_be_changed),
        test_case(one_evaluation_leaves_nothing_for_the_next),
        test_case(no_address_is_ever_seen),
        test_case(an_endless_loop_is_stopped),
        test_case(pcall_does_not_help_against_a_cap),
        test_case(memory_is_capped_and_the_state_stays_usable),
        test_case(what_is_long_inside_c_is_stopped),
        test_case(deep_recursion_is_stopped),
        test_case(deep_text_is_refused_when_compiled),
        test_case(sorting_with_a_comparator_that_lies_ends),
    };

    return cmocka_run_group_tests(tests, bench_open, bench_close);
}
