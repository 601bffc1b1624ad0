// Incremental decoding: new bytes of several sequences through the model at once. Every scale
// computes the groups that are born by these bytes and nothing else; their keys and values go into
// the caches first, then queries read whole caches. Feeding bytes together or one by one gives the
// same states.
//
// A step has working memory for so many rows and sequences; it allocates nothing while it runs and
// may serve any caches of its model, one call at a time.
#ifndef MODEL_STEP_H
#define MODEL_STEP_H

#include "model/cache.h"
#include "model/frozen.h"

typedef struct stepper stepper;

typedef struct step_spec {
    size_t sequences; // most of one call
    size_t bytes;     // most new bytes of one call, over all sequences
    bool packed;      // pack weights and keys for few rows too: slower there, but then not one bit
                      // of a sequence's results depends on what else is in the call, nor on how
                      // many symbols come together
    bool apart;       // never pack, and let each symbol be attended by itself: slower for many, but
                      // then a result has the same bits as if every symbol had come in its own call
} step_spec;

typedef struct step_machine {
    const kernels *k;
    pool *p; // may be NULL
    const plan_memory *memory;
    size_t limit; // of memory, or PLAN_NO_LIMIT
} step_machine;

// m and what the machine names must outlive the step. On failure *out is NULL.
axl_status step_create(stepper **out, const frozen *m, const step_spec *spec,
                       const step_machine *machine, axl_error *err);
void step_free(stepper *s); // NULL is fine

// The rotations of every position in the window, for cache_slide; and the machine.
const rope_table *step_rope(const stepper *s);
const exec *step_exec(const stepper *s);

// Calls fn before every product, with its rows of activations; NULL: no longer. For measurements of
// what the matrices of a model meet.
typedef void step_observe_fn(void *ctx, const frozen_matrix *w, const float *x, size_t rows);
void step_observe(stepper *s, step_observe_fn *fn, void *ctx);

// One sequence of a call.
typedef struct step_item {
    cache *cache;
    const uint16_t *ids; // [count] new symbols, count >= 1 and at most cache_room
    size_t count;
    size_t wanted; // results of the last so many of them
    float *logits; // [wanted, V]; may be NULL when wanted is 0
    float *gates;  // [wanted, 3]: how the scales were weighted; NULL where nobody asks
    float *states; // [wanted, d]: the stream that enters the head; NULL where nobody asks
} step_item;

// Advances every cache by its new symbols. No cache may appear twice. On failure no cache has
// changed its length.
axl_status step_run(stepper *s, const step_item *items, size_t count, axl_error *err);

// Feeds any number of symbols to one cache, in parts that the step has room for, sliding the window
// where it is full. Results as of step_run; the cache of the item is not read.
axl_status step_feed(stepper *s, cache *c, const step_item *item, axl_error *err);

#endif
