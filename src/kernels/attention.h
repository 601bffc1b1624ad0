// Attention of one head, in strips of queries and blocks of keys: no T x T matrix ever exists. A
// query sees the keys first[t] .. visible[t]-1 (a window start and a visible length, both never
// falling with t) and, where given, one null key and value that is always visible.
//
//   s[t][j] = scale q[t].k[j]      p = softmax over what t sees      o[t] = sum p[t][j] v[j]
//
// What t does not see has no influence on o[t] and dq[t], not on one bit, be it infinite or NaN;
// nor has t on gradients of a key that it does not see.
#ifndef AXL_KERNELS_ATTENTION_H
#define AXL_KERNELS_ATTENTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The shape and inputs that forward and backward share. Rows are strided so that one head of a
// [T, heads * size] array is addressed in place.
typedef struct attention_head {
    size_t queries, keys, size; // size: of the head, even
    float scale;
    const float *q; // [queries, ldq], size used
    const float *k; // [keys, ldk]
    const float *v; // [keys, ldv]
    size_t ldq, ldk, ldv;
    const uint32_t *first;   // [queries], or NULL: 0
    const uint32_t *visible; // [queries], <= keys
    const float *null_k;     // [size], or NULL where there is no null key
    const float *null_v;     // [size]
} attention_head;

// row_max[t] = max of s over what t sees, row_sum[t] = sum of exp(s - max): kept for the backward
// pass. A query that sees nothing gets o = 0, row_max = 0, row_sum = 0.
//
// Where there is no `first`, the results of a query depend on what it sees and on `few`, and not on
// the queries beside it: the same bits however a text is cut into calls.
typedef struct attention_forward_args {
    attention_head head;
    bool few; // one or two queries: keys are read where they lie, and sums run in another order
    float *o; // [queries, ldo]
    size_t ldo;
    float *row_max, *row_sum; // [queries]
    void *scratch;            // forward_scratch(...) bytes, aligned to 64
} attention_forward_args;

// With D[t] = do[t].o[t] and ds = p (do.v - D):
//   dv[j] += sum p[t][j] do[t]
//   dk[j] += scale sum ds[t][j] q[t]
//   dq[t]  = scale sum ds[t][j] k[j]
typedef struct attention_backward_args {
    attention_head head;
    const float *o, *d_o; // [queries, ldo]
    size_t ldo;
    const float *row_max, *row_sum;
    float *dq; // [queries, lddq], written
    float *dk; // [keys, lddk], added to
    float *dv; // [keys, lddv], added to
    size_t lddq, lddk, lddv;
    float *d_null_k, *d_null_v; // [size], added to; NULL without a null key
    void *scratch;              // backward_scratch(...) bytes, aligned to 64
} attention_backward_args;

typedef void attention_forward_fn(const attention_forward_args *args);
typedef void attention_backward_fn(const attention_backward_args *args);
// Bytes of scratch for a head of at most these sizes, O(keys x size); the caller has checked that
// they are sane (queries, keys and size each below 2^24).
typedef size_t attention_scratch_fn(size_t queries, size_t keys, size_t size);

typedef struct attention_kernels {
    attention_forward_fn *forward;
    attention_backward_fn *backward;
    attention_scratch_fn *forward_scratch, *backward_scratch;
} attention_kernels;

#endif
