#include "data/digest.h"

#include "base/rng.h"
#include "data/shuffle.h"
#include "support/unit.h"

#include <stdlib.h>
#include <string.h>

// Published values of MurmurHash3 x64 128 with seed 0.
static void known_texts_have_their_digests(void **state) {
    (void)state;
    static const struct {
        const char *text, *digest;
    } cases[] = {
        {"", "00000000000000000000000000000000"},
        {"hello", "cbd8a7b341bd9b025b1e906a48ae1d19"},
        {"The quick brown fox jumps over the lazy dog", "e34bbc7bbc071b6c7a433ca9c49a9347"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char text[DIGEST_TEXT];
        digest_text(text, digest_of(cases[i].text, strlen(cases[i].text)));
        assert_string_equal(text, cases[i].digest);
    }
}

static void pieces_give_the_digest_of_the_whole(void **state) {
    (void)state;
    uint8_t bytes[100];
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)(i * 37 + 11);
    for (size_t count = 0; count <= sizeof bytes; count++) {
        const digest whole = digest_of(bytes, count);
        for (size_t a = 0; a <= count; a++) {
            digest_state s = {0};
            digest_add(&s, bytes, a / 2);
            digest_add(&s, bytes + a / 2, a - a / 2);
            digest_add(&s, bytes + a, count - a);
            assert_true(digest_same(digest_end(&s), whole));
        }
        if (count > 0) assert_false(digest_same(whole, digest_of(bytes, count - 1)));
    }
}

static void a_shuffle_is_a_permutation(void **state) {
    (void)state;
    static const uint64_t more[] = {1024, 4095, 4096, 4097, 100000};
    char *seen = malloc(100000);
    for (uint64_t count = 1; count <= 200 + COUNT_OF(more); count++) {
        const uint64_t n = count <= 200 ? count : more[count - 201];
        memset(seen, 0, n);
        size_t moved = 0;
        for (uint64_t i = 0; i < n; i++) {
            const uint64_t at = shuffle_at(rng_key(5, count), i, n);
            assert_true(at < n && !seen[at]);
            seen[at] = 1;
            moved += at != i;
        }
        // About one stays in its place.
        if (n >= 100) assert_true(moved > n - 12);
    }
    free(seen);
}

// Each of the 24 orders of four things comes as often as the others.
static void all_orders_are_as_likely(void **state) {
    (void)state;
    const size_t draws = 24000;
    size_t count[256] = {0};
    for (uint64_t seed = 0; seed < draws; seed++) {
        size_t order = 0;
        for (uint64_t i = 0; i < 4; i++)
            order = order * 4 + (size_t)shuffle_at(rng_key(seed, 1), i, 4);
        count[order]++;
    }
    size_t orders = 0;
    double chi = 0; // 23 degrees of freedom: 60 is passed by chance once in 30,000
    for (size_t i = 0; i < 256; i++) {
        if (count[i] == 0) continue;
        orders++;
        const double off = (double)count[i] - (double)draws / 24;
        chi += off * off / ((double)draws / 24);
    }
    assert_int_equal(orders, 24);
    assert_true(chi < 60);
}

static void large_counts_work(void **state) {
    (void)state;
    const uint64_t counts[] = {(uint64_t)1 << 40, ((uint64_t)1 << 40) + 1, (uint64_t)1 << 62};
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        uint64_t last = counts[i];
        for (uint64_t n = counts[i] - 50; n < counts[i]; n++) {
            const uint64_t at = shuffle_at(rng_key(1, 2), n, counts[i]);
            assert_true(at < counts[i] && at != last);
            last = at;
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_texts_have_their_digests),
        cmocka_unit_test(pieces_give_the_digest_of_the_whole),
        cmocka_unit_test(a_shuffle_is_a_permutation),
        cmocka_unit_test(all_orders_are_as_likely),
        cmocka_unit_test(large_counts_work),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
