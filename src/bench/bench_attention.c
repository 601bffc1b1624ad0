// Attention forward and backward at the size of a training batch: T = 256 causal, 4 heads of 64,
// batch 16, one task for each head of each sequence.
#include "bench/bench_kernels.h"
#include "bench/bench_measure.h"
#include "bench/bench_probe.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/rng.h"
#include "base/sizes.h"

#include <math.h>

#define T ((size_t)256)
#define HEADS ((size_t)4)
#define SIZE ((size_t)64)
#define BATCH ((size_t)16) // 1 for a quick look
#define D (HEADS * SIZE)
#define ROUNDS 11
#define ALIGN ((size_t)MEM_CACHE_LINE)

enum { Q, K, V, O, D_O, D_Q, D_K, D_V, ARRAYS };

typedef struct attention_bench {
    const bench_run *run;
    float *array[ARRAYS];     // [batch, T, HEADS, SIZE]
    float *row_max, *row_sum; // [batch, HEADS, T]
    uint32_t *visible;        // [T]
    unsigned char *scratch;   // [threads, scratch_bytes]
    size_t scratch_bytes;
    size_t tasks; // heads of all sequences
} attention_bench;

static size_t tasks_of(const bench_run *run) {
    return (run->quick ? 1 : BATCH) * HEADS;
}

// Operations of one product over the pairs that a causal query sees.
static double product_operations(const attention_bench *b) {
    return (double)b->tasks * ((double)T * (double)(T + 1) / 2) * 2 * (double)SIZE;
}

static size_t scratch_bytes(const bench_run *run) {
    const attention_kernels *k = run->k.attention;
    size_t bytes = size_max(k->forward_scratch(T, T, SIZE), k->backward_scratch(T, T, SIZE));
    return (bytes + ALIGN - 1) / ALIGN * ALIGN;
}

size_t bench_attention_bytes(const bench_run *run) {
    size_t fixed = (ARRAYS * SIZE + 2) * T * tasks_of(run) * sizeof(float) + T * sizeof(uint32_t) +
                   2 * ARRAYS * ALIGN;
    size_t sum;
    return size_mul_add(scratch_bytes(run), run->threads, fixed, &sum) ? sum : SIZE_MAX;
}

static attention_head head_of(const attention_bench *b, size_t offset) {
    return (attention_head){.queries = T,
                            .keys = T,
                            .size = SIZE,
                            .scale = 1 / sqrtf((float)SIZE),
                            .q = b->array[Q] + offset,
                            .k = b->array[K] + offset,
                            .v = b->array[V] + offset,
                            .ldq = D,
                            .ldk = D,
                            .ldv = D,
                            .visible = b->visible};
}

// Where a task's head starts in the arrays.
static size_t offset_of(size_t task) {
    return task / HEADS * T * D + task % HEADS * SIZE;
}

static void forward_task(void *ctx, size_t task, size_t worker) {
    const attention_bench *b = ctx;
    size_t offset = offset_of(task);
    b->run->k.attention->forward(
        &(attention_forward_args){.head = head_of(b, offset),
                                  .o = b->array[O] + offset,
                                  .ldo = D,
                                  .row_max = b->row_max + task * T,
                                  .row_sum = b->row_sum + task * T,
                                  .scratch = b->scratch + worker * b->scratch_bytes});
}

static void backward_task(void *ctx, size_t task, size_t worker) {
    const attention_bench *b = ctx;
    size_t offset = offset_of(task);
    b->run->k.attention->backward(
        &(attention_backward_args){.head = head_of(b, offset),
                                   .o = b->array[O] + offset,
                                   .d_o = b->array[D_O] + offset,
                                   .ldo = D,
                                   .row_max = b->row_max + task * T,
                                   .row_sum = b->row_sum + task * T,
                                   .dq = b->array[D_Q] + offset,
                                   .dk = b->array[D_K] + offset,
                                   .dv = b->array[D_V] + offset,
                                   .lddq = D,
                                   .lddk = D,
                                   .lddv = D,
                                   .scratch = b->scratch + worker * b->scratch_bytes});
}

static void forward(void *ctx) {
    const attention_bench *b = ctx;
    pool_run(b->run->pool, b->tasks, forward_task, ctx);
}

static void backward(void *ctx) {
    const attention_bench *b = ctx;
    pool_run(b->run->pool, b->tasks, backward_task, ctx);
}

static bool prepare(attention_bench *b, arena *a) {
    const size_t elements = b->tasks * T * SIZE;
    for (size_t i = 0; i < ARRAYS; i++) {
        b->array[i] = arena_alloc_array(a, elements, sizeof(float), ALIGN);
        if (!b->array[i]) return false;
        if (i < D_Q) rng_fill_uniform(rng_key(2, i), 0, b->array[i], elements);
    }
    b->row_max = arena_alloc_array(a, b->tasks * T, sizeof(float), ALIGN);
    b->row_sum = arena_alloc_array(a, b->tasks * T, sizeof(float), ALIGN);
    b->visible = arena_alloc_array(a, T, sizeof *b->visible, ALIGN);
    b->scratch = arena_alloc_array(a, b->run->threads, b->scratch_bytes, ALIGN);
    if (!b->row_max || !b->row_sum || !b->visible || (b->scratch_bytes && !b->scratch))
        return false;
    for (size_t t = 0; t < T; t++) b->visible[t] = (uint32_t)t + 1;
    return true;
}

static void measure(attention_bench *b, axl_bench_attention *out) {
    double fwd[ROUNDS], bwd[ROUNDS], both[ROUNDS], peak[ROUNDS], share[ROUNDS];
    const bool quick = b->run->quick;
    const size_t rounds = quick ? 2 : ROUNDS;
    const double least = quick ? 0 : 0.01, product = product_operations(b) * 1e-9;
    bench_probe probe;
    bench_probe_init(&probe, b->run->k.peak->f32, quick ? 0.0005 : 0.002);
    for (size_t i = 0; i <= rounds; i++) {
        double rate = bench_probe_rate(&probe, b->run->pool);
        double there = bench_block(forward, b, least), back = bench_block(backward, b, least);
        if (i == 0) continue; // warms up
        fwd[i - 1] = 2 * product / there;
        bwd[i - 1] = 4 * product / back;
        both[i - 1] = 6 * product / (there + back);
        peak[i - 1] = rate;
        share[i - 1] = both[i - 1] / rate;
    }
    *out = (axl_bench_attention){.forward = bench_median(fwd, rounds),
                                 .backward = bench_median(bwd, rounds),
                                 .both = bench_median(both, rounds),
                                 .peak = bench_median(peak, rounds),
                                 .share = bench_median(share, rounds)};
}

axl_status bench_attention(bench_run *run, axl_bench_attention *out, axl_error *err) {
    attention_bench b = {.run = run, .scratch_bytes = scratch_bytes(run), .tasks = tasks_of(run)};
    arena a;
    FORWARD(arena_create(&a, bench_attention_bytes(run), err));
    axl_status status = AXL_OK;
    if (prepare(&b, &a))
        measure(&b, out);
    else
        status = error_no_memory(err, "the benchmark", a.capacity);
    arena_free(&a);
    return status;
}
