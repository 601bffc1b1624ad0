// Exported files in llama.cpp itself. AXL_LLAMA names the folder of its libraries, of llama.cpp 0.5
// or of the npm package @node-llama-cpp/linux-x64 (tools/get_llama brings it); without it the test
// is skipped.
//
// A small model is trained here first. Given a model and a text, those are used instead:
//   test_bench_peer_llama MODEL FILE
#include "bench/peer_llama.h"

#include "base/alloc.h"
#include "formats/gguf_file.h"
#include "infer/engine.h"
#include "os/file.h"
#include "os/memory.h"
#include "os/scratch.h"
#include "store/llama_case.h"
#include "support/unit.h"
#include "train/trainer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONTEXT ((size_t)256)
#define PROMPTS ((size_t)10)
#define PROMPT ((size_t)48) // bytes
#define ANSWER ((size_t)64) // bytes
#define STEPS 200
#define LEARNT ((size_t)512) // bytes of text that are learnt by heart
#define BATCH ((size_t)8)
#define LENGTH ((size_t)128)

static const char *folder, *model_path, *text_path = TEXT_FILE;
static scratch box;
static pool *threads;
static stored_model model; // the one that is exported
static char *text;
static size_t text_bytes;

// ---- the model ----

static void read_text(void) {
    void *data;
    axl_error err = {0};
    case_ok(os_file_read(text_path, SIZE_MAX, &data, &text_bytes, &err), &err);
    text = data;
    assert_true(text_bytes > LEARNT);
    if (!model_path) text_bytes = LEARNT;
}

static void train_one(trainer *t) {
    static uint16_t ids[BATCH * LENGTH], target[BATCH * LENGTH];
    axl_error err = {0};
    trainer_result r = {0};
    for (size_t step = 0; step < STEPS; step++) {
        for (size_t i = 0; i < BATCH * LENGTH; i++) {
            const size_t row = i / LENGTH, at = i % LENGTH;
            const size_t start = (step * BATCH + row) * 97 % (text_bytes - LENGTH);
            ids[i] = at == 0 ? MODEL_BOS : (uint8_t)text[start + at - 1];
            target[i] = (uint8_t)text[start + at];
        }
        const trainer_batch batch = {ids, target, (double)step / STEPS};
        case_ok(trainer_step(t, &batch, &r, &err), &err);
    }
    print_message("trained: the exit needs %.2f bits per byte\n", r.exit_bits);
}

static void train_model(void) {
    const kernels k = case_kernels();
    model_config c = case_config();
    trainer t;
    axl_error err = {0};
    c.d_model = 256, c.n_heads = 4, c.d_ff = 256, c.n_cross = 0, c.max_seq_len = CONTEXT;
    c.fine_exit = 1;
    train_settings s = train_settings_defaults();
    s.batch = BATCH, s.length = LENGTH, s.steps = STEPS, s.grow = 0;
    const pass_machine machine = {
        .k = &k, .p = threads, .memory = &os_plan_memory, .limit = PLAN_NO_LIMIT};
    case_ok(params_build(&model.table, &c, &err), &err);
    case_ok(trainer_create(&t, &model.table, &s, &machine, &err), &err);
    train_one(&t);
    model.block = os_block_alloc(model.table.numbers * sizeof *model.block);
    assert_non_null(model.block);
    memcpy(model.block, t.w, model.table.numbers * sizeof *model.block);
    trainer_free(&t);
}

static int make(void **state) {
    (void)state;
    const kernels k = case_kernels();
    axl_error err = {0};
    scratch_make(&box);
    case_ok(pool_create(&threads, 2, &err), &err);
    read_text();
    if (model_path)
        case_ok(model_dir_read(&model, model_path, &k, &err), &err);
    else
        train_model();
    return 0;
}

static int clean(void **state) {
    (void)state;
    stored_model_free(&model);
    pool_free(threads);
    mem_free(text);
    scratch_remove(&box);
    return 0;
}

// The model's exit as a file, in llama.cpp; block (may be NULL) gets the numbers of the file.
static peer_llama *open_export(llama_file file, float *block, bool exact) {
    axl_error err = {0};
    peer_llama *out = NULL;
    const llama_case one = {&model.table, model.block, block};
    const peer_llama_spec spec = {.folder = folder,
                                  .file = scratch_path(&box, "model.gguf"),
                                  .context = CONTEXT,
                                  .threads = 1, // two wait for each other where others compute
                                  .exact = exact};
    case_ok(llama_case_write(&one, file, spec.file, threads, &err), &err);
    case_ok(peer_llama_open(&out, &spec, &err), &err);
    return out;
}

// BOS and the bytes of the text from a place that depends on n.
static void prompt_of(size_t n, size_t bytes, uint16_t *ids) {
    const size_t start = (n * 2 + 1) * (text_bytes - bytes) / (2 * PROMPTS);
    ids[0] = MODEL_BOS;
    for (size_t i = 0; i < bytes; i++) ids[i + 1] = (uint8_t)text[start + i];
}

static const float *feed(peer_llama *p, const uint16_t *ids, size_t count) {
    int32_t tokens[CONTEXT];
    const float *logits = NULL;
    axl_error err = {0};
    for (size_t i = 0; i < count; i++) tokens[i] = ids[i];
    case_ok(peer_llama_feed(p, tokens, count, &logits, &err), &err);
    return logits;
}

// ---- results ----

static void logits_are_those_of_the_fine_exit(void **state) {
    (void)state;
    uint16_t ids[CONTEXT];
    const size_t vocab = model.table.config.vocab_size;
    peer_llama *p = open_export(LLAMA_F32, NULL, true);
    axl_error err = {0};
    double worst = 0;
    assert_int_equal(peer_llama_vocab(p), vocab);
    for (size_t n = 0; n < 3; n++) {
        prompt_of(n * 4, CONTEXT - 1, ids);
        float *want = llama_case_logits(&model.table, model.block, ids, CONTEXT);
        case_ok(peer_llama_keep(p, 0, &err), &err);
        for (size_t t = 0; t < CONTEXT; t++) {
            const float *have = feed(p, ids + t, 1);
            for (size_t i = 0; i < vocab; i++)
                worst = fmax(worst, fabs((double)have[i] - (double)want[t * vocab + i]));
        }
        free(want);
    }
    print_message("largest difference of f32 logits: %.2g\n", worst);
    assert_true(worst <= 1e-3);
    peer_llama_close(p);
}

static uint16_t best(const float *logits, size_t count) {
    uint16_t out = 0;
    for (uint16_t i = 1; i < count; i++)
        if (logits[i] > logits[out]) out = i;
    return out;
}

// Whether the text that llama.cpp writes is the one that our fine exit writes: every symbol of it
// is the most probable one behind those before.
static bool same_text(peer_llama *p, const float *block, size_t n) {
    uint16_t ids[1 + PROMPT + ANSWER];
    const size_t vocab = model.table.config.vocab_size;
    axl_error err = {0};
    prompt_of(n, PROMPT, ids);
    case_ok(peer_llama_keep(p, 0, &err), &err);
    ids[1 + PROMPT] = best(feed(p, ids, 1 + PROMPT), vocab);
    for (size_t i = 1; i < ANSWER; i++)
        ids[1 + PROMPT + i] = best(feed(p, ids + PROMPT + i, 1), vocab);
    float *ours = llama_case_logits(&model.table, block, ids, COUNT_OF(ids));
    bool same = true;
    for (size_t i = PROMPT; i < PROMPT + ANSWER; i++)
        same = same && best(ours + i * vocab, vocab) == ids[i + 1];
    free(ours);
    return same;
}

static void greedy_texts_are_the_same(void **state) {
    (void)state;
    static const llama_file files[] = {LLAMA_F16, LLAMA_Q8_0, LLAMA_Q4_K_M};
    // llama.cpp rounds activations to 8 bits, we do not: with q8_0 that is as much as the weights.
    static const size_t bars[] = {9, 8, 9};
    bool enough = true;
    float *block = malloc(model.table.numbers * sizeof *block);
    assert_non_null(block);
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        peer_llama *p = open_export(files[i], block, false);
        size_t same = 0;
        for (size_t n = 0; n < PROMPTS; n++) same += same_text(p, block, n);
        print_message("%s: %zu of %zu texts of %zu bytes are the same\n",
                      llama_file_names[files[i]], same, PROMPTS, ANSWER);
        enough = enough && same >= bars[i];
        peer_llama_close(p);
    }
    assert_true(enough);
    free(block);
}

// Nats of the symbol that follows, summed.
static double cost(const float *logits, size_t vocab, uint16_t next) {
    double sum = 0;
    for (size_t i = 0; i < vocab; i++) sum += exp((double)logits[i] - (double)logits[next]);
    return log(sum);
}

// What the card says of a file is what llama.cpp makes of it.
static void quality_is_that_of_llama_cpp(void **state) {
    (void)state;
    uint16_t ids[CONTEXT];
    const size_t vocab = model.table.config.vocab_size;
    float *block = malloc(model.table.numbers * sizeof *block);
    assert_non_null(block);
    for (llama_file file = LLAMA_F16; file < LLAMA_FILES; file++) {
        peer_llama *p = open_export(file, block, false);
        axl_error err = {0};
        double theirs = 0, ours = 0;
        for (size_t n = 0; n < 3; n++) {
            prompt_of(n * 3, CONTEXT - 1, ids);
            float *logits = llama_case_logits(&model.table, block, ids, CONTEXT);
            case_ok(peer_llama_keep(p, 0, &err), &err);
            for (size_t t = 0; t + 1 < CONTEXT; t++) {
                theirs += cost(feed(p, ids + t, 1), vocab, ids[t + 1]);
                ours += cost(logits + t * vocab, vocab, ids[t + 1]);
            }
            free(logits);
        }
        const double bytes = 3 * (double)(CONTEXT - 1) * log(2);
        print_message("%s: %.4f bits per byte in llama.cpp, %.4f here\n", llama_file_names[file],
                      theirs / bytes, ours / bytes);
        assert_true(fabs(theirs / ours - 1) < 0.01);
        peer_llama_close(p);
    }
    free(block);
}

// ---- vocabulary ----

static void every_byte_is_a_token(void **state) {
    (void)state;
    static const char sample[] =
        "def f(x):\n\treturn  x ** 2 ; # a \xC3\xA9\xE2\x96\x81 \r\n"
        "  'it''s' 1234567 , .  ?\x7F\x01 don't I'm\n\n\n   ";
    int32_t tokens[256];
    char piece[16];
    peer_llama *p = open_export(LLAMA_F16, NULL, false);
    const size_t count = peer_llama_tokens(p, sample, sizeof sample - 1, tokens, 256);
    assert_int_equal(count, sizeof sample - 1);
    for (size_t i = 0; i < count; i++) assert_int_equal(tokens[i], (uint8_t)sample[i]);
    for (int32_t id = 0; id < 256; id++) {
        assert_int_equal(peer_llama_piece(p, id, piece, sizeof piece), 1);
        assert_int_equal((uint8_t)piece[0], id);
    }
    assert_int_equal(peer_llama_tokens(p, sample, sizeof sample - 1, tokens, 8), SIZE_MAX);
    assert_int_equal(peer_llama_tokens(p, "a<|endoftext|>", 14, tokens, 256), 2);
    assert_int_equal(tokens[1], MODEL_EOS);
    const peer_llama_marks m = peer_llama_known(p);
    assert_int_equal(m.bos, MODEL_BOS);
    assert_int_equal(m.eos, MODEL_EOS);
    assert_int_equal(m.eot, MODEL_EOS);
    peer_llama_close(p);
}

// ---- files of other shapes ----

static void some_numbers(void *ctx, const llama_tensor *t, float *out) {
    (void)ctx;
    uint32_t random = 1;
    for (size_t i = 0; i < t->rows * t->cols; i++) {
        random = random * 1664525u + 1013904223u;
        out[i] = ((float)(random >> 8) / 8388608.0f - 1) * 0.05f;
    }
}

static axl_status write_shape(const llama_shape *form, llama_file file, const char *path) {
    const kernels k = case_kernels();
    const llama_source from = {.k = &k, .p = threads, .name = "shape", .numbers = some_numbers};
    llama_plan all;
    axl_error err = {0};
    case_ok(llama_plan_make(&all, form, file, &err), &err);
    case_ok(export_llama(path, &all, &from, &err), &err);
    llama_plan_free(&all);
    return AXL_OK;
}

static void models_that_fill_in_are_known_as_such(void **state) {
    (void)state;
    const llama_shape form = {264, 64, 2, 96, 1, 64, 1e-5, 10000};
    const char *path = scratch_path(&box, "fim.gguf");
    const peer_llama_spec spec = {.folder = folder, .file = path, .context = 64, .threads = 1};
    peer_llama *p = NULL;
    axl_error err = {0};
    write_shape(&form, LLAMA_F16, path);
    case_ok(peer_llama_open(&p, &spec, &err), &err);
    const peer_llama_marks m = peer_llama_known(p);
    assert_int_equal(m.fim_prefix, 258);
    assert_int_equal(m.fim_suffix, 259);
    assert_int_equal(m.fim_middle, 260);
    assert_int_equal(m.fim_pad, 261);
    assert_int_equal(m.fim_separator, 262);
    assert_int_equal(m.fim_repository, 263);
    peer_llama_close(p);
}

// llama.cpp's quantiser, given our file of f32, chooses the types that ours has.
static void types_are_those_of_its_quantiser(void **state) {
    (void)state;
    static const llama_shape shapes[] = {{258, 256, 4, 768, 8, 64, 1e-5, 10000},
                                         {258, 224, 4, 608, 5, 64, 1e-5, 10000},
                                         {258, 256, 4, 688, 3, 64, 1e-5, 10000},
                                         {264, 64, 2, 96, 1, 64, 1e-5, 10000}};
    static const int numbers[LLAMA_FILES] = {0, 1, 7, 15};
    for (size_t i = 0; i < COUNT_OF(shapes); i++)
        for (llama_file file = LLAMA_F16; file < LLAMA_FILES; file++) {
            if (file == LLAMA_Q8_0 && shapes[i].ff % 32 != 0) continue; // it refuses these
            const char *from = scratch_path(&box, "f32.gguf"), *to = scratch_path(&box, "to.gguf");
            axl_error err = {0};
            gguf_file theirs;
            llama_plan all;
            write_shape(&shapes[i], LLAMA_F32, from);
            case_ok(peer_llama_quantize(folder, from, to, numbers[file], &err), &err);
            case_ok(gguf_open(&theirs, to, &err), &err);
            case_ok(llama_plan_make(&all, &shapes[i], file, &err), &err);
            assert_int_equal(theirs.table.count, all.count);
            for (size_t n = 0; n < all.count; n++) {
                const gguf_tensor *t = gguf_find(&theirs.table, all.list[n].name);
                assert_non_null(t);
                if (t->type != (uint32_t)dtype_of(all.list[n].type)->gguf)
                    fail_msg("%s as %s: %s has %s, ours %s", t->name, llama_file_names[file],
                             "llama.cpp", gguf_type_of(t->type)->name,
                             dtype_of(all.list[n].type)->name);
            }
            llama_plan_free(&all);
            gguf_close(&theirs);
        }
}

// What it refuses to make of rows of 688, it loads when we make it.
static void rows_that_fit_no_block_load(void **state) {
    (void)state;
    const llama_shape form = {258, 256, 4, 688, 2, 64, 1e-5, 10000};
    for (llama_file file = LLAMA_Q8_0; file < LLAMA_FILES; file++) {
        const char *path = scratch_path(&box, "odd.gguf");
        const peer_llama_spec spec = {.folder = folder, .file = path, .context = 64, .threads = 1};
        peer_llama *p = NULL;
        axl_error err = {0};
        write_shape(&form, file, path);
        case_ok(peer_llama_open(&p, &spec, &err), &err);
        assert_true(isfinite(feed(p, (const uint16_t[]){MODEL_BOS}, 1)[0]));
        peer_llama_close(p);
    }
}

// ---- what is wrong is told ----

static void faults_are_told(void **state) {
    (void)state;
    const char *path = scratch_path(&box, "none.gguf");
    peer_llama_spec spec = {.folder = folder, .file = path, .context = 64, .threads = 1};
    peer_llama *p = NULL;
    axl_error err = {0};
    assert_int_equal(peer_llama_open(&p, &spec, &err), AXL_BAD_FILE);
    assert_null(p);
    assert_non_null(strstr(err.text, "none.gguf"));
    spec.threads = 0;
    assert_int_equal(peer_llama_open(&p, &spec, &err), AXL_BAD_ARGUMENT);
    p = open_export(LLAMA_F16, NULL, false);
    int32_t tokens[CONTEXT + 1] = {0};
    assert_int_equal(peer_llama_feed(p, tokens, CONTEXT + 1, NULL, &err), AXL_BAD_ARGUMENT);
    peer_llama_close(p);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(logits_are_those_of_the_fine_exit),
        cmocka_unit_test(greedy_texts_are_the_same),
        cmocka_unit_test(quality_is_that_of_llama_cpp),
        cmocka_unit_test(every_byte_is_a_token),
        cmocka_unit_test(models_that_fill_in_are_known_as_such),
        cmocka_unit_test(types_are_those_of_its_quantiser),
        cmocka_unit_test(rows_that_fit_no_block_load),
        cmocka_unit_test(faults_are_told),
    };
    folder = getenv("AXL_LLAMA");
    if (!folder || !*folder) {
        fprintf(stderr,
                "skipped: AXL_LLAMA does not name a folder with llama.cpp's libraries; "
                "tools/get_llama brings them\n");
        return 77;
    }
    if (argc == 3) model_path = argv[1], text_path = argv[2];
    return cmocka_run_group_tests_name("peer_llama", tests, make, clean);
}
