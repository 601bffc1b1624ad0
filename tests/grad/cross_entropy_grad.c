// L = weight * sum over counted rows of log(sum exp(z)) - z[target]
#include "base/alloc.h"
#include "grad/grad.h"
#include "support/unit.h"
#include "tensor/op_cross_entropy.h"

#include <math.h>
#include <string.h>

typedef struct cross_entropy_shape {
    size_t rows, n;
    float weight;
} cross_entropy_shape;

// Every fourth row is ignored.
static uint16_t target_of(const cross_entropy_shape *s, size_t row) {
    return row % 4 == 3 ? LOSS_IGNORE : (uint16_t)(11 * row % s->n);
}

static void reference(const grad_case *c) {
    const cross_entropy_shape *s = c->shape;
    for (size_t r = 0; r < s->rows; r++) {
        const double *z = c->in[0].x + r * s->n;
        const uint16_t target = target_of(s, r);
        double sum = 0;
        for (size_t i = 0; i < s->n; i++) sum += exp(z[i]);
        c->out[0].y[r] = target == LOSS_IGNORE ? 0 : log(sum) - z[target];
    }
}

static void run(const grad_case *c, const exec *ex) {
    const cross_entropy_shape *s = c->shape;
    const size_t bytes = s->rows * s->n * sizeof(float);
    axl_error err;
    uint16_t target[64];
    float only[64];
    double sum = -1, sum_only = -1;
    assert_true(s->rows <= COUNT_OF(target));
    for (size_t r = 0; r < s->rows; r++) target[r] = target_of(s, r);
    op_cross_entropy a = {
        .z = grad_view(c->in[0].gradient, s->rows, s->n),
        .target = target,
        .weight = s->weight,
        .loss = grad_view(only, 1, s->rows),
        .sum = &sum_only,
    };
    memcpy(c->in[0].gradient, c->in[0].f, bytes);
    grad_ok(op_cross_entropy_loss(ex, &a, &err), &err);
    assert_memory_equal(c->in[0].gradient, c->in[0].f, bytes); // the loss alone leaves the logits
    a.loss = grad_view(c->out[0].f, 1, s->rows);
    a.sum = &sum;
    grad_ok(op_cross_entropy_gradient(ex, &a, &err), &err);
    assert_memory_equal(only, c->out[0].f, s->rows * sizeof(float));
    double want = 0;
    for (size_t r = 0; r < s->rows; r++) {
        want += (double)c->out[0].f[r];
        for (size_t i = 0; target[r] == LOSS_IGNORE && i < s->n; i++) {
            assert_true(c->in[0].gradient[r * s->n + i] == 0);
        }
    }
    assert_true(fabs(sum - want) <= 1e-12 * want && sum_only == sum);
    assert_int_equal(op_cross_entropy_counted(target, s->rows), s->rows - s->rows / 4);
}

static void cross_entropy_gradients(void **state) {
    (void)state;
    static const cross_entropy_shape shapes[] = {
        {1, 2, 1}, {4, 3, 0.5f}, {7, 17, 0.25f}, {5, 33, 2}, {8, 258, 0.125f}, {3, 264, 1},
    };
    for (size_t i = 0; i < COUNT_OF(shapes); i++) {
        const cross_entropy_shape *s = &shapes[i];
        grad_case c = {.name = "cross entropy", .shape = s, .reference = reference, .run = run};
        grad_in(&c, "z", s->rows * s->n, false);
        grad_output *loss = grad_out(&c, "loss", s->rows);
        for (size_t r = 0; r < s->rows; r++) loss->w[r] = s->weight;
        grad_check(&c);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(cross_entropy_gradients)};
    return cmocka_run_group_tests_name("cross_entropy_grad", tests, NULL, NULL);
}
