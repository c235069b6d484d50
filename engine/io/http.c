#include "io/http.h"

#include "io/inside.h"

void http_client_free(struct http_client *client)
{
    (void)client;
}
