// The UTF-8 functions against a second, slower definition, and against each other: repaired text is
// valid, valid text is not changed, and it does not matter where the input is cut.
#include "base/buf.h"
#include "base/error.h"
#include "base/utf8.h"
#include "fuzz_target.h"

#include <string.h>

// Bytes of the valid character at p, 0 when there is none: decode by the length that the first byte
// announces and demand that the shortest encoding gives the same bytes.
static size_t character(const uint8_t *p, size_t left) {
    if (left == 0) return 0;
    const size_t size = p[0] < 0x80 ? 1 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
    if (size > left) return 0;
    uint32_t point = size == 1 ? p[0] : p[0] & (0x7Fu >> size);
    for (size_t i = 1; i < size; i++) point = point << 6 | (p[i] & 0x3Fu);
    uint8_t again[4];
    if (utf8_encode(point, again) != size) return 0;
    return memcmp(p, again, size) == 0 ? size : 0;
}

static size_t valid_prefix(const uint8_t *data, size_t size) {
    size_t at = 0;
    for (size_t n; (n = character(data + at, size - at)) > 0;) at += n;
    return at;
}

static void check_repair(const uint8_t *data, size_t size, size_t cut) {
    buf whole = {0};
    buf parts = {0};
    utf8_decoder d = {0};
    FUZZ_CHECK(utf8_repair(&d, data, size, &whole));
    FUZZ_CHECK(utf8_repair_end(&d, &whole));
    FUZZ_CHECK(utf8_repair(&d, data, cut, &parts));
    FUZZ_CHECK(cut > size || parts.size <= 3 * cut);
    FUZZ_CHECK(utf8_repair(&d, data + cut, size - cut, &parts));
    FUZZ_CHECK(utf8_repair_end(&d, &parts));
    FUZZ_CHECK(whole.size == parts.size);
    FUZZ_CHECK(memcmp(buf_string(&whole), buf_string(&parts), whole.size) == 0);
    FUZZ_CHECK(utf8_valid(whole.data, whole.size));
    FUZZ_CHECK(valid_prefix((const uint8_t *)buf_string(&whole), whole.size) == whole.size);
    if (utf8_valid(data, size)) {
        FUZZ_CHECK(whole.size == size);
        FUZZ_CHECK(memcmp(buf_string(&whole), data, size) == 0);
    }
    buf_free(&whole);
    buf_free(&parts);
}

// An error text is valid UTF-8 and one line whatever goes into it.
static void check_error(const uint8_t *data, size_t size) {
    axl_error err;
    error_set(&err, AXL_BAD_FILE, "%.*s", size < 2000 ? (int)size : 2000, (const char *)data);
    const size_t length = strlen(err.text);
    FUZZ_CHECK(length < sizeof err.text);
    FUZZ_CHECK(utf8_valid(err.text, length));
    for (size_t i = 0; i < length; i++) FUZZ_CHECK((uint8_t)err.text[i] >= 0x20);
}

// Input: one byte that chooses where to cut, then the text.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0) return 0;
    const size_t choice = data[0];
    data++;
    size--;
    const size_t cut = size == 0 ? 0 : choice % (size + 1);
    const size_t prefix = valid_prefix(data, size);
    FUZZ_CHECK(utf8_valid_prefix(data, size) == prefix);
    FUZZ_CHECK(utf8_valid(data, size) == (prefix == size));
    const size_t tail = utf8_partial_tail(data, size);
    FUZZ_CHECK(tail <= 3 && tail <= size);
    if (tail > 0) FUZZ_CHECK(prefix != size);
    const size_t at = utf8_cut(data, size, cut);
    FUZZ_CHECK(at <= cut && cut - at <= 3);
    if (prefix == size) FUZZ_CHECK(utf8_valid(data, at) && utf8_valid(data + at, size - at));
    check_repair(data, size, cut);
    check_error(data, size);
    return 0;
}
