// The line editor without a terminal: bytes of keys in, the line and what is drawn out.
#include "cli/cli_line_edit.h"
#include "cli/cli_utf8.h"
#include "support/unit.h"

#include <stdio.h>
#include <string.h>

static line_edit e;
static char drawn[LINE_EDIT_DRAWN];

#define LEFT "\033[D"
#define RIGHT "\033[C"
#define UP "\033[A"
#define DOWN "\033[B"

static line_event type(const char *keys, size_t size) {
    line_event event = LINE_GOES_ON;
    for (size_t i = 0; i < size; i++) {
        assert_int_equal(event, LINE_GOES_ON);
        event = line_edit_byte(&e, (unsigned char)keys[i]);
        assert_true(e.at <= e.line.size);
    }
    return event;
}

// After these keys on an empty line: what is before the cursor, and behind it.
static void gives(const char *keys, const char *before, const char *behind) {
    line_edit_begin(&e, false);
    assert_int_equal(type(keys, strlen(keys)), LINE_GOES_ON);
    char want[256];
    snprintf(want, sizeof want, "%s%s", before, behind);
    if (e.line.size != strlen(want) || memcmp(e.line.bytes, want, e.line.size) != 0)
        fail_msg("%.*s, not %s", (int)e.line.size, e.line.bytes, want);
    assert_int_equal(e.at, strlen(before));
}

static void test_keys(void **state) {
    (void)state;
    memset(&e, 0, sizeof e);
    gives("abc" LEFT LEFT "X", "aX", "bc");
    gives("abc" LEFT LEFT RIGHT "X", "abX", "c");
    gives("abc\001X", "X", "abc");
    gives("abc\001\005X", "abcX", "");
    gives("abc\033[HX\033[FY", "XabcY", "");
    gives("abc\033OHX\033OFY", "XabcY", "");
    gives("abc\033[1~X\033[4~Y\033[7~Z\033[8~", "ZXabcY", "");
    gives("abc\177\010", "a", "");
    gives("abc\001\004\033[3~", "", "c");
    gives("abc\001\006\002\177", "", "abc");
    gives("one two_3  \027", "one ", "");
    gives("one two\033b\033bX\033f\033f", "Xone two", "");
    gives("one two\033[1;5D\033[1;5D\033[1;5C", "one", " two");
    gives("one two\001\033d", "", " two");
    gives("one two\033b\013\001\031", "two", "one ");
    gives("one two\033b\025\005\031", "twoone ", "");
    gives("\033[99~a\033[1;9Zb\033xc", "abc", ""); // keys that nobody knows
    gives("\032\034a", "a", "");
    gives(LEFT RIGHT "\177x\004", "x", "");
}

static void test_utf8(void **state) {
    (void)state;
    memset(&e, 0, sizeof e);
    gives("a\xC3\xA9\xE2\x82\xAC" LEFT LEFT "x", "ax", "\xC3\xA9\xE2\x82\xAC");
    gives("\xF0\x9F\x98\x80z" LEFT "\177", "", "z");
    gives("\xC3\xA9z\001\004", "", "z");
    gives(
        "\xFF\xFF\xFF\xFF"
        "a",
        "a", ""); // no characters
    // A character that is cut off by Enter.
    line_edit_begin(&e, false);
    assert_int_equal(type("\xE2\x82\r", 3), LINE_DONE);
    assert_int_equal(e.line.size, 0);
}

static void test_ends(void **state) {
    (void)state;
    memset(&e, 0, sizeof e);
    line_edit_begin(&e, false);
    assert_int_equal(type("\004", 1), LINE_END);
    assert_int_equal(type("ab\003", 3), LINE_DROPPED);
    line_edit_begin(&e, false);
    assert_int_equal(type("ab\r", 3), LINE_DONE);
    line_edit_begin(&e, false);
    assert_int_equal(type("ab\n", 3), LINE_DONE);
    line_edit_begin(&e, false);
    assert_int_equal(type("\033[\003", 3), LINE_DROPPED); // also inside a key
}

static void test_paste(void **state) {
    (void)state;
    memset(&e, 0, sizeof e);
    gives("x\033[200~one\rtwo\tthree\001\003\xC3\xA9\033[Aq\033[201~y",
          "xone\ntwo\tthree\xC3\xA9qy", "");
}

static void enter(const char *line) {
    line_edit_begin(&e, false);
    type(line, strlen(line));
    line_edit_begin(&e, true);
}

static void test_history(void **state) {
    (void)state;
    memset(&e, 0, sizeof e);
    enter("one");
    enter("two");
    enter("two");
    enter("");
    enter("three");
    assert_int_equal(e.lines, 3);
    gives(UP, "three", "");
    gives(UP UP UP UP, "one", "");
    gives("new" UP UP DOWN, "three", "");
    gives("new" UP UP DOWN DOWN, "new", "");
    gives("new\020\020\016\016\016", "new", "");
    gives(UP UP "X", "twoX", ""); // a change of an earlier line is a new line
    gives(UP UP, "two", "");
    // Old lines make room.
    char line[1001] = {0};
    for (size_t i = 0; i < 200; i++) {
        memset(line, 'a' + (int)(i % 26), 1000);
        enter(line);
    }
    assert_true(e.lines > 50 && e.lines < 70 && e.history_size <= sizeof e.history);
    line_edit_begin(&e, false);
    for (size_t i = 0; i < 300; i++) type(UP, 3);
    assert_int_equal(e.line.size, 1000);
    assert_int_equal(e.line.bytes[0], 'a' + (int)((200 - e.lines) % 26));
}

static void test_full(void **state) {
    (void)state;
    memset(&e, 0, sizeof e);
    for (size_t i = 0; i < LINE_EDIT_MAX + 10; i++) type("x", 1);
    assert_int_equal(e.line.size, LINE_EDIT_MAX);
    type("\xC3\xA9", 2);
    assert_int_equal(e.line.size, LINE_EDIT_MAX);
    line_edit_draw(&e, &(line_prompt){"> ", 2}, 80, drawn);
    assert_true(strlen(drawn) < 120);
    line_edit_begin(&e, true);
    assert_int_equal(e.lines, 1);
    for (size_t i = 0; i < LINE_EDIT_MAX; i++) type("\t", 1);
    line_edit_draw(&e, &(line_prompt){"> ", 2}, 1 << 20, drawn);
    assert_true(strlen(drawn) < sizeof drawn);
}

static void draws(const char *keys, size_t columns, const char *row, size_t cursor) {
    line_edit_begin(&e, false);
    type(keys, strlen(keys));
    line_edit_draw(&e, &(line_prompt){"> ", 2}, columns, drawn);
    char want[256];
    snprintf(want, sizeof want, "\r> %s\033[K\r\033[%zuC", row, cursor);
    assert_string_equal(drawn, want);
}

static void test_drawing(void **state) {
    (void)state;
    memset(&e, 0, sizeof e);
    draws("abc", 80, "abc", 5);
    draws("abc" LEFT, 80, "abc", 4);
    draws(
        "caf\xC3\xA9 \xE4\xBD\xA0"
        "x",
        80,
        "caf\xC3\xA9 \xE4\xBD\xA0"
        "x",
        10);
    draws("0123456789", 10, "3456789", 9);
    draws("0123456789\001", 10, "0123456", 2);
    draws("\033[200~a\rb\033[201~", 80,
          "a\xE2\x86\xB5"
          "b",
          5);
    draws("ab", 1, "b", 3); // a terminal that is no place for a line
}

static void shows(const char *s, size_t size, const char *want) {
    char out[64];
    size_t length = 0;
    for (size_t at = 0, used; at < size; at += used)
        length += cli_utf8_safe(s + at, size - at, out + length, &used);
    assert_int_equal(length, strlen(want));
    assert_memory_equal(out, want, length);
}

// Nothing that could command a terminal gets through.
static void test_safe(void **state) {
    (void)state;
    shows("a\tb\n", 4, "a\tb\n");
    shows("\033[2J", 4, "\xE2\x90\x9B[2J");
    shows("\0\177", 2, "\xE2\x90\x80\xE2\x90\xA1");
    shows("\xC2\x9B", 2, "\xEF\xBF\xBD");
    shows("\xE2\x80\xAE", 3, "\xEF\xBF\xBD");
    shows("\xFF\xC3", 2, "\xEF\xBF\xBD\xEF\xBF\xBD");
    shows("\xC0\x80", 2, "\xEF\xBF\xBD\xEF\xBF\xBD");
    shows("\xED\xA0\x80", 3, "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
    shows("\xF0\x9F\x98\x80\xC3\xA9", 6, "\xF0\x9F\x98\x80\xC3\xA9");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys),    cmocka_unit_test(test_utf8),    cmocka_unit_test(test_ends),
        cmocka_unit_test(test_paste),   cmocka_unit_test(test_history), cmocka_unit_test(test_full),
        cmocka_unit_test(test_drawing), cmocka_unit_test(test_safe),
    };
    return cmocka_run_group_tests_name("line editor", tests, NULL, NULL);
}
