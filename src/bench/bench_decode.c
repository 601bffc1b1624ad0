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
    cache cache;
    uint16_t *ids;   // [length]; owned
    float *logits;   // [V]; owned
    pass *pass;      // prefill: the forward pass of training beside it
    float *trained;  // its logits [batch, length, V]; owned
    uint16_t *batch; // [batch, length]; owned
} decode_bench;

static axl_status feed(decode_bench *b, const uint16_t *ids, size_t count, axl_error *err) {
    const step_item item = {.ids = ids, .count = count, .wanted = 1, .logits = b->logits};
    return step_feed(b->stepper, &b->cache, &item, err);
}

static uint16_t best_byte(const float *logits) {
    uint16_t best = 0;
    for (uint16_t i = 1; i < 256; i++)
        if (logits[i] > logits[best]) best = i;
    return best;
}

static axl_status decode(void *ctx, axl_error *err) {
    decode_bench *b = ctx;
    for (size_t i = 0; i < DECODE_BYTES; i++) {
        const uint16_t next = best_byte(b->logits);
        FORWARD(feed(b, &next, 1, err));
    }
    return AXL_OK;
}

static axl_status prefill(void *ctx, axl_error *err) {
    decode_bench *b = ctx;
    FORWARD(cache_truncate(&b->cache, 0, err));
    return feed(b, b->ids, b->m->out->length, err);
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

static axl_status prepare(decode_bench *b, axl_error *err) {
    const bench_model *m = b->m;
    const model_config *c = &m->table.config;
    FORWARD(freeze(b, err));
    const step_spec spec = {.sequences = 1, .bytes = size_min(m->out->length, 512)};
    const step_machine machine = {
        .k = &m->run->k, .p = m->run->pool, .memory = &os_plan_memory, .limit = PLAN_NO_LIMIT};
    FORWARD(step_create(&b->stepper, &b->frozen, &spec, &machine, err));
    FORWARD(cache_create(&b->cache, c, b->frozen.start, &os_plan_memory, err));
    b->ids = mem_alloc_array(m->out->length, sizeof *b->ids);
    b->logits = mem_zalloc_array(c->vocab_size, sizeof *b->logits);
    if (!b->ids || !b->logits) return error_no_memory(err, "the benchmark", m->out->length);
    bench_model_ids(b->ids, m->out->length, 3);
    return AXL_OK;
}

static void decode_free(decode_bench *b) {
    step_free(b->stepper);
    cache_free(&b->cache);
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
    axl_status status = prepare(&b, err);
    if (status == AXL_OK) status = feed(&b, b.ids, m->out->length, err);
    if (status == AXL_OK) {
        const bench_model_rounds rounds = {.fn = decode,
                                           .ctx = &b,
                                           .what = "decoding",
                                           .bytes = (double)DECODE_BYTES,
                                           .probe = m->run->k.peak->f32};
        const double length = (double)m->out->length;
        const double operations =
            FLOPS_EACH * flops_forward(&m->table.config, m->out->length, false) / length;
        status = bench_model_measure(m, &rounds, operations, err);
        m->out->planned_mib = (double)(b.weights + cache_bytes(&m->table.config)) / 1048576;
    }
    if (status == AXL_OK) m->out->read_bytes = (uint64_t)frozen_bytes_read(&b.frozen);
    decode_free(&b);
    if (status != AXL_OK) return status;
    const double read = (double)m->out->read_bytes * m->out->bytes_per_s.median * 1e-9;
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
    axl_status status = prepare(&b, err);
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
