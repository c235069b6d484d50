#include "lib/test.h"
#include "unit/script/bench.h"

static void an_expression_sees_the_parameters(void **state)
{
    assert_value(*state, "params.namespace", "\"production\"");
    assert_value(*state, "params.replicas + 1", "11");
    assert_value(*state, "params.labels.team", "\"core\"");
    assert_value(*state, "params.list[2]", "\"b\"");
    assert_value(*state, "#params.list", "3");
    assert_value(*state, "params.labels", "{\"owner\":null,\"team\":\"core\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_case(an_expression_sees_the_parameters),
    };

    return cmocka_run_group_tests(tests, bench_open, bench_close);
}
