#include "base/buf.h"
#include "base/cursor.h"
#include "support/unit.h"

#include <string.h>

// One value of every kind; the same list is written, read back and cut at every byte.
struct sample {
    uint8_t u8;
    uint16_t u16;
    uint32_t u32;
    uint64_t u64, count;
    int8_t i8;
    int16_t i16;
    int32_t i32;
    int64_t i64;
    float f32;
    double f64;
    char tail[4];
};

// Where each field of the sample ends.
static const size_t ends[] = {1, 3, 7, 15, 16, 18, 22, 30, 34, 42, 50, 54};

static const struct sample full = {.u8 = 0xFE,
                                   .u16 = 0x8123,
                                   .u32 = 0x89ABCDEF,
                                   .u64 = 0xFEDCBA9876543210,
                                   .count = 4,
                                   .i8 = -2,
                                   .i16 = -300,
                                   .i32 = -70000,
                                   .i64 = INT64_MIN,
                                   .f32 = -1.5f,
                                   .f64 = 3.25e300,
                                   .tail = {'t', 'a', 'i', 'l'}};

static void write_sample(buf *b) {
    buf_byte(b, full.u8);
    buf_u16(b, full.u16);
    buf_u32(b, full.u32);
    buf_u64(b, full.u64);
    buf_byte(b, (uint8_t)full.i8);
    buf_u16(b, (uint16_t)full.i16);
    buf_u32(b, (uint32_t)full.i32);
    buf_u64(b, (uint64_t)full.i64);
    buf_f32(b, full.f32);
    buf_f64(b, full.f64);
    buf_u64(b, full.count);
    buf_append(b, full.tail, sizeof full.tail);
    assert_true(buf_ok(b));
}

static struct sample read_sample(cursor *c) {
    struct sample s = {0};
    s.u8 = cursor_u8(c);
    s.u16 = cursor_u16(c);
    s.u32 = cursor_u32(c);
    s.u64 = cursor_u64(c);
    s.i8 = cursor_i8(c);
    s.i16 = cursor_i16(c);
    s.i32 = cursor_i32(c);
    s.i64 = cursor_i64(c);
    s.f32 = cursor_f32(c);
    s.f64 = cursor_f64(c);
    s.count = cursor_count(c, 1);
    memset(s.tail, 'x', sizeof s.tail);
    cursor_copy(c, s.tail, sizeof s.tail);
    return s;
}

static void reads_what_was_written(void **state) {
    (void)state;
    buf b = {0};
    write_sample(&b);
    assert_int_equal(b.size, 54);
    assert_memory_equal(b.data, "\xFE\x23\x81\xEF\xCD\xAB\x89\x10\x32\x54\x76\x98\xBA\xDC\xFE", 15);
    cursor c;
    cursor_init(&c, b.data, b.size);
    const struct sample s = read_sample(&c);
    assert_true(cursor_ok(&c));
    assert_int_equal(cursor_left(&c), 0);
    assert_int_equal(cursor_status(&c, "x", NULL), AXL_OK);
    assert_int_equal(s.u8, full.u8);
    assert_int_equal(s.u16, full.u16);
    assert_int_equal(s.u32, full.u32);
    assert_int_equal(s.u64, full.u64);
    assert_int_equal(s.i8, full.i8);
    assert_int_equal(s.i16, full.i16);
    assert_int_equal(s.i32, full.i32);
    assert_int_equal(s.i64, full.i64);
    assert_true(s.f32 == full.f32 && s.f64 == full.f64);
    assert_int_equal(s.count, full.count);
    assert_memory_equal(s.tail, full.tail, 4);
    buf_free(&b);
}

// The bytes sit at the end of their own block, so that a sanitizer sees one byte too many.
static void every_truncation_fails_in_place(void **state) {
    (void)state;
    buf b = {0};
    write_sample(&b);
    for (size_t size = 0; size < b.size; size++) {
        uint8_t *cut = test_malloc(size);
        if (size > 0) memcpy(cut, b.data, size);
        cursor c;
        cursor_init(&c, cut, size);
        const struct sample s = read_sample(&c);
        assert_false(cursor_ok(&c));
        assert_int_equal(cursor_left(&c), 0);
        size_t whole = 0; // fields that are there
        while (ends[whole] <= size) whole++;
        // A count that promises more than there is fails behind itself, at byte 50.
        assert_int_equal(c.at, whole == 0 ? 0 : ends[whole - 1]);
        assert_int_equal(s.u8, whole > 0 ? full.u8 : 0);
        assert_int_equal(s.u64, whole > 3 ? full.u64 : 0);
        assert_int_equal(s.i64, whole > 7 ? full.i64 : 0);
        assert_true(s.f64 == (whole > 9 ? full.f64 : 0));
        assert_int_equal(s.count, 0);
        assert_memory_equal(s.tail, "\0\0\0\0", 4); // zeroed, not left as it was
        axl_error err;
        assert_int_equal(cursor_status(&c, "sample", &err), AXL_BAD_FILE);
        assert_int_equal(err.code, AXL_BAD_FILE);
        test_free(cut);
    }
    buf_free(&b);
}

static void failure_is_sticky(void **state) {
    (void)state;
    const uint8_t bytes[3] = {1, 2, 3};
    cursor c;
    cursor_init(&c, bytes, sizeof bytes);
    assert_int_equal(cursor_u32(&c), 0);
    assert_int_equal(cursor_u8(&c), 0); // one byte is there, but the order is lost
    assert_null(cursor_bytes(&c, 0));
    assert_false(cursor_skip(&c, 0));
    assert_false(cursor_seek(&c, 0));
    assert_false(cursor_align(&c, 1));
    assert_false(cursor_copy(&c, NULL, 0));
    assert_int_equal(cursor_count(&c, 1), 0);
    cursor part = cursor_sub(&c, 0);
    assert_false(cursor_ok(&part));
    axl_error err;
    cursor_status(&c, "f.bin", &err);
    assert_string_equal(err.text, "f.bin: needs 4 bytes at byte 0, 3 are left");
}

static void huge_sizes_do_not_wrap(void **state) {
    (void)state;
    const uint8_t bytes[16] = {0};
    cursor c;
    for (size_t size = SIZE_MAX; size > SIZE_MAX - 20; size--) {
        cursor_init(&c, bytes, sizeof bytes);
        cursor_u64(&c);
        assert_null(cursor_bytes(&c, size));
        assert_int_equal(c.at, 8);
        cursor_init(&c, bytes, sizeof bytes);
        assert_false(cursor_seek(&c, size));
        cursor_init(&c, bytes, sizeof bytes);
        cursor part = cursor_sub(&c, size);
        assert_false(cursor_ok(&part) || cursor_ok(&c));
        assert_int_equal(part.size, 0);
    }
}

static void counts_are_bounded_by_what_is_left(void **state) {
    (void)state;
    static const struct {
        uint64_t count;
        size_t element, left;
        bool ok;
    } rows[] = {
        {0, 8, 0, true},
        {1, 8, 8, true},
        {2, 8, 15, false},
        {3, 5, 15, true},
        {UINT64_MAX, 1, 99, false},
        {UINT64_MAX / 8 + 1, 8, 99, false}, // the product wraps to 0
        {99, 0, 99, true},
        {100, 0, 99, false},
        {1, SIZE_MAX, 99, false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        buf b = {0};
        buf_u64(&b, rows[i].count);
        buf_fill(&b, 0, rows[i].left);
        cursor c;
        cursor_init(&c, b.data, b.size);
        assert_int_equal(cursor_count(&c, rows[i].element), rows[i].ok ? rows[i].count : 0);
        assert_int_equal(cursor_ok(&c), rows[i].ok);
        buf_free(&b);
    }
    buf b = {0};
    buf_u64(&b, 1000);
    buf_fill(&b, 0, 10);
    cursor c;
    cursor_init(&c, b.data, b.size);
    cursor_count(&c, 12);
    axl_error err;
    cursor_status(&c, "list", &err);
    assert_string_equal(err.text, "list: needs 12000 bytes at byte 8, 10 are left");
    buf_free(&b);
}

static void moves_and_borrows(void **state) {
    (void)state;
    uint8_t bytes[40];
    for (unsigned i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)i;
    cursor c;
    cursor_init(&c, bytes, sizeof bytes);
    assert_true(cursor_skip(&c, 3));
    assert_true(cursor_align(&c, 8));
    assert_int_equal(c.at, 8);
    assert_true(cursor_align(&c, 8));
    assert_int_equal(c.at, 8);
    assert_ptr_equal(cursor_bytes(&c, 4), bytes + 8);
    assert_true(cursor_seek(&c, 40));
    assert_non_null(cursor_bytes(&c, 0));
    assert_int_equal(cursor_left(&c), 0);
    assert_true(cursor_seek(&c, 36));
    assert_true(cursor_ok(&c));
    assert_false(cursor_align(&c, 64)); // would end beyond the data
    cursor_init(&c, bytes, sizeof bytes);
    assert_false(cursor_align(&c, 24));
    cursor_init(&c, NULL, 0);
    assert_non_null(cursor_bytes(&c, 0));
    assert_int_equal(cursor_u8(&c), 0);
    assert_false(cursor_ok(&c));
}

// Messages from a part name the place in the whole.
static void parts_know_their_origin(void **state) {
    (void)state;
    uint8_t bytes[40] = {0};
    cursor c;
    cursor_init(&c, bytes, sizeof bytes);
    cursor_skip(&c, 10);
    cursor part = cursor_sub(&c, 20);
    assert_int_equal(c.at, 30);
    assert_true(cursor_ok(&part));
    cursor_skip(&part, 2);
    cursor inner = cursor_sub(&part, 3);
    assert_int_equal(inner.size, 3);
    cursor_u8(&inner);
    cursor_u32(&inner);
    axl_error err;
    assert_int_equal(cursor_status(&inner, "x", &err), AXL_BAD_FILE);
    assert_string_equal(err.text, "x: needs 4 bytes at byte 13, 2 are left");
    assert_true(cursor_ok(&part));
    cursor_fail(&part);
    cursor_fail(&inner); // keeps the first reason
    cursor_status(&part, "y", &err);
    assert_string_equal(err.text, "y: bad value at byte 15");
    cursor_status(&inner, "x", &err);
    assert_string_equal(err.text, "x: needs 4 bytes at byte 13, 2 are left");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_was_written),
        cmocka_unit_test(every_truncation_fails_in_place),
        cmocka_unit_test(failure_is_sticky),
        cmocka_unit_test(huge_sizes_do_not_wrap),
        cmocka_unit_test(counts_are_bounded_by_what_is_left),
        cmocka_unit_test(moves_and_borrows),
        cmocka_unit_test(parts_know_their_origin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
