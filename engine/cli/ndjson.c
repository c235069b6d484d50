/* One JSON object a line on stdout, one per event, and nothing else. */
#include "base/clock.h"
#include "base/mem.h"
#include "cli/view.h"

struct ndjson {
    struct live *live;
};

static void put_text(json_t *object, const char *name, const char *text)
{
    if (text && *text)
        json_object_set_new(object, name, json_string(text));
}

static void put_status(json_t *object, const struct event *event)
{
    const char *type = event_type_name(event->type);

    if (event->status < 0)
        return;
    put_text(object, "status",
        type[0] == 'r' ? run_status_name((enum run_status)event->status)
                       : step_status_name((enum step_status)event->status));
}

static void put_by(json_t *object, const struct principal *by)
{
    if (by->user && *by->user)
        json_object_set_new(
            object, "by", json_pack("{s:s,s:s,s:s}", "user", by->user, "host", by->host, "way", by->way));
}

static void print(json_t *object)
{
    json_dumpf(object, stdout, JSON_COMPACT | JSON_REAL_PRECISION(15));
    fputc('\n', stdout);
    fflush(stdout);
    json_decref(object);
}

static json_t *begin(const struct ndjson *ndjson, const char *type, int64_t wall_us, int64_t mono_us)
{
    char wall[INSTANT_TEXT_SIZE];
    json_t *object = json_object();

    put_text(object, "run", live_run_id(ndjson->live));
    put_text(object, "type", type);
    put_text(object, "time", instant_utc(wall_us, wall));
    json_object_set_new(object, "elapsed_us", json_integer(mono_us));
    return object;
}

static void on_event(void *context, const struct event *event)
{
    json_t *object = begin(context, event_type_name(event->type), event->wall_us, event->mono_us);

    if (event->seq)
        json_object_set_new(object, "seq", json_integer((json_int_t)event->seq));
    put_text(object, "path", event->path);
    put_status(object, event);
    if (event->class_ != FAIL_NONE)
        put_text(object, "class", fail_class_name(event->class_));
    if (event->exit_code >= 0)
        json_object_set_new(object, "exit_code", json_integer(event->exit_code));
    if (event->attempt > 0)
        json_object_set_new(object, "attempt", json_integer(event->attempt));
    if (event->due_us >= 0)
        json_object_set_new(object, "due_us", json_integer(event->due_us));
    put_by(object, &event->by);
    if (event->data)
        json_object_set(object, "data", event->data);
    print(object);
}

static void on_output(void *context, const char *path, int stream, const char *bytes, size_t len)
{
    const struct ndjson *ndjson = context;
    json_t *object = begin(ndjson, "output", clock_wall_us(), live_now_us(ndjson->live));

    put_text(object, "path", path);
    put_text(object, "stream", stream == 2 ? "stderr" : "stdout");
    json_object_set_new(object, "text", value_string(bytes, len));
    print(object);
}

static void on_trouble(void *context, const struct err *trouble)
{
    (void)context;
    if (trouble)
        fprintf(stderr, "runbook: %s; nothing new is started until that is over\n", trouble->text);
    else
        fputs("runbook: the journal can be written again\n", stderr);
}

static void attach(void *context, struct live *live)
{
    ((struct ndjson *)context)->live = live;
}

static void say(void *context, const char *line)
{
    (void)context;
    fprintf(stderr, "runbook: %s\n", line);
}

static void close_(void *context)
{
    (void)context;
}

struct view ndjson_view(const struct view_options *options)
{
    struct ndjson *ndjson = mem_alloc(sizeof(*ndjson));

    (void)options;
    return (struct view){
        .watcher = {.on_event = on_event,
            .on_output = on_output,
            .on_trouble = on_trouble,
            .context = ndjson},
        .attach = attach,
        .say = say,
        .close = close_,
        .free = free,
    };
}
