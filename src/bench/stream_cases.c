#include "bench/stream_cases.h"

// Element 0 of row begin of an array.
static float *at(const stream_work *w, size_t array, size_t begin) {
    return (float *)w->array[array] + begin * w->d;
}

static uint16_t *at16(const stream_work *w, size_t array, size_t begin) {
    return (uint16_t *)w->array[array] + begin * w->d;
}

static void copy(const stream_work *w, size_t begin, size_t end, size_t worker) {
    (void)worker;
    w->k->peak->copy(at(w, 1, begin), at(w, 0, begin), (end - begin) * w->d * sizeof(float));
}

static void rmsnorm_forward(const stream_work *w, size_t begin, size_t end, size_t worker) {
    (void)worker;
    w->k->norm->rmsnorm_forward(&(rmsnorm_forward_args){.rows = end - begin,
                                                        .d = w->d,
                                                        .eps = 1e-5f,
                                                        .x = at(w, 0, begin),
                                                        .gain = w->small->gain,
                                                        .y = at(w, 1, begin),
                                                        .r = w->small->per_row + begin});
}

static void rmsnorm_backward(const stream_work *w, size_t begin, size_t end, size_t worker) {
    w->k->norm->rmsnorm_backward(&(rmsnorm_backward_args){.rows = end - begin,
                                                          .d = w->d,
                                                          .x = at(w, 0, begin),
                                                          .gain = w->small->gain,
                                                          .r = w->small->per_row + begin,
                                                          .dy = at(w, 1, begin),
                                                          .dx = at(w, 2, begin),
                                                          .dgain = w->small->sums + worker * w->d});
}

static void swiglu_forward(const stream_work *w, size_t begin, size_t end, size_t worker) {
    (void)worker;
    w->k->elementwise->swiglu_forward(at(w, 2, begin), at(w, 0, begin), at(w, 1, begin),
                                      (end - begin) * w->d);
}

static void swiglu_backward(const stream_work *w, size_t begin, size_t end, size_t worker) {
    (void)worker;
    w->k->elementwise->swiglu_backward(&(swiglu_backward_args){.n = (end - begin) * w->d,
                                                               .a = at(w, 0, begin),
                                                               .b = at(w, 1, begin),
                                                               .dy = at(w, 2, begin),
                                                               .da = at(w, 3, begin),
                                                               .db = at(w, 4, begin)});
}

static void scale_add(const stream_work *w, size_t begin, size_t end, size_t worker) {
    (void)worker;
    w->k->elementwise->scale_add(&(scale_add_args){.rows = end - begin,
                                                   .d = w->d,
                                                   .x = at(w, 0, begin),
                                                   .s = w->small->scale,
                                                   .h = at(w, 1, begin)});
}

static void scale_backward(const stream_work *w, size_t begin, size_t end, size_t worker) {
    w->k->elementwise->scale_backward(&(scale_backward_args){.rows = end - begin,
                                                             .d = w->d,
                                                             .x = at(w, 0, begin),
                                                             .s = w->small->scale,
                                                             .dh = at(w, 1, begin),
                                                             .dx = at(w, 2, begin),
                                                             .ds = w->small->sums + worker * w->d});
}

static void gate_forward(const stream_work *w, size_t begin, size_t end, size_t worker) {
    (void)worker;
    w->k->elementwise->gate_forward(
        &(gate_forward_args){.rows = end - begin,
                             .d = w->d,
                             .z = w->small->logits + 3 * begin,
                             .u = {at(w, 0, begin), at(w, 1, begin), at(w, 2, begin)},
                             .g = w->small->gate + 3 * begin,
                             .y = at(w, 3, begin)});
}

static void gate_backward(const stream_work *w, size_t begin, size_t end, size_t worker) {
    (void)worker;
    w->k->elementwise->gate_backward(
        &(gate_backward_args){.rows = end - begin,
                              .d = w->d,
                              .g = w->small->gate + 3 * begin,
                              .u = {at(w, 0, begin), at(w, 1, begin), at(w, 2, begin)},
                              .dy = at(w, 3, begin),
                              .du = {at(w, 4, begin), at(w, 5, begin), at(w, 6, begin)},
                              .dz = w->small->logits + 3 * begin});
}

static void embed_gather(const stream_work *w, size_t begin, size_t end, size_t worker) {
    (void)worker;
    w->k->elementwise->embed_gather(&(embed_args){.rows = end - begin,
                                                  .d = w->d,
                                                  .id = w->small->id + begin,
                                                  .e = w->small->embedding,
                                                  .y = at(w, 0, begin)});
}

static void embed_scatter(const stream_work *w, size_t begin, size_t end, size_t worker) {
    float *de = w->small->embedding_sums + worker * STREAM_VOCAB * w->d;
    w->k->elementwise->embed_scatter(&(embed_args){.rows = end - begin,
                                                   .d = w->d,
                                                   .id = w->small->id + begin,
                                                   .dy = at(w, 0, begin),
                                                   .de = de,
                                                   .column0 = 0,
                                                   .columns = w->d});
}

static void add(const stream_work *w, size_t begin, size_t end, size_t worker) {
    (void)worker;
    w->k->elementwise->add(at(w, 1, begin), at(w, 0, begin), (end - begin) * w->d);
}

static void scale(const stream_work *w, size_t begin, size_t end, size_t worker) {
    (void)worker;
    w->k->elementwise->scale(at(w, 0, begin), 0.999f, (end - begin) * w->d);
}

static void axpy(const stream_work *w, size_t begin, size_t end, size_t worker) {
    (void)worker;
    w->k->elementwise->axpy(at(w, 1, begin), 0.5f, at(w, 0, begin), (end - begin) * w->d);
}

static void sum_squares(const stream_work *w, size_t begin, size_t end, size_t worker) {
    (void)worker;
    w->k->elementwise->sum_squares(at(w, 0, begin), (end - begin) * w->d);
}

static void rope(const stream_work *w, size_t begin, size_t end, size_t worker) {
    (void)worker;
    w->k->rope->rotate(&(rope_args){.rows = end - begin,
                                    .heads = w->d / STREAM_HEAD,
                                    .head_size = STREAM_HEAD,
                                    .x = at(w, 0, begin),
                                    .ldx = w->d,
                                    .y = at(w, 1, begin),
                                    .ldy = w->d,
                                    .position = w->small->position + begin,
                                    .table = w->small->cosines,
                                    .table_sin = w->small->sines});
}

static void softmax(const stream_work *w, size_t begin, size_t end, size_t worker) {
    (void)worker;
    for (size_t r = begin; r < end; r++) w->k->loss->softmax(at(w, 0, r), 1.0f, w->d);
}

static cross_entropy_args entropy_args(const stream_work *w, size_t begin, size_t end) {
    return (cross_entropy_args){.rows = end - begin,
                                .n = w->d,
                                .z = at(w, 0, begin),
                                .ldz = w->d,
                                .target = w->small->id + begin,
                                .weight = 0.001f,
                                .loss = w->small->per_row + begin};
}

static void cross_entropy(const stream_work *w, size_t begin, size_t end, size_t worker) {
    (void)worker;
    const cross_entropy_args args = entropy_args(w, begin, end);
    w->k->loss->cross_entropy(&args);
}

static void cross_entropy_only(const stream_work *w, size_t begin, size_t end, size_t worker) {
    (void)worker;
    const cross_entropy_args args = entropy_args(w, begin, end);
    w->k->loss->cross_entropy_only(&args);
}

static void f32_to_bf16(const stream_work *w, size_t begin, size_t end, size_t worker) {
    (void)worker;
    w->k->convert->f32_to_bf16(at16(w, 1, begin), at(w, 0, begin), (end - begin) * w->d);
}

static void bf16_to_f32(const stream_work *w, size_t begin, size_t end, size_t worker) {
    (void)worker;
    w->k->convert->bf16_to_f32(at(w, 1, begin), at16(w, 0, begin), (end - begin) * w->d);
}

static void f32_to_f16(const stream_work *w, size_t begin, size_t end, size_t worker) {
    (void)worker;
    w->k->convert->f32_to_f16(at16(w, 1, begin), at(w, 0, begin), (end - begin) * w->d);
}

static void f16_to_f32(const stream_work *w, size_t begin, size_t end, size_t worker) {
    (void)worker;
    w->k->convert->f16_to_f32(at(w, 1, begin), at16(w, 0, begin), (end - begin) * w->d);
}

// Arrays: weights, gradient, momentum, second moment.
static update_args update_of(const stream_work *w, size_t begin, size_t end) {
    return (update_args){.n = (end - begin) * w->d,
                         .w = at(w, 0, begin),
                         .g = at(w, 1, begin),
                         .m = at(w, 2, begin),
                         .v = w->array[3] ? at(w, 3, begin) : NULL,
                         .g_scale = 1,
                         .rate = 1e-4f,
                         .decay = 0.1f,
                         .beta1 = 0.9f,
                         .beta2 = 0.99f,
                         .eps = 1e-8f,
                         .correction1 = 1.5f,
                         .correction2 = 1.2f};
}

// The same with the momentum in bf16.
static update_args update16_of(const stream_work *w, size_t begin, size_t end) {
    update_args args = update_of(w, begin, end);
    args.m = at16(w, 2, begin);
    return args;
}

#define UPDATE(name, args_of)                                                                      \
    static void name(const stream_work *w, size_t begin, size_t end, size_t worker) {              \
        (void)worker;                                                                              \
        const update_args args = args_of(w, begin, end);                                           \
        w->k->update->name(&args);                                                                 \
    }
UPDATE(lion, update_of)
UPDATE(lion_bf16, update16_of)
UPDATE(sgd, update_of)
UPDATE(sgd_bf16, update16_of)
UPDATE(adamw, update_of)
UPDATE(adamw_bf16, update16_of)

const stream_case stream_copy = {"copy", copy, 2, 8, 0};

#define CASE(name, arrays, bytes)                                                                  \
    { #name, name, arrays, bytes, 0 }
const stream_case stream_cases[] = {
    CASE(rmsnorm_forward, 2, 8),
    CASE(rmsnorm_backward, 3, 16),
    CASE(swiglu_forward, 3, 12),
    CASE(swiglu_backward, 5, 20),
    CASE(scale_add, 2, 12),
    CASE(scale_backward, 3, 12),
    CASE(gate_forward, 4, 16),
    CASE(gate_backward, 7, 28),
    CASE(embed_gather, 1, 8),
    CASE(embed_scatter, 1, 12),
    CASE(add, 2, 12),
    CASE(scale, 1, 8),
    CASE(axpy, 2, 12),
    CASE(sum_squares, 1, 4),
    CASE(rope, 2, 8),
    CASE(softmax, 1, 8),
    {"cross_entropy", cross_entropy, 1, 8, STREAM_VOCAB},
    {"cross_entropy_only", cross_entropy_only, 1, 4, STREAM_VOCAB},
    CASE(f32_to_bf16, 2, 6),
    CASE(bf16_to_f32, 2, 6),
    CASE(f32_to_f16, 2, 6),
    CASE(f16_to_f32, 2, 6),
    CASE(lion, 3, 20),
    CASE(lion_bf16, 3, 16),
    CASE(sgd, 3, 20),
    CASE(sgd_bf16, 3, 16),
    CASE(adamw, 4, 28),
    CASE(adamw_bf16, 4, 24),
};
const size_t stream_case_count = sizeof stream_cases / sizeof *stream_cases;
