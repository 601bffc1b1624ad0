// Running another program.
#include "os/process.h"

#include "base/error.h"
#include "support/unit.h"

#include <string.h>

static axl_status run(const os_process *p, buf *out, int *code, axl_error *err) {
    *out = (buf){0};
    return os_process_run(p, out, code, err);
}

static void test_output(void **state) {
    (void)state;
    static const char *const argv[] = {"sh", "-c", "cat; echo done; exit 3", NULL};
    char input[200000]; // more than a pipe holds
    memset(input, 'x', sizeof input - 1);
    input[sizeof input - 1] = '\0';
    const os_process p = {.argv = argv, .input = input, .output_max = 1 << 20};
    buf out;
    int code;
    axl_error err;
    assert_int_equal(run(&p, &out, &code, &err), AXL_OK);
    assert_int_equal(code, 3);
    assert_int_equal(out.size, sizeof input - 1 + 5);
    assert_memory_equal(out.data, input, sizeof input - 1);
    assert_memory_equal(out.data + sizeof input - 1, "done\n", 5);
    buf_free(&out);
}

static void test_unread_input(void **state) {
    (void)state;
    static const char *const argv[] = {"sh", "-c", "exec <&-; echo ok", NULL};
    char input[200000];
    memset(input, 'y', sizeof input - 1);
    input[sizeof input - 1] = '\0';
    const os_process p = {.argv = argv, .input = input, .output_max = 100};
    buf out;
    int code;
    axl_error err;
    assert_int_equal(run(&p, &out, &code, &err), AXL_OK);
    assert_int_equal(code, 0);
    assert_memory_equal(out.data, "ok\n", 3);
    buf_free(&out);
}

// Gives `left` bytes in pieces of odd sizes, the n-th of value n; fails when fail_at are left.
typedef struct stream {
    size_t left, given, fail_at;
} stream;

static axl_status give(void *ctx, void *to, size_t size, size_t *got, axl_error *err) {
    stream *s = ctx;
    if (s->left <= s->fail_at) return error_set(err, AXL_IO, "the disk is gone");
    *got = s->left - s->fail_at < size ? s->left - s->fail_at : size;
    if (*got > 7777) *got = 7777;
    for (size_t i = 0; i < *got; i++) ((unsigned char *)to)[i] = (unsigned char)s->given++;
    s->left -= *got;
    return AXL_OK;
}

static axl_status give_all(void *ctx, void *to, size_t size, size_t *got, axl_error *err) {
    stream *s = ctx;
    *got = 0;
    return s->left == 0 ? AXL_OK : give(ctx, to, size, got, err);
}

static void test_stream(void **state) {
    (void)state;
    enum { BYTES = 300001 };
    static const char *const argv[] = {"cat", NULL};
    stream s = {.left = BYTES, .fail_at = 0};
    os_process p = {.argv = argv, .read = give_all, .read_ctx = &s, .output_max = 1 << 20};
    buf out;
    int code;
    axl_error err;
    assert_int_equal(run(&p, &out, &code, &err), AXL_OK);
    assert_int_equal(code, 0);
    assert_int_equal(out.size, BYTES);
    for (size_t i = 0; i < BYTES; i++) assert_int_equal((unsigned char)out.data[i], i & 255);
    buf_free(&out);

    // Counted and not kept, however much it is.
    uint64_t count = 5;
    s = (stream){.left = BYTES};
    p.output_max = 0;
    p.count_only = &count;
    assert_int_equal(run(&p, &out, &code, &err), AXL_OK);
    assert_int_equal(count, 5 + BYTES);
    assert_int_equal(out.size, 0);

    s = (stream){.left = BYTES, .fail_at = BYTES / 2};
    p.read = give;
    assert_int_equal(run(&p, &out, &code, &err), AXL_IO);
    assert_string_equal(err.text, "the disk is gone");
}

// A program that is done with its output must not wait for the rest of its input for ever.
static void test_output_closed(void **state) {
    (void)state;
    static const char *const argv[] = {"sh", "-c", "exec >&-; cat >/dev/null; exit 4", NULL};
    stream s = {.left = SIZE_MAX / 2};
    const os_process p = {.argv = argv, .read = give, .read_ctx = &s};
    buf out;
    int code;
    axl_error err;
    assert_int_equal(run(&p, &out, &code, &err), AXL_OK);
    assert_int_equal(code, 4);
}

static void test_signal(void **state) {
    (void)state;
    static const char *const argv[] = {"sh", "-c", "kill -9 $$", NULL};
    const os_process p = {.argv = argv};
    buf out;
    int code;
    axl_error err;
    assert_int_equal(run(&p, &out, &code, &err), AXL_OK);
    assert_int_equal(code, 128 + 9);
    buf_free(&out);
}

static bool stop_third(void *ctx) {
    int *asked = ctx;
    return ++*asked >= 3;
}

static void test_stop(void **state) {
    (void)state;
    static const char *const argv[] = {"sh", "-c", "sleep 600 & sleep 600", NULL};
    int asked = 0;
    const os_process p = {.argv = argv, .stop = stop_third, .stop_ctx = &asked};
    buf out;
    int code;
    axl_error err;
    assert_int_equal(run(&p, &out, &code, &err), AXL_INTERRUPTED);
    assert_int_equal(asked, 3);
    buf_free(&out);
}

static void test_failures(void **state) {
    (void)state;
    static const char *const none[] = {"axl-no-such-program", NULL};
    static const char *const endless[] = {"yes", NULL};
    buf out;
    int code;
    axl_error err;
    os_process p = {.argv = none};
    assert_int_equal(run(&p, &out, &code, &err), AXL_NOT_FOUND);
    assert_non_null(strstr(err.text, "axl-no-such-program"));
    buf_free(&out);
    p = (os_process){.argv = endless, .output_max = 10000};
    assert_int_equal(run(&p, &out, &code, &err), AXL_TOO_LARGE);
    buf_free(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_output),        cmocka_unit_test(test_unread_input),
        cmocka_unit_test(test_signal),        cmocka_unit_test(test_stop),
        cmocka_unit_test(test_failures),      cmocka_unit_test(test_stream),
        cmocka_unit_test(test_output_closed),
    };
    return cmocka_run_group_tests_name("os process", tests, NULL, NULL);
}
