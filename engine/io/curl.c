#include "io/curl.h"

#include <dlfcn.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct symbol {
    const char *name;
    size_t offset;
};

#define SYMBOL(function)                                                                                     \
    {                                                                                                        \
        "curl_" #function, offsetof(struct curl_api, function)                                               \
    }

static const struct symbol symbols[] = {
    SYMBOL(global_init),
    SYMBOL(easy_init),
    SYMBOL(easy_cleanup),
    SYMBOL(easy_reset),
    SYMBOL(easy_perform),
    SYMBOL(easy_setopt),
    SYMBOL(easy_getinfo),
    SYMBOL(easy_strerror),
    SYMBOL(multi_init),
    SYMBOL(multi_cleanup),
    SYMBOL(multi_setopt),
    SYMBOL(multi_assign),
    SYMBOL(multi_add_handle),
    SYMBOL(multi_remove_handle),
    SYMBOL(multi_socket_action),
    SYMBOL(multi_info_read),
    SYMBOL(multi_strerror),
    SYMBOL(slist_append),
    SYMBOL(slist_free_all),
    SYMBOL(mime_init),
    SYMBOL(mime_free),
    SYMBOL(mime_addpart),
    SYMBOL(mime_data),
    SYMBOL(mime_filedata),
    SYMBOL(mime_filename),
    SYMBOL(mime_type),
    SYMBOL(mime_encoder),
    SYMBOL(mime_headers),
    SYMBOL(mime_subparts),
};

static void *open_any(void)
{
    static const char *const names[] = {"libcurl.so.4", "libcurl-gnutls.so.4"};
    const char *name = getenv("RUNBOOK_LIBCURL");
    void *library = NULL;

    if (name)
        return dlopen(name, RTLD_NOW | RTLD_LOCAL);
    for (size_t i = 0; !library && i < sizeof(names) / sizeof(names[0]); i++)
        library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
    return library;
}

int curl_open(struct curl_api *ret_api, struct err *err)
{
    struct curl_api api;
    void *library = open_any();

    if (!library)
        return err_set(err, ERR_NOT_FOUND,
            "http and mail need libcurl, which cannot be loaded (%.300s); apt install libcurl4", dlerror());
    for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++) {
        void *address = dlsym(library, symbols[i].name);

        if (!address)
            return err_set(err, ERR_NOT_FOUND, "libcurl is too old: it has no %s; apt install libcurl4",
                symbols[i].name);
        memcpy((char *)&api + symbols[i].offset, &address, sizeof(address));
    }
    if (api.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return err_set(err, ERR_IO, "libcurl cannot start");
    *ret_api = api;
    return 0;
}
