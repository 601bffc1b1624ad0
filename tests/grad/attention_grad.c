// Attention with a visible length and a window start per query, with and without a null key
#include "grad/grad.h"
#include "support/unit.h"
#include "tensor/op_attention.h"

#include <math.h>
#include <string.h>

#define QUERIES_MAX 64

typedef struct attention_shape {
    op_attention_sizes sizes;
    size_t per_query; // keys that become visible with each query
    size_t window;    // keys that a query sees at most; 0: all
    size_t ahead;     // keys that the first query sees
} attention_shape;

enum { Q, K, V, NULL_K, NULL_V };

static float scale_of(const attention_shape *s) {
    return 0.7f / sqrtf((float)s->sizes.size);
}

static uint32_t visible_at(const attention_shape *s, size_t t) {
    const size_t n = s->ahead + t * s->per_query;
    return (uint32_t)(n < s->sizes.keys ? n : s->sizes.keys);
}

static uint32_t first_at(const attention_shape *s, size_t t) {
    const uint32_t n = visible_at(s, t);
    return s->window > 0 && n > s->window ? n - (uint32_t)s->window : 0;
}

static double dot(const double *a, const double *b, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += a[i] * b[i];
    return sum;
}

// One query of one head: o = sum of exp(s) v / sum of exp(s), without any care for overflow.
static void attend(const grad_case *c, size_t b, size_t h, size_t t) {
    const attention_shape *s = c->shape;
    const size_t size = s->sizes.size, d = s->sizes.heads * size;
    const size_t row = (b * s->sizes.queries + t) * d + h * size;
    const double *q = c->in[Q].x + row, scale = scale_of(s);
    double *o = c->out[0].y + row, total = 0;
    memset(o, 0, size * sizeof *o);
    for (size_t j = first_at(s, t); j < visible_at(s, t); j++) {
        const size_t key = (b * s->sizes.keys + j) * d + h * size;
        const double p = exp(scale * dot(q, c->in[K].x + key, size));
        for (size_t i = 0; i < size; i++) o[i] += p * c->in[V].x[key + i];
        total += p;
    }
    if (s->sizes.null_key) {
        const double p = exp(scale * dot(q, c->in[NULL_K].x + h * size, size));
        for (size_t i = 0; i < size; i++) o[i] += p * c->in[NULL_V].x[h * size + i];
        total += p;
    }
    for (size_t i = 0; i < size && total > 0; i++) o[i] /= total;
}

static void reference(const grad_case *c) {
    const op_attention_sizes *s = &((const attention_shape *)c->shape)->sizes;
    for (size_t b = 0; b < s->batch; b++) {
        for (size_t h = 0; h < s->heads; h++) {
            for (size_t t = 0; t < s->queries; t++) attend(c, b, h, t);
        }
    }
}

static void run(const grad_case *c, const exec *ex) {
    const attention_shape *s = c->shape;
    const op_attention_sizes *z = &s->sizes;
    const size_t rows = z->batch * z->queries, keys = z->batch * z->keys, d = z->heads * z->size;
    uint32_t first[QUERIES_MAX], visible[QUERIES_MAX];
    float row_max[QUERIES_MAX * 8], row_sum[QUERIES_MAX * 8];
    assert_true(z->queries <= QUERIES_MAX && rows * z->heads <= COUNT_OF(row_max));
    for (size_t t = 0; t < z->queries; t++) {
        first[t] = first_at(s, t);
        visible[t] = visible_at(s, t);
    }
    op_attention a = {
        .sizes = *z,
        .scale = scale_of(s),
        .q = grad_view(c->in[Q].f, rows, d),
        .k = grad_view(c->in[K].f, keys, d),
        .v = grad_view(c->in[V].f, keys, d),
        .first = s->window > 0 ? first : NULL,
        .visible = visible,
        .o = grad_view(c->out[0].f, rows, d),
        .row_max = grad_view(row_max, z->batch * z->heads, z->queries),
        .row_sum = grad_view(row_sum, z->batch * z->heads, z->queries),
        .d_o = grad_view(c->out[0].grad, rows, d),
        .dq = grad_view(c->in[Q].gradient, rows, d),
        .dk = grad_view(c->in[K].gradient, keys, d),
        .dv = grad_view(c->in[V].gradient, keys, d),
    };
    if (z->null_key) {
        a.null_k = grad_view(c->in[NULL_K].f, z->heads, z->size);
        a.null_v = grad_view(c->in[NULL_V].f, z->heads, z->size);
        a.d_null_k = grad_view(c->in[NULL_K].gradient, z->heads, z->size);
        a.d_null_v = grad_view(c->in[NULL_V].gradient, z->heads, z->size);
    }
    axl_error err;
    grad_ok(op_attention_forward(ex, &a, &err), &err);
    grad_ok(op_attention_backward(ex, &a, &err), &err);
}

static size_t scratch_of(const op_attention_sizes *s) {
    size_t most = 0;
    for (int level = 0; level < KERNEL_LEVELS; level++) {
        kernels k;
        if (!kernels_select((kernel_level)level, &k)) continue;
        const exec ex = {.k = &k};
        const size_t forward = op_attention_forward_scratch(&ex, s);
        const size_t backward = op_attention_backward_scratch(&ex, s);
        most = forward > most ? forward : most;
        most = backward > most ? backward : most;
    }
    return most;
}

static void check(const attention_shape *s) {
    const op_attention_sizes *z = &s->sizes;
    const size_t d = z->heads * z->size;
    grad_case c = {.name = "attention", .shape = s, .reference = reference, .run = run};
    c.scratch_bytes = scratch_of(z);
    grad_in(&c, "q", z->batch * z->queries * d, false);
    grad_in(&c, "k", z->batch * z->keys * d, true);
    grad_in(&c, "v", z->batch * z->keys * d, true);
    if (z->null_key) {
        grad_in(&c, "null_k", d, true);
        grad_in(&c, "null_v", d, true);
    }
    grad_out(&c, "o", z->batch * z->queries * d);
    grad_check(&c);
}

static void self_attention_gradients(void **state) {
    (void)state;
    static const attention_shape shapes[] = {
        // batch, heads, size, queries, keys, null key; keys a query, window, ahead
        {{1, 1, 2, 3, 3, false}, 1, 0, 1},
        {{2, 1, 6, 5, 5, false}, 1, 0, 1},
        {{1, 2, 10, 17, 17, false}, 1, 0, 1},
        {{1, 1, 18, 33, 33, false}, 1, 0, 1},
        {{2, 1, 4, 19, 19, false}, 1, 5, 1},
        {{1, 1, 2, 53, 53, false}, 1, 0, 1}, // longer than a strip of queries
        {{1, 2, 2, 50, 50, false}, 1, 7, 1},
    };
    for (size_t i = 0; i < COUNT_OF(shapes); i++) check(&shapes[i]);
}

// The first queries see nothing but the null key.
static void cross_attention_gradients(void **state) {
    (void)state;
    static const attention_shape shapes[] = {
        {{2, 1, 4, 5, 2, true}, 1, 0, 0},      {{1, 2, 6, 9, 35, true}, 4, 0, 3},
        {{3, 1, 10, 7, 13, true}, 2, 0, 1},    {{1, 1, 34, 11, 21, true}, 2, 6, 0},
        {{1, 1, 2, 3, 270, true}, 100, 0, 70}, // more keys than one block
    };
    for (size_t i = 0; i < COUNT_OF(shapes); i++) check(&shapes[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(self_attention_gradients),
        cmocka_unit_test(cross_attention_gradients),
    };
    return cmocka_run_group_tests_name("attention_grad", tests, NULL, NULL);
}
