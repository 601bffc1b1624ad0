// Attention of new queries over the caches of several sequences at once: decoding. One task a
// sequence and head, so that a step of many sequences is one run of the pool. Overwrites o.
#ifndef TENSOR_OP_ATTEND_H
#define TENSOR_OP_ATTEND_H

#include "tensor/exec.h"

#include <stdint.h>

typedef struct attend_sequence {
    size_t queries, keys;
    const float *q;          // [queries, ldq]
    const float *k, *v;      // [keys, heads * size]
    const uint32_t *visible; // [queries], never falling, <= keys
    float *o;                // [queries, heads * size]
} attend_sequence;

typedef struct op_attend {
    const attend_sequence *list; // [count]
    size_t count;
    size_t heads, size; // size: of a head, even
    size_t ldq;         // floats from one query to the next
    float scale;
    bool few; // queries: each by itself, its keys read where they lie (kernels/attention.h)
    const float *null_k, *null_v; // [heads * size], or NULL
} op_attend;

axl_status op_attend_run(const exec *ex, const op_attend *a, axl_error *err);

// Bytes of scratch for sequences of at most so many queries and keys.
size_t op_attend_scratch(const exec *ex, size_t queries, size_t keys, size_t size);

#endif
