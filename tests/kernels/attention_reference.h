// Attention in double precision by plain loops over a table of who sees whom, and its gradients by
// the chain rule; beside each number the sum of magnitudes behind it.
#ifndef AXL_TESTS_ATTENTION_REFERENCE_H
#define AXL_TESTS_ATTENTION_REFERENCE_H

#include <stdbool.h>
#include <stddef.h>

// One head, everything dense. sees[t * keys + j] for key j; the null key is always seen.
typedef struct reference {
    size_t queries, keys, size;
    double scale;
    bool null;
    const unsigned char *sees;        // [queries, keys]
    double *q, *k, *v, *d_o;          // [queries or keys, size]
    double *null_k, *null_v;          // [size]
    double *o, *o_sum;                // [queries, size] result, and sum |p v|
    double *max, *sum;                // [queries]
    double *dq, *dk, *dv;             // gradients, starting from zero
    double *dq_sum, *dk_sum, *dv_sum; // magnitudes behind them
    double *d_null_k, *d_null_v, *d_null_k_sum, *d_null_v_sum;
    double *p; // [keys + 1], of one query; the null key last
} reference;

// Zeroed arrays for these sizes.
void reference_alloc(reference *r);
void reference_free(reference *r);
void reference_forward(reference *r);
void reference_backward(reference *r);
// sum of o * d_o
double reference_loss(reference *r);

#endif
