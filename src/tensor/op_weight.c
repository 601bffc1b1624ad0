#include "tensor/op_weight.h"

#include "base/error.h"
#include "base/sizes.h"
#include "parallel/range.h"
#include "tensor/operand.h"
#include "tensor/partials.h"

// A folded block is packed while it is in the first-level cache, or at worst in the second. Both
// numbers are multiples of every tile_n.
#define BLOCK_ROWS ((size_t)64)
#define BLOCK_COLUMNS ((size_t)128)
#define TASK_COLUMNS (4 * BLOCK_COLUMNS) // of BLOCK_ROWS rows: some 10 microseconds

// The part that holds a row of the weight; *end is the row after its last.
static weight_part part_at(const op_weight *a, size_t row, size_t *end) {
    *end = 0;
    for (size_t i = 0; i < a->part_count; i++) {
        *end += a->part[i].rows;
        if (row < *end) return a->part[i];
    }
    *end = SIZE_MAX;
    return (weight_part){0};
}

static bool is_plain(const op_weight *a) {
    bool plain = !a->scale;
    for (size_t i = 0; i < a->part_count; i++) plain = plain && !a->part[i].gain;
    return plain;
}

static axl_status check(matrix *w, const op_weight *a, const char *op, axl_error *err) {
    FORWARD(operand_matrix(w, &a->w, op, "w", err));
    RETURN_IF(a->part_count > WEIGHT_PARTS, err, AXL_BAD_ARGUMENT, "%s: %zu parts, at most %zu", op,
              a->part_count, WEIGHT_PARTS);
    size_t rows = 0;
    for (size_t i = 0; i < a->part_count; i++) {
        RETURN_IF(a->part[i].rows > w->rows - rows, err, AXL_BAD_ARGUMENT,
                  "%s: part %zu of %zu rows is beyond the %zu of w", op, i, a->part[i].rows,
                  w->rows);
        rows += a->part[i].rows;
    }
    RETURN_IF(a->part_count > 0 && rows != w->rows, err, AXL_BAD_ARGUMENT,
              "%s: the parts have %zu rows, w has %zu", op, rows, w->rows);
    return AXL_OK;
}

// ---- packing ----

typedef struct pack_job {
    const kernels *k;
    const gemm_kernels *g;
    const op_weight *a;
    matrix w;
    bool plain; // packed in place
    linear_panels *out;
    size_t across;       // tasks side by side in the columns of w
    size_t scratch_step; // bytes from one worker's block to the next
    char *scratch;
} pack_job;

typedef struct block {
    size_t row0, row1, col0, col1; // of w
} block;

static size_t element_bytes(dtype type) {
    return type == DTYPE_BF16 ? sizeof(bf16) : sizeof(float);
}

static void fold_block(const pack_job *job, const block *b, char *out) {
    const bool half = job->out->type == DTYPE_BF16;
    size_t end;
    for (size_t row = b->row0; row < b->row1; row = end) {
        const weight_part part = part_at(job->a, row, &end);
        end = size_min(end, b->row1);
        const fold_args args = {
            .rows = end - row,
            .columns = b->col1 - b->col0,
            .w = job->w.data + row * job->w.ld + b->col0,
            .ldw = job->w.ld,
            .scale = job->a->scale ? job->a->scale + row : NULL,
            .gain = part.gain ? part.gain + b->col0 : NULL,
            .out = out + (row - b->row0) * BLOCK_COLUMNS * element_bytes(job->out->type),
            .ldo = BLOCK_COLUMNS,
        };
        (half ? job->k->fold->bf16 : job->k->fold->f32)(&args);
    }
}

static void pack_block(const pack_job *job, const block *b, void *scratch) {
    gemm_pack_args args = {.panels = job->out->data};
    if (job->plain) {
        args.b = job->w.data + b->row0 * job->w.ld + b->col0;
        args.ldb = job->w.ld;
    } else {
        fold_block(job, b, scratch);
        args.b = scratch;
        args.ldb = BLOCK_COLUMNS;
    }
    if (job->out->form == LINEAR_FORWARD) {
        args.k = job->w.cols, args.k0 = b->col0, args.k1 = b->col1;
        args.n = job->w.rows, args.n0 = b->row0, args.n1 = b->row1;
        job->g->pack_cols(&args);
    } else {
        args.k = job->w.rows, args.k0 = b->row0, args.k1 = b->row1;
        args.n = job->w.cols, args.n0 = b->col0, args.n1 = b->col1;
        job->g->pack_rows(&args);
    }
}

static void pack_some(void *ctx, size_t task, size_t worker) {
    const pack_job *job = ctx;
    const size_t row = task / job->across * BLOCK_ROWS, col = task % job->across * TASK_COLUMNS;
    const size_t end = size_min(col + TASK_COLUMNS, job->w.cols);
    block b = {.row0 = row, .row1 = size_min(row + BLOCK_ROWS, job->w.rows)};
    for (b.col0 = col; b.col0 < end; b.col0 = b.col1) {
        b.col1 = size_min(b.col0 + BLOCK_COLUMNS, end);
        pack_block(job, &b, job->scratch + worker * job->scratch_step);
    }
}

static size_t pack_scratch(const exec *ex, size_t *step) {
    const size_t bytes = BLOCK_ROWS * BLOCK_COLUMNS * sizeof(float);
    return exec_parts(bytes, pool_threads(ex->p), step);
}

axl_status op_weight_pack(const exec *ex, const op_weight *a, dtype type, linear_panels *panels,
                          axl_error *err) {
    pack_job job = {.k = ex->k, .a = a, .out = panels};
    FORWARD(check(&job.w, a, "weight", err));
    RETURN_IF(type != DTYPE_F32 && type != DTYPE_BF16, err, AXL_BAD_ARGUMENT,
              "weight: packs f32 and bf16 only");
    const size_t n = job.w.rows, k = job.w.cols;
    RETURN_IF(linear_panels_bytes(ex, type, panels->form, n, k) == EXEC_TOO_LARGE, err,
              AXL_TOO_LARGE, "weight: too large");
    RETURN_IF(!panels->data, err, AXL_BAD_ARGUMENT, "weight: no memory for the packed weight");
    job.g = type == DTYPE_BF16 ? ex->k->gemm_bf16 : ex->k->gemm_f32;
    job.plain = type == DTYPE_F32 && is_plain(a);
    if (!job.plain) FORWARD(exec_need(ex, pack_scratch(ex, &job.scratch_step), "weight", err));
    job.scratch = ex->scratch;
    job.across = size_div_up(k, TASK_COLUMNS);
    panels->type = type;
    panels->n = n;
    panels->k = k;
    pool_run(ex->p, size_div_up(n, BLOCK_ROWS) * job.across, pack_some, &job);
    return AXL_OK;
}

// ---- unfolding ----

typedef struct unfold_job {
    const kernels *k;
    const op_weight *a;
    matrix w, g;
    size_t tile_rows;
    size_t parts;                   // 1 where there are no gains
    size_t first[WEIGHT_PARTS + 1]; // tiles before each part, and all
    size_t row0[WEIGHT_PARTS];      // rows before each part
    partials dgain;                 // one vector a tile, where gains are there
} unfold_job;

// Tiles of rows that do not cross from part to part.
static void plan_unfold(unfold_job *job, const op_weight *a, size_t n, size_t k) {
    size_t row_bytes;
    if (!size_mul(k, 3 * sizeof(float), &row_bytes)) row_bytes = SIZE_MAX;
    job->tile_rows = range_grain(n, exec_tile_rows(row_bytes), PARTIALS_TILES);
    job->parts = size_max(a->part_count, 1);
    size_t row = 0;
    for (size_t i = 0; i < job->parts; i++) {
        const size_t rows = a->part_count > 0 ? a->part[i].rows : n;
        job->row0[i] = row;
        job->first[i + 1] = job->first[i] + range_tiles(rows, job->tile_rows);
        row += rows;
    }
    job->dgain = partials_each(a->part_count > 0 ? job->first[job->parts] : 0, k);
}

static void unfold_tile(void *ctx, size_t tile, size_t worker) {
    (void)worker;
    const unfold_job *job = ctx;
    size_t i = 0;
    while (job->first[i + 1] <= tile) i++;
    const weight_part part =
        job->a->part_count > 0 ? job->a->part[i] : (weight_part){.rows = job->w.rows};
    const size_t begin = (tile - job->first[i]) * job->tile_rows, row = job->row0[i] + begin;
    const unfold_args args = {
        .rows = size_min(job->tile_rows, part.rows - begin),
        .columns = job->w.cols,
        .w = job->w.data + row * job->w.ld,
        .ldw = job->w.ld,
        .scale = job->a->scale ? job->a->scale + row : NULL,
        .gain = part.gain,
        .g = job->g.data + row * job->g.ld,
        .ldg = job->g.ld,
        .dscale = job->a->dscale ? job->a->dscale + row : NULL,
        .dgain = part.dgain ? partials_tile(&job->dgain, tile) : NULL,
    };
    job->k->fold->unfold(&args);
}

// A part after the other: two may share one gradient.
static void add_dgain(const exec *ex, const unfold_job *job) {
    for (size_t i = 0; i < job->a->part_count; i++) {
        if (!job->a->part[i].dgain) continue;
        partials p = job->dgain;
        p.tiles = job->first[i + 1] - job->first[i];
        p.data += job->first[i] * p.stride;
        partials_add(ex, &p, job->a->part[i].dgain);
    }
}

axl_status op_weight_unfold(const exec *ex, const op_weight *a, const view *g, axl_error *err) {
    unfold_job job = {.k = ex->k, .a = a};
    FORWARD(check(&job.w, a, "weight unfold", err));
    const operand list[] = {{"g", g, job.w.rows, job.w.cols, OPERAND_STRIDED}};
    FORWARD(operand_check("weight unfold", list, OPERAND_COUNT(list), err));
    if (is_plain(a)) return AXL_OK;
    job.g = operand_get(g);
    plan_unfold(&job, a, job.w.rows, job.w.cols);
    FORWARD(exec_need(ex, partials_bytes(&job.dgain), "weight unfold", err));
    job.dgain.data = ex->scratch;
    pool_run(ex->p, job.first[job.parts], unfold_tile, &job);
    add_dgain(ex, &job);
    return AXL_OK;
}

size_t op_weight_scratch(const exec *ex, const op_weight *a) {
    const matrix w = operand_get(&a->w);
    unfold_job job = {0};
    size_t step;
    plan_unfold(&job, a, w.rows, w.cols);
    return size_max(pack_scratch(ex, &step), partials_bytes(&job.dgain));
}
