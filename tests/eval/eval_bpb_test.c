// Bits per byte in the sliding way: against a byte-by-byte computation, and the same bits however
// the documents are grouped.
#include "eval_case.h"

#include "os/scratch.h"
#include "support/failing_alloc.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NEAR 1e-5 // relative: few rows and many rows are summed in different orders

static const size_t sizes[] = {0, 1, 2, 3, 5, 31, 32, 33, 64, 200, 700, 0};
enum { SIZES = COUNT_OF(sizes) };

// Byte by byte, one document after the other, with nothing of src/eval. What comes later cannot be
// known here, so nothing that agrees with it peeps.
static double naive_bits(const eval_case *c, const eval_document *d) {
    axl_error err;
    const size_t v = c->m.table.config.vocab_size;
    stepper *s;
    cache memory;
    float *logits = malloc(v * sizeof *logits);
    assert_non_null(logits);
    case_ok(step_create(&s, &c->f, &(step_spec){.sequences = 1, .bytes = 1}, &c->machine, &err),
            &err);
    case_ok(cache_create(&memory, &c->m.table.config, c->f.start, NULL, &err), &err);
    double bits = 0;
    uint16_t symbol = MODEL_BOS;
    for (size_t t = 0; t < d->bytes; t++) {
        const step_item item = {.ids = &symbol, .count = 1, .wanted = 1, .logits = logits};
        case_ok(step_feed(s, &memory, &item, &err), &err);
        symbol = ((const uint8_t *)d->data)[t];
        bits += eval_case_bits(logits, v, symbol);
    }
    cache_free(&memory);
    step_free(s);
    free(logits);
    return bits;
}

static void test_naive(void **state) {
    (void)state;
    for (size_t context = 8; context <= 256; context *= 4) {
        eval_case c;
        eval_case_open(&c, context);
        eval_document list[SIZES];
        eval_case_documents(list, sizes, SIZES, 1);
        const eval_bpb a = eval_case_of(&c, list, SIZES);
        const eval_case_scores got = eval_case_run(&a);
        double bits = 0;
        uint64_t bytes = 0;
        for (size_t i = 0; i < SIZES; i++) {
            const double want = naive_bits(&c, &list[i]);
            assert_int_equal(got.each[i].bytes, sizes[i]);
            assert_true(fabs(got.each[i].bits - want) <= NEAR * want);
            if (sizes[i] == 0)
                assert_true(isnan(got.each[i].bpb));
            else
                assert_true(got.each[i].bpb == got.each[i].bits / (double)sizes[i]);
            bits += got.each[i].bits;
            bytes += sizes[i];
        }
        assert_true(got.total.bits == bits && got.total.bytes == bytes);
        assert_true(got.total.bpb == bits / (double)bytes);
        eval_case_close(&c);
    }
}

// All logits are 0 when the embedding is.
static void test_uniform(void **state) {
    (void)state;
    eval_case c;
    eval_case_open(&c, 32);
    const param *embed = &c.m.table.list[0];
    assert_int_equal(embed->kind, PARAM_EMBEDDING);
    memset(c.m.w + embed->offset, 0, embed->count * sizeof *c.m.w);
    eval_document list[SIZES];
    eval_case_documents(list, sizes, SIZES, 2);
    const eval_bpb a = eval_case_of(&c, list, SIZES);
    const eval_case_scores got = eval_case_run(&a);
    for (size_t i = 0; i < SIZES; i++)
        if (sizes[i]) assert_true(fabs(got.each[i].bpb - log2(258)) <= 1e-13);
    assert_true(fabs(got.total.bpb - log2(258)) <= 1e-13);
    eval_case_close(&c);
}

// The same bits: any number together, any threads, any order, any company.
static void test_grouping(void **state) {
    (void)state;
    static const size_t threads[] = {2, 3, 4, 8};
    eval_case c;
    eval_case_open(&c, 64);
    eval_document list[SIZES];
    eval_case_documents(list, sizes, SIZES, 3);
    eval_bpb a = eval_case_of(&c, list, SIZES);
    const eval_case_scores want = eval_case_run(&a);
    for (a.together = 1; a.together <= 2 * SIZES; a.together += 1 + a.together / 3) {
        const eval_case_scores got = eval_case_run(&a);
        eval_case_equal(&got, &want, SIZES);
    }
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        axl_error err;
        step_machine machine = c.machine;
        case_ok(pool_create(&machine.p, threads[i], &err), &err);
        a.machine = &machine;
        a.together = i; // 0: by itself
        const eval_case_scores got = eval_case_run(&a);
        eval_case_equal(&got, &want, SIZES);
        pool_free(machine.p);
    }
    a.machine = &c.machine;
    for (size_t i = 0; i < SIZES; i++) { // alone, and as the last of the reversed list
        a.list = &list[i];
        a.count = 1;
        const eval_case_scores got = eval_case_run(&a);
        assert_true(got.each[0].bits == want.each[i].bits);
    }
    eval_document reversed[SIZES];
    for (size_t i = 0; i < SIZES; i++) reversed[i] = list[SIZES - 1 - i];
    a.list = reversed;
    a.count = SIZES;
    const eval_case_scores got = eval_case_run(&a);
    for (size_t i = 0; i < SIZES; i++)
        assert_true(got.each[i].bits == want.each[SIZES - 1 - i].bits);
    eval_case_close(&c);
}

static void test_files(void **state) {
    (void)state;
    eval_case c;
    eval_case_open(&c, 64);
    eval_document list[2], files[2];
    static const size_t two[] = {500, 77};
    eval_case_documents(list, two, 2, 5);
    scratch box;
    char names[2][SCRATCH_PATH_MAX];
    scratch_make(&box);
    for (size_t i = 0; i < 2; i++) {
        snprintf(names[i], sizeof names[i], "%s", scratch_path(&box, list[i].name));
        scratch_write(names[i], list[i].data, list[i].bytes);
        files[i] = (eval_document){.name = names[i], .bytes = list[i].bytes};
    }
    const int descriptor = scratch_free_descriptor();
    const eval_bpb a = eval_case_of(&c, list, 2), b = eval_case_of(&c, files, 2);
    const eval_case_scores want = eval_case_run(&a);
    eval_case_scores got = eval_case_run(&b);
    eval_case_equal(&got, &want, 2);
    list[0].bytes = files[0].bytes = 100; // the first bytes only
    const eval_case_scores less = eval_case_run(&a);
    got = eval_case_run(&b);
    eval_case_equal(&got, &less, 2);
    assert_true(less.each[0].bits < want.each[0].bits);

    axl_error err;
    files[1].bytes = 78; // it was longer when it was looked at
    assert_int_equal(eval_bpb_run(&b, got.each, &got.total, &err), AXL_IO);
    assert_non_null(strstr(err.text, names[1]));
    scratch_remove(&box);
    assert_int_equal(eval_bpb_run(&b, got.each, &got.total, &err), AXL_NOT_FOUND);
    assert_int_equal(scratch_free_descriptor(), descriptor);
    eval_case_close(&c);
}

static void test_numeric(void **state) {
    (void)state;
    eval_case c;
    eval_case_open(&c, 32);
    eval_document list[SIZES];
    eval_case_documents(list, sizes, SIZES, 6);
    // The row of one byte: from its first appearance on the document has no figure.
    uint8_t *text = (uint8_t *)(uintptr_t)list[9].data;
    text[150] = 255;
    const param *embed = &c.m.table.list[0];
    c.m.w[embed->offset + 255 * embed->count / 258] = NAN;
    eval_bpb a = eval_case_of(&c, list, SIZES);
    for (a.way = EVAL_SLIDING; a.way <= EVAL_STRIDED; a.way++) {
        eval_case_scores got;
        axl_error err;
        assert_int_equal(eval_bpb_run(&a, got.each, &got.total, &err), AXL_NUMERIC);
        assert_non_null(strstr(err.text, "is no number"));
    }
    eval_case_close(&c);
}

typedef struct watch {
    uint64_t last, total;
    size_t calls, stop_at;
} watch;

static int look(void *ctx, uint64_t done, uint64_t total) {
    watch *w = ctx;
    assert_true(w->calls == 0 || done > w->last);
    assert_true(done < total);
    w->last = done;
    w->total = total;
    return ++w->calls == w->stop_at;
}

static void test_progress(void **state) {
    (void)state;
    eval_case c;
    eval_case_open(&c, 32);
    eval_document list[SIZES];
    eval_case_documents(list, sizes, SIZES, 7);
    for (int way = EVAL_SLIDING; way <= EVAL_STRIDED; way++) {
        watch w = {0};
        eval_bpb a = eval_case_of(&c, list, SIZES);
        a.way = (eval_way)way;
        a.together = 3;
        a.progress = look;
        a.progress_ctx = &w;
        const eval_case_scores got = eval_case_run(&a);
        assert_int_equal(w.total, got.total.bytes);
        assert_true(w.calls > 5);
        w = (watch){.stop_at = 4};
        eval_case_scores none;
        axl_error err;
        assert_int_equal(eval_bpb_run(&a, none.each, &none.total, &err), AXL_INTERRUPTED);
        assert_int_equal(w.calls, 4);
    }
    eval_case_close(&c);
}

static void test_nothing(void **state) {
    (void)state;
    eval_case c;
    eval_case_open(&c, 32);
    const eval_document empty[2] = {{.name = "a", .data = ""}, {.name = "b", .data = ""}};
    for (size_t count = 0; count <= 2; count++) {
        const eval_bpb a = eval_case_of(&c, empty, count);
        const eval_case_scores got = eval_case_run(&a);
        assert_true(got.total.bytes == 0 && got.total.bits == 0 && isnan(got.total.bpb));
    }
    eval_case_close(&c);
}

static axl_status evaluate(void *ctx, axl_error *err) {
    eval_case_scores got;
    return eval_bpb_run(ctx, got.each, &got.total, err);
}

static void test_no_memory(void **state) {
    (void)state;
    eval_case c;
    eval_case_open(&c, 32);
    eval_document list[4];
    eval_case_documents(list, sizes + 4, 4, 8);
    eval_bpb a = eval_case_of(&c, list, 4);
    assert_true(for_each_failing_alloc(evaluate, &a) > 8);
    a.way = EVAL_STRIDED;
    assert_true(for_each_failing_alloc(evaluate, &a) > 5);
    eval_case_close(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_naive),    cmocka_unit_test(test_uniform),
        cmocka_unit_test(test_grouping), cmocka_unit_test(test_files),
        cmocka_unit_test(test_numeric),  cmocka_unit_test(test_progress),
        cmocka_unit_test(test_nothing),  cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests_name("eval bpb", tests, NULL, NULL);
}
