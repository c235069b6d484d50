/* curl: libcurl, opened when the first request is made. It brings a TLS library along and so costs more time
 * and memory to load than all the rest of the program. */
#ifndef IO_CURL_H
#define IO_CURL_H

#include "base/err.h"

#define CURL_DISABLE_TYPECHECK /* the checks are macros around names we do not call by name */
#include <curl/curl.h>

struct curl_api {
    typeof(curl_global_init) *global_init;
    typeof(curl_easy_init) *easy_init;
    typeof(curl_easy_cleanup) *easy_cleanup;
    typeof(curl_easy_reset) *easy_reset;
    typeof(curl_easy_perform) *easy_perform;
    typeof(curl_easy_setopt) *easy_setopt;
    typeof(curl_easy_getinfo) *easy_getinfo;
    typeof(curl_easy_strerror) *easy_strerror;
    typeof(curl_multi_init) *multi_init;
    typeof(curl_multi_cleanup) *multi_cleanup;
    typeof(curl_multi_setopt) *multi_setopt;
    typeof(curl_multi_assign) *multi_assign;
    typeof(curl_multi_add_handle) *multi_add_handle;
    typeof(curl_multi_remove_handle) *multi_remove_handle;
    typeof(curl_multi_socket_action) *multi_socket_action;
    typeof(curl_multi_info_read) *multi_info_read;
    typeof(curl_multi_strerror) *multi_strerror;
    typeof(curl_slist_append) *slist_append;
    typeof(curl_slist_free_all) *slist_free_all;
    typeof(curl_mime_init) *mime_init;
    typeof(curl_mime_free) *mime_free;
    typeof(curl_mime_addpart) *mime_addpart;
    typeof(curl_mime_data) *mime_data;
    typeof(curl_mime_filedata) *mime_filedata;
    typeof(curl_mime_filename) *mime_filename;
    typeof(curl_mime_type) *mime_type;
    typeof(curl_mime_encoder) *mime_encoder;
    typeof(curl_mime_headers) *mime_headers;
    typeof(curl_mime_subparts) *mime_subparts;
};

/* RUNBOOK_LIBCURL names another library file. It stays open until the process ends. ERR_NOT_FOUND says what
 * to install. */
int curl_open(struct curl_api *ret_api, struct err *err);

#endif
