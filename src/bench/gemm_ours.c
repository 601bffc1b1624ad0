#include "bench/gemm_ours.h"

#include "base/error.h"
#include "base/sizes.h"
#include "os/memory.h"

static void extent(size_t *panels, size_t *scratch, const exec *ex, gemm_set set) {
    static const dtype types[] = {DTYPE_F32, DTYPE_BF16};
    *panels = *scratch = 0;
    for (size_t i = 0; i < gemm_shape_count(set); i++) {
        const gemm_shape s = gemm_shape_at(set, i);
        for (size_t t = 0; t < sizeof types / sizeof *types; t++) {
            size_t forward = linear_panels_bytes(ex, types[t], LINEAR_FORWARD, s.n, s.k);
            size_t dx = linear_panels_bytes(ex, types[t], LINEAR_DX, s.n, s.k);
            *panels = size_max(*panels, size_max(forward, dx));
            *scratch = size_max(*scratch, op_linear_scratch(ex, types[t], s.m, s.n, s.k));
        }
    }
}

size_t ours_bytes(const bench_run *run, gemm_set set) {
    const exec ex = {.k = &run->k, .p = run->pool};
    size_t panels, scratch, sum;
    extent(&panels, &scratch, &ex, set);
    return size_add(panels, scratch, &sum) ? sum : SIZE_MAX;
}

axl_status ours_create(ours *out, const bench_run *run, gemm_set set, axl_error *err) {
    *out = (ours){.ex = {.k = &run->k, .p = run->pool}};
    extent(&out->panels_bytes, &out->ex.scratch_bytes, &out->ex, set);
    out->panels = os_block_alloc(out->panels_bytes);
    out->ex.scratch = os_block_alloc(out->ex.scratch_bytes);
    if (out->panels && out->ex.scratch) return AXL_OK;
    ours_free(out);
    return error_no_memory(err, "the benchmark", ours_bytes(run, set));
}

void ours_free(ours *o) {
    os_block_free(o->panels);
    os_block_free(o->ex.scratch);
    *o = (ours){0};
}

static axl_status matrix_of(view *out, const void *data, dtype type, shape s, axl_error *err) {
    return view_make(out, (void *)(uintptr_t)data, type, s, err);
}

axl_status ours_begin(ours_job *job, ours *owner, const gemm_problem *p, axl_error *err) {
    const dtype type = p->bf16 ? DTYPE_BF16 : DTYPE_F32;
    const shape out = SHAPE(p->rows, p->cols);
    *job = (ours_job){.owner = owner, .weight = p->form != GEMM_DW};
    if (!job->weight) {
        op_linear_dw *g = &job->gradient;
        FORWARD(matrix_of(&g->x, p->b, type, SHAPE(p->m, p->k), err));
        FORWARD(matrix_of(&g->dy, p->a, type, SHAPE(p->m, p->n), err));
        return matrix_of(&g->dw, p->c, DTYPE_F32, out, err);
    }
    job->panels.data = owner->panels;
    job->panels.form = p->form == GEMM_FORWARD ? LINEAR_FORWARD : LINEAR_DX;
    job->product.panels = &job->panels;
    FORWARD(matrix_of(&job->w, p->b, type, SHAPE(p->n, p->k), err));
    FORWARD(matrix_of(&job->product.in, p->a, type, SHAPE(p->rows, p->depth), err));
    FORWARD(matrix_of(&job->product.out, p->c, DTYPE_F32, out, err));
    return op_linear_pack(&owner->ex, &job->w, &job->panels, err);
}

void ours_run_prepacked(void *ctx) {
    ours_job *job = ctx;
    job->status = op_linear_apply(&job->owner->ex, &job->product, &job->err);
}

void ours_run(void *ctx) {
    ours_job *job = ctx;
    const exec *ex = &job->owner->ex;
    if (job->weight) {
        job->status = op_linear_pack(ex, &job->w, &job->panels, &job->err);
        if (job->status == AXL_OK) ours_run_prepacked(job);
    } else {
        job->status = op_linear_add_dw(ex, &job->gradient, &job->err);
    }
}
