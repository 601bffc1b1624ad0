// The configuration and the one table of parameters.
#include "model/model_case.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

// The published counts, to the last parameter.
static void test_counts(void **state) {
    (void)state;
    static const struct {
        size_t d, heads, f, layers;
        uint64_t count;
    } rows[] = {
        {1024, 16, 2752, 6, 317590528}, {288, 4, 768, 4, 19098720}, {256, 4, 688, 4, 15174400},
        {224, 4, 608, 3, 9870112},      {192, 3, 512, 3, 7182144},  {256, 4, 688, 3, 12799744},
        {48, 3, 192, 3, 599760},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        model_config c = config_defaults();
        c.d_model = rows[i].d;
        c.n_heads = rows[i].heads;
        c.d_ff = rows[i].f;
        c.n_layers = rows[i].layers;
        axl_error err;
        param_table t;
        case_ok(params_build(&t, &c, &err), &err);
        assert_true(t.parameters == rows[i].count);
        assert_true(config_parameters(&c) == rows[i].count);
        params_free(&t);
    }
}

static void test_formula(void **state) {
    (void)state;
    for (size_t d = 2; d <= 24; d += 2)
        for (size_t rounds = 0; rounds <= 3; rounds++) {
            model_config c = case_config();
            c.d_model = d;
            c.n_heads = 1;
            c.d_ff = 3 * d + rounds;
            c.n_cross = rounds;
            c.n_layers = 1 + rounds;
            c.vocab_size = 258 + d;
            axl_error err;
            param_table t;
            case_ok(params_build(&t, &c, &err), &err);
            assert_true(t.parameters == config_parameters(&c));
            params_free(&t);
        }
}

// Every row has a place of its own, groups begin aligned, names are unique and found.
static void test_places(void **state) {
    (void)state;
    const model_config c = case_config();
    axl_error err;
    param_table t;
    case_ok(params_build(&t, &c, &err), &err);
    size_t end = 0;
    for (size_t i = 0; i < t.count; i++) {
        const param *p = &t.list[i];
        assert_true(p->offset >= end && p->offset - end < 16);
        assert_true(p->offset == end || p->offset % 16 == 0);
        end = p->offset + p->count;
        assert_ptr_equal(params_find(&t, p->name), p);
        size_t count = 1;
        for (size_t j = 0; j < p->shape.dims; j++) count *= p->shape.dim[j];
        assert_int_equal(count, p->count);
    }
    assert_true(t.numbers >= end && t.numbers - end < 16);
    static const char *const neighbours[][2] = {
        {"stacks.1.blocks.0.attn.q.weight", "stacks.1.blocks.0.attn.k.weight"},
        {"stacks.2.blocks.1.attn.k.weight", "stacks.2.blocks.1.attn.v.weight"},
        {"stacks.0.blocks.1.ffn.w1.weight", "stacks.0.blocks.1.ffn.w3.weight"},
        {"cross.0.12.ffn.w1.weight", "cross.0.12.ffn.w3.weight"},
        {"cross.0.01.attn.q.weight", "cross.0.02.attn.q.weight"},
        {"cross.0.02.attn.q.weight", "cross.0.10.attn.k.weight"},
        {"cross.0.20.attn.k.weight", "cross.0.20.attn.v.weight"},
    };
    for (size_t i = 0; i < COUNT_OF(neighbours); i++) {
        const param *a = params_find(&t, neighbours[i][0]), *b = params_find(&t, neighbours[i][1]);
        assert_non_null(a);
        assert_non_null(b);
        assert_int_equal(a->offset + a->count, b->offset);
    }
    assert_null(params_find(&t, "head.weight"));
    params_free(&t);
}

// A tensor's first numbers depend on the seed and its name, not on the rest of the model.
static void test_init(void **state) {
    (void)state;
    axl_error err;
    param_table small, large;
    model_config c = case_config();
    case_ok(params_build(&small, &c, &err), &err);
    c.n_layers = 4;
    case_ok(params_build(&large, &c, &err), &err);
    float *a = mem_alloc_array(small.numbers, sizeof *a);
    float *b = mem_alloc_array(large.numbers, sizeof *b);
    assert_non_null(a);
    assert_non_null(b);
    params_init(&small, 5, a);
    params_init(&large, 5, b);
    const char *name = "stacks.2.blocks.1.ffn.w2.weight";
    const param *in_small = params_find(&small, name), *in_large = params_find(&large, name);
    assert_memory_equal(a + in_small->offset, b + in_large->offset, in_small->count * sizeof *a);
    params_init(&small, 6, b);
    assert_memory_not_equal(a + in_small->offset, b + in_small->offset,
                            in_small->count * sizeof *a);
    for (size_t i = 0; i < small.count; i++) {
        const param *p = &small.list[i];
        if (p->init != PARAM_NORMAL || p->count < 100) continue;
        double sum = 0, squares = 0;
        for (size_t j = 0; j < p->count; j++) {
            const double x = (double)a[p->offset + j] / (double)p->spread;
            sum += x;
            squares += x * x;
        }
        const double n = (double)p->count;
        assert_true(fabs(sum / n) < 5 / sqrt(n));
        assert_true(fabs(squares / n - 1) < 5 * sqrt(2 / n));
    }
    mem_free(a);
    mem_free(b);
    params_free(&small);
    params_free(&large);
}

// Each bad value is refused with the field's name, the value and what is allowed.
static void test_refused(void **state) {
    (void)state;
    static const struct {
        const char *field;
        double value;
        const char *text;
    } rows[] = {
        {"d_model", 0, "d_model is 0, must be a whole number from 2 to 16384"},
        {"d_model", 12.5, "d_model is 12.5, must be a whole number"},
        {"n_heads", -1, "n_heads is -1"},
        {"dropout", 1, "dropout is 1, must be a number from 0 to 0.95"},
        {"norm_eps", 0, "norm_eps is 0"},
        {"vocab_size", 257, "vocab_size is 257, must be a whole number from 258 to 4096"},
    };
    axl_error err;
    model_config c = case_config();
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const config_field *f = config_field_find(rows[i].field);
        assert_non_null(f);
        const model_config before = c;
        assert_int_equal(config_set(&c, f, rows[i].value, &err), AXL_BAD_ARGUMENT);
        if (!strstr(err.text, rows[i].text)) fail_msg("'%s' lacks '%s'", err.text, rows[i].text);
        assert_memory_equal(&c, &before, sizeof c);
    }
    assert_int_equal(config_set(&c, config_field_find("rope_theta"), (double)NAN, &err),
                     AXL_BAD_ARGUMENT);
    assert_int_equal(config_set_text(&c, config_field_find("d_model"), "12x", &err),
                     AXL_BAD_ARGUMENT);
    assert_string_equal(err.text, "d_model is '12x', must be a number");
    assert_int_equal(config_set_text(&c, config_field_find("d_model"), "", &err), AXL_BAD_ARGUMENT);
    assert_int_equal(config_set_text(&c, config_field_find("dropout"), "0.25", &err), AXL_OK);
    assert_true(c.dropout == 0.25);
    assert_null(config_field_find("d_modell"));
    model_config bad = case_config();
    bad.n_heads = 5;
    assert_int_equal(config_check(&bad, &err), AXL_BAD_ARGUMENT);
    assert_non_null(strstr(err.text, "n_heads is 5, must divide d_model, which is 12"));
    bad.n_heads = 4; // heads of 3 channels
    assert_int_equal(config_check(&bad, &err), AXL_BAD_ARGUMENT);
    assert_non_null(strstr(err.text, "must be even"));
    bad = case_config();
    bad.max_seq_len = 258;
    assert_int_equal(config_check(&bad, &err), AXL_BAD_ARGUMENT);
    assert_non_null(strstr(err.text, "max_seq_len is 258"));
    for (size_t i = 0; i < CONFIG_FIELDS; i++) {
        const config_field *f = &config_fields[i];
        assert_ptr_equal(config_field_find(f->name), f);
        bad = case_config();
        assert_int_equal(config_set(&bad, f, config_get(&c, f), &err), AXL_OK);
        assert_true(config_get(&bad, f) == config_get(&c, f));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts),  cmocka_unit_test(test_formula),
        cmocka_unit_test(test_places),  cmocka_unit_test(test_init),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests_name("model params", tests, NULL, NULL);
}
