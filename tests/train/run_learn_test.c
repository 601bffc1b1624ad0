// What is learnt in a run shows in its figures and samples: a batch by heart, holes from both
// sides.
#include "train/run_case.h"

#include "base/alloc.h"

#include <stdio.h>
#include <string.h>

// The same batch each time, without reading it again: the loss falls far below that of new text.
static void test_overfit(void **state) {
    (void)state;
    scratch outs;
    scratch_make(&outs);
    bench b;
    bench_open(&b, outs.folder);
    axl_error err;
    run_result result;
    b.spec.settings.steps = 300;
    b.spec.settings.overfit_batch = 1;
    b.spec.settings.log_every = 20;
    b.spec.config.dropout = 0;
    case_ok(train_run(&b.spec, &result, &err), &err);
    assert_int_equal(result.progress.cursor, 0);
    print_message("%.3f bits of the one batch, %.3f held out\n", result.train_bpb, result.eval_bpb);
    assert_true(result.train_bpb < 1 && result.train_bpb < result.eval_bpb - 1);
    bench_close(&b);
    scratch_remove(&outs);
}

// Lines in which the middle follows from both sides: it is the letter of the left, the digit of the
// right.
static corpus *holes_corpus(const scratch *s) {
    axl_error err;
    corpus *c;
    for (size_t i = 0; i < 2; i++)
        for (size_t j = 0; j < 2; j++) {
            char name[32], text[64];
            snprintf(name, sizeof name, "hole%zu_%zu.txt", i, j);
            const char letter = (char)('a' + i), digit = (char)('0' + j);
            snprintf(text, sizeof text, "<%c%c%c%c[%c%c%c%c]%c%c%c%c>", letter, letter, letter,
                     letter, letter, digit, letter, digit, digit, digit, digit, digit);
            scratch_text(scratch_path(s, name), text);
        }
    const char *const paths[] = {s->folder};
    const corpus_spec spec = {.path = paths, .paths = 1, .held_fraction = 0, .seed = 1};
    case_ok(corpus_build(&c, &spec, &err), &err);
    return c;
}

static char filled[64];

static void on_filled(void *ctx, const train_sample *sample) {
    bench_sample(ctx, sample);
    assert_memory_equal(sample->prompt.data, "<bbbb[", 7);
    assert_int_equal(sample->suffix.size, 6);
    assert_memory_equal(sample->suffix.data, "]1111>", 6);
    snprintf(filled, sizeof filled, "%.*s", (int)sample->completion.size, sample->completion.data);
}

// From fim_rate to the sample: a small model learns to fill a hole from both of its sides.
static void test_fill(void **state) {
    (void)state;
    scratch outs, text;
    scratch_make(&outs);
    scratch_make(&text);
    bench b;
    bench_open(&b, outs.folder);
    corpus *holes = holes_corpus(&text);
    axl_error err;
    run_result result;
    b.spec.corpus = holes;
    b.spec.prompt = "<bbbb[" RUN_HOLE "]1111>";
    assert_int_equal(train_run(&b.spec, &result, &err), AXL_BAD_ARGUMENT);
    assert_non_null(strstr(err.text, "set vocab_size to 264"));
    b.spec.config.vocab_size = 264;
    b.spec.config.d_model = 32, b.spec.config.d_ff = 64, b.spec.config.dropout = 0;
    b.spec.config.max_seq_len = 40;
    b.spec.settings.fim_rate = 0.9;
    b.spec.settings.steps = 1000;
    b.spec.settings.batch = 16;
    b.spec.settings.log_every = 100;
    b.spec.events.sample = on_filled;
    case_ok(train_run(&b.spec, &result, &err), &err);
    print_message("%.3f bits; filled with %s\n", result.train_bpb, filled);
    assert_string_equal(filled, "b1b1");
    corpus_free(holes);
    bench_close(&b);
    scratch_remove(&outs);
    scratch_remove(&text);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_overfit), cmocka_unit_test(test_fill)};
    return cmocka_run_group_tests_name("learning", tests, NULL, NULL);
}
