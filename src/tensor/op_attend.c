#include "tensor/op_attend.h"

#include "base/error.h"
#include "base/sizes.h"

// The kernels compute with sizes below this without overflow.
#define SIZE_LIMIT ((size_t)1 << 24)

typedef struct task {
    const exec *ex;
    const op_attend *a;
    size_t rows; // floats for row maxima, and for sums, of one worker
    size_t part; // bytes of scratch of one worker: maxima, sums, then the kernel's
} task;

static size_t row_floats(size_t queries) {
    return (queries + 15) / 16 * 16; // keeps what follows aligned
}

static size_t worker_scratch(const exec *ex, size_t queries, size_t keys, size_t size,
                             size_t *part) {
    if (queries >= SIZE_LIMIT || keys >= SIZE_LIMIT || size >= SIZE_LIMIT) return EXEC_TOO_LARGE;
    const size_t kernel = ex->k->attention->forward_scratch(queries, keys, size);
    size_t bytes;
    if (!size_add(kernel, 2 * row_floats(queries) * sizeof(float), &bytes)) return EXEC_TOO_LARGE;
    return exec_parts(bytes, pool_threads(ex->p), part);
}

size_t op_attend_scratch(const exec *ex, size_t queries, size_t keys, size_t size) {
    size_t part;
    return worker_scratch(ex, queries, keys, size, &part);
}

static void attend_head(void *ctx, size_t i, size_t worker) {
    const task *t = ctx;
    const op_attend *a = t->a;
    const attend_sequence *s = &a->list[i / a->heads];
    const size_t column = i % a->heads * a->size, d = a->heads * a->size;
    float *rows = (float *)(void *)((char *)t->ex->scratch + worker * t->part);
    attention_forward_args args = {
        .head = {.queries = s->queries,
                 .keys = s->keys,
                 .size = a->size,
                 .scale = a->scale,
                 .q = s->q + column,
                 .k = s->k + column,
                 .v = s->v + column,
                 .ldq = a->ldq,
                 .ldk = d,
                 .ldv = d,
                 .visible = s->visible},
        .few = a->few,
        .o = s->o + column,
        .ldo = d,
        .row_max = rows,
        .row_sum = rows + t->rows,
        .scratch = rows + 2 * t->rows,
    };
    if (a->null_k) {
        args.head.null_k = a->null_k + column;
        args.head.null_v = a->null_v + column;
    }
    t->ex->k->attention->forward(&args);
}

axl_status op_attend_run(const exec *ex, const op_attend *a, axl_error *err) {
    size_t queries = 0, keys = 0;
    for (size_t i = 0; i < a->count; i++) {
        const attend_sequence *s = &a->list[i];
        queries = size_max(queries, s->queries);
        keys = size_max(keys, s->keys);
        for (size_t t = 0; t < s->queries; t++)
            RETURN_IF(s->visible[t] > s->keys || (t > 0 && s->visible[t] < s->visible[t - 1]), err,
                      AXL_BAD_ARGUMENT, "attend: query %zu of sequence %zu sees %u of %zu keys", t,
                      i, (unsigned)s->visible[t], s->keys);
    }
    RETURN_IF(a->size == 0 || a->size % 2 != 0, err, AXL_BAD_ARGUMENT,
              "attend: heads of %zu channels", a->size);
    task t = {.ex = ex, .a = a, .rows = row_floats(queries)};
    FORWARD(exec_need(ex, worker_scratch(ex, queries, keys, a->size, &t.part), "attend", err));
    pool_run(ex->p, a->count * a->heads, attend_head, &t);
    return AXL_OK;
}
