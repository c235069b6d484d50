/* Whatever a program prints is read as `parse` says, or fails the step with class parse. The first byte
 * chooses. */
#include "base/mem.h"
#include "step/step.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct outcome outcome = {.exit_code = 0};

    if (!len)
        return 0;
    outcome.result = json_object();
    json_object_set_new(outcome.result, "stdout", value_string((const char *)bytes + 1, len - 1));
    outcome_parse(&outcome, (enum parse_as)(bytes[0] % (PARSE_TEXT + 1)));
    if (outcome.class_ != FAIL_NONE && (outcome.class_ != FAIL_PARSE || !outcome.message))
        __builtin_trap();
    if (outcome.class_ == FAIL_NONE && bytes[0] % (PARSE_TEXT + 1) != PARSE_NONE &&
        !json_object_get(outcome.result, "output"))
        __builtin_trap();
    outcome_fini(&outcome);
    return 0;
}
