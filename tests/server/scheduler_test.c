// Texts: what is told of a request, in which order, and that it is what a session alone writes.
#include "scheduler_case.h"

#include <math.h>
#include <string.h>

static served_case served;

static int make(void **state) {
    (void)state;
    served_case_make(&served, 8, 64);
    return 0;
}

static int end(void **state) {
    (void)state;
    served_case_free(&served);
    return 0;
}

// The events of a choice: "p*t*e" with at least one t where there is text.
static void check_events(const heard *h, size_t choice) {
    const heard_choice *c = &h->choice[choice];
    const char *event = buf_string(&c->events);
    if (h->r->echo) assert_int_equal(*event++, 'p');
    if (c->text.size > 0) assert_int_equal(*event, 't');
    while (*event == 't') event++;
    assert_string_equal(event, "e");
}

// Every choice is what a session alone writes; candidate number i is choice i.
static void check_alone(const heard *h) {
    buf alone = {0};
    for (size_t p = 0; p < h->r->prompt_count; p++)
        for (size_t i = 0; i < h->r->choices; i++) {
            const size_t choice = p * h->r->choices + i;
            const generation_end how = case_alone(&served, h->r, p, i, &alone);
            case_same_text(&h->choice[choice].text, &alone);
            assert_int_equal(h->choice[choice].end, how);
            check_events(h, choice);
        }
    buf_free(&alone);
}

static void test_plain(void **state) {
    (void)state;
    for (int stream = 0; stream < 2; stream++) {
        heard h;
        request r = case_request(&served, "one", "def main(");
        r.stream = stream;
        heard_ask(&h, &served, &r);
        check_alone(&h);
        if (!stream) assert_string_equal(buf_string(&h.choice[0].events), "te");
        if (stream) assert_true(h.choice[0].events.size > 2); // nothing is held back
        assert_int_equal(h.choice[0].end, GENERATION_BYTES);
        assert_int_equal(h.counts.prompt, 9);
        assert_int_equal(h.counts.written, 40);
        const answer_counts *c = &h.counts;
        assert_true(c->load_ns + c->read_ns + c->write_ns <= c->total_ns);
        assert_true(c->read_ns > 0 && c->write_ns > 0);
        heard_free(&h);
        request_free(&r);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
    };
    return cmocka_run_group_tests_name("scheduler", tests, make, end);
}
