#include "store/checkpoint_case.h"

#include "store/model_dir.h"
#include "support/unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const checkpoint_setting settings[] = {
    {"data", "/a folder/\"quoted\"\n\xc3\xa9"}, {"lr", "0.001"}, {"", "empty name"}, {"x", ""}};

static float *make_block(const param_table *t) {
    float *block = calloc(t->numbers, sizeof *block);
    assert_non_null(block);
    return block;
}

static checkpoint_blocks make_blocks(const param_table *t) {
    return (checkpoint_blocks){.table = t,
                               .weights = make_block(t),
                               .rule = OPTIMIZER_LION,
                               .moment = {make_block(t), NULL}};
}

void checkpoint_case_make(checkpoint_case *c) {
    *c = (checkpoint_case){0};
    scratch_make(&c->box);
    const int length =
        snprintf(c->out, sizeof c->out, "%.*s/runs/one", SCRATCH_PATH_MAX - 64, c->box.folder);
    assert_true(length > 0 && (size_t)length < sizeof c->out);
    assert_true(kernels_select(KERNEL_SCALAR, &c->scalar));
    model_config config = config_defaults();
    config.d_model = 8, config.n_heads = 2, config.d_ff = 6, config.n_layers = 1;
    assert_int_equal(params_build(&c->table, &config, NULL), AXL_OK);
    c->blocks = make_blocks(&c->table);
    c->other = make_blocks(&c->table);
    checkpoint_case_step(c, 1);
}

void checkpoint_case_free(checkpoint_case *c) {
    for (size_t i = 0; i < CHECKPOINT_MOMENTS; i++) {
        free(c->blocks.moment[i]);
        free(c->other.moment[i]);
    }
    free(c->blocks.weights);
    free(c->other.weights);
    params_free(&c->table);
    scratch_remove(&c->box);
}

// A number in -1 <= x < 1, exact in f32.
static float number(uint64_t step, size_t block, size_t i) {
    const uint64_t x = (step * 3 + block + 1) * 0x9E3779B97F4A7C15u + i * 0xD1B54A32D192ED03u;
    return (float)((int64_t)((x ^ x >> 29) * 0xBF58476D1CE4E5B9u) >> 40) / (float)(1 << 23);
}

void checkpoint_case_fill(const checkpoint_blocks *b, uint64_t step) {
    float *const all[] = {b->weights, b->moment[0], b->moment[1]};
    for (size_t block = 0; block < COUNT_OF(all); block++) {
        if (!all[block]) continue;
        for (size_t p = 0; p < b->table->count; p++) {
            const param *row = &b->table->list[p];
            for (size_t i = 0; i < row->count; i++)
                all[block][row->offset + i] = number(step, block, row->offset + i);
        }
    }
}

static checkpoint_progress progress_of(uint64_t step) {
    return (checkpoint_progress){.step = step,
                                 .updates = step - step / 7,
                                 .bytes = step * 4096 + 1,
                                 .cursor = step * 17,
                                 .seed = UINT64_MAX - step,
                                 .skipped = step / 5,
                                 .bad = step % 3,
                                 .back = step / 9,
                                 .pending = step % 10,
                                 .bits = 2.5 * (double)(step % 10),
                                 .exit_bits = (double)(step % 10) / 7,
                                 .seconds = (double)step / 3,
                                 .rate_scale = 1 / (double)(step + 1),
                                 .best_bpb = step == 1 ? INFINITY : 0.1 * (double)step};
}

void checkpoint_case_step(checkpoint_case *c, uint64_t step) {
    checkpoint_case_fill(&c->blocks, step);
    c->run = (checkpoint){.blocks = c->blocks,
                          .progress = progress_of(step),
                          .setting = settings,
                          .settings = COUNT_OF(settings)};
}

axl_status checkpoint_case_save(checkpoint_case *c, uint64_t step, size_t keep, bool best,
                                axl_error *err) {
    const checkpoint_policy policy = {.keep_last = keep, .is_best = best};
    checkpoint_case_step(c, step);
    return checkpoint_save(c->out, &c->run, &policy, &c->scalar, err);
}

static void check_facts(const checkpoint_found *f) {
    const checkpoint_progress p = progress_of(f->progress.step);
    assert_int_equal(f->progress.updates, p.updates);
    assert_int_equal(f->progress.bytes, p.bytes);
    assert_int_equal(f->progress.cursor, p.cursor);
    assert_int_equal(f->progress.seed, p.seed);
    assert_int_equal(f->progress.skipped, p.skipped);
    assert_int_equal(f->progress.bad, p.bad);
    assert_int_equal(f->progress.back, p.back);
    assert_int_equal(f->progress.pending, p.pending);
    assert_true(f->progress.bits == p.bits && f->progress.exit_bits == p.exit_bits);
    assert_true(f->progress.seconds == p.seconds);
    assert_true(f->progress.rate_scale == p.rate_scale);
    assert_true(f->progress.best_bpb == p.best_bpb);
    assert_int_equal(f->settings, COUNT_OF(settings));
    size_t same = 0;
    for (size_t i = 0; i < f->settings; i++)
        for (size_t j = 0; j < COUNT_OF(settings); j++)
            same += strcmp(f->setting[i].name, settings[j].name) == 0 &&
                    strcmp(f->setting[i].text, settings[j].text) == 0;
    assert_int_equal(same, COUNT_OF(settings));
}

static bool same_block(const param_table *t, const float *a, const float *b) {
    return memcmp(a, b, t->numbers * sizeof *a) == 0;
}

uint64_t checkpoint_case_load(checkpoint_case *c) {
    checkpoint_found f;
    axl_error err = {AXL_OK, ""};
    if (checkpoint_find(&f, c->out, &err) != AXL_OK) fail_msg("%s", err.text);
    check_facts(&f);
    if (checkpoint_load(&f, &c->other, &c->scalar, &err) != AXL_OK) fail_msg("%s", err.text);
    const uint64_t step = f.progress.step;
    checkpoint_found_free(&f);
    checkpoint_case_step(c, step);
    assert_true(same_block(&c->table, c->blocks.weights, c->other.weights));
    assert_true(same_block(&c->table, c->blocks.moment[0], c->other.moment[0]));
    return step;
}

uint64_t checkpoint_case_out(checkpoint_case *c) {
    stored_model m;
    axl_error err = {AXL_OK, ""};
    if (model_dir_read(&m, c->out, &c->scalar, &err) != AXL_OK) fail_msg("%s", err.text);
    uint64_t step = c->run.progress.step + 1;
    bool same = false;
    while (!same && step > 1) {
        checkpoint_case_fill(&c->blocks, --step);
        same = same_block(&c->table, c->blocks.weights, m.block);
    }
    stored_model_free(&m);
    assert_true(same);
    return step;
}

const char *checkpoint_case_path(const checkpoint_case *c, const char *name) {
    static char paths[4][SCRATCH_PATH_MAX + 256];
    static unsigned next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", c->out, name);
    return path;
}

size_t checkpoint_case_count(const checkpoint_case *c, const char *name, const char *prefix) {
    scratch folder;
    const int length = snprintf(folder.folder, sizeof folder.folder, "%.*s/%s",
                                SCRATCH_PATH_MAX - 64, c->out, name);
    assert_true(length > 0 && (size_t)length < sizeof folder.folder);
    return scratch_count(&folder, prefix);
}
