// A system call of a whole run fails, one after the other, as strace makes it: a full disk, a
// broken one, too many open files, no memory. The run ends well or says in one line why not, with
// exit code 4; every checkpoint that is there is whole; and the same command with --resume ends as
// the run did that nothing happened to, and leaves no temporary file.
//   run_fault_test [MOST]: so many calls of each kind, evenly spread; 2 without it
#include "run/program.h"
#include "support/unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define SKIPPED 77

static size_t most = 2;
static program_case c;
static char whole[SCRATCH_PATH_MAX + 16], trace[SCRATCH_PATH_MAX + 16];

typedef struct fault {
    const char *call, *error;
    bool onward; // this call and all after it, as on a disk that stays full
    bool memory; // may also end as too little memory: exit code 1
} fault;

static const fault faults[] = {
    {"openat", "EMFILE", false, false},   {"openat", "EIO", false, false},
    {"openat", "ENOSPC", true, false},    {"write", "ENOSPC", false, false},
    {"write", "EIO", false, false},       {"pwrite64", "ENOSPC", false, false},
    {"fallocate", "ENOSPC", true, false}, {"fallocate", "EIO", false, false},
    {"fsync", "EIO", false, false},       {"fsync", "ENOSPC", true, false},
    {"fdatasync", "EIO", false, false},   {"renameat", "EIO", false, false},
    {"renameat", "ENOSPC", true, false},  {"rename", "EIO", false, false},
    {"linkat", "EIO", false, false},      {"symlinkat", "ENOSPC", false, false},
    {"mkdir", "ENOSPC", false, false},    {"mkdirat", "EIO", false, false},
    {"unlinkat", "EIO", false, false},    {"ftruncate", "EIO", false, false},
    {"pread64", "EIO", false, false},     {"getdents64", "EIO", false, false},
    {"statfs", "EIO", false, false},      {"flock", "ENOLCK", true, false},
    {"mmap", "ENOMEM", false, true},      {"mmap", "ENOMEM", true, true},
};

// Four steps, each saved.
static program run_into(const char *out) {
    program p = program_train(&c, out);
    program_set(&p, "checkpoint_every=0.000001");
    program_set(&p, "log_every=1");
    program_add(&p, "--steps");
    program_add(&p, "4");
    return p;
}

static program under_strace(const char *const *options, const program *p) {
    program s = {.c = &c};
    for (size_t i = 0; options[i]; i++) program_add(&s, options[i]);
    for (size_t i = 0; i < p->words; i++) program_add(&s, p->word[i]);
    return s;
}

static bool can_trace(void) {
    program s = {.c = &c};
    const char *const words[] = {"strace", "-o", trace, "true"};
    for (size_t i = 0; i < COUNT_OF(words); i++) program_add(&s, words[i]);
    return program_run(&s).code == 0;
}

// How often the run makes this call: `before` it first looks at its text (the loader's calls, which
// no program survives), and in all. Of the first process, since strace counts each alone.
static void count_calls(const char *call, size_t *before, size_t *all) {
    char line[4096], start[64];
    long first = 0;
    bool ours = false;
    FILE *f = fopen(trace, "r");
    assert_non_null(f);
    *before = *all = 0;
    snprintf(start, sizeof start, "%s(", call);
    while (fgets(line, sizeof line, f)) {
        char *rest;
        const long process = strtol(line, &rest, 10);
        if (first == 0) first = process;
        if (process != first) continue;
        ours = ours || (strstr(line, c.text) && !strstr(line, "execve"));
        rest += strspn(rest, " ");
        if (strncmp(rest, start, strlen(start)) != 0) continue;
        ++*all;
        if (!ours) ++*before;
    }
    fclose(f);
}

static bool has_log(const char *out) {
    char path[SCRATCH_PATH_MAX + 64];
    snprintf(path, sizeof path, "%s/log.csv", out);
    return access(path, F_OK) == 0;
}

// Beside rows and samples it says little, and the last line is why it failed.
static void said_why(const char *what) {
    size_t lines = 0;
    const char *last = "";
    for (const char *line = program_said(&c); *line; line = strchr(line, '\n') + 1) {
        assert_non_null(strchr(line, '\n'));
        last = line;
        const bool row = strncmp(line, "axl train: step ", 16) == 0 && strstr(line, "bits/byte");
        lines += !row && strncmp(line, "axl", 3) == 0;
    }
    if (lines < 1 || lines > 5 || strncmp(last, "axl", 3) != 0)
        fail_msg("%s: it said: %s", what, program_said(&c));
}

// After the fault: what is there is whole, and the run can go on to the end.
static void goes_on(const char *out, const char *what, bool memory, program_end end) {
    if (end.code != 0 && end.code != 4 && !(memory && end.code == 1))
        fail_msg("%s: exit code %d: %s", what, end.code, program_said(&c));
    if (end.code != 0) said_why(what);
    if (end.code != 0) {
        (void)program_checkpoint(out);
        program again = run_into(out);
        if (has_log(out)) program_add(&again, "--resume");
        if (program_run(&again).code != 0) fail_msg("%s: cannot go on: %s", what, program_said(&c));
        if (program_litter(out) != 0) fail_msg("%s: litter", what);
    }
    program_same_model(whole, out);
}

static void fail_call(const fault *f, size_t number) {
    char out[SCRATCH_PATH_MAX + 64], inject[128];
    snprintf(out, sizeof out, "%s/%s-%s-%zu%s", c.box.folder, f->call, f->error, number,
             f->onward ? "+" : "");
    snprintf(inject, sizeof inject, "inject=%s:error=%s:when=%zu%s", f->call, f->error, number,
             f->onward ? "+" : "");
    const char *const options[] = {"strace", "-f", "-q", "-o", "/dev/null", "-e", inject, NULL};
    const program p = run_into(out), s = under_strace(options, &p);
    goes_on(out, inject, f->memory, program_run(&s));
}

static void each_call_may_fail(void **state) {
    (void)state;
    const char *const options[] = {"strace", "-f", "-q", "-o", trace, NULL};
    char out[SCRATCH_PATH_MAX + 16];
    snprintf(out, sizeof out, "%s/traced", c.box.folder);
    const program p = run_into(out), s = under_strace(options, &p);
    program_expect(&s, 0);
    size_t failed = 0, kinds = 0;
    for (size_t i = 0; i < COUNT_OF(faults); i++) {
        size_t before, all;
        count_calls(faults[i].call, &before, &all);
        const size_t ours = all - before;
        const size_t step = ours > most ? (ours + most - 1) / most : 1;
        // From the last on, since that one is behind all that could repair what it breaks.
        for (size_t n = all; n > before; n -= step < n ? step : n, failed++)
            fail_call(&faults[i], n);
        kinds += ours > 0;
    }
    print_message("%zu faults of %zu kinds\n", failed, kinds);
    assert_true(kinds >= 15); // else the trace was not understood
}

// The system cuts a write short and refuses the next where a file passes this size.
static void files_may_not_grow(void **state) {
    (void)state;
    static const rlim_t sizes[] = {0, 100, 700, 2000, 9000, 30000};
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        char out[SCRATCH_PATH_MAX + 32], what[64];
        struct rlimit old;
        snprintf(out, sizeof out, "%s/small%zu", c.box.folder, i);
        snprintf(what, sizeof what, "files of %llu bytes", (unsigned long long)sizes[i]);
        assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
        const struct rlimit small = {sizes[i], old.rlim_max};
        const program p = run_into(out);
        signal(SIGXFSZ, SIG_IGN); // as an error and not as a signal
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
        const pid_t child = program_start(&p);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
        program_end end = program_wait(child);
        // What it said is a file, too; an empty one tells nothing.
        if (end.code == 4 && sizes[i] < 1000) {
            program again = run_into(out);
            if (has_log(out)) program_add(&again, "--resume");
            program_expect(&again, 0);
            program_same_model(whole, out);
            assert_int_equal(program_litter(out), 0);
        } else {
            goes_on(out, what, false, end);
        }
    }
}

int main(int argc, char **argv) {
    if (argc > 1) most = (size_t)strtoul(argv[1], NULL, 10);
#ifdef AXL_SANITIZED
    puts("skipped: sanitizers trace the program themselves");
    return SKIPPED;
#endif
    program_case_make(&c);
    snprintf(whole, sizeof whole, "%s/whole", c.box.folder);
    snprintf(trace, sizeof trace, "%s/trace", c.box.folder);
    if (!can_trace()) {
        puts("skipped: strace is not there or may not trace (Debian: apt install strace)");
        program_case_free(&c);
        return SKIPPED;
    }
    const program p = run_into(whole);
    program_expect(&p, 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_call_may_fail),
        cmocka_unit_test(files_may_not_grow),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    program_case_free(&c);
    return failed;
}
