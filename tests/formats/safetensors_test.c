// The table of a safetensors file: what is read, and every class of broken file refused.
#include "formats/safetensors.h"

#include "support/failing_alloc.h"
#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// A file: the length of the header, the header, and so many bytes of data.
static buf file_of(const char *header, size_t header_bytes, size_t data_bytes) {
    buf b = {0};
    buf_u64(&b, header_bytes);
    buf_append(&b, header, header_bytes);
    buf_fill(&b, 0x3C, data_bytes);
    assert_true(buf_ok(&b));
    return b;
}

// Reads from a block of the exact size, so that a sanitizer sees one byte too many.
static axl_status read_exact(safetensors *s, const void *bytes, size_t size, axl_error *err) {
    void *exact = malloc(size + (size == 0));
    assert_non_null(exact);
    memcpy(exact, bytes, size);
    const axl_status status = safetensors_read(s, "f", exact, size, err);
    free(exact);
    return status;
}

static axl_status read_text(safetensors *s, const char *header, size_t data_bytes, axl_error *err) {
    buf b = file_of(header, strlen(header), data_bytes);
    const axl_status status = read_exact(s, b.data, b.size, err);
    buf_free(&b);
    return status;
}

static void a_table_is_read(void **state) {
    (void)state;
    safetensors s;
    axl_error err = {0};
    const char *header =
        "{ \"zero\" : {\"data_offsets\":[6,6],\"dtype\":\"I64\",\"shape\":[3,0]},"
        "\"__metadata__\":{\"z\":\"last\",\"format\":\"p\\u0074\"},"
        "\"caf\\u00e9\":{\"dtype\":\"BF16\",\"shape\":[ 1, 3 ],"
        "\"data_offsets\":[0,6]},\n"
        "\"one\":{\"shape\":[],\"dtype\":\"F32\",\"data_offsets\":[6,10]}}   ";
    assert_int_equal(read_text(&s, header, 10, &err), AXL_OK);
    assert_int_equal(s.count, 3);
    assert_int_equal(s.data, 8 + strlen(header));
    assert_int_equal(s.data_bytes, 10);
    // By place, and the one without bytes before the one that begins there.
    assert_string_equal(s.list[0].name, "caf\xC3\xA9");
    assert_string_equal(s.list[1].name, "zero");
    assert_string_equal(s.list[2].name, "one");
    const safetensor *t = safetensors_find(&s, "caf\xC3\xA9");
    assert_ptr_equal(t, &s.list[0]);
    assert_int_equal(t->type, DTYPE_BF16);
    assert_int_equal(t->dims, 2);
    assert_int_equal(t->dim[0], 1);
    assert_int_equal(t->dim[1], 3);
    assert_int_equal(t->elements, 3);
    assert_int_equal(t->begin, 0);
    assert_int_equal(t->bytes, 6);
    char text[SAFETENSOR_TEXT];
    assert_string_equal(safetensor_text(t, text), "BF16 [1, 3]");
    t = safetensors_find(&s, "one");
    assert_int_equal(t->dims, 0);
    assert_int_equal(t->elements, 1);
    assert_int_equal(t->begin, 6);
    assert_int_equal(safetensors_find(&s, "zero")->elements, 0);
    assert_null(safetensors_find(&s, "two"));
    assert_null(safetensors_find(&s, "__metadata__"));
    assert_string_equal(safetensors_note_text(&s, "format"), "pt");
    assert_string_equal(safetensors_note_text(&s, "z"), "last");
    assert_null(safetensors_note_text(&s, "y"));
    safetensors_free(&s);
    assert_null(safetensors_find(&s, "one"));
    assert_null(safetensors_note_text(&s, "z"));
}

static void an_empty_table_is_fine(void **state) {
    (void)state;
    safetensors s;
    assert_int_equal(read_text(&s, "{}", 0, NULL), AXL_OK);
    assert_int_equal(s.count, 0);
    safetensors_free(&s);
    assert_int_equal(read_text(&s, "{\"__metadata__\":{}}     ", 0, NULL), AXL_OK);
    assert_int_equal(s.notes, 0);
    safetensors_free(&s);
}

#define T(name, type, shape, offsets)                                                              \
    "\"" name "\":{\"dtype\":\"" type "\",\"shape\":" shape ",\"data_offsets\":" offsets "}"
#define GOOD T("a", "F32", "[2]", "[0,8]")

typedef struct bad_header {
    const char *header;
    size_t data;
    const char *message; // a part of it
} bad_header;

static const bad_header bad_headers[] = {
    // Not an object, or not JSON.
    {"", 0, "f:8: the header must begin with {"},
    {" {}", 0, "must begin with {"},
    {"\xEF\xBB\xBF{}", 0, "must begin with {"},
    {"[]", 0, "must begin with {"},
    {"{", 0, "a string must stand here"},
    {"{}x", 0, "behind the end"},
    {"{}{}", 0, "behind the end"},
    {"{" GOOD ",}", 8, "a string must stand here"},
    {"{" GOOD, 8, "a comma or } must stand here"},
    {"{a:1}", 0, "a string must stand here"},
    {"{\"\xFF\":1}", 0, "unable to decode byte 0xff"},
    {"{\"\xED\xA0\x80\":1}", 0, "unable to decode"},
    {"{\"a\\u0000\":1}", 0, "not allowed"},
    {"{" T("a", "F32\xFF", "[2]", "[0,8]") "}", 8, "unable to decode"},
    // Duplicates.
    {"{" GOOD "," T("a", "F32", "[0]", "[8,8]") "}", 8, "a is there twice"},
    {"{" T("a", "F32", "[0]", "[8,8]") "," GOOD "}", 8, "a is there twice"},
    {"{" GOOD "," T("\\u0061", "F32", "[0]", "[8,8]") "}", 8, "a is there twice"},
    {"{\"__metadata__\":{},\"__metadata__\":{}," GOOD "}", 8, "__metadata__ is there twice"},
    {"{\"__metadata__\":{\"x\":\"1\",\"y\":\"\",\"x\":\"1\"}}", 0, "entry x of __metadata__"},
    {"{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8,
     "duplicate"},
    // Metadata of other types.
    {"{\"__metadata__\":null}", 0, "an object must stand here"},
    {"{\"__metadata__\":\"x\"}", 0, "an object must stand here"},
    {"{\"__metadata__\":{\"x\":1}}", 0, "a string must stand here"},
    {"{\"__metadata__\":{\"x\":{}}}", 0, "a string must stand here"},
    {"{\"__metadata__\":{\"x\":\"a\\u0000b\"}}", 0, "not allowed"},
    // A tensor that is none.
    {"{\"a\":1}", 0, "tensor a: an object must stand here"},
    {"{\"a\":[]}", 0, "an object must stand here"},
    {"{\"a\":null}", 0, "an object must stand here"},
    {"{\"a\":{}}", 0, "tensor a: dtype must be a string"},
    {"{\"a\":{\"shape\":[2],\"data_offsets\":[0,8]}}", 8, "dtype must be a string"},
    {"{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,8]}}", 8, "shape must be an array"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}", 8, "data_offsets must be an array"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8],\"x\":1}}", 8, "only dtype"},
    // Types.
    {"{\"a\":{\"dtype\":1,\"shape\":[2],\"data_offsets\":[0,8]}}", 8, "dtype must be a string"},
    {"{" T("a", "F33", "[2]", "[0,8]") "}", 8, "none that this program knows"},
    {"{" T("a", "f32", "[2]", "[0,8]") "}", 8, "none that this program knows"},
    {"{" T("a", "", "[2]", "[0,8]") "}", 8, "none that this program knows"},
    // Shapes.
    {"{" T("a", "F32", "2", "[0,8]") "}", 8, "shape must be an array"},
    {"{" T("a", "F32", "[\"2\"]", "[0,8]") "}", 8, "shape must be an array"},
    {"{" T("a", "F32", "[2.0]", "[0,8]") "}", 8, "shape must be an array"},
    {"{" T("a", "F32", "[2e0]", "[0,8]") "}", 8, "shape must be an array"},
    {"{" T("a", "F32", "[true]", "[0,8]") "}", 8, "shape must be an array"},
    {"{" T("a", "F32", "[[2]]", "[0,8]") "}", 8, "shape must be an array"},
    {"{" T("a", "F32", "[-2]", "[0,8]") "}", 8, "a negative number"},
    {"{" T("a", "F32", "[-0]", "[0,0]") "}", 0, "a negative number"},
    {"{" T("a", "F32", "[18446744073709551618]", "[0,8]") "}", 8, "too big integer"},
    {"{" T("a", "F32", "[1,1,1,1,1,1,1,1,2]", "[0,8]") "}", 8, "too many entries"},
    {"{" T("a", "F32", "[4294967296,4294967296]", "[0,0]") "}", 0, "overflow"},
    {"{" T("a", "F32", "[9223372036854775807,3,0]", "[0,0]") "}", 0, "overflow"},
    {"{" T("a", "F32", "[4611686018427387906]", "[0,8]") "}", 8, "overflow"},
    {"{" T("a", "F64", "[2305843009213693952]", "[0,0]") "}", 0, "overflow"},
    // Places.
    {"{" T("a", "F32", "[2]", "8") "}", 8, "data_offsets must be an array"},
    {"{" T("a", "F32", "[2]", "[8]") "}", 8, "must have two entries"},
    {"{" T("a", "F32", "[2]", "[0,8,8]") "}", 8, "too many entries"},
    {"{" T("a", "F32", "[2]", "[0,\"8\"]") "}", 8, "data_offsets must be an array"},
    {"{" T("a", "F32", "[2]", "[0,8.0]") "}", 8, "data_offsets must be an array"},
    {"{" T("a", "F32", "[2]", "[-8,0]") "}", 8, "a negative number"},
    {"{" T("a", "F32", "[2]", "[8,0]") "}", 8, "run backwards"},
    {"{" T("a", "F32", "[2]", "[0,7]") "}", 7, "has 8 bytes, but data_offsets leave 7"},
    {"{" T("a", "F32", "[2]", "[0,12]") "}", 12, "has 8 bytes, but data_offsets leave 12"},
    {"{" T("a", "F32", "[2]", "[0,0]") "}", 0, "has 8 bytes"},
    {"{" T("a", "F32", "[0]", "[0,8]") "}", 8, "has 0 bytes"},
    {"{" T("a", "F32", "[2]", "[9223372036854775799,9223372036854775807]") "}", 8, "cut off"},
    {"{" GOOD "}", 7, "cut off"},
    {"{" GOOD "}", 0, "cut off"},
    {"{" GOOD "}", 9, "1 bytes that belong to no tensor"},
    {"{}", 1, "1 bytes that belong to no tensor"},
    {"{" T("a", "F32", "[2]", "[1,9]") "}", 9, "there is a hole"},
    {"{" GOOD "," T("b", "F32", "[2]", "[9,17]") "}", 17, "b begins at byte 9"},
    {"{" GOOD "," T("b", "F32", "[2]", "[7,15]") "}", 15, "b begins at byte 7"},
    {"{" GOOD "," T("b", "F32", "[2]", "[0,8]") "}", 8, "it overlaps another"},
    {"{" T("b", "F32", "[3]", "[0,12]") "," T("a", "F32", "[1]", "[4,8]") "}", 12, "overlaps"},
    {"{" GOOD "," T("b", "F32", "[0]", "[4,4]") "}", 8, "it overlaps another"},
};

static void broken_headers_are_refused(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad_headers); i++) {
        const bad_header *b = &bad_headers[i];
        safetensors s;
        axl_error err = {0};
        const axl_status status = read_text(&s, b->header, b->data, &err);
        safetensors_free(&s);
        if (status != AXL_BAD_FILE || !strstr(err.text, b->message))
            fail_msg("%s: %s %s, not %s", b->header, axl_status_name(status), err.text, b->message);
        assert_memory_equal(err.text, "f:", 2);
    }
}

// What strings in C cannot hold: zero bytes in and behind the header.
static void zero_bytes_are_refused(void **state) {
    (void)state;
    static const char inside[] =
        "{\"a\0\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}";
    static const char between[] = "{\0" GOOD "}", behind[] = "{" GOOD "}\0";
    const struct {
        const char *text;
        size_t bytes;
    } cases[] = {
        {inside, sizeof inside - 1}, {between, sizeof between - 1}, {behind, sizeof behind - 1}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        buf b = file_of(cases[i].text, cases[i].bytes, 8);
        safetensors s;
        assert_int_equal(read_exact(&s, b.data, b.size, NULL), AXL_BAD_FILE);
        safetensors_free(&s);
        buf_free(&b);
    }
}

static void the_length_of_the_header_is_checked(void **state) {
    (void)state;
    static const char header[] = "{" GOOD "}";
    const uint64_t right = sizeof header - 1;
    const uint64_t lengths[] = {0,         1,          right - 1,       right + 1,  right + 8,
                                right + 9, 100000000,  100000001,       UINT32_MAX, 1ull << 63,
                                ~7ull,     UINT64_MAX, UINT64_MAX - 40, 1ull << 40};
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        buf b = file_of(header, right, 8);
        for (size_t k = 0; k < 8; k++) b.data[k] = (char)(lengths[i] >> 8 * k & 255);
        safetensors s;
        axl_error err = {0};
        assert_int_equal(read_exact(&s, b.data, b.size, &err), AXL_BAD_FILE);
        if (lengths[i] > right + 8) assert_memory_equal(err.text, "f:0: a header of ", 17);
        safetensors_free(&s);
        buf_free(&b);
    }
    // The limit holds before anything is allocated, whatever the size of the file.
    uint8_t prefix[8] = {0x01, 0xE1, 0xF5, 0x05}; // 100,000,001
    safetensors s;
    axl_error err = {0};
    assert_int_equal(safetensors_begin(&s, "f", prefix, 1ull << 40, &err), AXL_BAD_FILE);
    assert_non_null(strstr(err.text, "at most 100000000"));
    prefix[0] = 0x00;
    assert_int_equal(safetensors_begin(&s, "f", prefix, 1ull << 40, NULL), AXL_OK);
    assert_int_equal(s.header_bytes, 100000000);
    safetensors_free(&s);
}

static void a_file_that_is_cut_anywhere_is_refused(void **state) {
    (void)state;
    static const char header[] = "{" GOOD "," T("b", "BF16", "[3]", "[8,14]") "}  ";
    buf b = file_of(header, sizeof header - 1, 14);
    for (size_t size = 0; size <= b.size; size++) {
        safetensors s;
        axl_error err = {0};
        const axl_status status = read_exact(&s, b.data, size, &err);
        assert_int_equal(status, size < b.size ? AXL_BAD_FILE : AXL_OK);
        if (status != AXL_OK) assert_true(strlen(err.text) > 10);
        safetensors_free(&s);
    }
    buf_free(&b);
}

static void names_and_values_have_limits(void **state) {
    (void)state;
    for (size_t length = SAFETENSORS_NAME_MAX; length <= SAFETENSORS_NAME_MAX + 1; length++) {
        buf header = {0};
        buf_text(&header, "{\"");
        buf_fill(&header, 'n', length);
        buf_text(&header, "\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}");
        safetensors s;
        const axl_status status = read_text(&s, header.data, 8, NULL);
        assert_int_equal(status, length == SAFETENSORS_NAME_MAX ? AXL_OK : AXL_BAD_FILE);
        safetensors_free(&s);
        buf_free(&header);
    }
    buf header = {0};
    safetensors s;
    axl_error err = {0};
    buf_text(&header, "{\"a\":{\"dtype\":\"F32\",\"shape\":[");
    buf_fill(&header, ' ', 5000);
    buf_text(&header, "2],\"data_offsets\":[0,8]}}");
    assert_int_equal(read_text(&s, header.data, 8, &err), AXL_BAD_FILE);
    assert_non_null(strstr(err.text, "more than 4096 bytes"));
    safetensors_free(&s);
    buf_clear(&header);
    buf_text(&header, "{\"a\":");
    buf_fill(&header, '[', 1000000);
    assert_int_equal(read_text(&s, header.data, 8, &err), AXL_BAD_FILE);
    assert_non_null(strstr(err.text, "depth"));
    safetensors_free(&s);
    buf_free(&header);
}

// So many tensors, or notes, of the shortest kind.
static buf many(size_t tensors, size_t notes) {
    buf b = {0};
    buf_text(&b, "{\"__metadata__\":{");
    for (size_t i = 0; i < notes; i++) buf_format(&b, "%s\"%zu\":\"\"", i ? "," : "", i);
    buf_text(&b, "}");
    for (size_t i = 0; i < tensors; i++)
        buf_format(&b, ",\"%zx\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[%zu,%zu]}", i, i,
                   i + 1);
    buf_text(&b, "}");
    assert_true(buf_ok(&b));
    return b;
}

static void counts_have_limits(void **state) {
    (void)state;
    safetensors s;
    axl_error err = {0};
    buf b = many(SAFETENSORS_TENSORS_MAX, SAFETENSORS_NOTES_MAX);
    assert_int_equal(read_text(&s, b.data, SAFETENSORS_TENSORS_MAX, &err), AXL_OK);
    assert_int_equal(s.count, SAFETENSORS_TENSORS_MAX);
    assert_int_equal(s.notes, SAFETENSORS_NOTES_MAX);
    for (size_t i = 0; i < s.count; i++) {
        char name[20];
        snprintf(name, sizeof name, "%zx", i);
        assert_ptr_equal(safetensors_find(&s, name), &s.list[i]);
    }
    safetensors_free(&s);
    buf_free(&b);
    b = many(SAFETENSORS_TENSORS_MAX + 1, 0);
    assert_int_equal(read_text(&s, b.data, SAFETENSORS_TENSORS_MAX + 1, &err), AXL_BAD_FILE);
    assert_non_null(strstr(err.text, "more than 131072 tensors"));
    safetensors_free(&s);
    buf_free(&b);
    b = many(0, SAFETENSORS_NOTES_MAX + 1);
    assert_int_equal(read_text(&s, b.data, 0, &err), AXL_BAD_FILE);
    assert_non_null(strstr(err.text, "more than 32768 entries"));
    safetensors_free(&s);
    buf_free(&b);
}

// The promise for every file: at most 1 MiB and four times its header.
static void memory_follows_the_header(void **state) {
    (void)state;
    for (size_t tensors = 1; tensors <= 100000; tensors *= 10) {
        buf b = many(tensors, tensors / 10);
        const size_t header_bytes = b.size;
        buf file = file_of(b.data, b.size, tensors);
        safetensors s;
        failing_alloc_install();
        assert_int_equal(safetensors_read(&s, "f", file.data, file.size, NULL), AXL_OK);
        assert_true(failing_alloc_peak_bytes() <= (1u << 20) + 4 * header_bytes);
        safetensors_free(&s);
        failing_alloc_remove();
        buf_free(&file);
        buf_free(&b);
    }
}

// Every byte of a small file set to a few values: never a crash, and what is accepted covers the
// data.
static void changed_bytes_are_refused_or_harmless(void **state) {
    (void)state;
    static const char header[] =
        "{\"__metadata__\":{\"k\":\"v\"}," GOOD "," T("b", "BF16", "[1,3]", "[8,14]") "}  ";
    buf b = file_of(header, sizeof header - 1, 14);
    size_t refused = 0, tried = 0;
    for (size_t i = 0; i < b.size - 14; i++) {
        const char was = b.data[i];
        for (int bit = 0; bit < 8; bit++) {
            b.data[i] = (char)(was ^ 1 << bit);
            safetensors s;
            const axl_status status = read_exact(&s, b.data, b.size, NULL);
            assert_true(status == AXL_OK || status == AXL_BAD_FILE);
            size_t end = 0;
            for (size_t k = 0; status == AXL_OK && k < s.count; k++) {
                assert_int_equal(s.list[k].begin, end);
                end += s.list[k].bytes;
            }
            if (status == AXL_OK) assert_int_equal(end, 14);
            refused += status != AXL_OK;
            tried++;
            safetensors_free(&s);
        }
        b.data[i] = was;
    }
    // What remains are other names, other texts and types of the same size.
    assert_true(refused * 10 > tried * 9);
    buf_free(&b);
}

static axl_status read_sample(void *ctx, axl_error *err) {
    const buf *file = ctx;
    safetensors s;
    const axl_status status = safetensors_read(&s, "f", file->data, file->size, err);
    safetensors_free(&s);
    return status;
}

static void failing_allocations_are_reported(void **state) {
    (void)state;
    static const char header[] = "{\"__metadata__\":{\"k\":\"v\"}," GOOD "}";
    buf b = file_of(header, sizeof header - 1, 8);
    // Header, list, notes, names.
    assert_int_equal(for_each_failing_alloc(read_sample, &b), 4);
    buf_free(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_is_read),
        cmocka_unit_test(an_empty_table_is_fine),
        cmocka_unit_test(broken_headers_are_refused),
        cmocka_unit_test(zero_bytes_are_refused),
        cmocka_unit_test(the_length_of_the_header_is_checked),
        cmocka_unit_test(a_file_that_is_cut_anywhere_is_refused),
        cmocka_unit_test(names_and_values_have_limits),
        cmocka_unit_test(counts_have_limits),
        cmocka_unit_test(memory_follows_the_header),
        cmocka_unit_test(changed_bytes_are_refused_or_harmless),
        cmocka_unit_test(failing_allocations_are_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
