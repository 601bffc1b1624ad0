// A run from a folder of text to a folder with a model: it ends, it goes on where it stopped, and
// what it went through in between does not show in the weights.
#include "train/run.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/utf8.h"
#include "model/model_case.h"
#include "os/file.h"
#include "os/folder.h"
#include "os/memory.h"
#include "os/scratch.h"
#include "store/model_dir.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const plan_memory memory = {.alloc = os_block_alloc, .free = os_block_free};

typedef struct bench {
    kernels k;
    scratch folder;
    corpus *corpus;
    run_spec spec;
    size_t rows, notes, samples, asked;
    size_t stop_at; // asked so often, the run is stopped; 0: never
    double last_bpb;
} bench;

static void on_row(void *ctx, const train_row *row) {
    bench *b = ctx;
    b->rows++;
    b->last_bpb = row->train_bpb;
}

static void on_note(void *ctx, const char *text) {
    print_message("note: %s\n", text);
    ((bench *)ctx)->notes++;
}

static void on_sample(void *ctx, const train_sample *sample) {
    assert_true(utf8_valid(sample->completion.data, sample->completion.size));
    ((bench *)ctx)->samples++;
}

static run_stop on_stop(void *ctx) {
    bench *b = ctx;
    return b->stop_at > 0 && ++b->asked == b->stop_at ? RUN_STOP : RUN_GO_ON;
}

// Eight small files of two kinds of line.
static void write_text(const scratch *s) {
    for (size_t i = 0; i < 8; i++) {
        char name[32];
        buf text = {0};
        snprintf(name, sizeof name, "part%zu.txt", i);
        for (size_t line = 0; line < 60; line++)
            assert_true(buf_format(
                &text, line % 2 ? "def f%zu(x): return x + %zu\n" : "class C%zu: size = %zu\n", i,
                line));
        scratch_write(scratch_path(s, name), text.data, text.size);
        buf_free(&text);
    }
}

static void bench_open(bench *b, const char *out) {
    axl_error err;
    memset(b, 0, sizeof *b);
    b->k = case_kernels();
    scratch_make(&b->folder);
    write_text(&b->folder);
    const char *const paths[] = {b->folder.folder};
    const corpus_spec spec = {.path = paths, .paths = 1, .held_fraction = 0.2, .seed = 1};
    case_ok(corpus_build(&b->corpus, &spec, &err), &err);
    b->spec.config = case_config();
    b->spec.config.max_seq_len = 32;
    b->spec.settings = train_settings_defaults();
    b->spec.settings.steps = 12;
    b->spec.settings.batch = 2;
    b->spec.settings.log_every = 3;
    b->spec.settings.eval_every = b->spec.settings.checkpoint_every = 0;
    b->spec.out = out;
    b->spec.corpus = b->corpus;
    b->spec.prompt = "def ";
    b->spec.machine = (pass_machine){.k = &b->k, .memory = &memory, .limit = PLAN_NO_LIMIT};
    b->spec.events = (run_events){on_row, on_note, on_sample, on_stop, b};
}

static void bench_close(bench *b) {
    corpus_free(b->corpus);
    scratch_remove(&b->folder);
}

// The parameters in the folder; the caller frees the model.
static stored_model read_model(const char *folder, const kernels *k) {
    axl_error err;
    stored_model m;
    case_ok(model_dir_read(&m, folder, k, &err), &err);
    return m;
}

static void same_weights(const char *a, const char *b, const kernels *k) {
    stored_model x = read_model(a, k), y = read_model(b, k);
    assert_int_equal(x.table.numbers, y.table.numbers);
    assert_memory_equal(x.block, y.block, x.table.numbers * sizeof *x.block);
    stored_model_free(&x);
    stored_model_free(&y);
}

static void same_file(const char *a, const char *b) {
    axl_error err;
    void *x, *y;
    size_t x_bytes, y_bytes;
    case_ok(os_file_read(a, 1 << 20, &x, &x_bytes, &err), &err);
    case_ok(os_file_read(b, 1 << 20, &y, &y_bytes, &err), &err);
    assert_int_equal(x_bytes, y_bytes);
    mem_free(x);
    mem_free(y);
}

static void test_whole(void **state) {
    (void)state;
    scratch outs;
    scratch_make(&outs);
    bench b;
    bench_open(&b, outs.folder);
    axl_error err;
    run_result result;
    // The folder itself is taken: it holds no run yet.
    case_ok(train_run(&b.spec, &result, &err), &err);
    assert_true(result.finished);
    assert_int_equal(result.progress.step, 12);
    assert_int_equal(result.progress.cursor, 24);
    assert_int_equal(result.progress.bytes, 12 * 2 * 32);
    assert_int_equal(b.samples, 1);
    assert_int_equal(b.notes, 0);
    assert_int_equal(b.rows, 4); // every third; the end is one of them
    assert_true(result.eval_bpb > 1 && result.eval_bpb < 12);
    stored_model m = read_model(outs.folder, &b.k);
    stored_model_free(&m);
    assert_int_equal(train_run(&b.spec, &result, &err), AXL_BAD_ARGUMENT);
    assert_non_null(strstr(err.text, "--resume"));
    bench_close(&b);
    scratch_remove(&outs);
}

// Stopped three times and gone on with: the weights of the run that was never stopped.
static void test_resume(void **state) {
    (void)state;
    scratch whole, parts;
    scratch_make(&whole);
    scratch_make(&parts);
    bench b;
    bench_open(&b, whole.folder);
    axl_error err;
    run_result result;
    case_ok(train_run(&b.spec, &result, &err), &err);
    b.spec.out = parts.folder;
    static const size_t stops[] = {4, 2, 5, 0};
    for (size_t i = 0; i < COUNT_OF(stops); i++) {
        b.spec.resume = i > 0;
        b.stop_at = stops[i];
        b.asked = 0;
        const axl_status status = train_run(&b.spec, &result, &err);
        assert_int_equal(status, stops[i] > 0 ? AXL_INTERRUPTED : AXL_OK);
        assert_int_equal(result.finished, stops[i] == 0);
    }
    assert_int_equal(result.progress.step, 12);
    same_weights(whole.folder, parts.folder, &b.k);
    char a[SCRATCH_PATH_MAX + 16], c[SCRATCH_PATH_MAX + 16];
    snprintf(a, sizeof a, "%s/samples.jsonl", whole.folder);
    snprintf(c, sizeof c, "%s/samples.jsonl", parts.folder);
    same_file(a, c); // the same completion of the same weights
    bench_close(&b);
    scratch_remove(&whole);
    scratch_remove(&parts);
}

static void test_refused(void **state) {
    (void)state;
    scratch outs;
    scratch_make(&outs);
    bench b;
    bench_open(&b, outs.folder);
    axl_error err;
    run_result result;
    b.spec.resume = true;
    assert_int_equal(train_run(&b.spec, &result, &err), AXL_NOT_FOUND);
    assert_int_equal(scratch_count(&outs, ""), 0); // nothing was written
    b.spec.resume = false;
    case_ok(train_run(&b.spec, &result, &err), &err);
    b.spec.resume = true;
    b.spec.settings.batch = 3;
    assert_int_equal(train_run(&b.spec, &result, &err), AXL_BAD_FILE);
    assert_non_null(strstr(err.text, "made with batch 2, not 3"));
    b.spec.settings.batch = 2;
    b.spec.config.d_ff = 11;
    assert_int_equal(train_run(&b.spec, &result, &err), AXL_BAD_FILE);
    assert_non_null(strstr(err.text, "d_ff"));
    b.spec.config.d_ff = 10;
    b.spec.settings.steps = 0;
    assert_int_equal(train_run(&b.spec, &result, &err), AXL_BAD_ARGUMENT);
    bench_close(&b);
    scratch_remove(&outs);
}

// By bytes and by minutes.
static void test_limits(void **state) {
    (void)state;
    scratch outs;
    scratch_make(&outs);
    bench b;
    char out[SCRATCH_PATH_MAX + 16];
    snprintf(out, sizeof out, "%s/bytes", outs.folder);
    bench_open(&b, out);
    axl_error err;
    run_result result;
    b.spec.settings.steps = 0;
    b.spec.settings.bytes = 300;
    case_ok(train_run(&b.spec, &result, &err), &err);
    assert_int_equal(result.progress.bytes, 320); // the step that passes the limit is whole
    snprintf(out, sizeof out, "%s/minutes", outs.folder);
    b.spec.settings.bytes = 0;
    b.spec.settings.minutes = 0.005;
    b.spec.settings.overfit_batch = 1;
    case_ok(train_run(&b.spec, &result, &err), &err);
    assert_true(result.finished && result.progress.step > 0);
    assert_int_equal(result.progress.cursor, 0); // always the first batch
    assert_true(result.progress.seconds >= 0.3);
    bench_close(&b);
    scratch_remove(&outs);
}

// The rows of both runs: the same figures, times aside. One was stopped in the middle of what a row
// tells, and once while it looked at held-out text.
static void test_rows(void **state) {
    (void)state;
    scratch whole, parts;
    scratch_make(&whole);
    scratch_make(&parts);
    bench b;
    bench_open(&b, whole.folder);
    axl_error err;
    run_result result;
    b.spec.settings.log_every = 5;
    b.spec.settings.keep_last = 1;
    case_ok(train_run(&b.spec, &result, &err), &err);
    const double train = result.train_bpb, held = result.eval_bpb;
    b.spec.out = parts.folder;
    // Before step 8; too late, in the look after the last step; not at all, when all is done.
    static const size_t stops[] = {8, 6, 0};
    for (size_t i = 0; i < COUNT_OF(stops); i++) {
        b.spec.resume = i > 0;
        b.stop_at = stops[i];
        b.asked = 0;
        const axl_status status = train_run(&b.spec, &result, &err);
        assert_int_equal(status, i == 0 ? AXL_INTERRUPTED : AXL_OK);
        assert_int_equal(result.progress.step, i == 0 ? 7 : 12);
    }
    assert_true(result.train_bpb == train && result.eval_bpb == held);
    // Finished: nothing is done again, and the figures are those of the log.
    b.rows = 0;
    const size_t files = scratch_count(&parts, "");
    // What a killed process has left goes, even where nothing is written.
    scratch checkpoints;
    snprintf(checkpoints.folder, sizeof checkpoints.folder, "%.400s/checkpoints", parts.folder);
    scratch_text(scratch_path(&parts, ".axl-tmp-00000000-1-2-3"), "litter");
    case_ok(os_folder_make(scratch_path(&checkpoints, ".axl-tmp-00000000-1-2-3"), &err), &err);
    case_ok(train_run(&b.spec, &result, &err), &err);
    assert_int_equal(b.rows, 0);
    assert_true(result.finished && result.train_bpb == train && result.eval_bpb == held);
    assert_int_equal(scratch_count(&parts, ""), files);
    assert_int_equal(scratch_count(&checkpoints, ""), 1);
    bench_close(&b);
    scratch_remove(&whole);
    scratch_remove(&parts);
}

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
    on_sample(ctx, sample);
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
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),   cmocka_unit_test(test_resume),
        cmocka_unit_test(test_refused), cmocka_unit_test(test_limits),
        cmocka_unit_test(test_rows),    cmocka_unit_test(test_overfit),
        cmocka_unit_test(test_fill),
    };
    return cmocka_run_group_tests_name("train run", tests, NULL, NULL);
}
