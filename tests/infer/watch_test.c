// Watching a session: what is seen, in which order, and that it changes nothing.
#include "infer_case.h"

#include "base/error.h"
#include "infer/generation.h"
#include "support/failing_alloc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NEAR 1e-4f

enum { MOST = 700 };

// What a watcher saw of a text, by position.
typedef struct seen {
    size_t next; // position that comes next
    size_t vocab, d;
    session_watcher watcher;
    float *logits, *states;
    float gates[MOST][MODEL_SCALES];
} seen;

static void see(void *ctx, const session_span *span) {
    seen *w = ctx;
    assert_int_equal(span->first, w->next);
    assert_true(span->count > 0 && w->next + span->count <= MOST);
    assert_true(!span->logits == !w->watcher.logits);
    assert_true(!span->gates == !w->watcher.gates);
    assert_true(!span->states == !w->watcher.states);
    if (span->logits)
        memcpy(w->logits + w->next * w->vocab, span->logits,
               span->count * w->vocab * sizeof(float));
    if (span->states)
        memcpy(w->states + w->next * w->d, span->states, span->count * w->d * sizeof(float));
    if (span->gates) memcpy(w->gates[w->next], span->gates, span->count * sizeof *w->gates);
    w->next += span->count;
}

static seen *watch(const infer_case *c, session *s, session_watcher wants) {
    axl_error err;
    seen *w = calloc(1, sizeof *w);
    assert_non_null(w);
    w->vocab = c->m.table.config.vocab_size;
    w->d = c->m.table.config.d_model;
    w->watcher = wants;
    w->watcher.see = see;
    w->watcher.ctx = w;
    w->logits = calloc(MOST * w->vocab, sizeof *w->logits);
    w->states = calloc(MOST * w->d, sizeof *w->states);
    assert_true(w->logits && w->states);
    case_ok(session_watch(s, &w->watcher, &err), &err);
    return w;
}

static void seen_free(seen *w) {
    free(w->logits);
    free(w->states);
    free(w);
}

static const session_watcher everything = {.logits = true, .gates = true, .states = true};

// Every position once, in order, as the batched pass has it; the last one is what is expected.
static void test_sees(void **state) {
    (void)state;
    static const size_t prompts[] = {0, 1, 17, SESSION_PIECE - 1, SESSION_PIECE, 300};
    infer_case c;
    infer_case_open(&c, 512, 1);
    for (size_t i = 0; i < COUNT_OF(prompts); i++) {
        session *s = infer_case_session(&c);
        seen *w = watch(&c, s, everything);
        infer_case_feed(s, prompts[i], i);
        infer_case_ready(&c, s);
        size_t length;
        const uint16_t *text = session_text(s, &length);
        assert_int_equal(w->next, length);
        float *want = case_logits(&c.m, &c.e.k, text, length);
        for (size_t j = 0; j < length * w->vocab; j++)
            assert_true(fabsf(w->logits[j] - want[j]) <= NEAR);
        free(want);
        for (size_t t = 0; t < length; t++) {
            const float *g = w->gates[t];
            assert_true(g[0] > 0 && g[1] > 0 && g[2] > 0);
            assert_true(fabsf(g[0] + g[1] + g[2] - 1) <= 1e-6f);
        }
        axl_error err;
        const float *expected;
        case_ok(session_expect(s, &expected, &err), &err);
        assert_memory_equal(expected, w->logits + (length - 1) * w->vocab,
                            w->vocab * sizeof *expected);
        assert_memory_equal(session_gates(s), w->gates[length - 1], sizeof *w->gates);
        session_free(s);
        seen_free(w);
    }
    infer_case_close(&c);
}

// Beside others, a part of the results, in a small window: the same bits as unwatched.
static void test_changes_nothing(void **state) {
    (void)state;
    static const size_t windows[] = {512, 64};
    static const session_watcher wishes[] = {
        {.logits = true}, {.gates = true}, {.states = true}, {.logits = true, .states = true}};
    for (size_t i = 0; i < COUNT_OF(windows); i++) {
        infer_case c;
        infer_case_open(&c, windows[i], COUNT_OF(wishes));
        session *plain = infer_case_session(&c), *list[COUNT_OF(wishes)];
        seen *w[COUNT_OF(wishes)];
        infer_case_feed(plain, 400, 3);
        infer_case_ready(&c, plain);
        for (size_t j = 0; j < COUNT_OF(wishes); j++) {
            w[j] = watch(&c, list[j] = infer_case_session(&c), wishes[j]);
            infer_case_feed(list[j], 400, 3);
        }
        axl_error err;
        while (!session_ready(list[0])) case_ok(batch_run(c.b, list, COUNT_OF(wishes), &err), &err);
        for (size_t j = 0; j < COUNT_OF(wishes); j++) {
            assert_int_equal(w[j]->next, 401);
            infer_case_same(list[j], plain);
            assert_memory_equal(session_gates(list[j]), session_gates(plain), sizeof *w[j]->gates);
            assert_true(session_bytes(list[j]) > session_bytes(plain));
        }
        const size_t all = 401 * w[0]->vocab * sizeof(float), states = 401 * w[0]->d;
        assert_memory_equal(w[0]->logits, w[3]->logits, all);
        assert_memory_equal(w[2]->states, w[3]->states, states * sizeof(float));
        for (size_t j = 0; j < COUNT_OF(wishes); j++) {
            session_free(list[j]);
            seen_free(w[j]);
        }
        session_free(plain);
        infer_case_close(&c);
    }
}

// One who comes late sees the text from its beginning, and a restart lets him see all again; one
// who goes leaves the session as it is.
static void test_from_the_beginning(void **state) {
    (void)state;
    infer_case c;
    infer_case_open(&c, 512, 1);
    const chooser warm = infer_case_warm(1, 2);
    axl_error err;
    size_t length, kept;
    session *s = infer_case_session(&c), *fork;
    infer_case_feed(s, 300, 4);
    infer_case_go(&c, s, &warm, 9);
    seen *w = watch(&c, s, everything);
    assert_null(session_gates(s));
    uint16_t text[310];
    memcpy(text, session_text(s, &length), sizeof text);
    assert_int_equal(length, COUNT_OF(text));
    assert_int_equal(session_common(s, text, length), 0);
    infer_case_ready(&c, s);
    assert_int_equal(w->next, length);
    assert_int_equal(session_common(s, text, length), 0);
    case_ok(session_fork(&fork, s, &err), &err);
    infer_case_feed(fork, 10, 5);
    infer_case_ready(&c, fork);
    assert_int_equal(w->next, length); // nobody watches the fork
    session_free(fork);
    infer_case_go(&c, s, &warm, 5);
    assert_int_equal(w->next, length); // nor what is chosen
    w->next = 0;
    case_ok(session_restart(s, text, 200, &kept, &err), &err);
    assert_int_equal(kept, 0);
    infer_case_ready(&c, s);
    assert_int_equal(w->next, 200);
    case_ok(session_watch(s, NULL, &err), &err);
    assert_true(session_ready(s));
    assert_true(session_common(s, text, 200) > 0);
    infer_case_feed(s, 10, 5);
    infer_case_ready(&c, s);
    assert_int_equal(w->next, 200);
    session_free(s);
    seen_free(w);
    infer_case_close(&c);
}

// A byte is chosen from the same weights of the scales with drafts and without, and a generation
// keeps those of each byte.
static void test_gates_of_choices(void **state) {
    (void)state;
    enum { COUNT = 120 };
    infer_case c;
    infer_case_open(&c, 128, 1);
    axl_error err;
    const generation_options options = {.chooser = infer_case_warm(0, 0),
                                        .most_bytes = COUNT,
                                        .keep_choices = true,
                                        .keep_gates = true};
    session *with = infer_case_session(&c), *without = infer_case_session(&c);
    infer_case_feed(with, 60, 8);
    infer_case_feed(without, 60, 8);
    infer_case_always_draft(with);
    session_set_drafts(without, false);
    generation g;
    case_ok(generation_begin(&g, with, &options, &err), &err);
    while (!g.end) {
        case_ok(batch_run(c.b, &with, 1, &err), &err);
        case_ok(generation_take(&g, &err), &err);
    }
    assert_int_equal(g.text.size, COUNT);
    size_t different = 0;
    for (size_t i = 0; i < COUNT; i++) {
        infer_case_ready(&c, without);
        assert_memory_equal(g.gates[i], session_gates(without), sizeof *g.gates);
        chooser_choice choice;
        case_ok(session_choose(without, &options.chooser, &choice, &err), &err);
        assert_int_equal(choice.symbol, g.choices[i].symbol);
        case_ok(session_accept(without, choice.symbol, &err), &err);
        assert_null(session_gates(without));
        different += i > 0 && memcmp(g.gates[i], g.gates[i - 1], sizeof *g.gates) != 0;
    }
    assert_true(different > COUNT / 2);
    assert_true(session_count(with).agreed > 0); // some of the rows were those of drafts
    generation_free(&g);
    session_free(with);
    session_free(without);
    infer_case_close(&c);
}

static void see_nothing(void *ctx, const session_span *span) {
    (void)ctx;
    (void)span;
}

static axl_status life(void *ctx, axl_error *err) {
    const infer_case *c = ctx;
    session *s;
    FORWARD(session_create(&s, &c->e, err));
    const session_watcher w = {.states = true, .see = see_nothing};
    axl_status status = session_watch(s, &w, err);
    if (status == AXL_OK) status = session_watch(s, &w, err); // in the place of the first
    while (status == AXL_OK && !session_ready(s)) status = batch_run(c->b, &s, 1, err);
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
        cmocka_unit_test(test_sees),
        cmocka_unit_test(test_changes_nothing),
        cmocka_unit_test(test_from_the_beginning),
        cmocka_unit_test(test_gates_of_choices),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests_name("watch", tests, NULL, NULL);
}
