// The search for a learning rate: its rule on curves whose answer is known, and the search itself.
#include "train/lr_search.h"

#include "model/model_case.h"
#include "os/memory.h"
#include "os/scratch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS = 200, TURN = 140 };

// Rates from 1e-5 up, by the tenth part of a decade in 4 steps.
static double rate_at(size_t i) {
    return 1e-5 * pow(10, (double)i / 40);
}

typedef double curve(size_t i);

// 8 bits, from row 40 on falling to 4 at the turn, then rising four times as fast.
static double valley(size_t i) {
    if (i < 40) return 8;
    if (i <= TURN) return 8 - 4 * (double)(i - 40) / (TURN - 40);
    return 4 + 16 * (double)(i - TURN) / (TURN - 40);
}

static double noisy(size_t i) {
    return valley(i) + (i % 2 ? 0.2 : -0.2) + (i % 7 == 0 ? 0.3 : -0.05);
}

static double flat(size_t i) {
    return 8 + (i % 2 ? 0.1 : -0.1);
}

static double falling(size_t i) {
    return 8 - 4 * (double)i / STEPS;
}

static lr_search_result *result_of(curve *bits, size_t count) {
    lr_search_result *r = calloc(1, sizeof *r);
    assert_non_null(r);
    r->planned = STEPS;
    r->count = count;
    for (size_t i = 0; i < count; i++) r->row[i] = (lr_search_row){rate_at(i), bits(i), 0};
    lr_search_propose(r);
    return r;
}

// The proposal is a fifth of the rate at which the loss turns, within a fifth of a decade.
static void the_turn_is_found(void **state) {
    (void)state;
    curve *const curves[] = {valley, noisy};
    for (size_t i = 0; i < COUNT_OF(curves); i++) {
        lr_search_result *r = result_of(curves[i], 180);
        assert_int_equal(r->count, 180);
        assert_in_range(r->lowest, TURN, TURN + 10);
        assert_true(fabs(log10(r->proposed * 5 / rate_at(TURN))) < 0.2);
        free(r);
    }
}

// The mean of rows with the weights 1, 1/e, 1/e^2 ... at a look-back of one row.
static void the_mean_is_the_documented_one(void **state) {
    (void)state;
    lr_search_result r = {.planned = 20, .count = 3};
    for (size_t i = 0; i < 3; i++) r.row[i] = (lr_search_row){rate_at(i), (double)(i + 3), 0};
    lr_search_propose(&r);
    const double f = exp(-1);
    assert_true(fabs(r.row[0].smooth - 3) < 1e-12);
    assert_true(fabs(r.row[1].smooth - (4 + f * 3) / (1 + f)) < 1e-12);
    assert_true(fabs(r.row[2].smooth - (5 + f * 4 + f * f * 3) / (1 + f + f * f)) < 1e-12);
}

static void no_turn_is_no_proposal(void **state) {
    (void)state;
    lr_search_result *r = result_of(flat, STEPS);
    assert_true(r->proposed == 0);
    free(r);
    r = result_of(falling, STEPS);
    assert_int_equal(r->lowest, STEPS - 1);
    assert_true(r->proposed == 0);
    r->diverged = true; // the next step was not finite: that is a turn
    lr_search_propose(r);
    assert_true(r->proposed > 0);
    free(r);
    lr_search_result none = {.planned = STEPS};
    lr_search_propose(&none);
    assert_true(none.proposed == 0);
}

// ---- the search ----

typedef struct bench {
    kernels k;
    scratch folder;
    corpus *corpus;
    lr_search_spec spec;
    size_t asked, stop_at;
} bench;

static bool on_step(void *ctx, size_t done) {
    bench *b = ctx;
    assert_int_equal(done, b->asked);
    return ++b->asked == b->stop_at;
}

static void bench_open(bench *b) {
    char text[4096];
    axl_error err;
    memset(b, 0, sizeof *b);
    b->k = case_kernels();
    scratch_make(&b->folder);
    for (size_t i = 0; i < sizeof text; i++) text[i] = i % 16 == 15 ? '\n' : (char)('a' + i % 16);
    scratch_write(scratch_path(&b->folder, "text"), text, sizeof text);
    const char *const paths[] = {b->folder.folder};
    const corpus_spec spec = {.path = paths, .paths = 1, .seed = 1};
    case_ok(corpus_build(&b->corpus, &spec, &err), &err);
    b->spec =
        (lr_search_spec){.corpus = b->corpus,
                         .config = case_config(),
                         .settings = train_settings_defaults(),
                         .machine = {.k = &b->k, .memory = &os_plan_memory, .limit = PLAN_NO_LIMIT},
                         .steps = 60,
                         .stop = on_step,
                         .ctx = b};
    b->spec.config.max_seq_len = 32;
    b->spec.settings.batch = 2;
}

static void bench_close(bench *b) {
    corpus_free(b->corpus);
    scratch_remove(&b->folder);
}

static lr_search_result *search(bench *b) {
    axl_error err;
    lr_search_result *r = calloc(1, sizeof *r);
    assert_non_null(r);
    b->asked = 0;
    case_ok(lr_search_run(&b->spec, r, &err), &err);
    assert_true(r->count <= b->asked && r->count + 1 >= b->asked);
    return r;
}

static void rates_rise_by_one_factor(void **state) {
    (void)state;
    bench b;
    bench_open(&b);
    b.spec.from = 1e-5;
    b.spec.to = 1e-3;
    b.spec.settings.warmup = 0.5; // of a run; the search has none
    lr_search_result *r = search(&b), *again = search(&b);
    assert_int_equal(r->count, 60);
    assert_false(r->diverged);
    for (size_t i = 0; i < 60; i++)
        assert_true(fabs(r->row[i].rate / (1e-5 * pow(100, (double)i / 59)) - 1) < 1e-9);
    assert_memory_equal(r, again, sizeof *r);
    assert_true(r->row[59].smooth < r->row[0].smooth); // it learns
    free(r);
    free(again);
    bench_close(&b);
}

// Around the standard rate, and no further than the loss stands it.
static void it_ends_where_the_loss_has_risen(void **state) {
    (void)state;
    bench b;
    bench_open(&b);
    b.spec.steps = 200;
    lr_search_result *r = search(&b);
    assert_true(r->standard > 0);
    assert_true(fabs(r->row[0].rate / (r->standard / 1000) - 1) < 1e-9);
    assert_true(r->diverged && r->count < 200);
    assert_true(r->row[r->count - 1].smooth > r->row[r->lowest].smooth + LR_SEARCH_RISE);
    assert_true(r->proposed > 0 && r->proposed < r->row[r->lowest].rate);
    free(r);
    bench_close(&b);
}

static void it_can_be_stopped_and_refuses(void **state) {
    (void)state;
    bench b;
    axl_error err;
    bench_open(&b);
    lr_search_result *r = calloc(1, sizeof *r);
    assert_non_null(r);
    b.stop_at = 5;
    assert_int_equal(lr_search_run(&b.spec, r, &err), AXL_INTERRUPTED);
    assert_int_equal(r->count, 4);
    b.spec.from = 1;
    b.spec.to = 1;
    assert_int_equal(lr_search_run(&b.spec, r, &err), AXL_BAD_ARGUMENT);
    assert_string_equal(err.text, "the rate rises: 1 is not below the last one, 1");
    b.spec.steps = 1;
    assert_int_equal(lr_search_run(&b.spec, r, &err), AXL_BAD_ARGUMENT);
    b.spec.steps = LR_SEARCH_STEPS_MOST + 1;
    assert_int_equal(lr_search_run(&b.spec, r, &err), AXL_BAD_ARGUMENT);
    free(r);
    bench_close(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_turn_is_found),
        cmocka_unit_test(the_mean_is_the_documented_one),
        cmocka_unit_test(no_turn_is_no_proposal),
        cmocka_unit_test(rates_rise_by_one_factor),
        cmocka_unit_test(it_ends_where_the_loss_has_risen),
        cmocka_unit_test(it_can_be_stopped_and_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
