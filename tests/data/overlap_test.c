// What stands in benchmarks, and the strings of JSON.
#include "base/buf.h"
#include "data/data_case.h"
#include "data/json_strings.h"
#include "data/overlap.h"
#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char problem[] =
    "def has_close(numbers, threshold):\n"
    "    for i, first in enumerate(numbers):\n"
    "        for k, second in enumerate(numbers):\n"
    "            if i != k and abs(first - second) < threshold:\n"
    "                return True\n"
    "    return False\n";

static overlap *set;
static overlap_asker *asker;

static void open_with(const char *text) {
    assert_int_equal(overlap_open(&set, NULL), AXL_OK);
    assert_int_equal(overlap_add_text(set, text, strlen(text), NULL), AXL_OK);
    assert_int_equal(overlap_finish(set, NULL), AXL_OK);
    assert_int_equal(overlap_asker_open(&asker, set, NULL), AXL_OK);
}

static void close_all(void) {
    overlap_asker_close(asker);
    overlap_close(set);
}

static bool found(const char *text) {
    return overlap_found(asker, text, strlen(text));
}

static void copies_are_found_in_any_layout(void **state) {
    (void)state;
    open_with(problem);
    assert_true(found(problem));
    assert_true(
        found("x = 1\n\ndef HAS_CLOSE(Numbers, Threshold): \n for I,first in "
              "enumerate(numbers): for k,second in enumerate(numbers): if i!=k: "
              "abs(first-second)<threshold return true return false"));
    // Half of it is enough, less is not.
    assert_true(
        found("for k, second in enumerate(numbers):\n if i != k and abs(first - second) < "
              "threshold:\n return True\n return False\n"));
    assert_false(found("def has_close(numbers, threshold):\n    for i, first in enumerate(n):\n"));
    assert_false(found("for i in range(10):\n    print(i)\n"));
    assert_false(found(""));
    close_all();
}

static void runs_count_once_however_often_they_come(void **state) {
    (void)state;
    open_with(problem);
    buf text = {0};
    for (int i = 0; i < 50; i++)
        buf_text(&text,
                 "def has_close(numbers, threshold): for i, first in enumerate(numbers) x y\n");
    assert_false(found(buf_string(&text)));
    // The tally of one question does not go on in the next.
    for (int i = 0; i < 50; i++)
        assert_false(
            found("def has_close(numbers, threshold): for i, first in enumerate(numbers)"));
    buf_free(&text);
    close_all();
}

static void a_part_of_a_long_text_is_enough(void **state) {
    (void)state;
    buf text = {0}, part = {0};
    for (int i = 0; i < 1000; i++) buf_format(&text, "word%d ", i);
    for (int i = 500; i < 600; i++) buf_format(&part, "word%d ", i);
    open_with(buf_string(&text));
    assert_true(overlap_texts(set) > 10);
    assert_true(found(buf_string(&part)));
    close_all();
    buf_free(&text);
    buf_free(&part);
}

static void short_texts_are_nobodys(void **state) {
    (void)state;
    assert_int_equal(overlap_open(&set, NULL), AXL_OK);
    static const char text[] = "return a + b if a > b else b - a";
    assert_int_equal(overlap_add_text(set, text, strlen(text), NULL), AXL_OK);
    assert_int_equal(overlap_texts(set), 0);
    assert_int_equal(overlap_finish(set, NULL), AXL_OK);
    assert_int_equal(overlap_asker_open(&asker, set, NULL), AXL_OK);
    assert_false(found(text));
    close_all();
}

static void numbers_do_not_count(void **state) {
    (void)state;
    open_with(
        "assert f([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]) == [12, 11, 10, 9, 8, 7, 6, 5, 4]");
    assert_int_equal(overlap_texts(set), 0);
    assert_false(found("x = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]"));
    close_all();
    open_with("def area of a circle with the radius 5 and the centre at 0 and 0 in the plane");
    assert_true(
        found("def area of a circle with the radius 7 and the centre at 1 and 2 in the plane"));
    close_all();
}

static axl_status add(const char *name, axl_error *err) {
    char path[600];
    snprintf(path, sizeof path, "data/%s", name);
    assert_int_equal(overlap_open(&set, NULL), AXL_OK);
    const axl_status status = overlap_add_file(set, data_box_path(path), err);
    if (status != AXL_OK) overlap_close(set);
    return status;
}

static void files_of_all_kinds_are_read(void **state) {
    (void)state;
    buf json = {0};
    buf_text(&json, "{\"task\": 1, \"prompt\": \"");
    for (const char *c = problem; *c; c++) {
        if (*c == '\n')
            buf_text(&json, "\\n");
        else
            buf_byte(&json, (uint8_t)*c);
    }
    buf_text(&json, "\"}\n");
    data_file_text("b.jsonl", buf_string(&json));
    data_file_text("b.json", buf_string(&json));
    data_file_gzip("b.jsonl.gz", json.data, json.size);
    data_file_text("b.py", problem);
    static const char *const names[] = {"b.jsonl", "b.json", "b.jsonl.gz", "b.py"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        assert_int_equal(add(names[i], NULL), AXL_OK);
        assert_int_equal(overlap_finish(set, NULL), AXL_OK);
        assert_int_equal(overlap_asker_open(&asker, set, NULL), AXL_OK);
        assert_true(found(problem));
        close_all();
    }
    buf_free(&json);
}

static void files_without_text_are_refused(void **state) {
    (void)state;
    axl_error err;
    data_file_text("small.json", "{\"a\": \"b\"}");
    data_file_gzip("cut.jsonl.gz", problem, sizeof problem);
    data_file_write("cut.json.gz", "\x1f\x8b\x08", 3);
    assert_int_equal(add("small.json", &err), AXL_BAD_FILE);
    assert_non_null(strstr(err.text, "small.json: nothing to compare with"));
    assert_int_equal(add("cut.json.gz", &err), AXL_BAD_FILE);
    assert_non_null(strstr(err.text, "damaged"));
    assert_int_equal(add("gone.json", &err), AXL_NOT_FOUND);
}

// ---- strings of JSON ----

static axl_status put(void *ctx, const char *text, size_t bytes, axl_error *err) {
    (void)err;
    buf_append(ctx, text, bytes);
    buf_byte(ctx, '|');
    return AXL_OK;
}

static void strings_are_decoded(void **state) {
    (void)state;
    static const char *const texts[][2] = {
        {"{\"a\": \"b\\nc\\\"d\", \"e\": [1, \"f\"]}", "a|b\nc\"d|e|f|"},
        {"\"\\u0041\\u00e9\\ud83d\\ude00\"", "A\xc3\xa9\xf0\x9f\x98\x80|"},
        {"\"\\ud83d x\" \"\\uZZ\" \"\\q\"", "\xef\xbf\xbd x|uZZ|q|"},
        {"\"whole\" \"never ends", "whole|"},
        {"\"a\\", ""},
        {"no strings", ""},
        {"\"\"", "|"},
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        buf got = {0};
        char *copy = strdup(texts[i][0]);
        assert_int_equal(json_strings_each(copy, strlen(copy), put, &got, NULL), AXL_OK);
        assert_string_equal(buf_string(&got), texts[i][1]);
        free(copy);
        buf_free(&got);
    }
}

// The benchmarks that the project is measured with, where they are: their own solutions are found,
// and what is nobody's is not.
static void real_benchmarks_find_their_own(void **state) {
    (void)state;
    const char *folder = getenv("AXL_BENCHMARKS");
    char path[1024];
    snprintf(path, sizeof path, "%s/humaneval/HumanEval.jsonl.gz", folder ? folder : "");
    FILE *file = folder ? fopen(path, "rb") : NULL;
    if (!file) {
        print_message("skipped: AXL_BENCHMARKS does not name the folder of the benchmarks\n");
        skip();
    }
    fclose(file);
    assert_int_equal(overlap_open(&set, NULL), AXL_OK);
    assert_int_equal(overlap_add_file(set, path, NULL), AXL_OK);
    assert_true(overlap_texts(set) > 164);
    assert_int_equal(overlap_finish(set, NULL), AXL_OK);
    assert_int_equal(overlap_asker_open(&asker, set, NULL), AXL_OK);
    assert_true(
        found("from typing import List\n\ndef has_close_elements(numbers: List[float], "
              "threshold: float) -> bool:\n    \"\"\" Check if in given list of numbers, "
              "are any two numbers closer to each other than\n    given threshold.\n"
              "    >>> has_close_elements([1.0, 2.0, 3.0], 0.5)\n    False\n"));
    assert_false(found(problem));
    close_all();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_are_found_in_any_layout),
        cmocka_unit_test(runs_count_once_however_often_they_come),
        cmocka_unit_test(a_part_of_a_long_text_is_enough),
        cmocka_unit_test(short_texts_are_nobodys),
        cmocka_unit_test(numbers_do_not_count),
        cmocka_unit_test_setup_teardown(files_of_all_kinds_are_read, data_box_make,
                                        data_box_remove),
        cmocka_unit_test_setup_teardown(files_without_text_are_refused, data_box_make,
                                        data_box_remove),
        cmocka_unit_test(strings_are_decoded),
        cmocka_unit_test(real_benchmarks_find_their_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
