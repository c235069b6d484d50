/* failure: why something did not succeed, carried up from step to block. */
#include "core/frame.h"

#include "base/text.h"
#include "model/path.h"

#include <stdio.h>
#include <string.h>

void failure_clear(struct failure *failure)
{
    free(failure->message);
    free(failure->path);
    *failure = (struct failure){.exit_code = -1};
}

void failure_set(struct frame *frame, enum fail_class class_, const char *format, ...)
{
    char text[1024];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    failure_clear(&frame->failure);
    frame->failure.class_ = class_;
    /* What was too long may have been cut within a character. */
    frame->failure.message = mem_strndup(text, utf8_valid(text, strlen(text)));
    frame->failure.step = frame->step ? frame->step->id : "";
}

void failure_copy(struct frame *frame, const struct failure *from)
{
    failure_clear(&frame->failure);
    frame->failure = *from;
    frame->failure.message = from->message ? mem_strdup(from->message) : NULL;
    frame->failure.path = from->path ? mem_strdup(from->path) : NULL;
}

void failure_place(struct run *run, struct failure *failure, const struct frame *from)
{
    struct path_forms forms = {0};

    path_forms_set(&forms, frame_path(run, from));
    free(failure->path);
    failure->path = text_take(&forms.plain);
    path_forms_fini(&forms);
}
