/* review: what one asks the morning after. How long until somebody was there, until it was better, until it
 * was over; what was late; what people noted about impact, cause and what is to be done. All of it follows
 * from the facts of the run. */
#ifndef REPORT_REVIEW_H
#define REPORT_REVIEW_H

#include "report/facts.h"
#include "report/prose.h"

/* A note that begins with one of these words and a colon belongs to that part of the report. */
enum note_type { NOTE_PLAIN, NOTE_IMPACT, NOTE_CAUSE, NOTE_MITIGATED, NOTE_FOLLOW_UP, NOTE_COUNT };

struct late {
    int64_t at_us, by_us; /* by_us -1: nobody knows by how much */
    const char *words;
};

/* The end of what a failed step printed. */
struct excerpt {
    const struct row *row;
    const char *bytes;
    size_t len;
    bool is_cut; /* there was more before it */
};

struct review {
    const struct facts *facts; /* outlives the review */
    struct arena arena;
    int64_t began_us; /* the first page was ordered, or the run began; mono, as all here */
    bool was_paged;   /* there was an escalation */
    int64_t acknowledged_us, mitigated_us, resolved_us; /* -1: never */
    struct late *lates;
    size_t late_count, late_cap;
    struct excerpt *excerpts;
    size_t excerpt_count, excerpt_cap;
};

/* From the facts alone; there are no excerpts then. */
void review_init(struct review *review, const struct facts *facts);
void review_fini(struct review *review);
/* With what the steps printed that failed. */
int review_read(struct review *review, const struct facts *facts, struct journal *journal, struct err *err);
/* To what part of the report a note belongs, and what it says there: without the word. */
enum note_type note_type(const struct fact_event *event, const char **ret_text);
/* "12m", or why there is none: "nobody acknowledged". `ret` holds it if need be. */
enum { REVIEW_TEXT_SIZE = 64 };
const char *review_acknowledged(const struct review *review, char ret[REVIEW_TEXT_SIZE]);
const char *review_mitigated(const struct review *review, char ret[REVIEW_TEXT_SIZE]);
const char *review_resolved(const struct review *review, char ret[REVIEW_TEXT_SIZE]);

/* The report as Markdown, as one page, and for programs (a new reference). */
void review_markdown(const struct review *review, struct text *text);
void review_html(const struct review *review, struct text *text);
json_t *review_json(const struct review *review);

#endif
