/* What is due, and in which order, is kept as the virtual driver keeps it. The next thing is let happen only
 * when everything stands still: every turn is durable and performed, and every process waits for its cue.
 *
 *     command's end: the actor gets its cue      timer: the loop is made to look at its timers
 *     a person:      a row in the inbox, and a ring at the run's door */
#include "live_stage.h"
#include "actor.h"
#include "again.h"
#include "agenda.h"
#include "hand.h"

#include "base/clock.h"
#include "base/mem.h"
#include "drive/inside.h"
#include "drive/words.h"
#include "io/inside.h"

#include <errno.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    STOP_TAKES_US = 200 * 1000, /* from TERM to the end, as in virtual time */
    PATIENCE_MS = 20 * 1000,    /* of real time, for a process to appear */
};

struct live_stage {
    const struct live_play *play;
    struct text *log;
    char folder[64];
    struct loop *loop;
    struct journal *journal, *people; /* `people`: another process's, as it were */
    struct live *live;
    int knocks; /* where actors appear */
    struct loop_watch *watch;
    struct agenda agenda;
    bool is_said; /* the inbox has something */
    bool is_finished, is_impossible, is_broken;
};

static void fail(struct live_stage *stage, const char *what, const char *which)
{
    text_printf(stage->log, "               ! %s: %s\n", what, which);
    stage->is_broken = true;
}

/* --- actors --- */

static const char *program_of(const struct effect *effect)
{
    const json_t *from = effect->type == EFFECT_NOTIFY ? json_object_get(effect->args, "with") : effect->args;
    const json_t *argv = json_object_get(from, "argv");

    return json_string_value(json_array_get(argv, 0));
}

/* Whatever a book calls its commands, they are all played by the same one. */
static void cast(struct live_stage *stage, const struct effect *effect)
{
    const char *name = json_object_get(effect->args, "script") ? "sh" : program_of(effect);
    char *path autofree = mem_printf("%s/%s", stage->folder, name ? name : "");

    if (!name || (symlink(ACTOR_PROGRAM, path) < 0 && errno != EEXIST))
        fail(stage, "a command that no actor can play", effect->path);
}

static void let_in(struct live_stage *stage)
{
    int actor = accept4(stage->knocks, NULL, NULL, SOCK_CLOEXEC);
    char path[4096];
    ssize_t n = actor < 0 ? -1 : recv(actor, path, sizeof(path) - 1, 0);

    for (size_t i = 0; n > 0 && i < stage->agenda.count; i++) {
        struct due *due = &stage->agenda.items[i];

        path[n] = '\0';
        if (due->type != DUE_END || due->actor >= 0 || strcmp(due->path, path) != 0)
            continue;
        due->actor = actor;
        stage->agenda.waiting++;
        return;
    }
    if (actor >= 0)
        close(actor); /* it was killed before it appeared */
}

static void on_knock(void *context)
{
    let_in(context);
}

/* A TERM that comes before the actor has shut its ears would end it too early. */
static void await_actor(struct live_stage *stage, uint32_t frame)
{
    struct pollfd item = {.fd = stage->knocks, .events = POLLIN};
    const struct due *due;

    while ((due = agenda_find(&stage->agenda, DUE_END, frame, 0)) && due->actor < 0) {
        if (poll(&item, 1, PATIENCE_MS) <= 0) {
            fail(stage, "it was started and never appeared", due->path);
            return;
        }
        let_in(stage);
    }
}

/* Can a process end like that? */
static bool is_possible(enum fail_class class_)
{
    return class_ == FAIL_NONE || class_ == FAIL_EXIT || class_ == FAIL_SIGNAL;
}

static size_t add_text(char *message, size_t at, const json_t *result, const char *key, uint32_t *ret_len)
{
    const json_t *value = json_object_get(result, key);
    size_t len = json_string_length(value);

    if (len > sizeof(struct cue) + ACTOR_TEXT_MAX - at)
        len = sizeof(struct cue) + ACTOR_TEXT_MAX - at;
    if (len)
        memcpy(message + at, json_string_value(value), len);
    *ret_len = (uint32_t)len;
    return at + len;
}

static void give_cue(struct live_stage *stage, struct due *due)
{
    const json_t *result = due->outcome.result;
    char message[sizeof(struct cue) + ACTOR_TEXT_MAX];
    struct cue cue = {.exit_code = due->outcome.exit_code,
        .signal = (int)json_integer_value(json_object_get(result, "signal"))};
    size_t len = sizeof(cue);

    len = add_text(message, len, result, "stdout", &cue.out_len);
    len = add_text(message, len, result, "stderr", &cue.err_len);
    memcpy(message, &cue, sizeof(cue));
    if (due->actor < 0 || send(due->actor, message, len, MSG_NOSIGNAL) != (ssize_t)len)
        fail(stage, "nobody was there to take the cue", due->path);
    agenda_drop(&stage->agenda, due);
}

/* --- what the driver does --- */

static void on_begin(struct live_stage *stage, const struct effect *effect)
{
    const struct world *world = &stage->play->world;
    struct outcome outcome = {.exit_code = -1};
    int64_t takes_us = world->answer(world->context, effect, &outcome);
    enum fail_class class_ = outcome.class_;
    struct due *due;

    if (class_ == FAIL_SPAWN || !is_possible(class_)) {
        outcome_fini(&outcome);
        if (class_ == FAIL_SPAWN) /* nobody plays it: there is no such command */
            return;
        text_printf(stage->log, "%s ends with class %s\n", effect->path, fail_class_name(class_));
        stage->is_impossible = true;
        return;
    }
    due = agenda_add(&stage->agenda, DUE_END, hand_us() + takes_us);
    due->frame = effect->frame;
    due->path = mem_strdup(effect->path);
    due->outcome = outcome;
    cast(stage, effect);
}

static void on_stop(struct live_stage *stage, const struct effect *effect)
{
    struct due *due;

    await_actor(stage, effect->frame);
    due = agenda_find(&stage->agenda, DUE_END, effect->frame, 0);
    if (!due || due->us <= hand_us() + STOP_TAKES_US)
        return;
    outcome_fini(&due->outcome);
    due->outcome = (struct outcome){.exit_code = -1, .result = json_pack("{s:i}", "signal", SIGTERM)};
    agenda_move(&stage->agenda, due, hand_us() + STOP_TAKES_US);
}

static void on_kill(struct live_stage *stage, const struct effect *effect)
{
    struct due *due = agenda_find(&stage->agenda, DUE_END, effect->frame, 0);

    if (due)
        agenda_drop(&stage->agenda, due);
}

static void on_timer_set(struct live_stage *stage, const struct effect *effect)
{
    struct due *due = agenda_add(&stage->agenda, DUE_TIMER, effect->due_us);

    due->frame = effect->frame;
    due->timer = effect->timer;
}

static void on_timer_clear(struct live_stage *stage, const struct effect *effect)
{
    struct due *due = agenda_find(&stage->agenda, DUE_TIMER, effect->frame, effect->timer);

    if (due)
        agenda_drop(&stage->agenda, due);
}

static void on_effect(void *context, const struct effect *effect)
{
    static void (*const acts[])(struct live_stage *, const struct effect *) = {
        [EFFECT_START] = on_begin,
        [EFFECT_NOTIFY] = on_begin,
        [EFFECT_STOP] = on_stop,
        [EFFECT_KILL] = on_kill,
        [EFFECT_TIMER_SET] = on_timer_set,
        [EFFECT_TIMER_CLEAR] = on_timer_clear,
    };

    if (effect->type < sizeof(acts) / sizeof(acts[0]) && acts[effect->type])
        acts[effect->type](context, effect);
}

static void on_event(void *context, const struct event *event)
{
    struct live_stage *stage = context;

    if (event->cause)
        stage->is_said = false;
}

static void on_finished(void *context, enum run_status status, const char *message)
{
    struct live_stage *stage = context;

    (void)status, (void)message;
    stage->is_finished = true;
}

/* --- standing still --- */

static bool is_still(const struct live_stage *stage)
{
    const struct live *live = stage->live;

    return !live->first && !live->is_pumping && !live->is_stalled && !stage->loop->deferred_len &&
           live->jobs.len == stage->agenda.waiting && !stage->is_said;
}

static bool is_over(const struct live_stage *stage)
{
    return stage->is_finished || stage->is_impossible || stage->is_broken;
}

static void turn_loop(struct live_stage *stage)
{
    uv_run(&stage->loop->uv, UV_RUN_ONCE);
}

/* The kernel's timer fires at once, and the loop leaves it alone until then. */
static void kick_clock(struct loop *loop)
{
    const struct itimerspec at_once = {.it_value.tv_nsec = 1};

    loop->now_us = 0;
    loop->armed_us = 0;
    timerfd_settime(loop->clock.fd, 0, &at_once, NULL);
}

/* All timers that are due, the loop's own among them. */
static void fire_timers(struct live_stage *stage)
{
    for (size_t i = stage->agenda.count; i-- > 0;)
        if (stage->agenda.items[i].type == DUE_TIMER && stage->agenda.items[i].us <= hand_us())
            agenda_drop(&stage->agenda, &stage->agenda.items[i]);
    while (!is_over(stage) && timers_next(&stage->loop->timers) <= clock_mono_us()) {
        kick_clock(stage->loop);
        turn_loop(stage);
    }
}

static void ring(struct live_stage *stage)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "%s/runbook/%s.sock", stage->folder, STAGE_RUN_ID);
    if (fd < 0 || sendto(fd, "!", 1, MSG_NOSIGNAL, (struct sockaddr *)&address, sizeof(address)) < 0)
        fail(stage, "the run does not hear its bell", strerror(errno));
    close(fd);
}

/* The inbox is opened by one of the loop's own timers, and is read then. */
static void say(struct live_stage *stage, const struct happening *happening)
{
    struct inbox_item item = {.verb = word_of(happening->type)->verb,
        .path = happening->path ? happening->path : "",
        .name = happening->name ? happening->name : "",
        .by = happening->by,
        .data = happening->data,
        .wall_us = clock_wall_us()};
    struct err err;

    stage->is_said = true;
    if (journal_inbox_put(stage->people, live_run_id(stage->live), &item, &err) < 0)
        fail(stage, "the inbox took nothing in", err.text);
    fire_timers(stage);
    if (stage->is_said)
        ring(stage);
}

static void come_about(struct live_stage *stage, struct due *due)
{
    const struct happening *happening = due->happening;

    hand_move(due->us > hand_us() ? due->us : hand_us());
    if (due->type == DUE_END) {
        give_cue(stage, due);
        return;
    }
    agenda_drop(&stage->agenda, due);
    if (happening)
        say(stage, happening);
    else
        fire_timers(stage);
}

static enum live_end carry_out(struct live_stage *stage)
{
    while (!is_over(stage)) {
        struct due *due;

        if (!is_still(stage)) {
            turn_loop(stage);
            continue;
        }
        due = agenda_first(&stage->agenda);
        if (!due)
            return LIVE_WAITS;
        come_about(stage, due);
    }
    return stage->is_broken ? LIVE_BROKEN : stage->is_impossible ? LIVE_IMPOSSIBLE : LIVE_FINISHED;
}

/* --- the house --- */

static bool on_row(void *context, const struct event *event)
{
    struct event shown = *event;

    shown.data = json_copy(event->data);
    json_object_del(shown.data, "book"); /* nothing is pinned in virtual time */
    if (event->type == EVENT_RUN_STARTED)
        json_object_del(shown.data, "cwd"); /* nor does it stand anywhere */
    json_object_del(shown.data, "tzdata");  /* the one of this machine */
    stage_line(context, &shown);
    json_decref(shown.data);
    return true;
}

static void look_back(struct live_stage *stage)
{
    autotext struct text difference = {0};
    struct err err;

    journal_events(stage->journal, live_run_id(stage->live), 0, true, on_row, stage->log, &err);
    if (again(stage->journal, live_run_id(stage->live), &difference) < 0)
        fail(stage, "replayed, it goes another way", text_str(&difference));
}

/* Every secret that comes from the environment is there, or a step that needs it would not begin. */
static void give_secrets(const struct book *book)
{
    for (size_t d = 0; d < book->document_count; d++) {
        const struct items *secrets = &book->documents[d]->secrets;

        for (size_t i = 0; i < secrets->len; i++)
            if (((const struct secret *)secrets->items[i])->env)
                setenv(((const struct secret *)secrets->items[i])->env, "hush-hush", 1);
    }
}

static bool open_house(struct live_stage *stage)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    strcpy(stage->folder, "/tmp/runbook-stage-XXXXXX");
    if (!mkdtemp(stage->folder))
        return false;
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/:knock", stage->folder);
    stage->knocks = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (stage->knocks < 0 || bind(stage->knocks, (struct sockaddr *)&address, sizeof(address)) < 0 ||
        listen(stage->knocks, SOMAXCONN) < 0)
        return false;
    setenv(ACTOR_SOCKET, address.sun_path, 1);
    setenv("PATH", stage->folder, 1);
    setenv("XDG_RUNTIME_DIR", stage->folder, 1);
    give_secrets(stage->play->book);
    stage->watch = loop_watch_start(stage->loop, stage->knocks, on_knock, stage);
    return true;
}

static bool open_journals(struct live_stage *stage)
{
    char *path autofree = mem_printf("%s/:journal.db", stage->folder);
    struct journal_options options = {.path = path, .sync = JOURNAL_SYNC_NORMAL};
    struct err err;

    if (journal_open(&options, &stage->journal, &err) == 0 &&
        journal_open(&options, &stage->people, &err) == 0)
        return true;
    fail(stage, "no journal", err.text);
    return false;
}

static json_t *extra_of(const json_t *start)
{
    json_t *extra = json_copy((json_t *)start);

    for (const char *const *key = (const char *const[]){"params", "run", "seed", "nonce", NULL}; *key; key++)
        json_object_del(extra, *key);
    return extra;
}

static enum live_end play_run(struct live_stage *stage, json_t *extra)
{
    const struct live_play *play = stage->play;
    enum live_end end;
    struct err err;

    stage->live = live_new(&(struct live_options){.loop = stage->loop,
        .journal = stage->journal,
        .book = play->book,
        .script = play->script,
        .params = json_object_get(play->start, "params"),
        .start_extra = extra,
        .initiator = {"olga", "host", "test"},
        .watcher = {
            .on_event = on_event, .on_effect = on_effect, .on_finished = on_finished, .context = stage}});
    for (size_t i = 0; i < play->happening_count; i++)
        agenda_add(&stage->agenda, DUE_HAPPENING, play->happenings[i].at_us)->happening =
            &play->happenings[i].what;
    if (live_begin(stage->live, &err) < 0) {
        fail(stage, "the run did not begin", err.text);
        return LIVE_BROKEN;
    }
    end = carry_out(stage);
    live_park(stage->live);
    while (!stage->is_finished)
        turn_loop(stage);
    if (end == LIVE_FINISHED || end == LIVE_WAITS)
        look_back(stage);
    return stage->is_broken ? LIVE_BROKEN : end;
}

static int remove_one(const char *path, const struct stat *stat, int type, struct FTW *place)
{
    (void)stat, (void)type, (void)place;
    return remove(path);
}

static void close_house(struct live_stage *stage)
{
    journal_close(stage->people);
    journal_close(stage->journal);
    live_free(stage->live);
    loop_watch_free(stage->watch);
    agenda_fini(&stage->agenda);
    close(stage->knocks);
    loop_free(stage->loop);
    nftw(stage->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

enum live_end live_stage_play(const struct live_play *play, struct text *log)
{
    struct live_stage stage = {.play = play, .log = log, .loop = loop_new(), .knocks = -1};
    json_t *extra autovalue = extra_of(play->start);
    enum live_end end = LIVE_BROKEN;

    hand_move(0);
    if (!open_house(&stage))
        fail(&stage, "no stage", strerror(errno));
    else if (open_journals(&stage))
        end = play_run(&stage, extra);
    close_house(&stage);
    return end;
}
