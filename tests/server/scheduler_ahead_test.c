// A text that grows beyond the context loses its beginning in steps: what stays of it has been read
// by then, while nobody asked for anything, and the answer has the same bytes as ever.
#include "scheduler_case.h"

#include "base/alloc.h"
#include "os/clock.h"
#include "server/dialects/prompts.h"

#include <string.h>

#define STEP (CASE_CONTEXT / 8)
#define WAIT_NS ((uint64_t)60 * 1000 * 1000 * 1000)

static served_case served;

static int make(void **state) {
    (void)state;
    served_case_make(&served, 4, 16);
    return 0;
}

static int end(void **state) {
    (void)state;
    served_case_free(&served);
    return 0;
}

// The request of an editor: a byte behind the first `size` ones of a text.
static request typed(const char *text, size_t size) {
    request r = case_request(&served, "one", "");
    refusal why = {0};
    symbol_list l = {0};
    mem_free(r.prompts[0].symbols);
    r.prompt_count = 0;
    r.most_bytes = 1;
    for (size_t i = 0; i < size; i++) assert_true(symbols_put(&l, (uint8_t)text[i]));
    assert_true(prompt_add_symbols(&r, &l, &why));
    return r;
}

// The request's answer is right; bytes of its prompt that were known.
static uint64_t ask(const request *r) {
    heard h;
    buf alone = {0};
    heard_ask(&h, &served, r);
    (void)case_alone(&served, r, 0, 0, &alone);
    case_same_text(&h.choice[0].text, &alone);
    const uint64_t cached = h.counts.cached;
    buf_free(&alone);
    heard_free(&h);
    return cached;
}

static uint64_t read_ahead_bytes(void) {
    server_metrics m;
    scheduler_metrics(served.s, &m);
    return m.ahead_bytes;
}

static void wait_for_ahead(uint64_t bytes) {
    const uint64_t until = os_clock_ns() + WAIT_NS;
    while (read_ahead_bytes() < bytes) {
        assert_true(os_clock_ns() < until);
        os_sleep_ns(1000 * 1000);
    }
}

// Twice in a row.
static void test_step(void **state) {
    (void)state;
    char text[2 * CASE_CONTEXT];
    case_text(text, sizeof text, 5);
    size_t size = CASE_CONTEXT + 100;
    uint64_t before = read_ahead_bytes(); // the beginning was moved
    for (int round = 0; round < 2; round++) {
        request r = typed(text, size);
        const request_prompt *p = &r.prompts[0];
        assert_true(p->cut > 0 && p->next_cut == STEP && p->next_in <= STEP);
        const size_t next = p->count - p->next_cut;
        size += p->next_in;
        ask(&r);
        wait_for_ahead(before + next - 4);
        before = read_ahead_bytes();
        request after = typed(text, size);
        assert_int_equal(after.prompts[0].cut, p->cut + STEP);
        assert_true(ask(&after) + 8 >= next);
        request_free(&r);
        request_free(&after);
        size++;
    }
}

// A short text is not read ahead, nor one that is not to be kept.
static void test_not(void **state) {
    (void)state;
    char text[2 * CASE_CONTEXT];
    case_text(text, sizeof text, 6);
    request brief = typed(text, CASE_CONTEXT / 2), secret = typed(text, CASE_CONTEXT + 200);
    const uint64_t before = read_ahead_bytes();
    secret.cache = false;
    ask(&brief);
    ask(&secret);
    os_sleep_ns(30 * 1000 * 1000); // it would have begun
    assert_int_equal(read_ahead_bytes(), before);
    request_free(&brief);
    request_free(&secret);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_not), cmocka_unit_test(test_step)};
    return cmocka_run_group_tests_name("reading ahead", tests, make, end);
}
