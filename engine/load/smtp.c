/* smtp: the section about the mail server. What it says goes along with every mail: with the arguments of
 * `mail` steps, and with those of channels that use `mail.send`. */
#include "load/rules.h"
#include "load/sections.h"

#include <string.h>

static const char *const starttls_names[] = {"off", "optional", "required", NULL};

static const struct field tls_fields[] = {
    {"ca", FIELD_TEXT, 0, .help = "File with the certificates to trust instead of the system's."},
    {"insecure", FIELD_BOOL, 0, .help = "Accept any certificate.", .fallback = "false"},
    {NULL},
};

static const struct section tls_section = {
    .name = "tls", .help = "How the mail server is trusted.", .fields = tls_fields};

static const struct field fields[] = {
    {"url", FIELD_TEXT, 0, .help = "smtp://host:port, or smtps:// for a server that expects TLS at once.",
        .fallback = "smtp://localhost:25"},
    {"from", FIELD_TEXT, 0, .help = "Who sends: `runbook@example.org` or `Runbook <runbook@example.org>`.",
        .fallback = "runbook at the name of this machine"},
    {"username", FIELD_TEXT, 0, FIELD_SECRET_OK, .help = "The user's name at the mail server."},
    {"password", FIELD_TEXT, 0, FIELD_SECRET_OK, .help = "The password."},
    {"starttls", FIELD_ENUM, 0, .names = starttls_names,
        .help = "Encryption with smtp://: `required` fails where there is none or the certificate is not "
                "trusted; `optional` encrypts where it can, whoever answers.",
        .fallback = "required with a password or a `tls.ca`, else optional"},
    {"tls", FIELD_SECTION, 0, .section = &tls_section, .help = "How the mail server is trusted."},
    {NULL},
};

const struct section smtp_section = {
    .name = "smtp", .help = "The mail server. A bare text is `url`.", .fields = fields, .shorthand = "url"};

static struct template *map_of(struct decoder *d, struct pos pos, size_t len)
{
    struct template *map = arena_alloc(d->arena, sizeof(*map));

    *map = (struct template){.type = TEMPLATE_MAP, .pos = pos};
    map->keys = arena_alloc(d->arena, len * sizeof(*map->keys));
    map->items = arena_alloc(d->arena, len * sizeof(struct template *));
    return map;
}

static void add(struct template *map, const char *key, struct template *item)
{
    map->keys[map->len] = key;
    map->items[map->len++] = item;
}

static void add_constants(struct decoder *d, struct template *map, const struct template *args)
{
    const char *key;
    json_t *value;

    json_object_foreach(args->constant, key, value)
    {
        struct template *item = arena_alloc(d->arena, sizeof(*item));

        *item = (struct template){.type = TEMPLATE_CONST, .pos = args->pos, .constant = value};
        add(map, key, item);
    }
}

/* The arguments with the mail server, unless they name one themselves or are no map. */
static struct template *with_server(struct decoder *d, struct template *args, struct pos pos)
{
    size_t len = !args ? 0 : args->constant ? json_object_size(args->constant) : args->len;
    struct template *map;

    if (args && args->type != TEMPLATE_MAP && !json_is_object(args->constant))
        return args;
    map = map_of(d, args ? args->pos : pos, len + 1);
    if (args && args->constant)
        add_constants(d, map, args);
    else
        for (size_t i = 0; i < len; i++)
            add(map, args->keys[i], args->items[i]);
    for (size_t i = 0; i < len; i++)
        if (strcmp(map->keys[i], "smtp") == 0)
            return args;
    add(map, "smtp", d->document->people.smtp);
    return map;
}

void smtp_finish(struct decoder *d)
{
    const struct document *document = d->document;
    const struct items *channels = &document->people.channels;

    if (d->is_broken || !document->people.smtp)
        return;
    for (size_t i = 0; i < document->step_count; i++)
        if (document->steps[i]->kind && strcmp(document->steps[i]->kind->name, "mail") == 0)
            document->steps[i]->with = with_server(d, document->steps[i]->with, document->steps[i]->kind_pos);
    for (size_t i = 0; i < channels->len; i++) {
        struct channel *channel = channels->items[i];

        if (channel->uses && strcmp(channel->uses, "mail.send") == 0)
            channel->with = with_server(d, channel->with, channel->pos);
    }
}
