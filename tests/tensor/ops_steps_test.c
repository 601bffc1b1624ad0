// The values of the small steps of a model and of folded weights, at every level.
#include "base/alloc.h"
#include "base/rng.h"
#include "support/unit.h"
#include "tensor/op_dropout.h"
#include "tensor/op_normalize.h"
#include "tensor/op_rows.h"
#include "tensor/op_vector.h"
#include "tensor/op_weight.h"

#include <math.h>
#include <string.h>

enum { N = 40003 }; // three tiles, the last one short

static _Alignas(64) unsigned char scratch[3 << 20];
static float x[N], y[N], z[N];
static bf16 h[N];
static exec ex;
static axl_error err;

static void each_level(void (*test)(void)) {
    for (int level = 0; level < KERNEL_LEVELS; level++) {
        kernels k;
        if (!kernels_select((kernel_level)level, &k)) continue;
        ex = (exec){.k = &k, .scratch = scratch, .scratch_bytes = sizeof scratch};
        test();
    }
}

static void ok(axl_status status) {
    if (status != AXL_OK) fail_msg("%s: %s", axl_status_name(status), err.text);
}

static void fill(float *to, size_t n, uint64_t seed) {
    rng_fill_normal(rng_key(seed, n), 0, to, n);
}

static view narrow(bf16 *data, size_t rows, size_t cols) {
    view v;
    ok(view_make(&v, data, DTYPE_BF16, SHAPE(rows, cols), &err));
    return v;
}

// ---- whole arrays ----

static void vectors_are_right(void) {
    const view vx = view_f32(x, 1, N), vy = view_f32(y, 1, N), vz = view_f32(z, N, 1);
    const view vh = narrow(h, 1, N);
    fill(x, N, 1);
    memset(y, 0xFF, sizeof y);
    ok(op_copy(&ex, &vy, &vx, &err));
    assert_memory_equal(x, y, sizeof x);
    ok(op_copy(&ex, &vz, &vx, &err));
    ok(op_add(&ex, &vy, &vz, &err)); // y = 2 x
    for (size_t i = 0; i < N; i++) assert_true(y[i] == 2 * x[i]);
    ok(op_join(&ex, &vz, &vy, &vy, &err)); // 2 x + 2 x - x
    for (size_t i = 0; i < N; i++) assert_true(z[i] == 3 * x[i] || fabsf(z[i] / x[i] - 3) < 1e-6f);
    ok(op_convert(&ex, &vh, &vx, &err));
    ok(op_convert(&ex, &vz, &vh, &err));
    for (size_t i = 0; i < N; i++) assert_true(fabsf(z[i] - x[i]) <= fabsf(x[i]) / 256);
    memset(y, 0xFF, sizeof y);
    view half_y = narrow((bf16 *)(void *)y, 1, N);
    ok(op_copy(&ex, &half_y, &vh, &err));
    assert_memory_equal(h, y, sizeof h);
    assert_true(isnan(y[N - 1])); // bf16 copies half of the bytes
    ok(op_zero(&ex, &vh, &err));
    for (size_t i = 0; i < N; i++) assert_int_equal(h[i], 0);
    ok(op_zero(&ex, &vx, &err));
    for (size_t i = 0; i < N; i++) assert_true(x[i] == 0);
}

// Both paths started from h: where neither added anything, the join is h exactly.
static void join_of_nothing_is_exact(void) {
    const view a = view_f32(x, 1, N), b = view_f32(y, 1, N);
    fill(x, N, 2);
    for (size_t i = 0; i < N; i++) x[i] *= 1e30f;
    memcpy(y, x, sizeof x);
    ok(op_join(&ex, &b, &a, &a, &err));
    assert_memory_equal(x, y, sizeof x);
}

// ---- dropout ----

static void drop(double p, rng key, size_t first, size_t count) {
    const op_dropout a = {.y = view_f32(y + first, 1, count), .p = p, .key = key};
    ok(op_dropout_apply(&ex, &a, &err));
}

static void dropout_is_right(void) {
    static const double rates[] = {0.1, 0.5, 0.9};
    for (size_t r = 0; r < COUNT_OF(rates); r++) {
        const double p = rates[r];
        const rng key = rng_key(3, r);
        fill(x, N, 4);
        memcpy(y, x, sizeof x);
        drop(p, key, 0, N);
        size_t dropped = 0;
        for (size_t i = 0; i < N; i++) {
            const bool kept = rng_u32(key, i) >= (uint32_t)(p * 0x1p32);
            dropped += !kept;
            assert_true(kept ? fabs((double)y[i] - (double)x[i] / (1 - p)) <=
                                   1e-6 * fabs((double)x[i] / (1 - p))
                             : y[i] == 0);
        }
        // Within six deviations of the expected number.
        assert_true(fabs((double)dropped - p * N) <= 6 * sqrt(p * (1 - p) * N));
    }
}

// The mask of an element depends on its place alone; a rate of 0 changes nothing, and the largest
// below 1 has a finite factor.
static void dropout_at_its_ends(void) {
    const rng key = rng_key(5, 6);
    for (size_t i = 0; i < N; i++) x[i] = y[i] = 1;
    drop(0, key, 0, N);
    assert_memory_equal(x, y, sizeof x);
    drop(0.5, key, 0, N);
    memcpy(z, y, sizeof y);
    for (size_t i = 0; i < N; i++) y[i] = 1;
    drop(0.5, key, 0, 20001);
    assert_memory_equal(z, y, 20001 * sizeof *y);
    y[0] = y[1] = y[2] = NAN;
    drop(nextafter(1, 0), key, 0, 3);
    for (size_t i = 0; i < 3; i++) assert_true(isnan(y[i]));
    for (size_t i = 0; i < 100; i++) y[i] = 1e-20f;
    drop(nextafter(1, 0), key, 0, 100);
    for (size_t i = 0; i < 100; i++) assert_true(isfinite(y[i]));
}

// ---- few rows ----

typedef struct rows_case {
    size_t m, n, k;
    bool add, scaled;
    dtype type;
} rows_case;

static void check_rows(const rows_case *c) {
    enum { GAP = 3 };
    const size_t ldx = c->k + GAP, ldy = c->n + GAP;
    static float scale[512], old[N];
    fill(x, c->m * ldx, 7);
    fill(z, c->n * c->k, 8);
    fill(y, c->m * ldy, 9);
    fill(scale, c->n, 10);
    memcpy(old, y, c->m * ldy * sizeof *y);
    if (c->type != DTYPE_F32) { // z becomes what h holds
        dtype_of(c->type)->from_f32(ex.k, h, z, c->n * c->k);
        dtype_of(c->type)->to_f32(ex.k, z, h, c->n * c->k);
    }
    op_rows a = {.x = view_f32(x, c->m, ldx), .y = view_f32(y, c->m, ldy), .add = c->add};
    void *const w = c->type == DTYPE_F32 ? (void *)z : (void *)h;
    ok(view_make(&a.w, w, c->type, SHAPE(c->n, c->k), &err));
    ok(view_slice(&a.x, 1, 0, c->k, &err));
    ok(view_slice(&a.y, 1, 0, c->n, &err));
    if (c->scaled) a.scale = view_f32(scale, 1, c->n);
    ok(op_rows_apply(&ex, &a, &err));
    for (size_t i = 0; i < c->m; i++)
        for (size_t j = 0; j < ldy; j++) {
            const double before = (double)old[i * ldy + j];
            double sum = 0, size = 0;
            for (size_t l = 0; l < c->k && j < c->n; l++) {
                const double term = (double)x[i * ldx + l] * (double)z[j * c->k + l];
                sum += term;
                size += fabs(term);
            }
            const bool gap = j >= c->n; // stays as it was
            const double factor = c->scaled && !gap ? (double)scale[j] : 1;
            const double want = (c->add || gap ? before : 0) + factor * sum;
            const double bound = gap ? 0 : 1e-6 * (fabs(factor) * size + fabs(before));
            if (!(fabs((double)y[i * ldy + j] - want) <= bound)) {
                fail_msg("%zu rows, [%zu, %zu]: y[%zu][%zu] is %.9g, not %.9g", c->m, c->n, c->k, i,
                         j, (double)y[i * ldy + j], want);
            }
        }
}

static void rows_are_right(void) {
    static const rows_case cases[] = {
        {1, 1, 1, false, false, DTYPE_F32},  {1, 301, 65, true, true, DTYPE_F32},
        {8, 33, 17, false, true, DTYPE_F16}, {9, 49, 130, true, false, DTYPE_BF16},
        {32, 25, 64, true, true, DTYPE_F32}, {17, 7, 1001, false, true, DTYPE_BF16},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) check_rows(&cases[i]);
}

// ---- folded weights ----

typedef struct fold_case {
    size_t n, k, gap;      // elements between the rows of W
    size_t parts, rows[3]; // the second part has no gain
    bool scaled;
} fold_case;

static const fold_case folds[] = {
    {1, 1, 0, 0, {0}, true},
    {75, 131, 3, 2, {33, 42}, false},
    {200, 70, 0, 3, {1, 128, 71}, true},
    {33, 129, 1, 0, {0}, false}, // W itself
    {9, 4100, 0, 1, {9}, true},  // more columns than a block has
    {2, 9001, 5, 2, {1, 1}, true},
};

// Packs the matrix w as type by op_linear_pack.
static void pack_whole(const float *w, const fold_case *c, dtype type, linear_panels *out) {
    view v;
    void *data = mem_alloc(c->n * c->k * sizeof *w);
    assert_non_null(data);
    memcpy(data, w, c->n * c->k * sizeof *w);
    if (type == DTYPE_BF16) dtype_of(type)->from_f32(ex.k, data, w, c->n * c->k);
    ok(view_make(&v, data, type, SHAPE(c->n, c->k), &err));
    ok(op_linear_pack(&ex, &v, out, &err));
    mem_free(data);
}

static void check_pack(const op_weight *a, const fold_case *c, dtype type, linear_form form) {
    static float folded[N];
    for (size_t r = 0; r < c->n; r++)
        for (size_t i = 0; i < c->k; i++) {
            const float *w = a->w.data;
            float v = w[r * (c->k + c->gap) + i] * (a->scale ? a->scale[r] : 1);
            size_t part = 0;
            for (size_t end = c->rows[0]; part < c->parts && end <= r;) end += c->rows[++part];
            if (part < c->parts && a->part[part].gain) v *= a->part[part].gain[i];
            folded[r * c->k + i] = v;
        }
    const size_t bytes = linear_panels_bytes(&ex, type, form, c->n, c->k);
    linear_panels want = {.form = form}, got = {.form = form};
    want.data = mem_alloc_aligned(bytes, EXEC_ALIGN);
    got.data = mem_alloc_aligned(bytes, EXEC_ALIGN);
    assert_true(want.data && got.data);
    memset(got.data, 0xFF, bytes);
    pack_whole(folded, c, type, &want);
    memset(scratch, 0xFF, sizeof scratch);
    ex.scratch_bytes = op_weight_scratch(&ex, a);
    ok(op_weight_pack(&ex, a, type, &got, &err));
    ex.scratch_bytes = sizeof scratch;
    assert_memory_equal(want.data, got.data, bytes);
    assert_int_equal(got.type, type);
    assert_true(got.n == c->n && got.k == c->k);
    mem_free_aligned(want.data);
    mem_free_aligned(got.data);
}

// The same panels, bit for bit, as of a matrix that was folded first.
static void folded_panels_are_right(void) {
    for (size_t i = 0; i < COUNT_OF(folds); i++) {
        const fold_case *c = &folds[i];
        static float scale[256], gain[3 * 9001];
        assert_true(c->n * (c->k + c->gap) <= N);
        fill(x, c->n * (c->k + c->gap), 11);
        fill(scale, c->n, 12);
        fill(gain, COUNT_OF(gain), 13);
        op_weight a = {.w = view_f32(x, c->n, c->k + c->gap), .part_count = c->parts};
        ok(view_slice(&a.w, 1, 0, c->k, &err));
        a.scale = c->scaled ? scale : NULL;
        for (size_t p = 0; p < c->parts; p++) {
            a.part[p] = (weight_part){c->rows[p], p == 1 ? NULL : gain + p * c->k, NULL};
        }
        for (int form = 0; form < 2; form++) {
            check_pack(&a, c, DTYPE_F32, form ? LINEAR_DX : LINEAR_FORWARD);
            check_pack(&a, c, DTYPE_BF16, form ? LINEAR_DX : LINEAR_FORWARD);
        }
    }
}

// Without scale and gains G is the gradient of W already; what is not wanted is not written.
static void unfolding_nothing(void) {
    enum { ROWS = 30, D = 40 };
    fill(x, ROWS * D, 14);
    fill(y, ROWS * D, 15);
    fill(z, ROWS + 2 * D, 16);
    memcpy(scratch, y, ROWS * D * sizeof *y);
    const view g = view_f32(y, ROWS, D);
    const exec none = {.k = ex.k};
    op_weight a = {.w = view_f32(x, ROWS, D), .part_count = 1, .part = {{ROWS, NULL, NULL}}};
    ok(op_weight_unfold(&none, &a, &g, &err));
    a.part_count = 0;
    ok(op_weight_unfold(&none, &a, &g, &err));
    assert_memory_equal(scratch, y, ROWS * D * sizeof *y);
    a.scale = z;
    a.part_count = 1;
    a.part[0].gain = z + ROWS;
    static float want[ROWS * D];
    for (size_t i = 0; i < ROWS * D; i++) want[i] = y[i] * z[i / D] * z[ROWS + i % D];
    ok(op_weight_unfold(&ex, &a, &g, &err));
    assert_memory_equal(want, y, sizeof want);
}

// ---- no rows, no columns ----

static void empty_is_no_work(void) {
    const view none = view_f32(x, 0, 5), flat = view_f32(y, 4, 0);
    x[0] = y[0] = 3;
    ok(op_zero(&ex, &none, &err));
    ok(op_join(&ex, &none, &none, &none, &err));
    op_normalize a = {.eps = 1, .x = none, .y = none, .dy = none, .dx = none};
    a.r = view_f32(x, 1, 0);
    ok(op_normalize_forward(&ex, &a, &err));
    ok(op_normalize_backward(&ex, &a, &err));
    linear_panels p = {.data = scratch, .form = LINEAR_DX};
    op_weight w = {.w = none, .scale = x};
    ok(op_weight_pack(&ex, &w, DTYPE_F32, &p, &err));
    ok(op_weight_unfold(&ex, &w, &none, &err));
    w.w = flat;
    p.form = LINEAR_FORWARD;
    ok(op_weight_pack(&ex, &w, DTYPE_BF16, &p, &err));
    ok(op_weight_unfold(&ex, &w, &flat, &err));
    const op_rows r = {.x = view_f32(x, 0, 3), .w = view_f32(x, 2, 3), .y = view_f32(y, 0, 2)};
    ok(op_rows_apply(&ex, &r, &err));
    assert_true(x[0] == 3 && y[0] == 3);
}

static void vectors(void **state) {
    (void)state;
    each_level(vectors_are_right);
    each_level(join_of_nothing_is_exact);
}

static void dropout(void **state) {
    (void)state;
    each_level(dropout_is_right);
    each_level(dropout_at_its_ends);
}

static void rows(void **state) {
    (void)state;
    each_level(rows_are_right);
}

static void weights(void **state) {
    (void)state;
    each_level(folded_panels_are_right);
    each_level(unfolding_nothing);
}

static void edges(void **state) {
    (void)state;
    each_level(empty_is_no_work);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors), cmocka_unit_test(dropout), cmocka_unit_test(rows),
        cmocka_unit_test(weights), cmocka_unit_test(edges),
    };
    return cmocka_run_group_tests_name("ops_steps", tests, NULL, NULL);
}
