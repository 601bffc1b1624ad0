// y = x / sqrt(mean(x^2) + eps)
#include "grad/grad.h"
#include "support/unit.h"
#include "tensor/op_normalize.h"

#include <math.h>

typedef struct normalize_shape {
    size_t rows, d;
    float eps;
} normalize_shape;

static void reference(const grad_case *c) {
    const normalize_shape *s = c->shape;
    for (size_t r = 0; r < s->rows; r++) {
        const double *x = c->in[0].x + r * s->d;
        double mean = 0;
        for (size_t i = 0; i < s->d; i++) mean += x[i] * x[i] / (double)s->d;
        const double root = sqrt(mean + (double)s->eps);
        for (size_t i = 0; i < s->d; i++) c->out[0].y[r * s->d + i] = x[i] / root;
    }
}

static void run(const grad_case *c, const exec *ex) {
    const normalize_shape *s = c->shape;
    axl_error err;
    float r[16];
    assert_true(s->rows <= COUNT_OF(r));
    op_normalize a = {
        .eps = s->eps,
        .x = grad_view(c->in[0].f, s->rows, s->d),
        .y = grad_view(c->out[0].f, s->rows, s->d),
        .r = grad_view(r, 1, s->rows),
        .dy = grad_view(c->out[0].grad, s->rows, s->d),
        .dx = grad_view(c->in[0].gradient, s->rows, s->d),
    };
    grad_ok(op_normalize_forward(ex, &a, &err), &err);
    a.x.data = NULL; // not read any more
    grad_ok(op_normalize_backward(ex, &a, &err), &err);
}

static void normalize_gradients(void **state) {
    (void)state;
    static const normalize_shape shapes[] = {
        {1, 1, 0.5f},   {3, 2, 0.1f},   {5, 3, 1e-5f},   {7, 17, 1e-5f},
        {2, 31, 1e-3f}, {9, 64, 1e-5f}, {3, 101, 1e-5f},
    };
    for (size_t i = 0; i < COUNT_OF(shapes); i++) {
        const normalize_shape *s = &shapes[i];
        grad_case c = {.name = "normalize", .shape = s, .reference = reference, .run = run};
        grad_in(&c, "x", s->rows * s->d, true);
        grad_out(&c, "y", s->rows * s->d);
        grad_check(&c);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(normalize_gradients)};
    return cmocka_run_group_tests_name("normalize_grad", tests, NULL, NULL);
}
