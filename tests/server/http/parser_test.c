// The parser on every case and every way to cut it in two, on the limits, and without memory.
#include "server/http/parser.h"

#include "base/error.h"
#include "http/parser_cases.h"
#include "support/failing_alloc.h"
#include "support/unit.h"

#include <stdio.h>
#include <string.h>

static const http_limits wide = {
    .line_bytes = 1000, .head_bytes = 2000, .fields = 10, .body_bytes = 1000};

// Feeds bytes until something is decided; *at counts those that were taken.
static http_progress feed(http_parser *p, const char *bytes, size_t size, size_t *at) {
    http_progress got;
    do {
        size_t taken = 0;
        got = http_parser_take(p, bytes + *at, size - *at, &taken);
        if (got != HTTP_PROGRESS_REFUSED) *at += taken;
    } while (got == HTTP_PROGRESS_HEAD);
    return got;
}

// First the bytes up to cut, then the rest.
static http_progress feed_cut(http_parser *p, const char *bytes, size_t size, size_t cut,
                              size_t *at) {
    *at = 0;
    const http_progress first = feed(p, bytes, cut, at);
    if (first != HTTP_PROGRESS_MORE) return first;
    assert_int_equal(*at, cut);
    return feed(p, bytes, size, at);
}

static http_progress feed_bytes(http_parser *p, const char *bytes, size_t size, size_t *at) {
    http_progress got = HTTP_PROGRESS_MORE;
    *at = 0;
    for (size_t end = 1; end <= size && got == HTTP_PROGRESS_MORE; end++)
        got = feed(p, bytes, end, at);
    return got;
}

static void faults_are_refused_however_they_are_cut(void **state) {
    (void)state;
    assert_true(bad_case_count >= 32);
    for (size_t i = 0; i < bad_case_count; i++) {
        const bad_case *c = &bad_cases[i];
        for (size_t cut = 0; cut <= c->size + 1; cut++) {
            http_parser p;
            size_t at;
            http_parser_init(&p, &wide);
            const http_progress got = cut > c->size ? feed_bytes(&p, c->bytes, c->size, &at)
                                                    : feed_cut(&p, c->bytes, c->size, cut, &at);
            if (got != HTTP_PROGRESS_REFUSED || p.status != c->status)
                fail_msg("%s, cut at %zu: %d", c->name, cut, p.status);
            assert_true(p.why[0] != '\0');
            // It stays refused.
            size_t taken;
            assert_int_equal(http_parser_take(&p, "GET", 3, &taken), HTTP_PROGRESS_REFUSED);
            http_parser_reset(&p);
        }
    }
}

static void check_good(const http_parser *p, const good_case *c) {
    const http_request *r = &p->request;
    if (r->method != c->method || strcmp(r->path, c->path) != 0 ||
        strcmp(r->query, c->query) != 0 || strcmp(r->host, c->host) != 0 ||
        p->framing.keep != c->keep)
        fail_msg("%s: %s, %s, %s", c->name, r->path, r->query, r->host);
    assert_int_equal(r->size, strlen(c->body));
    assert_memory_equal(r->body, c->body, r->size);
}

// A second request behind it is not touched, and then read by the same parser.
static void good_ones_are_read_however_they_are_cut(void **state) {
    (void)state;
    for (size_t i = 0; i < good_case_count; i++) {
        const good_case *c = &good_cases[i];
        char twice[2048];
        assert_true(2 * c->size <= sizeof twice);
        memcpy(twice, c->bytes, c->size);
        memcpy(twice + c->size, c->bytes, c->size);
        for (size_t cut = 0; cut <= c->size + 1; cut++) {
            http_parser p;
            size_t at;
            http_parser_init(&p, &wide);
            for (size_t n = 0; n < 2; n++) {
                const char *from = twice + n * c->size;
                const size_t left = (2 - n) * c->size;
                const http_progress got = cut > c->size ? feed_bytes(&p, from, left, &at)
                                                        : feed_cut(&p, from, left, cut, &at);
                if (got != HTTP_PROGRESS_WHOLE || at != c->size)
                    fail_msg("%s, cut at %zu: %d, %zu bytes: %s", c->name, cut, p.status, at,
                             p.why ? p.why : "");
                check_good(&p, c);
                http_parser_reset(&p);
            }
        }
    }
}

static void fields_are_found(void **state) {
    (void)state;
    static const char text[] = "GET / HTTP/1.1\r\nHost: a\r\nX-A:\r\nx-b: 1\t 2 \r\nX-B: 3\r\n\r\n";
    http_parser p;
    size_t at = 0;
    http_parser_init(&p, &wide);
    assert_int_equal(feed(&p, text, sizeof text - 1, &at), HTTP_PROGRESS_WHOLE);
    assert_int_equal(p.request.field_count, 4);
    assert_string_equal(http_field_of(&p.request, "x-a"), "");
    assert_string_equal(http_field_of(&p.request, "X-B"), "1  2");
    assert_null(http_field_of(&p.request, "X"));
    assert_null(http_field_of(&p.request, "X-BB"));
    http_parser_reset(&p);
}

// The head is told once, before the body, with what is known of its size.
static void the_head_comes_first(void **state) {
    (void)state;
    static const char sized[] =
        "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: "
        "100-Continue\r\n\r\nxy";
    static const char chunked[] =
        "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        "0\r\n\r\n";
    http_parser p;
    size_t taken;
    http_parser_init(&p, &wide);
    assert_int_equal(http_parser_take(&p, sized, sizeof sized - 1, &taken), HTTP_PROGRESS_HEAD);
    assert_int_equal(taken, sizeof sized - 3);
    assert_int_equal(p.request.size, 2);
    assert_true(p.framing.expects);
    assert_string_equal(p.request.path, "/a");
    assert_int_equal(http_parser_take(&p, "", 0, &taken), HTTP_PROGRESS_MORE);
    assert_int_equal(http_parser_take(&p, "xyz", 3, &taken), HTTP_PROGRESS_WHOLE);
    assert_int_equal(taken, 2);
    http_parser_reset(&p);
    assert_int_equal(http_parser_take(&p, chunked, sizeof chunked - 1, &taken), HTTP_PROGRESS_HEAD);
    assert_int_equal(taken, sizeof chunked - 6);
    assert_true(p.request.size == SIZE_MAX && !p.framing.expects);
    http_parser_reset(&p);
    assert_int_equal(p.stage, PARSER_START);
}

// ---- limits: n passes, n + 1 does not

typedef struct limit_case {
    const char *name;
    const char *before, *unit, *after; // units in between
    size_t most;                       // units that pass
    int status;
    http_limits limits;
} limit_case;

#define LIMITS(line, head, count, body)                                                            \
    { .line_bytes = (line), .head_bytes = (head), .fields = (count), .body_bytes = (body) }
#define START "POST / HTTP/1.1\r\nHost: a\r\n"
#define IN_CHUNKS START "Transfer-Encoding: chunked\r\n\r\n"
static const limit_case limit_cases[] = {
    {"line", "GET /", "a", " HTTP/1.1\r\nHost: a\r\n\r\n", 86, 414, LIMITS(100, 100, 10, 100)},
    {"one field", START "X: ", "a", "\r\n\r\n", 86, 431, LIMITS(100, 100, 10, 100)},
    {"all fields", START, "X: abc\r\n", "\r\n", 11, 431, LIMITS(100, 100, 99, 100)},
    {"count of fields", START, "X: abc\r\n", "\r\n", 6, 431, LIMITS(100, 1000, 7, 100)},
    {"trailer", IN_CHUNKS "0\r\nX: ", "a", "\r\n\r\n", 95, 431, LIMITS(100, 100, 10, 100)},
    {"trailers", IN_CHUNKS "0\r\n", "X: abc\r\n", "\r\n", 12, 431, LIMITS(100, 100, 99, 100)},
    {"count of trailers", IN_CHUNKS "0\r\n", "X:a\r\n", "\r\n", 7, 431, LIMITS(100, 100, 7, 100)},
    {"chunks", IN_CHUNKS, "1\r\na\r\n", "0\r\n\r\n", 100, 413, LIMITS(100, 100, 10, 100)},
    {"extension", IN_CHUNKS "1;", "a", "\r\nx\r\n0\r\n\r\n", 4095, 413, LIMITS(100, 100, 10, 100)},
    {"extensions", IN_CHUNKS, "1;abc\r\nx\r\n", "0\r\n\r\n", 1024, 413, LIMITS(100, 100, 10, 9999)},
};

static void limits_are_kept_exactly(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT_OF(limit_cases); i++) {
        const limit_case *c = &limit_cases[i];
        for (size_t more = 0; more < 2; more++) {
            buf text = {0};
            buf_text(&text, c->before);
            for (size_t n = 0; n < c->most + more; n++) buf_text(&text, c->unit);
            buf_text(&text, c->after);
            for (int bytes = 0; bytes < 2; bytes++) {
                http_parser p;
                size_t at = 0;
                http_parser_init(&p, &c->limits);
                const http_progress got = bytes ? feed_bytes(&p, text.data, text.size, &at)
                                                : feed(&p, text.data, text.size, &at);
                if (more ? got != HTTP_PROGRESS_REFUSED || p.status != c->status
                         : got != HTTP_PROGRESS_WHOLE)
                    fail_msg("%s, %zu more: %d %s", c->name, more, p.status, p.why ? p.why : "");
                http_parser_reset(&p);
            }
            buf_free(&text);
        }
    }
}

static void announced_bodies_are_limited(void **state) {
    (void)state;
    static const struct {
        const char *text;
        http_progress wanted;
    } cases[] = {
        {START "Content-Length: 1000\r\n\r\n", HTTP_PROGRESS_MORE},
        {START "Content-Length: 1001\r\n\r\n", HTTP_PROGRESS_REFUSED},
        {IN_CHUNKS "3e8\r\n", HTTP_PROGRESS_MORE},
        {IN_CHUNKS "3e9\r\n", HTTP_PROGRESS_REFUSED},
        {IN_CHUNKS "1\r\na\r\n3e7\r\n", HTTP_PROGRESS_MORE},
        {IN_CHUNKS "1\r\na\r\n3e8\r\n", HTTP_PROGRESS_REFUSED},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        http_parser p;
        size_t at = 0;
        http_parser_init(&p, &wide);
        assert_int_equal(feed(&p, cases[i].text, strlen(cases[i].text), &at), cases[i].wanted);
        if (cases[i].wanted == HTTP_PROGRESS_REFUSED) assert_int_equal(p.status, 413);
        http_parser_reset(&p);
    }
}

static axl_status parse(void *ctx, axl_error *err) {
    const good_case *c = ctx;
    http_parser p;
    size_t at = 0;
    http_parser_init(&p, &wide);
    const http_progress got = feed_bytes(&p, c->bytes, c->size, &at);
    const int status = p.status;
    http_parser_reset(&p);
    if (got == HTTP_PROGRESS_WHOLE) return AXL_OK;
    return status == 503 ? error_no_memory(err, "a request", 1)
                         : error_set(err, AXL_INTERNAL, "%s: %d", c->name, status);
}

static void no_memory_is_503(void **state) {
    (void)state;
    for (size_t i = 0; i < good_case_count; i++) {
        good_case c = good_cases[i];
        assert_true(for_each_failing_alloc(parse, &c) >= 3);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faults_are_refused_however_they_are_cut),
        cmocka_unit_test(good_ones_are_read_however_they_are_cut),
        cmocka_unit_test(fields_are_found),
        cmocka_unit_test(the_head_comes_first),
        cmocka_unit_test(limits_are_kept_exactly),
        cmocka_unit_test(announced_bodies_are_limited),
        cmocka_unit_test(no_memory_is_503),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
