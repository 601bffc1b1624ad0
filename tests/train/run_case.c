#include "train/run_case.h"

#include "base/buf.h"
#include "base/utf8.h"
#include "os/memory.h"

#include <stdio.h>
#include <string.h>

static const plan_memory memory = {.alloc = os_block_alloc, .free = os_block_free};

static void on_row(void *ctx, const train_row *row) {
    bench *b = ctx;
    b->rows++;
    b->last_bpb = row->train_bpb;
}

static void on_note(void *ctx, const char *text) {
    print_message("note: %s\n", text);
    ((bench *)ctx)->notes++;
}

void bench_sample(void *ctx, const train_sample *sample) {
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

void bench_open(bench *b, const char *out) {
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
    b->spec.events = (run_events){on_row, on_note, bench_sample, on_stop, b};
}

void bench_close(bench *b) {
    corpus_free(b->corpus);
    scratch_remove(&b->folder);
}
