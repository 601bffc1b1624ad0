// Tiles depend on the shape only, and sums have the same bits at any number of threads.
#include "parallel/range.h"
#include "support/unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const size_t thread_counts[] = {1, 2, 3, 4, 8};

static void tiles_cover_the_range(void **state) {
    (void)state;
    for (size_t count = 0; count < 60; count++) {
        for (size_t grain = 1; grain < 20; grain++) {
            size_t tiles = 0;
            for (size_t begin = 0; begin < count; begin += grain) tiles++;
            assert_int_equal(range_tiles(count, grain), tiles);
        }
    }
    assert_int_equal(range_tiles(7, 0), 7);
    assert_int_equal(range_tiles(SIZE_MAX, 1), SIZE_MAX);
    assert_int_equal(range_tiles(SIZE_MAX, SIZE_MAX), 1);
    assert_int_equal(range_tiles(SIZE_MAX, 2), SIZE_MAX / 2 + 1);
}

static void grains_limit_the_tiles(void **state) {
    (void)state;
    for (size_t count = 0; count < 300; count++) {
        for (size_t grain = 1; grain < 12; grain++) {
            for (size_t most = 1; most < 12; most++) {
                const size_t g = range_grain(count, grain, most);
                assert_true(g >= grain && g % grain == 0);
                assert_true(range_tiles(count, g) <= most);
                // The next smaller multiple would not do.
                if (g > grain) assert_true(range_tiles(count, g - grain) > most);
            }
        }
    }
    assert_int_equal(range_grain(10, 0, 100), 1);
    assert_true(range_tiles(SIZE_MAX, range_grain(SIZE_MAX, 1, 512)) <= 512);
    assert_true(range_tiles(SIZE_MAX, range_grain(SIZE_MAX, 3, 1)) == 1);
}

typedef struct cover {
    unsigned char *seen;
    size_t count;
    size_t grain;
} cover;

static void cover_tile(void *ctx, size_t begin, size_t end, size_t worker) {
    const cover *c = ctx;
    assert_true(worker < 8);
    assert_int_equal(begin % c->grain, 0);
    assert_true(end == begin + c->grain || end == c->count);
    for (size_t i = begin; i < end; i++) c->seen[i]++;
}

static void for_touches_everything_once(void **state) {
    (void)state;
    unsigned char seen[1000];
    for (size_t t = 0; t < COUNT_OF(thread_counts); t++) {
        pool *p = NULL;
        assert_int_equal(pool_create(&p, thread_counts[t], NULL), AXL_OK);
        for (size_t count = 0; count < sizeof seen; count += 37) {
            for (size_t grain = 1; grain < 300; grain += grain + 6) {
                memset(seen, 0, sizeof seen);
                cover c = {.seen = seen, .count = count, .grain = grain};
                pool_for(p, count, grain, cover_tile, &c);
                for (size_t i = 0; i < sizeof seen; i++) assert_int_equal(seen[i], i < count);
            }
        }
        pool_free(p);
    }
    memset(seen, 0, sizeof seen);
    cover c = {.seen = seen, .count = 100, .grain = 7};
    pool_for(NULL, 100, 7, cover_tile, &c);
    for (size_t i = 0; i < sizeof seen; i++) assert_int_equal(seen[i], i < 100);
}

// [count] values of very different sizes and both signs, so that any other order shows in the bits.
static double *make_values(size_t count) {
    double *values = malloc(count * sizeof *values);
    assert_non_null(values);
    uint64_t x = 88172645463325252u;
    for (size_t i = 0; i < count; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        values[i] = ldexp((double)(x >> 12) - 0x1p51, (int)(x % 60) - 80);
    }
    return values;
}

static double sum_values(void *ctx, size_t begin, size_t end, size_t worker) {
    (void)worker;
    const double *values = ctx;
    double sum = 0.0;
    for (size_t i = begin; i < end; i++) sum += values[i];
    return sum;
}

// The tree written down recursively: the left part is the largest power of two below n.
static double tree_sum(const double *partial, size_t n) {
    if (n == 1) return partial[0];
    size_t left = 1;
    while (left * 2 < n) left *= 2;
    return tree_sum(partial, left) + tree_sum(partial + left, n - left);
}

static double expected_sum(double *values, size_t count, size_t grain) {
    double partial[RANGE_SUM_TILES];
    const size_t g = range_grain(count, grain, RANGE_SUM_TILES);
    const size_t tiles = range_tiles(count, g);
    for (size_t i = 0; i < tiles; i++) {
        const size_t end = (i + 1) * g < count ? (i + 1) * g : count;
        partial[i] = sum_values(values, i * g, end, 0);
    }
    return tree_sum(partial, tiles);
}

static void sums_have_the_same_bits(void **state) {
    (void)state;
    const size_t counts[] = {1, 2, 63, 64, 65, 1000, 4097, 100003};
    const size_t grains[] = {1, 16, 64, 1000};
    double *values = make_values(100003);
    size_t differs = 0;
    for (size_t t = 0; t < COUNT_OF(thread_counts); t++) {
        pool *p = NULL;
        assert_int_equal(pool_create(&p, thread_counts[t], NULL), AXL_OK);
        pool_tune(p, 40000, 8);
        for (size_t c = 0; c < COUNT_OF(counts); c++) {
            for (size_t g = 0; g < COUNT_OF(grains); g++) {
                const double expected = expected_sum(values, counts[c], grains[g]);
                for (int repeat = 0; repeat < 5; repeat++) {
                    const double sum = pool_sum(p, counts[c], grains[g], sum_values, values);
                    assert_memory_equal(&sum, &expected, sizeof sum);
                }
                if (sum_values(values, 0, counts[c], 0) != expected) differs++;
            }
        }
        pool_free(p);
    }
    assert_true(differs > 0); // else the order does not matter for these values
    const double none = pool_sum(NULL, 1000, 64, sum_values, values);
    const double expected = expected_sum(values, 1000, 64);
    assert_memory_equal(&none, &expected, sizeof none);
    free(values);
}

static double must_not_run(void *ctx, size_t begin, size_t end, size_t worker) {
    (void)ctx;
    (void)begin;
    (void)end;
    (void)worker;
    fail();
    return 1.0;
}

static void an_empty_sum_is_zero(void **state) {
    (void)state;
    assert_true(pool_sum(NULL, 0, 10, must_not_run, NULL) == 0.0);
}

// Partials as text: (ab) for a and b combined.
typedef struct words {
    char word[16][64];
} words;

static void join(void *ctx, size_t into, size_t from) {
    words *w = ctx;
    char joined[130];
    snprintf(joined, sizeof joined, "(%s%s)", w->word[into], w->word[from]);
    memcpy(w->word[into], joined, sizeof w->word[into]);
    w->word[into][sizeof w->word[into] - 1] = '\0';
}

static void the_tree_is_fixed(void **state) {
    (void)state;
    const char *const trees[] = {"",
                                 "a",
                                 "(ab)",
                                 "((ab)c)",
                                 "((ab)(cd))",
                                 "(((ab)(cd))e)",
                                 "(((ab)(cd))(ef))",
                                 "(((ab)(cd))((ef)g))",
                                 "(((ab)(cd))((ef)(gh)))",
                                 "((((ab)(cd))((ef)(gh)))i)"};
    for (size_t tiles = 0; tiles < COUNT_OF(trees); tiles++) {
        words w = {0};
        for (size_t i = 0; i < tiles; i++) w.word[i][0] = (char)('a' + (int)i);
        range_combine(tiles, join, &w);
        assert_string_equal(w.word[0], trees[tiles]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tiles_cover_the_range),       cmocka_unit_test(grains_limit_the_tiles),
        cmocka_unit_test(for_touches_everything_once), cmocka_unit_test(sums_have_the_same_bits),
        cmocka_unit_test(an_empty_sum_is_zero),        cmocka_unit_test(the_tree_is_fixed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
