// Lines that are typed: which are taken, what the model writes at each place, and what is counted.
#include "base/alloc.h"
#include "eval/typing.h"
#include "infer/infer_case.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define CONTEXT ((size_t)384)

static typing open_text(const char *text, size_t wanted) {
    const eval_document d = {.name = "text", .data = text, .bytes = strlen(text)};
    const typing_source from = {.list = &d, .count = 1, .wanted = wanted, .context = CONTEXT};
    typing t;
    axl_error err = {0};
    if (typing_open(&t, &from, &err) != AXL_OK) fail_msg("%s", err.text);
    return t;
}

static void check_line(const typing_line *l, const char *before, const char *text) {
    assert_int_equal(l->before, strlen(before));
    assert_int_equal(l->size, strlen(text));
    assert_memory_equal(l->text, before, l->before);
    assert_memory_equal(l->text + l->before, text, l->size);
}

static void test_lines(void **state) {
    (void)state;
    char text[1024];
    const int size =
        snprintf(text, sizeof text, "abcd\r\n\n  x\n\t  four  \n%0*d\nnine\nno end", 101, 7);
    assert_true(size > 0);
    typing t = open_text(text, 0);
    assert_int_equal(t.found, 3);
    assert_int_equal(t.too_long, 1);
    assert_int_equal(t.count, 3);
    check_line(&t.lines[0], "", "abcd");
    check_line(&t.lines[1], "abcd\r\n\n  x\n\t  ", "four");
    assert_true(t.lines[0].returns && !t.lines[1].returns);
    assert_int_equal(t.lines[2].before, strlen(text) - strlen("nine\nno end"));
    typing_free(&t);
    t = open_text(text, 2);
    assert_int_equal(t.found, 3);
    assert_int_equal(t.count, 2);
    check_line(&t.lines[0], "", "abcd");
    assert_memory_equal(t.lines[1].text + t.lines[1].before, "four", 4);
    typing_free(&t);
    // The context has no room for everything before.
    char long_text[1000];
    memset(long_text, '\n', sizeof long_text);
    memcpy(long_text + 990, "0123456\n", 9);
    t = open_text(long_text, 0);
    assert_int_equal(t.lines[0].before, CONTEXT - 4 - TYPING_MOST);
    typing_free(&t);
}

static void test_refused(void **state) {
    (void)state;
    const eval_document d = {.name = "text", .data = "abc\n", .bytes = 4};
    typing_source from = {.list = &d, .count = 1, .context = CONTEXT};
    typing t;
    axl_error err;
    assert_int_equal(typing_open(&t, &from, &err), AXL_BAD_FILE);
    from.context = 199;
    assert_int_equal(typing_open(&t, &from, &err), AXL_UNSUPPORTED);
}

// ---- what the model writes ----

typedef struct written {
    size_t count, right;
    float odds[TYPING_MOST + 1];
    bool ended; // where the file's line does, by the same byte
} written;

// One place by a session of its own that has read all before it.
static written alone(const infer_case *c, const typing_line *l, size_t at) {
    session *s = infer_case_session(c);
    axl_error err;
    for (size_t i = 0; i < l->before + at; i++) {
        const uint16_t byte = (uint8_t)l->text[i];
        assert_int_equal(session_feed(s, &byte, 1, &err), AXL_OK);
    }
    written w = {0};
    double sum = 0;
    for (bool agrees = true; w.count <= l->size - at; w.count++) {
        infer_case_ready(c, s);
        chooser_choice choice;
        assert_int_equal(session_choose(s, &chooser_greedy, &choice, &err), AXL_OK);
        sum += choice.logprob;
        w.ended = choice.symbol == (l->returns ? '\r' : '\n');
        if (w.ended || choice.symbol == '\n' || choice.symbol == MODEL_EOS ||
            (at > 0 && sum < log(0.04)))
            break;
        agrees = agrees && w.count < l->size - at &&
                 choice.symbol == (uint8_t)l->text[l->before + at + w.count];
        w.right += agrees;
        w.odds[w.count] = (float)sum;
        assert_int_equal(session_accept(s, choice.symbol, &err), AXL_OK);
    }
    session_free(s);
    return w;
}

// Text that the model itself writes has lines that it gets right; letters of a pattern has not.
static void put_own_text(const infer_case *c, char *out, size_t size) {
    session *s = infer_case_session(c);
    axl_error err;
    for (size_t i = 0; i < size; i++) {
        infer_case_ready(c, s);
        const chooser warm = infer_case_warm(0.5, 9);
        chooser_choice choice;
        assert_int_equal(session_choose(s, &warm, &choice, &err), AXL_OK);
        const uint16_t symbol = i % 20 == 19 ? '\n' : choice.symbol;
        assert_int_equal(session_accept(s, symbol, &err), AXL_OK);
        out[i] = (char)(symbol == 0 ? 1 : symbol);
    }
    out[size] = '\0';
    session_free(s);
}

static void test_written(void **state) {
    (void)state;
    infer_case c;
    infer_case_open(&c, CONTEXT, 1);
    char text[401];
    put_own_text(&c, text, 400);
    typing t = open_text(text, 0);
    axl_error err = {0};
    if (typing_run(&t, &(typing_work){.engine = &c.e}, &err) != AXL_OK) fail_msg("%s", err.text);
    size_t right = 0, some = 0;
    for (size_t i = 0; i < t.count; i++) {
        for (size_t at = 0; at < t.lines[i].size; at++) {
            const typing_spot *spot = &t.lines[i].spots[at];
            const written w = alone(&c, &t.lines[i], at);
            assert_int_equal(spot->count, w.count);
            assert_int_equal(spot->right, w.right);
            assert_memory_equal(t.odds + spot->first, w.odds, w.count * sizeof *w.odds);
            if (at == 0) assert_int_equal(t.lines[i].exact, w.ended && w.right == t.lines[i].size);
            right += w.right > 0;
            some += w.right < w.count;
        }
    }
    assert_true(t.count > 4 && right > 0 && some > 0);
    typing_free(&t);
    infer_case_close(&c);
}

// ---- what is counted ----

// At this place the model wrote bytes of these probabilities, the first `right` of them rightly.
static void put_spot(typing *t, typing_spot *spot, size_t right, const float *odds, size_t count) {
    *spot = (typing_spot){t->odd_count, (uint32_t)count, (uint32_t)right};
    for (size_t i = 0; i < count; i++) t->odds[t->odd_count++] = logf(odds[i]);
}

// Two lines of 5 bytes: in each, four bytes are offered at place 0 with falling probabilities, of
// which `right` stand there, and one byte, which is no offer, at place 3.
static typing made(size_t right_first, size_t right_second) {
    typing t = {.count = 2, .found = 2};
    t.lines = mem_zalloc_array(2, sizeof *t.lines);
    t.odds = mem_zalloc_array(64, sizeof *t.odds);
    assert_true(t.lines && t.odds);
    static const float falling[] = {0.92F, 0.82F, 0.62F, 0.32F}, one[] = {0.99F};
    for (size_t i = 0; i < 2; i++) {
        t.lines[i].size = 5;
        t.lines[i].spots = mem_zalloc_array(5, sizeof *t.lines[i].spots);
        assert_non_null(t.lines[i].spots);
        put_spot(&t, &t.lines[i].spots[0], i == 0 ? right_first : right_second, falling, 4);
        put_spot(&t, &t.lines[i].spots[3], 1, one, 1);
    }
    return t;
}

static void check_keys(const typing *t, double odds, uint64_t keys, uint64_t offers,
                       uint64_t right) {
    const typing_sum sum = typing_keys(t, 0, 1, odds);
    assert_int_equal(sum.bytes, 10);
    assert_int_equal(sum.keys, keys);
    assert_int_equal(sum.offers, offers);
    assert_int_equal(sum.right, right);
}

static void test_keys(void **state) {
    (void)state;
    typing t = made(3, 3);
    check_keys(&t, 0.95, 10, 0, 0); // a byte alone is no offer
    check_keys(&t, 0.85, 10, 0, 0);
    check_keys(&t, 0.7, 8, 2, 2);  // two bytes by one key, in both lines
    check_keys(&t, 0.5, 6, 2, 2);  // three bytes
    check_keys(&t, 0.2, 10, 2, 0); // four, one of which is wrong
    assert_int_equal(typing_accepted(&t), 6);
    assert_int_equal(typing_exact(&t), 0);
    t.lines[1].exact = true;
    assert_int_equal(typing_exact(&t), 1);
    typing_free(&t);
}

// t comes from the other half.
static void test_halves(void **state) {
    (void)state;
    double odds[2];
    typing t = made(3, 2);
    typing_sum sum = typing_at(&t, 1, odds);
    // The first line is typed with what is best for the second, two bytes; and the second with what
    // is best for the first, three, the last of which is wrong there.
    assert_true(fabs(odds[0] - 0.65) < 1e-12 && fabs(odds[1] - 0.35) < 1e-12);
    assert_int_equal(sum.keys, 4 + 5);
    assert_int_equal(sum.offers, 2);
    assert_int_equal(sum.right, 1);
    typing_free(&t);
    t = made(1, 3);
    sum = typing_at(&t, 0.5, odds);
    assert_true(odds[0] > 0 && odds[1] == 0); // the first line is never right
    assert_int_equal(sum.offers, 1);
    assert_int_equal(sum.right, 0);
    assert_int_equal(sum.keys, 10);
    typing_free(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),   cmocka_unit_test(test_refused),
        cmocka_unit_test(test_written), cmocka_unit_test(test_keys),
        cmocka_unit_test(test_halves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
