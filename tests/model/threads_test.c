// Training gives the same weights, bit by bit, at any number of threads, and so does decoding; and
// every constructor survives the failure of any of its allocations.
#include "model/model_case.h"

#include "base/alloc.h"
#include "base/crc32c.h"
#include "base/rng.h"
#include "support/failing_alloc.h"
#include "tensor/op_update.h"

#include <stdlib.h>
#include <string.h>

enum { BATCH = 4, LENGTH = 50, STEPS = 20 };

static model_config medium_config(void) {
    model_config c = case_config();
    c.d_model = 40;
    c.n_heads = 4;
    c.d_ff = 60;
    c.dropout = 0.1;
    return c;
}

// One step of Lion with the gradient of a random batch.
typedef struct trainer {
    const case_model *m;
    pass *p;
    exec ex;
    float *g, *momentum; // [table.numbers]
} trainer;

static void train_step(const trainer *a, uint64_t at) {
    const case_model *m = a->m;
    float *g = a->g;
    axl_error err;
    uint16_t ids[BATCH * LENGTH], target[BATCH * LENGTH];
    case_ids(ids, BATCH * LENGTH, &m->table.config, 2 * at);
    case_ids(target, BATCH * LENGTH, &m->table.config, 2 * at + 1);
    memset(g, 0, m->table.numbers * sizeof *g);
    const weights w = {.table = &m->table, .w = m->w, .g = g};
    const pass_batch b = {
        .ids = ids, .target = target, .weight = 1.0f / (BATCH * LENGTH), .seed = 3, .step = at};
    pass_losses losses;
    case_ok(pass_gradient(a->p, &w, &b, &losses, &err), &err);
    case_ok(pass_finish(a->p, &w, &err), &err);
    const op_update_tensor all = {.w = view_f32(m->w, 1, m->table.numbers),
                                  .g = view_f32(g, 1, m->table.numbers),
                                  .m = view_f32(a->momentum, 1, m->table.numbers),
                                  .decay = 0.1f};
    const op_update lion = {.rule = OP_UPDATE_LION,
                            .list = &all,
                            .count = 1,
                            .g_scale = 1,
                            .rate = 1e-3f,
                            .beta1 = 0.9f,
                            .beta2 = 0.99f};
    case_ok(op_update_step(&a->ex, &lion, &err), &err);
}

// The checksum of the weights after STEPS steps.
static uint32_t trained(size_t threads, pass_spec spec) {
    const kernels k = case_kernels();
    const model_config c = medium_config();
    axl_error err;
    case_model m;
    case_model_make(&m, &c, 12);
    pool *threads_pool;
    case_ok(pool_create(&threads_pool, threads, &err), &err);
    pass *p;
    const pass_machine machine = {.k = &k, .p = threads_pool, .limit = PLAN_NO_LIMIT};
    spec.batch = BATCH;
    spec.length = LENGTH;
    spec.train = true;
    case_ok(pass_create(&p, &m.table, &spec, &machine, &err), &err);
    float *g = mem_zalloc_array(m.table.numbers, sizeof *g);
    float *momentum = mem_zalloc_array(m.table.numbers, sizeof *momentum);
    assert_non_null(g);
    assert_non_null(momentum);
    const size_t scratch = op_update_scratch(1);
    trainer a = {.m = &m,
                 .p = p,
                 .ex = {.k = &k, .p = threads_pool, .scratch_bytes = scratch},
                 .g = g,
                 .momentum = momentum};
    a.ex.scratch = mem_alloc_aligned(scratch, EXEC_ALIGN);
    for (uint64_t at = 0; at < STEPS; at++) train_step(&a, at);
    const uint32_t sum = crc32c(0, m.w, m.table.numbers * sizeof *m.w);
    mem_free_aligned(a.ex.scratch);
    mem_free(g);
    mem_free(momentum);
    pass_free(p);
    pool_free(threads_pool);
    case_model_free(&m);
    return sum;
}

static const size_t counts[] = {2, 3, 4, 8};

static void test_training(void **state) {
    (void)state;
    const pass_spec specs[] = {{.type = DTYPE_F32}, {.type = DTYPE_BF16}};
    for (size_t i = 0; i < COUNT_OF(specs); i++) {
        const uint32_t one = trained(1, specs[i]);
        for (size_t t = i; t < COUNT_OF(counts); t += 1 + 2 * i) // of bf16 one count is enough
            assert_int_equal(trained(counts[t], specs[i]), one);
        pass_spec again = specs[i];
        again.recompute = true; // computing a block twice changes no bit either
        assert_int_equal(trained(2, again), one);
    }
}

static uint32_t decoded(size_t threads) {
    enum { BYTES = 150 };
    const kernels k = case_kernels();
    model_config c = medium_config();
    c.max_seq_len = 64;
    axl_error err;
    case_model m;
    case_model_make(&m, &c, 13);
    pool *threads_pool;
    case_ok(pool_create(&threads_pool, threads, &err), &err);
    frozen f;
    stepper *s;
    cache memory;
    case_ok(frozen_of_block(&f, &m.table, &(frozen_source){m.w, m.w, DTYPE_F32}, &err), &err);
    const step_machine machine = {.k = &k, .p = threads_pool, .limit = PLAN_NO_LIMIT};
    const step_spec spec = {.sequences = 1, .bytes = 40};
    case_ok(step_create(&s, &f, &spec, &machine, &err), &err);
    case_ok(cache_create(&memory, &c, f.start, NULL, &err), &err);
    uint16_t ids[BYTES];
    case_ids(ids, BYTES, &c, 1);
    float *logits = malloc(BYTES * c.vocab_size * sizeof *logits);
    assert_non_null(logits);
    for (size_t t = 0, part = 1; t < BYTES; t += part) {
        part = t < 20 ? 1 : 26;
        const step_item item = {
            .ids = ids + t, .count = part, .wanted = part, .logits = logits + t * c.vocab_size};
        case_ok(step_feed(s, &memory, &item, &err), &err);
    }
    const uint32_t sum = crc32c(0, logits, BYTES * c.vocab_size * sizeof *logits);
    free(logits);
    cache_free(&memory);
    step_free(s);
    frozen_free(&f);
    pool_free(threads_pool);
    case_model_free(&m);
    return sum;
}

static void test_decoding(void **state) {
    (void)state;
    const uint32_t one = decoded(1);
    for (size_t t = 0; t < COUNT_OF(counts); t++) assert_int_equal(decoded(counts[t]), one);
}

// ---- allocations that fail ----

typedef struct made {
    kernels k;
    model_config c;
} made;

static axl_status make_pass(void *ctx, axl_error *err) {
    const made *a = ctx;
    param_table t;
    axl_status status = params_build(&t, &a->c, err);
    if (status != AXL_OK) return status;
    const pass_spec spec = {.batch = 2, .length = 5, .train = true, .recompute = true};
    const pass_machine machine = {.k = &a->k, .limit = PLAN_NO_LIMIT};
    pass *p = NULL;
    status = pass_create(&p, &t, &spec, &machine, err);
    assert_true((status == AXL_OK) == (p != NULL));
    pass_free(p);
    params_free(&t);
    return status;
}

static axl_status make_step(void *ctx, axl_error *err) {
    const made *a = ctx;
    param_table t;
    frozen f;
    cache memory;
    stepper *s = NULL;
    axl_status status = params_build(&t, &a->c, err);
    if (status != AXL_OK) return status;
    static float block[1 << 16];
    assert_true(t.numbers <= COUNT_OF(block));
    status = frozen_of_block(&f, &t, &(frozen_source){block, block, DTYPE_F32}, err);
    if (status == AXL_OK) {
        status = cache_create(&memory, &a->c, f.start, NULL, err);
        if (status == AXL_OK) {
            const step_spec spec = {.sequences = 2, .bytes = 7};
            const step_machine machine = {.k = &a->k, .limit = PLAN_NO_LIMIT};
            status = step_create(&s, &f, &spec, &machine, err);
            step_free(s);
            cache_free(&memory);
        }
        frozen_free(&f);
    }
    params_free(&t);
    return status;
}

static void test_failing(void **state) {
    (void)state;
    made a = {.k = case_kernels(), .c = case_config()};
    a.c.max_seq_len = 16;
    assert_true(for_each_failing_alloc(make_pass, &a) >= 5);
    assert_true(for_each_failing_alloc(make_step, &a) >= 5);
}

// Memory is asked for before it is taken, and a limit is kept.
static void test_limit(void **state) {
    (void)state;
    const kernels k = case_kernels();
    const model_config c = case_config();
    axl_error err;
    param_table t;
    case_ok(params_build(&t, &c, &err), &err);
    const pass_spec spec = {.batch = 3, .length = 64, .train = true};
    pass_machine machine = {.k = &k, .limit = PLAN_NO_LIMIT};
    size_t bytes = 0;
    pass *p;
    case_ok(pass_bytes(&t, &spec, &machine, &bytes, &err), &err);
    assert_true(bytes > 100000);
    machine.limit = bytes - 1;
    assert_int_equal(pass_create(&p, &t, &spec, &machine, &err), AXL_TOO_LARGE);
    assert_null(p);
    machine.limit = bytes;
    case_ok(pass_create(&p, &t, &spec, &machine, &err), &err);
    pass_free(p);
    const pass_spec huge = {.batch = (size_t)1 << 60, .length = 1 << 20};
    assert_int_equal(pass_create(&p, &t, &huge, &machine, &err), AXL_TOO_LARGE);
    const pass_spec none = {.batch = 0, .length = 1};
    assert_int_equal(pass_create(&p, &t, &none, &machine, &err), AXL_BAD_ARGUMENT);
    params_free(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_training),
        cmocka_unit_test(test_decoding),
        cmocka_unit_test(test_failing),
        cmocka_unit_test(test_limit),
    };
    return cmocka_run_group_tests_name("model threads", tests, NULL, NULL);
}
