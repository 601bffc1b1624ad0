// h += s * x, with one s a channel
#include "grad/grad.h"
#include "support/unit.h"
#include "tensor/op_scale.h"

#include <string.h>

typedef struct scale_shape {
    size_t rows, d;
} scale_shape;

enum { X, S, H };

static void reference(const grad_case *c) {
    const scale_shape *s = c->shape;
    for (size_t i = 0; i < s->rows * s->d; i++) {
        c->out[0].y[i] = c->in[H].x[i] + c->in[S].x[i % s->d] * c->in[X].x[i];
    }
}

static void run(const grad_case *c, const exec *ex) {
    const scale_shape *s = c->shape;
    axl_error err;
    const op_scale a = {
        .x = grad_view(c->in[X].f, s->rows, s->d),
        .s = grad_view(c->in[S].f, 1, s->d),
        .h = grad_view(c->out[0].f, s->rows, s->d),
        .dh = grad_view(c->out[0].grad, s->rows, s->d),
        .dx = grad_view(c->in[X].gradient, s->rows, s->d),
        .ds = grad_view(c->in[S].gradient, 1, s->d),
    };
    memcpy(c->out[0].f, c->in[H].f, s->rows * s->d * sizeof(float));
    grad_ok(op_scale_forward(ex, &a, &err), &err);
    grad_ok(op_scale_backward(ex, &a, &err), &err);
    // The residual passes the gradient on as it is.
    memcpy(c->in[H].gradient, c->out[0].grad, s->rows * s->d * sizeof(float));
}

static void scale_gradients(void **state) {
    (void)state;
    static const scale_shape shapes[] = {{1, 1}, {3, 2}, {5, 7}, {7, 17}, {33, 3}, {4, 65}};
    for (size_t i = 0; i < COUNT_OF(shapes); i++) {
        const scale_shape *s = &shapes[i];
        grad_case c = {.name = "scale", .shape = s, .reference = reference, .run = run};
        c.scratch_bytes = op_scale_scratch(s->rows, s->d);
        grad_in(&c, "x", s->rows * s->d, false);
        grad_in(&c, "s", s->d, true);
        grad_in(&c, "h", s->rows * s->d, false);
        grad_out(&c, "h out", s->rows * s->d);
        grad_check(&c);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(scale_gradients)};
    return cmocka_run_group_tests_name("scale_grad", tests, NULL, NULL);
}
