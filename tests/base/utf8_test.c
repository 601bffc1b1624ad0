#include "base/error.h"
#include "base/utf8.h"
#include "support/failing_alloc.h"
#include "support/unit.h"

#include <string.h>

static bool is_scalar(uint32_t point) {
    return point <= 0x10FFFF && (point < 0xD800 || point > 0xDFFF);
}

// Every character there is: encode, validate, decode.
static void every_character_round_trips(void **state) {
    (void)state;
    for (uint32_t point = 0; point <= 0x10FFFF; point++) {
        uint8_t bytes[4];
        const size_t size = utf8_encode(point, bytes);
        const uint32_t want = is_scalar(point) ? point : UTF8_REPLACEMENT;
        const size_t want_size = want < 0x80 ? 1 : want < 0x800 ? 2 : want < 0x10000 ? 3 : 4;
        if (size != want_size || !utf8_valid(bytes, size)) fail_msg("U+%04X", point);
        utf8_decoder d = {0};
        uint32_t got = 0;
        for (size_t i = 0; i < size; i++) {
            const utf8_step step = utf8_push(&d, bytes[i], &got);
            if (step != (i + 1 < size ? UTF8_MORE : UTF8_POINT)) fail_msg("U+%04X", point);
        }
        if (got != want || !utf8_done(&d)) fail_msg("U+%04X", point);
        for (size_t cut = 0; cut < size; cut++) {
            if (utf8_partial_tail(bytes, cut) != cut) fail_msg("U+%04X cut at %zu", point, cut);
        }
        if (utf8_partial_tail(bytes, size) != 0) fail_msg("U+%04X", point);
    }
    uint8_t bytes[4];
    assert_int_equal(utf8_encode(0x110000, bytes), 3);
    assert_memory_equal(bytes, "\xEF\xBF\xBD", 3);
}

// All pairs, and all triples that begin like one, against the definition.
static void short_sequences_exactly(void **state) {
    (void)state;
    for (uint32_t word = 0xE00000; word < 0xF00000; word++) {
        const uint8_t b[3] = {(uint8_t)(word >> 16), (uint8_t)(word >> 8), (uint8_t)word};
        const uint32_t point = (b[0] & 0x0Fu) << 12 | (b[1] & 0x3Fu) << 6 | (b[2] & 0x3Fu);
        const bool good =
            (b[1] & 0xC0) == 0x80 && (b[2] & 0xC0) == 0x80 && point >= 0x800 && is_scalar(point);
        if (utf8_valid(b, 3) != good) fail_msg("%02x %02x %02x", b[0], b[1], b[2]);
    }
    for (unsigned word = 0; word < 1u << 16; word++) {
        const uint8_t b[2] = {(uint8_t)(word >> 8), (uint8_t)word};
        const bool good =
            (b[0] < 0x80 && b[1] < 0x80) || (b[0] >= 0xC2 && b[0] <= 0xDF && (b[1] & 0xC0) == 0x80);
        if (utf8_valid(b, 2) != good) fail_msg("%02x %02x", b[0], b[1]);
    }
}

static const struct {
    const char *text;
    size_t prefix; // bytes of valid UTF-8 at the start
    const char *repaired;
} bad[] = {
    {"\x80", 0, "\xEF\xBF\xBD"},
    {"a\xFFz", 1, "a\xEF\xBF\xBDz"},
    {"\xC0\x80", 0, "\xEF\xBF\xBD\xEF\xBF\xBD"},
    {"\xC1\xBF", 0, "\xEF\xBF\xBD\xEF\xBF\xBD"},
    {"\xE0\x9F\xBF", 0, "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
    {"\xED\xA0\x80", 0, "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
    {"\xF0\x8F\xBF\xBF", 0, "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
    {"\xF4\x90\x80\x80", 0, "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
    {"\xF5\x80", 0, "\xEF\xBF\xBD\xEF\xBF\xBD"},
    {"ab\xE2\x82", 2, "ab\xEF\xBF\xBD"}, // unfinished: one replacement
    {"\xE2\x82Z", 0, "\xEF\xBF\xBDZ"},   // maximal part, then the letter
    {"\xF0\x9F\x98\xF0\x9F\x98\x80", 0, "\xEF\xBF\xBD\xF0\x9F\x98\x80"},
    // The example of the Unicode standard, section 3.9, table of U+FFFD for truncated sequences.
    {"\xE1\x80\xE2\xF0\x91\x92\xF1\xBFZ", 0, "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDZ"},
    // Eight ASCII bytes in a row, where the check takes a short cut.
    {"\xE2\x82ghijklmnop", 0, "\xEF\xBF\xBDghijklmnop"},
    {"ghijklmn\xC3\xA9ghijklmn\xFF", 18, "ghijklmn\xC3\xA9ghijklmn\xEF\xBF\xBD"},
};

static void broken_text(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        const char *text = bad[i].text;
        const size_t size = strlen(text);
        assert_false(utf8_valid(text, size));
        assert_int_equal(utf8_valid_prefix(text, size), bad[i].prefix);
        for (size_t cut = 0; cut <= size; cut++) { // in two chunks, wherever they meet
            buf out = {0};
            utf8_decoder d = {0};
            assert_true(utf8_repair(&d, text, cut, &out));
            assert_true(utf8_repair(&d, text + cut, size - cut, &out));
            assert_true(utf8_repair_end(&d, &out));
            assert_string_equal(buf_string(&out), bad[i].repaired);
            buf_free(&out);
        }
    }
}

static void good_text_is_left_alone(void **state) {
    (void)state;
    static const char text[] =
        "plain, \xC3\xA9t\xC3\xA9, \xE2\x82\xAC, \xF0\x9F\x98\x80 and \0 too";
    const size_t size = sizeof text - 1;
    assert_true(utf8_valid(text, size));
    assert_true(utf8_valid(NULL, 0));
    for (size_t cut = 0; cut <= size; cut++) {
        buf out = {0};
        utf8_decoder d = {0};
        utf8_repair(&d, text, cut, &out);
        assert_int_equal(out.size, cut - utf8_partial_tail(text, cut));
        utf8_repair(&d, text + cut, size - cut, &out);
        assert_true(utf8_repair_end(&d, &out));
        assert_int_equal(out.size, size);
        assert_memory_equal(out.data, text, size);
        buf_free(&out);
        const size_t at = utf8_cut(text, size, cut);
        assert_true(at <= cut && cut - at <= 3 && utf8_valid(text, at));
        assert_true(at == cut || !utf8_valid(text, cut));
    }
}

static void cut_keeps_what_is_broken_anyway(void **state) {
    (void)state;
    assert_int_equal(utf8_cut("ab\xE2\x82zz", 6, 4), 4); // never completed: no reason to step back
    assert_int_equal(utf8_cut("ab\xE2\x82\xAC", 5, 4), 2);
    assert_int_equal(utf8_cut("ab\xE2\x82\xAC", 5, 5), 5);
    assert_int_equal(utf8_cut("ab", 2, 9), 2);
    assert_int_equal(utf8_partial_tail("\x80\x80\x80\x80", 4), 0);
    assert_int_equal(utf8_partial_tail("\xE0\x80", 2), 0); // overlong: nothing can complete it
    assert_int_equal(utf8_partial_tail("\xFF", 1), 0);
}

static axl_status repair(void *ctx, axl_error *err) {
    (void)ctx;
    buf out = {0};
    utf8_decoder d = {0};
    bool ok = true;
    for (int i = 0; i < 100; i++) ok = utf8_repair(&d, "ab\xFF\xE2", 4, &out) && ok;
    ok = utf8_repair_end(&d, &out) && ok;
    buf_free(&out);
    return ok ? AXL_OK : error_no_memory(err, "text", 400);
}

static void repair_reports_no_memory(void **state) {
    (void)state;
    assert_true(for_each_failing_alloc(repair, NULL) > 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_character_round_trips),
        cmocka_unit_test(short_sequences_exactly),
        cmocka_unit_test(broken_text),
        cmocka_unit_test(good_text_is_left_alone),
        cmocka_unit_test(cut_keeps_what_is_broken_anyway),
        cmocka_unit_test(repair_reports_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
