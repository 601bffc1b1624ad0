// What a llama file says about itself, and the Modelfile beside it.
#include "store/export_llama.h"

#include "base/decimal.h"
#include "base/strings.h"

#include <string.h>

// ---- vocabulary ----

#define BYTES ((size_t)256)
#define TOKEN_MAX 24

// Ids 256 and on. llama.cpp knows an end of text and the tokens of fill-in-the-middle by these
// names; the keys say it to programs that go by keys.
static const char *const special[] = {"<|bos|>",      "<|endoftext|>", "<fim_prefix>",
                                      "<fim_suffix>", "<fim_middle>",  "<fim_pad>",
                                      "<file_sep>",   "<repo_name>"};
static const char *const fim_keys[] = {
    "tokenizer.ggml.fim_pre_token_id", "tokenizer.ggml.fim_suf_token_id",
    "tokenizer.ggml.fim_mid_token_id", "tokenizer.ggml.fim_pad_token_id",
    "tokenizer.ggml.fim_sep_token_id", "tokenizer.ggml.fim_rep_token_id"};

typedef enum token_type { TOKEN_NORMAL = 1, TOKEN_CONTROL = 3, TOKEN_UNUSED = 5 } token_type;

// GPT-2 writes the bytes that are no visible character of Latin-1 as U+0100 and on, in their order.
static void byte_text(char out[TOKEN_MAX], size_t byte) {
    unsigned point = 256;
    const bool visible = (byte >= 33 && byte <= 126) || (byte >= 161 && byte != 173);
    for (size_t b = 0; b < byte; b++)
        if (!((b >= 33 && b <= 126) || (b >= 161 && b != 173))) point++;
    if (visible) point = (unsigned)byte;
    size_t n = 0;
    if (point >= 128) out[n++] = (char)(0xC0 | point >> 6);
    out[n++] = (char)(point >= 128 ? 0x80 | (point & 63) : point);
    out[n] = '\0';
}

static token_type token_of(char out[TOKEN_MAX], size_t id, size_t vocab) {
    if (id < BYTES) {
        byte_text(out, id);
        return TOKEN_NORMAL;
    }
    if (id <= MODEL_EOS || (vocab >= LLAMA_FIM_VOCAB && id < LLAMA_FIM_VOCAB)) {
        string_copy(out, TOKEN_MAX, special[id - BYTES]);
        return TOKEN_CONTROL;
    }
    string_format(out, TOKEN_MAX, NULL, "<|unused_%zu|>", id);
    return TOKEN_UNUSED;
}

// No merges: every byte is a token. The list must be there even so, and the "pre" decides what
// happens to spaces: with qwen2 nothing does.
static void put_vocabulary(gguf_meta *meta, size_t vocab) {
    char text[MODEL_VOCAB_MAX][TOKEN_MAX];
    const char *token[MODEL_VOCAB_MAX];
    uint8_t type[MODEL_VOCAB_MAX * 4];
    memset(type, 0, sizeof type);
    for (size_t i = 0; i < vocab; i++) {
        token[i] = text[i];
        type[4 * i] = (uint8_t)token_of(text[i], i, vocab);
    }
    gguf_put_text(meta, "tokenizer.ggml.model", "gpt2");
    gguf_put_text(meta, "tokenizer.ggml.pre", "qwen2");
    gguf_put_texts(meta, "tokenizer.ggml.tokens", token, vocab);
    gguf_put_array(meta, "tokenizer.ggml.token_type", GGUF_I32, type, vocab);
    gguf_put_texts(meta, "tokenizer.ggml.merges", NULL, 0);
    gguf_put_u32(meta, "tokenizer.ggml.bos_token_id", MODEL_BOS);
    gguf_put_u32(meta, "tokenizer.ggml.eos_token_id", MODEL_EOS);
    gguf_put_bool(meta, "tokenizer.ggml.add_bos_token", true);
    gguf_put_bool(meta, "tokenizer.ggml.add_eos_token", false);
    for (size_t i = 0; vocab >= LLAMA_FIM_VOCAB && i < sizeof fim_keys / sizeof *fim_keys; i++)
        gguf_put_u32(meta, fim_keys[i], (uint32_t)(MODEL_EOS + 1 + i));
}

// ---- the rest of the metadata ----

void llama_put_meta(gguf_meta *meta, const llama_plan *plan, const llama_source *from) {
    static const uint32_t file_types[LLAMA_FILES] = {0, 1, 7, 15}; // llama.cpp's numbers
    const llama_shape *s = &plan->shape;
    gguf_put_text(meta, GGUF_KEY_ARCHITECTURE, "llama");
    gguf_put_text(meta, "general.type", "model");
    gguf_put_text(meta, "general.name", from->name);
    if (from->about) gguf_put_text(meta, "general.description", from->about);
    gguf_put_u64(meta, "general.parameter_count", plan->params);
    gguf_put_u32(meta, "general.file_type", file_types[plan->file]);
    if (plan->file >= LLAMA_Q8_0) gguf_put_u32(meta, "general.quantization_version", 2);
    gguf_put_u32(meta, "llama.vocab_size", (uint32_t)s->vocab);
    gguf_put_u32(meta, "llama.context_length", (uint32_t)s->context);
    gguf_put_u32(meta, "llama.embedding_length", (uint32_t)s->d);
    gguf_put_u32(meta, "llama.block_count", (uint32_t)s->layers);
    gguf_put_u32(meta, "llama.feed_forward_length", (uint32_t)s->ff);
    gguf_put_u32(meta, "llama.attention.head_count", (uint32_t)s->heads);
    gguf_put_u32(meta, "llama.attention.head_count_kv", (uint32_t)s->heads);
    gguf_put_f32(meta, "llama.attention.layer_norm_rms_epsilon", (float)s->norm_eps);
    gguf_put_u32(meta, "llama.rope.dimension_count", (uint32_t)(s->d / s->heads));
    gguf_put_f32(meta, "llama.rope.freq_base", (float)s->rope_theta);
    put_vocabulary(meta, s->vocab);
}

// ---- Modelfile ----

static void put_real(buf *out, const char *name, double value) {
    buf_format(out, "PARAMETER %s ", name);
    decimal_put(out, value);
    buf_byte(out, '\n');
}

void llama_put_modelfile(buf *out, const llama_use *use) {
    buf_format(out, "FROM ./%s\n\n", use->file);
    // The model continues text: no roles, no system prompt. A .Suffix makes it fill in.
    buf_text(out, use->infills
                      ? "TEMPLATE \"\"\"{{- if .Suffix }}<fim_prefix>{{ .Prompt }}<fim_suffix>"
                        "{{ .Suffix }}<fim_middle>{{ else }}{{ .Prompt }}{{ end }}\"\"\"\n\n"
                      : "TEMPLATE \"\"\"{{ .Prompt }}\"\"\"\n\n");
    buf_format(out, "PARAMETER num_ctx %zu\nPARAMETER num_predict %llu\n", use->context,
               (unsigned long long)use->most);
    put_real(out, "temperature", use->temperature);
    buf_format(out, "PARAMETER top_k %llu\n", (unsigned long long)use->top_k);
    put_real(out, "top_p", use->top_p);
    put_real(out, "min_p", use->min_p);
    put_real(out, "repeat_penalty", use->repetition_penalty);
    buf_text(out, "PARAMETER stop \"<|endoftext|>\"\n");
    if (use->infills) buf_text(out, "PARAMETER stop \"<file_sep>\"\n");
}
