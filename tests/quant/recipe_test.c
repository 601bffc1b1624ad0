// Which type a tensor gets, and how many bits a model then takes.
#include "quant/recipe.h"

#include "model/params.h"
#include "model/presets.h"
#include "support/unit.h"
#include "tensor/blocks_matrix.h"

#include <string.h>

static void names_are_found(void **state) {
    (void)state;
    const char *near;
    for (size_t i = 0; i < QUANT_RECIPES; i++)
        assert_ptr_equal(quant_recipe_find(quant_recipes[i].name, NULL), &quant_recipes[i]);
    assert_null(quant_recipe_find("q4_km", &near));
    assert_string_equal(near, "q4_k_m");
    assert_null(quant_recipe_find("something else", &near));
    assert_null(near);
    assert_null(quant_recipe_find("", NULL));
}

// 256 a super-block of 144 or 210 bytes; 32 a block of 22 or 34.
static void short_rows_get_the_smaller_type(void **state) {
    (void)state;
    static const struct {
        size_t cols;
        dtype few, more;
    } rows[] = {
        {256, DTYPE_Q4_K, DTYPE_Q6_K}, {1024, DTYPE_Q4_K, DTYPE_Q6_K},
        {688, DTYPE_Q4_K, DTYPE_Q6_K}, // 432 bytes against 484, 630 against 748
        {224, DTYPE_Q4_K, DTYPE_Q6_K}, // 144 against 154, 210 against 238
        {608, DTYPE_Q5_0, DTYPE_Q6_K}, // 432 against 418, 630 against 646
        {192, DTYPE_Q5_0, DTYPE_Q8_0}, // 144 against 132, 210 against 204
        {288, DTYPE_Q5_0, DTYPE_Q8_0}, {96, DTYPE_Q5_0, DTYPE_Q8_0},
        {1, DTYPE_Q5_0, DTYPE_Q8_0},
    };
    const quant_recipe *r = quant_recipe_find("q4_k_m", NULL);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(quant_recipe_type(r, QUANT_FEW, rows[i].cols), rows[i].few);
        assert_int_equal(quant_recipe_type(r, QUANT_MORE, rows[i].cols), rows[i].more);
        assert_int_equal(quant_recipe_type(r, QUANT_TABLE, rows[i].cols), DTYPE_Q8_0);
    }
}

static double bits_of(const param_table *t, const quant_recipe *r) {
    size_t bytes = 0;
    for (size_t i = 0; i < t->count; i++) {
        const param *p = &t->list[i];
        const size_t cols = p->shape.dim[p->shape.dims - 1];
        size_t row = cols * sizeof(float);
        if (p->bits != PARAM_BITS_ALL) {
            const quant_need need = p->bits == PARAM_BITS_FEW    ? QUANT_FEW
                                    : p->bits == PARAM_BITS_MORE ? QUANT_MORE
                                                                 : QUANT_TABLE;
            assert_true(blocks_row_bytes(quant_recipe_type(r, need, cols), cols, &row));
        }
        bytes += p->count / cols * row;
    }
    return 8 * (double)bytes / (double)t->parameters;
}

// The figures of docs/quantisation.md.
static void models_take_the_promised_bits(void **state) {
    (void)state;
    static const struct {
        const char *recipe;
        double micro, least, most; // of the presets whose width is a multiple of 32
    } want[] = {
        {"q8_0", 8.585, 8.5, 8.6},
        {"q4_k_m", 4.975, 4.75, 5.9},
        {"q4_k_s", 4.680, 4.5, 5.5},
    };
    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        for (size_t p = 0; p < MODEL_PRESETS; p++) {
            param_table t;
            axl_error err;
            const model_preset *preset = &model_presets[p];
            if (preset->d_model % 32 != 0) continue; // narrow ones with heads of odd sizes
            const model_config c = presets_config(preset);
            assert_int_equal(params_build(&t, &c, &err), AXL_OK);
            const double bits = bits_of(&t, quant_recipe_find(want[i].recipe, NULL));
            if (!(bits >= want[i].least && bits <= want[i].most))
                fail_msg("%s %s: %.3f bits", preset->name, want[i].recipe, bits);
            if (strcmp(preset->name, "micro-lion") == 0)
                assert_true(bits > want[i].micro - 0.001 && bits < want[i].micro + 0.001);
            params_free(&t);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_found),
        cmocka_unit_test(short_rows_get_the_smaller_type),
        cmocka_unit_test(models_take_the_promised_bits),
    };
    return cmocka_run_group_tests_name("recipe", tests, NULL, NULL);
}
