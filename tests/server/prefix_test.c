// Which session a text gets: a kept one, a fork of one, or a new one; and what is kept for how
// long. Bits are those of a session without a past.
#include "server/prefix.h"

#include "infer/infer_case.h"
#include "support/failing_alloc.h"

#include <string.h>

#define CONTEXT ((size_t)1024)

static infer_case model;

static int make(void **state) {
    (void)state;
    infer_case_open(&model, CONTEXT, 4);
    return 0;
}

static int end(void **state) {
    (void)state;
    infer_case_close(&model);
    return 0;
}

// BOS, `common` symbols that all texts share, and others by seed.
typedef struct text {
    uint16_t symbols[CONTEXT];
    size_t count;
} text;

static text text_of(size_t common, size_t count, uint64_t seed) {
    text t = {.count = count};
    t.symbols[0] = MODEL_BOS;
    for (size_t i = 1; i < count; i++)
        t.symbols[i] = (uint16_t)rng_below(rng_key(i <= common ? 77 : seed, 0), i, 256);
    return t;
}

static session *take_beside(prefix_cache *c, const text *t, session *const *busy, size_t count) {
    axl_error err;
    session *s;
    const prefix_want want = {&model.e, t->symbols, t->count, busy, count};
    case_ok(prefix_take(c, &want, &s, &err), &err);
    return s;
}

static session *take(prefix_cache *c, const text *t) {
    return take_beside(c, t, NULL, 0);
}

// Reads the text, whatever the session held; returns how much was known.
static size_t read_text(session *s, const text *t) {
    axl_error err;
    size_t kept;
    case_ok(session_restart(s, t->symbols, t->count, &kept, &err), &err);
    infer_case_ready(&model, s);
    session *alone = infer_case_session(&model);
    case_ok(session_restart(alone, t->symbols, t->count, NULL, &err), &err);
    infer_case_ready(&model, alone);
    infer_case_same(s, alone);
    session_free(alone);
    return kept;
}

static void put(prefix_cache *c, const text *t) {
    session *s = infer_case_session(&model);
    read_text(s, t);
    prefix_put(c, s, t->count);
}

// Every key takes the session that the key before left, with what was written behind it.
static void test_keys(void **state) {
    (void)state;
    prefix_cache c = {.most = SIZE_MAX};
    const chooser how = infer_case_warm(1, 1);
    text t = text_of(0, 300, 1);
    for (size_t count = 200; count < 260; count++) {
        t.count = count;
        session *s = take(&c, &t);
        const size_t kept = read_text(s, &t);
        if (count > 200) assert_true(kept + 8 > count);
        infer_case_go(&model, s, &how, 20);
        prefix_put(&c, s, count);
        assert_int_equal(c.count, 1);
    }
    prefix_free(&c);
}

// Two editors whose texts begin alike: neither takes the other's, but what they share is forked
// where that pays.
static void test_two_texts(void **state) {
    (void)state;
    static const size_t shares[] = {20, 300};
    for (size_t i = 0; i < COUNT_OF(shares); i++) {
        prefix_cache c = {.most = SIZE_MAX};
        const text one = text_of(shares[i], 900, 1), two = text_of(shares[i], 900, 2);
        put(&c, &one);
        session *s = take(&c, &two);
        assert_int_equal(c.count, 1);
        const size_t kept = read_text(s, &two);
        assert_true(shares[i] < SESSION_PIECE ? kept == 0 : kept + MODEL_GROUP > shares[i]);
        prefix_put(&c, s, two.count);
        assert_int_equal(c.count, 2);
        for (size_t n = 0; n < 2; n++) {
            const text *t = n ? &two : &one;
            s = take(&c, t);
            assert_int_equal(c.count, 1);
            assert_true(read_text(s, t) + 8 > t->count);
            prefix_put(&c, s, t->count);
        }
        prefix_free(&c);
    }
}

// A text that a running session has read is forked from it.
static void test_busy(void **state) {
    (void)state;
    prefix_cache c = {.most = SIZE_MAX};
    const text one = text_of(400, 900, 1), two = text_of(400, 900, 2);
    session *busy = infer_case_session(&model);
    read_text(busy, &one);
    session *s = take_beside(&c, &two, &busy, 1);
    assert_true(read_text(s, &two) + MODEL_GROUP > 400);
    read_text(busy, &one); // it is as it was
    session_free(s);
    session_free(busy);
    prefix_free(&c);
}

// The one that was not used for the longest time goes, and gives its memory where it can.
static void test_bound(void **state) {
    (void)state;
    const text t[] = {text_of(0, 500, 1), text_of(0, 500, 2), text_of(0, 500, 3)};
    prefix_cache c = {.most = SIZE_MAX};
    put(&c, &t[0]);
    c.most = 2 * c.bytes + c.bytes / 2;
    put(&c, &t[1]);
    session *s = take(&c, &t[0]); // used: the other one is older now
    prefix_put(&c, s, t[0].count);
    const session *oldest = NULL;
    for (size_t i = 0; i < c.count; i++)
        if (c.list[i].s != s) oldest = c.list[i].s;
    session *third = take(&c, &t[2]);
    assert_ptr_equal(third, oldest);
    assert_int_equal(read_text(third, &t[2]), 0);
    prefix_put(&c, third, t[2].count);
    put(&c, &t[1]);
    assert_int_equal(c.count, 2);
    assert_true(c.bytes <= c.most);
    for (size_t i = 0; i < c.count; i++) assert_true(c.list[i].s != s);
    c.most = 1; // no room for any
    s = take(&c, &t[2]);
    prefix_put(&c, s, t[2].count);
    assert_int_equal(c.count, 1);
    c.most = SIZE_MAX;
    prefix_free(&c);
}

// Kept sessions make way where memory runs out; what is forked goes last, and not at all.
static void test_memory(void **state) {
    (void)state;
    axl_error err;
    session *s;
    failing_alloc_install();
    const text t[] = {text_of(0, 300, 1), text_of(0, 300, 2), text_of(0, 300, 3)};
    prefix_cache c = {.most = SIZE_MAX};
    for (size_t i = 0; i < 3; i++) put(&c, &t[i]);
    failing_alloc_fail_at(1, false);
    case_ok(prefix_create(&c, &model.e, &s, &err), &err);
    assert_int_equal(c.count, 2);
    session_free(s);
    failing_alloc_fail_at(1, true);
    assert_int_equal(prefix_fork(&c, c.list[0].s, &s, &err), AXL_NO_MEMORY);
    assert_int_equal(c.count, 1);
    failing_alloc_fail_at(0, false);
    case_ok(prefix_fork(&c, c.list[0].s, &s, &err), &err);
    session_free(s);
    failing_alloc_fail_at(1, true);
    assert_int_equal(prefix_create(&c, &model.e, &s, &err), AXL_NO_MEMORY);
    assert_int_equal(c.count, 0);
    failing_alloc_fail_at(0, false);
    put(&c, &t[0]);
    prefix_forget(&c, &model.e);
    assert_int_equal(c.count, 0);
    assert_int_equal(c.bytes, 0);
    prefix_free(&c);
    failing_alloc_remove();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys),  cmocka_unit_test(test_two_texts), cmocka_unit_test(test_busy),
        cmocka_unit_test(test_bound), cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests_name("prefix", tests, make, end);
}
