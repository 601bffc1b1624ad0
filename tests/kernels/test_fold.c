// Weights with scales and gains against the formulas in double precision.
#include "kernels/harness.h"

#include <math.h>
#include <string.h>

#define GAP 3 // elements between the end of a row and the next
#define MOST (5 * (257 + GAP))

static size_t extent(size_t rows, size_t ld, size_t used) {
    return (rows - 1) * ld + used;
}

static double one_or(const float *p, size_t i) {
    return p ? (double)p[i] : 1;
}

// Half a unit of bf16 beside the errors in f32.
#define HALF_UNITS (0x1p16 + 4)

static void fold_with(const kernels *k, room *r, fold_args *a, bool half) {
    a->ldw = a->columns + GAP;
    a->ldo = a->columns + GAP;
    a->w = room_f32(r, extent(a->rows, a->ldw, a->columns), 1);
    const size_t used = extent(a->rows, a->ldo, a->columns);
    float *wide = half ? NULL : room_out_f32(r, used);
    bf16 *narrow = half ? room_out_u16(r, used) : NULL;
    a->out = half ? (void *)narrow : (void *)wide;
    bf16 before = half && a->rows > 1 ? narrow[a->columns] : 0;
    room_seal(r);
    (half ? k->fold->bf16 : k->fold->f32)(a);
    for (size_t row = 0; row < a->rows; row++) {
        for (size_t c = 0; c < a->columns; c++) {
            const size_t at = row * a->ldo + c;
            double want = (double)a->w[row * a->ldw + c] * one_or(a->scale, row);
            want *= one_or(a->gain, c);
            check_close(want, half ? float_of_bf16(narrow[at]) : wide[at], fabs(want),
                        half ? HALF_UNITS : 2);
        }
        if (row + 1 == a->rows) continue;
        if (half) {
            for (size_t i = 0; i < GAP; i++)
                assert_int_equal(narrow[row * a->ldo + a->columns + i], before);
        } else {
            check_poison(wide + row * a->ldo + a->columns, GAP);
        }
    }
}

// Every choice of scale and gain, to both types.
static void fold_cases(const kernels *k, room *like, size_t rows, size_t columns) {
    for (int choice = 0; choice < 8; choice++) {
        room r;
        room_open(&r, like->place);
        r.special = like->special;
        fold_args a = {.rows = rows, .columns = columns};
        const float *scale = room_f32(&r, rows, 2), *gain = room_f32(&r, columns, 3);
        a.scale = choice & 1 ? scale : NULL;
        a.gain = choice & 2 ? gain : NULL;
        fold_with(k, &r, &a, choice & 4);
        room_close(&r);
    }
    like->random = 3;
}

// Without scale and gain the f32 are a copy, the bf16 each number rounded to nearest even.
static void plain_case(const kernels *k, room *r, size_t rows, size_t n) {
    const float *w = room_f32(r, rows * n, 1);
    float *wide = room_out_f32(r, rows * n);
    bf16 *narrow = room_out_u16(r, rows * n);
    room_seal(r);
    fold_args a = {.rows = rows, .columns = n, .w = w, .ldw = n, .out = wide, .ldo = n};
    k->fold->f32(&a);
    check_equal(w, wide, rows * n * sizeof *w);
    a.out = narrow;
    k->fold->bf16(&a);
    for (size_t i = 0; i < rows * n; i++) assert_int_equal(narrow[i], bf16_of(w[i]));
}

// What comes out, with the sums of absolute values behind it.
typedef struct unfold_want {
    double g[MOST];
    double dscale[5], dscale_size[5];
    double dgain[257], dgain_size[257];
} unfold_want;

static void unfold_reference(unfold_want *want, const unfold_args *a) {
    for (size_t r = 0; r < a->rows; r++) {
        want->dscale[r] = (double)a->dscale[r];
        want->dscale_size[r] = fabs(want->dscale[r]);
    }
    for (size_t c = 0; c < a->columns; c++) {
        want->dgain[c] = (double)a->dgain[c];
        want->dgain_size[c] = fabs(want->dgain[c]);
    }
    for (size_t r = 0; r < a->rows; r++) {
        for (size_t c = 0; c < a->columns; c++) {
            const double g = (double)a->g[r * a->ldg + c], w = (double)a->w[r * a->ldw + c];
            const double scale = one_or(a->scale, r), gain = one_or(a->gain, c);
            want->g[r * a->ldg + c] = g * scale * gain;
            want->dscale[r] += g * w * gain;
            want->dscale_size[r] += fabs(g * w * gain);
            want->dgain[c] += g * w * scale;
            want->dgain_size[c] += fabs(g * w * scale);
        }
    }
}

static void unfold_with(const kernels *k, unfold_args a, int choice) {
    static unfold_want want;
    unfold_reference(&want, &a);
    float *const dscale = a.dscale, *const dgain = a.dgain;
    float old_dscale[5], old_dgain[257];
    memcpy(old_dscale, dscale, a.rows * sizeof *dscale);
    memcpy(old_dgain, dgain, a.columns * sizeof *dgain);
    if (!(choice & 4)) a.dscale = NULL;
    if (!(choice & 8)) a.dgain = NULL;
    k->fold->unfold(&a);
    for (size_t r = 0; r < a.rows; r++)
        for (size_t c = 0; c < a.columns; c++) {
            const double g = want.g[r * a.ldg + c];
            check_close(g, a.g[r * a.ldg + c], fabs(g), 2);
        }
    for (size_t r = 0; r < a.rows && a.dscale; r++)
        check_close(want.dscale[r], dscale[r], want.dscale_size[r], 16);
    for (size_t c = 0; c < a.columns && a.dgain; c++)
        check_close(want.dgain[c], dgain[c], want.dgain_size[c], 16);
    if (!a.dscale) check_equal(old_dscale, dscale, a.rows * sizeof *dscale);
    if (!a.dgain) check_equal(old_dgain, dgain, a.columns * sizeof *dgain);
}

// Every choice of scale, gain and their gradients.
static void unfold_cases(const kernels *k, room *like, size_t rows, size_t columns) {
    for (int choice = 0; choice < 16; choice++) {
        room r;
        room_open(&r, like->place);
        r.special = like->special;
        unfold_args a = {.rows = rows, .columns = columns};
        a.ldw = columns + GAP;
        a.ldg = columns + GAP - 1;
        a.w = room_f32(&r, extent(rows, a.ldw, columns), 1);
        const float *scale = room_f32(&r, rows, 2), *gain = room_f32(&r, columns, 3);
        a.scale = choice & 1 ? scale : NULL;
        a.gain = choice & 2 ? gain : NULL;
        const size_t used = extent(rows, a.ldg, columns);
        a.g = room_inout_f32(&r, used, 4);
        a.dscale = room_inout_f32(&r, rows, 5);
        a.dgain = room_inout_f32(&r, columns, 6);
        float gaps[MOST];
        memcpy(gaps, a.g, used * sizeof *a.g);
        room_seal(&r);
        unfold_with(k, a, choice);
        for (size_t row = 0; row + 1 < rows; row++)
            check_equal(gaps + row * a.ldg + columns, a.g + row * a.ldg + columns,
                        (a.ldg - columns) * sizeof *a.g);
        room_close(&r);
    }
    like->random = 6;
}

static void test_fold(void **state) {
    (void)state;
    case_each("fold", fold_cases);
    case_each_special("fold", fold_cases);
    case_each("fold of nothing", plain_case);
}

static void test_unfold(void **state) {
    (void)state;
    case_each("unfold", unfold_cases);
    case_each_special("unfold", unfold_cases);
}

int main(void) {
    const struct CMUnitTest tests[] = {kernel_test(test_fold), kernel_test(test_unfold)};
    test_family(offsetof(kernels, fold));
    return cmocka_run_group_tests_name("fold", tests, NULL, NULL);
}
