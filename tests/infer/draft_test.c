// Where drafts come from, against a search of the whole text, and when they are made.
#include "base/rng.h"
#include "infer/draft.h"
#include "infer/draft_gain.h"
#include "support/failing_alloc.h"
#include "support/unit.h"

#include <string.h>

#define LENGTH ((size_t)400)

static void make(uint16_t *text, uint64_t seed, uint64_t letters) {
    for (size_t i = 0; i < LENGTH; i++)
        text[i] = (uint16_t)('a' + rng_below(rng_key(seed, 3), i, letters));
}

// The longest agreement of an earlier end with the end of the text, at most DRAFT_MATCH_MAX.
static size_t longest(const uint16_t *text, size_t length) {
    size_t best = 0;
    for (size_t end = 1; end < length; end++) {
        size_t n = 0;
        while (n < end && n < DRAFT_MATCH_MAX && text[end - 1 - n] == text[length - 1 - n]) n++;
        if (n > best) best = n;
    }
    return best >= DRAFT_MATCH ? best : 0;
}

static void check_place(const draft_index *d, const uint16_t *text, bool rare) {
    const draft_place place = draft_find(d, text);
    const size_t best = longest(text, d->length);
    assert_true(place.match <= best && (place.match > 0) == (best > 0));
    // With few places of a hash all are looked at.
    if (rare) assert_int_equal(place.match, best);
    if (place.match == 0) return;
    assert_true(place.next < d->length && place.match >= DRAFT_MATCH);
    assert_memory_equal(text + place.next - place.match, text + d->length - place.match,
                        place.match * sizeof *text);
}

static void test_places(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < 6; seed++) {
        const uint64_t letters = 2 + seed * 2;
        uint16_t text[LENGTH];
        make(text, seed, letters);
        memcpy(text + 300, text + 40, 80 * sizeof *text); // a long repetition
        axl_error err;
        draft_index d = {0};
        for (size_t n = 0; n <= LENGTH; n++) {
            assert_int_equal(draft_grow(&d, text, n, &err), AXL_OK);
            check_place(&d, text, letters >= 4);
        }
        draft_free(&d);
    }
}

// Cut and grown again with other text, and copied.
static void test_cut_and_copy(void **state) {
    (void)state;
    uint16_t text[LENGTH], other[LENGTH];
    make(text, 50, 4);
    make(other, 51, 4);
    axl_error err;
    draft_index d = {0}, fresh = {0}, copied = {0};
    assert_int_equal(draft_grow(&d, text, LENGTH, &err), AXL_OK);
    draft_cut(&d, text, 150);
    memcpy(text + 150, other, 200 * sizeof *text);
    assert_int_equal(draft_grow(&d, text, 350, &err), AXL_OK);
    assert_int_equal(draft_grow(&fresh, text, 350, &err), AXL_OK);
    assert_int_equal(draft_copy(&copied, &d, &err), AXL_OK);
    draft_cut(&d, text, 0);
    assert_int_equal(draft_find(&d, text).match, 0);
    draft_free(&d);
    for (size_t n = 350; n > 100; n -= 10) {
        draft_cut(&copied, text, n);
        draft_cut(&fresh, text, n);
        const draft_place a = draft_find(&copied, text), b = draft_find(&fresh, text);
        assert_int_equal(a.next, b.next);
        assert_int_equal(a.match, b.match);
    }
    draft_copy(&fresh, &d, &err); // of an empty one
    assert_int_equal(fresh.length, 0);
    draft_free(&fresh);
    draft_free(&copied);
}

static axl_status grow_and_copy(void *ctx, axl_error *err) {
    draft_index a = {0}, b = {0};
    axl_status status = draft_grow(&a, ctx, LENGTH, err);
    if (status == AXL_OK) status = draft_copy(&b, &a, err);
    draft_free(&a);
    draft_free(&b);
    return status;
}

static void test_no_memory(void **state) {
    (void)state;
    uint16_t text[LENGTH];
    make(text, 1, 3);
    assert_true(for_each_failing_alloc(grow_and_copy, text) >= 4);
}

// ---- when it pays ----

static void test_learns_guesses(void **state) {
    (void)state;
    draft_gain g = draft_gain_begin();
    draft_gain_time(&g, 1, 0.001);
    assert_true(draft_gain_length(&g, 30, DRAFT_MAX) >= draft_gain_length(&g, 4, DRAFT_MAX));
    for (size_t i = 0; i < 200; i++)
        for (size_t match = 0; match < 64; match++) draft_gain_learn(&g, match, false);
    assert_int_equal(draft_gain_length(&g, 40, DRAFT_MAX), 0); // never right: none
    for (size_t i = 0; i < 200; i++)
        for (size_t match = 0; match < 64; match++) draft_gain_learn(&g, match, true);
    assert_int_equal(draft_gain_length(&g, 4, DRAFT_MAX), DRAFT_MAX); // always right: all
    assert_int_equal(draft_gain_length(&g, 4, 6), 6);
    assert_int_equal(draft_gain_length(&g, 4, 0), 0);
}

static void test_learns_times(void **state) {
    (void)state;
    draft_gain g = draft_gain_begin();
    draft_gain_time(&g, 4, 1); // before a pass of one there is nothing to compare with
    assert_true(g.lone <= 0);
    for (size_t i = 0; i < 50; i++) draft_gain_time(&g, 1, 0.010);
    for (size_t i = 0; i < 100; i++) draft_gain_time(&g, 8, 0.080); // no faster than one by one
    assert_true(g.more > 0.95);
    assert_int_equal(draft_gain_length(&g, 40, DRAFT_MAX), 0);
    for (size_t i = 0; i < 100; i++) draft_gain_time(&g, 8, 0.0135); // reading is nearly all
    assert_true(g.more < 0.1);
    assert_true(draft_gain_length(&g, 40, DRAFT_MAX) >= 8);
    for (size_t i = 0; i < 100; i++) draft_gain_time(&g, 8, 1000); // another program
    assert_true(g.more <= 1);
    for (size_t i = 0; i < 500; i++) draft_gain_time(&g, 1, 0.010); // is forgotten
    assert_true(g.more < 0.35);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places),       cmocka_unit_test(test_cut_and_copy),
        cmocka_unit_test(test_no_memory),    cmocka_unit_test(test_learns_guesses),
        cmocka_unit_test(test_learns_times),
    };
    return cmocka_run_group_tests_name("drafts", tests, NULL, NULL);
}
