/* Whatever a script writes to RUNBOOK_OUTPUT is a map of texts, or an error that says why not. */
#include "step/outputs.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct err err = {0};
    json_t *map = outputs_parse((const char *)bytes, len, &err), *value;
    const char *name;

    if (!map && !*err.text)
        __builtin_trap();
    json_object_foreach(map, name, value)
    {
        if (!*name || !json_is_string(value))
            __builtin_trap();
    }
    json_decref(map);
    return 0;
}
