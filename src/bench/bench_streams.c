// Kernels that are bound by memory, against the copy.
//
// All arrays have the same size and come from a ring of slots that is far larger than the caches:
// a pass takes the next slots, so nothing it touches is still in a cache. Each pass of a kernel has
// a pass of the copy before it, and their ratio is taken then and there: on a shared machine the
// bandwidth moves from one second to the next.
#include "bench/bench_kernels.h"
#include "bench/bench_measure.h"
#include "bench/stream_cases.h"

#include "base/error.h"
#include "base/sizes.h"
#include "os/clock.h"
#include "os/memory.h"
#include "parallel/range.h"

#include <string.h>

#define ROUNDS 15
#define GRAIN ((size_t)16384) // elements of an array in one task
#define RING_LEAST ((size_t)384 << 20)
#define RING_MOST ((size_t)1 << 30)
// Slots start at different places of a page, or arrays would fight for the same lines of a cache.
#define SLOT_SHIFT ((size_t)4096 + 64 * 5)

typedef struct streams {
    bench_run *run;
    stream_small small;
    unsigned char *block;
    size_t elements;    // of an array
    size_t slot, slots; // bytes of a slot, and their number
    size_t next;        // slot of the next pass
    size_t rounds;
} streams;

static void plan(streams *s) {
    size_t ring = size_min(size_max(6 * s->run->caches.l3, RING_LEAST), RING_MOST);
    size_t array = (size_t)(s->run->quick ? 256 << 10 : 16 << 20);
    s->elements = array / sizeof(float);
    s->slot = array + SLOT_SHIFT;
    s->slots = s->run->quick ? 3 * STREAM_ARRAYS : ring / array;
    s->rounds = s->run->quick ? 2 : ROUNDS;
}

size_t bench_streams_bytes(const bench_run *run) {
    streams s = {.run = (bench_run *)(uintptr_t)run};
    plan(&s);
    size_t small = stream_small_bytes(s.elements / STREAM_VOCAB, run->threads), sum;
    return size_add(small, s.slot * s.slots, &sum) ? sum : SIZE_MAX;
}

size_t bench_streams_steps(void) {
    return stream_case_count;
}

// Every two bytes make a normal positive number below 2 as bf16 and f16, every four as f32: no case
// meets the slow numbers near zero.
static void fill_tile(void *ctx, size_t begin, size_t end, size_t worker) {
    (void)worker;
    uint16_t *block = ctx;
    for (size_t i = begin; i < end; i++) block[i] = (uint16_t)(0x3c00 + (i * 40503 >> 4) % 0x400);
}

typedef struct pass {
    const stream_case *c;
    stream_work work;
} pass;

static void pass_tile(void *ctx, size_t begin, size_t end, size_t worker) {
    const pass *p = ctx;
    p->c->fn(&p->work, begin, end, worker);
}

// Seconds of one pass; array i of the case is slot first + i * step of the ring.
static double time_pass(streams *s, const stream_case *c, size_t first, size_t step) {
    pass p = {.c = c, .work = {.k = &s->run->k, .small = &s->small}};
    p.work.d = c->d ? c->d : STREAM_COLUMNS;
    for (size_t i = 0; i < c->arrays; i++)
        p.work.array[i] = s->block + (first + i * step) % s->slots * s->slot;
    uint64_t start = os_clock_ns();
    pool_for(s->run->pool, s->elements / p.work.d, GRAIN / p.work.d, pass_tile, &p);
    uint64_t spent = os_clock_ns() - start;
    return (double)(spent ? spent : 1) * 1e-9;
}

static double bytes_of(const streams *s, const stream_case *c) {
    size_t d = c->d ? c->d : STREAM_COLUMNS;
    return c->bytes * (double)(s->elements / d * d);
}

static void measure(streams *s, const stream_case *c, axl_bench_kernel_row *row) {
    double rate[ROUNDS], copy[ROUNDS], share[ROUNDS];
    pool_for(s->run->pool, s->slot * s->slots / 2, (size_t)1 << 19, fill_tile, s->block);
    // A slot keeps its part: array i is always a slot of number i modulo arrays, and the copy goes
    // from one slot to another of the same part. So a slot that holds bf16 is never read as f32. A
    // round takes three groups of slots, and there are three at least: none twice in one round.
    size_t all = s->slots, ring = all / c->arrays * c->arrays;
    s->slots = ring;
    for (size_t i = 0; i <= s->rounds; i++) {
        double copied = time_pass(s, &stream_copy, s->next, c->arrays);
        s->next = (s->next + 2 * c->arrays) % ring;
        double done = time_pass(s, c, s->next, 1);
        s->next = (s->next + c->arrays) % ring;
        if (i == 0) continue; // warms up
        copy[i - 1] = bytes_of(s, &stream_copy) * 1e-9 / copied;
        rate[i - 1] = bytes_of(s, c) * 1e-9 / done;
        share[i - 1] = rate[i - 1] / copy[i - 1];
    }
    s->slots = all;
    s->next = 0;
    *row = (axl_bench_kernel_row){.name = c->name,
                                  .bytes = bytes_of(s, c),
                                  .gbytes = bench_median(rate, s->rounds),
                                  .copy = bench_median(copy, s->rounds),
                                  .share = bench_median(share, s->rounds)};
}

axl_status bench_streams(bench_run *run, axl_bench_kernels_result *out, axl_error *err) {
    streams s = {.run = run};
    plan(&s);
    arena small;
    size_t rows = s.elements / STREAM_VOCAB;
    FORWARD(arena_create(&small, stream_small_bytes(rows, run->threads), err));
    axl_status status = AXL_OK;
    s.block = os_block_alloc(s.slot * s.slots);
    if (!s.block || !stream_small_make(&s.small, &small, rows, run->threads))
        status = error_no_memory(err, "the benchmark", s.slot * s.slots);
    for (size_t i = 0; i < stream_case_count && status == AXL_OK; i++) {
        status = bench_step(run, stream_cases[i].name, err);
        if (status == AXL_OK) measure(&s, &stream_cases[i], &out->rows[out->row_count++]);
    }
    os_block_free(s.block);
    arena_free(&small);
    return status;
}
