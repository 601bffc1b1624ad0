// Presets and suggestions through the public interface. Speeds are not judged, only what follows
// from them.
#include "support/failing_alloc.h"
#include "support/unit.h"

#include <axl/axl.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

static const axl_suggest_options quick = {.bench = {.quick = true, .threads = 2},
                                          .memory_bytes = (uint64_t)1 << 40};

static void presets_are_listed_smallest_first(void **state) {
    (void)state;
    axl_model_preset m, found;
    axl_error err = {0};
    uint64_t before = 0;
    assert_int_equal(axl_model_preset_count(), 25);
    for (size_t i = 0; i < axl_model_preset_count(); i++) {
        assert_int_equal(axl_model_preset_at(i, &m, NULL), AXL_OK);
        assert_true(m.params >= before);
        before = m.params;
        assert_int_equal(axl_model_preset_find(m.title, &found, NULL), AXL_OK);
        assert_string_equal(found.name, m.name);
        assert_true(found.params == m.params && found.train_bytes == m.train_bytes);
    }
    assert_int_equal(axl_model_preset_at(25, &m, &err), AXL_NOT_FOUND);
    assert_non_null(strstr(err.text, "only 25"));
    assert_int_equal(axl_model_preset_at(0, NULL, &err), AXL_BAD_ARGUMENT);
}

// Micro by hand: d 256, f 688, L 3, T 256, batch 16, Lion.
static void figures_are_those_of_the_shape(void **state) {
    (void)state;
    axl_model_preset m;
    assert_int_equal(axl_model_preset_find("Micro", &m, NULL), AXL_OK);
    assert_string_equal(m.name, "micro-lion");
    assert_string_equal(m.optimizer, "lion");
    assert_int_equal(m.params, 12799744);
    assert_int_equal(m.d_model, 256);
    assert_int_equal(m.n_heads, 4);
    assert_int_equal(m.d_ff, 688);
    assert_int_equal(m.n_layers_per_scale, 3);
    assert_int_equal(m.n_cross_attn_layers, 1);
    assert_int_equal(m.max_seq_len, 256);
    assert_int_equal(m.vocab_size, 258);
    const uint64_t kept = 448 * (3 * (6 * 256 + 2 * 688) + 11 * 256 + 4 * 688) + // states
                          256 * (28 * 256 + 688 + 258);                          // bytes
    assert_int_equal(m.train_bytes, 4 * (3 * 12799744 + 16 * kept));
    assert_int_equal(m.run_bytes, 4 * (12799744 + 448 * 2 * 256 * 5));
    // Backward twice the forward, and the fine exit's logits: 3 * 2 V d a byte.
    assert_true(fabs(m.train_flops - 3 * (m.run_flops + 2 * 258 * 256)) < 1e-6 * m.train_flops);
    assert_in_range((size_t)m.run_flops, 14600000, 16400000);
}

static void unknown_names_are_refused(void **state) {
    (void)state;
    axl_model_preset m;
    axl_error err = {0};
    assert_int_equal(axl_model_preset_find("mirco", &m, &err), AXL_NOT_FOUND);
    assert_string_equal(err.text, "unknown model 'mirco', did you mean 'micro'?");
    assert_int_equal(axl_model_preset_find("gpt\n", &m, &err), AXL_NOT_FOUND);
    assert_string_equal(err.text, "unknown model 'gpt?'");
    assert_int_equal(axl_model_preset_find(NULL, &m, &err), AXL_BAD_ARGUMENT);
    assert_int_equal(axl_model_preset_find("micro", NULL, &err), AXL_BAD_ARGUMENT);
}

static void check_row(const axl_suggest_result *r, const axl_suggest_row *row) {
    assert_true(row->share >= 0.45 && row->share <= 0.78);
    const double operations = r->peak.max * 1e9 * row->share * 60 * r->minutes;
    assert_true(fabs(row->bytes * row->model.train_flops / operations - 1) < 1e-9);
    assert_true(fabs(row->minutes / r->minutes - row->balance / row->bytes) <
                1e-9 * row->minutes / r->minutes);
    assert_true(row->fits == (row->model.train_bytes <= r->memory_bytes));
    assert_true(row->passes == (r->data_bytes ? row->bytes / (double)r->data_bytes : 0));
}

static void suggestions_follow_from_the_peak(void **state) {
    (void)state;
    axl_suggest_result r;
    axl_suggest_options options = quick;
    assert_int_equal(axl_suggest(&options, &r, NULL), AXL_OK);
    assert_int_equal(r.threads, 2);
    assert_non_null(r.level);
    assert_true(r.peak.max > 0);
    assert_true(r.minutes == 10);
    assert_int_equal(r.row_count, 25);
    for (size_t i = 0; i < r.row_count; i++) check_row(&r, &r.rows[i]);
    check_row(&r, &r.sized);
    assert_true(r.sized.fits);
    assert_string_equal(r.sized.model.optimizer, "adamw");
    // The memory decides which fit: exactly that of the preset in the middle, in bytes.
    options.memory_bytes = r.rows[12].model.train_bytes;
    options.minutes = 100000;
    assert_int_equal(axl_suggest(&options, &r, NULL), AXL_OK);
    assert_true(r.minutes == 100000);
    assert_true(r.rows[12].fits && r.sized.fits);
    for (size_t i = 0; i < r.row_count; i++) check_row(&r, &r.rows[i]);
    options.memory_bytes--;
    assert_int_equal(axl_suggest(&options, &r, NULL), AXL_OK);
    assert_false(r.rows[12].fits);
    assert_true(r.sized.fits);
}

static void data_is_counted(void **state) {
    (void)state;
    const char *path = "axl-suggest-data";
    axl_suggest_result r;
    axl_error err = {0};
    axl_suggest_options options = quick;
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    options.data = path;
    fclose(file);
    assert_int_equal(axl_suggest(&options, &r, &err), AXL_BAD_FILE);
    assert_string_equal(err.text, "there is nothing in axl-suggest-data");
    file = fopen(path, "wb");
    assert_non_null(file);
    for (int i = 0; i < 1000; i++) fputc('x', file);
    assert_int_equal(fclose(file), 0);
    const axl_status status = axl_suggest(&options, &r, &err);
    remove(path);
    assert_int_equal(status, AXL_OK);
    assert_int_equal(r.data_bytes, 1000);
    assert_int_equal(r.data_files, 1);
    check_row(&r, &r.rows[0]);
    check_row(&r, &r.sized);
    assert_int_equal(axl_suggest(&options, &r, &err), AXL_NOT_FOUND);
}

static void wrong_options_are_refused(void **state) {
    (void)state;
    axl_suggest_result r;
    axl_error err = {0};
    const double bad[] = {-1, NAN, INFINITY};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        axl_suggest_options options = quick;
        options.minutes = bad[i];
        assert_int_equal(axl_suggest(&options, &r, &err), AXL_BAD_ARGUMENT);
        assert_non_null(strstr(err.text, "minutes"));
    }
    axl_suggest_options options = quick;
    options.memory_bytes = 1 << 20;
    assert_int_equal(axl_suggest(&options, &r, &err), AXL_NO_MEMORY);
    assert_non_null(strstr(err.text, "1 MiB"));
    options = quick;
    options.bench.level = "avx513";
    assert_int_equal(axl_suggest(&options, &r, &err), AXL_BAD_ARGUMENT);
    assert_int_equal(axl_suggest(&quick, NULL, &err), AXL_BAD_ARGUMENT);
}

static axl_status run_suggest(void *ctx, axl_error *err) {
    (void)ctx;
    axl_suggest_result r;
    return axl_suggest(&quick, &r, err);
}

static void each_allocation_may_fail(void **state) {
    (void)state;
    assert_true(for_each_failing_alloc(run_suggest, NULL) >= 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(presets_are_listed_smallest_first),
        cmocka_unit_test(figures_are_those_of_the_shape),
        cmocka_unit_test(unknown_names_are_refused),
        cmocka_unit_test(suggestions_follow_from_the_peak),
        cmocka_unit_test(data_is_counted),
        cmocka_unit_test(wrong_options_are_refused),
        cmocka_unit_test(each_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
