// Nothing runs where a layer is missing, nothing is left behind, and no failure is taken for a
// verdict.
#include "sandbox/sandbox_case.h"

#include "os/scratch.h"
#include "support/failing_alloc.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

// A program in the place of bubblewrap, which the user nobody can run, too.
static const char *script(const scratch *s, const char *text) {
    const char *path = scratch_path(s, "bwrap");
    scratch_text(path, text);
    assert_int_equal(chmod(path, 0755), 0);
    assert_int_equal(chmod(s->folder, 0755), 0);
    return path;
}

static void refused(const sandbox_options *o, const char *words) {
    sandbox *s;
    axl_error err = {0};
    assert_int_equal(sandbox_open(&s, o, &err), AXL_UNSUPPORTED);
    assert_null(s);
    if (!strstr(err.text, words)) print_error("\"%s\" is not in \"%s\"\n", words, err.text);
    assert_non_null(strstr(err.text, words));
    assert_true(strncmp(err.text, "no sandbox: ", 12) == 0);
}

// Leaves out arguments of bubblewrap: clauses of the shell's case, each with how many arguments
// behind go with it.
static void without(const char *clauses, const char *words) {
    scratch s;
    scratch_make(&s);
    char text[512];
    snprintf(text, sizeof text,
             "#!/bin/sh\nleft=0\n"
             "for a; do\n  shift\n"
             "  if [ $left -gt 0 ]; then left=$((left - 1)); continue; fi\n"
             "  case $a in %s continue ;; esac\n"
             "  set -- \"$@\" \"$a\"\n"
             "done\nexec " SANDBOX_BUBBLEWRAP " \"$@\"\n",
             clauses);
    refused(&(sandbox_options){.bubblewrap = script(&s, text)}, words);
    scratch_remove(&s);
}

static void test_missing_layers(void **state) {
    (void)state;
    (void)sandbox_case();
    without("--unshare-net) left=0;", "the network namespace is missing");
    without("--unshare-ipc) left=0;", "the IPC namespace is missing");
    without("--unshare-uts) continue ;; --hostname) left=1;", "the host name namespace is missing");
    without("--unshare-cgroup) left=0;", "the cgroup namespace is missing");
    without("--unshare-pid|--as-pid-1) left=0;", "the process namespace is missing");
    without("--seccomp) left=1;", "the filter of system calls is missing");
    without("--remount-ro) left=1;", "the read-only file system is missing");
}

static void test_changed_layers(void **state) {
    (void)state;
    (void)sandbox_case();
    scratch s;
    scratch_make(&s);
    // Writable folders.
    refused(&(sandbox_options){.bubblewrap = script(&s,
                                                    "#!/bin/sh\n"
                                                    "for a; do\n  shift\n"
                                                    "  [ \"$a\" = --ro-bind ] && a=--bind\n"
                                                    "  set -- \"$@\" \"$a\"\n"
                                                    "done\nexec " SANDBOX_BUBBLEWRAP " \"$@\"\n")},
            "the read-only file system is missing");
    // More processes.
    refused(&(sandbox_options){.bubblewrap = script(&s,
                                                    "#!/bin/sh\n"
                                                    "for a; do\n  shift\n"
                                                    "  [ \"$a\" = 16 ] && a=1000\n"
                                                    "  set -- \"$@\" \"$a\"\n"
                                                    "done\nexec " SANDBOX_BUBBLEWRAP " \"$@\"\n")},
            "the limit of processes is missing");
    // No sandbox at all.
    refused(&(sandbox_options){.bubblewrap = script(&s,
                                                    "#!/bin/sh\n"
                                                    "echo \"{ \\\"child-pid\\\": $$ }\" >&4\n"
                                                    "while [ \"$1\" != -S ]; do shift; done\n"
                                                    "exec " SANDBOX_PYTHON " \"$@\"\n")},
            "the user namespace is missing");
    scratch_remove(&s);
}

static void test_missing_programs(void **state) {
    (void)state;
    (void)sandbox_case();
    scratch s;
    scratch_make(&s);
    refused(&(sandbox_options){.bubblewrap = "/nowhere/bwrap"},
            "/nowhere/bwrap cannot be started: install bubblewrap");
    refused(&(sandbox_options){.python = "/nowhere/python"}, "/nowhere/python does not work");
    refused(&(sandbox_options){.python = "/bin/true"}, "/bin/true does not work as Python");
    refused(&(sandbox_options){.bubblewrap = "/bin/true"}, "it ends without a word");
    refused(&(sandbox_options){.bubblewrap = script(&s, "#!/bin/sh\necho hello there\nread x\n")},
            "other words than agreed");
    refused(&(sandbox_options){.bubblewrap = script(&s, "#!/bin/sh\necho ready\nread x\n")},
            "bubblewrap names no process");
    refused(&(sandbox_options){.bubblewrap = script(
                                   &s, "#!/bin/sh\necho 'bwrap: not allowed' >&2\nexit 1\n")},
            "bwrap: not allowed");
    scratch_remove(&s);
}

static void test_nothing_left(void **state) {
    (void)state;
    (void)sandbox_case();
    sandbox_limits l = sandbox_case_limits;
    l.cpu_seconds = 1;
    l.output = 1000;
    static const char *const programs[] = {"print(1)\n", "while True: print('x' * 999)\n",
                                           "import os\nos.fork()\nos.fork()\n",
                                           "import os\nos.abort()\n", "raise SystemExit(9)\n"};
    const int before = scratch_free_descriptor();
    for (size_t i = 0; i < 20; i++) {
        sandbox_result r = sandbox_case_run(programs[i % COUNT_OF(programs)], &l);
        sandbox_result_free(&r);
    }
    assert_int_equal(scratch_free_descriptor(), before);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static axl_status judge_one(void *ctx, axl_error *err) {
    const judge_case c = {.program = "def f(x):\n    return x\n",
                          .program_size = 23,
                          .check = "assert f(1) == 1\n",
                          .prelude = "",
                          .entry = "",
                          .names = ""};
    judge_result r;
    const axl_status status = judge_run(ctx, &c, &sandbox_case_limits, &r, err);
    if (status == AXL_OK) assert_int_equal(r.verdict, JUDGE_PASSED);
    return status;
}

static void test_no_memory(void **state) {
    (void)state;
    sandbox *s = (sandbox *)(uintptr_t)sandbox_case();
    assert_true(for_each_failing_alloc(judge_one, s) > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_missing_layers),   cmocka_unit_test(test_changed_layers),
        cmocka_unit_test(test_missing_programs), cmocka_unit_test(test_nothing_left),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, sandbox_case_begin, sandbox_case_end);
}
