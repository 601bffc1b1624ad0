// The limits of the machine: rates of arithmetic in registers, and bandwidths of the caches and of
// memory, for one thread and for all.
#include "bench/bench_measure.h"
#include "bench/bench_probe.h"
#include "bench/bench_run.h"

#include "base/error.h"
#include "base/sizes.h"
#include "os/clock.h"
#include "os/memory.h"

#include <string.h>

#define REPEATS 11
#define DRAM_CHUNK ((size_t)1 << 20)
#define DRAM_LEAST ((size_t)256 << 20)
#define DRAM_MOST ((size_t)1 << 30)

typedef struct peak_bench {
    bench_run *run;
    unsigned char *block; // of all buffers, one measurement at a time
    size_t l2, l3, dram;  // bytes: of each thread's buffer, of each thread's, of all threads
    size_t repeats;
    double seconds; // of one thread in one repetition
} peak_bench;

// Ranges of memory that tasks go over.
typedef struct sweep {
    const peak_kernels *k;
    unsigned char *from, *to; // to NULL: only read
    size_t size;              // of one range
    size_t tasks;             // each on its own range; 0: four a thread, on the thread's range
    size_t passes;            // over the range
} sweep;

static void sweep_task(void *ctx, size_t task, size_t worker) {
    const sweep *s = ctx;
    size_t offset = (s->tasks ? task : worker) * s->size;
    for (size_t i = 0; i < s->passes; i++) {
        if (s->to)
            s->k->copy(s->to + offset, s->from + offset, s->size);
        else
            s->k->read(s->from + offset, s->size);
    }
}

// GB/s of the threads of p.
static double sweep_rate(void *ctx, pool *p) {
    sweep *s = ctx;
    size_t tasks = s->tasks ? s->tasks : 4 * pool_threads(p);
    uint64_t start = os_clock_ns();
    pool_run(p, tasks, sweep_task, s);
    uint64_t spent = os_clock_ns() - start;
    double bytes = (double)s->size * (double)s->passes * (double)tasks * (s->to ? 2 : 1);
    return bytes / (double)(spent ? spent : 1);
}

static double probe_rate(void *ctx, pool *p) {
    return bench_probe_rate(ctx, p);
}

typedef double rate_fn(void *ctx, pool *p);

// Takes turns between one thread and all; the first turn warms up and does not count.
static void measure(const peak_bench *b, rate_fn *fn, void *ctx, axl_bench_peak_row *row) {
    double one[REPEATS], all[REPEATS];
    for (size_t i = 0; i <= b->repeats; i++) {
        double rate_one = fn(ctx, NULL), rate_all = fn(ctx, b->run->pool);
        if (i == 0) continue;
        one[i - 1] = rate_one;
        all[i - 1] = rate_all;
    }
    row->one = bench_rate_of(one, b->repeats);
    row->all = bench_rate_of(all, b->repeats);
}

static void measure_rate(const peak_bench *b, peak_rate_fn *fn, axl_bench_peak_row *row) {
    bench_probe probe;
    bench_probe_init(&probe, fn, b->seconds / 4);
    measure(b, probe_rate, &probe, row);
}

static void measure_cache(const peak_bench *b, size_t size, axl_bench_peak_row *row) {
    sweep s = {.k = b->run->k.peak, .from = b->block, .size = size, .passes = 1};
    sweep_rate(&s, NULL); // warms up
    double pass = (double)size * 1e-9 / sweep_rate(&s, NULL), passes = b->seconds / 4 / pass;
    if (passes > 1) s.passes = (size_t)passes;
    row->bytes = size * b->run->threads;
    measure(b, sweep_rate, &s, row);
}

static void measure_dram(const peak_bench *b, bool copy, axl_bench_peak_row *row) {
    size_t bytes = copy ? b->dram / 2 : b->dram;
    sweep s = {.k = b->run->k.peak,
               .from = b->block,
               .to = copy ? b->block + bytes : NULL,
               .size = DRAM_CHUNK,
               .tasks = bytes / DRAM_CHUNK,
               .passes = 1};
    row->bytes = b->dram;
    measure(b, sweep_rate, &s, row);
}

static void measure_item(const peak_bench *b, axl_bench_peak_item item, axl_bench_peak_row *row) {
    const peak_kernels *k = b->run->k.peak;
    switch (item) {
    case AXL_BENCH_F32:
        measure_rate(b, k->f32, row);
        break;
    case AXL_BENCH_BF16:
        measure_rate(b, k->bf16, row);
        break;
    case AXL_BENCH_INT8:
        measure_rate(b, k->int8, row);
        break;
    case AXL_BENCH_L2_READ:
        measure_cache(b, b->l2, row);
        break;
    case AXL_BENCH_L3_READ:
        measure_cache(b, b->l3, row);
        break;
    case AXL_BENCH_DRAM_READ:
        measure_dram(b, false, row);
        break;
    case AXL_BENCH_DRAM_COPY:
        measure_dram(b, true, row);
        break;
    case AXL_BENCH_PEAK_ITEMS:
        break;
    }
}

// A range that was never written would be one page of zeros, read from the cache.
static void fill_task(void *ctx, size_t task, size_t worker) {
    (void)worker;
    const peak_bench *b = ctx;
    memset(b->block + task * DRAM_CHUNK, 0x3c, DRAM_CHUNK);
}

static size_t down_to(size_t size, size_t unit) {
    return size / unit * unit;
}

// Buffers: 3/4 of the L2 cache for each thread; what fits the L3 cache with all threads at work and
// room for others (a virtual machine shares it), but not the L2; four times the L3 cache.
static void plan(peak_bench *b) {
    const bench_caches caches = b->run->caches;
    b->l2 = size_max(down_to(caches.l2 / 4 * 3, 4096), 4096);
    size_t l3 = size_min(caches.l3 / 2 / b->run->threads, (size_t)6 << 20);
    b->l3 = down_to(size_max(l3, 2 * caches.l2), 4096);
    size_t dram = size_min(size_max(4 * caches.l3, DRAM_LEAST), DRAM_MOST);
    b->dram = down_to(b->run->quick ? DRAM_LEAST / 4 : dram, 2 * DRAM_CHUNK);
    b->repeats = b->run->quick ? 3 : REPEATS;
    b->seconds = b->run->quick ? 0.004 : 0.02;
}

axl_status bench_peak(bench_run *run, axl_bench_peak_result *out, axl_error *err) {
    static const axl_bench_peak_row rows[AXL_BENCH_PEAK_ITEMS] = {
        {.name = "f32", .unit = "GFLOP/s", .how = ""},
        {.name = "bf16", .unit = "GFLOP/s"},
        {.name = "int8", .unit = "GOP/s"},
        {.name = "l2_read", .unit = "GB/s", .how = ""},
        {.name = "l3_read", .unit = "GB/s", .how = ""},
        {.name = "dram_read", .unit = "GB/s", .how = ""},
        {.name = "dram_copy", .unit = "GB/s", .how = ""},
    };
    peak_bench b = {.run = run};
    plan(&b);
    size_t bytes;
    RETURN_IF(!size_mul(size_max(b.l2, b.l3), run->threads, &bytes) ||
                  !size_align_up(size_max(bytes, b.dram), DRAM_CHUNK, &bytes),
              err, AXL_NO_MEMORY, "too many threads: %zu", run->threads);
    FORWARD(bench_check_memory(bytes, err));
    b.block = os_block_alloc(bytes);
    if (!b.block) return error_no_memory(err, "the benchmark", bytes);
    pool_run(run->pool, bytes / DRAM_CHUNK, fill_task, &b);

    memcpy(out->rows, rows, sizeof rows);
    out->rows[AXL_BENCH_BF16].how = run->k.peak->bf16_how;
    out->rows[AXL_BENCH_INT8].how = run->k.peak->int8_how;
    axl_status status = AXL_OK;
    run->total = AXL_BENCH_PEAK_ITEMS;
    for (size_t i = 0; i < AXL_BENCH_PEAK_ITEMS && status == AXL_OK; i++) {
        status = bench_step(run, rows[i].name, err);
        if (status == AXL_OK) measure_item(&b, (axl_bench_peak_item)i, &out->rows[i]);
    }
    os_block_free(b.block);
    return status;
}

axl_status bench_peak_f32(bench_run *run, axl_bench_rate *out, axl_error *err) {
    double rates[REPEATS];
    const size_t repeats = run->quick ? 3 : REPEATS;
    bench_probe probe;
    run->total = 1;
    FORWARD(bench_step(run, "f32", err));
    bench_probe_init(&probe, run->k.peak->f32, run->quick ? 0.001 : 0.02);
    bench_probe_rate(&probe, run->pool); // warms up
    for (size_t i = 0; i < repeats; i++) rates[i] = bench_probe_rate(&probe, run->pool);
    *out = bench_rate_of(rates, repeats);
    return AXL_OK;
}
