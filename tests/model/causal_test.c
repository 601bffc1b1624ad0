// No state depends on a later byte: the leak tests. tests/mutation makes four leaky variants of the
// model and demands that this program finds each.
#include "model/model_case.h"

#include "base/alloc.h"
#include "base/rng.h"
#include "model/presets.h"
#include "tensor/op_cross_entropy.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST 67

static float *logits_at(const float *logits, size_t t, size_t v) {
    return (float *)(uintptr_t)(logits + t * v);
}

// Byte c is another one: nothing before c may change, in any bit.
static void change_every_byte(const model_config *c, size_t length, size_t step) {
    const kernels k = case_kernels();
    const size_t v = c->vocab_size;
    case_model m;
    case_model_make(&m, c, length);
    uint16_t ids[LONGEST];
    axl_error err;
    case_ids(ids, length, c, 5 * length);
    const pass_spec spec = {.batch = 1, .length = length};
    pass *p = case_pass(&m, &k, &spec);
    float *before = malloc(length * v * sizeof *before),
          *after = malloc(length * v * sizeof *after);
    assert_non_null(before);
    assert_non_null(after);
    case_ok(pass_logits(p, m.w, ids, before, &err), &err);
    for (size_t at = 0; at < length; at += step) {
        const uint16_t old = ids[at];
        ids[at] = (uint16_t)((old + 1 + 37 * at) % v);
        if (ids[at] == old) ids[at] = (uint16_t)((old + 1) % v);
        case_ok(pass_logits(p, m.w, ids, after, &err), &err);
        if (memcmp(before, after, at * v * sizeof *before) != 0)
            fail_msg("d %zu, length %zu: byte %zu changed a logit before it", c->d_model, length,
                     at);
        assert_memory_not_equal(logits_at(before, at, v), logits_at(after, at, v),
                                v * sizeof *before);
        ids[at] = old;
    }
    free(before);
    free(after);
    pass_free(p);
    case_model_free(&m);
}

static void test_every_length(void **state) {
    (void)state;
    const model_config c = case_config();
    for (size_t length = 1; length <= LONGEST; length++) change_every_byte(&c, length, 1);
}

static void test_rounds(void **state) {
    (void)state;
    for (size_t rounds = 0; rounds <= 2; rounds++) {
        model_config c = case_config();
        c.n_cross = rounds;
        for (size_t length = 18; length <= 21; length++) change_every_byte(&c, length, 1);
    }
}

// Every preset with its heads, layers and vocabulary, at reduced width.
static void test_presets(void **state) {
    (void)state;
    for (size_t i = 0; i < MODEL_PRESETS; i++) {
        model_config c = presets_config(&model_presets[i]);
        const size_t share = c.d_ff * 8 / c.d_model;
        c.d_model = 2 * c.n_heads;
        c.d_ff = c.d_model * share / 8 + 1;
        change_every_byte(&c, 23, 1);
        change_every_byte(&c, 36, 5);
    }
}

// forward(x[:n]) = forward(x)[:n]
static void test_prefix(void **state) {
    (void)state;
    const kernels k = case_kernels();
    const model_config c = case_config();
    const size_t v = c.vocab_size;
    case_model m;
    case_model_make(&m, &c, 3);
    uint16_t ids[LONGEST];
    case_ids(ids, LONGEST, &c, 8);
    float *whole = case_logits(&m, &k, ids, LONGEST);
    for (size_t n = 1; n < LONGEST; n++) {
        float *part = case_logits(&m, &k, ids, n);
        for (size_t i = 0; i < n * v; i++)
            if (!(fabsf(part[i] - whole[i]) <= 1e-4f))
                fail_msg("%zu bytes: logit %zu is %g, not %g", n, i, (double)part[i],
                         (double)whole[i]);
        free(part);
    }
    free(whole);
    case_model_free(&m);
}

// The gradient of the loss at t by the embedding of a later symbol is exactly 0. All symbols
// differ, and the tied head is taken out by the exit's weight of 0 and a difference of two
// gradients: only rows that are read as input can have a gradient beside the head's.
static void test_gradient(void **state) {
    (void)state;
    enum { LENGTH = 30 };
    const kernels k = case_kernels();
    model_config c = case_config();
    c.fine_exit = 0;
    const size_t v = c.vocab_size, d = c.d_model;
    case_model m;
    axl_error err;
    case_model_make(&m, &c, 4);
    uint16_t ids[LENGTH], target[LENGTH];
    for (size_t t = 0; t < LENGTH; t++) ids[t] = (uint16_t)(3 * t);
    const pass_spec spec = {.batch = 1, .length = LENGTH, .train = true};
    pass *p = case_pass(&m, &k, &spec);
    float *g = mem_zalloc_array(m.table.numbers, sizeof *g);
    assert_non_null(g);
    for (size_t at = 0; at < LENGTH; at++) {
        for (size_t t = 0; t < LENGTH; t++) target[t] = t == at ? 7 : LOSS_IGNORE;
        memset(g, 0, m.table.numbers * sizeof *g);
        const weights w = {.table = &m.table, .w = m.w, .g = g};
        const pass_batch b = {.ids = ids, .target = target, .weight = 1};
        pass_losses losses;
        // Without pass_finish: the head's gradient is still apart, the embedding's is its own.
        case_ok(pass_gradient(p, &w, &b, &losses, &err), &err);
        const float *de = g + m.table.embed;
        double seen = 0;
        for (size_t row = 0; row < v; row++)
            for (size_t i = 0; i < d; i++) {
                const bool reached = row % 3 == 0 && row <= 3 * at;
                const float x = de[row * d + i];
                if (!reached && x != 0)
                    fail_msg("the loss at %zu has gradient %g by symbol %zu", at, (double)x, row);
                seen += fabs((double)x);
            }
        assert_true(seen > 0);
    }
    mem_free(g);
    pass_free(p);
    case_model_free(&m);
}

// 300 steps of training on bytes that are drawn anew each time: what a model can learn from them is
// that all are alike, so no batch may have a loss below 8 bits by more than chance allows. A model
// that sees the byte it must predict falls far below within these steps.
enum { BATCH = 4, LENGTH = 32, STEPS = 300 };

static void random_step(const case_model *m, pass *p, float *g, size_t step) {
    uint16_t ids[BATCH * LENGTH], target[BATCH * LENGTH];
    for (size_t b = 0; b < BATCH; b++)
        for (size_t t = 0; t <= LENGTH; t++) {
            const uint64_t place = (step * BATCH + b) * (LENGTH + 1) + t;
            const uint16_t x = (uint16_t)rng_below(rng_key(11, 1), place, 256);
            if (t < LENGTH) ids[b * LENGTH + t] = x;
            if (t > 0) target[b * LENGTH + t - 1] = x;
        }
    memset(g, 0, m->table.numbers * sizeof *g);
    axl_error err;
    pass_losses losses;
    const weights w = {.table = &m->table, .w = m->w, .g = g};
    const pass_batch b = {.ids = ids, .target = target, .weight = 1.0f / (BATCH * LENGTH)};
    case_ok(pass_gradient(p, &w, &b, &losses, &err), &err);
    case_ok(pass_finish(p, &w, &err), &err);
    const double bits = losses.main / (double)losses.counted / log(2);
    // Logits near even: the loss of a byte is 8 bits and hardly varies; 0.6 bits is what a model of
    // this size that is confidently wrong makes of it.
    const double sigma = 0.6 / sqrt(BATCH * LENGTH);
    if (!(bits >= 8 - 3 * sigma)) fail_msg("step %zu: %.4f bits for a random byte", step, bits);
    for (size_t i = 0; i < m->table.numbers; i++) {
        const float rate = 2e-3f;
        m->w[i] -= g[i] > 0 ? rate : g[i] < 0 ? -rate : 0;
    }
}

static void test_random_bytes(void **state) {
    (void)state;
    const kernels k = case_kernels();
    model_config c = case_config();
    c.d_model = 24;
    c.d_ff = 32;
    c.n_layers = 1;
    case_model m;
    case_model_make(&m, &c, 6);
    params_init(&m.table, 6, m.w);
    const pass_spec spec = {.batch = BATCH, .length = LENGTH, .train = true};
    pass *p = case_pass(&m, &k, &spec);
    float *g = mem_alloc_array(m.table.numbers, sizeof *g);
    assert_non_null(g);
    for (size_t step = 0; step < STEPS; step++) random_step(&m, p, g, step);
    mem_free(g);
    pass_free(p);
    case_model_free(&m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_length), cmocka_unit_test(test_rounds),
        cmocka_unit_test(test_presets),      cmocka_unit_test(test_prefix),
        cmocka_unit_test(test_gradient),     cmocka_unit_test(test_random_bytes),
    };
    return cmocka_run_group_tests_name("model causality", tests, NULL, NULL);
}
