// y[r] = e[id[r]], with ids that repeat and ids that do not occur
#include "grad/grad.h"
#include "support/unit.h"
#include "tensor/op_embed.h"

typedef struct embed_shape {
    size_t rows, d, vocabulary;
} embed_shape;

static uint16_t id_of(const embed_shape *s, size_t row) {
    return (uint16_t)((row * row + 1) % s->vocabulary);
}

static void reference(const grad_case *c) {
    const embed_shape *s = c->shape;
    for (size_t r = 0; r < s->rows; r++) {
        for (size_t i = 0; i < s->d; i++) {
            c->out[0].y[r * s->d + i] = c->in[0].x[id_of(s, r) * s->d + i];
        }
    }
}

static void run(const grad_case *c, const exec *ex) {
    const embed_shape *s = c->shape;
    axl_error err;
    uint16_t id[64];
    assert_true(s->rows <= COUNT_OF(id));
    for (size_t r = 0; r < s->rows; r++) id[r] = id_of(s, r);
    const op_embed a = {
        .id = id,
        .e = grad_view(c->in[0].f, s->vocabulary, s->d),
        .y = grad_view(c->out[0].f, s->rows, s->d),
        .dy = grad_view(c->out[0].grad, s->rows, s->d),
        .de = grad_view(c->in[0].gradient, s->vocabulary, s->d),
    };
    grad_ok(op_embed_forward(ex, &a, &err), &err);
    grad_ok(op_embed_backward(ex, &a, &err), &err);
}

static void embed_gradients(void **state) {
    (void)state;
    static const embed_shape shapes[] = {{1, 1, 2}, {5, 3, 7}, {31, 17, 9}, {19, 130, 11}};
    for (size_t i = 0; i < COUNT_OF(shapes); i++) {
        const embed_shape *s = &shapes[i];
        grad_case c = {.name = "embed", .shape = s, .reference = reference, .run = run};
        grad_in(&c, "e", s->vocabulary * s->d, true);
        grad_out(&c, "y", s->rows * s->d);
        grad_check(&c);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(embed_gradients)};
    return cmocka_run_group_tests_name("embed_grad", tests, NULL, NULL);
}
