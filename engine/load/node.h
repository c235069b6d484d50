/* node: the YAML of one file as a tree of typed values that know their place. Aliases share their node, so
 * the tree is a graph without cycles; its size counts every use, and is capped. */
#ifndef LOAD_NODE_H
#define LOAD_NODE_H

#include "base/mem.h"
#include "model/diag.h"

#include <stdbool.h>
#include <stdint.h>

/* What a hostile file could otherwise make large. */
enum {
    LOAD_MAX_BYTES = 1024 * 1024,
    LOAD_MAX_DEPTH = 144,    /* 64 blocks in each other, at two levels each, and what their steps hold */
    LOAD_MAX_NODES = 100000, /* after the expansion of aliases */
    LOAD_MAX_TEXT = 16 * 1024 * 1024, /* bytes, after the expansion of aliases */
    LOAD_MAX_STEPS = 10000,
    LOAD_MAX_CALLS = 16,
};

enum node_type { NODE_NULL, NODE_BOOL, NODE_INTEGER, NODE_NUMBER, NODE_STRING, NODE_LIST, NODE_MAP };

struct pair {
    struct node *key; /* a scalar */
    struct node *value;
};

/* There is one for every word of the file: it is kept small. */
struct node {
    enum node_type type : 8;
    uint8_t height;      /* of the tree below: a scalar has 0 */
    bool is_quoted;      /* a scalar that was written in quotes or as a block */
    bool is_single_line; /* it begins and ends in one line of the file */
    bool has_expr;       /* ${{ stands in it or below it */
    bool is_open;        /* the file broke off inside it: what is missing may follow */
    uint32_t weight;     /* nodes of the tree below and itself, each alias counted in full */
    uint32_t bytes;      /* of the texts in it, each alias counted in full */
    uint32_t line, column, length;
    uint32_t len; /* bytes of text, items or pairs */
    union {
        const char *text; /* scalars, as written */
        struct node **items;
        struct pair *pairs;
    };
    union {
        bool boolean;
        int64_t integer;
        double number;
        struct {
            uint32_t begin, end; /* a text with has_expr: where its bytes stand in the source */
        };
    };
};

/* Nodes live in `nodes`; the text of scalars in `texts`, which may outlive them. */
struct tree {
    const struct source *source;
    struct diags *diags;
    struct arena *nodes, *texts;
    struct node *root; /* NULL when there is none */
    bool is_broken;    /* reading stopped at an error */
};

/* Read the text of tree->source into tree->root. */
void tree_read(struct tree *tree);

struct pos node_pos(const struct source *source, const struct node *node);
/* Decide what a plain scalar is: YAML 1.2, core schema. */
void scalar_resolve(struct node *node);
/* The value under `key`, or NULL. */
struct node *node_get(const struct node *map, const char *key);
/* "the integer 12", "a list", … for messages. */
const char *node_describe(struct arena *arena, const struct node *node);
/* Plain data, without looking for ${{ }}. New reference. */
json_t *node_json(const struct node *node);

#endif
