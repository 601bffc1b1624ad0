// config.json: what is written, what is read, what is refused.
#include "store/model_config_json.h"

#include "support/failing_alloc.h"
#include "support/unit.h"

#include <string.h>

static const model_config micro = {.vocab_size = 258,
                                   .d_model = 256,
                                   .n_heads = 4,
                                   .d_ff = 688,
                                   .n_layers = 3,
                                   .n_cross = 1,
                                   .max_seq_len = 256,
                                   .dropout = 0.1,
                                   .rope_theta = 10000,
                                   .norm_eps = 1e-5,
                                   .fine_exit = 0.1};

static const char micro_text[] =
    "{\n"
    "  \"model_type\": \"multiscale_transformer\",\n"
    "  \"architectures\": [\n"
    "    \"MultiScaleForCausalLM\"\n"
    "  ],\n"
    "  \"vocab_size\": 258,\n"
    "  \"d_model\": 256,\n"
    "  \"n_heads\": 4,\n"
    "  \"d_ff\": 688,\n"
    "  \"n_layers_per_scale\": 3,\n"
    "  \"n_cross_attn_layers\": 1,\n"
    "  \"max_seq_len\": 256,\n"
    "  \"dropout\": 0.1,\n"
    "  \"rope_theta\": 10000.0,\n"
    "  \"norm_eps\": 1e-05,\n"
    "  \"fine_exit\": 0.1,\n"
    "  \"bias\": false,\n"
    "  \"downsample_factors\": [\n"
    "    1,\n"
    "    2,\n"
    "    4\n"
    "  ],\n"
    "  \"num_parameters\": 12799744,\n"
    "  \"dtype\": \"bfloat16\"\n"
    "}\n";

static axl_status parse(model_config *out, const char *text, axl_error *err) {
    buf b = {0};
    buf_text(&b, text);
    const axl_status status = model_config_parse(out, "config.json", &b, err);
    buf_free(&b);
    return status;
}

static void assert_same(const model_config *a, const model_config *b) {
    for (size_t i = 0; i < CONFIG_FIELDS; i++) {
        const double x = config_get(a, &config_fields[i]), y = config_get(b, &config_fields[i]);
        assert_memory_equal(&x, &y, sizeof x);
    }
}

static void the_text_is_the_published_one(void **state) {
    (void)state;
    buf text = {0};
    assert_int_equal(model_config_print(&text, &micro, DTYPE_BF16, NULL), AXL_OK);
    assert_string_equal(text.data, micro_text);
    buf_clear(&text);
    assert_int_equal(model_config_print(&text, &micro, DTYPE_F32, NULL), AXL_OK);
    assert_non_null(strstr(text.data, "\"dtype\": \"float32\""));
    buf_free(&text);
}

static void what_was_written_is_read(void **state) {
    (void)state;
    model_config c, back;
    assert_int_equal(parse(&back, micro_text, NULL), AXL_OK);
    assert_same(&back, &micro);
    // Every field with another value, and numbers that no short decimal gives.
    c = micro;
    c.vocab_size = 264, c.d_model = 96, c.n_heads = 6, c.d_ff = 257, c.n_layers = 7, c.n_cross = 2;
    c.max_seq_len = 2048, c.dropout = 1.0 / 3, c.rope_theta = 12345.678, c.norm_eps = 1e-12;
    c.fine_exit = 0;
    buf text = {0};
    assert_int_equal(model_config_print(&text, &c, DTYPE_F32, NULL), AXL_OK);
    assert_int_equal(parse(&back, text.data, NULL), AXL_OK);
    assert_same(&back, &c);
    buf_free(&text);
}

#define NEEDED "\"d_model\":256,\"n_heads\":4,\"d_ff\":688,\"n_layers_per_scale\":3"

static void absent_fields_have_their_default(void **state) {
    (void)state;
    model_config c;
    axl_error err = {0};
    assert_int_equal(parse(&c, "{" NEEDED "}", &err), AXL_OK);
    model_config expected = micro;
    expected.dropout = 0;
    assert_same(&c, &expected);
    // What this program does not know, also nested, and a whole number written as a real.
    assert_int_equal(parse(&c,
                           "{" NEEDED ",\"training_results\":{\"steps\":[1,{\"d_model\":7}]},"
                           "\"num_parameters\":12185600,\"max_seq_len\":512.0,\"bias\":false}",
                           &err),
                     AXL_OK);
    assert_int_equal(c.max_seq_len, 512);
    assert_int_equal(c.d_model, 256);
}

static void broken_texts_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "is empty"},
        {"[]", "an object must stand here"},
        {"{", "config.json:"},
        {"{" NEEDED "}}", "behind the end"},
        {"{" NEEDED ",\"d_ff\":688}", "duplicate object key"},
        {"{" NEEDED ",\"x\":\"\xFF\"}", "unable to decode byte 0xff"},
        {"{\"n_heads\":4,\"d_ff\":688,\"n_layers_per_scale\":3}", "d_model is missing"},
        {"{\"d_model\":256,\"n_heads\":4,\"d_ff\":688}", "n_layers_per_scale is missing"},
        {"{" NEEDED ",\"dropout\":\"0.1\"}", "dropout must be a number"},
        {"{" NEEDED ",\"dropout\":true}", "dropout must be a number"},
        {"{" NEEDED ",\"dropout\":null}", "dropout must be a number"},
        {"{" NEEDED ",\"dropout\":1}", "dropout is 1, must be"},
        {"{" NEEDED ",\"dropout\":-0.1}", "dropout is -0.1, must be"},
        {"{" NEEDED ",\"max_seq_len\":250}", "max_seq_len is 250, must be a multiple of 4"},
        {"{" NEEDED ",\"max_seq_len\":256.5}", "must be a whole number"},
        {"{" NEEDED ",\"max_seq_len\":9223372036854775807}", "max_seq_len is"},
        {"{" NEEDED ",\"max_seq_len\":-256}", "max_seq_len is -256"},
        {"{" NEEDED ",\"vocab_size\":100}", "vocab_size is 100"},
        {"{" NEEDED ",\"norm_eps\":0}", "norm_eps is 0"},
        {"{" NEEDED ",\"norm_eps\":1e400}", "overflow"},
        {"{\"d_model\":256,\"n_heads\":5,\"d_ff\":688,\"n_layers_per_scale\":3}",
         "n_heads is 5, must divide d_model"},
        {"{" NEEDED ",\"bias\":true}", "bias must be false"},
        {"{" NEEDED ",\"bias\":0}", "bias must be false"},
        {"{" NEEDED ",\"downsample_factors\":[1,2]}", "downsample_factors must be [1, 2, 4]"},
        {"{" NEEDED ",\"downsample_factors\":[1,2,4,8]}", "downsample_factors must be"},
        {"{" NEEDED ",\"downsample_factors\":[1,2,3]}", "downsample_factors must be"},
        {"{" NEEDED ",\"downsample_factors\":[1,2,\"4\"]}", "downsample_factors must be"},
        {"{" NEEDED ",\"downsample_factors\":4}", "downsample_factors must be"},
        {"{" NEEDED ",\"model_type\":\"llama\"}", "another kind of model"},
        {"{" NEEDED ",\"model_type\":7}", "another kind of model"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        model_config c;
        axl_error err = {0};
        const axl_status status = parse(&c, cases[i].text, &err);
        if (status != AXL_BAD_FILE || !strstr(err.text, cases[i].message))
            fail_msg("%s: %s %s", cases[i].text, axl_status_name(status), err.text);
        assert_memory_equal(err.text, "config.json", 11);
    }
}

static void a_long_text_is_refused(void **state) {
    (void)state;
    model_config c;
    axl_error err = {0};
    buf text = {0};
    buf_text(&text, micro_text);
    buf_fill(&text, ' ', MODEL_CONFIG_JSON_MAX - text.size);
    assert_int_equal(model_config_parse(&c, "config.json", &text, &err), AXL_OK);
    buf_byte(&text, ' ');
    assert_int_equal(model_config_parse(&c, "config.json", &text, &err), AXL_TOO_LARGE);
    buf_free(&text);
}

static axl_status print_again(void *ctx, axl_error *err) {
    (void)ctx;
    buf text = {0};
    const axl_status status = model_config_print(&text, &micro, DTYPE_F32, err);
    buf_free(&text);
    return status;
}

static void failing_allocations_are_reported(void **state) {
    (void)state;
    assert_true(for_each_failing_alloc(print_again, NULL) >= 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_text_is_the_published_one),
        cmocka_unit_test(what_was_written_is_read),
        cmocka_unit_test(absent_fields_have_their_default),
        cmocka_unit_test(broken_texts_are_refused),
        cmocka_unit_test(a_long_text_is_refused),
        cmocka_unit_test(failing_allocations_are_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
