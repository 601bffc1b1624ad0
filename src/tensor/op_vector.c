#include "tensor/op_vector.h"

#include "base/error.h"
#include "parallel/range.h"
#include "tensor/operand.h"

#include <string.h>

#define GRAIN ((size_t)16384) // elements of a tile

typedef struct task {
    const kernels *k;
    void *y;
    const void *x, *b;
    size_t size; // bytes of an element of y
} task;

static bool is_bf16(const view *v) {
    return v->type == DTYPE_BF16;
}

static unsigned type_of(const view *v) {
    return is_bf16(v) ? OPERAND_BF16 : 0;
}

static task task_of(const exec *ex, const view *y, const view *x, const view *b) {
    return (task){.k = ex->k,
                  .y = y->data,
                  .x = x ? x->data : NULL,
                  .b = b ? b->data : NULL,
                  .size = is_bf16(y) ? sizeof(bf16) : sizeof(float)};
}

static void *at(const task *t, const void *p, size_t index) {
    return (char *)(uintptr_t)p + index * t->size;
}

static void zero_tile(void *ctx, size_t begin, size_t end, size_t worker) {
    (void)worker;
    const task *t = ctx;
    memset(at(t, t->y, begin), 0, (end - begin) * t->size);
}

axl_status op_zero(const exec *ex, const view *y, axl_error *err) {
    const size_t n = view_elements(y);
    const operand list[] = {{"y", y, 1, n, type_of(y)}};
    FORWARD(operand_check("zero", list, OPERAND_COUNT(list), err));
    task t = task_of(ex, y, NULL, NULL);
    pool_for(ex->p, n, GRAIN, zero_tile, &t);
    return AXL_OK;
}

static void copy_tile(void *ctx, size_t begin, size_t end, size_t worker) {
    (void)worker;
    const task *t = ctx;
    memcpy(at(t, t->y, begin), at(t, t->x, begin), (end - begin) * t->size);
}

axl_status op_copy(const exec *ex, const view *y, const view *x, axl_error *err) {
    const size_t n = view_elements(y);
    const operand list[] = {{"y", y, 1, n, type_of(y)}, {"x", x, 1, n, type_of(y)}};
    FORWARD(operand_check("copy", list, OPERAND_COUNT(list), err));
    task t = task_of(ex, y, x, NULL);
    pool_for(ex->p, n, GRAIN, copy_tile, &t);
    return AXL_OK;
}

static void add_tile(void *ctx, size_t begin, size_t end, size_t worker) {
    (void)worker;
    const task *t = ctx;
    t->k->elementwise->add((float *)t->y + begin, (const float *)t->x + begin, end - begin);
}

axl_status op_add(const exec *ex, const view *y, const view *x, axl_error *err) {
    const size_t n = view_elements(y);
    const operand list[] = {{"y", y, 1, n, 0}, {"x", x, 1, n, 0}};
    FORWARD(operand_check("add", list, OPERAND_COUNT(list), err));
    task t = task_of(ex, y, x, NULL);
    pool_for(ex->p, n, GRAIN, add_tile, &t);
    return AXL_OK;
}

static void join_tile(void *ctx, size_t begin, size_t end, size_t worker) {
    (void)worker;
    const task *t = ctx;
    t->k->elementwise->join((float *)t->y + begin, (const float *)t->x + begin,
                            (const float *)t->b + begin, end - begin);
}

axl_status op_join(const exec *ex, const view *y, const view *a, const view *b, axl_error *err) {
    const size_t n = view_elements(y);
    const operand list[] = {{"y", y, 1, n, 0}, {"a", a, 1, n, 0}, {"b", b, 1, n, 0}};
    FORWARD(operand_check("join", list, OPERAND_COUNT(list), err));
    task t = task_of(ex, y, a, b);
    pool_for(ex->p, n, GRAIN, join_tile, &t);
    return AXL_OK;
}

static void narrow_tile(void *ctx, size_t begin, size_t end, size_t worker) {
    (void)worker;
    const task *t = ctx;
    t->k->convert->f32_to_bf16((bf16 *)t->y + begin, (const float *)t->x + begin, end - begin);
}

static void widen_tile(void *ctx, size_t begin, size_t end, size_t worker) {
    (void)worker;
    const task *t = ctx;
    t->k->convert->bf16_to_f32((float *)t->y + begin, (const bf16 *)t->x + begin, end - begin);
}

axl_status op_convert(const exec *ex, const view *y, const view *x, axl_error *err) {
    const size_t n = view_elements(y);
    const bool narrow = is_bf16(y);
    const operand list[] = {
        {"y", y, 1, n, type_of(y)},
        {"x", x, 1, n, narrow ? 0 : OPERAND_BF16},
    };
    FORWARD(operand_check("convert", list, OPERAND_COUNT(list), err));
    task t = task_of(ex, y, x, NULL);
    pool_for(ex->p, n, GRAIN, narrow ? narrow_tile : widen_tile, &t);
    return AXL_OK;
}
