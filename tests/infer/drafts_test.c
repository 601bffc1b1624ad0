// Drafting changes no text and no bit, and the drawing with drafts has the right distribution.
#include "infer_case.h"

#include <math.h>
#include <string.h>

// An expert that expects the text to go on as it did 9 symbols ago: random weights alone repeat
// nothing.
typedef struct echo {
    uint16_t heard[1024];
    size_t length;
} echo;

static axl_status expect_echo(void *ctx, float *logits, size_t vocab, axl_error *err) {
    (void)vocab;
    (void)err;
    const echo *e = ctx;
    if (e->length > 9) logits[e->heard[e->length - 9]] += 6;
    return AXL_OK;
}

static void hear(void *ctx, const uint16_t *symbols, size_t count) {
    echo *e = ctx;
    memcpy(e->heard + e->length, symbols, count * sizeof *symbols);
    e->length += count;
}

static void forget(void *ctx, uint64_t length) {
    ((echo *)ctx)->length = (size_t)length;
}

static session *begin(const infer_case *c, size_t prompt, uint64_t seed, bool drafts) {
    session *s = infer_case_session(c);
    infer_case_feed(s, prompt, seed);
    session_set_drafts(s, drafts);
    if (drafts) infer_case_always_draft(s);
    return s;
}

static void join(session *s, echo *e) {
    axl_error err;
    e->length = 0;
    const expert expects = {expect_echo, hear, forget, e};
    case_ok(session_join(s, &expects, &err), &err);
}

// The same text with and without, greedy and drawn, inside the window and far beyond it.
static void test_same_text(void **state) {
    (void)state;
    static const size_t windows[] = {8, 40, 256};
    static const double heats[] = {0, 0.2, 1};
    size_t drafted = 0, agreed = 0;
    for (size_t w = 0; w < COUNT_OF(windows); w++) {
        infer_case c;
        infer_case_open(&c, windows[w], 1);
        for (size_t h = 0; h < COUNT_OF(heats); h++)
            for (uint64_t seed = 0; seed < 4; seed++) {
                const chooser how = infer_case_warm(heats[h], seed);
                session *with = begin(&c, 70 + seed, seed, true);
                session *without = begin(&c, 70 + seed, seed, false);
                echo one, two;
                join(with, &one);
                join(without, &two);
                for (size_t i = 0; i < 8; i++) {
                    infer_case_go(&c, with, &how, 25);
                    infer_case_go(&c, without, &how, 25);
                    infer_case_ready(&c, with);
                    infer_case_ready(&c, without);
                    infer_case_same(with, without);
                }
                assert_int_equal(session_count(without).drafted, 0);
                assert_int_equal(session_count(without).passes, 200);
                const session_counts counts = session_count(with);
                assert_true(counts.agreed <= counts.drafted);
                assert_true(counts.passes + counts.agreed >= 200);
                drafted += counts.drafted;
                agreed += counts.agreed;
                session_free(with);
                session_free(without);
            }
        infer_case_close(&c);
    }
    // Both outcomes occurred, often.
    assert_true(agreed > 1000 && drafted - agreed > 1000);
}

// Whatever is learned on the way, with times as they come.
static void test_same_text_learning(void **state) {
    (void)state;
    infer_case c;
    infer_case_open(&c, 128, 1);
    for (uint64_t seed = 0; seed < 6; seed++) {
        const chooser how = infer_case_warm(0.3, seed);
        session *with = infer_case_session(&c), *without = begin(&c, 100, seed, false);
        infer_case_feed(with, 100, seed);
        echo one, two;
        join(with, &one);
        join(without, &two);
        infer_case_go(&c, with, &how, 300);
        infer_case_go(&c, without, &how, 300);
        infer_case_ready(&c, with);
        infer_case_ready(&c, without);
        infer_case_same(with, without);
        session_free(with);
        session_free(without);
    }
    infer_case_close(&c);
}

// Chi-square of draws against p; the number of degrees of freedom.
static double chi_square(const double *p, const size_t *seen, size_t draws, double *freedom) {
    double chi = 0;
    *freedom = -1;
    for (size_t i = 0; i < MODEL_VOCAB_MIN; i++) {
        if (!(p[i] > 0)) {
            assert_int_equal(seen[i], 0);
            continue;
        }
        const double want = p[i] * (double)draws;
        chi += ((double)seen[i] - want) * ((double)seen[i] - want) / want;
        ++*freedom;
    }
    return chi;
}

// Accepts these symbols, and makes the session ready again.
static void accept(const infer_case *c, session *s, const uint16_t *symbols, size_t count) {
    axl_error err;
    for (size_t i = 0; i < count; i++) {
        infer_case_ready(c, s);
        case_ok(session_accept(s, symbols[i], &err), &err);
    }
    infer_case_ready(c, s);
}

// The symbol after an accepted guess, over many seeds, against its distribution in a session that
// never drafted.
static void test_distribution(void **state) {
    (void)state;
    enum { SEEDS = 6000, PROMPT = 90 };
    infer_case c;
    infer_case_open(&c, 128, 1);
    session *drafts = begin(&c, PROMPT, 3, true), *plain = begin(&c, PROMPT, 3, false);
    uint16_t next[PROMPT + 1]; // the prompt as it goes on
    infer_case_bytes(next, PROMPT + 1, 3);
    accept(&c, drafts, next + PROMPT, 1);
    assert_true(drafts->rows > 1);
    const uint16_t both[2] = {next[PROMPT], drafts->guess[0]};
    axl_error err;
    case_ok(session_accept(drafts, both[1], &err), &err);
    assert_true(session_ready(drafts) && drafts->row == 1); // computed in the draft's pass
    accept(&c, plain, both, 2);
    chooser how = infer_case_warm(1.5, 0);
    how.top_k = 6;
    chooser_view v = {.vocab = MODEL_VOCAB_MIN};
    v.text = session_text(plain, &v.length);
    case_ok(session_expect(plain, &v.logits, &err), &err);
    double p[MODEL_VOCAB_MIN], freedom;
    case_ok(chooser_distribution(&how, &v, p, &err), &err);
    size_t seen[MODEL_VOCAB_MIN] = {0};
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        chooser_choice choice;
        how.key = rng_key(seed, 0);
        case_ok(session_choose(drafts, &how, &choice, &err), &err);
        seen[choice.symbol]++;
    }
    // One right chooser in 10^6 is beyond; the seeds are fixed.
    assert_true(chi_square(p, seen, SEEDS, &freedom) < 35.9);
    assert_true(freedom >= 4.5 && freedom < 5.5);
    session_free(drafts);
    session_free(plain);
    infer_case_close(&c);
}

// A draft that nobody took is forgotten: the text may go on otherwise, be cut, or be forked.
static void test_left_drafts(void **state) {
    (void)state;
    infer_case c;
    infer_case_open(&c, 96, 1);
    const chooser greedy = infer_case_warm(0, 0);
    axl_error err;
    for (size_t made = 1; made < 40; made++) {
        session *s = begin(&c, 60, 1, true), *plain = begin(&c, 60, 1, false), *fork;
        infer_case_go(&c, s, &greedy, made);
        infer_case_go(&c, plain, &greedy, made);
        infer_case_ready(&c, s);
        case_ok(session_fork(&fork, s, &err), &err);
        const uint16_t other = 'Q';
        case_ok(session_accept(s, other, &err), &err);
        infer_case_ready(&c, plain);
        case_ok(session_accept(plain, other, &err), &err);
        infer_case_feed(s, 5, 9);
        infer_case_feed(plain, 5, 9);
        infer_case_go(&c, s, &greedy, 7);
        infer_case_go(&c, plain, &greedy, 7);
        infer_case_ready(&c, s);
        infer_case_ready(&c, plain);
        infer_case_same(s, plain);
        case_ok(session_truncate(s, 61, &err), &err);
        case_ok(session_truncate(plain, 61, &err), &err);
        infer_case_ready(&c, s);
        infer_case_ready(&c, plain);
        infer_case_same(s, plain);
        infer_case_go(&c, fork, &greedy, 3);
        session_free(fork);
        session_free(s);
        session_free(plain);
    }
    infer_case_close(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_text),
        cmocka_unit_test(test_same_text_learning),
        cmocka_unit_test(test_distribution),
        cmocka_unit_test(test_left_drafts),
    };
    return cmocka_run_group_tests_name("self-speculation", tests, NULL, NULL);
}
