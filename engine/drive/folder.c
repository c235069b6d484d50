/* folder: where a run's steps run. A process has one working directory; a run that it takes up began in
 * another, and relative names in it mean what they meant there. So each effect of it is performed there. */
#include "base/mem.h"
#include "drive/inside.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

void folder_tell(json_t *start)
{
    char *folder autofree = getcwd(NULL, 0);

    if (folder)
        json_object_set_new(start, "cwd", value_string(folder, strlen(folder)));
}

void folder_take(struct live *live, const json_t *start)
{
    const char *folder = value_get_string(start, "cwd");

    folder = folder ? folder : live->options.folder;
    free(live->folder);
    live->folder = folder ? mem_strdup(folder) : NULL;
}

void folder_enter(struct live *live)
{
    char *text autofree = NULL, *here autofree = NULL;
    struct input note = {.type = INPUT_NOTE, .path = "", .by = live->options.initiator};

    if (!live->folder || chdir(live->folder) == 0)
        return;
    here = getcwd(NULL, 0);
    text = mem_printf("cannot enter %s, in which the run began (%s): its steps run in %s", live->folder,
        strerror(errno), here ? here : "another folder");
    note.name = text;
    free(live->folder);
    live->folder = here;
    here = NULL;
    live_apply(live, &note, NULL);
}
