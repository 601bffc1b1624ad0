// The table of settings of a run.
#include "model/model_case.h"
#include "train/settings.h"

#include <string.h>

static const setting *named(const char *name) {
    const setting *f = train_setting_find(name, NULL);
    if (!f) fail_msg("no setting '%s'", name);
    return f;
}

// Every value comes back from its text.
static void test_texts(void **state) {
    (void)state;
    axl_error err;
    train_settings s = train_settings_defaults(), again;
    s.rate = 0.1;
    s.minutes = 1.0 / 3;
    s.seed = 9007199254740991.0;
    s.optimizer = OPTIMIZER_ADAMW;
    again = train_settings_defaults();
    for (size_t i = 0; i < train_setting_count; i++) {
        const setting *f = &train_setting_list[i];
        char text[SETTING_TEXT];
        train_setting_text(&s, f, text);
        case_ok(train_setting_set(&again, f, text, &err), &err);
        assert_true(train_setting_get(&again, f) == train_setting_get(&s, f));
        assert_ptr_equal(named(f->name), f);
        assert_true(f->min <= f->standard && f->standard <= f->max);
    }
    assert_memory_equal(&s, &again, sizeof s);
    char text[SETTING_TEXT];
    assert_string_equal(train_setting_text(&s, named("rate"), text), "0.1");
    assert_string_equal(train_setting_text(&s, named("optimizer"), text), "adamw");
}

static void test_refused(void **state) {
    (void)state;
    static const struct {
        const char *name, *value, *text;
    } rows[] = {
        {"batch", "0", "batch is '0', must be a whole number from 1 to 65536"},
        {"batch", "1.5", "must be a whole number"},
        {"batch", "", "batch is ''"},
        {"rate", "fast", "rate is 'fast', must be a number from 0 to 100"},
        {"rate", "nan", "rate is 'nan'"},
        {"rate", "-1", "rate is '-1'"},
        {"rate", "0.1x", "rate is '0.1x'"},
        {"optimizer", "lio", "optimizer is 'lio', must be one of lion|sgd|adamw"},
        {"dtype", "f32|bf16", "must be one of"},
        {"dtype", "", "must be one of"},
    };
    axl_error err;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        train_settings s = train_settings_defaults();
        const train_settings before = s;
        assert_int_equal(train_setting_set(&s, named(rows[i].name), rows[i].value, &err),
                         AXL_BAD_ARGUMENT);
        if (!strstr(err.text, rows[i].text)) fail_msg("'%s' lacks '%s'", err.text, rows[i].text);
        assert_memory_equal(&s, &before, sizeof s);
    }
    const char *near;
    assert_null(train_setting_find("optimiser", &near));
    assert_string_equal(near, "optimizer");
    assert_null(train_setting_find("zzzzzzzzzzzz", &near));
    assert_null(near);
}

static void test_together(void **state) {
    (void)state;
    axl_error err;
    const model_config c = case_config();
    train_settings s = train_settings_defaults();
    assert_int_equal(train_settings_check(&s, &c, &err), AXL_BAD_ARGUMENT);
    assert_non_null(strstr(err.text, "minutes, steps or bytes"));
    s.minutes = 1;
    case_ok(train_settings_check(&s, &c, &err), &err);
    s.fim_rate = 0.5;
    assert_int_equal(train_settings_check(&s, &c, &err), AXL_BAD_ARGUMENT);
    assert_non_null(strstr(err.text, "vocab_size to 264"));
    s = train_settings_defaults();
    s.steps = 1;
    s.schedule = SCHEDULE_TRAPEZOID;
    s.warmup = 0.7;
    assert_int_equal(train_settings_check(&s, &c, &err), AXL_BAD_ARGUMENT);
    assert_int_equal(train_settings_length(&s, &c), c.max_seq_len);
    s.length = 77;
    assert_int_equal(train_settings_length(&s, &c), 77);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_together),
    };
    return cmocka_run_group_tests_name("train settings", tests, NULL, NULL);
}
