// Heads of answers, dates, and the heap of deadlines.
#include "server/http/answer_head.h"
#include "server/http/deadlines.h"

#include "support/failing_alloc.h"
#include "support/unit.h"

#include <string.h>
#include <time.h>

#define S ((uint64_t)1000000000)

static void dates_are_those_of_the_calendar(void **state) {
    (void)state;
    // A day and an odd time of it, over 800 years: every kind of leap year and of month.
    for (uint64_t day = 0; day < 292194; day++) {
        const time_t seconds = (time_t)(day * 86400 + day * 7919 % 86400);
        if ((uint64_t)seconds > UINT64_MAX / S) break;
        struct tm parts;
        char expected[64];
        buf out = {0};
        assert_non_null(gmtime_r(&seconds, &parts));
        strftime(expected, sizeof expected, "%a, %d %b %Y %H:%M:%S GMT", &parts);
        assert_true(http_date_put(&out, (uint64_t)seconds * S + 999999999));
        assert_string_equal(out.data, expected);
        buf_free(&out);
    }
}

static void the_date_of_the_standard(void **state) {
    (void)state;
    buf out = {0};
    http_date_put(&out, 784111777 * S);
    assert_string_equal(out.data, "Sun, 06 Nov 1994 08:49:37 GMT");
    buf_free(&out);
}

static void heads_say_what_follows(void **state) {
    (void)state;
    static const http_field fields[] = {{"A", "b"}, {"CONNECTION", "x"}, {"C\r\nD", "e\nf\x7f"}};
    answer_head_spec head = {
        .status = 200, .fields = fields, .count = 3, .framing = ANSWER_SIZED, .size = 12};
    buf out = {0};
    assert_true(answer_head_put(&out, &head));
    assert_string_equal(out.data,
                        "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
                        "A: b\r\nC  D: e f \r\nContent-Length: 12\r\n\r\n");
    buf_clear(&out);
    head = (answer_head_spec){.status = 299, .framing = ANSWER_CHUNKED, .close = true, .old = true};
    answer_head_put(&out, &head);
    assert_string_equal(out.data,
                        "HTTP/1.1 299 \r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
                        "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n");
    buf_clear(&out);
    head = (answer_head_spec){.status = 204, .framing = ANSWER_NONE, .old = true};
    answer_head_put(&out, &head);
    assert_string_equal(out.data,
                        "HTTP/1.1 204 No Content\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
                        "Connection: keep-alive\r\n\r\n");
    buf_free(&out);
    assert_true(answer_is_bare(204) && answer_is_bare(304) && answer_is_bare(100));
    assert_true(!answer_is_bare(200) && !answer_is_bare(404));
}

// Against a plain search, through many changes.
static void the_earliest_deadline_is_next(void **state) {
    (void)state;
    enum { MANY = 300 };
    static deadline entry[MANY];
    static bool in[MANY];
    deadlines d = {0};
    uint64_t random = 1;
    size_t dues = 0;
    for (size_t step = 0; step < 100000; step++) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        const size_t i = random % MANY;
        if (!in[i]) {
            assert_true(deadlines_add(&d, &entry[i], &in[i]));
            in[i] = true;
        } else if (random >> 20 & 1) {
            deadlines_remove(&d, &entry[i]);
            in[i] = false;
        }
        if (in[i] && random >> 21 & 3) deadlines_set(&d, &entry[i], random >> 32);
        uint64_t least = DEADLINE_NONE;
        for (size_t k = 0; k < MANY; k++)
            if (in[k] && entry[k].at_ns < least) least = entry[k].at_ns;
        assert_true(deadlines_next(&d) == least);
        if (least == DEADLINE_NONE) {
            assert_null(deadlines_due(&d, UINT64_MAX));
            continue;
        }
        if (least > 0) assert_null(deadlines_due(&d, least - 1));
        const bool *owner = deadlines_due(&d, least);
        assert_true(owner && entry[owner - in].at_ns == least);
        dues++;
    }
    assert_true(dues > 90000);
    deadlines_free(&d);
}

static void without_memory_nothing_is_added(void **state) {
    (void)state;
    deadlines d = {0};
    deadline one;
    failing_alloc_install();
    failing_alloc_fail_at(1, true);
    assert_false(deadlines_add(&d, &one, NULL));
    assert_int_equal(d.count, 0);
    failing_alloc_fail_at(0, false);
    assert_true(deadlines_add(&d, &one, NULL));
    deadlines_free(&d);
    failing_alloc_remove();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_are_those_of_the_calendar),
        cmocka_unit_test(the_date_of_the_standard),
        cmocka_unit_test(heads_say_what_follows),
        cmocka_unit_test(the_earliest_deadline_is_next),
        cmocka_unit_test(without_memory_nothing_is_added),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
