// Llama files: the numbers of the fine exit, the types of llama.cpp, the vocabulary of bytes.
#include "store/export_llama.h"

#include "base/alloc.h"
#include "formats/gguf_file.h"
#include "os/file.h"
#include "os/scratch.h"
#include "store/llama_case.h"
#include "support/failing_alloc.h"
#include "support/unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LENGTH ((size_t)21)

static scratch box;

static int make(void **state) {
    (void)state;
    scratch_make(&box);
    return 0;
}

static int clean(void **state) {
    (void)state;
    scratch_remove(&box);
    return 0;
}

// ---- the network, computed from the file alone ----

typedef struct reader {
    gguf_file file;
    size_t d, heads, ff, layers;
    double eps, theta;
} reader;

static double number(const reader *r, const char *key) {
    const gguf_entry *e = gguf_entry_find(&r->file.table, key);
    double out = NAN;
    if (!e || !gguf_entry_number(e, 0, &out)) fail_msg("no number %s", key);
    return out;
}

static void open_file(reader *r, const char *path) {
    axl_error err = {0};
    case_ok(gguf_open(&r->file, path, &err), &err);
    r->d = (size_t)number(r, "llama.embedding_length");
    r->heads = (size_t)number(r, "llama.attention.head_count");
    r->ff = (size_t)number(r, "llama.feed_forward_length");
    r->layers = (size_t)number(r, "llama.block_count");
    r->eps = number(r, "llama.attention.layer_norm_rms_epsilon");
    r->theta = number(r, "llama.rope.freq_base");
}

static const float *tensor(const reader *r, const char *name, size_t rows, size_t cols) {
    axl_error err = {0};
    const void *data;
    const gguf_tensor *t = gguf_find(&r->file.table, name);
    if (!t) fail_msg("no tensor %s", name);
    assert_int_equal(t->type, GGUF_TYPE_F32);
    assert_int_equal(t->dim[0], cols);
    assert_int_equal(t->dim[1], rows);
    case_ok(gguf_view(&r->file, t, &data, &err), &err);
    return data;
}

static const float *of_layer(const reader *r, size_t layer, const char *name, size_t rows,
                             size_t cols) {
    char full[64];
    snprintf(full, sizeof full, "blk.%zu.%s.weight", layer, name);
    return tensor(r, full, rows, cols);
}

// y [rows] = W x
static void multiply(double *y, const float *w, const double *x, size_t rows, size_t cols) {
    for (size_t i = 0; i < rows; i++) {
        y[i] = 0;
        for (size_t c = 0; c < cols; c++) y[i] += (double)w[i * cols + c] * x[c];
    }
}

static void normalise(double *y, const double *x, const float *gain, const reader *r) {
    double sum = 0;
    for (size_t c = 0; c < r->d; c++) sum += x[c] * x[c];
    const double by = 1 / sqrt(sum / (double)r->d + r->eps);
    for (size_t c = 0; c < r->d; c++) y[c] = x[c] * by * (double)gain[c];
}

static void rotate(double *x, const reader *r, size_t place) {
    const size_t head = r->d / r->heads;
    for (size_t i = 0; i < r->d; i += 2) {
        const double turn = -(double)(i % head) / (double)head;
        const double angle = (double)place * pow(r->theta, turn);
        const double a = x[i], b = x[i + 1];
        x[i] = a * cos(angle) - b * sin(angle);
        x[i + 1] = a * sin(angle) + b * cos(angle);
    }
}

#define WIDE 64 // more than d and ff of the models here

typedef double state[LENGTH][WIDE];

// out = attention of place t to the places 0..t
static void attend(double *out, const reader *r, const double *q, state kv[2], size_t t) {
    double(*k)[WIDE] = kv[0], (*v)[WIDE] = kv[1];
    const size_t head = r->d / r->heads;
    for (size_t h = 0; h < r->heads; h++) {
        double score[LENGTH], sum = 0;
        for (size_t s = 0; s <= t; s++) {
            double dot = 0;
            for (size_t i = h * head; i < (h + 1) * head; i++) dot += q[i] * k[s][i];
            score[s] = exp(dot / sqrt((double)head));
            sum += score[s];
        }
        for (size_t i = h * head; i < (h + 1) * head; i++) {
            out[i] = 0;
            for (size_t s = 0; s <= t; s++) out[i] += score[s] / sum * v[s][i];
        }
    }
}

static void layer_forward(const reader *r, size_t n, state h) {
    static state q, kv[2];
    double(*k)[WIDE] = kv[0], (*v)[WIDE] = kv[1];
    double x[WIDE], y[WIDE], gate[WIDE], up[WIDE];
    for (size_t t = 0; t < LENGTH; t++) {
        normalise(x, h[t], of_layer(r, n, "attn_norm", 1, r->d), r);
        multiply(q[t], of_layer(r, n, "attn_q", r->d, r->d), x, r->d, r->d);
        multiply(k[t], of_layer(r, n, "attn_k", r->d, r->d), x, r->d, r->d);
        multiply(v[t], of_layer(r, n, "attn_v", r->d, r->d), x, r->d, r->d);
        rotate(q[t], r, t);
        rotate(k[t], r, t);
    }
    for (size_t t = 0; t < LENGTH; t++) {
        attend(x, r, q[t], kv, t);
        multiply(y, of_layer(r, n, "attn_output", r->d, r->d), x, r->d, r->d);
        for (size_t c = 0; c < r->d; c++) h[t][c] += y[c];
        normalise(x, h[t], of_layer(r, n, "ffn_norm", 1, r->d), r);
        multiply(gate, of_layer(r, n, "ffn_gate", r->ff, r->d), x, r->ff, r->d);
        multiply(up, of_layer(r, n, "ffn_up", r->ff, r->d), x, r->ff, r->d);
        for (size_t i = 0; i < r->ff; i++) up[i] *= gate[i] / (1 + exp(-gate[i]));
        multiply(y, of_layer(r, n, "ffn_down", r->d, r->ff), up, r->d, r->ff);
        for (size_t c = 0; c < r->d; c++) h[t][c] += y[c];
    }
}

static void file_computes_the_fine_exit(void **unused) {
    (void)unused;
    static state h;
    const model_config c = case_config();
    const size_t vocab = c.vocab_size;
    case_model m;
    uint16_t ids[LENGTH];
    reader r;
    axl_error err = {0};
    case_model_make(&m, &c, 3);
    case_ids(ids, LENGTH, &c, 4);
    const char *path = scratch_path(&box, "exit.gguf");
    case_ok(llama_case_write(&(llama_case){&m.table, m.w, NULL}, LLAMA_F32, path, NULL, &err),
            &err);
    open_file(&r, path);
    const float *embed = tensor(&r, "token_embd.weight", vocab, r.d);
    for (size_t t = 0; t < LENGTH; t++)
        for (size_t i = 0; i < r.d; i++) h[t][i] = (double)embed[ids[t] * r.d + i];
    for (size_t n = 0; n < r.layers; n++) layer_forward(&r, n, h);
    float *want = llama_case_logits(&m.table, m.w, ids, LENGTH);
    double worst = 0, largest = 0;
    for (size_t t = 0; t < LENGTH; t++) {
        double x[WIDE], logits[512];
        normalise(x, h[t], tensor(&r, "output_norm.weight", 1, r.d), &r);
        multiply(logits, embed, x, vocab, r.d);
        for (size_t i = 0; i < vocab; i++) {
            worst = fmax(worst, fabs(logits[i] - (double)want[t * vocab + i]));
            largest = fmax(largest, fabs(logits[i]));
        }
    }
    assert_true(worst <= 1e-5 * largest);
    free(want);
    gguf_close(&r.file);
    case_model_free(&m);
}

// The block that llama_exit_put fills computes what the file means: the same within the rounding of
// its type, and other numbers than the model's.
static void numbers_come_back(void **unused) {
    (void)unused;
    model_config c = case_config();
    c.d_model = 32, c.d_ff = 64;
    case_model m;
    uint16_t ids[LENGTH];
    axl_error err = {0};
    case_model_make(&m, &c, 5);
    case_ids(ids, LENGTH, &c, 6);
    float *block = malloc(m.table.numbers * sizeof *block);
    float *want = llama_case_logits(&m.table, m.w, ids, LENGTH);
    const double bounds[LLAMA_FILES] = {1e-5, 1e-2, 5e-2, 0.5};
    double before = 0;
    for (llama_file file = LLAMA_F32; file < LLAMA_FILES; file++) {
        const llama_case one = {&m.table, m.w, block};
        case_ok(llama_case_write(&one, file, scratch_path(&box, "back.gguf"), NULL, &err), &err);
        float *have = llama_case_logits(&m.table, block, ids, LENGTH);
        double moved = 0, all = 0;
        for (size_t i = 0; i < LENGTH * c.vocab_size; i++) {
            moved += pow((double)have[i] - (double)want[i], 2);
            all += pow((double)want[i], 2);
        }
        moved = sqrt(moved / all);
        assert_true(moved < bounds[file]);
        assert_true(file == LLAMA_F32 || moved > before); // fewer bits, larger errors
        before = moved;
        free(have);
    }
    free(want);
    free(block);
    case_model_free(&m);
}

// ---- types ----

// Layers whose values and down-projections get more bits, as llama.cpp's quantiser chooses them.
static void types_are_those_of_llama_cpp(void **unused) {
    (void)unused;
    static const struct {
        size_t layers;
        const char *more;
    } cases[] = {{1, "x"},      {2, ".x"},       {3, "..x"},           {4, "..xx"},
                 {6, "..x..x"}, {8, "x..x..xx"}, {12, "x..x..x..xxx"}, {16, "xx..x..x..x..xxx"}};
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        for (size_t layer = 0; layer < cases[i].layers; layer++) {
            const dtype want = cases[i].more[layer] == 'x' ? DTYPE_Q6_K : DTYPE_Q4_K;
            const size_t n = cases[i].layers;
            assert_int_equal(llama_matrix_type(LLAMA_Q4_K_M, LLAMA_V, layer, n, 256), want);
            assert_int_equal(llama_matrix_type(LLAMA_Q4_K_M, LLAMA_DOWN, layer, n, 768), want);
            assert_int_equal(llama_matrix_type(LLAMA_Q4_K_M, LLAMA_O, layer, n, 256), DTYPE_Q4_K);
        }
}

static void rows_of_other_lengths_get_other_types(void **unused) {
    (void)unused;
    static const struct {
        llama_file file;
        llama_part part;
        size_t cols;
        dtype want;
    } cases[] = {
        {LLAMA_Q4_K_M, LLAMA_Q, 224, DTYPE_Q5_0},     {LLAMA_Q4_K_M, LLAMA_DOWN, 224, DTYPE_Q8_0},
        {LLAMA_Q4_K_M, LLAMA_DOWN, 688, DTYPE_F16},   {LLAMA_Q4_K_M, LLAMA_EMBED, 256, DTYPE_Q6_K},
        {LLAMA_Q4_K_M, LLAMA_EMBED, 224, DTYPE_Q8_0}, {LLAMA_Q8_0, LLAMA_DOWN, 688, DTYPE_F16},
        {LLAMA_Q8_0, LLAMA_EMBED, 224, DTYPE_Q8_0},   {LLAMA_F16, LLAMA_Q, 7, DTYPE_F16},
        {LLAMA_F32, LLAMA_Q, 256, DTYPE_F32},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_int_equal(llama_matrix_type(cases[i].file, cases[i].part, 1, 2, cases[i].cols),
                         cases[i].want);
}

static void types_have_names(void **unused) {
    (void)unused;
    const char *near;
    assert_int_equal(llama_file_find("q4_k_m", &near), LLAMA_Q4_K_M);
    assert_null(near);
    assert_int_equal(llama_file_find("q4_km", &near), LLAMA_FILES);
    assert_string_equal(near, "q4_k_m");
    assert_int_equal(llama_file_find("nonsense", &near), LLAMA_FILES);
    assert_null(near);
}

static void shapes_that_no_file_has_are_refused(void **unused) {
    (void)unused;
    const llama_shape good = {258, 12, 2, 10, 2, 64, 1e-5, 10000};
    llama_shape bad[] = {good, good, good, good, good};
    bad[0].vocab = 257;
    bad[1].heads = 5;
    bad[2].heads = 4; // heads of 3 channels
    bad[3].layers = 0;
    bad[4].ff = 0;
    llama_plan all;
    assert_int_equal(llama_plan_make(&all, &good, LLAMA_F16, NULL), AXL_OK);
    assert_int_equal(all.count, 2 + 2 * 9);
    assert_int_equal(all.params, 258 * 12 + 12 + 2 * (4 * 144 + 3 * 120 + 2 * 12));
    llama_plan_free(&all);
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_int_equal(llama_plan_make(&all, &bad[i], LLAMA_F16, NULL), AXL_BAD_ARGUMENT);
        llama_plan_free(&all);
    }
}

// ---- vocabulary ----

static void check_token(const gguf_entry *tokens, size_t id, const char *want) {
    size_t at = 0, bytes = 0;
    const char *text = NULL;
    for (size_t i = 0; i <= id; i++) assert_true(gguf_entry_next(tokens, &at, &text, &bytes));
    char have[64];
    snprintf(have, sizeof have, "%.*s", (int)bytes, text);
    assert_string_equal(have, want);
}

static void write_vocabulary(reader *r, size_t vocab) {
    model_config c = case_config();
    case_model m;
    axl_error err = {0};
    c.vocab_size = vocab;
    case_model_make(&m, &c, 1);
    const char *path = scratch_path(&box, "words.gguf");
    case_ok(llama_case_write(&(llama_case){&m.table, m.w, NULL}, LLAMA_F16, path, NULL, &err),
            &err);
    open_file(r, path);
    case_model_free(&m);
}

static const gguf_entry *entry(const reader *r, const char *key) {
    const gguf_entry *e = gguf_entry_find(&r->file.table, key);
    if (!e) fail_msg("no %s", key);
    return e;
}

static void every_byte_is_a_token(void **unused) {
    (void)unused;
    static const struct {
        size_t id;
        const char *text;
    } known[] = {
        {' ', "\u0120"}, {'\n', "\u010a"}, {'\t', "\u0109"}, {0, "\u0100"},         {'!', "!"},
        {'a', "a"},      {'~', "~"},       {127, "\u0121"},  {160, "\u0142"},       {161, "\u00a1"},
        {173, "\u0143"}, {255, "\u00ff"},  {256, "<|bos|>"}, {257, "<|endoftext|>"}};
    reader r;
    write_vocabulary(&r, 258);
    const gguf_entry *tokens = entry(&r, "tokenizer.ggml.tokens");
    assert_int_equal(tokens->count, 258);
    for (size_t i = 0; i < COUNT_OF(known); i++) check_token(tokens, known[i].id, known[i].text);
    const gguf_entry *types = entry(&r, "tokenizer.ggml.token_type");
    for (size_t i = 0; i < 258; i++) {
        uint64_t type;
        assert_true(gguf_entry_count(types, i, &type));
        assert_int_equal(type, i < 256 ? 1 : 3);
    }
    assert_int_equal(entry(&r, "tokenizer.ggml.merges")->count, 0);
    assert_int_equal(number(&r, "tokenizer.ggml.bos_token_id"), 256);
    assert_int_equal(number(&r, "tokenizer.ggml.eos_token_id"), 257);
    assert_int_equal(number(&r, "llama.vocab_size"), 258);
    assert_null(gguf_entry_find(&r.file.table, "tokenizer.ggml.fim_pre_token_id"));
    assert_string_equal(gguf_entry_text(entry(&r, "general.architecture")), "llama");
    gguf_close(&r.file);
}

static void models_that_fill_in_have_its_tokens(void **unused) {
    (void)unused;
    static const char *const keys[] = {"pre", "suf", "mid", "pad", "sep", "rep"};
    static const char *const texts[] = {"<fim_prefix>", "<fim_suffix>", "<fim_middle>",
                                        "<fim_pad>",    "<file_sep>",   "<repo_name>"};
    reader r;
    write_vocabulary(&r, 266);
    const gguf_entry *tokens = entry(&r, "tokenizer.ggml.tokens");
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        char key[64];
        snprintf(key, sizeof key, "tokenizer.ggml.fim_%s_token_id", keys[i]);
        assert_int_equal(number(&r, key), 258 + i);
        check_token(tokens, 258 + i, texts[i]);
    }
    check_token(tokens, 265, "<|unused_265|>");
    gguf_close(&r.file);
}

// ---- the rest ----

static void modelfile_names_the_file(void **unused) {
    (void)unused;
    llama_use use = {.file = "m-f16.gguf",
                     .context = 256,
                     .temperature = 0.8,
                     .top_p = 1,
                     .repetition_penalty = 1,
                     .top_k = 40,
                     .most = 128};
    buf text = {0};
    llama_put_modelfile(&text, &use);
    assert_string_equal(buf_string(&text),
                        "FROM ./m-f16.gguf\n\nTEMPLATE \"\"\"{{ .Prompt }}\"\"\"\n\n"
                        "PARAMETER num_ctx 256\nPARAMETER num_predict 128\n"
                        "PARAMETER temperature 0.8\nPARAMETER top_k 40\nPARAMETER top_p 1\n"
                        "PARAMETER min_p 0\nPARAMETER repeat_penalty 1\n"
                        "PARAMETER stop \"<|endoftext|>\"\n");
    buf_clear(&text);
    use.infills = true;
    llama_put_modelfile(&text, &use);
    assert_non_null(strstr(buf_string(&text),
                           "{{- if .Suffix }}<fim_prefix>{{ .Prompt }}<fim_suffix>{{ .Suffix }}"
                           "<fim_middle>{{ else }}{{ .Prompt }}{{ end }}"));
    assert_non_null(strstr(buf_string(&text), "PARAMETER stop \"<file_sep>\"\n"));
    buf_free(&text);
}

static void threads_change_nothing(void **unused) {
    (void)unused;
    model_config c = case_config();
    c.d_model = 256, c.n_heads = 4, c.d_ff = 256;
    case_model m;
    axl_error err = {0};
    pool *two = NULL;
    void *a, *b;
    size_t a_bytes, b_bytes;
    case_model_make(&m, &c, 9);
    case_ok(pool_create(&two, 2, &err), &err);
    const llama_case one = {&m.table, m.w, NULL};
    const char *first = scratch_path(&box, "1.gguf"), *second = scratch_path(&box, "2.gguf");
    case_ok(llama_case_write(&one, LLAMA_Q4_K_M, first, NULL, &err), &err);
    case_ok(llama_case_write(&one, LLAMA_Q4_K_M, second, two, &err), &err);
    case_ok(os_file_read(first, SIZE_MAX, &a, &a_bytes, &err), &err);
    case_ok(os_file_read(second, SIZE_MAX, &b, &b_bytes, &err), &err);
    assert_int_equal(a_bytes, b_bytes);
    assert_memory_equal(a, b, a_bytes);
    mem_free(a);
    mem_free(b);
    pool_free(two);
    case_model_free(&m);
}

static axl_status write_small(void *ctx, axl_error *err) {
    return llama_case_write(ctx, LLAMA_Q8_0, scratch_path(&box, "small.gguf"), NULL, err);
}

static void failing_allocations_are_reported(void **unused) {
    (void)unused;
    const model_config c = case_config();
    case_model m;
    case_model_make(&m, &c, 2);
    llama_case one = {&m.table, m.w, NULL};
    assert_true(for_each_failing_alloc(write_small, &one) > 5);
    case_model_free(&m);
}

static bool stop_at_once(void *ctx, size_t done, size_t all) {
    (void)ctx, (void)done, (void)all;
    return false;
}

static void zeros(void *ctx, const llama_tensor *t, float *out) {
    (void)ctx;
    memset(out, 0, t->rows * t->cols * sizeof *out);
}

static void interrupted_files_do_not_appear(void **unused) {
    (void)unused;
    const llama_shape form = {258, 12, 2, 10, 2, 64, 1e-5, 10000};
    const kernels k = case_kernels();
    const llama_source from = {.k = &k, .name = "x", .numbers = zeros, .progress = stop_at_once};
    llama_plan all;
    assert_int_equal(llama_plan_make(&all, &form, LLAMA_F16, NULL), AXL_OK);
    assert_int_equal(export_llama(scratch_path(&box, "stopped.gguf"), &all, &from, NULL),
                     AXL_INTERRUPTED);
    assert_int_equal(scratch_count(&box, "stopped"), 0);
    llama_plan_free(&all);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(file_computes_the_fine_exit),
        cmocka_unit_test(numbers_come_back),
        cmocka_unit_test(types_are_those_of_llama_cpp),
        cmocka_unit_test(rows_of_other_lengths_get_other_types),
        cmocka_unit_test(types_have_names),
        cmocka_unit_test(shapes_that_no_file_has_are_refused),
        cmocka_unit_test(every_byte_is_a_token),
        cmocka_unit_test(models_that_fill_in_have_its_tokens),
        cmocka_unit_test(modelfile_names_the_file),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(failing_allocations_are_reported),
        cmocka_unit_test(interrupted_files_do_not_appear),
    };
    return cmocka_run_group_tests_name("export_llama", tests, make, clean);
}
