// Words, sketches of texts and the sets that find near copies; sets of digests.
#include "base/buf.h"
#include "base/rng.h"
#include "data/digest_set.h"
#include "data/minhash.h"
#include "data/words.h"
#include "support/failing_alloc.h"
#include "support/unit.h"

#include <math.h>
#include <string.h>

static size_t words_of(const char *text, uint64_t *out, size_t room) {
    words w = {(const uint8_t *)text, (const uint8_t *)text + strlen(text)};
    size_t count = 0;
    while (count < room && words_next(&w, &out[count])) count++;
    return count;
}

static void words_know_letters_only(void **state) {
    (void)state;
    uint64_t a[16], b[16];
    assert_int_equal(words_of("def  Add(x_1,\n\ty2):", a, 16), 4);
    assert_int_equal(words_of("DEF add x_1 Y2", b, 16), 4);
    assert_memory_equal(a, b, 4 * sizeof *a);
    assert_int_equal(words_of("caf\xc3\xa9 x", a, 16), 2);
    assert_int_equal(words_of("", a, 16), 0);
    assert_int_equal(words_of(" +-*/ ", a, 16), 0);
    assert_int_equal(words_of("ab ba", a, 16), 2);
    assert_true(a[0] != a[1]);
}

static void numbers_are_no_names(void **state) {
    (void)state;
    static const char text[] = "12 a1 3, 0x5 007 caf\xc3\xa9 _ 9";
    words w = {(const uint8_t *)text, (const uint8_t *)text + sizeof text - 1};
    uint64_t all[8], name[4], hash;
    assert_int_equal(words_of(text, all, 8), 8);
    for (size_t i = 0; i < 4; i++) assert_true(words_next_name(&w, &name[i]));
    assert_false(words_next_name(&w, &hash));
    assert_true(name[0] == all[1] && name[1] == all[3] && name[2] == all[5] && name[3] == all[6]);
}

static void a_run_depends_on_its_words_only(void **state) {
    (void)state;
    runs r = runs_begin(3), s = runs_begin(3);
    uint64_t run = 0, other = 0;
    assert_false(runs_add(&r, 1, &run));
    assert_false(runs_add(&r, 2, &run));
    assert_true(runs_add(&r, 3, &run));
    for (uint64_t i = 1000; i < 1100; i++) runs_add(&s, i, &other);
    runs_add(&s, 1, &other);
    assert_true(other != run);
    runs_add(&s, 2, &other);
    runs_add(&s, 3, &other);
    assert_true(other == run);
    runs_add(&s, 2, &other);
    assert_true(other != run);
}

// Sketches of two sets of which `same` of `all` members are common.
static void make_pair(uint64_t seed, size_t same, size_t all, sketch *a, sketch *b) {
    sketch_maker x, y;
    const rng key = rng_key(seed, 5);
    sketch_maker_begin(&x);
    sketch_maker_begin(&y);
    for (size_t i = 0; i < all; i++) {
        const uint64_t member = (uint64_t)rng_u32(key, 2 * i) << 32 | rng_u32(key, 2 * i + 1);
        if (i < same || i % 2 == 0) sketch_maker_add(&x, member);
        if (i < same || i % 2 == 1) sketch_maker_add(&y, member);
    }
    assert_true(sketch_maker_end(&x, a));
    assert_true(sketch_maker_end(&y, b));
}

// The deviation of a share of 128 is sqrt(J (1 - J) / 128); the mean of 64 pairs has an eighth of
// it. Five times that is never reached by chance.
static void the_estimate_is_the_similarity(void **state) {
    (void)state;
    static const size_t same[] = {0, 100, 300, 500, 700, 900, 1000};
    for (size_t s = 0; s < COUNT_OF(same); s++) {
        double mean = 0;
        const double wanted = (double)same[s] / 1000;
        for (uint64_t i = 0; i < 64; i++) {
            sketch a, b;
            make_pair(1000 * s + i, same[s], 1000, &a, &b);
            mean += sketch_similarity(&a, &b) / 64;
        }
        const double bound = 5 * sqrt(wanted * (1 - wanted) / 128 / 64) + 1e-3;
        if (fabs(mean - wanted) > bound) fail_msg("%f for %f", mean, wanted);
    }
}

static void few_runs_have_no_sketch(void **state) {
    (void)state;
    sketch k;
    buf text = {0};
    for (int i = 0; i < SKETCH_LEAST + SKETCH_RUN - 2; i++) buf_format(&text, "word%d ", i);
    assert_false(sketch_of(&k, text.data, text.size));
    buf_text(&text, "one");
    assert_true(sketch_of(&k, text.data, text.size));
    buf_free(&text);
}

// Of pairs that are clearly above or below the bound each is found or not.
static void near_copies_are_found(void **state) {
    (void)state;
    near_set *set;
    assert_int_equal(near_set_open(&set, 0.7, NULL), AXL_OK);
    size_t found = 0, wrong = 0;
    for (uint64_t i = 0; i < 200; i++) {
        sketch a, b, c, d;
        make_pair(i, 880, 1000, &a, &b);
        make_pair(10000 + i, 520, 1000, &c, &d);
        assert_int_equal(near_set_add(set, &a, NULL), AXL_OK);
        assert_int_equal(near_set_add(set, &c, NULL), AXL_OK);
        assert_true(near_set_has(set, &a));
        found += near_set_has(set, &b);
        wrong += near_set_has(set, &d);
    }
    assert_int_equal(found, 200);
    assert_int_equal(wrong, 0);
    assert_true(near_set_memory(set) < 400 * 800 + 100000);
    near_set_close(set);
}

// Thousands of sketches that agree in most bands must not make a search look at all of them; the
// slots they take show it.
static void a_crowd_is_cut_short(void **state) {
    (void)state;
    near_set *set;
    assert_int_equal(near_set_open(&set, 1.0, NULL), AXL_OK);
    sketch k = {{0}};
    for (uint16_t i = 1; i <= 4000; i++) {
        for (size_t r = 0; r < 4; r++) k.place[r] = i;
        assert_int_equal(near_set_add(set, &k, NULL), AXL_OK);
    }
    assert_true(near_set_memory(set) < 4000 * sizeof k * 2 + 4 * 65536);
    assert_true(near_set_has(set, &k));
    k.place[0] = 9999;
    assert_false(near_set_has(set, &k));
    near_set_close(set);
}

static void digests_are_kept(void **state) {
    (void)state;
    digest_set s = {0};
    const digest zero = {{0, 0}};
    assert_false(digest_set_has(&s, zero));
    for (uint64_t i = 0; i < 5000; i++) {
        const digest d = digest_of(&i, sizeof i);
        assert_false(digest_set_has(&s, d));
        assert_int_equal(digest_set_add(&s, d, NULL), AXL_OK);
        assert_int_equal(digest_set_add(&s, d, NULL), AXL_OK);
    }
    assert_int_equal(s.used, 5000);
    for (uint64_t i = 0; i < 5000; i++) assert_true(digest_set_has(&s, digest_of(&i, sizeof i)));
    assert_false(digest_set_has(&s, zero));
    assert_int_equal(digest_set_add(&s, zero, NULL), AXL_OK);
    assert_true(digest_set_has(&s, zero));
    digest_set_free(&s);
}

static axl_status fill(void *ctx, axl_error *err) {
    near_set *set = NULL;
    digest_set digests = {0};
    axl_status status = near_set_open(&set, 0.7, err);
    (void)ctx;
    for (uint64_t i = 0; i < 300 && status == AXL_OK; i++) {
        sketch a, b;
        make_pair(i, 0, 100, &a, &b);
        status = near_set_add(set, &a, err);
        if (status == AXL_OK) status = digest_set_add(&digests, digest_of(&i, sizeof i), err);
    }
    near_set_close(set);
    digest_set_free(&digests);
    return status;
}

static void memory_may_run_out(void **state) {
    (void)state;
    failing_alloc_install();
    assert_true(for_each_failing_alloc(fill, NULL) > 4);
    failing_alloc_remove();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_know_letters_only),
        cmocka_unit_test(numbers_are_no_names),
        cmocka_unit_test(a_run_depends_on_its_words_only),
        cmocka_unit_test(the_estimate_is_the_similarity),
        cmocka_unit_test(few_runs_have_no_sketch),
        cmocka_unit_test(near_copies_are_found),
        cmocka_unit_test(a_crowd_is_cut_short),
        cmocka_unit_test(digests_are_kept),
        cmocka_unit_test(memory_may_run_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
