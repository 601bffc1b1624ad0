// Programs in the sandbox: what they may do, and how they end.
#include "sandbox/sandbox_case.h"

#include <signal.h>
#include <string.h>

static void expect(const char *program, const char *out, int code) {
    sandbox_result r = sandbox_case_run(program, &sandbox_case_limits);
    assert_int_equal(r.end, SANDBOX_ENDED);
    assert_string_equal(buf_string(&r.out), out);
    assert_int_equal(r.code, code);
    sandbox_result_free(&r);
}

static void test_output(void **state) {
    (void)state;
    expect("print('hello')\n", "hello\n", 0);
    expect("print('gr\\u00fc\\u00dfe')\n",
           "gr\xc3\xbc\xc3\x9f"
           "e\n",
           0);
    expect("import sys\nsys.exit(7)\n", "", 7);
    expect("print(__name__, __builtins__.len('abc'))\n", "__main__ 3\n", 0);
    expect("import sys\nprint(repr(sys.stdin.read()))\n", "''\n", 0);
    expect("", "", 0);
}

static void test_traceback(void **state) {
    (void)state;
    sandbox_result r =
        sandbox_case_run("def f(x):\n    return 1 / x\n\nf(0)\n", &sandbox_case_limits);
    assert_int_equal(r.code, 1);
    assert_non_null(strstr(buf_string(&r.err), "File \"program.py\", line 2, in f"));
    assert_non_null(strstr(buf_string(&r.err), "    return 1 / x"));
    assert_non_null(strstr(buf_string(&r.err), "ZeroDivisionError: division by zero\n"));
    assert_null(strstr(buf_string(&r.err), "run_program")); // nothing of our own
    sandbox_result_free(&r);
    r = sandbox_case_run("def f(:\n", &sandbox_case_limits);
    assert_int_equal(r.code, 1);
    assert_non_null(strstr(buf_string(&r.err), "SyntaxError"));
    sandbox_result_free(&r);
}

// A set's order, and so what a program prints, is the same every time.
static void test_repeats(void **state) {
    (void)state;
    sandbox_result first = {0};
    for (int i = 0; i < 3; i++) {
        sandbox_result r =
            sandbox_case_run("print({str(i) for i in range(50)})", &sandbox_case_limits);
        if (i == 0) {
            first = r;
            continue;
        }
        assert_string_equal(buf_string(&r.out), buf_string(&first.out));
        sandbox_result_free(&r);
    }
    sandbox_result_free(&first);
}

static void test_modules(void **state) {
    (void)state;
    expect(
        "import collections, datetime, decimal, functools, hashlib, heapq, itertools, json, \\\n"
        "    math, re, statistics, string, typing, unicodedata, zlib\n"
        "print(hashlib.sha256(b'').hexdigest()[:8], math.isqrt(17))\n",
        "e3b0c442 4\n", 0);
    expect(
        "import threading\n"
        "t = threading.Thread(target=lambda: print('there'))\n"
        "t.start()\n"
        "t.join()\n",
        "there\n", 0);
}

static void test_time(void **state) {
    (void)state;
    sandbox_limits l = sandbox_case_limits;
    l.cpu_seconds = 1;
    sandbox_result r = sandbox_case_run("while True: pass\n", &l);
    assert_int_equal(r.end, SANDBOX_LATE);
    assert_int_equal(r.code, 128 + SIGXCPU);
    sandbox_result_free(&r);
    l.wall_seconds = 1;
    r = sandbox_case_run("import time\nprint('on', flush=True)\ntime.sleep(1000)\n", &l);
    assert_int_equal(r.end, SANDBOX_LATE);
    sandbox_result_free(&r);
}

static void test_limits(void **state) {
    (void)state;
    sandbox_limits l = sandbox_case_limits;
    l.output = 1000;
    sandbox_result r = sandbox_case_run("while True: print('x' * 100)\n", &l);
    assert_int_equal(r.end, SANDBOX_FULL);
    assert_int_equal(r.out.size, 1000);
    sandbox_result_free(&r);
    r = sandbox_case_run("import sys\nwhile True: print('x' * 100, file=sys.stderr)\n", &l);
    assert_int_equal(r.end, SANDBOX_FULL);
    assert_int_equal(r.err.size, 1000);
    sandbox_result_free(&r);
    expect("try:\n    x = bytearray(300 << 20)\nexcept MemoryError:\n    print('no')\n", "no\n", 0);
    expect("x = bytearray(100 << 20)\nprint('yes')\n", "yes\n", 0);
}

static void test_signals(void **state) {
    (void)state;
    expect("import os\nos.kill(os.getpid(), 11)\n", "", 128 + SIGSEGV);
    expect("import os\nos.abort()\n", "", 128 + SIGABRT);
    expect("import os\nos._exit(3)\n", "", 3);
}

static bool at_once(void *ctx) {
    ++*(int *)ctx;
    return true;
}

static void test_stop(void **state) {
    (void)state;
    (void)sandbox_case();
    int asked = 0;
    const sandbox_options o = {.stop = at_once, .stop_ctx = &asked};
    sandbox *s;
    axl_error err;
    assert_int_equal(sandbox_open(&s, &o, &err), AXL_INTERRUPTED);
    assert_null(s);
    assert_int_equal(asked, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_output),  cmocka_unit_test(test_traceback),
        cmocka_unit_test(test_repeats), cmocka_unit_test(test_modules),
        cmocka_unit_test(test_time),    cmocka_unit_test(test_limits),
        cmocka_unit_test(test_signals), cmocka_unit_test(test_stop),
    };
    return cmocka_run_group_tests(tests, sandbox_case_begin, sandbox_case_end);
}
