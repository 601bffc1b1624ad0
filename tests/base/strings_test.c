#include "base/strings.h"
#include "base/utf8.h"
#include "support/unit.h"

#include <string.h>

static void format_cuts_at_a_character(void **state) {
    (void)state;
    char out[16];
    bool cut = true;
    assert_int_equal(string_format(out, sizeof out, &cut, "%d-%s", 7, "ok"), 4);
    assert_string_equal(out, "7-ok");
    assert_false(cut);
    static const char text[] = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80z"; // ends 1 3 6 10 11
    static const size_t want[] = {0, 0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11};
    for (size_t size = 1; size < COUNT_OF(want); size++) {
        memset(out, 'X', sizeof out);
        assert_int_equal(string_format(out, size, &cut, "%s", text), want[size]);
        assert_memory_equal(out, text, want[size]);
        assert_int_equal(out[want[size]], 0);
        assert_int_equal(out[size], 'X');
        assert_int_equal(cut, size < 12);
        assert_int_equal(string_copy(out, size, text), want[size]);
    }
}

static void starts_and_ends(void **state) {
    (void)state;
    assert_true(string_starts("model.gguf", "model"));
    assert_true(string_starts("x", ""));
    assert_false(string_starts("mod", "model"));
    assert_true(string_ends("model.gguf", ".gguf"));
    assert_true(string_ends("x", ""));
    assert_false(string_ends("guf", ".gguf"));
    assert_false(string_ends("model.ggux", ".gguf"));
}

static void distances(void **state) {
    (void)state;
    static const struct {
        const char *a, *b;
        size_t want;
    } rows[] = {
        {"", "", 0},
        {"", "abc", 3},
        {"abc", "abc", 0},
        {"abc", "abd", 1},
        {"abc", "ab", 1},
        {"abc", "xabc", 1},
        {"train", "trian", 1},
        {"ab", "ba", 1},
        {"kitten", "sitting", 3},
        {"saturday", "sunday", 3},
        {"ca", "abc", 3}, // restricted form
        {"bench", "generate", 6},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_int_equal(string_distance(rows[i].a, rows[i].b), rows[i].want);
        assert_int_equal(string_distance(rows[i].b, rows[i].a), rows[i].want);
    }
    char longest[STRING_DISTANCE_MAX + 2];
    memset(longest, 'l', sizeof longest);
    longest[STRING_DISTANCE_MAX + 1] = '\0';
    assert_true(string_distance(longest, "l") == SIZE_MAX);
    assert_true(string_distance("l", longest) == SIZE_MAX);
    longest[STRING_DISTANCE_MAX] = '\0';
    assert_int_equal(string_distance(longest, "l"), STRING_DISTANCE_MAX - 1);
    assert_int_equal(string_distance(longest, longest), 0);
}

static void nearest_command(void **state) {
    (void)state;
    static const char *const names[] = {"train", "generate", "serve", "eval", "models", "bench"};
    assert_int_equal(string_nearest("trian", names, COUNT_OF(names)), 0);
    assert_int_equal(string_nearest("genrate", names, COUNT_OF(names)), 1);
    assert_int_equal(string_nearest("model", names, COUNT_OF(names)), 4);
    assert_int_equal(string_nearest("bench", names, COUNT_OF(names)), 5);
    assert_int_equal(string_nearest("benhc", names, COUNT_OF(names)), 5);
    assert_true(string_nearest("quantum", names, COUNT_OF(names)) == SIZE_MAX);
    assert_true(string_nearest("", names, COUNT_OF(names)) == SIZE_MAX);
    assert_true(string_nearest("train", names, 0) == SIZE_MAX);
    char word[500];
    memset(word, 'a', sizeof word - 1);
    word[sizeof word - 1] = '\0';
    assert_true(string_nearest(word, names, COUNT_OF(names)) == SIZE_MAX);
    static const char *const tie[] = {"cat", "bat"};
    assert_int_equal(string_nearest("rat", tie, 2), 0);
}

static void a_pair_is_split_at_its_first_equals_sign(void **state) {
    (void)state;
    char name[8];
    const char *text = "width=96";
    assert_ptr_equal(string_pair(text, name, sizeof name), text + 6);
    assert_string_equal(name, "width");
    assert_string_equal(string_pair("a=b=c", name, sizeof name), "b=c");
    assert_string_equal(string_pair("a=", name, sizeof name), "");
    assert_string_equal(string_pair("seven77=1", name, sizeof name), "1");
    static const char *const none[] = {"", "=", "=1", "width", "eight888=1"};
    for (size_t i = 0; i < COUNT_OF(none); i++)
        assert_null(string_pair(none[i], name, sizeof name));
}

static void sizes_as_text(void **state) {
    (void)state;
    static const struct {
        uint64_t bytes;
        const char *want;
    } rows[] = {
        {0, "0 B"},
        {1, "1 B"},
        {1023, "1023 B"},
        {1024, "1 KiB"},
        {1536, "1.5 KiB"},
        {1075, "1 KiB"},
        {1076, "1.1 KiB"},
        {1048575, "1 MiB"},
        {1048576, "1 MiB"},
        {1610612736, "1.5 GiB"},
        {1072693248, "1023 MiB"},
        {(uint64_t)1 << 40, "1 TiB"},
        {(uint64_t)1 << 50, "1 PiB"},
        {UINT64_MAX, "16 EiB"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char out[STRING_SIZE_MAX];
        assert_string_equal(string_size(out, rows[i].bytes), rows[i].want);
    }
}

static void numbers_from_text(void **state) {
    (void)state;
    uint64_t out = 5;
    assert_true(string_to_u64("0", &out) && out == 0);
    assert_true(string_to_u64("18446744073709551615", &out) && out == UINT64_MAX);
    static const char *const bad[] = {"",
                                      "-1",
                                      "+1",
                                      " 1",
                                      "1 ",
                                      "1x",
                                      "x",
                                      "1.",
                                      "18446744073709551616",
                                      "99999999999999999999"};
    out = 5;
    for (size_t i = 0; i < COUNT_OF(bad); i++) assert_false(string_to_u64(bad[i], &out));
    assert_int_equal(out, 5);
}

static void sizes_from_text(void **state) {
    (void)state;
    static const struct {
        const char *text;
        uint64_t want;
    } rows[] = {
        {"0", 0},
        {"17", 17},
        {"17B", 17},
        {"1k", 1024},
        {"1K", 1024},
        {"1KiB", 1024},
        {"1KB", 1024},
        {"1Ki", 1024},
        {"16G", (uint64_t)16 << 30},
        {"1.5G", (uint64_t)3 << 29},
        {"0.5m", 524288},
        {"2T", (uint64_t)2 << 40},
        {"1.00000000000000000000001K", 1024},
        {"16777215.999999T", ((uint64_t)16777215 << 40) + (999999 * ((uint64_t)1 << 40)) / 1000000},
    };
    uint64_t out = 5;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_true(string_to_size(rows[i].text, &out));
        assert_true(out == rows[i].want);
    }
    static const char *const bad[] = {"",    "G",     "1.G", ".5G", "1.5",       "1.5B", "-1G",
                                      "1 G", "1GiBB", "1iB", "1X",  "16777216T", "1e3"};
    out = 5;
    for (size_t i = 0; i < COUNT_OF(bad); i++) assert_false(string_to_size(bad[i], &out));
    assert_int_equal(out, 5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pair_is_split_at_its_first_equals_sign),
        cmocka_unit_test(format_cuts_at_a_character),
        cmocka_unit_test(starts_and_ends),
        cmocka_unit_test(distances),
        cmocka_unit_test(nearest_command),
        cmocka_unit_test(sizes_as_text),
        cmocka_unit_test(numbers_from_text),
        cmocka_unit_test(sizes_from_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
