#include "base/nearest.h"

#include <string.h>

enum { WORD_MAX = 64 };

static size_t min3(size_t a, size_t b, size_t c)
{
    size_t m = a < b ? a : b;

    return m < c ? m : c;
}

size_t edit_distance(const char *a, const char *b, size_t limit)
{
    size_t rows[3][WORD_MAX + 1], la = strlen(a), lb = strlen(b);
    size_t *before = rows[0], *above = rows[1], *row = rows[2];

    if (la > WORD_MAX || lb > WORD_MAX || (la > lb ? la - lb : lb - la) > limit)
        return limit + 1;
    for (size_t j = 0; j <= lb; j++)
        above[j] = j;
    for (size_t i = 1; i <= la; i++) {
        size_t *spare = before;

        row[0] = i;
        for (size_t j = 1; j <= lb; j++) {
            size_t cost = a[i - 1] != b[j - 1];

            row[j] = min3(above[j] + 1, row[j - 1] + 1, above[j - 1] + cost);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && before[j - 2] + 1 < row[j])
                row[j] = before[j - 2] + 1;
        }
        before = above;
        above = row;
        row = spare;
    }
    return above[lb] > limit ? limit + 1 : above[lb];
}

const char *nearest(const char *word, const char *const *candidates, size_t count)
{
    size_t best = strlen(word) / 3 > 1 ? strlen(word) / 3 : 1;
    const char *found = NULL;

    for (size_t i = 0; i < count; i++) {
        size_t distance = edit_distance(word, candidates[i], best);

        if (distance <= best && (!found || distance < best)) {
            best = distance;
            found = candidates[i];
        }
    }
    return found;
}
