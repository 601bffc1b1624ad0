// The table of presets: counts equal to the published ones, names that lead to their row.
#include "model/flops.h"
#include "model/params.h"
#include "model/presets.h"
#include "support/unit.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static uint64_t parameters(const char *name) {
    const model_preset *p = presets_find(name, NULL);
    assert_non_null(p);
    const model_config c = presets_config(p);
    return config_parameters(&c);
}

static void counts_are_the_published_ones(void **state) {
    (void)state;
    static const struct {
        const char *name;
        uint64_t count;
    } published[] = {
        {"code-1b", 317590528},       {"code-1b-lion", 317590528}, {"refactor-lion", 19098720},
        {"refactor-20m", 19098720},   {"testgen-lion", 15174400},  {"testgen-15m", 15174400},
        {"translate", 15174400},      {"docs-8m", 9870112},        {"docs-lion", 9870112},
        {"chat-lion", 9870112},       {"chat-10m", 9870112},       {"comment-5m", 7182144},
        {"comment-lion", 7182144},    {"micro-lion", 12799744},    {"micro-8m", 12799744},
        {"chat-pro", 12799744},       {"debugger-8m", 12799744},   {"micro-600k", 599760},
        {"reasoning-lion", 70004224}, {"reasoning-70m", 70004224}, {"secure-lion", 11700640},
        {"secure-10m", 11700640},     {"300m", 322309120},         {"fixer-12m", 19098720},
    };
    for (size_t i = 0; i < COUNT_OF(published); i++)
        if (parameters(published[i].name) != published[i].count)
            fail_msg("%s has %llu parameters", published[i].name,
                     (unsigned long long)parameters(published[i].name));
}

static void rows_are_whole(void **state) {
    (void)state;
    uint64_t before = 0;
    for (size_t i = 0; i < MODEL_PRESETS; i++) {
        const model_preset *p = &model_presets[i];
        const model_config c = presets_config(p);
        param_table table;
        assert_int_equal(config_check(&c, NULL), AXL_OK);
        assert_int_equal(c.vocab_size, 258);
        assert_int_equal(c.n_cross, 1);
        // Smallest first, and the table of parameters agrees with the formula.
        assert_true(config_parameters(&c) >= before);
        before = config_parameters(&c);
        assert_int_equal(params_build(&table, &c, NULL), AXL_OK);
        assert_true(table.parameters == before);
        params_free(&table);
        // A published count is that of the row unless the note says why not.
        if (p->published_params && p->published_params != before)
            assert_non_null(strstr(p->note, "plain model"));
        assert_true(strcmp(p->optimizer, "lion") == 0 || strcmp(p->optimizer, "sgd") == 0);
        assert_true(p->task[0] && p->use[0] && p->note);
        // The name is the title in small letters.
        assert_int_equal(strlen(p->name), strlen(p->title));
        for (size_t j = 0; p->name[j]; j++)
            assert_int_equal(p->name[j], tolower((unsigned char)p->title[j]));
    }
}

static void dropout_is_that_of_code_1b_lion(void **state) {
    (void)state;
    for (size_t i = 0; i < MODEL_PRESETS; i++) {
        const bool one = strcmp(model_presets[i].name, "code-1b-lion") == 0;
        assert_true(presets_config(&model_presets[i]).dropout == (one ? 0.1 : 0));
    }
}

static void names_lead_to_their_row(void **state) {
    (void)state;
    for (size_t i = 0; i < MODEL_PRESETS; i++) {
        const model_preset *p = &model_presets[i];
        char text[64];
        const char *near = "untouched";
        assert_ptr_equal(presets_find(p->name, &near), p);
        assert_ptr_equal(presets_find(p->title, NULL), p);
        snprintf(text, sizeof text, "AXL-%s", p->title);
        assert_ptr_equal(presets_find(text, NULL), p);
        snprintf(text, sizeof text, "Axl-%s", p->name);
        assert_ptr_equal(presets_find(text, NULL), p);
    }
    const model_preset *micro = presets_find("micro-lion", NULL);
    assert_ptr_equal(presets_find("Micro", NULL), micro);
    assert_ptr_equal(presets_find("axl-MICRO", NULL), micro);
}

static void unknown_names_give_the_nearest(void **state) {
    (void)state;
    static const struct {
        const char *word, *near;
    } cases[] = {
        {"mirco", "micro"},
        {"Reasonning-Lion", "reasoning-lion"},
        {"axl-code1b", "code-1b"},
        {"translation", "translate"},
        {"", NULL},
        {"axl-", NULL},
        {"axl-axl-micro", NULL},
        {"gpt", NULL},
        {"micro-lion-micro-lion-micro-lion-micro-lion", NULL},
        {"micro-lionxxxxxxxxxxxxxxxxxxxxxxxxx", NULL},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const char *near = "untouched";
        assert_null(presets_find(cases[i].word, &near));
        if (cases[i].near) {
            assert_non_null(near);
            assert_string_equal(near, cases[i].near);
        } else if (near) {
            fail_msg("'%s' is near '%s'", cases[i].word, near);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_the_published_ones),
        cmocka_unit_test(rows_are_whole),
        cmocka_unit_test(dropout_is_that_of_code_1b_lion),
        cmocka_unit_test(names_lead_to_their_row),
        cmocka_unit_test(unknown_names_give_the_nearest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
