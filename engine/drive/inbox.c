/* What people say from elsewhere: rows of the journal's inbox. A datagram socket in the runtime directory
 * tells of a new row at once; where there is none, the journal is asked four times a second. */
#include "base/mem.h"
#include "drive/inside.h"
#include "drive/ring.h"
#include "drive/words.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

struct mail {
    struct live *live;
    int64_t last_id; /* taken in already, whether or not that is durable yet */
    uint64_t news;   /* seen so far */
    int fd;          /* -1: no socket */
    struct loop_watch *watch;
    struct sockaddr_un address;
};

static json_t *data_of(const struct inbox_item *item, const struct word *word)
{
    json_t *data;

    if (!word->decision || (item->data && json_object_get(item->data, "decision")))
        return json_incref(item->data);
    data = item->data ? json_copy(item->data) : json_object();
    json_object_set_new(data, "decision", json_string(word->decision));
    return data;
}

/* What does not fit any more is not lost. */
static void refuse(struct live *live, const struct inbox_item *item, const char *why)
{
    char *text autofree = word_refusal(item->verb, item->path, why);
    struct input input = {.type = INPUT_NOTE, .path = item->path, .name = text, .by = item->by};

    live_apply(live, &input, NULL);
}

/* To a run that has not begun only its end can be said; the rest waits until it has. */
static bool may_come_early(const struct word *word)
{
    return word && (word->type == INPUT_CANCEL || word->type == INPUT_KILL);
}

/* The item is marked before it is applied, so that both are in one batch. */
static bool take_in(void *context, const struct inbox_item *item)
{
    struct mail *mail = context;
    struct live *live = mail->live;
    const struct word *word = word_find(item->verb);
    struct err err = {0};

    if (item->id <= mail->last_id || (live->is_queued && !may_come_early(word)))
        return true;
    mail->last_id = item->id;
    if (live->is_catching_up)
        live_catch_up(live, item->wall_us);
    journal_inbox_taken(live->options.journal, live->id, item->id);
    live_appended(live);
    if (word) {
        json_t *data autovalue = data_of(item, word);
        struct input input = {
            .type = word->type, .path = item->path, .name = item->name, .by = item->by, .data = data};

        if (live_apply(live, &input, &err) == 0)
            return !live->is_over;
    } else {
        err_set(&err, ERR_USAGE, "this version does not know it");
    }
    refuse(live, item, err.text);
    return !live->is_over;
}

void mail_look(struct mail *mail, bool must)
{
    struct live *live = mail->live;
    uint64_t news = journal_news(live->options.journal);

    must = must || news != mail->news;
    mail->news = news;
    if (must)
        journal_inbox_read(live->options.journal, live->id, take_in, mail, NULL);
}

static void on_ring(void *context)
{
    struct mail *mail = context;
    char bytes[64];

    while (recv(mail->fd, bytes, sizeof(bytes), MSG_DONTWAIT) >= 0)
        continue;
    mail_look(mail, true);
}

/* The address, and the folder it is in. */
static bool make_address(struct mail *mail)
{
    char folder[sizeof(mail->address.sun_path)];

    if (!ring_address(mail->live->id, &mail->address))
        return false;
    snprintf(folder, sizeof(folder), "%s", mail->address.sun_path);
    *strrchr(folder, '/') = '\0';
    return mkdir(folder, 0700) == 0 || errno == EEXIST;
}

static void listen_for_rings(struct mail *mail)
{
    if (!make_address(mail))
        return;
    mail->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (mail->fd < 0)
        return;
    if (bind(mail->fd, (const struct sockaddr *)&mail->address, sizeof(mail->address)) < 0) {
        close(mail->fd);
        mail->fd = -1;
        return;
    }
    chmod(mail->address.sun_path, 0600); /* whatever the umask is */
    mail->watch = loop_watch_start(mail->live->options.loop, mail->fd, on_ring, mail);
}

struct mail *mail_open(struct live *live)
{
    struct mail *mail = mem_alloc(sizeof(*mail));

    *mail = (struct mail){.live = live, .fd = -1};
    listen_for_rings(mail);
    return mail;
}

void mail_close(struct mail *mail)
{
    if (!mail)
        return;
    loop_watch_free(mail->watch);
    if (mail->fd >= 0) {
        unlink(mail->address.sun_path);
        close(mail->fd);
    }
    free(mail);
}
