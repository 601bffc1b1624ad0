#include "tensor/op_weight.h"

#include "base/error.h"
#include "base/sizes.h"
#include "parallel/range.h"
#include "tensor/operand.h"
#include "tensor/partials.h"

// A folded block is packed while it is in the caches. It takes rows of w whole, because memory is
// read twice as fast in one run as in pieces of 512 bytes: forward PANEL_ROWS of them, enough for
// the columns of a panel, and for dx, which can do with fewer, about BLOCK_NUMBERS numbers. Rows
// and columns of blocks are multiples of every tile_n or, in the direction of k, even.
#define TASK_ROWS ((size_t)64)
#define PANEL_ROWS ((size_t)32)
#define DX_ROWS ((size_t)8) // at least
#define BLOCK_NUMBERS ((size_t)8192)
#define BLOCK_COLUMNS ((size_t)4096) // at most
#define LINE ((size_t)64)

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
    linear_panels *out;
    bool plain;           // packed in place
    size_t rows, columns; // of a block
    size_t pitch;         // elements from one row of a folded block to the next
    size_t across;        // blocks side by side in w
    char *scratch;
    size_t scratch_step; // bytes from one worker's block to the next
} pack_job;

static size_t element_bytes(dtype type) {
    return type == DTYPE_BF16 ? sizeof(bf16) : sizeof(float);
}

// Columns of a block of a weight with k of them, in equal shares.
static size_t block_columns(size_t k) {
    const size_t across = size_max(size_div_up(k, BLOCK_COLUMNS), 1);
    return size_div_up(size_div_up(k, across), LINE) * LINE;
}

// From one row of a folded block to the next: an odd number of cache lines, so that the rows of a
// panel never share sets of the cache.
static size_t block_pitch(size_t columns, dtype type) {
    const size_t bytes = element_bytes(type);
    return (size_div_up(columns * bytes, LINE) | 1) * LINE / bytes;
}

static void plan_blocks(pack_job *job) {
    job->columns = block_columns(job->w.cols);
    job->across = size_div_up(job->w.cols, size_max(job->columns, 1));
    job->pitch = block_pitch(job->columns, job->out->type);
    job->rows = PANEL_ROWS;
    if (job->out->form == LINEAR_FORWARD) return;
    while (job->rows > DX_ROWS && job->rows * job->columns > BLOCK_NUMBERS) job->rows /= 2;
}

typedef struct block {
    size_t row0, row1, col0, col1; // of w
} block;

static void fold_block(const pack_job *job, const block *b, char *out) {
    const dtype type = job->out->type;
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
            .out = out + (row - b->row0) * job->pitch * element_bytes(type),
            .ldo = job->pitch,
        };
        (type == DTYPE_BF16 ? job->k->fold->bf16 : job->k->fold->f32)(&args);
    }
}

static void pack_block(const pack_job *job, const block *b, char *scratch) {
    gemm_pack_args args = {.panels = job->out->data};
    if (job->plain) {
        args.b = job->w.data + b->row0 * job->w.ld + b->col0;
        args.ldb = job->w.ld;
    } else {
        fold_block(job, b, scratch);
        args.b = scratch;
        args.ldb = job->pitch;
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
    const size_t row = task / job->across * TASK_ROWS, col = task % job->across * job->columns;
    const size_t end = size_min(row + TASK_ROWS, job->w.rows);
    block b = {.col0 = col, .col1 = size_min(col + job->columns, job->w.cols)};
    for (b.row0 = row; b.row0 < end; b.row0 = b.row1) {
        b.row1 = size_min(b.row0 + job->rows, end);
        pack_block(job, &b, job->scratch + worker * job->scratch_step);
    }
}

// As f32: bf16 needs less.
static size_t pack_scratch(const exec *ex, size_t k, size_t *step) {
    const size_t row = block_pitch(block_columns(k), DTYPE_F32) * sizeof(float);
    return exec_parts(PANEL_ROWS * row, pool_threads(ex->p), step);
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
    if (!job.plain) FORWARD(exec_need(ex, pack_scratch(ex, k, &job.scratch_step), "weight", err));
    job.scratch = ex->scratch;
    panels->type = type;
    panels->n = n;
    panels->k = k;
    plan_blocks(&job);
    pool_run(ex->p, size_div_up(n, TASK_ROWS) * job.across, pack_some, &job);
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
    return size_max(pack_scratch(ex, w.cols, &step), partials_bytes(&job.dgain));
}
