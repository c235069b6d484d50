#include "drive/words.h"
#include "base/mem.h"

#include <string.h>

static const struct word words[] = {
    {"ack", INPUT_ACK, NULL},
    {"resolve", INPUT_RESOLVE, NULL},
    {"escalate", INPUT_PRESS, NULL},
    {"snooze", INPUT_SNOOZE, NULL},
    {"note", INPUT_NOTE, NULL},
    {"signal", INPUT_SIGNAL, NULL},
    {"cancel", INPUT_CANCEL, NULL},
    {"kill", INPUT_KILL, NULL},
    {"answer", INPUT_ANSWER, "answer"},
    {"approve", INPUT_ANSWER, "approve"},
    {"deny", INPUT_ANSWER, "deny"},
    {"done", INPUT_ANSWER, "done"},
};

enum { WORD_COUNT = sizeof(words) / sizeof(words[0]) };

const struct word *word_find(const char *verb)
{
    for (size_t i = 0; i < WORD_COUNT; i++)
        if (strcmp(words[i].verb, verb) == 0)
            return &words[i];
    return NULL;
}

const struct word *word_of(enum input_type type)
{
    for (size_t i = 0; i < WORD_COUNT; i++)
        if (words[i].type == type)
            return &words[i];
    return NULL;
}

char *word_refusal(const char *verb, const char *path, const char *why)
{
    return mem_printf("\"%s%s%s\" was refused: %s", verb, *path ? " " : "", path, why);
}
