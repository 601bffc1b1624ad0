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

// ---- beside others ------------------------------------------------------------------------------

enum { MANY = 8 };

// Request i of many: its own prompt, seed, model and length.
static request request_of(size_t i, bool keep) {
    char text[300];
    case_text(text, 20 + 37 * i, i);
    request r = case_request(&served, i % 3 == 2 ? "two" : "one", text);
    case_seed(&r, i);
    r.most_bytes = 20 + 11 * i;
    r.cache = keep;
    return r;
}

// The same bytes alone, beside others, with what is kept of others, and without.
static void test_neighbours(void **state) {
    (void)state;
    for (int round = 0; round < 4; round++) {
        heard h[MANY];
        request r[MANY];
        for (size_t i = 0; i < MANY; i++) {
            r[i] = request_of(i, round > 0);
            heard_make(&h[i]);
            heard_submit(&h[i], &served, &r[i]);
        }
        for (size_t i = 0; i < MANY; i++) {
            assert_int_equal(heard_wait(&h[i]), HEARD_FINISH);
            check_alone(&h[i]);
            heard_free(&h[i]);
            request_free(&r[i]);
        }
    }
}

// A text that grows key by key costs a few symbols each time, and has the same bytes as ever.
static void test_keys(void **state) {
    (void)state;
    char text[261];
    server_metrics before, after;
    uint64_t asked = 0, known = 0;
    case_text(text, sizeof text, 13);
    scheduler_metrics(served.s, &before);
    for (size_t size = 220; size < sizeof text - 1; size++) {
        char typed[sizeof text];
        memcpy(typed, text, size);
        typed[size] = '\0';
        heard h;
        request r = case_request(&served, "two", typed);
        heard_ask(&h, &served, &r);
        check_alone(&h);
        if (size > 220) assert_true(h.counts.cached + 8 > size);
        asked += h.counts.prompt;
        known += h.counts.cached;
        heard_free(&h);
        request_free(&r);
    }
    heard last; // the figures of a request are there when the next one is asked for
    request r = case_request(&served, "one", "");
    heard_ask(&last, &served, &r);
    scheduler_metrics(served.s, &after);
    assert_int_equal(after.cache_queries - before.cache_queries, asked);
    assert_int_equal(after.cache_hits - before.cache_hits, known);
    assert_true(after.cache_usage > 0 && after.cache_usage <= 1);
    heard_free(&last);
    request_free(&r);
}

// ---- candidates ---------------------------------------------------------------------------------

static void test_candidates(void **state) {
    (void)state;
    for (int keep = 0; keep < 2; keep++) {
        heard h;
        request r = case_request(&served, "one", "class Node:\n    def ");
        case_add_prompt(&r, "");
        case_add_prompt(&r, "import os\nimport sys\n");
        case_seed(&r, 5);
        r.choices = r.candidates = 5; // 15 texts for 8 slots
        r.cache = keep;
        heard_ask(&h, &served, &r);
        check_alone(&h);
        assert_int_equal(h.counts.prompt, 20 + 21);
        assert_int_equal(h.counts.written, 15 * 40);
        assert_true(h.choice[0].text.size != h.choice[1].text.size ||
                    memcmp(h.choice[0].text.data, h.choice[1].text.data, 40) != 0);
        heard_free(&h);
        request_free(&r);
    }
}

static double mean_logprob(const heard_choice *c) {
    double sum = 0;
    for (size_t i = 0; i < c->text.size; i++) sum += c->tokens[i].logprob;
    return sum / (double)c->text.size;
}

// Of six texts the two of greatest mean logarithm, the best one first; the same as n = 6 writes.
static void test_ranking(void **state) {
    (void)state;
    heard all, best;
    request r = case_request(&served, "one", "return ");
    case_add_prompt(&r, "while ");
    case_seed(&r, 11);
    r.probabilities = true;
    r.choices = r.candidates = 6;
    heard_ask(&all, &served, &r);
    request few = case_request(&served, "one", "return ");
    case_add_prompt(&few, "while ");
    case_seed(&few, 11);
    few.choices = 2;
    few.candidates = 6;
    heard_ask(&best, &served, &few);
    assert_int_equal(best.counts.written, 12 * 40);
    for (size_t p = 0; p < 2; p++) {
        const heard_choice *list = &all.choice[6 * p];
        size_t first = 0, second = SIZE_MAX;
        for (size_t i = 1; i < 6; i++)
            if (mean_logprob(&list[i]) > mean_logprob(&list[first])) first = i;
        for (size_t i = 0; i < 6; i++)
            if (i != first &&
                (second == SIZE_MAX || mean_logprob(&list[i]) > mean_logprob(&list[second])))
                second = i;
        case_same_text(&best.choice[2 * p].text, &list[first].text);
        case_same_text(&best.choice[2 * p + 1].text, &list[second].text);
        assert_string_equal(buf_string(&best.choice[2 * p].events), "te");
    }
    heard_free(&all);
    heard_free(&best);
    request_free(&r);
    request_free(&few);
}

// Without a seed every request draws its own.
static void test_seeds(void **state) {
    (void)state;
    heard h[2];
    request r = case_request(&served, "one", "x");
    r.chooser.temperature = 1;
    for (size_t i = 0; i < 2; i++) heard_ask(&h[i], &served, &r);
    assert_memory_not_equal(h[0].choice[0].text.data, h[1].choice[0].text.data, 40);
    for (size_t i = 0; i < 2; i++) heard_free(&h[i]);
    request_free(&r);
}

// ---- ends ---------------------------------------------------------------------------------------

// Stop strings are made of what the text is known to be: of two that end together the longer one is
// told, and nothing of it is part of the text.
static void test_stop(void **state) {
    (void)state;
    buf alone = {0};
    request r = case_request(&served, "two", "the quick brown fox");
    r.most_bytes = 60;
    case_seed(&r, 3);
    case_alone(&served, &r, 0, 0, &alone);
    size_t at = 20;
    while (memchr(alone.data + at, '\0', 8)) at++; // a word of C has no zero byte
    char longer[9] = "", shorter[5] = "";
    memcpy(longer, alone.data + at, 8);
    memcpy(shorter, alone.data + at + 4, 4);
    case_add_stop(&r, "never written");
    case_add_stop(&r, shorter);
    case_add_stop(&r, longer);
    heard h;
    heard_ask(&h, &served, &r);
    check_alone(&h);
    assert_int_equal(h.choice[0].end, GENERATION_STOP);
    assert_true(h.choice[0].text.size <= at);
    if (h.choice[0].text.size == at) assert_string_equal(h.choice[0].word, longer);
    heard_free(&h);
    request_free(&r);
    buf_free(&alone);
}

static void test_time(void **state) {
    (void)state;
    heard h;
    request r = case_request(&served, "one", "for ");
    r.most_bytes = UINT64_MAX;
    r.write_ms = 1;
    heard_ask(&h, &served, &r);
    assert_int_equal(h.choice[0].end, GENERATION_TIME);
    check_events(&h, 0);
    heard_free(&h);
    request_free(&r);
}

static void test_nothing_to_write(void **state) {
    (void)state;
    heard h;
    request r = case_request(&served, "one", "a text that is only read");
    r.most_bytes = 0;
    heard_ask(&h, &served, &r);
    assert_string_equal(buf_string(&h.choice[0].events), "e");
    assert_int_equal(h.choice[0].end, GENERATION_BYTES);
    assert_int_equal(h.counts.written, 0);
    heard_free(&h);
    request_free(&r);
}

// ---- longer than the window ---------------------------------------------------------------------

static void test_long_prompt(void **state) {
    (void)state;
    static char text[3 * CASE_CONTEXT];
    case_text(text, sizeof text, 9);
    for (int round = 0; round < 2; round++) {
        heard h;
        request r = case_request(&served, "one", text);
        r.echo = true;
        heard_ask(&h, &served, &r);
        check_alone(&h);
        assert_null(h.choice[0].prompt);
        heard_free(&h);
        request_free(&r);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_neighbours),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_candidates),
        cmocka_unit_test(test_ranking),
        cmocka_unit_test(test_seeds),
        cmocka_unit_test(test_stop),
        cmocka_unit_test(test_time),
        cmocka_unit_test(test_nothing_to_write),
        cmocka_unit_test(test_long_prompt),
    };
    return cmocka_run_group_tests_name("scheduler", tests, make, end);
}
