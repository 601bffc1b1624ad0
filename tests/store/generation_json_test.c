// generation_config.json: what is read, what holds without it, what is refused.
#include "store/generation_json.h"

#include "store/model_dir.h"
#include "support/unit.h"

#include <stdio.h>
#include <string.h>

static axl_status parse(generation_settings *out, const char *text, axl_error *err) {
    buf b = {0};
    buf_text(&b, text);
    const axl_status status = generation_parse(out, "file", &b, err);
    buf_free(&b);
    return status;
}

static void read_well(generation_settings *out, const char *text) {
    axl_error err;
    if (parse(out, text, &err) != AXL_OK) fail_msg("%s", err.text);
}

static void test_defaults(void **state) {
    (void)state;
    generation_settings s, published;
    read_well(&s, "{}");
    read_well(&published, model_dir_generation());
    const generation_settings d = generation_defaults();
    for (size_t i = 0; i < 2; i++) {
        const generation_settings *each = i ? &published : &s;
        assert_int_equal(each->max_new_tokens, d.max_new_tokens);
        assert_true(each->temperature == d.temperature && each->top_p == d.top_p);
        assert_true(each->top_k == d.top_k && each->repetition_penalty == d.repetition_penalty);
        assert_true(each->do_sample && each->min_p == 0);
        assert_string_equal(each->chat.user, "User: ");
        assert_string_equal(each->chat.assistant, "\nAssistant:");
    }
}

static void test_reads(void **state) {
    (void)state;
    generation_settings s;
    read_well(&s,
              "{\"max_new_tokens\": 7, \"temperature\": 0, \"top_k\": 0, \"top_p\": 0.25, "
              "\"min_p\": 0.5, \"repetition_penalty\": 1, \"do_sample\": false, \"other\": [1], "
              "\"chat_template\": {\"system\": \"S\\n\", \"user\": \"\", \"end\": \"<e>\"}}");
    assert_true(s.max_new_tokens == 7 && s.temperature == 0 && s.top_k == 0 && !s.do_sample);
    assert_true(s.top_p == 0.25 && s.min_p == 0.5 && s.repetition_penalty == 1);
    assert_string_equal(s.chat.system, "S\n");
    assert_string_equal(s.chat.user, "");
    assert_string_equal(s.chat.assistant, "\nAssistant:");
    assert_string_equal(s.chat.end, "<e>");
    read_well(&s, "{\"chat_template\": \"{{ a tokenizer's }}\", \"top_k\": null}");
    assert_string_equal(s.chat.user, "User: ");
    assert_int_equal(s.top_k, 40);
}

static void test_refused(void **state) {
    (void)state;
    static const char *const bad[] = {"",
                                      "[]",
                                      "{",
                                      "{} x",
                                      "{\"top_k\": -1}",
                                      "{\"top_k\": 1.5}",
                                      "{\"top_k\": \"4\"}",
                                      "{\"temperature\": -1}",
                                      "{\"temperature\": 1e300}",
                                      "{\"top_p\": 0}",
                                      "{\"top_p\": 1.5}",
                                      "{\"min_p\": 2}",
                                      "{\"repetition_penalty\": 0}",
                                      "{\"max_new_tokens\": 1e16}",
                                      "{\"chat_template\": {\"user\": 1}}"};
    generation_settings s;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        axl_error err = {0};
        if (parse(&s, bad[i], &err) != AXL_BAD_FILE) fail_msg("accepted: %s", bad[i]);
        assert_memory_equal(err.text, "file", 4);
    }
    char text[GENERATION_TEXT_MAX + 64];
    axl_error err;
    for (size_t size = GENERATION_TEXT_MAX - 1; size <= GENERATION_TEXT_MAX; size++) {
        char long_text[GENERATION_TEXT_MAX + 1] = {0};
        memset(long_text, 'x', size);
        snprintf(text, sizeof text, "{\"chat_template\": {\"end\": \"%s\"}}", long_text);
        assert_int_equal(parse(&s, text, &err), size < GENERATION_TEXT_MAX ? AXL_OK : AXL_BAD_FILE);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_reads),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests_name("generation_config.json", tests, NULL, NULL);
}
