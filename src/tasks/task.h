// Training pairs made of real Python: what a model is asked, and the answer, which is known to be
// right because the question was made of it.
//
// A maker sees one file at a time and puts pairs into it. What is random comes from the file's
// dice, which depend on the seed, the task and where the file is from (its project, its path and
// its line of a JSONL) alone, so that neither the number of threads nor other files change a pair.
#ifndef TASKS_TASK_H
#define TASKS_TASK_H

#include "base/buf.h"
#include "base/rng.h"
#include "python/python_walk.h"
#include "sandbox/sandbox.h"

#include <axl/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct task_dice {
    rng key;
    uint64_t rolls; // so far
} task_dice;

static inline uint64_t task_roll(task_dice *d, uint64_t bound) {
    return rng_below(d->key, d->rolls++, bound);
}

// A number of a text, for dice and for choices that must not depend on an order.
uint64_t task_hash(const void *text, size_t bytes);

// ---- what is made ----

#define TASK_KIND_MAX 24
typedef struct task_pair {
    char kind[TASK_KIND_MAX];       // which of the task's questions it is
    uint32_t line;                  // of the file, from 1; 0: of none of its lines
    uint64_t source;                // hash of the code that it was made of
    size_t prompt, completion, end; // places in the text of its list
} task_pair;

// {.longest = bytes} is empty. Failure is sticky: one look at failed in the end is enough.
typedef struct task_pairs {
    buf text;        // prompts and completions behind each other
    task_pair *pair; // [count], owned
    size_t count, capacity;
    uint64_t source;   // of the pairs that follow
    size_t longest;    // bytes of prompt and completion together; longer pairs are left out
    uint64_t too_long; // that were left out
    bool failed;       // no memory
} task_pairs;

void task_pairs_free(task_pairs *p);

// Begins a pair; the prompt is what is appended to p->text until task_answer, the completion what
// is appended until task_done. task_drop forgets it.
void task_begin(task_pairs *p, const char *kind, uint32_t line);
void task_answer(task_pairs *p);
void task_done(task_pairs *p);
void task_drop(task_pairs *p);

// A file and everything that its makers need. Borrowed, but for the pairs.
typedef struct task_file {
    python_tree tree;      // of the file's text; valid
    python_parser *parser; // for texts that makers write
    const sandbox *box;    // NULL for makers that run nothing
    bool held;             // the file is of a held-out project
    task_dice dice;
    task_pairs pairs;
} task_file;

typedef axl_status task_maker(task_file *f, axl_error *err);

// ---- tasks ----

typedef struct task {
    const char *name;
    const char *about; // half a line
    task_maker *make;  // once for each file
    bool runs;         // needs the sandbox
} task;

#define TASKS_MAX 16
extern const task task_list[];
extern const size_t task_count;
const task *task_find(const char *name); // NULL: there is none

task_maker task_make_docs, task_make_comment, task_make_refactor, task_make_testgen,
    task_make_secure, task_make_debug, task_make_fix, task_make_chat, task_make_reasoning,
    task_make_translate;

#endif
