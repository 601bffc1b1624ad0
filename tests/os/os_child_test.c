// A program with nothing but its channels, under limits, and what the kernel says of it.
#include "os/child.h"

#include "os/clock.h"
#include "os/confinement.h"
#include "support/unit.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#define LONG_NS ((uint64_t)60 * 1000000000)

typedef struct spoken {
    buf out, err;
    os_child_state state;
    int code;
} spoken;

static const os_child_limits usual = {
    .cpu_seconds = 10, .memory = (uint64_t)1 << 30, .file = 1 << 20, .open_files = 32};

static os_child start(const char *script, const os_child_limits *l) {
    const char *const argv[] = {"/bin/sh", "-c", script, NULL};
    const char *const env[] = {"GIVEN=this", NULL};
    const os_child_spec spec = {
        .argv = argv, .env = env, .gift = "a gift\n", .gift_size = 7, .limits = *l};
    os_child c;
    axl_error err;
    assert_int_equal(os_child_start(&c, &spec, &err), AXL_OK);
    return c;
}

static os_child_talk talk_with(spoken *s, const char *text) {
    return (os_child_talk){.send = text,
                           .send_size = strlen(text),
                           .out = &s->out,
                           .err = &s->err,
                           .out_max = 1000,
                           .err_max = 1000,
                           .deadline = os_clock_ns() + LONG_NS};
}

static spoken speak(const char *script, const char *text, const os_child_limits *l) {
    spoken s = {0};
    os_child c = start(script, l);
    os_child_talk t = talk_with(&s, text);
    axl_error err;
    assert_int_equal(os_child_talk_run(&c, &t, SIZE_MAX, &s.state, &err), AXL_OK);
    s.code = os_child_end(&c, s.state != OS_CHILD_CLOSED);
    return s;
}

static void hush(spoken *s) {
    buf_free(&s->out);
    buf_free(&s->err);
}

static void expect(const char *script, const char *text, const char *out) {
    spoken s = speak(script, text, &usual);
    assert_int_equal(s.state, OS_CHILD_CLOSED);
    assert_string_equal(buf_string(&s.out), out);
    hush(&s);
}

static void test_channels(void **state) {
    (void)state;
    expect("cat; cat <&3; echo reported >&4", "text\n", "text\na gift\n");
    expect("env", "x", "GIVEN=this\nPWD=/\n");
    expect("for fd in 5 6 7 8 9; do ( : >&$fd ) 2>/dev/null && echo $fd; done; exit 0", "x", "");
    spoken s = speak("echo wrong >&2; exit 3", "unread", &usual);
    assert_string_equal(buf_string(&s.err), "wrong\n");
    assert_int_equal(s.code, 3);
    hush(&s);
}

// More than any channel holds, to a program that does not read it.
static void test_unread(void **state) {
    (void)state;
    static char text[1 << 21];
    memset(text, 'x', sizeof text - 1);
    expect("exec <&-; echo ok", text, "ok\n");
    expect("wc -c", text, "2097151\n");
}

static void test_user(void **state) {
    (void)state;
    if (geteuid() != 0) skip();
    expect("id -u; id -g; id -G", "x", "65534\n65534\n65534\n");
}

static void test_limits(void **state) {
    (void)state;
    os_child_limits l = usual;
    l.cpu_seconds = 1;
    spoken s = speak("while :; do :; done", "x", &l);
    assert_int_equal(s.code, 128 + SIGXCPU);
    hush(&s);
    s = speak("ulimit -c; ulimit -l; ulimit -n; ulimit -v", "x", &usual);
    assert_string_equal(buf_string(&s.out), "0\n0\n32\n1048576\n");
    hush(&s);
    s = speak("while :; do echo 123456789; done", "x", &usual);
    assert_int_equal(s.state, OS_CHILD_FULL);
    assert_int_equal(s.out.size, 1000);
    hush(&s);
}

static void test_late(void **state) {
    (void)state;
    spoken s = {0};
    os_child c = start("echo on; exec sleep 1000", &usual);
    os_child_talk t = talk_with(&s, "x");
    axl_error err;
    assert_int_equal(os_child_talk_run(&c, &t, 3, &s.state, &err), AXL_OK);
    assert_int_equal(s.state, OS_CHILD_ENOUGH);
    t.deadline = os_clock_ns() + 1000;
    assert_int_equal(os_child_talk_run(&c, &t, SIZE_MAX, &s.state, &err), AXL_OK);
    assert_int_equal(s.state, OS_CHILD_LATE);
    assert_int_equal(os_child_end(&c, true), 128 + SIGKILL);
    hush(&s);
}

static bool at_once(void *ctx) {
    (void)ctx;
    return true;
}

static void test_stop(void **state) {
    (void)state;
    spoken s = {0};
    os_child c = start("exec sleep 1000", &usual);
    os_child_talk t = talk_with(&s, "x");
    t.stop = at_once;
    axl_error err;
    assert_int_equal(os_child_talk_run(&c, &t, SIZE_MAX, &s.state, &err), AXL_INTERRUPTED);
    assert_int_equal(os_child_end(&c, true), 128 + SIGKILL);
    hush(&s);
}

static void test_no_program(void **state) {
    (void)state;
    const char *const argv[] = {"/nowhere/at/all", NULL};
    const char *const env[] = {NULL};
    const os_child_spec spec = {.argv = argv, .env = env, .gift = "", .limits = usual};
    os_child c;
    axl_error err;
    assert_int_equal(os_child_start(&c, &spec, &err), AXL_OK);
    spoken s = {0};
    os_child_talk t = talk_with(&s, "x");
    assert_int_equal(os_child_talk_run(&c, &t, SIZE_MAX, &s.state, &err), AXL_OK);
    assert_string_equal(buf_string(&s.err), "cannot be started\n");
    assert_int_equal(os_child_end(&c, false), 127);
    hush(&s);
}

// A process that nothing confines: its own limits and user are all that the kernel tells of.
static void test_confinement(void **state) {
    (void)state;
    spoken s = {0};
    os_child c = start("echo on; exec sleep 1000", &usual);
    os_child_talk t = talk_with(&s, "x");
    axl_error err;
    assert_int_equal(os_child_talk_run(&c, &t, 3, &s.state, &err), AXL_OK);
    os_confinement f;
    assert_int_equal(os_confinement_read(c.pid, &f, &err), AXL_OK);
    assert_false(f.user || f.mount || f.pid || f.net || f.ipc || f.uts || f.cgroup);
    assert_false(f.filtered || f.read_only);
    assert_true(f.not_root);
    assert_int_equal(f.memory, (uint64_t)1 << 30);
    assert_int_equal(f.cpu_seconds, 11);
    assert_int_equal(os_child_end(&c, true), 128 + SIGKILL);
    assert_int_not_equal(os_confinement_read(c.pid, &f, &err), AXL_OK);
    hush(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_channels),   cmocka_unit_test(test_unread),
        cmocka_unit_test(test_user),       cmocka_unit_test(test_limits),
        cmocka_unit_test(test_late),       cmocka_unit_test(test_stop),
        cmocka_unit_test(test_no_program), cmocka_unit_test(test_confinement),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
