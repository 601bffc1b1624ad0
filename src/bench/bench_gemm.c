// The matrix products of training, ours and the peers' in turns.
//
// A row is one form of one layer in one type. In each round every way to compute it runs for a
// moment, ours between two looks at the peak. Shares and ratios are taken within a round and a row
// has their medians, because a shared machine changes its speed from one second to the next.
// Threads of the peers spin for a while after their work: a pause follows each of their turns.
#include "bench/bench_measure.h"
#include "bench/bench_probe.h"
#include "bench/bench_run.h"
#include "bench/gemm_arrays.h"
#include "bench/gemm_ours.h"
#include "bench/peer_onednn.h"
#include "bench/peer_openblas.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/sizes.h"
#include "base/strings.h"
#include "os/clock.h"

#include <string.h>
#include <time.h>

#define ROUNDS 9
#define SETTLE_NS ((uint64_t)5 * 1000 * 1000)
#define SETTLE_STEPS 100

enum { F32, BF16, TYPES };

typedef enum way { OURS, OURS_PREPACKED, ONEDNN, ONEDNN_PREPACKED, OPENBLAS, WAYS } way;
static const char *const way_names[WAYS] = {"this program", "this program, prepacked", "oneDNN",
                                            "oneDNN, prepacked", "OpenBLAS"};

typedef struct gemm_bench {
    bench_run *run;
    gemm_set set;
    gemm_arrays arrays;
    ours ours;
    onednn *onednn;    // NULL: not there
    openblas openblas; // with has_openblas
    bool has_openblas;
    bench_probe probe[TYPES];
    double *peaks[TYPES]; // every look at the peak
    size_t peak_count[TYPES];
    size_t rounds;
    double seconds; // of one turn
} gemm_bench;

// The ways to compute one row.
typedef struct row_jobs {
    gemm_problem problem, peer_problem; // they differ in c
    ours_job ours;
    onednn_job onednn, onednn_prepacked;
    openblas_job openblas;
    bench_fn *fn[WAYS]; // NULL: not there
    void *ctx[WAYS];
    double rate[WAYS][ROUNDS];
    double peak[ROUNDS]; // beside our turn
} row_jobs;

static void add_job(row_jobs *j, way w, bench_fn *fn, void *ctx) {
    j->fn[w] = fn;
    j->ctx[w] = ctx;
}

// The weight is an operand of the forward and dX products alone.
static axl_status begin_row(row_jobs *j, gemm_bench *b, axl_error *err) {
    const bool weight = j->problem.form != GEMM_DW;
    FORWARD(ours_begin(&j->ours, &b->ours, &j->problem, err));
    add_job(j, OURS, ours_run, &j->ours);
    if (weight) add_job(j, OURS_PREPACKED, ours_run_prepacked, &j->ours);
    if (b->onednn) {
        if (onednn_job_begin(&j->onednn, b->onednn, &j->peer_problem, false))
            add_job(j, ONEDNN, onednn_job_run, &j->onednn);
        if (weight && onednn_job_begin(&j->onednn_prepacked, b->onednn, &j->peer_problem, true))
            add_job(j, ONEDNN_PREPACKED, onednn_job_run, &j->onednn_prepacked);
    }
    if (b->has_openblas && !j->problem.bf16) {
        j->openblas = (openblas_job){.peer = &b->openblas, .problem = &j->peer_problem};
        add_job(j, OPENBLAS, openblas_job_run, &j->openblas);
    }
    return AXL_OK;
}

// Waits until the threads of a peer sleep: while they spin, ours would share a processor with them.
static void settle(const gemm_bench *b, way w) {
    if (w < ONEDNN || b->run->threads < 2) return;
    for (int i = 0; i < (b->run->quick ? 1 : SETTLE_STEPS); i++) {
        clock_t before = clock();
        os_sleep_ns(SETTLE_NS);
        double busy = (double)(clock() - before) / CLOCKS_PER_SEC;
        if (busy < 0.05e-9 * SETTLE_NS) return;
    }
}

// Runs every way once, which also warms up, and compares what it computes: ours with a reference,
// the others with ours.
static axl_status check_row(const row_jobs *j, const gemm_bench *b, axl_error *err) {
    const gemm_problem *p = &j->problem;
    const size_t count = p->rows * p->cols;
    const double tolerance = gemm_problem_tolerance(p);
    for (way w = OURS; w < WAYS; w++) {
        if (!j->fn[w]) continue;
        // dW adds to what is there; what the others leave unwritten shows as NaN.
        float *c = w < ONEDNN ? p->c : j->peer_problem.c;
        memset(c, w < ONEDNN ? 0 : 0xff, count * sizeof *c);
        j->fn[w](j->ctx[w]);
        RETURN_IF(j->ours.status != AXL_OK, err, j->ours.status, "%s", j->ours.err.text);
        double off =
            w < ONEDNN ? gemm_problem_check(p) : gemm_difference(p->c, j->peer_problem.c, count);
        settle(b, w);
        RETURN_IF(!(off <= tolerance), err, AXL_NUMERIC,
                  "%s: wrong product, %s %s of m %zu n %zu k %zu is off by %g", way_names[w],
                  p->bf16 ? "bf16" : "f32", gemm_form_name(p->form), p->m, p->n, p->k, off);
    }
    return AXL_OK;
}

static void run_rounds(row_jobs *j, gemm_bench *b) {
    const gemm_problem *p = &j->problem;
    const double giga = 2e-9 * (double)p->rows * (double)p->cols * (double)p->depth;
    const int type = p->bf16 ? BF16 : F32;
    for (size_t r = 0; r < b->rounds; r++) {
        double before = bench_probe_rate(&b->probe[type], b->run->pool);
        for (way w = OURS; w < WAYS; w++) {
            if (!j->fn[w]) continue;
            bench_block(j->fn[w], j->ctx[w], b->seconds); // the same start for all
            j->rate[w][r] = giga / bench_block(j->fn[w], j->ctx[w], b->seconds);
            if (w == OURS)
                j->peak[r] = (before + bench_probe_rate(&b->probe[type], b->run->pool)) / 2;
            settle(b, w);
        }
        b->peaks[type][b->peak_count[type]++] = j->peak[r];
    }
}

// Median over the rounds of what `over` divides; 0 where either was not measured.
static double ratio_of(const row_jobs *j, const gemm_bench *b, way w, const double *over) {
    double ratio[ROUNDS];
    for (size_t r = 0; r < b->rounds; r++) {
        if (!j->fn[w] || over[r] <= 0) return 0;
        ratio[r] = j->rate[w][r] / over[r];
    }
    return bench_median(ratio, b->rounds);
}

static double rate_of(row_jobs *j, const gemm_bench *b, way w) {
    return j->fn[w] ? bench_median(j->rate[w], b->rounds) : 0;
}

// Ratios first: bench_median sorts what it is given.
static void fill_row(axl_bench_gemm_row *row, row_jobs *j, const gemm_bench *b) {
    const gemm_problem *p = &j->problem;
    *row = (axl_bench_gemm_row){
        .dtype = p->bf16 ? "bf16" : "f32",
        .form = gemm_form_name(p->form),
        .m = p->m,
        .n = p->n,
        .k = p->k,
        .share = ratio_of(j, b, OURS, j->peak),
        .prepacked_share = ratio_of(j, b, OURS_PREPACKED, j->peak),
        .vs_onednn = ratio_of(j, b, OURS, j->rate[ONEDNN]),
        .vs_onednn_prepacked = ratio_of(j, b, OURS_PREPACKED, j->rate[ONEDNN_PREPACKED]),
        .vs_openblas = ratio_of(j, b, OURS, j->rate[OPENBLAS]),
    };
    row->gflops = rate_of(j, b, OURS);
    row->prepacked = rate_of(j, b, OURS_PREPACKED);
    row->onednn = rate_of(j, b, ONEDNN);
    row->onednn_prepacked = rate_of(j, b, ONEDNN_PREPACKED);
    row->openblas = rate_of(j, b, OPENBLAS);
}

static axl_status measure_row(gemm_bench *b, const gemm_problem *p, bool standard,
                              axl_bench_gemm_row *row, axl_error *err) {
    row_jobs *j = mem_zalloc(sizeof *j);
    if (!j) return error_no_memory(err, "a benchmark row", sizeof *j);
    j->problem = j->peer_problem = *p;
    j->peer_problem.c = b->arrays.c_peer;
    axl_status status = begin_row(j, b, err);
    if (status == AXL_OK) status = check_row(j, b, err);
    if (status == AXL_OK) {
        run_rounds(j, b);
        fill_row(row, j, b);
        row->standard = standard;
    }
    onednn_job_end(&j->onednn);
    onednn_job_end(&j->onednn_prepacked);
    mem_free(j);
    return status;
}

static axl_status measure_rows(gemm_bench *b, axl_bench_gemm_result *out, axl_error *err) {
    for (int type = F32; type < TYPES; type++) {
        for (size_t s = 0; s < gemm_shape_count(b->set); s++) {
            gemm_shape layer_shape = gemm_shape_at(b->set, s);
            gemm_layer layer = gemm_arrays_layer(&b->arrays, &layer_shape, type == BF16);
            for (gemm_form form = GEMM_FORWARD; form < GEMM_FORMS; form++) {
                char what[96];
                string_format(what, sizeof what, NULL, "%s %s m %zu n %zu k %zu",
                              type == BF16 ? "bf16" : "f32", gemm_form_name(form), layer_shape.m,
                              layer_shape.n, layer_shape.k);
                FORWARD(bench_step(b->run, what, err));
                gemm_problem p = gemm_problem_of(&layer, form, b->arrays.c);
                FORWARD(measure_row(b, &p, layer_shape.standard, &out->rows[out->row_count], err));
                out->row_count++;
            }
        }
    }
    return AXL_OK;
}

// oneDNN multiplies bf16 on some processors only.
static void note_types(axl_bench_gemm_result *out, const gemm_bench *b) {
    if (!b->onednn) return;
    for (size_t i = 0; i < out->row_count; i++)
        if (out->rows[i].onednn > 0 && strcmp(out->rows[i].dtype, "bf16") == 0) return;
    size_t used = strlen(out->onednn);
    string_copy(out->onednn + used, sizeof out->onednn - used, "; its bf16 is not available here");
}

// The means of one type.
static void summarise(const axl_bench_gemm_result *out, const char *type,
                      axl_bench_gemm_mean *mean) {
    bench_mean share = {0}, prepacked = {0}, vs = {0}, vs_prepacked = {0}, vs_openblas = {0};
    for (size_t i = 0; i < out->row_count; i++) {
        const axl_bench_gemm_row *row = &out->rows[i];
        if (strcmp(row->dtype, type) != 0 || !row->standard) continue;
        bench_mean_add(&share, row->share);
        bench_mean_add(&prepacked, row->prepacked_share);
        bench_mean_add(&vs, row->vs_onednn);
        bench_mean_add(&vs_prepacked, row->vs_onednn_prepacked);
        bench_mean_add(&vs_openblas, row->vs_openblas);
        if (mean->worst == 0 || row->share < mean->worst) mean->worst = row->share;
    }
    mean->share = bench_mean_get(&share);
    mean->prepacked_share = bench_mean_get(&prepacked);
    mean->vs_onednn = bench_mean_get(&vs);
    mean->vs_onednn_prepacked = bench_mean_get(&vs_prepacked);
    mean->vs_openblas = bench_mean_get(&vs_openblas);
}

// A peer that is not there is a line of the result, not an error.
static void open_peers(gemm_bench *b, axl_bench_gemm_result *out, bool wanted) {
    axl_error why;
    if (!wanted) {
        string_copy(out->onednn, sizeof out->onednn, "not asked for");
        string_copy(out->openblas, sizeof out->openblas, "not asked for");
        return;
    }
    if (onednn_open(&b->onednn, b->run->threads, &why) == AXL_OK)
        onednn_name(b->onednn, out->onednn, sizeof out->onednn);
    else
        string_format(out->onednn, sizeof out->onednn, NULL, "not available: %s", why.text);
    b->has_openblas = openblas_open(&b->openblas, b->run->threads, &why) == AXL_OK;
    if (b->has_openblas)
        openblas_name(&b->openblas, out->openblas, sizeof out->openblas);
    else
        string_format(out->openblas, sizeof out->openblas, NULL, "not available: %s", why.text);
}

static axl_status prepare(gemm_bench *b, axl_bench_gemm_result *out, axl_error *err) {
    const size_t rows = TYPES * gemm_shape_count(b->set) * GEMM_FORMS;
    const gemm_extent extent = gemm_extent_of(b->set);
    const size_t ours_need = ours_bytes(b->run, b->set);
    size_t bytes;
    if (!size_add(gemm_arrays_bytes(&extent), ours_need, &bytes)) bytes = SIZE_MAX;
    FORWARD(bench_check_memory(bytes, err));
    out->rows = mem_zalloc_array(rows, sizeof *out->rows);
    b->peaks[F32] = mem_alloc_array(rows * b->rounds, sizeof(double));
    b->peaks[BF16] = mem_alloc_array(rows * b->rounds, sizeof(double));
    if (!out->rows || !b->peaks[F32] || !b->peaks[BF16])
        return error_no_memory(err, "the benchmark", bytes);
    FORWARD(gemm_arrays_create(&b->arrays, &extent, b->run, err));
    FORWARD(ours_create(&b->ours, b->run, b->set, err));
    const double task = b->run->quick ? 0.0003 : 0.002;
    bench_probe_init(&b->probe[F32], b->run->k.peak->f32, task);
    bench_probe_init(&b->probe[BF16], b->run->k.peak->bf16, task);
    b->run->total = rows;
    return AXL_OK;
}

axl_status bench_gemm(bench_run *run, const axl_bench_gemm_options *options,
                      axl_bench_gemm_result *out, axl_error *err) {
    gemm_bench b = {.run = run,
                    .set = options->all ? GEMM_ALL : GEMM_STANDARD,
                    .rounds = run->quick ? 1 : ROUNDS,
                    .seconds = run->quick ? 0 : 0.008};
    if (run->quick) b.set = GEMM_QUICK;
    axl_status status = prepare(&b, out, err);
    if (status == AXL_OK) {
        open_peers(&b, out, !options->no_peers);
        status = measure_rows(&b, out, err);
    }
    if (status == AXL_OK) {
        note_types(out, &b);
        out->bf16_how = run->k.peak->bf16_how;
        out->peak_f32 = bench_median(b.peaks[F32], b.peak_count[F32]);
        out->peak_bf16 = bench_median(b.peaks[BF16], b.peak_count[BF16]);
        summarise(out, "f32", &out->f32);
        summarise(out, "bf16", &out->bf16);
    }
    onednn_close(b.onednn);
    ours_free(&b.ours);
    gemm_arrays_free(&b.arrays);
    mem_free(b.peaks[F32]);
    mem_free(b.peaks[BF16]);
    return status;
}
