// y = x * gain / sqrt(mean(x^2) + eps)
#include "grad/grad.h"
#include "support/unit.h"
#include "tensor/op_rmsnorm.h"

#include <math.h>

typedef struct rmsnorm_shape {
    size_t rows, d;
    float eps;
} rmsnorm_shape;

enum { X, GAIN };

static void reference(const grad_case *c) {
    const rmsnorm_shape *s = c->shape;
    for (size_t r = 0; r < s->rows; r++) {
        const double *x = c->in[X].x + r * s->d;
        double mean = 0;
        for (size_t i = 0; i < s->d; i++) mean += x[i] * x[i] / (double)s->d;
        const double root = sqrt(mean + (double)s->eps);
        for (size_t i = 0; i < s->d; i++)
            c->out[0].y[r * s->d + i] = x[i] / root * c->in[GAIN].x[i];
    }
}

static void run(const grad_case *c, const exec *ex) {
    const rmsnorm_shape *s = c->shape;
    axl_error err;
    float r[64];
    assert_true(s->rows <= COUNT_OF(r));
    const op_rmsnorm a = {
        .eps = s->eps,
        .x = grad_view(c->in[X].f, s->rows, s->d),
        .gain = grad_view(c->in[GAIN].f, 1, s->d),
        .y = grad_view(c->out[0].f, s->rows, s->d),
        .r = grad_view(r, 1, s->rows),
        .dy = grad_view(c->out[0].grad, s->rows, s->d),
        .dx = grad_view(c->in[X].gradient, s->rows, s->d),
        .dgain = grad_view(c->in[GAIN].gradient, 1, s->d),
    };
    grad_ok(op_rmsnorm_forward(ex, &a, &err), &err);
    grad_ok(op_rmsnorm_backward(ex, &a, &err), &err);
}

static void rmsnorm_gradients(void **state) {
    (void)state;
    static const rmsnorm_shape shapes[] = {
        {1, 1, 0.5f},   {3, 2, 0.1f},   {5, 3, 1e-5f},   {7, 17, 1e-5f},
        {2, 31, 1e-3f}, {9, 64, 1e-5f}, {3, 101, 1e-5f},
    };
    for (size_t i = 0; i < COUNT_OF(shapes); i++) {
        const rmsnorm_shape *s = &shapes[i];
        grad_case c = {.name = "rmsnorm", .shape = s, .reference = reference, .run = run};
        c.scratch_bytes = op_rmsnorm_scratch(s->rows, s->d);
        grad_in(&c, "x", s->rows * s->d, true);
        grad_in(&c, "gain", s->d, true);
        grad_out(&c, "y", s->rows * s->d);
        grad_check(&c);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(rmsnorm_gradients)};
    return cmocka_run_group_tests_name("rmsnorm_grad", tests, NULL, NULL);
}
