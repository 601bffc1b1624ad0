// Edges between the tokens of a program, for codebleu_flow.c. Everything that returns bool is false
// where memory runs out.
#ifndef EVAL_CODEBLEU_EDGES_H
#define EVAL_CODEBLEU_EDGES_H

#include "base/buf.h"
#include "python/python_walk.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct flow_list {
    uint32_t *item; // [count], owned
    size_t count, capacity;
} flow_list;

bool flow_list_add(flow_list *l, uint32_t item);
void flow_list_free(flow_list *l);

typedef enum flow_relation { FLOW_COMES_FROM, FLOW_COMPUTED_FROM } flow_relation;

// A use of the name of a token, and where its value comes from. names may hold a name more often
// than places.
typedef struct flow_edge {
    uint32_t token;
    flow_relation relation;
    flow_list names;  // numbers of names
    flow_list places; // tokens
} flow_edge;

typedef struct flow {
    buf text;          // the names, a zero byte behind each
    flow_list name_at; // where each begins in text
    uint32_t *token;   // [tokens]: the number of its name; owned
    size_t tokens, token_capacity;
    flow_edge *edge; // [count], owned
    size_t count, capacity;
} flow;

void flow_free(flow *f);

// The next token. Its line breaks are left out of its name.
bool flow_token(flow *f, python_span text);
const char *flow_text(const flow *f, uint32_t name);

// An edge to the places from, each with its name; NULL: to none. One to places that are known for
// the token's own name has that name once.
bool flow_add(flow *f, uint32_t token, flow_relation relation, const flow_list *from);
bool flow_add_known(flow *f, uint32_t token, const flow_list *places);

// Makes one of the edges from that number on that are for the same token and relation.
bool flow_merge(flow *f, size_t from);

// Puts the entries, each once, in the order in which CPython goes through a set that was made of
// this list. The reference implementation makes sets of names and lists of sets, so its scores
// depend on that order; codebleu_order.c says with which key.
bool flow_order_names(const flow *f, flow_list *names);

// Sorts the edges, drops those that nothing leads to or from, makes one of those of a token, and
// numbers the names in the order in which they appear.
bool flow_finish(flow *f);

// How many edges of r the program p has as well, each counted once. Both are finished.
size_t flow_matches(const flow *r, const flow *p);

// ---- where the value of each name may come from at a point of the program ----

typedef struct flow_state {
    flow_list *of; // [count], by the number of the name; an empty list: not known; owned
    size_t count;
} flow_state;

bool flow_state_set(flow_state *s, uint32_t name, uint32_t place);
const flow_list *flow_state_get(const flow_state *s, uint32_t name); // NULL: not known
bool flow_state_copy(flow_state *to, const flow_state *from);
bool flow_state_join(flow_state *to, const flow_state *from); // each place once, in order
void flow_state_free(flow_state *s);

#endif
