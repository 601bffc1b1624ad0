// The batched pass against the golden files of the specification: logits, losses and the gradient
// of every parameter, on every level that runs here, in f32 and bf16. Takes folders of cases;
// without any, the kept ones.
#include "model/golden_case.h"

#include "base/alloc.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const kept[] = {AXL_GOLDEN "/one_byte", AXL_GOLDEN "/no_cross",
                                   AXL_GOLDEN "/batch_ignored", AXL_GOLDEN "/two_rounds",
                                   AXL_GOLDEN "/full_groups"};
static golden_list cases = {kept, COUNT_OF(kept)};

// How close a tensor must come.
typedef struct tolerance {
    bool half;       // bf16: by direction and size; else by the norm of the difference
    bool each;       // every tensor of the gradient, else the gradient as a whole
    double relative; // of f32
    double cosine;   // of bf16, at least
    double ratio;    // of bf16: of the norms, at most so far from 1
    double state;    // the same of null keys, null values and start states
    double loss;     // relative
} tolerance;

// Four or six rounded numbers average nothing out, so that in bf16 a single tensor of a small model
// may be off. From this width on none is, but few bytes read a null key or a start state (the first
// byte of a sequence only, or the first three): what rounding does to the one share of a softmax or
// gate then scales the whole gradient.
#define WIDE 64

static tolerance tolerance_of(const golden_case *g, dtype type) {
    const bool wide = g->model.table.config.d_model >= WIDE;
    if (type == DTYPE_F32) return (tolerance){.each = true, .relative = 2e-5, .loss = 1e-5};
    return (tolerance){.half = true,
                       .each = wide,
                       .cosine = wide ? 0.999 : 0.99,
                       .ratio = wide ? 0.01 : 0.05,
                       .state = wide ? 0.02 : 0.05,
                       .loss = wide ? 0.01 : 0.02};
}

static void compare(const golden_case *g, const golden_pair *p, const tolerance *t) {
    const golden_error e = golden_compare(g, p);
    if (t->half) {
        if (!(e.cosine >= t->cosine) || !(fabs(e.ratio - 1) <= t->ratio))
            fail_msg("%s: %s: cosine %.6f, ratio of norms %.5f", g->folder, p->what, e.cosine,
                     e.ratio);
    } else if (!(e.relative <= t->relative)) {
        fail_msg("%s: %s: relative error %.3g", g->folder, p->what, e.relative);
    }
}

static void check_logits(const golden_case *g, pass *p, const tolerance *t, bool exit) {
    axl_error err;
    const char *name = exit ? "exit_logits" : "logits";
    const size_t n = g->batch * g->length * g->model.table.config.vocab_size;
    float *out = malloc(n * sizeof *out);
    assert_non_null(out);
    case_ok((exit ? pass_exit_logits : pass_logits)(p, g->model.block, g->ids, out, &err), &err);
    compare(g, &(golden_pair){name, out, golden_tensor(g, name), n}, t);
    free(out);
}

static void check_loss(const golden_case *g, const char *name, double got, double most) {
    double want;
    memcpy(&want, golden_tensor(g, name), sizeof want);
    if (!(fabs(got - want) <= most * want))
        fail_msg("%s: %s: %.9g, not %.9g", g->folder, name, got, want);
}

// A gradient of one parameter. What no byte can reach has none: the upper scales of one byte.
static void check_tensor(const golden_case *g, const golden_pair *p, const tolerance *t) {
    bool any = false;
    for (size_t i = 0; i < p->n; i++) any = any || p->want[i] != 0;
    if (any) {
        compare(g, p, t);
        return;
    }
    for (size_t i = 0; i < p->n; i++)
        if (!(fabsf(p->got[i]) <= 1e-6f))
            fail_msg("%s: %s is %g, not 0", g->folder, p->what, (double)p->got[i]);
}

// gradient: laid out as the parameters.
static void compare_gradient(const golden_case *g, const float *gradient, const tolerance *t) {
    const param_table *table = &g->model.table;
    float *expected = mem_zalloc_array(table->numbers, sizeof *expected);
    assert_non_null(expected);
    tolerance of_state = *t;
    of_state.ratio = t->state;
    for (size_t i = 0; i < table->count; i++) {
        const param *q = &table->list[i];
        char name[PARAM_NAME + 8];
        snprintf(name, sizeof name, "grad.%s", q->name);
        const float *want = golden_tensor(g, name);
        memcpy(expected + q->offset, want, q->count * sizeof *want);
        if (t->each)
            check_tensor(g, &(golden_pair){name, gradient + q->offset, want, q->count},
                         q->kind == PARAM_STATE ? &of_state : t);
    }
    compare(g, &(golden_pair){"the gradient", gradient, expected, table->numbers}, t);
    mem_free(expected);
}

static void check_gradient(const golden_case *g, pass *p, const tolerance *t) {
    axl_error err;
    const param_table *table = &g->model.table;
    float *gradient = mem_zalloc_array(table->numbers, sizeof *gradient);
    assert_non_null(gradient);
    uint16_t *targets = golden_symbols(g, "targets");
    size_t counted = 0;
    for (size_t i = 0; i < g->batch * g->length; i++) counted += targets[i] != 65535;
    const weights m = {.table = table, .w = g->model.block, .g = gradient};
    const pass_batch batch = {.ids = g->ids, .target = targets, .weight = 1 / (float)counted};
    pass_losses losses;
    case_ok(pass_gradient(p, &m, &batch, &losses, &err), &err);
    assert_int_equal(losses.counted, counted);
    case_ok(pass_finish(p, &m, &err), &err);
    check_loss(g, "loss", losses.main / (double)counted, t->loss);
    if (table->config.fine_exit > 0)
        check_loss(g, "exit_loss", losses.exit / (double)counted, t->loss);
    compare_gradient(g, gradient, t);
    free(targets);
    mem_free(gradient);
}

static void run_case(const char *folder, const kernels *k, pass_spec spec) {
    golden_case g;
    golden_open(&g, folder, k);
    const tolerance t = tolerance_of(&g, spec.type);
    const case_model m = {.table = g.model.table, .w = g.model.block};
    spec.batch = g.batch;
    spec.length = g.length;
    pass *p = case_pass(&m, k, &spec);
    check_logits(&g, p, &t, false);
    check_logits(&g, p, &t, true);
    if (spec.train) check_gradient(&g, p, &t);
    pass_free(p);
    golden_close(&g);
}

static void run_all(pass_spec spec) {
    for (int level = 0; level < KERNEL_LEVELS; level++) {
        kernels k;
        if (!kernels_select((kernel_level)level, &k)) continue;
        for (size_t i = 0; i < cases.count; i++) run_case(cases.folders[i], &k, spec);
    }
}

static void test_forward(void **state) {
    (void)state;
    run_all((pass_spec){.train = false});
}
static void test_gradients(void **state) {
    (void)state;
    run_all((pass_spec){.train = true});
}
static void test_recompute(void **state) {
    (void)state;
    run_all((pass_spec){.train = true, .recompute = true});
}
static void test_bf16(void **state) {
    (void)state;
    run_all((pass_spec){.train = true, .type = DTYPE_BF16});
}

int main(int argc, char **argv) {
    cases = golden_choose(cases, argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forward),
        cmocka_unit_test(test_gradients),
        cmocka_unit_test(test_recompute),
        cmocka_unit_test(test_bf16),
    };
    return cmocka_run_group_tests_name("model golden", tests, NULL, NULL);
}
