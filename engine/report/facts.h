/* facts: one run, folded from its events into what people ask about: its steps, its questions, its
 * escalations, its people, its deadlines and what was said. `show`, `timeline`, `report` and every other
 * account of a run are drawn from this. */
#ifndef REPORT_FACTS_H
#define REPORT_FACTS_H

#include "base/map.h"
#include "base/mem.h"
#include "journal/journal.h"

enum row_type { ROW_STEP, ROW_ESCALATION, ROW_PERSON, ROW_DEADLINE };

/* A moment worth a sign on a row's bar. From the least to the most important: the later one wins a column. */
enum mark_type {
    MARK_NOTE,
    MARK_RETRY,
    MARK_ANSWER,
    MARK_ASK,
    MARK_ACK,
    MARK_PAGE,
    MARK_DUE,
    MARK_LOST,
    MARK_MISSED,
    MARK_FAILED,
    MARK_COUNT
};

/* All times are mono_us: since the run's start. */
struct mark {
    int64_t at_us;
    enum mark_type type;
    uint64_t seq; /* of the event that tells of it */
};

/* SPAN_WAIT: nothing was carried out, there was a pause before a retry, a timer, a question; a person had
 * been paged or asked. SPAN_WORK, of people: somebody had acknowledged and was on it; of deadlines: it went
 * on too late. */
enum span_type { SPAN_WAIT, SPAN_WORK };

struct span {
    int64_t from_us, to_us; /* to_us -1: still open */
    enum span_type type;
};

/* One step instance, one escalation, one person or one deadline. Strings belong to the facts. */
struct row {
    enum row_type type;
    const char *path;         /* of the frame, without its attempt; the name of an escalation or a person */
    const char *label;        /* last part of the path */
    const char *kind, *title; /* "" when the journal does not say */
    const char *work;         /* what it did: "kubectl get pods", "GET http://…"; "" */
    size_t depth;
    enum step_status status;
    enum fail_class class_;
    int exit_code, attempts;
    int64_t started_us, finished_us; /* -1: not (yet) */
    int64_t due_us;                  /* of the timer or the retry it waits for, -1 = none */
    const char *message;             /* of the failure, or why it was skipped; "" */
    const char *signal;              /* that it waits for, "" */
    const char *by;                  /* who answered or acknowledged, "" */
    const char *decision;            /* "approve", "deny", "done", "answer"; "" */
    json_t *ask;                     /* what was asked: {kind, message, …}; NULL = nothing */
    bool is_block;                   /* it only holds the rows under it */
    bool is_instant;                 /* done as soon as it was come to: nothing was under way */
    bool is_tolerated;               /* it failed, and the run went on */
    bool is_polling;                 /* its attempts are the passes of an `until`, not retries */
    bool is_open;                    /* the question waits for somebody; the escalation is not closed */
    bool is_acknowledged;
    bool is_exhausted;       /* everybody was paged, and nobody acknowledged */
    int64_t acknowledged_us; /* the first time; -1 = never */
    size_t answers;          /* that the question has had; an approval may want several */
    int level;               /* of an escalation: the last one that was paged, from 1 */
    const char *paged;       /* of an escalation: who has been paged at this level, "ana, bo"; "" */
    size_t pages, pages_failed;
    struct span *spans;
    size_t span_count, span_cap;
    struct mark *marks;
    size_t mark_count, mark_cap;
};

/* One event in plain words. */
struct fact_event {
    uint64_t seq;
    int64_t wall_us, mono_us;
    enum event_type type;
    enum fail_class class_;
    int status;
    const char *path, *by, *words;
    const char *note;  /* what somebody said, without a name before it; "" */
    uint64_t corrects; /* the seq of the event that this one corrects; 0 = none */
    bool is_quiet;     /* of interest only to who wants everything */
    bool is_after;     /* said when the run had ended */
};

struct facts {
    struct arena arena;
    bool only_news;     /* may be set at the beginning: quiet events are folded and not kept */
    struct run_row run; /* strings belong to the arena */
    struct row *rows;   /* after facts_end in the order of the tree, a child under its parent */
    size_t row_count, row_cap;
    struct row *people;    /* who was paged, asked or said something; in order of appearance */
    struct row *deadlines; /* in order of appearance; the run's own has the path "" */
    size_t person_count, person_cap, deadline_count, deadline_cap;
    struct fact_event *events;
    size_t event_count, event_cap;
    size_t *corrections; /* indices of the events that correct others */
    size_t correction_count, correction_cap;
    size_t last_step;   /* while events come in: of the step told of last, index + 1 of its row; 0 = none */
    struct map by_path; /* path, or "!" and an escalation's name -> index + 1 of its row */
    struct map others;  /* "@" and a person's name, "^" and a deadline's path -> index + 1 */
    int64_t end_us;     /* mono: the run's end, else the present */
    int64_t start_wall_us; /* mono 0; of a run that took over what came before, as if that had just been */
    int64_t own_us;        /* mono: where what was taken over from another run ends; 0 = nothing was */
    size_t retries, pages, pages_failed, notes, missed, tolerated, afterwards;
    size_t counts[STEP_STATUS_COUNT]; /* steps that hold no others, by status */
    json_t *outputs;                  /* what the run came to, once it succeeded; NULL = none */
    const char *failed_path;          /* of the step that failed the run, as far as the journal says; "" */
};

/* Fold by hand, for tests and watchers: init, add events in order, end. `now_wall_us` is where open bars end.
 */
void facts_init(struct facts *facts, const struct run_row *run);
void facts_add(struct facts *facts, const struct event *event);
void facts_end(struct facts *facts, int64_t now_wall_us);
void facts_fini(struct facts *facts);

/* All of it from the journal. */
int facts_read(struct journal *journal, const char *run_id, int64_t now_wall_us, struct facts *ret_facts,
    struct err *err);

/* The row of a step's path ("deploy/verify", with or without "#2") or unique last part ("verify"); NULL when
 * there is none or more than one. */
const struct row *facts_find(const struct facts *facts, const char *path);
/* Worth a line for people. The start of a step says nothing when its end is told too, the end of a block
 * repeats what its steps came to, and the end of a question what its answer was. */
bool facts_is_news(const struct facts *facts, const struct fact_event *event);
/* Where a row ends that has begun: the present, while it goes on. */
int64_t row_end(const struct facts *facts, const struct row *row);
bool facts_is_over(const struct facts *facts);
/* Did it begin before the run's end? Who only spoke afterwards has no lane. */
bool row_is_drawn(const struct facts *facts, const struct row *row);
/* The stable name of a mark: "page", "missed". */
const char *mark_name(enum mark_type type);
/* The step that made the run fail, or NULL. */
const struct row *facts_culprit(const struct facts *facts);

#endif
