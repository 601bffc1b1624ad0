// Operands that do not fit are errors with a text that names op and operand; nothing is computed.
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

#include <math.h>
#include <string.h>

enum { ROWS = 4, D = 6 };

static _Alignas(64) float numbers[64 * 64];
static _Alignas(64) unsigned char scratch[1 << 16];
static kernels table;
static exec ex;
static axl_error err;

static view mat(size_t rows, size_t cols) {
    return view_f32(numbers, rows, cols);
}

static view strided(size_t rows, size_t cols) {
    view v = view_f32(numbers, rows, cols + 1);
    assert_int_equal(view_slice(&v, 1, 0, cols, NULL), AXL_OK);
    return v;
}

static int set_up(void **state) {
    (void)state;
    if (!kernels_select(KERNEL_SCALAR, &table)) return -1;
    ex = (exec){.k = &table, .scratch = scratch, .scratch_bytes = sizeof scratch};
    return 0;
}

// The call must fail with a text that has these words, and leave the numbers alone.
static void refused(axl_status got, axl_status want, const char *words) {
    if (got != want) fail_msg("%s instead of %s", axl_status_name(got), axl_status_name(want));
    if (!strstr(err.text, words)) fail_msg("\"%s\" does not say \"%s\"", err.text, words);
    for (size_t i = 0; i < COUNT_OF(numbers); i++) assert_true(numbers[i] == 0);
}

static void rmsnorm(void **state) {
    (void)state;
    op_rmsnorm a = {.eps = 1, .x = mat(ROWS, D), .gain = mat(1, D), .y = mat(ROWS, D)};
    a.r = mat(1, ROWS);
    a.dy = a.dx = a.x;
    a.dgain = a.gain;
    op_rmsnorm b = a;
    b.gain = mat(1, D + 1);
    refused(op_rmsnorm_forward(&ex, &b, &err), AXL_BAD_ARGUMENT,
            "rmsnorm: gain is f32 [1, 7], expected f32 [6]");
    b = a;
    b.y = mat(D, ROWS);
    refused(op_rmsnorm_forward(&ex, &b, &err), AXL_BAD_ARGUMENT, "y is f32 [6, 4]");
    b = a;
    b.x.data = NULL;
    refused(op_rmsnorm_forward(&ex, &b, &err), AXL_BAD_ARGUMENT, "rmsnorm: x is not given");
    b = a;
    b.x.type = DTYPE_BF16;
    refused(op_rmsnorm_forward(&ex, &b, &err), AXL_BAD_ARGUMENT, "bf16");
    b = a;
    b.x = strided(ROWS, D);
    refused(op_rmsnorm_forward(&ex, &b, &err), AXL_BAD_ARGUMENT, "x are not contiguous");
    b = a;
    b.r = mat(1, ROWS + 1);
    refused(op_rmsnorm_forward(&ex, &b, &err), AXL_BAD_ARGUMENT, "r is");
    refused(op_rmsnorm_backward(&ex, &b, &err), AXL_BAD_ARGUMENT, "r is");
    b = a;
    b.r.data = NULL;
    refused(op_rmsnorm_backward(&ex, &b, &err), AXL_BAD_ARGUMENT, "r is not given");
    b = a;
    b.dgain.data = NULL;
    refused(op_rmsnorm_backward(&ex, &b, &err), AXL_BAD_ARGUMENT, "dgain is not given");
    exec little = ex;
    little.scratch_bytes = op_rmsnorm_scratch(ROWS, D) - 1;
    refused(op_rmsnorm_backward(&little, &a, &err), AXL_INTERNAL, "scratch");
    little.scratch_bytes = sizeof scratch - 4;
    little.scratch = scratch + 4;
    refused(op_rmsnorm_backward(&little, &a, &err), AXL_INTERNAL, "aligned");
    assert_int_equal(op_rmsnorm_scratch(SIZE_MAX / 4, SIZE_MAX / 4), EXEC_TOO_LARGE);
}

static void scale(void **state) {
    (void)state;
    const op_scale a = {mat(ROWS, D), mat(1, D),    mat(ROWS, D),
                        mat(ROWS, D), mat(ROWS, D), mat(1, D)};
    op_scale b = a;
    b.s = mat(1, ROWS);
    refused(op_scale_forward(&ex, &b, &err), AXL_BAD_ARGUMENT, "scale: s is");
    b = a;
    b.h = mat(ROWS + 1, D);
    refused(op_scale_forward(&ex, &b, &err), AXL_BAD_ARGUMENT, "scale: h is");
    b = a;
    b.dh.data = NULL;
    refused(op_scale_backward(&ex, &b, &err), AXL_BAD_ARGUMENT, "dh is not given");
    b = a;
    b.ds = mat(1, D - 1);
    refused(op_scale_backward(&ex, &b, &err), AXL_BAD_ARGUMENT, "ds is");
}

static void swiglu(void **state) {
    (void)state;
    op_swiglu a = {.a = mat(ROWS, D), .b = mat(ROWS, D), .y = mat(ROWS, D - 1)};
    refused(op_swiglu_forward(&ex, &a, &err), AXL_BAD_ARGUMENT, "swiglu: y is");
    refused(op_swiglu_backward(&ex, &a, &err), AXL_BAD_ARGUMENT, "dy is not given");
    a.a.stride[1] = 2;
    refused(op_swiglu_forward(&ex, &a, &err), AXL_BAD_ARGUMENT, "uneven strides");
}

static void gate(void **state) {
    (void)state;
    op_gate a = {.z = mat(ROWS, 3), .g = mat(ROWS, 3), .y = mat(ROWS, D)};
    for (size_t i = 0; i < 3; i++) a.u[i] = mat(ROWS, D);
    op_gate b = a;
    b.u[2] = mat(ROWS, D + 1);
    refused(op_gate_forward(&ex, &b, &err), AXL_BAD_ARGUMENT, "gate: u2 is");
    b = a;
    b.z = mat(ROWS, 4);
    refused(op_gate_forward(&ex, &b, &err), AXL_BAD_ARGUMENT, "expected f32 [4, 3]");
    refused(op_gate_backward(&ex, &a, &err), AXL_BAD_ARGUMENT, "dy is not given");
}

static void rope(void **state) {
    (void)state;
    size_t bytes;
    refused(rope_table_bytes(8, 3, &bytes, &err), AXL_BAD_ARGUMENT, "no pairs");
    refused(rope_table_bytes(8, 0, &bytes, &err), AXL_BAD_ARGUMENT, "no pairs");
    refused(rope_table_bytes(SIZE_MAX, 2, &bytes, &err), AXL_TOO_LARGE, "too large");
    static float memory[8 * 2 * 2];
    rope_table t = {.positions = 8, .head_size = 2};
    refused(rope_table_fill(&t, memory, 0.5, &err), AXL_BAD_ARGUMENT, "theta");
    refused(rope_table_fill(&t, memory, (double)NAN, &err), AXL_BAD_ARGUMENT, "theta");
    assert_int_equal(rope_table_fill(&t, memory, 10000, &err), AXL_OK);
    static const uint32_t position[ROWS] = {0, 7, 1, 8};
    op_rope a = {&t, position, mat(ROWS, D), mat(ROWS, D)};
    refused(op_rope_forward(&ex, &a, &err), AXL_BAD_ARGUMENT, "rope: position 8 of row 3");
    refused(op_rope_backward(&ex, &a, &err), AXL_BAD_ARGUMENT, "rope backward: position 8");
    a.x = a.y = mat(ROWS - 1, D - 1);
    refused(op_rope_forward(&ex, &a, &err), AXL_BAD_ARGUMENT, "whole heads of 2");
    a.x = mat(ROWS - 1, D);
    refused(op_rope_forward(&ex, &a, &err), AXL_BAD_ARGUMENT, "y is");
    a.y = strided(ROWS - 1, D);
    refused(op_rope_forward(&ex, &a, &err), AXL_BAD_ARGUMENT, "overlaps");
    a.y = a.x;
    a.position = NULL;
    refused(op_rope_forward(&ex, &a, &err), AXL_BAD_ARGUMENT, "position is not given");
    a.table = NULL;
    refused(op_rope_forward(&ex, &a, &err), AXL_BAD_ARGUMENT, "table is not given");
}

static void embed(void **state) {
    (void)state;
    static const uint16_t id[ROWS] = {0, 4, 5, 1};
    op_embed a = {.id = id, .e = mat(5, D), .y = mat(ROWS, D), .dy = mat(ROWS, D), .de = mat(5, D)};
    refused(op_embed_forward(&ex, &a, &err), AXL_BAD_ARGUMENT,
            "embed: id 5 of row 2 is not in the vocabulary of 5");
    refused(op_embed_backward(&ex, &a, &err), AXL_BAD_ARGUMENT, "id 5 of row 2");
    a.e = mat(6, D);
    a.y = mat(ROWS, D + 1);
    refused(op_embed_forward(&ex, &a, &err), AXL_BAD_ARGUMENT, "embed: y is");
    a.id = NULL;
    a.y = mat(ROWS, D);
    refused(op_embed_forward(&ex, &a, &err), AXL_BAD_ARGUMENT, "id is not given");
}

static void cross_entropy(void **state) {
    (void)state;
    static const uint16_t target[ROWS] = {0, LOSS_IGNORE, 6, 1};
    double sum;
    op_cross_entropy a = {mat(ROWS, D), target, 1, mat(1, ROWS), &sum};
    refused(op_cross_entropy_gradient(&ex, &a, &err), AXL_BAD_ARGUMENT,
            "cross entropy: target 6 of row 2, there are 6 classes");
    a.loss = mat(1, D);
    refused(op_cross_entropy_loss(&ex, &a, &err), AXL_BAD_ARGUMENT, "loss is");
    a.loss = mat(1, ROWS);
    a.sum = NULL;
    refused(op_cross_entropy_loss(&ex, &a, &err), AXL_BAD_ARGUMENT, "sum is not given");
    a.sum = &sum;
    a.z = mat(ROWS, 0);
    refused(op_cross_entropy_loss(&ex, &a, &err), AXL_BAD_ARGUMENT, "0 classes");
    a.z = mat(ROWS, D);
    a.target = NULL;
    refused(op_cross_entropy_loss(&ex, &a, &err), AXL_BAD_ARGUMENT, "target is not given");
}

static void attention(void **state) {
    (void)state;
    static const uint32_t visible[3] = {1, 2, 3}, falling[3] = {2, 1, 3}, beyond[3] = {1, 2, 5};
    op_attention a = {.sizes = {2, 1, 2, 3, 4, false}, .scale = 1, .visible = visible};
    a.q = a.o = mat(6, 2);
    a.k = a.v = mat(8, 2);
    a.row_max = a.row_sum = mat(2, 3);
    op_attention b = a;
    b.k = mat(6, 2);
    refused(op_attention_forward(&ex, &b, &err), AXL_BAD_ARGUMENT, "attention: k is");
    b = a;
    b.row_sum = mat(3, 3);
    refused(op_attention_forward(&ex, &b, &err), AXL_BAD_ARGUMENT, "row_sum is");
    b = a;
    b.visible = falling;
    refused(op_attention_forward(&ex, &b, &err), AXL_BAD_ARGUMENT, "query 1 sees fewer");
    b.visible = visible;
    b.first = falling;
    refused(op_attention_forward(&ex, &b, &err), AXL_BAD_ARGUMENT, "window of query 1");
    b.first = NULL;
    b.visible = beyond;
    refused(op_attention_forward(&ex, &b, &err), AXL_BAD_ARGUMENT, "query 2 sees 5 keys");
    b.visible = NULL;
    refused(op_attention_forward(&ex, &b, &err), AXL_BAD_ARGUMENT, "visible is not given");
    b = a;
    b.sizes.size = 3;
    refused(op_attention_forward(&ex, &b, &err), AXL_BAD_ARGUMENT, "not even");
    b.sizes.size = (size_t)1 << 24;
    refused(op_attention_forward(&ex, &b, &err), AXL_TOO_LARGE, "too large");
    assert_int_equal(op_attention_backward_scratch(&ex, &b.sizes), EXEC_TOO_LARGE);
    b = a;
    b.sizes.null_key = true;
    refused(op_attention_forward(&ex, &b, &err), AXL_BAD_ARGUMENT, "null_k is not given");
    refused(op_attention_backward(&ex, &a, &err), AXL_BAD_ARGUMENT, "d_o is not given");
}

static void linear(void **state) {
    (void)state;
    static _Alignas(64) unsigned char memory[4096];
    view w = mat(3, D); // n 3, k 6
    linear_panels panels = {.data = memory, .form = LINEAR_FORWARD};
    assert_true(linear_panels_bytes(&ex, DTYPE_F32, LINEAR_FORWARD, 3, D) <= sizeof memory);
    assert_int_equal(op_linear_pack(&ex, &w, &panels, &err), AXL_OK);
    op_linear a = {mat(ROWS, D), &panels, mat(ROWS, 3), false};
    op_linear b = a;
    b.in = mat(ROWS, D + 1);
    refused(op_linear_apply(&ex, &b, &err), AXL_BAD_ARGUMENT, "rows of 7 f32, the weight takes 6");
    b = a;
    b.in.type = DTYPE_BF16;
    refused(op_linear_apply(&ex, &b, &err), AXL_BAD_ARGUMENT, "rows of 6 bf16");
    b = a;
    b.out = mat(ROWS, 4);
    refused(op_linear_apply(&ex, &b, &err), AXL_BAD_ARGUMENT, "the output is");
    op_linear_dw dw = {mat(ROWS, D), mat(ROWS + 1, 3), mat(3, D)};
    refused(op_linear_add_dw(&ex, &dw, &err), AXL_BAD_ARGUMENT, "x has 4 rows");
    dw.dy = mat(ROWS, 3);
    dw.dw = mat(D, 3);
    refused(op_linear_add_dw(&ex, &dw, &err), AXL_BAD_ARGUMENT, "dw is f32 [6, 3]");
    dw.dw = mat(3, D);
    exec none = ex;
    none.scratch_bytes = 0;
    refused(op_linear_add_dw(&none, &dw, &err), AXL_INTERNAL, "scratch");
    w.type = DTYPE_I32;
    refused(op_linear_pack(&ex, &w, &panels, &err), AXL_BAD_ARGUMENT, "should be rows of f32");
    assert_int_equal(op_linear_scratch(&ex, DTYPE_F32, SIZE_MAX / 2, D, D), EXEC_TOO_LARGE);
    assert_int_equal(linear_panels_bytes(&ex, DTYPE_I8, LINEAR_DX, 3, D), EXEC_TOO_LARGE);
}

static void vectors(void **state) {
    (void)state;
    const view y = mat(ROWS, D), more = mat(ROWS + 1, D), gaps = strided(ROWS, D);
    view none = y, half = y, whole = y;
    none.data = NULL;
    half.type = DTYPE_BF16;
    whole.type = DTYPE_I32;
    refused(op_zero(&ex, &gaps, &err), AXL_BAD_ARGUMENT, "zero: y");
    refused(op_zero(&ex, &whole, &err), AXL_BAD_ARGUMENT, "zero: y is i32");
    refused(op_copy(&ex, &y, &more, &err), AXL_BAD_ARGUMENT,
            "copy: x is f32 [5, 6], expected f32 [24]");
    refused(op_copy(&ex, &y, &half, &err), AXL_BAD_ARGUMENT, "copy: x is bf16");
    refused(op_copy(&ex, &half, &y, &err), AXL_BAD_ARGUMENT, "copy: x is f32");
    refused(op_add(&ex, &y, &none, &err), AXL_BAD_ARGUMENT, "add: x is not given");
    refused(op_add(&ex, &half, &half, &err), AXL_BAD_ARGUMENT, "add: y is bf16");
    refused(op_join(&ex, &y, &y, &more, &err), AXL_BAD_ARGUMENT, "join: b is");
    refused(op_join(&ex, &y, &gaps, &y, &err), AXL_BAD_ARGUMENT, "join: a");
    refused(op_convert(&ex, &y, &y, &err), AXL_BAD_ARGUMENT, "convert: x is f32");
    refused(op_convert(&ex, &half, &half, &err), AXL_BAD_ARGUMENT, "convert: x is bf16");
    refused(op_convert(&ex, &half, &more, &err), AXL_BAD_ARGUMENT, "convert: x is");
    static const double wrong[] = {-0.1, 1, 2, (double)NAN};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        const op_dropout a = {.y = y, .p = wrong[i]};
        refused(op_dropout_apply(&ex, &a, &err), AXL_BAD_ARGUMENT, "dropout: p is");
    }
    const op_dropout b = {.y = half};
    refused(op_dropout_apply(&ex, &b, &err), AXL_BAD_ARGUMENT, "dropout: y is bf16");
}

static void normalize(void **state) {
    (void)state;
    op_normalize a = {.eps = 1, .x = mat(ROWS, D), .y = mat(ROWS, D), .r = mat(1, ROWS)};
    a.dy = a.dx = a.x;
    op_normalize b = a;
    b.y = mat(D, ROWS);
    refused(op_normalize_forward(&ex, &b, &err), AXL_BAD_ARGUMENT, "normalize: y is f32 [6, 4]");
    refused(op_normalize_backward(&ex, &b, &err), AXL_BAD_ARGUMENT, "normalize backward: y is");
    b = a;
    b.y.type = DTYPE_F16;
    refused(op_normalize_forward(&ex, &b, &err), AXL_BAD_ARGUMENT, "y is f16");
    b = a;
    b.x = strided(ROWS, D);
    refused(op_normalize_forward(&ex, &b, &err), AXL_BAD_ARGUMENT, "x are not contiguous");
    b = a;
    b.r = mat(1, D);
    refused(op_normalize_forward(&ex, &b, &err), AXL_BAD_ARGUMENT, "r is");
    b.r.data = NULL;
    refused(op_normalize_backward(&ex, &b, &err), AXL_BAD_ARGUMENT, "r is not given");
    b = a;
    b.dy = mat(ROWS + 1, D);
    refused(op_normalize_backward(&ex, &b, &err), AXL_BAD_ARGUMENT, "dy is");
    b.dx.data = NULL;
    refused(op_normalize_backward(&ex, &b, &err), AXL_BAD_ARGUMENT, "dx is not given");
}

static void weight(void **state) {
    (void)state;
    static _Alignas(64) unsigned char memory[4096];
    linear_panels panels = {.data = memory, .form = LINEAR_DX};
    const view g = mat(ROWS, D), wide = mat(ROWS, D + 1);
    op_weight a = {.w = mat(ROWS, D), .scale = numbers, .part_count = 2};
    a.part[0].rows = 3;
    a.part[1].rows = 2;
    refused(op_weight_pack(&ex, &a, DTYPE_F32, &panels, &err), AXL_BAD_ARGUMENT,
            "weight: part 1 of 2 rows is beyond the 4 of w");
    refused(op_weight_unfold(&ex, &a, &g, &err), AXL_BAD_ARGUMENT, "weight unfold: part 1");
    a.part[1].rows = 0;
    refused(op_weight_pack(&ex, &a, DTYPE_F32, &panels, &err), AXL_BAD_ARGUMENT,
            "the parts have 3 rows, w has 4");
    a.part[0].rows = SIZE_MAX;
    a.part[1].rows = 5;
    refused(op_weight_pack(&ex, &a, DTYPE_F32, &panels, &err), AXL_BAD_ARGUMENT, "part 0");
    a.part_count = WEIGHT_PARTS + 1;
    refused(op_weight_pack(&ex, &a, DTYPE_F32, &panels, &err), AXL_BAD_ARGUMENT, "7 parts");
    a.part_count = 0;
    refused(op_weight_pack(&ex, &a, DTYPE_F16, &panels, &err), AXL_BAD_ARGUMENT, "f32 and bf16");
    refused(op_weight_unfold(&ex, &a, &wide, &err), AXL_BAD_ARGUMENT, "weight unfold: g is");
    exec none = ex;
    none.scratch_bytes = 0;
    refused(op_weight_pack(&none, &a, DTYPE_F32, &panels, &err), AXL_INTERNAL, "scratch");
    a.part_count = 1;
    a.part[0] = (weight_part){ROWS, numbers, numbers};
    refused(op_weight_unfold(&none, &a, &g, &err), AXL_INTERNAL, "scratch");
    panels.data = NULL;
    refused(op_weight_pack(&ex, &a, DTYPE_F32, &panels, &err), AXL_BAD_ARGUMENT, "no memory");
    a.w.type = DTYPE_BF16;
    refused(op_weight_pack(&ex, &a, DTYPE_F32, &panels, &err), AXL_BAD_ARGUMENT, "w is bf16");
    a.w.data = NULL;
    refused(op_weight_pack(&ex, &a, DTYPE_F32, &panels, &err), AXL_BAD_ARGUMENT, "w is not given");
}

static void rows(void **state) {
    (void)state;
    const op_rows a = {.x = mat(2, D), .w = mat(3, D), .y = mat(2, 3), .scale = mat(1, 3)};
    op_rows b = a;
    b.x = mat(2, D + 1);
    refused(op_rows_apply(&ex, &b, &err), AXL_BAD_ARGUMENT, "rows: w is f32 [3, 6]");
    b = a;
    b.y = mat(2, 4);
    refused(op_rows_apply(&ex, &b, &err), AXL_BAD_ARGUMENT, "rows: y is");
    b = a;
    b.scale = mat(1, 2);
    refused(op_rows_apply(&ex, &b, &err), AXL_BAD_ARGUMENT, "rows: scale is");
    b = a;
    b.w.type = DTYPE_I8;
    refused(op_rows_apply(&ex, &b, &err), AXL_BAD_ARGUMENT, "rows: w is i8");
    b = a;
    b.w.data = NULL;
    refused(op_rows_apply(&ex, &b, &err), AXL_BAD_ARGUMENT, "rows: w is not given");
    b = a;
    b.x.type = DTYPE_BF16;
    refused(op_rows_apply(&ex, &b, &err), AXL_BAD_ARGUMENT, "rows: x is bf16");
}

static void lists(void **state) {
    (void)state;
    double norm = -1;
    const view bad[] = {mat(ROWS, D), strided(ROWS, D)};
    refused(op_reduce_norm(&ex, bad, 2, &norm, &err), AXL_BAD_ARGUMENT, "norm: a gradient");
    assert_true(norm == -1);
    op_update_tensor e = {.w = mat(ROWS, D), .g = mat(ROWS, D + 1), .m = mat(ROWS, D)};
    op_update a = {.rule = OP_UPDATE_LION, .list = &e, .count = 1, .step = 1};
    refused(op_update_step(&ex, &a, &err), AXL_BAD_ARGUMENT, "update: g is");
    e.g = mat(ROWS, D);
    a.rule = OP_UPDATE_ADAMW;
    refused(op_update_step(&ex, &a, &err), AXL_BAD_ARGUMENT, "v is not given");
    e.v = mat(ROWS, D);
    a.step = 0;
    refused(op_update_step(&ex, &a, &err), AXL_BAD_ARGUMENT, "from 1");
    a.step = 1;
    e.m.data = NULL;
    refused(op_update_step(&ex, &a, &err), AXL_BAD_ARGUMENT, "m is not given");
    e.m = mat(ROWS, D);
    e.copy = mat(ROWS, D);
    refused(op_update_step(&ex, &a, &err), AXL_BAD_ARGUMENT, "copy is f32");
    a.rule = (op_update_rule)7;
    refused(op_update_step(&ex, &a, &err), AXL_BAD_ARGUMENT, "unknown rule 7");
    assert_int_equal(op_update_scratch(SIZE_MAX), EXEC_TOO_LARGE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rmsnorm),       cmocka_unit_test(scale),   cmocka_unit_test(swiglu),
        cmocka_unit_test(gate),          cmocka_unit_test(rope),    cmocka_unit_test(embed),
        cmocka_unit_test(lists),         cmocka_unit_test(linear),  cmocka_unit_test(attention),
        cmocka_unit_test(cross_entropy), cmocka_unit_test(vectors), cmocka_unit_test(normalize),
        cmocka_unit_test(weight),        cmocka_unit_test(rows),
    };
    return cmocka_run_group_tests_name("ops_refuse", tests, set_up, NULL);
}
