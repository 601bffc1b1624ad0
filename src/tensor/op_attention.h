// Attention of a batch, one task a sequence and head. Forward overwrites o, row_max and row_sum;
// backward overwrites dq and ADDS into dk, dv, d_null_k and d_null_v.
//
//   s[t][j] = scale q[t].k[j]      p = softmax over what t sees      o[t] = sum p[t][j] v[j]
//
// Query t sees the keys first[t] .. visible[t]-1 of its own sequence and, where given, the null key
// of its head. One that sees nothing gets o = 0.
#ifndef TENSOR_OP_ATTENTION_H
#define TENSOR_OP_ATTENTION_H

#include "tensor/exec.h"
#include "tensor/view.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct op_attention_sizes {
    size_t batch, heads;
    size_t size;          // of a head, even
    size_t queries, keys; // of one sequence
    bool null_key;        // there is a null key and value
} op_attention_sizes;

// Rows of all matrices may be strided, so that q, k and v can be columns of one product.
typedef struct op_attention {
    op_attention_sizes sizes;
    float scale;
    view q;                  // [batch * queries, heads * size]
    view k, v;               // [batch * keys, heads * size]
    const uint32_t *first;   // [queries] or [batch, queries], never falling with t; NULL: 0
    const uint32_t *visible; // the same, <= keys
    bool limits_each;        // first and visible are [batch, queries], not shared by all sequences
    view null_k, null_v;     // [heads * size]; with null_key
    view o;                  // [batch * queries, heads * size]; forward writes, backward reads
    view row_max, row_sum;   // [batch, heads, queries]; the same
    view d_o;                // [batch * queries, heads * size] (this and the rest: backward)
    view dq;                 // [batch * queries, heads * size]
    view dk, dv;             // [batch * keys, heads * size]
    view d_null_k, d_null_v; // [heads * size]; with null_key
} op_attention;

axl_status op_attention_forward(const exec *ex, const op_attention *a, axl_error *err);
axl_status op_attention_backward(const exec *ex, const op_attention *a, axl_error *err);

// Bytes of scratch for ex's kernels and threads.
size_t op_attention_forward_scratch(const exec *ex, const op_attention_sizes *s);
size_t op_attention_backward_scratch(const exec *ex, const op_attention_sizes *s);

#endif
