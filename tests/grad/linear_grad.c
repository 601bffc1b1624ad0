// y = x W^T in the three forms, of f32 and of bf16 operands
#include "base/alloc.h"
#include "grad/grad.h"
#include "support/unit.h"
#include "tensor/op_linear.h"

#include <string.h>

typedef struct linear_shape {
    size_t m, n, k;
    bool add; // dx is added to what is there
} linear_shape;

enum { X, W };

static void reference(const grad_case *c) {
    const linear_shape *s = c->shape;
    for (size_t i = 0; i < s->m; i++) {
        for (size_t j = 0; j < s->n; j++) {
            double sum = 0;
            for (size_t l = 0; l < s->k; l++) {
                sum += c->in[X].x[i * s->k + l] * c->in[W].x[j * s->k + l];
            }
            c->out[0].y[i * s->n + j] = sum;
        }
    }
}

// A view of the numbers as type; what it allocates is the caller's to free.
static view stored(const exec *ex, dtype type, const float *x, shape s) {
    view v;
    axl_error err;
    const size_t n = s.dim[0] * s.dim[1];
    void *data = mem_alloc(n * sizeof *x);
    assert_non_null(data);
    dtype_of(type)->from_f32(ex->k, data, x, n);
    grad_ok(view_make(&v, data, type, s, &err), &err);
    return v;
}

typedef struct product {
    linear_form form;
    view in, w, out;
    bool add;
} product;

static void multiply(const exec *ex, const product *p) {
    axl_error err;
    const size_t n = p->w.shape.dim[0], k = p->w.shape.dim[1];
    linear_panels panels = {.form = p->form};
    panels.data = mem_alloc_aligned(linear_panels_bytes(ex, p->w.type, p->form, n, k), EXEC_ALIGN);
    assert_non_null(panels.data);
    grad_ok(op_linear_pack(ex, &p->w, &panels, &err), &err);
    const op_linear a = {p->in, &panels, p->out, p->add};
    grad_ok(op_linear_apply(ex, &a, &err), &err);
    mem_free_aligned(panels.data);
}

static void run_as(const grad_case *c, const exec *ex, dtype type) {
    const linear_shape *s = c->shape;
    axl_error err;
    view x = stored(ex, type, c->in[X].f, SHAPE(s->m, s->k));
    view w = stored(ex, type, c->in[W].f, SHAPE(s->n, s->k));
    view dy = stored(ex, type, c->out[0].grad, SHAPE(s->m, s->n));
    multiply(ex, &(product){LINEAR_FORWARD, x, w, grad_view(c->out[0].f, s->m, s->n), false});
    multiply(ex, &(product){LINEAR_DX, dy, w, grad_view(c->in[X].gradient, s->m, s->k), s->add});
    const op_linear_dw dw = {x, dy, grad_view(c->in[W].gradient, s->n, s->k)};
    grad_ok(op_linear_add_dw(ex, &dw, &err), &err);
    mem_free(x.data);
    mem_free(w.data);
    mem_free(dy.data);
}

static void run_f32(const grad_case *c, const exec *ex) {
    run_as(c, ex, DTYPE_F32);
}

static void run_bf16(const grad_case *c, const exec *ex) {
    run_as(c, ex, DTYPE_BF16);
}

// Drops the bits of the numbers that bf16 does not have.
static void cut_to_bf16(size_t n, float *f, double *x) {
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, f + i, sizeof bits);
        bits &= 0xFFFF0000u;
        memcpy(f + i, &bits, sizeof bits);
        x[i] = (double)f[i];
    }
}

static size_t scratch_of(dtype type, const linear_shape *s) {
    size_t most = 0;
    for (int level = 0; level < KERNEL_LEVELS; level++) {
        kernels k;
        if (!kernels_select((kernel_level)level, &k)) continue;
        const exec ex = {.k = &k};
        const size_t bytes = op_linear_scratch(&ex, type, s->m, s->n, s->k);
        most = bytes > most ? bytes : most;
    }
    return most;
}

static void check(dtype type) {
    static const linear_shape shapes[] = {
        {1, 1, 1, false},   {3, 2, 5, true},   {7, 17, 33, false},
        {13, 40, 9, true},  {26, 9, 40, true}, {2, 3, 1027, false}, // more than one block of k
        {515, 2, 3, false},                                         // more than one round of dw
    };
    const bool bf = type == DTYPE_BF16;
    for (size_t i = 0; i < COUNT_OF(shapes); i++) {
        const linear_shape *s = &shapes[i];
        grad_case c = {.name = bf ? "linear bf16" : "linear f32", .shape = s};
        c.reference = reference;
        c.run = bf ? run_bf16 : run_f32;
        c.scratch_bytes = scratch_of(type, s);
        grad_input *x = grad_in(&c, "x", s->m * s->k, s->add);
        grad_input *w = grad_in(&c, "W", s->n * s->k, true);
        grad_output *y = grad_out(&c, "y", s->m * s->n);
        if (bf) {
            cut_to_bf16(x->n, x->f, x->x);
            cut_to_bf16(w->n, w->f, w->x);
            cut_to_bf16(y->n, y->grad, y->w);
        }
        grad_check(&c);
    }
}

static void linear_gradients(void **state) {
    (void)state;
    check(DTYPE_F32);
}

static void linear_gradients_of_bf16(void **state) {
    (void)state;
    check(DTYPE_BF16);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(linear_gradients),
        cmocka_unit_test(linear_gradients_of_bf16),
    };
    return cmocka_run_group_tests_name("linear_grad", tests, NULL, NULL);
}
