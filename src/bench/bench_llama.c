// llama.cpp as a peer of decoding: a dense llama that reads about as many parameters for a byte as
// our model does, of random weights, in the same process, behind our own measurement.
#include "bench/bench_model.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/rng.h"
#include "bench/bench_measure.h"
#include "bench/peer_llama.h"
#include "model/flops.h"
#include "os/clock.h"
#include "os/staging.h"
#include "store/export_llama.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define PEER_BYTES ((size_t)64)  // of one repetition, as of ours
#define PEER_HEAD ((size_t)64)   // channels of a head
#define PEER_BLOCK ((size_t)256) // numbers of the longest block: no row needs another type
#define PEER_LAYERS ((size_t)256)
#define PEER_OFF 0.05 // by how much its parameters may miss ours

static double params_of(const llama_shape *s) {
    const double d = (double)s->d, ff = (double)s->ff;
    return (double)s->vocab * d + (double)s->layers * (4 * d * d + 3 * d * ff);
}

// Of our width, in whole blocks, with a feed-forward of two to four times that; the number of
// layers and the feed-forward that come closest, fewer layers first: they are faster.
static llama_shape shape_for(const model_config *c, size_t context) {
    llama_shape best = {0};
    const double wanted = flops_decode_parameters(c);
    const size_t blocks = (c->d_model + PEER_BLOCK / 2) / PEER_BLOCK;
    const size_t d = PEER_BLOCK * (blocks > 0 ? blocks : 1);
    for (size_t layers = 1; layers <= PEER_LAYERS; layers++)
        for (size_t ff = 4 * d; ff >= 2 * d; ff -= PEER_BLOCK) {
            const llama_shape now = {.vocab = c->vocab_size,
                                     .d = d,
                                     .heads = d / PEER_HEAD,
                                     .ff = ff,
                                     .layers = layers,
                                     .context = context,
                                     .norm_eps = c->norm_eps,
                                     .rope_theta = c->rope_theta};
            const double miss = fabs(params_of(&now) - wanted);
            if (best.layers == 0 || miss < fabs(params_of(&best) - wanted)) best = now;
        }
    return best;
}

// The file type that corresponds to ours; LLAMA_FILES where none does.
static llama_file file_of(const bench_model *m) {
    if (m->recipe) return llama_file_find(m->recipe->name, NULL);
    return m->type == DTYPE_BF16 ? LLAMA_F16 : LLAMA_F32;
}

static void random_numbers(void *ctx, const llama_tensor *t, float *out) {
    (void)ctx;
    const rng key = rng_key(7, (uint64_t)t->part + LLAMA_PARTS * t->layer);
    const float most = 1 / sqrtf((float)t->cols);
    for (size_t i = 0; i < t->rows * t->cols; i++)
        out[i] = t->rows == 1 ? 1 : ((float)rng_below(key, i, 65536) / 32768 - 1) * most;
}

// ---- the measurement ----

typedef struct llama_bench {
    bench_model *m;
    peer_llama *peer;
    int32_t *ids; // [length]; owned
    size_t filled;
    int32_t next;
} llama_bench;

static int32_t best_byte(const float *logits) {
    int32_t best = 0;
    for (int32_t i = 1; i < 256; i++)
        if (logits[i] > logits[best]) best = i;
    return best;
}

// A repetition begins with the same text in the context and fills what is left of it.
static axl_status decode(llama_bench *b, size_t bytes, axl_error *err) {
    FORWARD(peer_llama_keep(b->peer, b->filled, err));
    int32_t next = b->next;
    for (size_t i = 0; i < bytes; i++) {
        const float *logits;
        FORWARD(peer_llama_feed(b->peer, &next, 1, &logits, err));
        next = best_byte(logits);
    }
    return AXL_OK;
}

static axl_status fill(llama_bench *b, axl_error *err) {
    const float *logits;
    uint16_t *bytes = mem_alloc_array(b->filled, sizeof *bytes);
    b->ids = mem_alloc_array(b->filled, sizeof *b->ids);
    if (!bytes || !b->ids) {
        mem_free(bytes);
        return error_no_memory(err, "the benchmark", b->filled * sizeof *b->ids);
    }
    bench_model_ids(bytes, b->filled, 3);
    for (size_t i = 0; i < b->filled; i++) b->ids[i] = bytes[i];
    mem_free(bytes);
    FORWARD(peer_llama_feed(b->peer, b->ids, b->filled, &logits, err));
    b->next = best_byte(logits);
    return AXL_OK;
}

static axl_status measure(llama_bench *b, axl_error *err) {
    double rates[BENCH_MODEL_ROUNDS];
    const size_t length = b->m->out->length;
    const size_t bytes = length > PEER_BYTES ? PEER_BYTES : (length + 1) / 2;
    b->filled = length > bytes ? length - bytes : 1;
    FORWARD(fill(b, err));
    b->m->run->done = 0;
    FORWARD(bench_step(b->m->run, "llama.cpp", err));
    FORWARD(decode(b, bytes, err)); // warms up
    const uint64_t begin = os_clock_ns();
    size_t n = 0;
    while (n < BENCH_MODEL_ROUNDS &&
           (n < 3 || (double)(os_clock_ns() - begin) * 1e-9 < b->m->seconds)) {
        b->m->run->done = 0;
        FORWARD(bench_step(b->m->run, "llama.cpp", err));
        const uint64_t start = os_clock_ns();
        FORWARD(decode(b, bytes, err));
        rates[n++] = (double)bytes / ((double)(os_clock_ns() - start) * 1e-9);
    }
    axl_bench_peer *out = &b->m->out->peer;
    out->bytes_per_s = bench_median(rates, n);
    out->ratio = b->m->out->bytes_per_s.median / out->bytes_per_s;
    snprintf(out->name, sizeof out->name, "%s", peer_llama_version(b->peer));
    return AXL_OK;
}

// ---- its model ----

static axl_status write_model(bench_model *m, const llama_shape *form, const char *path,
                              axl_error *err) {
    const llama_source from = {
        .k = &m->run->k, .p = m->run->pool, .name = "benchmark", .numbers = random_numbers};
    llama_plan all;
    axl_status status = llama_plan_make(&all, form, file_of(m), err);
    if (status == AXL_OK) status = export_llama(path, &all, &from, err);
    m->out->peer.params = all.params;
    snprintf(m->out->peer.dtype, sizeof m->out->peer.dtype, "%s", llama_file_names[all.file]);
    llama_plan_free(&all);
    return status;
}

static axl_status run_in(bench_model *m, const char *folder, axl_error *err) {
    const llama_shape form = shape_for(&m->table.config, m->out->length);
    const double wanted = flops_decode_parameters(&m->table.config);
    llama_bench b = {.m = m};
    buf path = {0};
    RETURN_IF(fabs(params_of(&form) / wanted - 1) > PEER_OFF, err, AXL_UNSUPPORTED,
              "no llama in whole blocks reads about as many parameters for a byte (%.0f)", wanted);
    axl_status status = AXL_OK;
    if (!buf_format(&path, "%s/peer.gguf", folder)) status = error_no_memory(err, folder, 64);
    if (status == AXL_OK) status = write_model(m, &form, path.data, err);
    const peer_llama_spec spec = {.folder = m->options->llama,
                                  .file = path.data,
                                  .context = m->out->length,
                                  .threads = m->out->threads};
    if (status == AXL_OK) status = peer_llama_open(&b.peer, &spec, err);
    if (status == AXL_OK) status = measure(&b, err);
    peer_llama_close(b.peer);
    mem_free(b.ids);
    buf_free(&path);
    return status;
}

static axl_status run(bench_model *m, axl_error *err) {
    os_staging *folder;
    RETURN_IF(file_of(m) == LLAMA_FILES, err, AXL_UNSUPPORTED,
              "its files are of f32, f16, q8_0 or q4_k_m, not %s", m->out->dtype);
    FORWARD(os_staging_begin(&folder, m->options->scratch ? m->options->scratch : "/tmp", err));
    const axl_status status = run_in(m, os_staging_path(folder), err);
    os_staging_abort(folder); // its model goes with it
    return status;
}

axl_status bench_model_llama(bench_model *m, axl_error *err) {
    axl_bench_peer *peer = &m->out->peer;
    axl_error why = {0};
    if (!m->options->llama) return AXL_OK;
    snprintf(peer->name, sizeof peer->name, "llama.cpp");
    const axl_status status = run(m, &why);
    if (status == AXL_INTERRUPTED) return error_set(err, status, "%s", why.text);
    if (status != AXL_OK) snprintf(peer->missing, sizeof peer->missing, "%.150s", why.text);
    return AXL_OK;
}
