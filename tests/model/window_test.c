// Decoding past the context against the specification, reference/axl_window.py: the logits of every
// byte, on every level, however the bytes come. Takes folders of cases; without any, the kept one.
#include "model/golden_case.h"

#include <stdlib.h>

#define MOST 2e-5 // error of the logits of a byte, relative to their norm

static const char *const kept[] = {AXL_GOLDEN "/window"};
static golden_list cases = {kept, COUNT_OF(kept)};

// A case, decoded: the machine, the model as decoding reads it, and room for the logits.
typedef struct bench {
    kernels k;
    golden_case g;
    frozen f;
    float *logits; // [length, V]
} bench;

static void bench_open(bench *b, const char *folder, kernel_level level) {
    axl_error err;
    assert_true(kernels_select(level, &b->k));
    golden_open(&b->g, folder, &b->k);
    assert_int_equal(b->g.batch, 1);
    const stored_model *m = &b->g.model;
    assert_true(b->g.length > 3 * m->table.config.max_seq_len);
    const frozen_source source = {m->block, m->block, DTYPE_F32};
    case_ok(frozen_of_block(&b->f, &m->table, &source, &err), &err);
    b->logits = malloc(b->g.length * m->table.config.vocab_size * sizeof *b->logits);
    assert_non_null(b->logits);
}

static void bench_close(bench *b) {
    free(b->logits);
    frozen_free(&b->f);
    golden_close(&b->g);
}

// Feeds `piece` bytes a call to a step that has room for `room` of them.
static void decode(bench *b, size_t piece, size_t room) {
    axl_error err;
    const size_t v = b->g.model.table.config.vocab_size, length = b->g.length;
    const step_machine machine = {.k = &b->k, .limit = PLAN_NO_LIMIT};
    stepper *s;
    cache c;
    const step_spec spec = {.sequences = 1, .bytes = room};
    case_ok(step_create(&s, &b->f, &spec, &machine, &err), &err);
    case_ok(cache_create(&c, &b->g.model.table.config, b->f.start, NULL, &err), &err);
    for (size_t t = 0; t < length; t += piece) {
        const size_t part = length - t < piece ? length - t : piece;
        const step_item item = {
            .ids = b->g.ids + t, .count = part, .wanted = part, .logits = b->logits + t * v};
        case_ok(step_feed(s, &c, &item, &err), &err);
    }
    cache_free(&c);
    step_free(s);
}

// Every row by itself: many good ones must not hide the one after a slide.
static void check(const bench *b, size_t piece) {
    const size_t v = b->g.model.table.config.vocab_size;
    const float *want = golden_tensor(&b->g, "logits");
    for (size_t t = 0; t < b->g.length; t++) {
        const golden_pair row = {"logits", b->logits + t * v, want + t * v, v};
        const double error = golden_compare(&b->g, &row).relative;
        if (!(error <= MOST))
            fail_msg("%s: in pieces of %zu: the logits after byte %zu are off by %.3g", b->g.folder,
                     piece, t, error);
    }
}

// A quarter of the window in whole coarse groups, at least one: what the cases are made with.
static void test_stride(void **state) {
    (void)state;
    static const size_t expected[][2] = {{4, 4},  {8, 4},  {16, 4},  {28, 4},
                                         {32, 8}, {36, 8}, {48, 12}, {256, 64}};
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        const model_config c = {.max_seq_len = expected[i][0]};
        assert_int_equal(cache_stride(&c), expected[i][1]);
    }
}

typedef void visit(bench *b);

static void each_case(visit *fn) {
    for (int level = 0; level < KERNEL_LEVELS; level++) {
        kernels k;
        if (!kernels_select((kernel_level)level, &k)) continue;
        for (size_t i = 0; i < cases.count; i++) {
            bench b;
            bench_open(&b, cases.folders[i], (kernel_level)level);
            fn(&b);
            bench_close(&b);
        }
    }
}

static void one_by_one(bench *b) {
    decode(b, 1, 1);
    check(b, 1);
}
static void test_one_by_one(void **state) {
    (void)state;
    each_case(one_by_one);
}

// Pieces that end before, at and behind a full window, and hold several windows.
static void in_pieces(bench *b) {
    const size_t window = b->g.model.table.config.max_seq_len;
    for (size_t piece = 2; piece < b->g.length; piece = piece < 13 ? piece + 1 : piece + 7) {
        decode(b, piece, window);
        check(b, piece);
    }
    decode(b, b->g.length, 5); // the step cuts it once more, out of time with the window
    check(b, b->g.length);
    decode(b, b->g.length, b->g.length);
    check(b, b->g.length);
}
static void test_in_pieces(void **state) {
    (void)state;
    each_case(in_pieces);
}

int main(int argc, char **argv) {
    cases = golden_choose(cases, argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stride),
        cmocka_unit_test(test_one_by_one),
        cmocka_unit_test(test_in_pieces),
    };
    return cmocka_run_group_tests_name("model window", tests, NULL, NULL);
}
