#include "support/unit.h"
#include "tensor/dtype.h"

#include <string.h>

static void rows_are_complete_and_found(void **state) {
    (void)state;
    for (unsigned i = 0; i < DTYPES; i++) {
        const dtype_info *info = dtype_of((dtype)i);
        assert_non_null(info);
        assert_non_null(info->name);
        assert_true(info->block > 0 && info->block_bytes > 0 && info->align > 0);
        assert_int_equal(info->block_bytes % info->align, 0);
        assert_int_equal(dtype_by_name(info->name), i);
        if (info->safetensors) assert_int_equal(dtype_by_safetensors(info->safetensors), i);
        if (info->gguf != DTYPE_NO_GGUF) assert_int_equal(dtype_by_gguf(info->gguf), i);
        assert_true((info->to_f32 == NULL) == (info->from_f32 == NULL) || info->block > 1);
    }
    assert_int_equal(dtype_by_safetensors("F32"), DTYPE_F32);
    assert_int_equal(dtype_by_safetensors("BF16"), DTYPE_BF16);
    assert_int_equal(dtype_by_safetensors("F16"), DTYPE_F16);
    assert_int_equal(dtype_by_gguf(0), DTYPE_F32);
    assert_int_equal(dtype_by_gguf(1), DTYPE_F16);
    assert_int_equal(dtype_by_gguf(30), DTYPE_BF16);
}

static void unknown_names_are_not_found(void **state) {
    (void)state;
    assert_null(dtype_of(DTYPES));
    assert_int_equal(dtype_by_name("f31"), DTYPES);
    assert_int_equal(dtype_by_name("F32"), DTYPES); // ours are lower case
    assert_int_equal(dtype_by_name(""), DTYPES);
    assert_int_equal(dtype_by_name(NULL), DTYPES);
    assert_int_equal(dtype_by_safetensors("f32"), DTYPES);
    assert_int_equal(dtype_by_safetensors(NULL), DTYPES);
    assert_int_equal(dtype_by_gguf(4), DTYPES); // a removed type
    assert_int_equal(dtype_by_gguf(DTYPE_NO_GGUF), DTYPES);
}

static void bytes_are_checked(void **state) {
    (void)state;
    size_t bytes = 7;
    assert_true(dtype_bytes(DTYPE_F32, 3, &bytes));
    assert_int_equal(bytes, 12);
    assert_true(dtype_bytes(DTYPE_BF16, 0, &bytes));
    assert_int_equal(bytes, 0);
    assert_false(dtype_bytes(DTYPE_F32, SIZE_MAX / 4 + 1, &bytes));
    assert_true(dtype_bytes(DTYPE_F32, SIZE_MAX / 4, &bytes));
    assert_false(dtype_bytes(DTYPES, 1, &bytes));
}

// Numbers that all three storage types hold exactly come back as they were.
static void conversions_round_trip(void **state) {
    (void)state;
    static const float in[9] = {0, 1, -1, 0.5f, -2.75f, 96, 1.0f / 64, -0.0f, 3.140625f};
    for (int level = 0; level < KERNEL_LEVELS; level++) {
        kernels k;
        if (!kernels_select((kernel_level)level, &k)) continue;
        for (unsigned i = 0; i < DTYPES; i++) {
            const dtype_info *info = dtype_of((dtype)i);
            if (!info->from_f32) continue;
            _Alignas(8) unsigned char stored[9 * 8];
            float out[9];
            memset(stored, 0xFF, sizeof stored);
            info->from_f32(&k, stored, in, 9);
            for (size_t b = 9 * info->block_bytes; b < sizeof stored; b++) {
                assert_int_equal(stored[b], 0xFF);
            }
            info->to_f32(&k, out, stored, 9);
            assert_memory_equal(out, in, sizeof in);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_complete_and_found),
        cmocka_unit_test(unknown_names_are_not_found),
        cmocka_unit_test(bytes_are_checked),
        cmocka_unit_test(conversions_round_trip),
    };
    return cmocka_run_group_tests_name("dtype", tests, NULL, NULL);
}
