// y = a * b / (1 + exp(-b)), with contiguous operands and with a and b as halves of one product
#include "grad/grad.h"
#include "support/unit.h"
#include "tensor/op_swiglu.h"

#include <math.h>
#include <string.h>

typedef struct swiglu_shape {
    size_t rows, d;
} swiglu_shape;

enum { A, B };

static void reference(const grad_case *c) {
    for (size_t i = 0; i < c->out[0].n; i++) {
        const double a = c->in[A].x[i], b = c->in[B].x[i];
        c->out[0].y[i] = a * b / (1 + exp(-b));
    }
}

static void run(const grad_case *c, const exec *ex) {
    const swiglu_shape *s = c->shape;
    axl_error err;
    const op_swiglu op = {
        .a = grad_view(c->in[A].f, s->rows, s->d),
        .b = grad_view(c->in[B].f, s->rows, s->d),
        .y = grad_view(c->out[0].f, s->rows, s->d),
        .dy = grad_view(c->out[0].grad, s->rows, s->d),
        .da = grad_view(c->in[A].gradient, s->rows, s->d),
        .db = grad_view(c->in[B].gradient, s->rows, s->d),
    };
    grad_ok(op_swiglu_forward(ex, &op, &err), &err);
    grad_ok(op_swiglu_backward(ex, &op, &err), &err);
}

// Columns 0..d-1 of a product are a, d..2d-1 are b, and so are their gradients.
static void run_halves(const grad_case *c, const exec *ex) {
    const swiglu_shape *s = c->shape;
    const size_t d = s->d;
    float product[512], gradient[512];
    assert_true(2 * s->rows * d <= COUNT_OF(product));
    for (size_t r = 0; r < s->rows; r++) {
        memcpy(product + 2 * r * d, c->in[A].f + r * d, d * sizeof(float));
        memcpy(product + 2 * r * d + d, c->in[B].f + r * d, d * sizeof(float));
    }
    axl_error err;
    op_swiglu op = {
        .a = grad_view(product, s->rows, 2 * d),
        .b = grad_view(product, s->rows, 2 * d),
        .y = grad_view(c->out[0].f, s->rows, d),
        .dy = grad_view(c->out[0].grad, s->rows, d),
        .da = grad_view(gradient, s->rows, 2 * d),
        .db = grad_view(gradient, s->rows, 2 * d),
    };
    grad_ok(view_slice(&op.a, 1, 0, d, &err), &err);
    grad_ok(view_slice(&op.b, 1, d, d, &err), &err);
    grad_ok(view_slice(&op.da, 1, 0, d, &err), &err);
    grad_ok(view_slice(&op.db, 1, d, d, &err), &err);
    grad_ok(op_swiglu_forward(ex, &op, &err), &err);
    grad_ok(op_swiglu_backward(ex, &op, &err), &err);
    for (size_t r = 0; r < s->rows; r++) {
        memcpy(c->in[A].gradient + r * d, gradient + 2 * r * d, d * sizeof(float));
        memcpy(c->in[B].gradient + r * d, gradient + 2 * r * d + d, d * sizeof(float));
    }
}

static void check(const char *name, grad_run *run_with) {
    static const swiglu_shape shapes[] = {{1, 1}, {3, 5}, {5, 17}, {7, 33}, {2, 100}};
    for (size_t i = 0; i < COUNT_OF(shapes); i++) {
        const swiglu_shape *s = &shapes[i];
        grad_case c = {.name = name, .shape = s, .reference = reference, .run = run_with};
        grad_in(&c, "a", s->rows * s->d, false);
        grad_input *b = grad_in(&c, "b", s->rows * s->d, false);
        for (size_t j = 0; j < b->n; j++) b->x[j] = b->f[j] *= 3; // both tails of the sigmoid
        grad_out(&c, "y", s->rows * s->d);
        grad_check(&c);
    }
}

static void swiglu_gradients(void **state) {
    (void)state;
    check("swiglu", run);
}

static void swiglu_gradients_of_halves(void **state) {
    (void)state;
    check("swiglu of halves", run_halves);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(swiglu_gradients),
        cmocka_unit_test(swiglu_gradients_of_halves),
    };
    return cmocka_run_group_tests_name("swiglu_grad", tests, NULL, NULL);
}
