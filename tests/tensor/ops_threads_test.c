// Every op, forward and backward, gives the same bits at any number of threads, and allocates
// nothing. The shapes are large enough to be cut into many tiles and odd enough that the last tile
// is short.
#include "base/arena.h"
#include "base/rng.h"
#include "support/failing_alloc.h"
#include "support/unit.h"
#include "tensor/op_attention.h"
#include "tensor/op_cross_entropy.h"
#include "tensor/op_dropout.h"
#include "tensor/op_embed.h"
#include "tensor/op_gate.h"
#include "tensor/op_linear.h"
#include "tensor/op_normalize.h"
#include "tensor/op_reduce.h"
#include "tensor/op_rmsnorm.h"
#include "tensor/op_rope.h"
#include "tensor/op_rows.h"
#include "tensor/op_scale.h"
#include "tensor/op_swiglu.h"
#include "tensor/op_update.h"
#include "tensor/op_vector.h"
#include "tensor/op_weight.h"

#include <string.h>

#define MEMORY ((size_t)48 << 20)
#define SCRATCH ((size_t)4 << 20)
#define BEYOND ((size_t)4096) // checked behind the scratch that an op asked for

// A case takes its operands from memory in a fixed order, so two runs can be compared whole.
typedef struct bench {
    arena memory;
    exec ex;
    unsigned char *scratch; // [SCRATCH]
} bench;

typedef void op_case(bench *b);

static float *number_array(bench *b, size_t n) {
    float *x = arena_alloc(&b->memory, n * sizeof *x, 64);
    assert_non_null(x);
    rng_fill_uniform(rng_key(n, b->memory.used), 0, x, n);
    for (size_t i = 0; i < n; i++) x[i] -= 0.5f;
    return x;
}

static view numbers(bench *b, size_t rows, size_t cols) {
    return view_f32(number_array(b, rows * cols), rows, cols);
}

// Whole numbers below bound, never falling where sorted.
static uint32_t *whole(bench *b, size_t n, uint32_t bound) {
    uint32_t *x = arena_alloc(&b->memory, n * sizeof *x, 64);
    assert_non_null(x);
    for (size_t i = 0; i < n; i++) x[i] = (uint32_t)rng_below(rng_key(n, 5), i, bound);
    return x;
}

static uint16_t *ids(bench *b, size_t n, uint16_t bound) {
    uint16_t *x = arena_alloc(&b->memory, n * sizeof *x, 64);
    assert_non_null(x);
    for (size_t i = 0; i < n; i++) x[i] = (uint16_t)rng_below(rng_key(n, 6), i, bound);
    return x;
}

static void need(bench *b, size_t bytes) {
    assert_true(bytes <= SCRATCH - BEYOND);
    memset(b->scratch, 0xFF, bytes + BEYOND);
    b->ex.scratch = b->scratch;
    b->ex.scratch_bytes = bytes;
}

static void ok(bench *b, axl_status status, const axl_error *err) {
    if (status != AXL_OK) fail_msg("%s: %s", axl_status_name(status), err->text);
    for (size_t i = 0; i < BEYOND; i++) {
        if (b->scratch[b->ex.scratch_bytes + i] != 0xFF) fail_msg("wrote past its scratch");
    }
}

static void rmsnorm(bench *b) {
    const size_t rows = 1501, d = 129;
    axl_error err;
    const op_rmsnorm a = {
        .eps = 1e-5f,
        .x = numbers(b, rows, d),
        .gain = numbers(b, 1, d),
        .y = numbers(b, rows, d),
        .r = numbers(b, 1, rows),
        .dy = numbers(b, rows, d),
        .dx = numbers(b, rows, d),
        .dgain = numbers(b, 1, d),
    };
    need(b, 0);
    ok(b, op_rmsnorm_forward(&b->ex, &a, &err), &err);
    need(b, op_rmsnorm_scratch(rows, d));
    ok(b, op_rmsnorm_backward(&b->ex, &a, &err), &err);
}

// More tiles than partial sums are kept for, and more columns than one task adds up.
static void scale(bench *b) {
    const size_t rows = 501, d = 2050;
    axl_error err;
    const op_scale a = {
        .x = numbers(b, rows, d),
        .s = numbers(b, 1, d),
        .h = numbers(b, rows, d),
        .dh = numbers(b, rows, d),
        .dx = numbers(b, rows, d),
        .ds = numbers(b, 1, d),
    };
    need(b, 0);
    ok(b, op_scale_forward(&b->ex, &a, &err), &err);
    need(b, op_scale_scratch(rows, d));
    ok(b, op_scale_backward(&b->ex, &a, &err), &err);
}

static void swiglu(bench *b) {
    const size_t rows = 901, d = 257;
    axl_error err;
    op_swiglu a = {
        .a = numbers(b, rows, d),
        .b = numbers(b, rows, 2 * d),
        .y = numbers(b, rows, d),
        .dy = numbers(b, rows, d),
        .da = numbers(b, rows, d),
        .db = numbers(b, rows, d),
    };
    need(b, 0);
    assert_int_equal(view_slice(&a.b, 1, d, d, &err), AXL_OK);
    ok(b, op_swiglu_forward(&b->ex, &a, &err), &err); // row by row
    a.b = numbers(b, rows, d);
    a.y = numbers(b, rows, d);
    ok(b, op_swiglu_forward(&b->ex, &a, &err), &err);
    ok(b, op_swiglu_backward(&b->ex, &a, &err), &err);
}

static void gate(bench *b) {
    const size_t rows = 801, d = 129;
    axl_error err;
    op_gate a = {.z = numbers(b, rows, 3), .g = numbers(b, rows, 3), .dz = numbers(b, rows, 3)};
    a.y = numbers(b, rows, d);
    a.dy = numbers(b, rows, d);
    for (size_t i = 0; i < 3; i++) {
        a.u[i] = numbers(b, rows, d);
        a.du[i] = numbers(b, rows, d);
    }
    need(b, 0);
    ok(b, op_gate_forward(&b->ex, &a, &err), &err);
    ok(b, op_gate_backward(&b->ex, &a, &err), &err);
}

static void rope(bench *b) {
    const size_t rows = 2503, heads = 4, size = 34, positions = 300;
    axl_error err;
    size_t bytes;
    rope_table table = {.positions = positions, .head_size = size};
    assert_int_equal(rope_table_bytes(positions, size, &bytes, &err), AXL_OK);
    void *memory = arena_alloc(&b->memory, bytes, 64);
    assert_non_null(memory);
    assert_int_equal(rope_table_fill(&table, memory, 10000, &err), AXL_OK);
    const op_rope a = {
        .table = &table,
        .position = whole(b, rows, (uint32_t)positions),
        .x = numbers(b, rows, heads * size),
        .y = numbers(b, rows, heads * size),
    };
    op_rope back = a;
    back.x = back.y = numbers(b, rows, heads * size);
    need(b, 0);
    ok(b, op_rope_forward(&b->ex, &a, &err), &err);
    ok(b, op_rope_backward(&b->ex, &back, &err), &err);
}

static void embed(bench *b) {
    const size_t rows = 703, d = 201, vocabulary = 258;
    axl_error err;
    const op_embed a = {
        .id = ids(b, rows, (uint16_t)vocabulary),
        .e = numbers(b, vocabulary, d),
        .y = numbers(b, rows, d),
        .dy = numbers(b, rows, d),
        .de = numbers(b, vocabulary, d),
    };
    need(b, 0);
    ok(b, op_embed_forward(&b->ex, &a, &err), &err);
    ok(b, op_embed_backward(&b->ex, &a, &err), &err);
}

static void cross_entropy(bench *b) {
    const size_t rows = 5003, n = 66;
    axl_error err;
    double *sum = arena_alloc_array(&b->memory, 2, sizeof *sum, 64);
    uint16_t *target = ids(b, rows, (uint16_t)n);
    for (size_t i = 0; i < rows; i += 7) target[i] = LOSS_IGNORE;
    op_cross_entropy a = {
        .z = numbers(b, rows, n),
        .target = target,
        .weight = 0.5f,
        .loss = numbers(b, 1, rows),
        .sum = sum,
    };
    need(b, 0);
    ok(b, op_cross_entropy_loss(&b->ex, &a, &err), &err);
    a.sum = sum + 1;
    a.loss = numbers(b, 1, rows);
    ok(b, op_cross_entropy_gradient(&b->ex, &a, &err), &err);
}

static void attention(bench *b) {
    const op_attention_sizes s = {3, 3, 18, 45, 50, true};
    const size_t rows = s.batch * s.queries, keys = s.batch * s.keys, d = s.heads * s.size;
    axl_error err;
    op_attention a = {.sizes = s, .scale = 0.25f, .limits_each = true};
    uint32_t *visible = whole(b, rows, 10), *first = whole(b, rows, 2);
    for (size_t i = 0; i < rows; i++) { // each sequence begins elsewhere, none falls
        visible[i] = (uint32_t)(i % s.queries + i / s.queries);
        first[i] = visible[i] > 20 ? visible[i] - 20 : 0;
    }
    a.visible = visible;
    a.first = first;
    a.q = numbers(b, rows, d);
    a.k = numbers(b, keys, d);
    a.v = numbers(b, keys, d);
    a.null_k = numbers(b, s.heads, s.size);
    a.null_v = numbers(b, s.heads, s.size);
    a.o = numbers(b, rows, d);
    a.row_max = numbers(b, s.batch * s.heads, s.queries);
    a.row_sum = numbers(b, s.batch * s.heads, s.queries);
    a.d_o = numbers(b, rows, d);
    a.dq = numbers(b, rows, d);
    a.dk = numbers(b, keys, d);
    a.dv = numbers(b, keys, d);
    a.d_null_k = numbers(b, s.heads, s.size);
    a.d_null_v = numbers(b, s.heads, s.size);
    need(b, op_attention_forward_scratch(&b->ex, &s));
    ok(b, op_attention_forward(&b->ex, &a, &err), &err);
    need(b, op_attention_backward_scratch(&b->ex, &s));
    ok(b, op_attention_backward(&b->ex, &a, &err), &err);
}

// Memory for the panels of w, so that they are compared too.
static linear_panels panels_of(bench *b, const view *w, linear_form form) {
    axl_error err;
    const size_t n = w->shape.dim[0], k = w->shape.dim[1];
    linear_panels p = {.form = form};
    const size_t bytes = linear_panels_bytes(&b->ex, w->type, form, n, k);
    p.data = arena_alloc_array(&b->memory, 1, bytes, 64);
    assert_non_null(p.data);
    need(b, 0);
    ok(b, op_linear_pack(&b->ex, w, &p, &err), &err);
    return p;
}

static void linear_with(bench *b, dtype type) {
    const size_t m = 1031, n = 301, k = 141; // more rows than a round of dw
    axl_error err;
    view w = numbers(b, n, k), x = numbers(b, m, k), dy = numbers(b, m, n);
    if (type == DTYPE_BF16) { // in place: a half of the memory holds the numbers
        dtype_of(type)->from_f32(b->ex.k, w.data, w.data, n * k);
        dtype_of(type)->from_f32(b->ex.k, x.data, x.data, m * k);
        dtype_of(type)->from_f32(b->ex.k, dy.data, dy.data, m * n);
    }
    w.type = x.type = dy.type = type;
    const linear_panels forward = panels_of(b, &w, LINEAR_FORWARD);
    const linear_panels back = panels_of(b, &w, LINEAR_DX);
    const op_linear y = {x, &forward, numbers(b, m, n), false};
    const op_linear dx = {dy, &back, numbers(b, m, k), true};
    const op_linear_dw dw = {x, dy, numbers(b, n, k)};
    need(b, op_linear_scratch(&b->ex, type, m, n, k));
    ok(b, op_linear_apply(&b->ex, &y, &err), &err);
    ok(b, op_linear_apply(&b->ex, &dx, &err), &err);
    ok(b, op_linear_add_dw(&b->ex, &dw, &err), &err);
}

static void linear(bench *b) {
    linear_with(b, DTYPE_F32);
    linear_with(b, DTYPE_BF16);
}

static void vector(bench *b) {
    const size_t n = 50001;
    axl_error err;
    const view y = numbers(b, 1, n), a = numbers(b, 1, n), c = numbers(b, 1, n);
    view half = numbers(b, 1, n), other = numbers(b, 1, n), zeros = numbers(b, 1, n);
    half.type = other.type = zeros.type = DTYPE_BF16;
    need(b, 0);
    ok(b, op_join(&b->ex, &y, &a, &c, &err), &err);
    ok(b, op_add(&b->ex, &y, &c, &err), &err);
    ok(b, op_convert(&b->ex, &half, &y, &err), &err);
    ok(b, op_convert(&b->ex, &a, &half, &err), &err);
    ok(b, op_copy(&b->ex, &other, &half, &err), &err);
    ok(b, op_copy(&b->ex, &c, &y, &err), &err);
    ok(b, op_zero(&b->ex, &zeros, &err), &err);
    const op_dropout drop = {.y = y, .p = 0.3, .key = rng_key(1, 2)};
    ok(b, op_dropout_apply(&b->ex, &drop, &err), &err);
}

static void normalize_with(bench *b, dtype type) {
    const size_t rows = 1501, d = 129;
    axl_error err;
    op_normalize a = {
        .eps = 1e-5f,
        .x = numbers(b, rows, d),
        .y = numbers(b, rows, d),
        .r = numbers(b, 1, rows),
        .dy = numbers(b, rows, d),
        .dx = numbers(b, rows, d),
    };
    a.y.type = type;
    need(b, 0);
    ok(b, op_normalize_forward(&b->ex, &a, &err), &err);
    ok(b, op_normalize_backward(&b->ex, &a, &err), &err);
}

static void normalize(bench *b) {
    normalize_with(b, DTYPE_F32);
    normalize_with(b, DTYPE_BF16);
}

// Parts that end inside blocks and tiles; two of them share a gain.
static void weight(bench *b) {
    const size_t n = 901, k = 533;
    axl_error err;
    const view w = numbers(b, n, k), g = numbers(b, n, k);
    op_weight a = {.w = w, .scale = number_array(b, n), .dscale = number_array(b, n)};
    const float *gain = number_array(b, k);
    float *dgain = number_array(b, k);
    a.part_count = 3;
    a.part[0] = (weight_part){301, gain, dgain};
    a.part[1] = (weight_part){31, number_array(b, k), number_array(b, k)};
    a.part[2] = (weight_part){569, gain, dgain};
    for (int form = 0; form < 2; form++)
        for (int half = 0; half < 2; half++) {
            const dtype type = half ? DTYPE_BF16 : DTYPE_F32;
            linear_panels p = {.form = form ? LINEAR_DX : LINEAR_FORWARD};
            p.data = arena_alloc(&b->memory, linear_panels_bytes(&b->ex, type, p.form, n, k), 64);
            assert_non_null(p.data);
            need(b, op_weight_scratch(&b->ex, &a));
            ok(b, op_weight_pack(&b->ex, &a, type, &p, &err), &err);
        }
    ok(b, op_weight_unfold(&b->ex, &a, &g, &err), &err);
}

static void few_rows(bench *b) {
    const size_t m = 11, n = 1001, k = 141;
    axl_error err;
    op_rows a = {.x = numbers(b, m, k), .w = numbers(b, n, k), .y = numbers(b, m, n)};
    a.scale = numbers(b, 1, n);
    need(b, 0);
    ok(b, op_rows_apply(&b->ex, &a, &err), &err);
    dtype_of(DTYPE_BF16)->from_f32(b->ex.k, a.w.data, a.w.data, n * k);
    a.w.type = DTYPE_BF16;
    a.scale.data = NULL;
    a.add = true;
    ok(b, op_rows_apply(&b->ex, &a, &err), &err);
}

static const size_t lengths[] = {100003, 7, 0, 40000, 16384};

static void reduce(bench *b) {
    axl_error err;
    view list[COUNT_OF(lengths)];
    double *norm = arena_alloc_array(&b->memory, 1, sizeof *norm, 64);
    for (size_t i = 0; i < COUNT_OF(lengths); i++) list[i] = numbers(b, 1, lengths[i]);
    need(b, op_reduce_norm_scratch(list, COUNT_OF(lengths)));
    ok(b, op_reduce_norm(&b->ex, list, COUNT_OF(lengths), norm, &err), &err);
}

static void update_with(bench *b, op_update_rule rule, dtype m_type) {
    axl_error err;
    op_update_tensor list[COUNT_OF(lengths)] = {0};
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        op_update_tensor *e = &list[i];
        e->w = numbers(b, 1, lengths[i]);
        e->g = numbers(b, 1, lengths[i]);
        e->v = numbers(b, 1, lengths[i]);
        for (size_t j = 0; j < lengths[i]; j++) ((float *)e->v.data)[j] += 1;
        e->m = numbers(b, 1, lengths[i]);
        if (m_type == DTYPE_BF16) { // half of the memory, whose numbers are finite as bf16 too
            memset(e->m.data, 0x3C, lengths[i] * sizeof(float));
            e->m.type = DTYPE_BF16;
        }
        e->copy = numbers(b, 1, lengths[i]);
        e->copy.type = DTYPE_BF16;
        e->decay = 0.1f;
    }
    const op_update a = {
        .rule = rule,
        .list = list,
        .count = COUNT_OF(lengths),
        .g_scale = 0.5f,
        .rate = 0.01f,
        .beta1 = 0.9f,
        .beta2 = 0.99f,
        .eps = 1e-8f,
        .step = 3,
    };
    need(b, op_update_scratch(COUNT_OF(lengths)));
    ok(b, op_update_step(&b->ex, &a, &err), &err);
}

static void update(bench *b) {
    update_with(b, OP_UPDATE_LION, DTYPE_BF16);
    update_with(b, OP_UPDATE_SGD, DTYPE_F32);
    update_with(b, OP_UPDATE_ADAMW, DTYPE_F32);
}

static const struct {
    const char *name;
    op_case *run;
} cases[] = {
    {"rmsnorm", rmsnorm},
    {"scale", scale},
    {"swiglu", swiglu},
    {"gate", gate},
    {"rope", rope},
    {"embed", embed},
    {"cross entropy", cross_entropy},
    {"attention", attention},
    {"linear", linear},
    {"vector", vector},
    {"normalize", normalize},
    {"weight", weight},
    {"rows", few_rows},
    {"reduce", reduce},
    {"update", update},
};

static void run_case(size_t i, kernel_level level, size_t threads, bench *b) {
    kernels k;
    pool *p = NULL;
    assert_true(kernels_select(level, &k));
    if (threads > 0) assert_int_equal(pool_create(&p, threads, NULL), AXL_OK);
    b->ex = (exec){.k = &k, .p = p};
    arena_reset(&b->memory);
    failing_alloc_fail_at(1, true);
    cases[i].run(b);
    assert_int_equal(failing_alloc_calls(), 0);
    failing_alloc_fail_at(0, false);
    pool_free(p);
}

static void same_bits_at_any_thread_count(void **state) {
    (void)state;
    static const size_t threads[] = {1, 2, 3, 4, 8};
    bench alone = {0}, many = {0};
    arena scratch;
    failing_alloc_install();
    assert_int_equal(arena_create(&alone.memory, MEMORY, NULL), AXL_OK);
    assert_int_equal(arena_create(&many.memory, MEMORY, NULL), AXL_OK);
    assert_int_equal(arena_create(&scratch, SCRATCH, NULL), AXL_OK);
    alone.scratch = many.scratch = scratch.base;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        memset(alone.memory.base, 0, MEMORY); // the gaps that alignment leaves are compared too
        memset(many.memory.base, 0, MEMORY);
        for (int level = 0; level < KERNEL_LEVELS; level++) {
            if (!kernels_level_runs((kernel_level)level)) continue;
            run_case(i, (kernel_level)level, 0, &alone);
            for (size_t t = 0; t < COUNT_OF(threads); t++) {
                run_case(i, (kernel_level)level, threads[t], &many);
                assert_int_equal(many.memory.used, alone.memory.used);
                if (memcmp(many.memory.base, alone.memory.base, alone.memory.used) != 0) {
                    fail_msg("%s at level %s: other bits with %zu threads", cases[i].name,
                             kernels_level_name((kernel_level)level), threads[t]);
                }
            }
        }
    }
    arena_free(&alone.memory);
    arena_free(&many.memory);
    arena_free(&scratch);
    failing_alloc_remove();
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(same_bits_at_any_thread_count)};
    return cmocka_run_group_tests_name("ops_threads", tests, NULL, NULL);
}
