// Sessions side by side: none changes a bit of another, at any number of threads.
#include "infer_case.h"

#include "parallel/pool.h"

#include <string.h>

enum { COUNT = 9, STEPS = 120 };

// Session i: its own prompt, seed, temperature, and moment of joining.
static void start(session *s, size_t i) {
    infer_case_feed(s, 10 + 37 * i % 300, i);
    if (i % 3 == 1) infer_case_always_draft(s);
}

static chooser chooser_of(size_t i) {
    return infer_case_warm(i % 4 ? 0.3 * (double)i : 0, i);
}

static void accept_one(session *s, size_t i) {
    axl_error err;
    chooser_choice choice;
    const chooser how = chooser_of(i);
    case_ok(session_choose(s, &how, &choice, &err), &err);
    case_ok(session_accept(s, choice.symbol, &err), &err);
}

// All sessions together until each has so many symbols; session i joins in round 2 i.
static void together(const infer_case *c, session **list, size_t count) {
    size_t made[COUNT] = {0}, done = 0;
    for (size_t round = 0; done < count; round++) {
        session *now[COUNT];
        size_t present = 0;
        for (size_t i = 0; i < count && 2 * i <= round; i++) now[present++] = list[i];
        axl_error err;
        case_ok(batch_run(c->b, now, present, &err), &err);
        for (size_t i = 0; i < present; i++) {
            assert_true(session_ready(list[i]) || list[i]->prompting);
            // Not every ready one takes all that it could.
            for (size_t n = 0; n <= i % 2 && session_ready(list[i]) && made[i] < STEPS; n++) {
                accept_one(list[i], i);
                done += ++made[i] == STEPS;
            }
        }
    }
}

// Each session has the bits that it has alone.
static void check_apart(infer_case *c, size_t count) {
    session *list[COUNT];
    for (size_t i = 0; i < count; i++) start(list[i] = infer_case_session(c), i);
    together(c, list, count);
    for (size_t i = 0; i < count; i++) {
        session *alone = infer_case_session(c);
        start(alone, i);
        session_set_drafts(alone, false);
        for (size_t n = 0; n < STEPS; n++) {
            infer_case_ready(c, alone);
            accept_one(alone, i);
        }
        infer_case_ready(c, alone);
        infer_case_ready(c, list[i]);
        infer_case_same(list[i], alone);
        session_free(alone);
        session_free(list[i]);
    }
    infer_case_close(c);
}

static void test_neighbours(void **state) {
    (void)state;
    static const size_t rooms[] = {1, 2, 4, COUNT, 40};
    for (size_t r = 0; r < COUNT_OF(rooms); r++) {
        infer_case c;
        infer_case_open(&c, 160, rooms[r]);
        check_apart(&c, COUNT);
    }
}

static void test_neighbours_of_few_bits(void **state) {
    (void)state;
    static const char *const recipes[] = {"q8_0", "q4_k_m", "q4_k_s"};
    for (size_t i = 0; i < COUNT_OF(recipes); i++) {
        infer_case c;
        infer_case_open_few(&c, 160, 4, recipes[i]);
        check_apart(&c, 5);
    }
}

// A prompt of several pieces lets the others go on between them.
static void test_prompt_in_pieces(void **state) {
    (void)state;
    infer_case c;
    infer_case_open(&c, 1024, 2);
    session *list[2] = {infer_case_session(&c), infer_case_session(&c)};
    axl_error err;
    infer_case_ready(&c, list[0]);
    infer_case_feed(list[1], 4 * SESSION_PIECE, 1);
    for (size_t round = 0; round < 5; round++) {
        assert_false(session_ready(list[1]));
        accept_one(list[0], 0);
        session_set_drafts(list[0], false);
        case_ok(batch_run(c.b, list, 2, &err), &err);
        assert_true(session_ready(list[0]));
    }
    assert_true(session_ready(list[1]));
    case_ok(batch_run(c.b, list, 2, &err), &err); // nothing to do
    case_ok(batch_run(c.b, list, 0, &err), &err);
    assert_int_equal(session_count(list[0]).passes, 5);
    session_free(list[0]);
    session_free(list[1]);
    infer_case_close(&c);
}

static void test_threads(void **state) {
    (void)state;
    infer_case one, many;
    axl_error err;
    infer_case_open(&one, 96, 3);
    infer_case_open(&many, 96, 3);
    batch_free(many.b);
    case_ok(pool_create(&many.e.p, 3, &err), &err);
    case_ok(batch_create(&many.b, &many.e, 3, &err), &err);
    session *left[3], *right[3];
    for (size_t i = 0; i < 3; i++) {
        start(left[i] = infer_case_session(&one), i);
        start(right[i] = infer_case_session(&many), i);
    }
    together(&one, left, 3);
    together(&many, right, 3);
    for (size_t i = 0; i < 3; i++) {
        infer_case_ready(&one, left[i]);
        infer_case_ready(&many, right[i]);
        infer_case_same(left[i], right[i]);
        session_free(left[i]);
        session_free(right[i]);
    }
    infer_case_close(&one);
    pool *p = many.e.p;
    infer_case_close(&many);
    pool_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_neighbours),
        cmocka_unit_test(test_neighbours_of_few_bits),
        cmocka_unit_test(test_prompt_in_pieces),
        cmocka_unit_test(test_threads),
    };
    return cmocka_run_group_tests_name("batch", tests, NULL, NULL);
}
