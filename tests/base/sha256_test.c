#include "base/sha256.h"
#include "support/unit.h"

#include <string.h>

static void expect(const void *data, size_t size, const char *digits) {
    sha256 s;
    uint8_t digest[SHA256_BYTES];
    char text[SHA256_HEX_MAX];
    sha256_begin(&s);
    sha256_add(&s, data, size);
    sha256_end(&s, digest);
    assert_string_equal(sha256_hex(text, digest), digits);
}

// The examples of FIPS 180-2 and the empty message.
static void known_answers(void **state) {
    (void)state;
    expect(NULL, 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    expect("abc", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    const char two_blocks[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    expect(two_blocks, strlen(two_blocks),
           "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

static void a_million_bytes_in_pieces(void **state) {
    (void)state;
    char piece[1000];
    memset(piece, 'a', sizeof piece);
    sha256 s;
    sha256_begin(&s);
    for (size_t i = 0; i < 1000; i++) sha256_add(&s, piece, sizeof piece);
    uint8_t digest[SHA256_BYTES];
    char text[SHA256_HEX_MAX];
    sha256_end(&s, digest);
    assert_string_equal(sha256_hex(text, digest),
                        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

// Lengths around the places where the padding takes another block; each in every split in two. The
// digests of all lengths are hashed once more, so that one constant covers them; it is what
// Python's hashlib says.
static void every_length_and_split(void **state) {
    (void)state;
    uint8_t bytes[200];
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)(i * 73 + 11);
    sha256 all;
    sha256_begin(&all);
    for (size_t size = 0; size <= sizeof bytes; size++) {
        uint8_t whole[SHA256_BYTES];
        sha256 s;
        sha256_begin(&s);
        sha256_add(&s, bytes, size);
        sha256_end(&s, whole);
        sha256_add(&all, whole, sizeof whole);
        for (size_t cut = 0; cut <= size; cut++) {
            uint8_t parts[SHA256_BYTES];
            sha256_begin(&s);
            sha256_add(&s, bytes, cut);
            sha256_add(&s, bytes + cut, size - cut);
            sha256_end(&s, parts);
            assert_memory_equal(parts, whole, sizeof parts);
        }
    }
    uint8_t digest[SHA256_BYTES];
    char text[SHA256_HEX_MAX];
    sha256_end(&all, digest);
    assert_string_equal(sha256_hex(text, digest),
                        "f651c211a2119222d8cb4409f6520744c4ee4e650efd54479c15c8898decdb87");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(a_million_bytes_in_pieces),
        cmocka_unit_test(every_length_and_split),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
