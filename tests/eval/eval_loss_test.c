// The cost of a symbol, and that what a model predicts is a distribution.
#include "eval/eval_loss.h"

#include "eval_case.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// The probabilities of all symbols at 1,000 random contexts of random length.
static void test_sums_to_one(void **state) {
    (void)state;
    enum { CONTEXTS = 1000, LENGTH = 100 };
    eval_case c;
    eval_case_open(&c, 64);
    const size_t v = c.m.table.config.vocab_size;
    axl_error err;
    stepper *s;
    cache memory;
    float *logits = malloc(LENGTH * v * sizeof *logits), *same = malloc(v * v * sizeof *same);
    uint16_t ids[LENGTH], *target = malloc(v * sizeof *target);
    double *nats = malloc(v * sizeof *nats);
    assert_true(logits && same && target && nats);
    for (size_t i = 0; i < v; i++) target[i] = (uint16_t)i;
    const step_spec spec = {.sequences = 1, .bytes = LENGTH, .packed = true};
    case_ok(step_create(&s, &c.f, &spec, &c.machine, &err), &err);
    case_ok(cache_create(&memory, &c.m.table.config, c.f.start, NULL, &err), &err);
    double worst = 0;
    for (size_t n = 0; n < CONTEXTS; n++) {
        const size_t t = n % LENGTH;
        if (t == 0) { // another sequence
            case_ids(ids, LENGTH, &c.m.table.config, n);
            const step_item item = {
                .ids = ids, .count = LENGTH, .wanted = LENGTH, .logits = logits};
            case_ok(step_feed(s, &memory, &item, &err), &err);
        }
        for (size_t i = 0; i < v; i++) memcpy(same + i * v, logits + t * v, v * sizeof *same);
        eval_rows_run(NULL, &(eval_rows){same, v, v, target, nats});
        double sum = 0;
        for (size_t i = 0; i < v; i++) sum += exp(-nats[i]);
        worst = fmax(worst, fabs(sum - 1));
    }
    assert_true(worst <= 1e-6);
    cache_free(&memory);
    step_free(s);
    free(logits);
    free(same);
    free(target);
    free(nats);
    eval_case_close(&c);
}

static void test_values(void **state) {
    (void)state;
    enum { N = 6, ROWS = 5 };
    const float z[ROWS][N] = {
        {0, 0, 0, 0, 0, 0},
        {1, 2, 3, -4, 5.5f, 0.25f},
        {3e38f, -3e38f, 0, 0, 0, 0},        // as far apart as f32 goes
        {-1000, -1001, -1002, -1003, 0, 0}, // exp of any of them alone is 0
        {700, 800, 900, 1000, 1100, 1200},  // or infinite
    };
    const uint16_t target[ROWS] = {3, 3, 0, 1, 5};
    double nats[ROWS];
    eval_rows_run(NULL, &(eval_rows){z[0], ROWS, N, target, nats});
    assert_true(fabs(nats[0] - log(6)) <= 1e-15);
    assert_true(fabs(nats[1] / log(2) - eval_case_bits(z[1], N, 3)) <= 1e-14);
    assert_true(nats[2] == 0);
    assert_true(fabs(nats[3] - (1001 + log(2))) <= 1e-12);
    assert_true(nats[4] >= 0 && nats[4] <= 1e-40);
}

static void test_not_finite(void **state) {
    (void)state;
    enum { N = 4, ROWS = 5 };
    const float z[ROWS][N] = {
        {0, NAN, 0, 0}, {NAN, 0, 0, 0}, {0, INFINITY, 0, 0}, {-INFINITY, 0, 0, 0}, {1, 2, 3, 4}};
    const uint16_t target[ROWS] = {0, 0, 0, 0, EVAL_NO_TARGET};
    double nats[ROWS];
    eval_rows_run(NULL, &(eval_rows){z[0], ROWS, N, target, nats});
    for (size_t r = 0; r < ROWS - 1; r++) assert_true(!isfinite(nats[r]));
    assert_true(nats[ROWS - 1] == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sums_to_one),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_not_finite),
    };
    return cmocka_run_group_tests_name("eval loss", tests, NULL, NULL);
}
