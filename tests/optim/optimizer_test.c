// Steps of every rule against the same mathematics in double, clipping, and what is remembered.
#include "optim/optimizer.h"

#include "base/alloc.h"
#include "base/rng.h"
#include "support/failing_alloc.h"
#include "support/unit.h"

#include <math.h>
#include <string.h>

#define RATE 0.01
#define FACTOR 2.5

enum { TENSORS = 3, NUMBERS = 96, STEPS = 7 };

// Three tensors in one block with gaps; the second does not decay, the third has a rate of its own.
typedef struct bench {
    float w[NUMBERS], g[NUMBERS];
    optimizer_tensor tensor[TENSORS];
    kernels k;
    exec ex;
} bench;

static const size_t offsets[TENSORS] = {0, 32, 80}, lengths[TENSORS] = {30, 45, 16};

static void bench_fill(bench *b) {
    memset(b, 0, sizeof *b);
    assert_true(kernels_select(kernels_best_level(), &b->k));
    rng_fill_normal(rng_key(1, 1), 0, b->w, NUMBERS);
    for (size_t i = 0; i < TENSORS; i++)
        b->tensor[i] = (optimizer_tensor){.w = view_f32(b->w + offsets[i], 1, lengths[i]),
                                          .g = view_f32(b->g + offsets[i], 1, lengths[i]),
                                          .decay = i != 1,
                                          .rate = i == 2 ? FACTOR : 0};
    b->ex.k = &b->k;
}

static optimizer_list list_of(const bench *b) {
    return (optimizer_list){
        .tensor = b->tensor, .count = TENSORS, .base = b->w, .numbers = NUMBERS};
}

static void ok(axl_status status, const axl_error *err) {
    if (status != AXL_OK) fail_msg("%s", err->text);
}

// The reference of one number.
typedef struct number {
    double w, m, v;
} number;

static void reference(const optimizer_config *c, number *x, double g, size_t tensor, size_t step) {
    const double decay = tensor == 1 ? 0 : c->decay, rate = tensor == 2 ? RATE * FACTOR : RATE;
    double u = g;
    if (c->rule == OPTIMIZER_LION) {
        const double s = c->beta1 * x->m + (1 - c->beta1) * g;
        u = s > 0 ? 1 : s < 0 ? -1 : 0;
        x->m = c->beta2 * x->m + (1 - c->beta2) * g;
    } else if (c->rule == OPTIMIZER_SGD) {
        u = x->m = c->beta1 * x->m + g;
    } else {
        x->m = c->beta1 * x->m + (1 - c->beta1) * g;
        x->v = c->beta2 * x->v + (1 - c->beta2) * g * g;
        u = x->m / (1 - pow(c->beta1, (double)step)) /
            (sqrt(x->v / (1 - pow(c->beta2, (double)step))) + c->eps);
    }
    x->w -= rate * (u + decay * x->w);
}

static void run_rule(optimizer_config c, size_t moments) {
    bench b;
    bench_fill(&b);
    axl_error err;
    optimizer *o;
    const optimizer_list list = list_of(&b);
    assert_int_equal(optimizer_moments(&c), moments);
    assert_true(optimizer_bytes(&c, NUMBERS) == moments * NUMBERS * sizeof(float));
    ok(optimizer_create(&o, &c, &list, NULL, &err), &err);
    b.ex.scratch_bytes = optimizer_scratch(o);
    b.ex.scratch = mem_alloc_aligned(b.ex.scratch_bytes, EXEC_ALIGN);
    number want[NUMBERS];
    for (size_t i = 0; i < NUMBERS; i++) want[i] = (number){.w = (double)b.w[i]};
    for (size_t step = 1; step <= STEPS; step++) {
        double norm, squares = 0;
        for (size_t t = 0; t < TENSORS; t++)
            for (size_t i = offsets[t]; i < offsets[t] + lengths[t]; i++) {
                b.g[i] = rng_normal(rng_key(2, step), i);
                squares += (double)b.g[i] * (double)b.g[i];
            }
        ok(optimizer_norm(o, &b.ex, &norm, &err), &err);
        assert_true(fabs(norm - sqrt(squares)) < 1e-6 * norm);
        const double scale = c.clip > 0 && norm > c.clip ? c.clip / norm : 1;
        ok(optimizer_step(o, &b.ex, RATE, norm, &err), &err);
        for (size_t t = 0; t < TENSORS; t++)
            for (size_t i = offsets[t]; i < offsets[t] + lengths[t]; i++) {
                reference(&c, &want[i], (double)b.g[i] * scale, t, step);
                if (!(fabs((double)b.w[i] - want[i].w) < 2e-5))
                    fail_msg("%s, step %zu: w[%zu] is %g, not %g", optimizer_name(c.rule), step, i,
                             (double)b.w[i], want[i].w);
            }
    }
    assert_int_equal(optimizer_steps(o), STEPS);
    for (size_t i = 0; i < 3; i++) assert_true((optimizer_moment(o, i) != NULL) == (i < moments));
    if (moments > 0)
        for (size_t i = 0; i < lengths[2]; i++)
            assert_true(fabs((double)optimizer_moment(o, 0)[offsets[2] + i] -
                             want[offsets[2] + i].m) < 1e-5);
    mem_free_aligned(b.ex.scratch);
    optimizer_free(o);
}

static void test_rules(void **state) {
    (void)state;
    static const size_t moments[OPTIMIZER_RULES] = {1, 0, 2};
    for (int rule = 0; rule < OPTIMIZER_RULES; rule++) {
        optimizer_config c = optimizer_defaults((optimizer_rule)rule);
        run_rule(c, moments[rule]);
        c.clip = 0;
        run_rule(c, moments[rule]);
        assert_int_equal(optimizer_by_name(optimizer_name((optimizer_rule)rule)), rule);
    }
    optimizer_config momentum = optimizer_defaults(OPTIMIZER_SGD);
    momentum.beta1 = 0.8;
    run_rule(momentum, 1);
    assert_int_equal(optimizer_by_name("adam"), OPTIMIZER_RULES);
}

static void test_refused(void **state) {
    (void)state;
    bench b;
    bench_fill(&b);
    axl_error err;
    optimizer *o;
    optimizer_config c = optimizer_defaults(OPTIMIZER_ADAMW);
    const optimizer_list list = list_of(&b);
    c.beta2 = 1;
    assert_int_equal(optimizer_create(&o, &c, &list, NULL, &err), AXL_BAD_ARGUMENT);
    assert_non_null(strstr(err.text, "beta2 is 1"));
    c = optimizer_defaults(OPTIMIZER_ADAMW);
    c.decay = (double)NAN;
    assert_int_equal(optimizer_create(&o, &c, &list, NULL, &err), AXL_BAD_ARGUMENT);
    c = optimizer_defaults(OPTIMIZER_ADAMW);
    ok(optimizer_create(&o, &c, &list, NULL, &err), &err);
    const bench before = b;
    assert_int_equal(optimizer_step(o, &b.ex, 0.1, (double)NAN, &err), AXL_NUMERIC);
    assert_int_equal(optimizer_step(o, &b.ex, 0.1, (double)INFINITY, &err), AXL_NUMERIC);
    assert_memory_equal(before.w, b.w, sizeof b.w);
    assert_int_equal(optimizer_steps(o), 0);
    optimizer_free(o);
}

static axl_status create(void *ctx, axl_error *err) {
    const bench *b = ctx;
    const optimizer_config c = optimizer_defaults(OPTIMIZER_ADAMW);
    const optimizer_list list = list_of(b);
    optimizer *o;
    const axl_status status = optimizer_create(&o, &c, &list, NULL, err);
    optimizer_free(o);
    return status;
}

static void test_failing(void **state) {
    (void)state;
    bench b;
    bench_fill(&b);
    assert_true(for_each_failing_alloc(create, &b) >= 4);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_failing),
    };
    return cmocka_run_group_tests_name("optim optimizer", tests, NULL, NULL);
}
