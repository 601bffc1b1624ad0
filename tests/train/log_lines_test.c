// Rows and samples as lines of text: read back by our own readers bit for bit, and by a JSON
// library.
#include "log_case.h"
#include "support/unit.h"
#include "train/log_csv.h"
#include "train/log_jsonl.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

// Values whose text is long, at the ends of their range, or missing.
static train_row odd_row(void) {
    train_row row = log_case_row(7);
    row.bytes = UINT64_MAX;
    row.seconds = 1.0 / 3;
    row.train_bpb = 5e-324;
    row.exit_bpb = 1.7976931348623157e308;
    row.grad_norm = INFINITY; // told as missing
    row.rate = -0.0;
    row.time = 1763749000.123;
    return row;
}

static void expect_same(const train_row *a, const train_row *b) {
    for (size_t i = 0; i < TRAIN_COLUMNS; i++) {
        const train_column *c = &train_columns[i];
        if (c->type == COLUMN_COUNT) {
            assert_true(train_row_count(a, c) == train_row_count(b, c));
            continue;
        }
        const double x = train_row_real(a, c), y = train_row_real(b, c);
        if (isfinite(x)) {
            assert_memory_equal(&x, &y, sizeof x);
        } else {
            assert_true(isnan(y));
        }
    }
}

// A column that the table forgets, or has twice, would leave a member unread.
static void the_table_covers_the_row(void **state) {
    (void)state;
    bool covered[sizeof(train_row) / 8] = {false};
    assert_int_equal(sizeof(train_row), 8 * TRAIN_COLUMNS);
    for (size_t i = 0; i < TRAIN_COLUMNS; i++) {
        const size_t word = train_columns[i].offset / 8;
        assert_false(covered[word]);
        covered[word] = true;
    }
}

static void csv_reads_back(void **state) {
    (void)state;
    const train_row rows[] = {odd_row(), log_case_row(1), log_case_row(50)};
    buf out = {0};
    assert_true(log_csv_header(&out));
    assert_true(log_csv_read_header(out.data, out.size - 1));
    assert_false(log_csv_read_header(out.data, out.size - 2));
    assert_false(log_csv_read_header(out.data, out.size));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        train_row back;
        memset(&back, 0x55, sizeof back);
        buf_clear(&out);
        assert_true(log_csv_row(&out, &rows[i]));
        assert_true(log_csv_read_row(out.data, out.size - 1, &back));
        expect_same(&rows[i], &back);
    }
    buf_free(&out);
}

static void csv_is_what_a_spreadsheet_wants(void **state) {
    (void)state;
    train_row row = log_case_row(50);
    row.joules = NAN;
    row.time = 1.5;
    buf out = {0};
    log_csv_row(&out, &row);
    assert_int_equal(strncmp(out.data, "50,204800,18.5,0.05,", 20), 0);
    assert_non_null(strstr(out.data, ",314572800,,1.5\n"));
    buf_free(&out);
}

static void jsonl_reads_back(void **state) {
    (void)state;
    const train_row rows[] = {odd_row(), log_case_row(1), log_case_row(50)};
    buf out = {0};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        train_row back;
        memset(&back, 0x55, sizeof back);
        buf_clear(&out);
        assert_true(log_jsonl_row(&out, &rows[i]));
        assert_true(log_jsonl_read_row(out.data, out.size - 1, &back));
        expect_same(&rows[i], &back);
        if (i == 0) continue; // jansson has no unsigned numbers
        json_t *object = json_loads(out.data, JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(object);
        assert_int_equal(json_object_size(object), TRAIN_COLUMNS);
        assert_int_equal(json_integer_value(json_object_get(object, "step")), rows[i].step);
        assert_true(json_real_value(json_object_get(object, "train_bpb")) == rows[i].train_bpb);
        assert_true(json_is_null(json_object_get(object, "exit_bpb")));
        json_decref(object);
    }
    buf_free(&out);
}

// A line that was cut anywhere, or has a byte too many, is not taken for a row.
static void torn_rows_are_refused(void **state) {
    (void)state;
    const train_row row = log_case_row(50);
    train_row back;
    buf csv = {0}, json = {0};
    log_csv_row(&csv, &row);
    log_jsonl_row(&json, &row);
    for (size_t size = 0; size + 1 < json.size; size++) {
        assert_false(log_jsonl_read_row(json.data, size, &back));
    }
    assert_false(log_jsonl_read_row(json.data, json.size, &back));
    // The fields of CSV name nothing, so a cut in the last one cannot be seen; the newline that
    // is missing tells it, and that is the reader's of the file.
    const size_t last = (size_t)(strrchr(csv.data, ',') - csv.data);
    for (size_t size = 0; size < last; size++) {
        assert_false(log_csv_read_row(csv.data, size, &back));
    }
    assert_false(log_csv_read_row(csv.data, csv.size, &back));
    assert_false(log_csv_read_row("1,2", 3, &back));
    buf_free(&csv);
    buf_free(&json);
}

static void expect_text(train_text text, const char *data, size_t size) {
    assert_int_equal(text.size, size);
    assert_memory_equal(text.data, data, size);
}

static void samples_read_back(void **state) {
    (void)state;
    const train_sample sample = {.step = 3,
                                 .bytes = 99,
                                 .prompt = {"a\"\\\n\r\t\x01\x7f</script>", 17},
                                 .suffix = {"", 0},
                                 .completion = {"x\xff\0\xc3\xa9", 5}};
    buf out = {0};
    assert_true(log_jsonl_sample(&out, &sample));
    json_t *object = json_loadb(out.data, out.size, JSON_ALLOW_NUL, NULL);
    assert_non_null(object);
    json_decref(object);
    train_sample back;
    assert_true(log_jsonl_read_sample(out.data, out.size - 1, &back));
    assert_int_equal(back.step, 3);
    assert_int_equal(back.bytes, 99);
    expect_text(back.prompt, sample.prompt.data, 17);
    assert_non_null(back.suffix.data);
    assert_int_equal(back.suffix.size, 0);
    expect_text(back.completion, "x\xef\xbf\xbd\0\xc3\xa9", 7);
    const train_sample bare = {.step = 4, .completion = {"y", 1}};
    buf_clear(&out);
    assert_true(log_jsonl_sample(&out, &bare));
    assert_true(log_jsonl_read_sample(out.data, out.size - 1, &back));
    assert_null(back.suffix.data);
    buf_free(&out);
}

static void torn_samples_are_refused(void **state) {
    (void)state;
    const train_sample sample = {.step = 3, .prompt = {"\n\x01", 2}, .completion = {"\xc3\xa9", 2}};
    buf out = {0};
    log_jsonl_sample(&out, &sample);
    for (size_t size = 0; size + 1 < out.size; size++) {
        char *copy = test_malloc(out.size);
        train_sample back;
        memcpy(copy, out.data, out.size);
        assert_false(log_jsonl_read_sample(copy, size, &back));
        test_free(copy);
    }
    buf_free(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_covers_the_row),        cmocka_unit_test(csv_reads_back),
        cmocka_unit_test(csv_is_what_a_spreadsheet_wants), cmocka_unit_test(jsonl_reads_back),
        cmocka_unit_test(torn_rows_are_refused),           cmocka_unit_test(samples_read_back),
        cmocka_unit_test(torn_samples_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
