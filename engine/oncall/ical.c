#include "oncall/ical.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

#define X(function) {#function, offsetof(struct ical, function)},
static const struct symbol {
    const char *name;
    size_t offset;
} symbols[] = {ICAL_FUNCTIONS(X)};
#undef X

int ical_open(struct ical *ret_ical, struct err *err)
{
    void *library = dlopen("libical.so.3", RTLD_NOW | RTLD_LOCAL);

    if (!library)
        return err_set(err, ERR_NOT_FOUND,
            "an .ics file needs libical, which cannot be loaded (%.300s); apt install libical3", dlerror());
    for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++) {
        void *address = dlsym(library, symbols[i].name);

        if (!address)
            return err_set(err, ERR_NOT_FOUND, "libical is too old: it has no %s; apt install libical3",
                symbols[i].name);
        memcpy((char *)ret_ical + symbols[i].offset, &address, sizeof(address));
    }
    ret_ical->icalerror_set_errors_are_fatal(0);
    return 0;
}
