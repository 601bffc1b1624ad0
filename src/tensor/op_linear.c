#include "tensor/op_linear.h"

#include "base/error.h"
#include "base/sizes.h"
#include "tensor/operand.h"

// The cuts below depend on shapes only, so the bits do not depend on the threads. Each element of a
// result is summed by one task in the order of k, so they do not depend on the cuts either, except
// through k_block and TOKENS.
#define TASK_ROWS ((size_t)128) // rows of a product that one task takes
#define TASKS ((size_t)16)      // enough of them to keep threads of uneven speed busy
#define FEW_TASKS ((size_t)4)   // below it a product is cut finer, down to LEAST_ROWS
#define LEAST_ROWS ((size_t)32)
#define PACK_PANELS ((size_t)8) // panels that one task packs
#define TOKENS ((size_t)512)    // rows of x and dy that one round of dw takes
#define DW_ROWS ((size_t)96)    // rows of dw that one task takes

static const gemm_kernels *family(const exec *ex, dtype type) {
    return type == DTYPE_BF16 ? ex->k->gemm_bf16 : ex->k->gemm_f32;
}

static bool known(dtype type) {
    return type == DTYPE_F32 || type == DTYPE_BF16;
}

// Whether byte counts of such a product stay far from overflow: every buffer here holds fewer than
// (rows + 512) (columns + 512) numbers of 4 bytes.
static bool sane(size_t rows, size_t columns) {
    size_t bytes;
    return rows < SIZE_MAX / 2 && columns < SIZE_MAX / 2 &&
           size_mul3(rows + 512, columns + 512, 2 * sizeof(float), &bytes);
}

static const void *element(const void *data, dtype type, size_t index) {
    return (const char *)data + index * (type == DTYPE_BF16 ? sizeof(bf16) : sizeof(float));
}

// A matrix operand of either type.
typedef struct source {
    const void *data;
    dtype type;
    size_t rows, cols, ld;
} source;

static axl_status source_of(source *out, const view *v, const char *name, axl_error *err) {
    RETURN_IF(!v->data, err, AXL_BAD_ARGUMENT, "linear: %s is not given", name);
    char text[SHAPE_TEXT];
    bool fits = known(v->type) && v->shape.dims >= 1 && v->stride[v->shape.dims - 1] == 1;
    view f = *v; // operand_matrix knows shapes and strides; the type does not matter to it
    matrix m;
    f.type = DTYPE_F32;
    RETURN_IF(!fits || operand_matrix(&m, &f, "linear", name, NULL) != AXL_OK, err,
              AXL_BAD_ARGUMENT, "linear: %s is %s, should be rows of f32 or bf16", name,
              view_text(v, text));
    *out = (source){v->data, v->type, m.rows, m.cols, m.ld};
    return AXL_OK;
}

// ---- packing ----

size_t linear_panels_bytes(const exec *ex, dtype type, linear_form form, size_t n, size_t k) {
    if (!known(type) || !sane(n, k)) return EXEC_TOO_LARGE;
    const gemm_kernels *g = family(ex, type);
    return form == LINEAR_FORWARD ? g->pack_bytes(k, n) : g->pack_bytes(n, k);
}

typedef struct pack_job {
    const gemm_kernels *g;
    gemm_pack_args args; // b: the whole B
    dtype type;
    bool cols;
} pack_job;

static void pack_some(void *ctx, size_t task, size_t worker) {
    (void)worker;
    const pack_job *job = ctx;
    gemm_pack_args args = job->args;
    args.n0 = task * PACK_PANELS * job->g->tile_n;
    args.n1 = size_min(args.n, args.n0 + PACK_PANELS * job->g->tile_n);
    args.k1 = args.k;
    args.b = element(args.b, job->type, args.n0 * (job->cols ? args.ldb : 1));
    (job->cols ? job->g->pack_cols : job->g->pack_rows)(&args);
}

static size_t pack_tasks(const gemm_kernels *g, size_t n) {
    return size_div_up(n, PACK_PANELS * g->tile_n);
}

axl_status op_linear_pack(const exec *ex, const view *w, linear_panels *out, axl_error *err) {
    source s;
    FORWARD(source_of(&s, w, "w", err));
    RETURN_IF(!sane(s.rows, s.cols), err, AXL_TOO_LARGE, "linear: weight too large");
    RETURN_IF(!out->data, err, AXL_BAD_ARGUMENT, "linear: no memory for the packed weight");
    out->type = s.type;
    out->n = s.rows;
    out->k = s.cols;
    bool forward = out->form == LINEAR_FORWARD;
    pack_job job = {.g = family(ex, s.type), .type = s.type, .cols = forward};
    job.args = (gemm_pack_args){.k = forward ? s.cols : s.rows,
                                .n = forward ? s.rows : s.cols,
                                .b = s.data,
                                .ldb = s.ld,
                                .panels = out->data};
    pool_run(ex->p, pack_tasks(job.g, job.args.n), pack_some, &job);
    return AXL_OK;
}

// ---- forward and dx ----

// How a product of m rows and n columns is cut: even shares of about TASK_ROWS rows, and columns
// too where the rows alone make few tasks.
typedef struct cut {
    size_t row_tasks, col_tasks, col_step;
} cut;

static cut cut_of(const gemm_kernels *g, size_t m, size_t n) {
    size_t panels = size_div_up(n, g->tile_n);
    cut c = {.row_tasks = size_max(1, size_div_up(m, TASK_ROWS))};
    c.row_tasks = size_max(c.row_tasks, size_min(FEW_TASKS, m / LEAST_ROWS));
    size_t cols = size_min(size_div_up(TASKS, c.row_tasks), size_div_up(panels, PACK_PANELS));
    c.col_step = size_div_up(panels, size_max(cols, 1)) * g->tile_n;
    c.col_tasks = size_div_up(n, size_max(c.col_step, 1));
    return c;
}

// First row of share i of count shares of rows; shares differ by at most one row.
static size_t share(size_t rows, size_t i, size_t count) {
    size_t base = rows / count, extra = rows % count;
    return i * base + size_min(i, extra);
}

typedef struct apply_job {
    const gemm_kernels *g;
    cut cut;
    gemm_args args; // of the whole product
    dtype type;
    size_t scratch_step; // bytes from one worker's scratch to the next
} apply_job;

static void apply_some(void *ctx, size_t task, size_t worker) {
    const apply_job *job = ctx;
    gemm_args args = job->args;
    size_t row = task / job->cut.col_tasks, col = task % job->cut.col_tasks;
    size_t m0 = share(args.m, row, job->cut.row_tasks);
    args.m = share(args.m, row + 1, job->cut.row_tasks) - m0;
    args.a = element(args.a, job->type, m0 * args.lda);
    args.c += m0 * args.ldc;
    args.n0 = col * job->cut.col_step;
    args.n1 = size_min(args.n, args.n0 + job->cut.col_step);
    args.scratch = (char *)args.scratch + worker * job->scratch_step;
    job->g->run(&args);
}

static size_t apply_scratch(const exec *ex, dtype type, gemm_args of, size_t *step) {
    const gemm_kernels *g = family(ex, type);
    size_t rows = size_min(of.m, TASK_ROWS);
    return exec_parts(g->scratch_bytes(rows, of.n, of.k), pool_threads(ex->p), step);
}

axl_status op_linear_apply(const exec *ex, const op_linear *a, axl_error *err) {
    const linear_panels *p = a->panels;
    RETURN_IF(!p || !p->data || !known(p->type), err, AXL_BAD_ARGUMENT,
              "linear: the packed weight is not given");
    source in;
    FORWARD(source_of(&in, &a->in, "the input", err));
    size_t k = p->form == LINEAR_FORWARD ? p->k : p->n, n = p->form == LINEAR_FORWARD ? p->n : p->k;
    RETURN_IF(in.cols != k || in.type != p->type, err, AXL_BAD_ARGUMENT,
              "linear: the input has rows of %zu %s, the weight takes %zu %s", in.cols,
              dtype_of(in.type)->name, k, dtype_of(p->type)->name);
    const operand list[] = {{"the output", &a->out, in.rows, n, OPERAND_STRIDED}};
    FORWARD(operand_check("linear", list, OPERAND_COUNT(list), err));
    matrix out = operand_get(&a->out);
    apply_job job = {.g = family(ex, p->type), .type = p->type};
    job.cut = cut_of(job.g, in.rows, n);
    job.args = (gemm_args){.m = in.rows,
                           .n = n,
                           .k = k,
                           .a = in.data,
                           .lda = in.ld,
                           .panels = p->data,
                           .c = out.data,
                           .ldc = out.ld,
                           .add = a->add,
                           .scratch = ex->scratch};
    FORWARD(exec_need(ex, apply_scratch(ex, p->type, job.args, &job.scratch_step), "linear", err));
    if (in.rows > 0) pool_run(ex->p, job.cut.row_tasks * job.cut.col_tasks, apply_some, &job);
    return AXL_OK;
}

// ---- dw ----
//
// In rounds of about TOKENS rows: first x is packed as panels and dy as columns, each number once
// and shared by all tasks; then the tasks multiply their parts of dw.

typedef struct dw_job {
    const gemm_kernels *g;
    source x, dy; // of this round
    float *dw;
    size_t ldw;
    size_t row_tasks, col_tasks, col_step;
    char *panels, *columns; // packed x and dy
    size_t columns_step;    // bytes from one row task's columns to the next
} dw_job;

static gemm_args dw_args(const dw_job *job, size_t row) {
    size_t n0 = share(job->dy.cols, row, job->row_tasks);
    return (gemm_args){.m = share(job->dy.cols, row + 1, job->row_tasks) - n0,
                       .n = job->x.cols,
                       .k = job->x.rows,
                       .a = element(job->dy.data, job->dy.type, n0),
                       .lda = job->dy.ld,
                       .a_columns = true,
                       .a_packed = true,
                       .panels = job->panels,
                       .c = job->dw + n0 * job->ldw,
                       .ldc = job->ldw,
                       .add = true,
                       .scratch = job->columns + row * job->columns_step};
}

static void dw_pack(void *ctx, size_t task, size_t worker) {
    const dw_job *job = ctx;
    if (task < job->row_tasks) {
        gemm_args args = dw_args(job, task);
        job->g->pack_a(&args);
        return;
    }
    pack_job pack = {.g = job->g,
                     .type = job->x.type,
                     .args = {.k = job->x.rows,
                              .n = job->x.cols,
                              .b = job->x.data,
                              .ldb = job->x.ld,
                              .panels = job->panels}};
    pack_some(&pack, task - job->row_tasks, worker);
}

static void dw_multiply(void *ctx, size_t task, size_t worker) {
    (void)worker;
    const dw_job *job = ctx;
    gemm_args args = dw_args(job, task / job->col_tasks);
    args.n0 = task % job->col_tasks * job->col_step;
    args.n1 = size_min(args.n, args.n0 + job->col_step);
    job->g->run(&args);
}

// The cut of dw [n, k] and the layout of the scratch, for rounds of at most `tokens` rows.
static size_t dw_plan(const exec *ex, dw_job *job, size_t tokens) {
    const gemm_kernels *g = family(ex, job->x.type);
    size_t n = job->dy.cols, k = job->x.cols, panels = size_div_up(k, g->tile_n), total;
    job->g = g;
    job->row_tasks = size_max(1, size_div_up(n, DW_ROWS));
    job->row_tasks +=
        job->row_tasks > 1 ? job->row_tasks % 2 : 0; // even shares for 2, 4, ... threads
    // Columns for FEW_TASKS tasks, but no fewer than 2 panels each and no more than PACK_PANELS.
    size_t few = size_max(2, size_div_up(panels * job->row_tasks, FEW_TASKS));
    job->col_step = size_min(PACK_PANELS, few) * g->tile_n * (job->row_tasks < TASKS ? 1 : 4);
    job->col_tasks = size_div_up(panels * g->tile_n, job->col_step);
    size_t each = g->scratch_bytes(size_div_up(n, job->row_tasks), k, tokens);
    size_t columns = exec_parts(each, job->row_tasks, &job->columns_step);
    return size_add(columns, g->pack_bytes(tokens, k), &total) ? total : EXEC_TOO_LARGE;
}

static void dw_rounds(const exec *ex, dw_job *job, size_t rounds) {
    const source x = job->x, dy = job->dy;
    for (size_t i = 0; i < rounds; i++) {
        size_t m0 = share(x.rows, i, rounds), m1 = share(x.rows, i + 1, rounds);
        job->x.data = element(x.data, x.type, m0 * x.ld);
        job->dy.data = element(dy.data, dy.type, m0 * dy.ld);
        job->x.rows = job->dy.rows = m1 - m0;
        pool_run(ex->p, job->row_tasks + pack_tasks(job->g, x.cols), dw_pack, job);
        pool_run(ex->p, job->row_tasks * job->col_tasks, dw_multiply, job);
    }
}

axl_status op_linear_add_dw(const exec *ex, const op_linear_dw *a, axl_error *err) {
    dw_job job = {0};
    FORWARD(source_of(&job.x, &a->x, "x", err));
    FORWARD(source_of(&job.dy, &a->dy, "dy", err));
    RETURN_IF(job.x.rows != job.dy.rows || job.x.type != job.dy.type, err, AXL_BAD_ARGUMENT,
              "linear: x has %zu rows of %s, dy has %zu of %s", job.x.rows,
              dtype_of(job.x.type)->name, job.dy.rows, dtype_of(job.dy.type)->name);
    const operand list[] = {{"dw", &a->dw, job.dy.cols, job.x.cols, OPERAND_STRIDED}};
    FORWARD(operand_check("linear", list, OPERAND_COUNT(list), err));
    matrix dw = operand_get(&a->dw);
    job.dw = dw.data;
    job.ldw = dw.ld;
    size_t rounds = size_div_up(job.x.rows, TOKENS);
    size_t tokens = rounds ? size_div_up(job.x.rows, rounds) : 0;
    RETURN_IF(!sane(job.dy.cols, TOKENS) || !sane(TOKENS, job.x.cols), err, AXL_TOO_LARGE,
              "linear: sizes too large");
    FORWARD(exec_need(ex, dw_plan(ex, &job, tokens), "linear", err));
    job.columns = ex->scratch;
    job.panels = job.columns + job.row_tasks * job.columns_step;
    dw_rounds(ex, &job, rounds);
    return AXL_OK;
}

size_t op_linear_scratch(const exec *ex, dtype type, size_t m, size_t n, size_t k) {
    if (!known(type) || !sane(n, k) || !sane(m, size_max(n, k))) return EXEC_TOO_LARGE;
    size_t step, forward = apply_scratch(ex, type, (gemm_args){.m = m, .n = n, .k = k}, &step);
    size_t dx = apply_scratch(ex, type, (gemm_args){.m = m, .n = k, .k = n}, &step);
    dw_job job = {.x = {.type = type, .cols = k}, .dy = {.cols = n}};
    return size_max(size_max(forward, dx), dw_plan(ex, &job, size_min(m, TOKENS)));
}
