#include "base/crc32c.h"
#include "support/unit.h"

#include <string.h>

// The definition, one bit at a time.
static uint32_t reference(uint32_t crc, const unsigned char *p, size_t size) {
    crc = ~crc;
    for (size_t i = 0; i < size; i++) {
        crc ^= p[i];
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0x82F63B78u : 0);
    }
    return ~crc;
}

// The check value of the catalogue and the vectors of RFC 3720, appendix B.4.
static void known_answers(void **state) {
    (void)state;
    unsigned char block[32];
    assert_int_equal(crc32c(0, "123456789", 9), 0xE3069283u);
    assert_int_equal(crc32c(0, NULL, 0), 0);
    memset(block, 0, sizeof block);
    assert_int_equal(crc32c(0, block, sizeof block), 0x8A9136AAu);
    memset(block, 0xFF, sizeof block);
    assert_int_equal(crc32c(0, block, sizeof block), 0x62A8AB43u);
    for (unsigned i = 0; i < 32; i++) block[i] = (unsigned char)i;
    assert_int_equal(crc32c(0, block, sizeof block), 0x46DD794Eu);
    for (unsigned i = 0; i < 32; i++) block[i] = (unsigned char)(31 - i);
    assert_int_equal(crc32c(0, block, sizeof block), 0x113FDB5Cu);
}

// A single byte at each place of an eight-byte step meets every entry of every table.
static void every_table_entry(void **state) {
    (void)state;
    for (size_t at = 0; at < 8; at++) {
        for (unsigned value = 0; value < 256; value++) {
            unsigned char block[8] = {0};
            block[at] = (unsigned char)value;
            assert_int_equal(crc32c(~0u, block, 8), reference(~0u, block, 8));
            assert_int_equal(crc32c(~0u, block + at, 1), reference(~0u, block + at, 1));
        }
    }
}

static void any_length_start_and_split(void **state) {
    (void)state;
    unsigned char bytes[100];
    for (unsigned i = 0; i < sizeof bytes; i++) bytes[i] = (unsigned char)(i * 73 + 11);
    for (size_t start = 0; start < 9; start++) {
        for (size_t size = 0; size + start <= sizeof bytes; size++) {
            assert_int_equal(crc32c(0, bytes + start, size), reference(0, bytes + start, size));
        }
    }
    const uint32_t whole = crc32c(0, bytes, sizeof bytes);
    for (size_t cut = 0; cut <= sizeof bytes; cut++) {
        const uint32_t first = crc32c(0, bytes, cut);
        assert_int_equal(crc32c(first, bytes + cut, sizeof bytes - cut), whole);
    }
}

static void any_flipped_bit_shows(void **state) {
    (void)state;
    unsigned char bytes[64] = "the quick brown fox jumps over the lazy dog";
    const uint32_t good = crc32c(0, bytes, sizeof bytes);
    for (size_t bit = 0; bit < 8 * sizeof bytes; bit++) {
        bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
        assert_int_not_equal(crc32c(0, bytes, sizeof bytes), good);
        bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(every_table_entry),
        cmocka_unit_test(any_length_start_and_split),
        cmocka_unit_test(any_flipped_bit_shows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
