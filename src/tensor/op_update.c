#include "tensor/op_update.h"

#include "base/error.h"
#include "base/sizes.h"
#include "tensor/operand.h"
#include "tensor/spans.h"

typedef struct task {
    const op_update *a;
    update_fn *with_f32, *with_bf16; // by the type of the momentum
    update_args args;                // what all tensors have in common
    spans tiles;
} task;

size_t op_update_scratch(size_t count) {
    return spans_bytes(count);
}

static axl_status check_tensor(const op_update *a, const op_update_tensor *e, axl_error *err) {
    const size_t n = view_elements(&e->w);
    const unsigned m_type = e->m.type == DTYPE_BF16 ? OPERAND_BF16 : 0;
    const unsigned m_needed = a->rule == OP_UPDATE_SGD ? OPERAND_OPTIONAL : 0;
    const unsigned v_needed = a->rule == OP_UPDATE_ADAMW ? 0 : OPERAND_OPTIONAL;
    const operand list[] = {
        {"w", &e->w, 1, n, 0},
        {"g", &e->g, 1, n, 0},
        {"m", &e->m, 1, n, m_type | m_needed},
        {"v", &e->v, 1, n, v_needed},
        {"copy", &e->copy, 1, n, OPERAND_OPTIONAL | OPERAND_BF16},
    };
    return operand_check("update", list, OPERAND_COUNT(list), err);
}

// p + begin elements of size bytes, or NULL where there is none.
static void *offset(void *p, size_t begin, size_t size) {
    return p ? (unsigned char *)p + begin * size : NULL;
}

static void update_tile(void *ctx, size_t tile, size_t worker) {
    (void)worker;
    const task *t = ctx;
    const span s = spans_at(&t->tiles, tile);
    const op_update_tensor *e = &t->a->list[s.tensor];
    const bool m_bf16 = e->m.data && e->m.type == DTYPE_BF16;
    update_args args = t->args;
    args.n = size_min(s.end, view_elements(&e->w)) - s.begin;
    args.w = offset(e->w.data, s.begin, sizeof(float));
    args.g = offset(e->g.data, s.begin, sizeof(float));
    args.m = offset(e->m.data, s.begin, m_bf16 ? sizeof(bf16) : sizeof(float));
    args.v = offset(e->v.data, s.begin, sizeof(float));
    args.copy = offset(e->copy.data, s.begin, sizeof(bf16));
    args.decay = e->decay;
    if (e->rate > 0) args.rate *= e->rate;
    (m_bf16 ? t->with_bf16 : t->with_f32)(&args);
}

// 1 / (1 - beta^step), the power by squaring: unlike pow the same bits on every machine.
static float correction(float beta, uint64_t step) {
    double power = 1;
    for (double square = (double)beta; step > 0; step /= 2, square *= square) {
        if (step % 2 == 1) power *= square;
    }
    return (float)(1 / (1 - power));
}

static axl_status set_rule(task *t, const update_kernels *k, axl_error *err) {
    switch (t->a->rule) {
    case OP_UPDATE_LION:
        t->with_f32 = k->lion;
        t->with_bf16 = k->lion_bf16;
        return AXL_OK;
    case OP_UPDATE_SGD:
        t->with_f32 = k->sgd;
        t->with_bf16 = k->sgd_bf16;
        return AXL_OK;
    case OP_UPDATE_ADAMW:
        t->with_f32 = k->adamw;
        t->with_bf16 = k->adamw_bf16;
        RETURN_IF(t->a->step == 0, err, AXL_BAD_ARGUMENT, "update: steps count from 1");
        t->args.correction1 = correction(t->a->beta1, t->a->step);
        t->args.correction2 = correction(t->a->beta2, t->a->step);
        return AXL_OK;
    }
    return error_set(err, AXL_BAD_ARGUMENT, "update: unknown rule %d", (int)t->a->rule);
}

axl_status op_update_step(const exec *ex, const op_update *a, axl_error *err) {
    task t = {.a = a};
    t.args = (update_args){
        .g_scale = a->g_scale,
        .rate = a->rate,
        .beta1 = a->beta1,
        .beta2 = a->beta2,
        .eps = a->eps,
    };
    FORWARD(set_rule(&t, ex->k->update, err));
    for (size_t i = 0; i < a->count; i++) FORWARD(check_tensor(a, &a->list[i], err));
    FORWARD(exec_need(ex, op_update_scratch(a->count), "update", err));
    t.tiles = spans_over(ex->scratch);
    for (size_t i = 0; i < a->count; i++) spans_push(&t.tiles, view_elements(&a->list[i].w));
    pool_run(ex->p, spans_tiles(&t.tiles), update_tile, &t);
    return AXL_OK;
}
