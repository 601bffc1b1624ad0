#include "tensor/op_attention.h"

#include "base/error.h"
#include "base/sizes.h"
#include "tensor/operand.h"
#include "tensor/partials.h"

// The kernels compute with sizes below this without overflow.
#define SIZE_LIMIT ((size_t)1 << 24)

typedef struct task {
    const exec *ex;
    const op_attention *a;
    matrix q, k, v, o, d_o, dq, dk, dv;
    unsigned char *scratch; // [threads, scratch_part]
    size_t scratch_part;
    partials null_k, null_v; // [batch] vectors of heads * size: the gradients of each sequence
} task;

static bool sizes_sane(const op_attention_sizes *s) {
    size_t product;
    return s->size > 0 && s->size % 2 == 0 && s->size < SIZE_LIMIT && s->queries < SIZE_LIMIT &&
           s->keys < SIZE_LIMIT && size_mul3(s->batch, s->heads, s->queries, &product) &&
           size_mul(s->batch, s->keys, &product) && size_mul(s->heads, s->size, &product);
}

static size_t worker_scratch(const exec *ex, const op_attention_sizes *s,
                             attention_scratch_fn *bytes, size_t *part) {
    *part = 0;
    if (!sizes_sane(s)) return EXEC_TOO_LARGE;
    return exec_parts(bytes(s->queries, s->keys, s->size), pool_threads(ex->p), part);
}

size_t op_attention_forward_scratch(const exec *ex, const op_attention_sizes *s) {
    size_t part;
    return worker_scratch(ex, s, ex->k->attention->forward_scratch, &part);
}

size_t op_attention_backward_scratch(const exec *ex, const op_attention_sizes *s) {
    size_t part, total = worker_scratch(ex, s, ex->k->attention->backward_scratch, &part);
    if (!s->null_key || total == EXEC_TOO_LARGE) return total;
    const partials p = partials_each(s->batch, s->heads * s->size);
    return size_mul_add(partials_bytes(&p), 2, total, &total) ? total : EXEC_TOO_LARGE;
}

static axl_status check_limits(const op_attention *a, const char *op, axl_error *err) {
    const op_attention_sizes *s = &a->sizes;
    RETURN_IF(!a->visible && s->queries > 0, err, AXL_BAD_ARGUMENT, "%s: visible is not given", op);
    const size_t arrays = a->limits_each ? s->batch : 1;
    for (size_t i = 0; i < arrays * s->queries; i++) {
        const bool start = i % s->queries == 0;
        RETURN_IF(a->visible[i] > s->keys, err, AXL_BAD_ARGUMENT,
                  "%s: query %zu sees %u keys, there are %zu", op, i % s->queries,
                  (unsigned)a->visible[i], s->keys);
        RETURN_IF(!start && a->visible[i] < a->visible[i - 1], err, AXL_BAD_ARGUMENT,
                  "%s: query %zu sees fewer keys than the one before", op, i % s->queries);
        RETURN_IF(a->first && !start && a->first[i] < a->first[i - 1], err, AXL_BAD_ARGUMENT,
                  "%s: the window of query %zu starts before that of the one before", op,
                  i % s->queries);
    }
    return AXL_OK;
}

static axl_status check(const op_attention *a, const char *op, axl_error *err) {
    const op_attention_sizes *s = &a->sizes;
    RETURN_IF(s->size == 0 || s->size % 2 != 0, err, AXL_BAD_ARGUMENT,
              "%s: the head size %zu is not even", op, s->size);
    RETURN_IF(!sizes_sane(s), err, AXL_TOO_LARGE, "%s: sizes too large", op);
    const size_t rows = s->batch * s->queries, keys = s->batch * s->keys, d = s->heads * s->size;
    const unsigned null = s->null_key ? 0 : OPERAND_OPTIONAL;
    const operand list[] = {
        {"q", &a->q, rows, d, OPERAND_STRIDED},
        {"k", &a->k, keys, d, OPERAND_STRIDED},
        {"v", &a->v, keys, d, OPERAND_STRIDED},
        {"o", &a->o, rows, d, OPERAND_STRIDED},
        {"row_max", &a->row_max, 1, rows * s->heads, 0},
        {"row_sum", &a->row_sum, 1, rows * s->heads, 0},
        {"null_k", &a->null_k, 1, d, null},
        {"null_v", &a->null_v, 1, d, null},
    };
    FORWARD(operand_check(op, list, OPERAND_COUNT(list), err));
    return check_limits(a, op, err);
}

// Row `row` of m, from the columns of head h on.
static float *at(const matrix *m, size_t row, size_t column) {
    return m->data + row * m->ld + column;
}

static attention_head head_of(const task *t, size_t b, size_t h) {
    const op_attention_sizes *s = &t->a->sizes;
    const size_t column = h * s->size, limits = t->a->limits_each ? b * s->queries : 0;
    attention_head head = {
        .queries = s->queries,
        .keys = s->keys,
        .size = s->size,
        .scale = t->a->scale,
        .q = at(&t->q, b * s->queries, column),
        .k = at(&t->k, b * s->keys, column),
        .v = at(&t->v, b * s->keys, column),
        .ldq = t->q.ld,
        .ldk = t->k.ld,
        .ldv = t->v.ld,
        .first = t->a->first ? t->a->first + limits : NULL,
        .visible = t->a->visible + limits,
    };
    if (s->null_key) {
        head.null_k = (const float *)t->a->null_k.data + column;
        head.null_v = (const float *)t->a->null_v.data + column;
    }
    return head;
}

static void forward_head(void *ctx, size_t i, size_t worker) {
    const task *t = ctx;
    const op_attention_sizes *s = &t->a->sizes;
    const size_t b = i / s->heads, h = i % s->heads;
    const attention_forward_args args = {
        .head = head_of(t, b, h),
        .o = at(&t->o, b * s->queries, h * s->size),
        .ldo = t->o.ld,
        .row_max = (float *)t->a->row_max.data + i * s->queries,
        .row_sum = (float *)t->a->row_sum.data + i * s->queries,
        .scratch = t->scratch + worker * t->scratch_part,
    };
    t->ex->k->attention->forward(&args);
}

static task task_of(const exec *ex, const op_attention *a) {
    return (task){
        .ex = ex,
        .a = a,
        .q = operand_get(&a->q),
        .k = operand_get(&a->k),
        .v = operand_get(&a->v),
        .o = operand_get(&a->o),
        .scratch = ex->scratch,
    };
}

axl_status op_attention_forward(const exec *ex, const op_attention *a, axl_error *err) {
    const op_attention_sizes *s = &a->sizes;
    FORWARD(check(a, "attention", err));
    FORWARD(exec_need(ex, op_attention_forward_scratch(ex, s), "attention", err));
    task t = task_of(ex, a);
    worker_scratch(ex, s, ex->k->attention->forward_scratch, &t.scratch_part);
    pool_run(ex->p, s->batch * s->heads, forward_head, &t);
    return AXL_OK;
}

static void backward_head(void *ctx, size_t i, size_t worker) {
    const task *t = ctx;
    const op_attention_sizes *s = &t->a->sizes;
    const size_t b = i / s->heads, h = i % s->heads, column = h * s->size;
    attention_backward_args args = {
        .head = head_of(t, b, h),
        .o = at(&t->o, b * s->queries, column),
        .d_o = at(&t->d_o, b * s->queries, column),
        .ldo = t->o.ld,
        .row_max = (const float *)t->a->row_max.data + i * s->queries,
        .row_sum = (const float *)t->a->row_sum.data + i * s->queries,
        .dq = at(&t->dq, b * s->queries, column),
        .dk = at(&t->dk, b * s->keys, column),
        .dv = at(&t->dv, b * s->keys, column),
        .lddq = t->dq.ld,
        .lddk = t->dk.ld,
        .lddv = t->dv.ld,
        .scratch = t->scratch + worker * t->scratch_part,
    };
    if (s->null_key) {
        args.d_null_k = t->null_k.data + b * t->null_k.stride + column;
        args.d_null_v = t->null_v.data + b * t->null_v.stride + column;
    }
    t->ex->k->attention->backward(&args);
}

axl_status op_attention_backward(const exec *ex, const op_attention *a, axl_error *err) {
    const char *op = "attention backward";
    const op_attention_sizes *s = &a->sizes;
    FORWARD(check(a, op, err));
    const size_t rows = s->batch * s->queries, keys = s->batch * s->keys, d = s->heads * s->size;
    const unsigned null = s->null_key ? 0 : OPERAND_OPTIONAL;
    const operand list[] = {
        {"d_o", &a->d_o, rows, d, OPERAND_STRIDED}, {"dq", &a->dq, rows, d, OPERAND_STRIDED},
        {"dk", &a->dk, keys, d, OPERAND_STRIDED},   {"dv", &a->dv, keys, d, OPERAND_STRIDED},
        {"d_null_k", &a->d_null_k, 1, d, null},     {"d_null_v", &a->d_null_v, 1, d, null},
    };
    FORWARD(operand_check(op, list, OPERAND_COUNT(list), err));
    FORWARD(exec_need(ex, op_attention_backward_scratch(ex, s), op, err));
    task t = task_of(ex, a);
    t.d_o = operand_get(&a->d_o);
    t.dq = operand_get(&a->dq);
    t.dk = operand_get(&a->dk);
    t.dv = operand_get(&a->dv);
    RETURN_IF(rows > 1 && t.d_o.ld != t.o.ld, err, AXL_BAD_ARGUMENT,
              "%s: o and d_o have different strides", op);
    size_t used = worker_scratch(ex, s, ex->k->attention->backward_scratch, &t.scratch_part);
    if (s->null_key) {
        t.null_k = t.null_v = partials_each(s->batch, d);
        t.null_k.data = (float *)(void *)(t.scratch + used);
        t.null_v.data = t.null_k.data + s->batch * t.null_k.stride;
        for (size_t b = 0; b < s->batch; b++) {
            partials_tile(&t.null_k, b);
            partials_tile(&t.null_v, b);
        }
    }
    pool_run(ex->p, s->batch * s->heads, backward_head, &t);
    if (s->null_key) {
        partials_add(ex, &t.null_k, a->d_null_k.data);
        partials_add(ex, &t.null_v, a->d_null_v.data);
    }
    return AXL_OK;
}
