// What a sequence remembers: its last bytes, the keys and values of every scale, layer and pair,
// and the final states that upsampling reads. A new byte adds to it and changes nothing in it.
//
// Positions are those of the window: the first byte that is still known is 0. When the window of
// max_seq_len bytes is full, the oldest quarter of it (in whole coarse groups) is forgotten before
// the next byte; what remains moves up and its keys are rotated back by as much, so that all
// positions stay below max_seq_len, as in training. States keep what they have seen, as always.
// When that happens depends on the number of bytes alone, not on how they came.
#ifndef MODEL_CACHE_H
#define MODEL_CACHE_H

#include "model/params.h"
#include "tensor/exec.h"
#include "tensor/plan.h"
#include "tensor/rope_table.h"

// Keys and values of one attention, [states of the source scale, d] each.
typedef struct cache_lane {
    float *k, *v;
} cache_lane;

typedef struct cache {
    const model_config *config;
    size_t window;     // bytes: max_seq_len
    size_t length;     // bytes known, <= window: the position of the next one
    uint64_t gone;     // bytes before them that were forgotten
    uint16_t *ids;     // [window]
    uint32_t *back;    // [window]: how far the keys are rotated back when the window slides
    cache_lane *self;  // [3 * n_layers], by scale, then layer
    cache_lane *cross; // [n_cross, 6], by round, then pair_index
    float *final[MODEL_SCALES]; // 1 and 2: [states + 1, d], the start state first
    void *block;                // owned
    size_t bytes;               // of block
    const plan_memory *memory;
} cache;

// Bytes of a cache for this model. config_check has passed.
size_t cache_bytes(const model_config *c);

// start: the start states [d] of scales 1 and 2 (start[0] is not read). memory and config must
// outlive the cache; memory NULL: base/alloc.h. On failure nothing is left to free.
axl_status cache_create(cache *out, const model_config *c, const float *const start[MODEL_SCALES],
                        const plan_memory *memory, axl_error *err);
void cache_free(cache *c);

// Forgets everything from byte `length` of the window on, a multiple of 4 or the whole length.
axl_status cache_truncate(cache *c, size_t length, axl_error *err);

// Takes back the newest symbols, so that `length` are left: any number of them, as no state of the
// ones that stay has read a later one. For drafts that turn out wrong; what is kept for longer is
// cut with cache_truncate, in whole groups, which every form of a cache can do.
void cache_retract(cache *c, size_t length);

// Makes `to` equal to `from`; both of one model.
void cache_copy(cache *to, const cache *from);

// Bytes that can be added before something must be forgotten.
size_t cache_room(const cache *c);

// Forgets the oldest bytes when there is no room. rope: a table of at least `window` positions.
axl_status cache_slide(cache *c, const exec *ex, const rope_table *rope, axl_error *err);

// Bytes that are forgotten at a time.
size_t cache_stride(const model_config *c);

#endif
