#include "support/unit.h"
#include "tensor/operand.h"
#include "tensor/view.h"

#include <string.h>

static float numbers[120];

static view made(dtype type, shape s) {
    view v;
    axl_error err;
    if (view_make(&v, numbers, type, s, &err) != AXL_OK) fail_msg("%s", err.text);
    return v;
}

static void shapes_print_and_compare(void **state) {
    (void)state;
    char text[SHAPE_TEXT];
    assert_string_equal(shape_text(&SHAPE(2, 3), text), "[2, 3]");
    assert_string_equal(shape_text(&(shape){0}, text), "[]");
    const shape large = SHAPE(SIZE_MAX, SIZE_MAX, SIZE_MAX, SIZE_MAX);
    shape_text(&large, text);
    assert_int_equal(text[strlen(text) - 1], ']');
    const view v = {.type = DTYPE_BOOL, .shape = large};
    view_text(&v, text);
    assert_int_equal(text[strlen(text) - 1], ']');
    assert_true(shape_equal(&SHAPE(4, 5), &SHAPE(4, 5)));
    assert_false(shape_equal(&SHAPE(4, 5), &SHAPE(5, 4)));
    assert_false(shape_equal(&SHAPE(4), &SHAPE(4, 1)));
}

static void views_are_contiguous_when_made(void **state) {
    (void)state;
    const view v = made(DTYPE_F32, SHAPE(2, 3, 4, 5));
    assert_int_equal(view_elements(&v), 120);
    assert_int_equal(view_bytes(&v), 480);
    assert_true(view_is_contiguous(&v));
    static const size_t strides[] = {60, 20, 5, 1};
    assert_memory_equal(v.stride, strides, sizeof strides);
    assert_ptr_equal(view_row(&v, 1), numbers + 60);
    const view number = made(DTYPE_F32, (shape){0});
    assert_int_equal(view_elements(&number), 1);
    const view empty = made(DTYPE_F32, SHAPE(3, 0));
    assert_int_equal(view_bytes(&empty), 0);
    char text[SHAPE_TEXT];
    assert_string_equal(view_text(&v, text), "f32 [2, 3, 4, 5]");
}

static void bad_views_are_refused(void **state) {
    (void)state;
    view v;
    axl_error err;
    const size_t half = (size_t)1 << (sizeof(size_t) * 4);
    assert_int_equal(view_make(&v, NULL, DTYPE_F32, SHAPE(half, half), &err), AXL_TOO_LARGE);
    assert_null(v.data);
    assert_int_equal(view_make(&v, NULL, DTYPE_F32, SHAPE(SIZE_MAX / 4 + 1), &err), AXL_TOO_LARGE);
    assert_int_equal(view_make(&v, NULL, DTYPE_U8, SHAPE(SIZE_MAX), &err), AXL_OK);
    assert_int_equal(view_make(&v, NULL, DTYPES, SHAPE(1), &err), AXL_BAD_ARGUMENT);
    const shape five = {.dims = 5};
    assert_int_equal(view_make(&v, NULL, DTYPE_F32, five, &err), AXL_BAD_ARGUMENT);
    unsigned char *odd = (unsigned char *)numbers + 1;
    assert_int_equal(view_make(&v, odd, DTYPE_BF16, SHAPE(4), &err), AXL_BAD_ARGUMENT);
    assert_non_null(strstr(err.text, "bf16 [4]"));
    assert_int_equal(view_make(&v, odd, DTYPE_U8, SHAPE(4), &err), AXL_OK);
}

static void slices_stay_inside(void **state) {
    (void)state;
    axl_error err;
    view v = made(DTYPE_F32, SHAPE(6, 4, 5));
    assert_int_equal(view_slice(&v, 0, 2, 3, &err), AXL_OK);
    assert_ptr_equal(v.data, numbers + 40);
    assert_int_equal(v.shape.dim[0], 3);
    assert_true(view_is_contiguous(&v));
    assert_int_equal(view_slice(&v, 1, 1, 2, &err), AXL_OK);
    assert_ptr_equal(v.data, numbers + 45);
    assert_false(view_is_contiguous(&v));
    assert_ptr_equal(view_row(&v, 2), numbers + 85);
    const view before = v;
    assert_int_equal(view_slice(&v, 2, 4, 2, &err), AXL_BAD_ARGUMENT);
    assert_int_equal(view_slice(&v, 2, 6, 0, &err), AXL_BAD_ARGUMENT);
    assert_int_equal(view_slice(&v, 2, 1, SIZE_MAX, &err), AXL_BAD_ARGUMENT);
    assert_int_equal(view_slice(&v, 3, 0, 1, &err), AXL_BAD_ARGUMENT);
    assert_int_equal(view_reshape(&v, SHAPE(30), &err), AXL_BAD_ARGUMENT);
    assert_memory_equal(&v, &before, sizeof v);
    assert_int_equal(view_slice(&v, 2, 5, 0, &err), AXL_OK);
    assert_int_equal(view_elements(&v), 0);
}

static void reshapes_keep_the_elements(void **state) {
    (void)state;
    axl_error err;
    view v = made(DTYPE_F16, SHAPE(6, 4, 5));
    assert_int_equal(view_reshape(&v, SHAPE(24, 5), &err), AXL_OK);
    assert_int_equal(v.stride[0], 5);
    assert_int_equal(view_reshape(&v, SHAPE(7, 5), &err), AXL_BAD_ARGUMENT);
    assert_string_equal(err.text, "f16 [24, 5] cannot become [7, 5]");
    assert_int_equal(view_elements(&v), 120);
}

// The way ops read views: leading dimensions become rows.
static void views_become_matrices(void **state) {
    (void)state;
    axl_error err;
    matrix m;
    view v = made(DTYPE_F32, SHAPE(2, 6, 10));
    assert_int_equal(operand_matrix(&m, &v, "op", "x", &err), AXL_OK);
    assert_true(m.rows == 12 && m.cols == 10 && m.ld == 10);
    assert_int_equal(view_slice(&v, 2, 3, 4, &err), AXL_OK);
    assert_int_equal(operand_matrix(&m, &v, "op", "x", &err), AXL_OK);
    assert_true(m.rows == 12 && m.cols == 4 && m.ld == 10 && m.data == numbers + 3);
    assert_int_equal(view_slice(&v, 1, 1, 2, &err), AXL_OK); // rows 1 2, 7 8: not evenly spaced
    assert_int_equal(operand_matrix(&m, &v, "op", "x", &err), AXL_BAD_ARGUMENT);
    assert_int_equal(view_slice(&v, 0, 1, 1, &err), AXL_OK); // rows 7 8 alone are
    assert_int_equal(operand_matrix(&m, &v, "op", "x", &err), AXL_OK);
    assert_true(m.rows == 2 && m.ld == 10 && m.data == numbers + 73);
    v = made(DTYPE_BF16, SHAPE(3));
    assert_int_equal(operand_matrix(&m, &v, "op", "x", &err), AXL_BAD_ARGUMENT);
    assert_string_equal(err.text, "op: x is bf16 [3], not f32");
    v.data = NULL;
    assert_int_equal(operand_matrix(&m, &v, "op", "x", &err), AXL_BAD_ARGUMENT);
    assert_string_equal(err.text, "op: x is not given");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes_print_and_compare),
        cmocka_unit_test(views_are_contiguous_when_made),
        cmocka_unit_test(bad_views_are_refused),
        cmocka_unit_test(slices_stay_inside),
        cmocka_unit_test(reshapes_keep_the_elements),
        cmocka_unit_test(views_become_matrices),
    };
    return cmocka_run_group_tests_name("view", tests, NULL, NULL);
}
