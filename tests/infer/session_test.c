// Sessions: what they expect, against the batched pass; forks, restarts, cuts, the window.
#include "infer_case.h"

#include "base/error.h"
#include "support/failing_alloc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NEAR 1e-4f

// What is expected next is what the batched pass expects.
static void expects(const infer_case *c, session *s) {
    axl_error err;
    size_t length;
    const uint16_t *text = session_text(s, &length);
    const float *got;
    case_ok(session_expect(s, &got, &err), &err);
    const size_t v = c->m.table.config.vocab_size;
    float *all = case_logits(&c->m, &c->e.k, text, length);
    for (size_t i = 0; i < v; i++) assert_true(fabsf(got[i] - all[(length - 1) * v + i]) <= NEAR);
    free(all);
}

static void test_expects(void **state) {
    (void)state;
    infer_case c;
    infer_case_open(&c, 512, 1);
    const chooser warm = infer_case_warm(1, 4);
    static const size_t prompts[] = {0, 1, 3, 17, SESSION_PIECE - 1, SESSION_PIECE, 300};
    for (size_t i = 0; i < COUNT_OF(prompts); i++) {
        session *s = infer_case_session(&c);
        assert_false(session_ready(s));
        infer_case_feed(s, prompts[i], i);
        infer_case_ready(&c, s);
        expects(&c, s);
        assert_int_equal(session_count(s).fed, prompts[i] + 1);
        for (size_t n = 0; n < 9; n++) {
            infer_case_go(&c, s, &warm, 3);
            infer_case_ready(&c, s);
            expects(&c, s);
        }
        infer_case_feed(s, 11, 99); // a second turn
        infer_case_ready(&c, s);
        expects(&c, s);
        session_free(s);
    }
    infer_case_close(&c);
}

// A fork has the bits of its origin, and each goes its own way.
static void test_fork(void **state) {
    (void)state;
    infer_case c;
    infer_case_open(&c, 256, 1);
    const chooser warm = infer_case_warm(1, 5), other = infer_case_warm(1, 6);
    axl_error err;
    for (size_t before = 0; before < 24; before++) {
        session *s = infer_case_session(&c), *fork, *alone = infer_case_session(&c);
        infer_case_feed(s, 40, 1);
        infer_case_go(&c, s, &warm, before);
        case_ok(session_fork(&fork, s, &err), &err);
        infer_case_go(&c, s, &other, 20);
        infer_case_go(&c, fork, &warm, 20);
        infer_case_feed(alone, 40, 1);
        infer_case_go(&c, alone, &warm, before + 20);
        infer_case_ready(&c, fork);
        infer_case_ready(&c, alone);
        infer_case_same(fork, alone);
        session_free(s);
        session_free(fork);
        session_free(alone);
    }
    infer_case_close(&c);
}

// A restarted session is a new one in every bit, whatever it was before.
static void restart_after(const infer_case *c, size_t prompt, size_t made, size_t common,
                          size_t total) {
    const chooser warm = infer_case_warm(1, 7);
    axl_error err;
    uint16_t text[1024] = {MODEL_BOS};
    size_t length, kept;
    session *s = infer_case_session(c), *fresh = infer_case_session(c);
    infer_case_feed(s, prompt, 2);
    infer_case_go(c, s, &warm, made);
    infer_case_ready(c, s);
    const uint16_t *before = session_text(s, &length);
    infer_case_bytes(text + 1, total - 1, 77);
    memcpy(text, before, (common < length ? common : length) * sizeof *text);
    const size_t expected = session_common(s, text, total);
    case_ok(session_restart(s, text, total, &kept, &err), &err);
    assert_int_equal(kept, expected);
    assert_true(kept < total && kept % MODEL_GROUP == 0 && kept <= prompt + 1);
    const size_t same = common < total - 1 ? common : total - 1;
    const size_t fed = prompt + 1 < same ? prompt + 1 : same;
    if (prompt + made < c->m.table.config.max_seq_len) assert_true(kept + MODEL_GROUP > fed);
    case_ok(session_feed(fresh, text + 1, total - 1, &err), &err);
    infer_case_ready(c, s);
    infer_case_ready(c, fresh);
    infer_case_same(s, fresh);
    infer_case_go(c, s, &warm, 12);
    infer_case_go(c, fresh, &warm, 12);
    infer_case_ready(c, s);
    infer_case_ready(c, fresh);
    infer_case_same(s, fresh);
    session_free(s);
    session_free(fresh);
}

static void test_restart(void **state) {
    (void)state;
    static const size_t windows[] = {512, 200, 64};
    for (size_t i = 0; i < COUNT_OF(windows); i++) {
        infer_case c;
        infer_case_open(&c, windows[i], 1);
        restart_after(&c, 300, 0, 301, 400);  // the text goes on
        restart_after(&c, 300, 20, 321, 400); // through what was made
        restart_after(&c, 300, 20, 301, 301); // to the same prompt
        restart_after(&c, 300, 5, 150, 151);
        restart_after(&c, 300, 5, 129, 300);
        restart_after(&c, 300, 0, 1, 2);
        restart_after(&c, 0, 40, 30, 31);
        restart_after(&c, 127, 3, 128, 140);
        restart_after(&c, 128, 1, 129, 600);
        for (size_t n = 40; n < 52; n++) {
            restart_after(&c, n, 0, n + 1, n + 2);       // a keystroke
            restart_after(&c, n, n % 5, n - 4, n + 1);   // some taken back
            restart_after(&c, n, 9, n + 1 + n % 9, 250); // some of what was made stays
        }
        infer_case_close(&c);
    }
}

// Texts that nothing is kept for, and the memory that a session holds.
static void test_common(void **state) {
    (void)state;
    infer_case c;
    infer_case_open(&c, 512, 1);
    session *s = infer_case_session(&c);
    uint16_t text[400] = {MODEL_BOS};
    infer_case_bytes(text + 1, COUNT_OF(text) - 1, 5);
    assert_int_equal(session_common(s, text, COUNT_OF(text)), 0); // nothing is read yet
    axl_error err;
    const size_t empty = session_bytes(s);
    assert_true(empty >= cache_bytes(&c.m.table.config) + s->capacity * sizeof *s->text);
    case_ok(session_feed(s, text + 1, COUNT_OF(text) - 1, &err), &err);
    assert_int_equal(session_common(s, text, COUNT_OF(text)), 0);
    infer_case_ready(&c, s);
    assert_true(session_common(s, text, COUNT_OF(text)) > 0);
    assert_int_equal(session_common(s, text, 1), 0);
    assert_int_equal(session_common(s, text, 0), 0);
    assert_int_equal(session_common(s, text + 1, COUNT_OF(text) - 1), 0);
    const chooser greedy = infer_case_warm(0, 0);
    infer_case_go(&c, s, &greedy, 3);
    const size_t grown = s->capacity * sizeof *s->text + draft_bytes(&s->index);
    assert_true(draft_bytes(&s->index) >= COUNT_OF(text) * sizeof *s->index.older);
    assert_true(session_bytes(s) >= cache_bytes(&c.m.table.config) + grown);
    session_free(s);
    infer_case_close(&c);
}

// Cut anywhere, and going on as the text says.
static void test_truncate(void **state) {
    (void)state;
    infer_case c;
    infer_case_open(&c, 256, 1);
    const chooser warm = infer_case_warm(1, 8);
    axl_error err;
    for (size_t length = 1; length <= 71; length += 5) {
        session *s = infer_case_session(&c);
        infer_case_feed(s, 40, 3);
        infer_case_go(&c, s, &warm, 30);
        assert_int_equal(session_truncate(s, 0, &err), AXL_BAD_ARGUMENT);
        assert_int_equal(session_truncate(s, 72, &err), AXL_BAD_ARGUMENT);
        case_ok(session_truncate(s, length, &err), &err);
        infer_case_ready(&c, s);
        assert_true(session_count(s).fed <= 41 + 4);
        expects(&c, s);
        infer_case_go(&c, s, &warm, 9);
        infer_case_ready(&c, s);
        expects(&c, s);
        session_free(s);
    }
    infer_case_close(&c);
}

// Past the window: one text in one prompt, in parts and after a cut, in a small window.
static void test_window(void **state) {
    (void)state;
    static const size_t windows[] = {4, 24, 64, 200};
    for (size_t i = 0; i < COUNT_OF(windows); i++) {
        infer_case c;
        infer_case_open(&c, windows[i], 1);
        const chooser warm = infer_case_warm(1, 9);
        axl_error err;
        session *s = infer_case_session(&c), *again = infer_case_session(&c);
        infer_case_feed(s, 500, 4);
        infer_case_feed(again, 500, 4);
        infer_case_go(&c, s, &warm, 300);
        infer_case_go(&c, again, &warm, 300);
        case_ok(session_truncate(again, 450, &err), &err);
        case_ok(session_truncate(again, 400, &err), &err);
        infer_case_ready(&c, s);
        infer_case_ready(&c, again);
        assert_true(s->cache.gone > 0 && session_known(s) == 801);
        // Cut back behind what has slid: computed anew, as if it had been the prompt.
        session *fresh = infer_case_session(&c);
        infer_case_feed(fresh, 399, 4);
        infer_case_ready(&c, fresh);
        if (windows[i] < 300) infer_case_same(again, fresh);
        session_free(s);
        session_free(again);
        session_free(fresh);
        infer_case_close(&c);
    }
}

// ---- experts ----

typedef struct listener {
    uint16_t heard[256];
    size_t length;
    size_t asked;
} listener;

static axl_status wish(void *ctx, float *logits, size_t vocab, axl_error *err) {
    (void)err;
    listener *l = ctx;
    l->asked++;
    for (size_t i = 0; i < vocab; i++) logits[i] += i == 'x' ? 1000 : 0;
    return AXL_OK;
}

static void hear(void *ctx, const uint16_t *symbols, size_t count) {
    listener *l = ctx;
    memcpy(l->heard + l->length, symbols, count * sizeof *symbols);
    l->length += count;
}

static void forget(void *ctx, uint64_t length) {
    ((listener *)ctx)->length = (size_t)length;
}

static void test_expert(void **state) {
    (void)state;
    infer_case c;
    infer_case_open(&c, 256, 1);
    axl_error err;
    session *s = infer_case_session(&c);
    listener l = {0};
    infer_case_feed(s, 10, 5);
    const expert e = {wish, hear, forget, &l};
    case_ok(session_join(s, &e, &err), &err);
    infer_case_always_draft(s);
    const chooser greedy = infer_case_warm(0, 0);
    infer_case_go(&c, s, &greedy, 20);
    size_t length;
    const uint16_t *text = session_text(s, &length);
    for (size_t i = 11; i < length; i++) assert_int_equal(text[i], 'x');
    assert_int_equal(l.asked, 20); // once for each symbol, never for a draft
    case_ok(session_truncate(s, 8, &err), &err);
    infer_case_feed(s, 3, 6);
    text = session_text(s, &length);
    assert_int_equal(l.length, length);
    assert_memory_equal(l.heard, text, length * sizeof *text);
    session_free(s);
    infer_case_close(&c);
}

static void test_refused(void **state) {
    (void)state;
    infer_case c;
    infer_case_open(&c, 64, 1);
    axl_error err;
    session *s = infer_case_session(&c);
    const uint16_t high = 4000, byte = 'a';
    assert_int_equal(session_feed(s, &high, 1, &err), AXL_BAD_ARGUMENT);
    assert_int_equal(session_accept(s, byte, &err), AXL_INTERNAL);
    assert_int_equal(session_restart(s, &byte, 1, NULL, &err), AXL_BAD_ARGUMENT);
    size_t length;
    session_text(s, &length);
    assert_int_equal(length, 1);
    infer_case_ready(&c, s);
    assert_int_equal(session_accept(s, high, &err), AXL_BAD_ARGUMENT);
    assert_true(session_ready(s));
    session_free(s);
    infer_case_close(&c);
}

static axl_status life(void *ctx, axl_error *err) {
    const infer_case *c = ctx;
    session *s, *fork = NULL;
    FORWARD(session_create(&s, &c->e, err));
    uint16_t bytes[200];
    infer_case_bytes(bytes, 200, 1);
    axl_status status = session_feed(s, bytes, 200, err);
    while (status == AXL_OK && !session_ready(s)) status = batch_run(c->b, &s, 1, err);
    for (size_t i = 0; i < 3 && status == AXL_OK; i++) {
        status = session_accept(s, 'a', err);
        if (status == AXL_OK) status = batch_run(c->b, &s, 1, err);
    }
    if (status == AXL_OK) status = session_fork(&fork, s, err);
    session_free(fork);
    session_free(s);
    return status;
}

static void test_no_memory(void **state) {
    (void)state;
    infer_case c;
    infer_case_open(&c, 64, 1);
    assert_true(for_each_failing_alloc(life, &c) >= 8);
    infer_case_close(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_expects),   cmocka_unit_test(test_fork),
        cmocka_unit_test(test_restart),   cmocka_unit_test(test_common),
        cmocka_unit_test(test_truncate),  cmocka_unit_test(test_window),
        cmocka_unit_test(test_expert),    cmocka_unit_test(test_refused),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}
