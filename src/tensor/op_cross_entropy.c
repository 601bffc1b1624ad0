#include "tensor/op_cross_entropy.h"

#include "base/error.h"
#include "parallel/range.h"
#include "tensor/operand.h"

// Rows of a tile of the sum of losses.
#define SUM_ROWS ((size_t)4096)

size_t op_cross_entropy_counted(const uint16_t *target, size_t rows) {
    size_t counted = 0;
    for (size_t r = 0; r < rows; r++) counted += target[r] != LOSS_IGNORE;
    return counted;
}

typedef struct task {
    cross_entropy_fn *fn;
    cross_entropy_args args; // of all rows
} task;

static void loss_rows(void *ctx, size_t begin, size_t end, size_t worker) {
    (void)worker;
    const task *t = ctx;
    cross_entropy_args args = t->args;
    args.rows = end - begin;
    args.z += begin * args.ldz;
    args.target += begin;
    args.loss += begin;
    t->fn(&args);
}

static double sum_rows(void *ctx, size_t begin, size_t end, size_t worker) {
    (void)worker;
    const float *loss = ctx;
    double sum = 0;
    for (size_t r = begin; r < end; r++) sum += (double)loss[r];
    return sum;
}

static axl_status run(const exec *ex, const op_cross_entropy *a, bool gradient, axl_error *err) {
    matrix z;
    FORWARD(operand_matrix(&z, &a->z, "cross entropy", "z", err));
    const operand list[] = {{"loss", &a->loss, 1, z.rows, 0}};
    FORWARD(operand_check("cross entropy", list, OPERAND_COUNT(list), err));
    RETURN_IF(!a->sum, err, AXL_BAD_ARGUMENT, "cross entropy: sum is not given");
    RETURN_IF(!a->target && z.rows > 0, err, AXL_BAD_ARGUMENT,
              "cross entropy: target is not given");
    RETURN_IF(z.cols == 0 || z.cols > LOSS_IGNORE, err, AXL_BAD_ARGUMENT,
              "cross entropy: %zu classes, 1 to %d are possible", z.cols, LOSS_IGNORE);
    for (size_t r = 0; r < z.rows; r++) {
        RETURN_IF(a->target[r] >= z.cols && a->target[r] != LOSS_IGNORE, err, AXL_BAD_ARGUMENT,
                  "cross entropy: target %u of row %zu, there are %zu classes",
                  (unsigned)a->target[r], r, z.cols);
    }
    const loss_kernels *loss = ex->k->loss;
    task t = {.fn = gradient ? loss->cross_entropy : loss->cross_entropy_only};
    t.args = (cross_entropy_args){
        .n = z.cols,
        .z = z.data,
        .ldz = z.ld,
        .target = a->target,
        .weight = a->weight,
        .loss = a->loss.data,
    };
    pool_for(ex->p, z.rows, exec_tile_rows(z.cols * sizeof(float)), loss_rows, &t);
    *a->sum = pool_sum(ex->p, z.rows, SUM_ROWS, sum_rows, a->loss.data);
    return AXL_OK;
}

axl_status op_cross_entropy_loss(const exec *ex, const op_cross_entropy *a, axl_error *err) {
    return run(ex, a, false, err);
}

axl_status op_cross_entropy_gradient(const exec *ex, const op_cross_entropy *a, axl_error *err) {
    return run(ex, a, true, err);
}
