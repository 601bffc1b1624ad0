// y = scale * (W (gain * x)) as a product with the folded weight, and back: the gradients of x by
// the weight folded for dx, those of W, scale and gain by unfolding the gradient of the folded one.
#include "base/alloc.h"
#include "grad/grad.h"
#include "support/unit.h"
#include "tensor/op_weight.h"

#include <string.h>

typedef struct weight_shape {
    size_t m, n, k;
    size_t parts, rows[WEIGHT_PARTS];
    bool no_gain[WEIGHT_PARTS]; // of a part
    bool scaled;
    bool shared; // all parts have one gain
} weight_shape;

enum { X, W, OTHERS };

// The scale, where there is one, comes before the gains.
static const grad_input *scale_in(const grad_case *c) {
    return &c->in[OTHERS];
}

static const grad_input *gain_in(const grad_case *c) {
    const weight_shape *s = c->shape;
    return &c->in[OTHERS + (s->scaled ? 1 : 0)];
}

static size_t gain_at(const weight_shape *s, size_t part) {
    return s->shared ? 0 : part * s->k;
}

static double gain_of(const grad_case *c, size_t row, size_t k) {
    const weight_shape *s = c->shape;
    size_t part = 0;
    if (s->parts == 0) return 1;
    for (size_t end = s->rows[0]; end <= row; end += s->rows[part]) part++;
    return s->no_gain[part] ? 1 : gain_in(c)->x[gain_at(s, part) + k];
}

static void reference(const grad_case *c) {
    const weight_shape *s = c->shape;
    for (size_t i = 0; i < s->m; i++)
        for (size_t j = 0; j < s->n; j++) {
            double sum = 0;
            for (size_t l = 0; l < s->k; l++) {
                sum += c->in[W].x[j * s->k + l] * gain_of(c, j, l) * c->in[X].x[i * s->k + l];
            }
            c->out[0].y[i * s->n + j] = s->scaled ? sum * scale_in(c)->x[j] : sum;
        }
}

static op_weight weight_of(const grad_case *c) {
    const weight_shape *s = c->shape;
    op_weight a = {.w = grad_view(c->in[W].f, s->n, s->k), .part_count = s->parts};
    if (s->scaled) {
        a.scale = scale_in(c)->f;
        a.dscale = scale_in(c)->gradient;
    }
    for (size_t i = 0; i < s->parts; i++) {
        a.part[i].rows = s->rows[i];
        if (s->no_gain[i]) continue;
        a.part[i].gain = gain_in(c)->f + gain_at(s, i);
        a.part[i].dgain = gain_in(c)->gradient + gain_at(s, i);
    }
    return a;
}

static void multiply(const exec *ex, const op_weight *w, linear_form form, op_linear product) {
    axl_error err;
    linear_panels panels = {.form = form};
    const size_t n = w->w.shape.dim[0], k = w->w.shape.dim[1];
    panels.data = mem_alloc_aligned(linear_panels_bytes(ex, DTYPE_F32, form, n, k), EXEC_ALIGN);
    assert_non_null(panels.data);
    grad_ok(op_weight_pack(ex, w, DTYPE_F32, &panels, &err), &err);
    product.panels = &panels;
    grad_ok(op_linear_apply(ex, &product, &err), &err);
    mem_free_aligned(panels.data);
}

static void run(const grad_case *c, const exec *ex) {
    const weight_shape *s = c->shape;
    axl_error err;
    const op_weight w = weight_of(c);
    const view x = grad_view(c->in[X].f, s->m, s->k);
    const view dy = grad_view(c->out[0].grad, s->m, s->n);
    const view y = view_f32(c->out[0].f, s->m, s->n);
    const view dx = view_f32(c->in[X].gradient, s->m, s->k);
    const view g = view_f32(c->in[W].gradient, s->n, s->k);
    multiply(ex, &w, LINEAR_FORWARD, (op_linear){.in = x, .out = y});
    multiply(ex, &w, LINEAR_DX, (op_linear){.in = dy, .out = dx});
    memset(c->in[W].gradient, 0, s->n * s->k * sizeof(float));
    grad_ok(op_linear_add_dw(ex, &(op_linear_dw){x, dy, g}, &err), &err);
    grad_ok(op_weight_unfold(ex, &w, &g, &err), &err);
}

static size_t scratch_of(const weight_shape *s) {
    size_t most = 0;
    for (int level = 0; level < KERNEL_LEVELS; level++) {
        kernels k;
        if (!kernels_select((kernel_level)level, &k)) continue;
        const exec ex = {.k = &k};
        op_weight w = {.w = view_f32(NULL, s->n, s->k), .part_count = s->parts};
        for (size_t i = 0; i < s->parts; i++) w.part[i].rows = s->rows[i];
        const size_t linear = op_linear_scratch(&ex, DTYPE_F32, s->m, s->n, s->k);
        const size_t weight = op_weight_scratch(&ex, &w);
        most = linear > most ? linear : most;
        most = weight > most ? weight : most;
    }
    return most;
}

static const weight_shape shapes[] = {
    {3, 2, 5, .parts = 1, .rows = {2}, .scaled = true},
    {5, 33, 17, .parts = 1, .rows = {33}},
    {4, 7, 9, .scaled = true},
    {4, 5, 8, .parts = 0}, // W itself
    {3, 70, 37, .parts = 3, .rows = {33, 1, 36}, .no_gain = {false, true}, .scaled = true},
    {2, 67, 19, .parts = 2, .rows = {30, 37}, .scaled = true, .shared = true},
    {2, 20, 6, .parts = 6, .rows = {1, 0, 5, 4, 7, 3}}, // an empty part
};

static void weight_gradients(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT_OF(shapes); i++) {
        const weight_shape *s = &shapes[i];
        grad_case c = {.name = "weight", .shape = s, .reference = reference, .run = run};
        c.scratch_bytes = scratch_of(s);
        grad_in(&c, "x", s->m * s->k, false);
        grad_in(&c, "W", s->n * s->k, false);
        if (s->scaled) grad_in(&c, "scale", s->n, true);
        if (s->parts > 0) grad_in(&c, "gain", (s->shared ? 1 : s->parts) * s->k, true);
        grad_out(&c, "y", s->m * s->n);
        grad_check(&c);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(weight_gradients)};
    return cmocka_run_group_tests_name("weight_grad", tests, NULL, NULL);
}
