// Decoding: one byte after the other with a full context, and whole contexts at once.
#include "bench/bench_model.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/sizes.h"
#include "bench/bench_measure.h"
#include "model/flops.h"
#include "model/pass.h"
#include "model/step.h"
#include "os/memory.h"
#include "store/few_bits.h"

#include <stdio.h>

#define DECODE_BYTES ((size_t)64) // of one repetition

typedef struct decode_bench {
    bench_model *m;
    size_t weights; // bytes that they take
    bf16 *half;     // [table.numbers] with bf16 weights; owned
    frozen frozen;
    stepper *stepper;
    size_t streams;
    cache *caches;    // [streams]; owned
    step_item *items; // [streams]; owned
    uint16_t *next;   // [streams]: the newest byte of each; owned
    uint16_t *ids;    // [length]; owned
    float *logits;    // [streams, V]; owned
    pass *pass;       // prefill: the forward pass of training beside it
    float *trained;   // its logits [batch, length, V]; owned
    uint16_t *batch;  // [batch, length]; owned
} decode_bench;

static float *logits_of(const decode_bench *b, size_t stream) {
    return b->logits + stream * b->m->table.config.vocab_size;
}

// The first `count` bytes of the text to one of the streams.
static axl_status feed(decode_bench *b, size_t stream, size_t count, axl_error *err) {
    const step_item item = {
        .ids = b->ids, .count = count, .wanted = 1, .logits = logits_of(b, stream)};
    return step_feed(b->stepper, &b->caches[stream], &item, err);
}

// Each stream is a byte further than the next, so that steps bring states of every scale.
static axl_status feed_all(decode_bench *b, axl_error *err) {
    for (size_t i = 0; i < b->streams; i++) {
        const size_t behind = size_min(i % MODEL_GROUP, b->m->out->length - 1);
        FORWARD(feed(b, i, b->m->out->length - behind, err));
    }
    return AXL_OK;
}

static uint16_t best_byte(const float *logits) {
    uint16_t best = 0;
    for (uint16_t i = 1; i < 256; i++)
        if (logits[i] > logits[best]) best = i;
    return best;
}

static axl_status decode(void *ctx, axl_error *err) {
    decode_bench *b = ctx;
    for (size_t n = 0; n < DECODE_BYTES; n++) {
        for (size_t i = 0; i < b->streams; i++) {
            FORWARD(cache_slide(&b->caches[i], step_exec(b->stepper), step_rope(b->stepper), err));
            b->next[i] = best_byte(logits_of(b, i));
            b->items[i] = (step_item){.cache = &b->caches[i],
                                      .ids = &b->next[i],
                                      .count = 1,
                                      .wanted = 1,
                                      .logits = logits_of(b, i)};
        }
        FORWARD(step_run(b->stepper, b->items, b->streams, err));
    }
    return AXL_OK;
}

static axl_status prefill(void *ctx, axl_error *err) {
    decode_bench *b = ctx;
    FORWARD(cache_truncate(&b->caches[0], 0, err));
    return feed(b, 0, b->m->out->length, err);
}

static axl_status trained(void *ctx, axl_error *err) {
    decode_bench *b = ctx;
    return pass_logits(b->pass, b->m->w, b->batch, b->trained, err);
}

static axl_status freeze_few(decode_bench *b, axl_error *err) {
    const bench_model *m = b->m;
    few_bits few;
    const few_bits_source from = {.table = &m->table, .block = m->w, .recipe = m->recipe};
    const frozen_machine machine = {.k = &m->run->k, .p = m->run->pool, .memory = &os_plan_memory};
    FORWARD(few_bits_make(&few, &from, &m->run->k, m->run->pool, err));
    axl_status status = frozen_tensors_bytes(&m->table, few.list, &b->weights, err);
    if (status == AXL_OK) status = bench_check_memory(b->weights, err);
    if (status == AXL_OK)
        status = frozen_of_tensors(&b->frozen, &m->table, few.list, &machine, err);
    few_bits_free(&few);
    return status;
}

static axl_status freeze(decode_bench *b, axl_error *err) {
    const bench_model *m = b->m;
    const param_table *t = &m->table;
    if (m->recipe) return freeze_few(b, err);
    b->weights = t->parameters * (m->type == DTYPE_BF16 ? sizeof(bf16) : sizeof(float));
    if (m->type == DTYPE_F32)
        return frozen_of_block(&b->frozen, t, &(frozen_source){m->w, m->w, DTYPE_F32}, err);
    const size_t bytes = t->numbers * sizeof *b->half;
    FORWARD(bench_check_memory(bytes, err));
    b->half = os_block_alloc(bytes);
    if (!b->half) return error_no_memory(err, "the weights", bytes);
    m->run->k.convert->f32_to_bf16(b->half, m->w, t->numbers);
    return frozen_of_block(&b->frozen, t, &(frozen_source){m->w, b->half, DTYPE_BF16}, err);
}

static axl_status make_streams(decode_bench *b, size_t streams, axl_error *err) {
    const model_config *c = &b->m->table.config;
    size_t bytes;
    RETURN_IF(!size_mul(streams, cache_bytes(c), &bytes), err, AXL_TOO_LARGE, "%zu streams",
              streams);
    FORWARD(bench_check_memory(bytes, err));
    b->caches = mem_zalloc_array(streams, sizeof *b->caches);
    b->items = mem_zalloc_array(streams, sizeof *b->items);
    b->next = mem_zalloc_array(streams, sizeof *b->next);
    b->logits = mem_zalloc_array(streams, c->vocab_size * sizeof *b->logits);
    if (!b->caches || !b->items || !b->next || !b->logits)
        return error_no_memory(err, "the benchmark", streams * c->vocab_size * sizeof *b->logits);
    for (; b->streams < streams; b->streams++)
        FORWARD(cache_create(&b->caches[b->streams], c, b->frozen.start, &os_plan_memory, err));
    return AXL_OK;
}

static axl_status prepare(decode_bench *b, size_t streams, axl_error *err) {
    const bench_model *m = b->m;
    FORWARD(freeze(b, err));
    // Several are stepped as those of a server (infer/batch.c).
    const step_spec spec = {.sequences = streams,
                            .bytes = size_max(size_min(m->out->length, 512), streams),
                            .apart = streams > 1};
    const step_machine machine = {
        .k = &m->run->k, .p = m->run->pool, .memory = &os_plan_memory, .limit = PLAN_NO_LIMIT};
    FORWARD(step_create(&b->stepper, &b->frozen, &spec, &machine, err));
    FORWARD(make_streams(b, streams, err));
    b->ids = mem_alloc_array(m->out->length, sizeof *b->ids);
    if (!b->ids) return error_no_memory(err, "the benchmark", m->out->length);
    bench_model_ids(b->ids, m->out->length, 3);
    return AXL_OK;
}

static void decode_free(decode_bench *b) {
    step_free(b->stepper);
    for (size_t i = 0; i < b->streams; i++) cache_free(&b->caches[i]);
    mem_free(b->caches);
    mem_free(b->items);
    mem_free(b->next);
    frozen_free(&b->frozen);
    os_block_free(b->half);
    mem_free(b->ids);
    mem_free(b->logits);
    pass_free(b->pass);
    os_block_free(b->trained);
    mem_free(b->batch);
}

// The read bandwidth of what the matrices fit in, in GB/s.
static double bandwidth(const decode_bench *b, axl_error *err) {
    axl_bench_peak_result peak;
    const bench_model *m = b->m;
    const bool cached = b->weights <= m->run->caches.l3;
    m->out->memory = cached ? "L3 cache" : "memory";
    if (bench_peak(m->run, &peak, err) != AXL_OK) return 0;
    return peak.rows[cached ? AXL_BENCH_L3_READ : AXL_BENCH_DRAM_READ].all.median;
}

axl_status bench_decode(bench_model *m, axl_error *err) {
    decode_bench b = {.m = m};
    axl_status status = prepare(&b, m->out->streams, err);
    if (status == AXL_OK) status = feed_all(&b, err);
    if (status == AXL_OK) {
        const bench_model_rounds rounds = {.fn = decode,
                                           .ctx = &b,
                                           .what = "decoding",
                                           .bytes = (double)(DECODE_BYTES * b.streams),
                                           .probe = m->run->k.peak->f32};
        const double length = (double)m->out->length;
        const double operations =
            FLOPS_EACH * flops_forward(&m->table.config, m->out->length, false) / length;
        status = bench_model_measure(m, &rounds, operations, err);
        const size_t caches = b.streams * cache_bytes(&m->table.config);
        m->out->planned_mib = (double)(b.weights + caches) / 1048576;
    }
    if (status == AXL_OK) m->out->read_bytes = (uint64_t)frozen_bytes_read(&b.frozen);
    decode_free(&b);
    if (status != AXL_OK) return status;
    const double steps = m->out->bytes_per_s.median / (double)m->out->streams;
    const double read = (double)m->out->read_bytes * steps * 1e-9;
    const double roof = bandwidth(&b, err);
    m->out->peak = roof;
    m->out->share = roof > 0 ? read / roof : 0;
    if (roof == 0) return AXL_INTERRUPTED;
    m->out->read_params = (uint64_t)flops_decode_parameters(&m->table.config);
    bench_model_peer(m, "generate");
    return bench_model_llama(m, err);
}

// The forward pass of training, in turns of its own: bytes a second.
static axl_status forward_speed(decode_bench *b, axl_error *err) {
    bench_model *m = b->m;
    const axl_bench_model_result *out = m->out;
    const pass_spec spec = {.batch = out->batch, .length = out->length, .type = m->type};
    const pass_machine machine = {
        .k = &m->run->k, .p = m->run->pool, .memory = &os_plan_memory, .limit = PLAN_NO_LIMIT};
    const size_t rows = out->batch * out->length;
    size_t bytes;
    RETURN_IF(!size_mul3(rows, m->table.config.vocab_size, sizeof(float), &bytes), err,
              AXL_TOO_LARGE, "the batch is too large");
    FORWARD(pass_create(&b->pass, &m->table, &spec, &machine, err));
    b->trained = os_block_alloc(bytes);
    b->batch = mem_alloc_array(rows, sizeof *b->batch);
    if (!b->trained || !b->batch) return error_no_memory(err, "the benchmark", bytes);
    bench_model_ids(b->batch, rows, 4);
    const bench_model_rounds rounds = {.fn = trained,
                                       .ctx = b,
                                       .what = "forward pass of training",
                                       .bytes = (double)rows,
                                       .probe = m->run->k.peak->f32};
    FORWARD(bench_model_measure(m, &rounds, 0, err));
    m->out->forward_bytes_per_s = m->out->bytes_per_s.median;
    return AXL_OK;
}

axl_status bench_prefill(bench_model *m, axl_error *err) {
    decode_bench b = {.m = m};
    axl_status status = prepare(&b, 1, err);
    if (status == AXL_OK) status = forward_speed(&b, err);
    if (status == AXL_OK) {
        const double length = (double)m->out->length;
        const bench_model_rounds rounds = {.fn = prefill,
                                           .ctx = &b,
                                           .what = "prefill",
                                           .bytes = length,
                                           .probe = m->type == DTYPE_BF16 ? m->run->k.peak->bf16
                                                                          : m->run->k.peak->f32};
        const double operations =
            FLOPS_EACH * flops_forward(&m->table.config, m->out->length, false) / length;
        status = bench_model_measure(m, &rounds, operations, err);
        m->out->planned_mib = (double)(b.weights + cache_bytes(&m->table.config)) / 1048576;
    }
    decode_free(&b);
    if (status == AXL_OK) bench_model_peer(m, "prefill");
    return status;
}
