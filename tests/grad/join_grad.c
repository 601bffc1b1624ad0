// Two branches from one h, joined: a = h + s * h, b = h + t * h, y = a + b - h. The gradients of
// the branches, which both begin with dy, are joined by the same op.
#include "grad/grad.h"
#include "support/unit.h"
#include "tensor/op_scale.h"
#include "tensor/op_vector.h"

enum { H, S, T };
enum { ROWS = 5, D_MOST = 67 };

static void reference(const grad_case *c) {
    const size_t d = *(const size_t *)c->shape;
    for (size_t i = 0; i < ROWS * d; i++) {
        c->out[0].y[i] = c->in[H].x[i] * (1 + c->in[S].x[i % d] + c->in[T].x[i % d]);
    }
}

// room = h + s * h
static void branch(const grad_case *c, const exec *ex, size_t which, float *room) {
    const size_t d = *(const size_t *)c->shape;
    axl_error err;
    const view h = grad_view(c->in[H].f, ROWS, d), out = view_f32(room, ROWS, d);
    op_scale a = {.x = h, .s = grad_view(c->in[which].f, 1, d), .h = out};
    grad_ok(op_copy(ex, &out, &h, &err), &err);
    grad_ok(op_scale_forward(ex, &a, &err), &err);
}

// ds, and into room the gradient of h by this branch.
static void branch_back(const grad_case *c, const exec *ex, size_t which, float *room) {
    const size_t d = *(const size_t *)c->shape;
    static float scaled[ROWS * D_MOST];
    axl_error err;
    const view dy = grad_view(c->out[0].grad, ROWS, d), dh = view_f32(room, ROWS, d);
    const op_scale a = {
        .x = grad_view(c->in[H].f, ROWS, d),
        .s = grad_view(c->in[which].f, 1, d),
        .dh = dy,
        .dx = view_f32(scaled, ROWS, d),
        .ds = grad_view(c->in[which].gradient, 1, d),
    };
    grad_ok(op_scale_backward(ex, &a, &err), &err);
    grad_ok(op_copy(ex, &dh, &dy, &err), &err);
    grad_ok(op_add(ex, &dh, &a.dx, &err), &err);
}

static void run(const grad_case *c, const exec *ex) {
    const size_t d = *(const size_t *)c->shape;
    static float one[ROWS * D_MOST], two[ROWS * D_MOST];
    axl_error err;
    const view a = view_f32(one, ROWS, d), b = view_f32(two, ROWS, d);
    const view h = grad_view(c->in[H].f, ROWS, d), y = view_f32(c->out[0].f, ROWS, d);
    branch(c, ex, S, one);
    branch(c, ex, T, two);
    grad_ok(op_copy(ex, &y, &h, &err), &err);
    grad_ok(op_join(ex, &y, &a, &b, &err), &err);
    const view dy = grad_view(c->out[0].grad, ROWS, d);
    const view dh = view_f32(c->in[H].gradient, ROWS, d);
    branch_back(c, ex, S, one);
    branch_back(c, ex, T, two);
    grad_ok(op_copy(ex, &dh, &dy, &err), &err);
    grad_ok(op_join(ex, &dh, &a, &b, &err), &err);
}

static void join_gradients(void **state) {
    (void)state;
    static const size_t widths[] = {1, 2, 7, 17, D_MOST};
    for (size_t i = 0; i < COUNT_OF(widths); i++) {
        const size_t d = widths[i];
        grad_case c = {.name = "join", .shape = &widths[i], .reference = reference, .run = run};
        c.scratch_bytes = op_scale_scratch(ROWS, d);
        grad_in(&c, "h", ROWS * d, false);
        grad_in(&c, "s", d, true);
        grad_in(&c, "t", d, true);
        grad_out(&c, "y", ROWS * d);
        grad_check(&c);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(join_gradients)};
    return cmocka_run_group_tests_name("join_grad", tests, NULL, NULL);
}
