#include "data/gzip.h"

#include "base/buf.h"
#include "base/error.h"
#include "data/text_check.h"
#include "support/failing_alloc.h"
#include "support/unit.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static axl_status collect(void *ctx, const char *data, size_t bytes, axl_error *err) {
    if (buf_append(ctx, data, bytes)) return AXL_OK;
    return error_no_memory(err, "the test", bytes);
}

// Appends a member that holds the text.
static void pack(buf *out, const char *text) {
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    unsigned char room[4096];
    z.next_in = (z_const Bytef *)(uintptr_t)text;
    z.avail_in = (uInt)strlen(text);
    z.next_out = room;
    z.avail_out = sizeof room;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    buf_append(out, room, sizeof room - z.avail_out);
    deflateEnd(&z);
}

typedef struct unpacking {
    const buf *in;
    size_t bytes; // of in
    size_t step;
    buf out;
    bool damaged;
} unpacking;

static axl_status unpack(void *ctx, axl_error *err) {
    unpacking *u = ctx;
    gzip *g = NULL;
    buf_clear(&u->out);
    axl_status status = gzip_open(&g, collect, &u->out, err);
    for (size_t at = 0; at < u->bytes && status == AXL_OK; at += u->step) {
        const size_t part = u->step < u->bytes - at ? u->step : u->bytes - at;
        status = gzip_feed(g, u->in->data + at, part, err);
    }
    u->damaged = status == AXL_OK && gzip_damaged(g, true);
    gzip_close(g);
    return status;
}

static void members_are_joined_whatever_the_pieces(void **state) {
    (void)state;
    buf in = {0};
    pack(&in, "first member, first member; ");
    pack(&in, "");
    pack(&in, "second");
    for (int padded = 0; padded < 2; padded++) {
        for (size_t step = 1; step <= in.size; step++) {
            unpacking u = {&in, in.size, step, {0}, true};
            assert_int_equal(unpack(&u, NULL), AXL_OK);
            assert_false(u.damaged);
            assert_string_equal(buf_string(&u.out), "first member, first member; second");
            buf_free(&u.out);
        }
        buf_fill(&in, 0, 9);
    }
    buf_free(&in);
}

static void every_damage_is_seen(void **state) {
    (void)state;
    buf in = {0};
    static const char text[] = "what is here must not be taken for something else";
    pack(&in, text);
    unpacking u = {&in, in.size, 16, {0}, false};
    for (size_t end = 0; end < in.size; end++) {
        u.bytes = end;
        assert_int_equal(unpack(&u, NULL), AXL_OK);
        assert_true(u.damaged);
    }
    u.bytes = in.size;
    for (size_t i = 0; i < in.size; i++) {
        for (int bit = 0; bit < 8; bit++) {
            // What the header says of time, system and level has no checksum.
            if (i >= 4 && i < 10) continue;
            if (i == 3 && bit < 5) continue; // flags of further fields may still make a whole
            in.data[i] = (char)(in.data[i] ^ 1 << bit);
            assert_int_equal(unpack(&u, NULL), AXL_OK);
            // Bits that fill up the last byte of the compressed data mean nothing.
            if (!u.damaged) assert_string_equal(buf_string(&u.out), text);
            in.data[i] = (char)(in.data[i] ^ 1 << bit);
        }
    }
    buf_text(&in, "x");
    u.bytes = in.size;
    assert_int_equal(unpack(&u, NULL), AXL_OK);
    assert_true(u.damaged);
    buf_free(&in);
    buf_free(&u.out);
}

static axl_status unpack_and_free(void *ctx, axl_error *err) {
    unpacking *u = ctx;
    u->out = (buf){0};
    const axl_status status = unpack(u, err);
    buf_free(&u->out);
    return status;
}

static void running_out_of_memory_is_an_error(void **state) {
    (void)state;
    buf in = {0};
    pack(&in, "some text");
    unpacking u = {&in, in.size, 5, {0}, false};
    assert_true(for_each_failing_alloc(unpack_and_free, &u) >= 3);
    buf_free(&in);
}

static corpus_reason check(const char *data, size_t bytes, size_t step, size_t line_max) {
    text_check t = {.line_max = line_max};
    for (size_t at = 0; at < bytes; at += step)
        text_check_add(&t, data + at, step < bytes - at ? step : bytes - at);
    assert_true(digest_same(digest_end(&t.digest), digest_of(data, bytes)));
    return text_check_result(&t, true);
}

static void text_is_told_from_other_data(void **state) {
    (void)state;
    const size_t bytes = TEXT_CHECK_HEAD + 100;
    char *data = malloc(bytes);
    assert_non_null(data);
    for (size_t step = 1; step <= bytes; step += step < 10 ? 1 : 1021) {
        memset(data, 'a', bytes);
        for (size_t i = 99; i < bytes; i += 100) data[i] = '\n';
        assert_int_equal(check(data, bytes, step, 99), CORPUS_REASONS);
        assert_int_equal(check(data, bytes, step, 98), CORPUS_LONG_LINE);
        assert_int_equal(check(data, 0, step, 99), CORPUS_EMPTY);
        data[TEXT_CHECK_HEAD] = '\0'; // behind the head
        assert_int_equal(check(data, bytes, step, 99), CORPUS_REASONS);
        data[TEXT_CHECK_HEAD - 1] = '\0';
        assert_int_equal(check(data, bytes, step, 99 + 100), CORPUS_BINARY);
        memset(data, '\xFE', bytes); // bytes that are not ASCII are text
        assert_int_equal(check(data, bytes, step, bytes), CORPUS_REASONS);
        assert_int_equal(check(data, bytes, step, bytes - 1), CORPUS_LONG_LINE);
        memset(data, '\x02', TEXT_CHECK_HEAD * 3 / 10);
        assert_int_equal(check(data, bytes, step, bytes), CORPUS_REASONS);
        memset(data, '\x02', TEXT_CHECK_HEAD * 3 / 10 + 1);
        assert_int_equal(check(data, bytes, step, bytes), CORPUS_BINARY);
    }
    free(data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_are_joined_whatever_the_pieces),
        cmocka_unit_test(every_damage_is_seen),
        cmocka_unit_test(running_out_of_memory_is_an_error),
        cmocka_unit_test(text_is_told_from_other_data),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
