// Bits per byte in strided windows: against passes that are cut by hand, and against the other way.
#include "eval_case.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NEAR 1e-5 // relative

static const size_t sizes[] = {0, 1, 7, 8, 9, 31, 32, 33, 40, 41, 129, 600};
enum { SIZES = COUNT_OF(sizes) };

// Each byte from the logits of a pass of its own, over the window that the definition gives it.
static double naive_bits(const eval_case *c, const eval_document *d) {
    const model_config *config = &c->m.table.config;
    const size_t w = config->max_seq_len, stride = cache_stride(config), v = config->vocab_size;
    const uint8_t *text = d->data;
    double bits = 0;
    for (size_t t = 0; t < d->bytes; t++) {
        // The first window that ends behind symbol t begins at a multiple of the stride.
        size_t from = 0;
        while (from + w <= t) from += stride;
        uint16_t ids[256];
        for (size_t i = from; i <= t; i++) ids[i - from] = i ? text[i - 1] : MODEL_BOS;
        float *logits = case_logits(&c->m, &c->k, ids, t - from + 1);
        bits += eval_case_bits(logits + (t - from) * v, v, text[t]);
        free(logits);
    }
    return bits;
}

static void test_naive(void **state) {
    (void)state;
    for (size_t context = 8; context <= 64; context *= 2) {
        eval_case c;
        eval_case_open(&c, context);
        eval_document list[SIZES];
        eval_case_documents(list, sizes, SIZES, 1);
        eval_bpb a = eval_case_of(&c, list, SIZES);
        a.way = EVAL_STRIDED;
        const eval_case_scores got = eval_case_run(&a);
        for (size_t i = 0; i < SIZES; i++) {
            const double want = naive_bits(&c, &list[i]);
            assert_true(fabs(got.each[i].bits - want) <= NEAR * want);
        }
        eval_case_close(&c);
    }
}

static void test_grouping(void **state) {
    (void)state;
    eval_case c;
    eval_case_open(&c, 32);
    eval_document list[SIZES];
    eval_case_documents(list, sizes, SIZES, 2);
    eval_bpb a = eval_case_of(&c, list, SIZES);
    a.way = EVAL_STRIDED;
    const eval_case_scores want = eval_case_run(&a);
    for (a.together = 1; a.together < 50; a.together += 3) {
        axl_error err;
        step_machine machine = c.machine;
        case_ok(pool_create(&machine.p, 1 + a.together % 4, &err), &err);
        a.machine = &machine;
        const eval_case_scores got = eval_case_run(&a);
        eval_case_equal(&got, &want, SIZES);
        pool_free(machine.p);
    }
    a.machine = &c.machine;
    a.together = 0;
    a.list = &list[SIZES - 1];
    a.count = 1;
    const eval_case_scores got = eval_case_run(&a);
    assert_true(got.each[0].bits == want.each[SIZES - 1].bits);
    eval_case_close(&c);
}

// Up to the context both ways see the same; beyond it they do not.
static void test_ways(void **state) {
    (void)state;
    enum { CONTEXT = 40 };
    eval_case c;
    eval_case_open(&c, CONTEXT);
    eval_document list[SIZES];
    eval_case_documents(list, sizes, SIZES, 3);
    eval_bpb a = eval_case_of(&c, list, SIZES);
    const eval_case_scores sliding = eval_case_run(&a);
    a.way = EVAL_STRIDED;
    const eval_case_scores strided = eval_case_run(&a);
    for (size_t i = 0; i < SIZES; i++) {
        const double far = fabs(sliding.each[i].bits - strided.each[i].bits);
        if (sizes[i] <= CONTEXT)
            assert_true(far <= NEAR * strided.each[i].bits);
        else if (sizes[i] > 2 * CONTEXT)
            assert_true(far > NEAR * strided.each[i].bits);
    }
    eval_case_close(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_naive),
        cmocka_unit_test(test_grouping),
        cmocka_unit_test(test_ways),
    };
    return cmocka_run_group_tests_name("eval strided", tests, NULL, NULL);
}
