/* group: which runs may not be under way at once. Worked out before the run exists, from what it is started
 * with; and once more when it starts, so that in virtual time, too, a group that cannot be worked out shows.
 */
#include "core/run.h"

#include <string.h>

enum { GROUP_NAME_MAX = 200 };

static struct scope scope_before(const struct book *book, const json_t *start, int64_t wall_us)
{
    return (struct scope){
        .now_us = wall_us,
        .params = json_object_get(start, "params"),
        .run = json_object_get(start, "run"),
        .event = json_object_get(start, "event"),
        .document = book->documents[0],
    };
}

static int name_of(struct script *script, const struct concurrency *concurrency, const struct scope *scope,
    char **ret_name, struct err *err)
{
    struct text text autotext = {0};
    json_t *value autovalue = NULL;
    int code = script_resolve(script, concurrency->group, scope, &value, err);

    if (code < 0)
        return code;
    if (!value_to_text(value, &text) || !text.len)
        return err_set(err, ERR_EXPRESSION, "%u:%u: the name of the concurrency group is empty",
            concurrency->pos.line, concurrency->pos.column);
    if (text.len > GROUP_NAME_MAX)
        return err_set(err, ERR_EXPRESSION,
            "%u:%u: the name of the concurrency group is longer than %d bytes", concurrency->pos.line,
            concurrency->pos.column, GROUP_NAME_MAX);
    *ret_name = mem_strdup(text_str(&text));
    return 0;
}

int core_group(const struct book *book, struct script *script, json_t *start, int64_t wall_us,
    struct group *ret_group, struct err *err)
{
    const struct concurrency *concurrency = book->documents[0]->concurrency;
    struct scope scope = scope_before(book, start, wall_us);
    int code;

    *ret_group = (struct group){0};
    if (!concurrency)
        return 0;
    ret_group->on_conflict = (enum on_conflict)concurrency->on_conflict;
    code = script_integer(script, &concurrency->limit, &scope, &ret_group->limit, err);
    if (code == 0 && ret_group->limit < 1)
        code =
            err_set(err, ERR_EXPRESSION, "%u:%u: the limit of the concurrency group is %lld, less than one",
                concurrency->pos.line, concurrency->pos.column, (long long)ret_group->limit);
    if (code == 0)
        code = name_of(script, concurrency, &scope, &ret_group->name, err);
    if (ret_group->on_conflict == ON_CONFLICT_ALLOW)
        ret_group->limit = 0;
    return code;
}
