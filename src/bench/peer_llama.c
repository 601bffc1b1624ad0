#include "bench/peer_llama.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/strings.h"
#include "bench/peer_library.h"
#include "os/folder.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

// ---- the part of its C interface that is used here ----

// A structure of options, larger than any of theirs. It comes and goes by value as theirs do: a
// structure of this size lies in memory for both sides, and the callee looks at no more of it than
// it knows.
typedef union llama_options {
    int32_t word[128];
    void *align[64];
} llama_options;

// Words of llama_context_params. The first four are as old as the structure, the others moved and
// are checked.
enum {
    CONTEXT_TOKENS = 0,
    CONTEXT_BATCH = 1,
    CONTEXT_MICRO_BATCH = 2,
    CONTEXT_SEQUENCES = 3,
    CONTEXT_FLASH = 13,
    CONTEXT_KEYS = 26,
    CONTEXT_VALUES = 27,
};
enum { SEQUENCES_MAX = 64 };     // side by side
enum { QUANTIZE_FILE_TYPE = 1 }; // of llama_model_quantize_params
enum { KEYS_F32 = 0, KEYS_F16 = 1, FLASH_AUTO = -1, FLASH_OFF = 0 };

typedef struct llama_batch {
    int32_t count;
    const int32_t *token;
    const float *embedding;
    const int32_t *place;
    const int32_t *sequences;
    int32_t **sequence;
    const int8_t *wanted;
} llama_batch;

typedef void llama_log_fn(int level, const char *text, void *ctx);

// X(name, result, parameters)
#define LLAMA_FUNCTIONS(X)                                                                         \
    X(backend_init, void, (void))                                                                  \
    X(log_set, void, (llama_log_fn * log, void *ctx))                                              \
    X(version, const char *, (void))                                                               \
    X(model_default_params, llama_options, (void))                                                 \
    X(context_default_params, llama_options, (void))                                               \
    X(model_quantize_default_params, llama_options, (void))                                        \
    X(model_quantize, uint32_t, (const char *from, const char *to, const llama_options *options))  \
    X(model_load_from_file, void *, (const char *path, llama_options options))                     \
    X(model_free, void, (void *model))                                                             \
    X(model_size, uint64_t, (const void *model))                                                   \
    X(model_get_vocab, const void *, (const void *model))                                          \
    X(init_from_model, void *, (void *model, llama_options options))                               \
    X(free, void, (void *context))                                                                 \
    X(set_n_threads, void, (void *context, int32_t one, int32_t many))                             \
    X(n_ctx, uint32_t, (const void *context))                                                      \
    X(decode, int32_t, (void *context, llama_batch batch))                                         \
    X(get_logits_ith, const float *, (void *context, int32_t i))                                   \
    X(get_memory, void *, (const void *context))                                                   \
    X(memory_seq_rm, bool, (void *memory, int32_t sequence, int32_t from, int32_t to))             \
    X(vocab_n_tokens, int32_t, (const void *vocab))                                                \
    X(tokenize, int32_t,                                                                           \
      (const void *vocab, const char *text, int32_t bytes, int32_t *out, int32_t room, bool marks, \
       bool special))                                                                              \
    X(token_to_piece, int32_t,                                                                     \
      (const void *vocab, int32_t id, char *out, int32_t room, int32_t strip, bool special))       \
    X(vocab_bos, int32_t, (const void *vocab))                                                     \
    X(vocab_eos, int32_t, (const void *vocab))                                                     \
    X(vocab_eot, int32_t, (const void *vocab))                                                     \
    X(vocab_fim_pre, int32_t, (const void *vocab))                                                 \
    X(vocab_fim_suf, int32_t, (const void *vocab))                                                 \
    X(vocab_fim_mid, int32_t, (const void *vocab))                                                 \
    X(vocab_fim_pad, int32_t, (const void *vocab))                                                 \
    X(vocab_fim_sep, int32_t, (const void *vocab))                                                 \
    X(vocab_fim_rep, int32_t, (const void *vocab))

#define LLAMA_TYPE(name, result, parameters) typedef result fn_##name parameters;
LLAMA_FUNCTIONS(LLAMA_TYPE)
#define LLAMA_INDEX(name, result, parameters) FN_##name,
enum { LLAMA_FUNCTIONS(LLAMA_INDEX) FN_COUNT };
#define LLAMA_NAME(name, result, parameters) "llama_" #name,
static const char *const names[FN_COUNT] = {LLAMA_FUNCTIONS(LLAMA_NAME)};

typedef struct llama_library {
    os_library *llama, *ggml;
    os_function *fn[FN_COUNT];
    char name[64];
} llama_library;

#define CALL(l, name) ((fn_##name *)(l)->fn[FN_##name])

struct peer_llama {
    const llama_library *library;
    void *model, *context;
    const void *vocab;
    size_t fed, room; // tokens of a sequence
    size_t sequences;
};

// ---- the library ----

// Loaded once, from the first folder that was asked for; its threads and its registry of backends
// know no end.
static _Atomic(llama_library *) loaded;

typedef struct found {
    const char *stem; // "libllama."
    char *name;       // [64]
} found;

// "libllama.so", "libllama.so.0", "libllama.v0.5.0.so".
static axl_status look(void *ctx, const char *name, axl_error *err) {
    (void)err;
    found *f = ctx;
    const bool fits = string_starts(name, f->stem) && strstr(name, ".so") && strlen(name) < 64;
    if (fits && (f->name[0] == '\0' || strcmp(name, f->name) < 0)) string_copy(f->name, 64, name);
    return AXL_OK;
}

static axl_status open_one(os_library **out, const char *folder, const char *stem, axl_error *err) {
    char name[64] = "";
    buf path = {0};
    FORWARD(os_folder_each(folder, look, &(found){stem, name}, err));
    RETURN_IF(name[0] == '\0', err, AXL_NOT_FOUND, "%s holds no %sso", folder, stem);
    axl_status status = AXL_OK;
    if (!buf_format(&path, "%s/%s", folder, name)) status = error_no_memory(err, folder, 64);
    if (status == AXL_OK) status = os_library_open(out, path.data, err);
    buf_free(&path);
    return status;
}

static void be_quiet(int level, const char *text, void *ctx) {
    (void)level, (void)text, (void)ctx;
}

static axl_status check_options(const llama_library *l, axl_error *err) {
    const llama_options c = CALL(l, context_default_params)();
    const bool known = c.word[CONTEXT_TOKENS] == 512 && c.word[CONTEXT_BATCH] == 2048 &&
                       c.word[CONTEXT_MICRO_BATCH] == 512 && c.word[CONTEXT_SEQUENCES] == 1 &&
                       c.word[CONTEXT_FLASH] == FLASH_AUTO && c.word[CONTEXT_KEYS] == KEYS_F16 &&
                       c.word[CONTEXT_VALUES] == KEYS_F16;
    RETURN_IF(!known, err, AXL_UNSUPPORTED,
              "%s has other options than the version that AXL knows, 0.5.0", l->name);
    return AXL_OK;
}

static axl_status start(llama_library *l, const char *folder, axl_error *err) {
    typedef void load_backends(const char *folder);
    FORWARD(open_one(&l->llama, folder, "libllama.", err));
    FORWARD(open_one(&l->ggml, folder, "libggml.", err));
    FORWARD(peer_library_bind(l->llama, names, FN_COUNT, l->fn, err));
    load_backends *load =
        (load_backends *)os_library_function(l->ggml, "ggml_backend_load_all_from_path");
    RETURN_IF(!load, err, AXL_UNSUPPORTED, "its libggml loads no backends");
    string_format(l->name, sizeof l->name, NULL, "llama.cpp %s", CALL(l, version)());
    FORWARD(check_options(l, err));
    CALL(l, log_set)(be_quiet, NULL);
    load(folder);
    CALL(l, backend_init)();
    return AXL_OK;
}

static axl_status library_get(const llama_library **out, const char *folder, axl_error *err) {
    llama_library *other = NULL;
    *out = atomic_load(&loaded);
    if (*out) return AXL_OK;
    llama_library *mine = mem_zalloc(sizeof *mine);
    if (!mine) return error_no_memory(err, "a library", sizeof *mine);
    const axl_status status = start(mine, folder, err);
    if (status == AXL_OK && atomic_compare_exchange_strong(&loaded, &other, mine)) {
        *out = mine;
        return AXL_OK;
    }
    // It failed, or another thread was faster: the loader counts, so this unloads nothing of its.
    os_library_close(mine->ggml);
    os_library_close(mine->llama);
    mem_free(mine);
    *out = other;
    return status;
}

// ---- a model ----

static axl_status load(peer_llama *p, const peer_llama_spec *spec, axl_error *err) {
    const llama_library *l = p->library;
    p->model = CALL(l, model_load_from_file)(spec->file, CALL(l, model_default_params)());
    RETURN_IF(!p->model, err, AXL_BAD_FILE, "%s: llama.cpp does not load it", spec->file);
    p->vocab = CALL(l, model_get_vocab)(p->model);
    llama_options c = CALL(l, context_default_params)();
    p->sequences = spec->sequences > 0 ? spec->sequences : 1;
    c.word[CONTEXT_TOKENS] = (int32_t)(spec->context * p->sequences);
    c.word[CONTEXT_SEQUENCES] = (int32_t)p->sequences;
    if (spec->exact) {
        c.word[CONTEXT_KEYS] = c.word[CONTEXT_VALUES] = KEYS_F32;
        c.word[CONTEXT_FLASH] = FLASH_OFF;
    }
    p->context = CALL(l, init_from_model)(p->model, c);
    RETURN_IF(!p->context || CALL(l, n_ctx)(p->context) < spec->context, err, AXL_UNSUPPORTED,
              "%s: llama.cpp makes no context of %zu tokens", spec->file, spec->context);
    CALL(l, set_n_threads)(p->context, (int32_t)spec->threads, (int32_t)spec->threads);
    p->room = spec->context;
    return AXL_OK;
}

axl_status peer_llama_open(peer_llama **out, const peer_llama_spec *spec, axl_error *err) {
    *out = NULL;
    RETURN_IF(spec->context == 0 || spec->context > INT32_MAX / SEQUENCES_MAX ||
                  spec->sequences > SEQUENCES_MAX || spec->threads == 0 ||
                  spec->threads > INT32_MAX,
              err, AXL_BAD_ARGUMENT, "llama.cpp needs a context and threads");
    peer_llama *p = mem_zalloc(sizeof *p);
    if (!p) return error_no_memory(err, "llama.cpp", sizeof *p);
    axl_status status = library_get(&p->library, spec->folder, err);
    if (status == AXL_OK) status = load(p, spec, err);
    if (status == AXL_OK)
        *out = p;
    else
        peer_llama_close(p);
    return status;
}

void peer_llama_close(peer_llama *p) {
    if (!p) return;
    if (p->context) CALL(p->library, free)(p->context);
    if (p->model) CALL(p->library, model_free)(p->model);
    mem_free(p);
}

const char *peer_llama_version(const peer_llama *p) {
    return p->library->name;
}

size_t peer_llama_vocab(const peer_llama *p) {
    return (size_t)CALL(p->library, vocab_n_tokens)(p->vocab);
}

uint64_t peer_llama_bytes(const peer_llama *p) {
    return CALL(p->library, model_size)(p->model);
}

axl_status peer_llama_keep(peer_llama *p, size_t keep, axl_error *err) {
    void *memory = CALL(p->library, get_memory)(p->context);
    if (keep >= p->fed) return AXL_OK;
    RETURN_IF(!CALL(p->library, memory_seq_rm)(memory, -1, (int32_t)keep, -1), err, AXL_UNSUPPORTED,
              "llama.cpp does not forget");
    p->fed = keep;
    return AXL_OK;
}

axl_status peer_llama_feed(peer_llama *p, const int32_t *ids, size_t count, const float **logits,
                           axl_error *err) {
    enum { PART = 512 }; // tokens that it takes at once
    RETURN_IF(count == 0 || count > p->room - p->fed, err, AXL_BAD_ARGUMENT,
              "%zu tokens where there is room for %zu", count, p->room - p->fed);
    for (size_t done = 0; done < count;) {
        const size_t part = count - done < PART ? count - done : PART;
        const llama_batch batch = {.count = (int32_t)part, .token = ids + done};
        const int32_t code = CALL(p->library, decode)(p->context, batch);
        RETURN_IF(code != 0, err, AXL_UNSUPPORTED, "llama.cpp failed with %d", (int)code);
        done += part;
        p->fed += part;
    }
    if (logits) *logits = CALL(p->library, get_logits_ith)(p->context, -1);
    RETURN_IF(logits && !*logits, err, AXL_UNSUPPORTED, "llama.cpp gave no logits");
    return AXL_OK;
}

axl_status peer_llama_feed_all(peer_llama *p, const int32_t *ids, const float **logits,
                               axl_error *err) {
    int32_t place[SEQUENCES_MAX], ones[SEQUENCES_MAX], number[SEQUENCES_MAX];
    int32_t *sequence[SEQUENCES_MAX];
    int8_t wanted[SEQUENCES_MAX];
    RETURN_IF(p->fed == p->room, err, AXL_BAD_ARGUMENT, "no room for another token");
    for (size_t i = 0; i < p->sequences; i++) {
        place[i] = (int32_t)p->fed;
        ones[i] = 1;
        number[i] = (int32_t)i;
        sequence[i] = &number[i];
        wanted[i] = 1;
    }
    const llama_batch batch = {.count = (int32_t)p->sequences,
                               .token = ids,
                               .place = place,
                               .sequences = ones,
                               .sequence = sequence,
                               .wanted = wanted};
    const int32_t code = CALL(p->library, decode)(p->context, batch);
    RETURN_IF(code != 0, err, AXL_UNSUPPORTED, "llama.cpp failed with %d", (int)code);
    p->fed++;
    for (size_t i = 0; i < p->sequences; i++) {
        logits[i] = CALL(p->library, get_logits_ith)(p->context, (int32_t)i);
        RETURN_IF(!logits[i], err, AXL_UNSUPPORTED, "llama.cpp gave no logits");
    }
    return AXL_OK;
}

size_t peer_llama_tokens(const peer_llama *p, const char *text, size_t bytes, int32_t *out,
                         size_t room) {
    const int32_t n =
        CALL(p->library, tokenize)(p->vocab, text, (int32_t)bytes, out, (int32_t)room, false, true);
    return n < 0 ? SIZE_MAX : (size_t)n;
}

size_t peer_llama_piece(const peer_llama *p, int32_t id, char *out, size_t room) {
    const int32_t n = CALL(p->library, token_to_piece)(p->vocab, id, out, (int32_t)room, 0, true);
    return n < 0 ? SIZE_MAX : (size_t)n;
}

peer_llama_marks peer_llama_known(const peer_llama *p) {
    const llama_library *l = p->library;
    return (peer_llama_marks){.bos = CALL(l, vocab_bos)(p->vocab),
                              .eos = CALL(l, vocab_eos)(p->vocab),
                              .eot = CALL(l, vocab_eot)(p->vocab),
                              .fim_prefix = CALL(l, vocab_fim_pre)(p->vocab),
                              .fim_suffix = CALL(l, vocab_fim_suf)(p->vocab),
                              .fim_middle = CALL(l, vocab_fim_mid)(p->vocab),
                              .fim_pad = CALL(l, vocab_fim_pad)(p->vocab),
                              .fim_separator = CALL(l, vocab_fim_sep)(p->vocab),
                              .fim_repository = CALL(l, vocab_fim_rep)(p->vocab)};
}

axl_status peer_llama_quantize(const char *folder, const char *from, const char *to, int file_type,
                               axl_error *err) {
    const llama_library *l;
    FORWARD(library_get(&l, folder, err));
    llama_options o = CALL(l, model_quantize_default_params)();
    o.word[QUANTIZE_FILE_TYPE] = file_type;
    RETURN_IF(CALL(l, model_quantize)(from, to, &o) != 0, err, AXL_UNSUPPORTED,
              "%s: llama.cpp does not quantise it", from);
    return AXL_OK;
}
