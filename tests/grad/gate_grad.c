// y = sum over a of softmax(z)_a * u_a
#include "grad/grad.h"
#include "support/unit.h"
#include "tensor/op_gate.h"

#include <math.h>

typedef struct gate_shape {
    size_t rows, d;
} gate_shape;

enum { U0, U1, U2, Z };

static void reference(const grad_case *c) {
    const gate_shape *s = c->shape;
    for (size_t r = 0; r < s->rows; r++) {
        const double *z = c->in[Z].x + 3 * r;
        const double e[3] = {exp(z[0]), exp(z[1]), exp(z[2])};
        for (size_t i = r * s->d; i < (r + 1) * s->d; i++) {
            const double sum =
                e[0] * c->in[U0].x[i] + e[1] * c->in[U1].x[i] + e[2] * c->in[U2].x[i];
            c->out[0].y[i] = sum / (e[0] + e[1] + e[2]);
        }
    }
}

static void run(const grad_case *c, const exec *ex) {
    const gate_shape *s = c->shape;
    axl_error err;
    float g[3 * 64];
    assert_true(3 * s->rows <= COUNT_OF(g));
    op_gate a = {
        .z = grad_view(c->in[Z].f, s->rows, 3),
        .g = grad_view(g, s->rows, 3),
        .y = grad_view(c->out[0].f, s->rows, s->d),
        .dy = grad_view(c->out[0].grad, s->rows, s->d),
        .dz = grad_view(c->in[Z].gradient, s->rows, 3),
    };
    for (size_t i = 0; i < 3; i++) {
        a.u[i] = grad_view(c->in[U0 + i].f, s->rows, s->d);
        a.du[i] = grad_view(c->in[U0 + i].gradient, s->rows, s->d);
    }
    grad_ok(op_gate_forward(ex, &a, &err), &err);
    grad_ok(op_gate_backward(ex, &a, &err), &err);
}

static void gate_gradients(void **state) {
    (void)state;
    static const gate_shape shapes[] = {{1, 1}, {3, 2}, {5, 7}, {7, 17}, {33, 3}, {3, 65}};
    for (size_t i = 0; i < COUNT_OF(shapes); i++) {
        const gate_shape *s = &shapes[i];
        grad_case c = {.name = "gate", .shape = s, .reference = reference, .run = run};
        grad_in(&c, "u0", s->rows * s->d, false);
        grad_in(&c, "u1", s->rows * s->d, false);
        grad_in(&c, "u2", s->rows * s->d, false);
        grad_in(&c, "z", s->rows * 3, false);
        grad_out(&c, "y", s->rows * s->d);
        grad_check(&c);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(gate_gradients)};
    return cmocka_run_group_tests_name("gate_grad", tests, NULL, NULL);
}
