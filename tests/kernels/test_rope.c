// Rotary embedding against the rotation in double precision.
#include "kernels/harness.h"

#include <math.h>
#include <string.h>

#define POSITIONS 7
#define GAP_X 3
#define GAP_Y 5

// Rows of heads * head_size numbers, gap numbers apart, without a gap after the last.
static size_t extent(size_t rows, size_t ld, size_t used) {
    return (rows - 1) * ld + used;
}

static void make_tables(room *r, rope_args *a) {
    const size_t size = a->head_size;
    float *cosine = room_input(r, POSITIONS * size * sizeof *cosine, sizeof *cosine);
    float *sine = room_input(r, POSITIONS * size * sizeof *sine, sizeof *sine);
    for (size_t i = 0; i < POSITIONS * size; i += 2) {
        double angle = (double)(i / size) / (1 + 0.1 * (double)(i % size)); // 0 at position 0
        cosine[i] = cosine[i + 1] = (float)cos(angle);
        sine[i] = (float)-sin(angle);
        sine[i + 1] = -sine[i];
    }
    a->table = cosine;
    a->table_sin = sine;
}

static void make_positions(room *r, rope_args *a) {
    uint32_t *position = room_input(r, a->rows * sizeof *position, sizeof *position);
    for (size_t row = 0; row < a->rows; row++) position[row] = (uint32_t)(row * 4 + 3) % POSITIONS;
    a->position = position;
}

static void compare_row(const rope_args *a, size_t row) {
    const float *x = a->x + row * a->ldx, *y = a->y + row * a->ldy;
    for (size_t head = 0; head < a->heads; head++)
        for (size_t i = 0; i < a->head_size; i += 2) {
            const size_t at = head * a->head_size + i,
                         in_table = a->position[row] * a->head_size + i;
            double c = (double)a->table[in_table], s = (double)a->table_sin[in_table + 1];
            double x0 = (double)x[at], x1 = (double)x[at + 1], sign = a->back ? -1 : 1;
            double scale = fabs(x0) + fabs(x1);
            check_close(x0 * c - sign * x1 * s, y[at], scale, 2);
            check_close(x1 * c + sign * x0 * s, y[at + 1], scale, 2);
        }
}

static void rotate_heads(const kernels *k, room *r, rope_args *a) {
    const size_t used = a->heads * a->head_size;
    a->ldx = used + GAP_X;
    a->ldy = used + GAP_Y;
    a->x = room_f32(r, extent(a->rows, a->ldx, used), 1);
    a->y = room_out_f32(r, extent(a->rows, a->ldy, used));
    make_tables(r, a);
    make_positions(r, a);
    room_seal(r);
    k->rope->rotate(a);
    for (size_t row = 0; row < a->rows; row++) {
        compare_row(a, row);
        if (row + 1 < a->rows) check_poison(a->y + row * a->ldy + used, GAP_Y);
    }
}

// n is taken as half a head.
static void forward_case(const kernels *k, room *r, size_t rows, size_t n) {
    rope_args a = {.rows = rows, .heads = 1 + n % 3, .head_size = 2 * n};
    rotate_heads(k, r, &a);
}

static void back_case(const kernels *k, room *r, size_t rows, size_t n) {
    rope_args a = {.rows = rows, .heads = 1 + n % 3, .head_size = 2 * n, .back = true};
    rotate_heads(k, r, &a);
}

static void in_place_case(const kernels *k, room *r, size_t rows, size_t n) {
    rope_args a = {.rows = rows, .heads = 2, .head_size = 2 * n, .ldx = 4 * n, .ldy = 4 * n};
    float *x = room_inout_f32(r, rows * 4 * n, 1), *y = room_out_f32(r, rows * 4 * n);
    make_tables(r, &a);
    make_positions(r, &a);
    a.x = x;
    a.y = y;
    room_seal(r);
    k->rope->rotate(&a);
    a.y = x;
    k->rope->rotate(&a);
    check_equal(y, x, rows * 4 * n * sizeof *x);
}

static void test_forward(void **state) {
    (void)state;
    case_each("rope", forward_case);
    case_each_special("rope", forward_case);
    case_each("rope in place", in_place_case);
}

static void test_back(void **state) {
    (void)state;
    case_each("rope back", back_case);
    case_each_special("rope back", back_case);
}

int main(void) {
    const struct CMUnitTest tests[] = {kernel_test(test_forward), kernel_test(test_back)};
    test_family(offsetof(kernels, rope));
    return cmocka_run_group_tests_name("rope", tests, NULL, NULL);
}
