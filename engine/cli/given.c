#include "cli/given.h"
#include "cli/path.h"

#include <string.h>

static json_t *comma_list(const char *text)
{
    json_t *list = json_array();

    while (*text) {
        size_t len = strcspn(text, ",");

        if (len)
            json_array_append_new(list, value_string(text, len));
        text += len + (text[len] == ',');
    }
    return list;
}

static bool has_tag(const struct book *book, const char *tag)
{
    for (size_t i = 0; i < book->document_count; i++)
        for (size_t k = 0; k < book->documents[i]->step_count; k++)
            for (size_t t = 0; t < book->documents[i]->steps[k]->tags.len; t++)
                if (strcmp(book->documents[i]->steps[k]->tags.items[t], tag) == 0)
                    return true;
    return false;
}

/* A misspelt tag would leave out everything, or nothing, and the run would succeed. */
static json_t *tag_list(const struct book *book, const char *option, const char *text, struct diags *diags)
{
    json_t *list = comma_list(text), *tag;
    size_t i;

    json_array_foreach(list, i, tag)
    {
        if (!has_tag(book, json_string_value(tag)))
            diag_error(diags, (struct pos){0}, "option", "%s: no step has the tag \"%s\"", option,
                json_string_value(tag));
    }
    return list;
}

json_t *given_selection(const struct given_options *options, const struct book *book, struct diags *diags)
{
    json_t *selection = json_object();

    if (options->tags)
        json_object_set_new(selection, "tags", tag_list(book, "--tags", options->tags, diags));
    if (options->skip_tags)
        json_object_set_new(selection, "skip_tags", tag_list(book, "--skip-tags", options->skip_tags, diags));
    if (options->from) {
        const struct step *step = path_step_in(book->documents[0], options->from);

        if (!step)
            diag_hint(diags,
                diag_error(
                    diags, (struct pos){0}, "option", "--from: there is no step \"%s\"", options->from),
                "runbook plan %s shows the steps; name one by its id or its path",
                book->documents[0]->source->path);
        json_object_set_new(selection, "from", json_string(step ? step->id : options->from));
    }
    return selection;
}
