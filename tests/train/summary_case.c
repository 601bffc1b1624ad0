#include "summary_case.h"

#include "log_case.h"
#include "support/unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS 600
#define SAMPLES 3
#define FILES 9
#define LARGE_ROWS 1000000
#define LARGE_FILES 5000
#define LARGE_LIST 1000

#define TEXT(s)                                                                                    \
    { s, sizeof s - 1 }

static train_row rows[ROWS];
static train_file files[FILES];

// Noise that is the same in every run.
static double noise(uint64_t n) {
    return (double)((n * 2654435761u >> 7) % 1000) / 1000 - 0.5;
}

static void make_rows(void) {
    for (uint64_t i = 0; i < ROWS; i++) {
        const double done = (double)(i + 1) / ROWS;
        const double bpb = 1.72 + 6.3 / (1 + 60 * done) + 0.12 * (1 - done);
        rows[i] = log_case_row((i + 1) * 5);
        rows[i].bytes = (i + 1) * 31744;
        rows[i].seconds = 600 * done;
        rows[i].fraction = done;
        rows[i].train_bpb = bpb + 0.09 * noise(i);
        rows[i].exit_bpb = bpb + 0.21 + 0.09 * noise(i + 77);
        rows[i].eval_bpb = (i + 1) % 40 == 0 ? bpb + 0.06 : NAN;
        rows[i].rate = 2.4e-3 * fmin(done / 0.02, done < 0.6 ? 1 : (1 - done) / 0.4);
        rows[i].bytes_per_s = 31500 + 1800 * noise(i + 5) - (i % 90 == 0 ? 6000 : 0);
    }
}

static const train_sample samples[SAMPLES] = {
    {.step = 100,
     .bytes = 634880,
     .prompt = TEXT("def read_lines(path):\n    "),
     .completion = TEXT("se the self the the se\n    ret self.n self")},
    {.step = 1500,
     .bytes = 9523200,
     .prompt = TEXT("def read_lines(path):\n    "),
     .completion =
         TEXT("with open(path) as f:\n        if not self.line:\n            return None")},
    {.step = 3000,
     .bytes = 19046400,
     .prompt = TEXT("def read_lines(path):\n    "),
     .suffix = TEXT("\n    return lines\n"),
     .completion = TEXT("with open(path, 'r') as fp:\n        lines = fp.readlines()")},
};

static const train_source sources[] = {{"corpus/train", 1, 605, 10364239}};
static const train_omission omissions[] = {{"binary", 14}, {"lines over the limit", 1}};
static const train_fact fields[] = {{"d_model", NULL, 96},
                                    {"n_heads", NULL, 6},
                                    {"d_ff", NULL, 256},
                                    {"n_layers_per_scale", NULL, 3},
                                    {"vocab_size", NULL, 258}};
static const train_fact settings[] = {{"optimizer", "lion", 0},     {"learning_rate", NULL, 0.0024},
                                      {"schedule", "trapezoid", 0}, {"batch", NULL, 24},
                                      {"length", NULL, 256},        {"weight_decay", NULL, 0.1}};

static void make_files(void) {
    static const char *const names[FILES] = {
        "held/ast.py",         "held/codecs.py",        "held/datetime.py",
        "held/html/parser.py", "held/html/entities.py", "held/pdb.py",
        "held/posixpath.py",   "held/statistics.py",    "held/wsgiref/simple_server.py"};
    for (size_t i = 0; i < FILES; i++) {
        files[i] = (train_file){.path = names[i],
                                .bytes = 9000 + 11111 * i,
                                .read = 9000 + 11111 * i,
                                .hashed = true,
                                .bpb = 1.71 + 0.2 * noise(i + 3),
                                .gzip_bpb = 2.1 + 0.2 * noise(i + 3),
                                .xz_bpb = 1.99 + 0.2 * noise(i + 3)};
        for (size_t b = 0; b < SHA256_BYTES; b++) files[i].sha256[b] = (uint8_t)(b * 37 + i);
    }
}

train_summary summary_case(void) {
    make_rows();
    make_files();
    return (train_summary){
        .name = "stdlib-650k",
        .version = "0.1.0",
        .command = "axl train --preset auto --minutes 10 --data corpus/train --val corpus/held",
        .time = 1795286095,
        .finished = true,
        .seed = 1,
        .steps = 3000,
        .skipped = 2,
        .bytes = 19046400,
        .passes = 1.84,
        .seconds = 600.4,
        .joules = 41200,
        .model = {.parameters = 1371072,
                  .context = 256,
                  .dtype = "f32",
                  .fields = fields,
                  .field_count = COUNT_OF(fields)},
        .data = {.sources = sources,
                 .source_count = COUNT_OF(sources),
                 .left_out = omissions,
                 .left_out_count = COUNT_OF(omissions),
                 .documents = 605,
                 .bytes = 10364239,
                 .held_documents = 27,
                 .held_bytes = 561464,
                 .duplicates = 3,
                 .split = "the files of --val",
                 .overlap = 0.004,
                 .digest = "0123456789abcdef0123456789abcdef"},
        .machine = {.processor = "AMD EPYC 9R14",
                    .system = "Linux 6.1 x86_64",
                    .level = "avx512",
                    .threads = 2,
                    .memory = (uint64_t)24 << 30,
                    .peak_gflops = 233},
        .figures = {.eval_bpb = 1.794,
                    .exit_bpb = 2.012,
                    .train_bpb = 1.741,
                    .gzip_bpb = 2.05,
                    .xz_bpb = 1.763,
                    .eval_bytes = 561464},
        .settings = settings,
        .setting_count = COUNT_OF(settings),
        .held = files,
        .held_count = FILES,
        .rows = rows,
        .row_count = ROWS,
        .samples = samples,
        .sample_count = SAMPLES,
    };
}

train_summary summary_case_hostile(void) {
    static const train_source source = {HOSTILE, 1, 1, 1};
    static const train_omission omission = {HOSTILE, 1};
    static const train_fact fact = {HOSTILE, HOSTILE, 0};
    static const train_file file = {.path = HOSTILE, .bytes = 1, .read = 1, .bpb = 2};
    static const train_text text = {HOSTILE, sizeof HOSTILE - 1};
    static train_sample sample;
    sample = (train_sample){.step = 1, .prompt = text, .suffix = text, .completion = text};
    train_summary s = summary_case();
    s.name = s.version = s.command = s.license = HOSTILE;
    s.model = (train_model){.preset = HOSTILE, .dtype = HOSTILE, .fields = &fact, .field_count = 1};
    s.machine = (train_machine){.processor = HOSTILE, .system = HOSTILE, .level = HOSTILE};
    s.data.sources = &source;
    s.data.left_out = &omission;
    s.data.source_count = s.data.left_out_count = 1;
    s.data.split = s.data.digest = HOSTILE;
    s.settings = &fact;
    s.setting_count = 1;
    s.held = &file;
    s.held_count = 1;
    s.samples = &sample;
    s.sample_count = 1;
    return s;
}

static train_row *large_rows;
static train_file *large_files;
static train_sample *large_samples;
static char large_text[5000];
static train_fact large_facts[LARGE_LIST];
static train_source large_sources[LARGE_LIST];
static train_omission large_omissions[LARGE_LIST];

static void make_large_lists(train_summary *s) {
    for (size_t i = 0; i < LARGE_LIST; i++) {
        large_facts[i] = (train_fact){large_text, large_text, 0};
        large_sources[i] = (train_source){large_text, 1, UINT64_MAX, UINT64_MAX};
        large_omissions[i] = (train_omission){large_text, UINT64_MAX};
    }
    s->settings = s->model.fields = large_facts;
    s->data.sources = large_sources;
    s->data.left_out = large_omissions;
    s->setting_count = s->model.field_count = LARGE_LIST;
    s->data.source_count = s->data.left_out_count = LARGE_LIST;
    s->name = s->version = s->command = s->data.split = s->data.digest = large_text;
    s->model.preset = s->model.dtype = large_text;
    s->machine.processor = s->machine.system = s->machine.level = large_text;
}

train_summary summary_case_large(void) {
    train_summary s = summary_case();
    memset(large_text, '"', sizeof large_text - 1); // five bytes each in HTML
    large_rows = malloc(LARGE_ROWS * sizeof *large_rows);
    large_files = malloc(LARGE_FILES * sizeof *large_files);
    large_samples = malloc(LARGE_FILES * sizeof *large_samples);
    assert_true(large_rows != NULL && large_files != NULL && large_samples != NULL);
    const train_text text = {large_text, sizeof large_text - 1};
    for (size_t i = 0; i < LARGE_ROWS; i++) {
        large_rows[i] = rows[i % ROWS];
        large_rows[i].step = i + 1;
        large_rows[i].bytes = 31744 * (i + 1);
        large_rows[i].seconds = (double)i;
        large_rows[i].eval_bpb = 2 + noise(i);
        large_rows[i].exit_bpb = 2 + noise(i);
    }
    for (size_t i = 0; i < LARGE_FILES; i++) {
        large_files[i] = files[0];
        large_files[i].path = large_text;
        large_samples[i] =
            (train_sample){.step = i, .prompt = text, .suffix = text, .completion = text};
    }
    s.rows = large_rows;
    s.row_count = LARGE_ROWS;
    s.held = large_files;
    s.held_count = LARGE_FILES;
    s.samples = large_samples;
    s.sample_count = LARGE_FILES;
    make_large_lists(&s);
    return s;
}

void summary_case_free_large(void) {
    free(large_rows);
    free(large_files);
    free(large_samples);
}
