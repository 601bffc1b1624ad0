// Everything that a pass keeps, and where it lies. Internal to pass.c and pass_memory.c.
#ifndef MODEL_PASS_MEMORY_H
#define MODEL_PASS_MEMORY_H

#include "model/block.h"
#include "model/cross.h"
#include "model/fuse.h"
#include "model/head.h"
#include "model/pass.h"

// One scale: its residual stream, in the stack and after the stack's norm. n rows.
typedef struct pass_stream {
    view h, dh; // [n, d]: the stack, and its gradient (train)
    view r;     // [n]: of the stack's norm
    view e, de; // [n, d]: after the norm, through the cross rounds
} pass_stream;

struct pass {
    pass_spec spec; // as asked for
    size_t length;  // of a sequence, padded
    const param_table *table;
    exec ex;
    timeline time;
    rope_table rope;
    workspace work;
    plan plan;
    uint16_t *ids, *target; // [batch, length], padded
    pass_stream stream[MODEL_SCALES];
    block_state
        *blocks;  // [3 * n_layers], by scale, then layer; those that nobody keeps share memory
    view *inputs; // [3 * n_layers]: [n, d] of each block, with recompute
    cross_state *rounds; // [n_cross]
    fuse_state fuse;
    head_state head;
    view exit_de; // [n, d]: what the exit's loss adds to the gradient of e
};

// Sets plan and sizes: pass_memory_plan says the bytes, pass_memory_take allocates and makes every
// view point into the block. p->spec, table and ex are set.
axl_status pass_memory_plan(pass *p, const plan_memory *memory, axl_error *err);
axl_status pass_memory_take(pass *p, size_t limit, axl_error *err);
void pass_memory_free(pass *p);

#endif
