// The batched pass against the golden files of the specification: logits, losses and the gradient
// of every parameter, on every level that runs here, in f32 and bf16.
#include "model/model_case.h"

#include "base/alloc.h"
#include "formats/safetensors_file.h"
#include "store/model_dir.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {"one_byte", "no_cross", "batch_ignored", "two_rounds",
                                    "full_groups"};

// A case: the model, and the tensors of case.safetensors as f32 or as they are.
typedef struct golden {
    const char *name;
    stored_model model;
    safetensors_file file;
    char path[512];
    safetensors_target *target;
    size_t batch, length;
    uint16_t *ids, *targets;
} golden;

static const void *tensor(const golden *g, const char *name) {
    const safetensor *t = safetensors_find(&g->file.table, name);
    if (!t) fail_msg("%s: no tensor '%s'", g->name, name);
    return g->target[t - g->file.table.list].to;
}

static uint16_t *symbols(const golden *g, const char *name) {
    const int32_t *in = tensor(g, name);
    uint16_t *out = malloc(g->batch * g->length * sizeof *out);
    assert_non_null(out);
    for (size_t i = 0; i < g->batch * g->length; i++) out[i] = (uint16_t)in[i];
    return out;
}

static void golden_open(golden *g, const char *name, const kernels *k) {
    axl_error err;
    memset(g, 0, sizeof *g);
    g->name = name;
    snprintf(g->path, sizeof g->path, "%s/%s", AXL_GOLDEN, name);
    case_ok(model_dir_read(&g->model, g->path, k, &err), &err);
    snprintf(g->path, sizeof g->path, "%s/%s/case.safetensors", AXL_GOLDEN, name);
    case_ok(safetensors_open(&g->file, g->path, &err), &err);
    const safetensors *t = &g->file.table;
    g->target = calloc(t->count, sizeof *g->target);
    for (size_t i = 0; i < t->count; i++) g->target[i].to = malloc(t->list[i].bytes);
    case_ok(safetensors_load(&g->file, k, g->target, &err), &err);
    const safetensor *ids = safetensors_find(t, "ids");
    assert_non_null(ids);
    g->batch = ids->dim[0];
    g->length = ids->dim[1];
    g->ids = symbols(g, "ids");
    g->targets = symbols(g, "targets");
}

static void golden_close(golden *g) {
    for (size_t i = 0; i < g->file.table.count; i++) free(g->target[i].to);
    free(g->target);
    free(g->ids);
    free(g->targets);
    safetensors_close(&g->file);
    stored_model_free(&g->model);
}

// How close a tensor must come: by the norm of the difference, or, for bf16, by direction and size.
// Four or six rounded numbers average nothing out, so that a single small tensor may be off in
// bf16; there the gradient as a whole is held against the bound. micro_test.c asks it of every
// tensor, in a model of the size that people train.
typedef struct tolerance {
    bool half;
    double relative; // f32
} tolerance;

// The n numbers of two tensors.
typedef struct pair_of {
    const char *what;
    const float *got, *want;
    size_t n;
} pair_of;

static void compare(const golden *g, const pair_of *p, tolerance t) {
    const char *what = p->what;
    double difference = 0, product = 0, got2 = 0, want2 = 0;
    for (size_t i = 0; i < p->n; i++) {
        const double a = (double)p->got[i], b = (double)p->want[i];
        if (!isfinite(a)) fail_msg("%s: %s[%zu] is %g", g->name, what, i, a);
        difference += (a - b) * (a - b);
        product += a * b;
        got2 += a * a;
        want2 += b * b;
    }
    assert_true(want2 > 0); // a gradient of nothing would prove nothing
    if (t.half) {
        const double cosine = product / sqrt(got2 * want2), ratio = sqrt(got2 / want2);
        if (!(cosine >= 0.99) || !(fabs(ratio - 1) <= 0.05))
            fail_msg("%s: %s: cosine %.6f, ratio of norms %.5f", g->name, what, cosine, ratio);
    } else if (!(sqrt(difference / want2) <= t.relative)) {
        fail_msg("%s: %s: relative error %.3g", g->name, what, sqrt(difference / want2));
    }
}

static void check_logits(golden *g, pass *p, const char *name, tolerance t, bool exit) {
    axl_error err;
    const size_t n = g->batch * g->length * g->model.table.config.vocab_size;
    float *out = malloc(n * sizeof *out);
    assert_non_null(out);
    case_ok((exit ? pass_exit_logits : pass_logits)(p, g->model.block, g->ids, out, &err), &err);
    compare(g, &(pair_of){name, out, tensor(g, name), n}, t);
    free(out);
}

static void check_loss(const golden *g, const char *name, double sum, size_t counted, double most) {
    double want;
    memcpy(&want, tensor(g, name), sizeof want);
    const double got = sum / (double)counted;
    if (!(fabs(got - want) <= most * want))
        fail_msg("%s: %s: %.9g, not %.9g", g->name, name, got, want);
}

static void check_gradients(golden *g, pass *p, tolerance t) {
    axl_error err;
    const param_table *table = &g->model.table;
    float *gradient = mem_zalloc_array(table->numbers, sizeof *gradient);
    assert_non_null(gradient);
    const weights m = {.table = table, .w = g->model.block, .g = gradient};
    size_t counted = 0;
    for (size_t i = 0; i < g->batch * g->length; i++) counted += g->targets[i] != 65535;
    const pass_batch batch = {.ids = g->ids, .target = g->targets, .weight = 1 / (float)counted};
    pass_losses losses;
    case_ok(pass_gradient(p, &m, &batch, &losses, &err), &err);
    assert_int_equal(losses.counted, counted);
    case_ok(pass_finish(p, &m, &err), &err);
    const double most = t.half ? 0.02 : 1e-5;
    check_loss(g, "loss", losses.main, counted, most);
    if (table->config.fine_exit > 0) check_loss(g, "exit_loss", losses.exit, counted, most);
    float *expected = mem_zalloc_array(table->numbers, sizeof *expected);
    assert_non_null(expected);
    for (size_t i = 0; i < table->count; i++) {
        const param *q = &table->list[i];
        char name[PARAM_NAME + 8];
        snprintf(name, sizeof name, "grad.%s", q->name);
        const float *want = tensor(g, name);
        memcpy(expected + q->offset, want, q->count * sizeof *want);
        if (t.half) continue;
        double size = 0; // what no byte can reach has no gradient: the upper scales of one byte
        for (size_t j = 0; j < q->count; j++) size += fabs((double)want[j]);
        if (size > 0) {
            compare(g, &(pair_of){name, gradient + q->offset, want, q->count}, t);
        } else {
            for (size_t j = 0; j < q->count; j++)
                if (!(fabsf(gradient[q->offset + j]) <= 1e-6f))
                    fail_msg("%s: %s is %g, not 0", g->name, name, (double)gradient[q->offset + j]);
        }
    }
    if (t.half) compare(g, &(pair_of){"the gradient", gradient, expected, table->numbers}, t);
    mem_free(expected);
    mem_free(gradient);
}

static void run_case(const char *name, const kernels *k, pass_spec spec, tolerance t) {
    golden g;
    golden_open(&g, name, k);
    const case_model m = {.table = g.model.table, .w = g.model.block};
    spec.batch = g.batch;
    spec.length = g.length;
    pass *p = case_pass(&m, k, &spec);
    check_logits(&g, p, "logits", t, false);
    check_logits(&g, p, "exit_logits", t, true);
    if (spec.train) check_gradients(&g, p, t);
    pass_free(p);
    golden_close(&g);
}

static void run_all(pass_spec spec, tolerance t) {
    for (int level = 0; level < KERNEL_LEVELS; level++) {
        kernels k;
        if (!kernels_select((kernel_level)level, &k)) continue;
        for (size_t i = 0; i < COUNT_OF(names); i++) run_case(names[i], &k, spec, t);
    }
}

static const tolerance exact = {.relative = 2e-5}, half = {.half = true};

static void test_forward(void **state) {
    (void)state;
    run_all((pass_spec){.train = false}, exact);
}
static void test_gradients(void **state) {
    (void)state;
    run_all((pass_spec){.train = true}, exact);
}
static void test_recompute(void **state) {
    (void)state;
    run_all((pass_spec){.train = true, .recompute = true}, exact);
}
static void test_bf16(void **state) {
    (void)state;
    run_all((pass_spec){.train = true, .type = DTYPE_BF16}, half);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forward),
        cmocka_unit_test(test_gradients),
        cmocka_unit_test(test_recompute),
        cmocka_unit_test(test_bf16),
    };
    return cmocka_run_group_tests_name("model golden", tests, NULL, NULL);
}
