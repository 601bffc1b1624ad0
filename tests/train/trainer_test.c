// The arithmetic of training: it learns, it is the same bits again, it skips what is not finite.
#include "train/trainer.h"

#include "base/alloc.h"
#include "base/rng.h"
#include "model/model_case.h"
#include "os/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 2, LENGTH = 24 };

static const plan_memory memory = {.alloc = os_block_alloc, .free = os_block_free};

typedef struct bench {
    kernels k;
    model_config c;
    param_table table;
    train_settings s;
    pass_machine machine;
    uint16_t ids[BATCH * LENGTH], target[BATCH * LENGTH];
} bench;

static void bench_open(bench *b) {
    axl_error err;
    memset(b, 0, sizeof *b);
    b->k = case_kernels();
    b->c = case_config();
    b->c.d_model = 24;
    b->c.d_ff = 32;
    case_ok(params_build(&b->table, &b->c, &err), &err);
    b->s = train_settings_defaults();
    b->s.batch = BATCH;
    b->s.length = LENGTH;
    b->s.steps = 150;
    b->machine = (pass_machine){.k = &b->k, .memory = &memory, .limit = PLAN_NO_LIMIT};
    case_ids(b->ids, BATCH * LENGTH, &b->c, 1);
    for (size_t i = 0; i < BATCH * LENGTH; i++)
        b->target[i] = i % LENGTH == LENGTH - 1 ? 65535 : b->ids[i + 1];
}

static trainer_result step(trainer *t, const bench *b, double fraction) {
    axl_error err;
    trainer_result r;
    const trainer_batch batch = {b->ids, b->target, fraction};
    case_ok(trainer_step(t, &batch, &r, &err), &err);
    return r;
}

// Every optimizer can learn one batch by heart.
static void test_learns(void **state) {
    (void)state;
    for (int rule = 0; rule < OPTIMIZER_RULES; rule++) {
        bench b;
        trainer t;
        axl_error err;
        bench_open(&b);
        b.s.optimizer = rule;
        if (rule == OPTIMIZER_SGD) b.s.beta1 = 0.9, b.s.rate = 0.3;
        case_ok(trainer_create(&t, &b.table, &b.s, &b.machine, &err), &err);
        double first = 0, last = 0;
        for (size_t i = 0; i < 150; i++) {
            const trainer_result r = step(&t, &b, (double)i / 150);
            assert_false(r.skipped);
            assert_true(isfinite(r.bits) && r.norm > 0);
            if (i == 0) first = r.bits;
            last = r.bits;
        }
        if (!(first > 6.5 && last < 2))
            fail_msg("%s: from %.2f to %.2f bits", optimizer_name((optimizer_rule)rule), first,
                     last);
        trainer_free(&t);
        params_free(&b.table);
    }
}

// The plan is what is taken, and two runs are equal.
static void test_plan_and_bits(void **state) {
    (void)state;
    bench b;
    trainer t, again;
    trainer_bytes bytes;
    axl_error err;
    bench_open(&b);
    case_ok(trainer_plan(&b.table, &b.s, &b.machine, &bytes, &err), &err);
    assert_true(bytes.all == bytes.weights + bytes.gradients + bytes.moments + bytes.activations +
                                 bytes.scratch);
    assert_int_equal(bytes.weights, b.table.numbers * sizeof(float));
    case_ok(trainer_create(&t, &b.table, &b.s, &b.machine, &err), &err);
    case_ok(trainer_create(&again, &b.table, &b.s, &b.machine, &err), &err);
    for (size_t i = 0; i < 5; i++) {
        step(&t, &b, (double)i / 5);
        step(&again, &b, (double)i / 5);
    }
    assert_memory_equal(t.w, again.w, bytes.weights);
    trainer_free(&t);
    trainer_free(&again);
    params_free(&b.table);
}

// Nothing changes in a step whose gradient is not finite; the next good one goes on.
static void test_skips(void **state) {
    (void)state;
    bench b;
    trainer t;
    axl_error err;
    bench_open(&b);
    case_ok(trainer_create(&t, &b.table, &b.s, &b.machine, &err), &err);
    step(&t, &b, 0.5);
    float *w = mem_alloc_array(b.table.numbers, sizeof *w);
    assert_non_null(w);
    float *bad = &t.w[b.table.fuse + 3];
    const float good = *bad;
    *bad = NAN;
    memcpy(w, t.w, b.table.numbers * sizeof *w);
    const trainer_result r = step(&t, &b, 0.5);
    assert_true(r.skipped);
    assert_memory_equal(w, t.w, b.table.numbers * sizeof *w);
    assert_int_equal(optimizer_steps(t.optimizer), 1);
    *bad = good;
    assert_false(step(&t, &b, 0.5).skipped);
    assert_int_equal(optimizer_steps(t.optimizer), 2);
    mem_free(w);
    trainer_free(&t);
    params_free(&b.table);
}

// A batch without any target, as one inside a long prompt is, changes nothing at all: no moment, no
// decay, no count of updates.
static void test_nothing_to_learn(void **state) {
    (void)state;
    bench b;
    trainer t;
    axl_error err;
    bench_open(&b);
    case_ok(trainer_create(&t, &b.table, &b.s, &b.machine, &err), &err);
    const trainer_result before = step(&t, &b, 0.5);
    assert_int_equal(before.counted, BATCH * (LENGTH - 1));
    const size_t bytes = b.table.numbers * sizeof(float);
    float *w = mem_alloc(bytes), *moment = mem_alloc(bytes);
    assert_true(w && moment);
    memcpy(w, t.w, bytes);
    memcpy(moment, optimizer_moment(t.optimizer, 0), bytes);
    for (size_t i = 0; i < BATCH * LENGTH; i++) b.target[i] = 65535;
    const trainer_result r = step(&t, &b, 0.5);
    assert_false(r.skipped);
    assert_int_equal(r.counted, 0);
    assert_true(r.bits == 0 && r.exit_bits == 0 && r.norm == 0 && r.rate == before.rate);
    assert_memory_equal(w, t.w, bytes);
    assert_memory_equal(moment, optimizer_moment(t.optimizer, 0), bytes);
    assert_int_equal(optimizer_steps(t.optimizer), 1);
    mem_free(w);
    mem_free(moment);
    trainer_free(&t);
    params_free(&b.table);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_learns),
        cmocka_unit_test(test_plan_and_bits),
        cmocka_unit_test(test_skips),
        cmocka_unit_test(test_nothing_to_learn),
    };
    return cmocka_run_group_tests_name("train trainer", tests, NULL, NULL);
}
