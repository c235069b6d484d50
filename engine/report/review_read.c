/* What failed steps printed: the last lines of the last attempt, as they came. */
#include "report/review.h"

#include <string.h>

enum { EXCERPTS_MOST = 5, LINES_MOST = 20, BYTES_KEPT = 8192 };

struct tail {
    struct text text;
    bool is_cut;
};

static bool keep_tail(void *context, const struct output_chunk *chunk)
{
    struct tail *tail = context;
    size_t len = chunk->len < BYTES_KEPT ? chunk->len : BYTES_KEPT;
    tail->is_cut = tail->is_cut || chunk->omitted || len < chunk->len;
    text_add(&tail->text, chunk->bytes + chunk->len - len, len);
    if (tail->text.len > BYTES_KEPT) {
        size_t over = tail->text.len - BYTES_KEPT;
        memmove(tail->text.ptr, tail->text.ptr + over, BYTES_KEPT);
        tail->text.len = BYTES_KEPT;
        tail->is_cut = true;
    }
    return true;
}

/* The last lines only. */
static void add_excerpt(struct review *review, const struct row *row, const struct tail *tail)
{
    const char *bytes = text_str(&tail->text), *end = bytes + tail->text.len, *from = end;
    size_t lines = 0;
    while (end > bytes && (end[-1] == '\n' || end[-1] == '\r'))
        end--;
    for (; from > bytes && lines < LINES_MOST; from--)
        lines += from[-1] == '\n';
    from += lines == LINES_MOST;
    if (from >= end)
        return;
    review->excerpts =
        mem_grow(review->excerpts, review->excerpt_count, &review->excerpt_cap, sizeof *review->excerpts);
    size_t len = (size_t)(end - from);
    review->excerpts[review->excerpt_count++] =
        (struct excerpt){row, arena_strndup(&review->arena, from, len), len, tail->is_cut || from > bytes};
}

static int read_excerpt(
    struct review *review, const struct row *row, struct journal *journal, struct err *err)
{
    autofree char *path =
        row->attempts > 1 ? mem_printf("%s#%d", row->path, row->attempts) : mem_strdup(row->path);
    struct tail tail = {0};
    int64_t after = 0;
    int code = journal_output(journal, review->facts->run.id, path, &after, keep_tail, &tail, err);
    if (code == 0)
        add_excerpt(review, row, &tail);
    text_fini(&tail.text);
    return code;
}

int review_read(struct review *review, const struct facts *facts, struct journal *journal, struct err *err)
{
    int code = 0;
    review_init(review, facts);
    for (size_t i = 0; i < facts->row_count && review->excerpt_count < EXCERPTS_MOST && code == 0; i++) {
        const struct row *row = &facts->rows[i];
        if (row->type == ROW_STEP && row->status == STEP_FAILED && !row->is_block)
            code = read_excerpt(review, row, journal, err);
    }
    if (code < 0)
        review_fini(review);
    return code;
}
