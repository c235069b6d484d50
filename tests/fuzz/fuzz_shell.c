/* Any bytes are a shell script with holes (here \x01): each hole is replaced, dropped or refused, and no mark
 * of one is left where nothing was refused. */
#include "base/mem.h"
#include "script/quote.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static size_t put_holes(const uint8_t *bytes, size_t len, struct text *script)
{
    size_t holes = 0;

    for (size_t i = 0; i < len; i++) {
        if (bytes[i] == 1)
            text_printf(script, "%c%zu%c", HOLE_OPEN, ++holes, HOLE_CLOSE);
        else if (bytes[i] < 0x80 && bytes[i])
            text_putc(script, (char)bytes[i]);
    }
    return holes;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct text script autotext = {0}, out autotext = {0};
    size_t count = put_holes(bytes, len, &script);
    struct hole *holes autofree = mem_alloc((count + 1) * sizeof(*holes));
    bool is_refused = false;

    quote_script(text_str(&script), script.len, holes, &out);
    for (size_t i = 0; i < count; i++)
        is_refused = is_refused || holes[i].fault;
    if (!is_refused &&
        (memchr(text_str(&out), HOLE_OPEN, out.len) || memchr(text_str(&out), HOLE_CLOSE, out.len)))
        __builtin_trap();
    return 0;
}
