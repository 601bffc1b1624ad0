#include "bench/gemm_ours.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/sizes.h"
#include "os/memory.h"

// Rows and panels of one task.
#define TASK_ROWS ((size_t)256)
#define TASK_PANELS ((size_t)16)

struct ours {
    const bench_run *run;
    unsigned char *panels, *scratch;
    size_t panel_bytes, scratch_bytes; // scratch: of one thread
};

static const gemm_kernels *family(const bench_run *run, bool half) {
    return half ? run->k.gemm_bf16 : run->k.gemm_f32;
}

static void grow(size_t *bytes, size_t need) {
    *bytes = size_max(*bytes, (need + 63) / 64 * 64);
}

static void extent(ours *o, const bench_run *run, gemm_set set) {
    static const gemm_layer empty;
    for (size_t i = 0; i < gemm_shape_count(set); i++) {
        gemm_shape s = gemm_shape_at(set, i);
        gemm_layer layer = empty;
        layer.m = s.m, layer.n = s.n, layer.k = s.k;
        for (gemm_form form = GEMM_FORWARD; form < GEMM_FORMS; form++) {
            gemm_problem p = gemm_problem_of(&layer, form, NULL);
            for (int half = 0; half < 2; half++) {
                const gemm_kernels *g = family(run, half);
                grow(&o->panel_bytes, g->pack_bytes(p.depth, p.cols));
                grow(&o->scratch_bytes,
                     g->scratch_bytes(size_min(p.rows, TASK_ROWS), p.cols, p.depth));
            }
        }
    }
}

size_t ours_bytes(const bench_run *run, gemm_set set) {
    ours o = {0};
    size_t sum;
    extent(&o, run, set);
    return size_mul_add(o.scratch_bytes, run->threads, o.panel_bytes, &sum) ? sum : SIZE_MAX;
}

axl_status ours_create(ours **out, const bench_run *run, gemm_set set, axl_error *err) {
    *out = NULL;
    ours *o = mem_zalloc(sizeof *o);
    if (!o) return error_no_memory(err, "the benchmark", sizeof *o);
    o->run = run;
    extent(o, run, set);
    o->panels = os_block_alloc(o->panel_bytes);
    o->scratch = os_block_alloc(o->scratch_bytes * run->threads);
    if (!o->panels || !o->scratch) {
        ours_free(o);
        return error_no_memory(err, "the benchmark", ours_bytes(run, set));
    }
    *out = o;
    return AXL_OK;
}

void ours_free(ours *o) {
    if (!o) return;
    os_block_free(o->panels);
    os_block_free(o->scratch);
    mem_free(o);
}

static size_t group_of(const ours_job *job) {
    return TASK_PANELS * family(job->owner->run, job->problem.bf16)->tile_n;
}

static void pack_task(void *ctx, size_t task, size_t worker) {
    (void)worker;
    const ours_job *job = ctx;
    const gemm_problem *p = &job->problem;
    const gemm_kernels *g = family(job->owner->run, p->bf16);
    size_t n0 = task * group_of(job);
    gemm_pack_args args = {.k = p->depth,
                           .n = p->cols,
                           .b = p->b,
                           .ldb = p->b_col == 1 ? p->b_row : p->b_col,
                           .panels = job->owner->panels,
                           .n0 = n0,
                           .n1 = size_min(p->cols, n0 + group_of(job))};
    (p->b_col == 1 ? g->pack_rows : g->pack_cols)(&args);
}

static void run_task(void *ctx, size_t task, size_t worker) {
    const ours_job *job = ctx;
    const gemm_problem *p = &job->problem;
    const gemm_kernels *g = family(job->owner->run, p->bf16);
    size_t groups = size_div_up(p->cols, group_of(job));
    size_t row = task / groups * TASK_ROWS, n0 = task % groups * group_of(job);
    size_t size = p->bf16 ? 2 : 4;
    g->run(&(gemm_args){.m = size_min(p->rows - row, TASK_ROWS),
                        .n = p->cols,
                        .k = p->depth,
                        .a = (const char *)p->a + row * p->a_row * size,
                        .lda = p->a_col == 1 ? p->a_row : p->a_col,
                        .a_columns = p->a_col != 1,
                        .panels = job->owner->panels,
                        .n0 = n0,
                        .n1 = size_min(p->cols, n0 + group_of(job)),
                        .c = p->c + row * p->cols,
                        .ldc = p->cols,
                        .add = p->form == GEMM_DW,
                        .scratch = job->owner->scratch + worker * job->owner->scratch_bytes});
}

static void pack(ours_job *job) {
    pool_run(job->owner->run->pool, size_div_up(job->problem.cols, group_of(job)), pack_task, job);
}

axl_status ours_begin(ours_job *job, ours *owner, const gemm_problem *p, axl_error *err) {
    (void)err;
    *job = (ours_job){.owner = owner, .problem = *p};
    pack(job);
    return AXL_OK;
}

void ours_run_prepacked(void *ctx) {
    ours_job *job = ctx;
    const gemm_problem *p = &job->problem;
    size_t tasks = size_div_up(p->rows, TASK_ROWS) * size_div_up(p->cols, group_of(job));
    pool_run(job->owner->run->pool, tasks, run_task, job);
}

void ours_run(void *ctx) {
    pack(ctx);
    ours_run_prepacked(ctx);
}
