// Each pair of a head turned by position * theta^(-2i / size)
#include "base/alloc.h"
#include "grad/grad.h"
#include "support/unit.h"
#include "tensor/op_rope.h"

#include <math.h>
#include <string.h>

#define POSITIONS 61

typedef struct rope_shape {
    size_t rows, heads, size;
    double theta;
    bool in_place;
} rope_shape;

static uint32_t position_of(size_t row) {
    return (uint32_t)(POSITIONS - 1 - 7 * row % POSITIONS);
}

static void reference(const grad_case *c) {
    const rope_shape *s = c->shape;
    for (size_t i = 0; i < c->out[0].n; i += 2) {
        const size_t row = i / (s->heads * s->size), pair = i % s->size / 2;
        const double turn =
            position_of(row) / exp(2 * (double)pair / (double)s->size * log(s->theta));
        const double x0 = c->in[0].x[i], x1 = c->in[0].x[i + 1];
        c->out[0].y[i] = x0 * cos(turn) - x1 * sin(turn);
        c->out[0].y[i + 1] = x1 * cos(turn) + x0 * sin(turn);
    }
}

static void run(const grad_case *c, const exec *ex) {
    const rope_shape *s = c->shape;
    const size_t cols = s->heads * s->size;
    axl_error err;
    size_t bytes;
    grad_ok(rope_table_bytes(POSITIONS, s->size, &bytes, &err), &err);
    void *memory = mem_alloc(bytes);
    assert_non_null(memory);
    rope_table table = {.positions = POSITIONS, .head_size = s->size};
    grad_ok(rope_table_fill(&table, memory, s->theta, &err), &err);
    uint32_t position[64];
    assert_true(s->rows <= COUNT_OF(position));
    for (size_t r = 0; r < s->rows; r++) position[r] = position_of(r);
    op_rope a = {.table = &table, .position = position};
    a.x = grad_view(c->in[0].f, s->rows, cols);
    a.y = grad_view(c->out[0].f, s->rows, cols);
    if (s->in_place) {
        memcpy(c->out[0].f, c->in[0].f, c->in[0].n * sizeof(float));
        a.x = a.y;
    }
    grad_ok(op_rope_forward(ex, &a, &err), &err);
    a.x = grad_view(c->out[0].grad, s->rows, cols);
    a.y = grad_view(c->in[0].gradient, s->rows, cols);
    grad_ok(op_rope_backward(ex, &a, &err), &err);
    mem_free(memory);
}

static void rope_gradients(void **state) {
    (void)state;
    static const rope_shape shapes[] = {
        {1, 1, 2, 10000, false}, {3, 2, 4, 10000, true},   {5, 3, 6, 500, false},
        {9, 1, 18, 10000, true}, {7, 2, 34, 10000, false}, {2, 1, 66, 1e6, false},
    };
    for (size_t i = 0; i < COUNT_OF(shapes); i++) {
        const rope_shape *s = &shapes[i];
        grad_case c = {.name = "rope", .shape = s, .reference = reference, .run = run};
        grad_in(&c, "x", s->rows * s->heads * s->size, false);
        grad_out(&c, "y", s->rows * s->heads * s->size);
        grad_check(&c);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(rope_gradients)};
    return cmocka_run_group_tests_name("rope_grad", tests, NULL, NULL);
}
