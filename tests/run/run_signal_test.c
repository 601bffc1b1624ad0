// Ctrl-C and SIGTERM at any time of a run: the first ends it well, saved and with a line on how to
// go on; the second ends it at once, and the checkpoint before is as it was.
#include "os/clock.h"
#include "run/program.h"
#include "support/kill_series.h"
#include "support/unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define WAITS 30000 // of 2 ms: nothing takes a minute
#define ROUNDS 12

static void pause_a_little(void) {
    os_sleep_ns(2000000);
}

// Whether the process catches the signal, as Linux tells.
static bool catches(pid_t child, int number) {
    char path[64], line[256];
    unsigned long long mask = 0;
    snprintf(path, sizeof path, "/proc/%ld/status", (long)child);
    FILE *f = fopen(path, "r");
    if (!f) return false;
    while (fgets(line, sizeof line, f))
        if (strncmp(line, "SigCgt:", 7) == 0) mask = strtoull(line + 7, NULL, 16);
    fclose(f);
    return mask >> (number - 1) & 1;
}

static void await_catching(pid_t child, int number, bool wanted) {
    for (int i = 0; catches(child, number) != wanted; i++) {
        assert_true(i < WAITS);
        pause_a_little();
    }
}

static ino_t inode_of(const char *path) {
    struct stat info;
    return stat(path, &info) == 0 ? info.st_ino : 0;
}

// Until the log is there, and another one than before: then the run has begun.
static void await_log(const char *out, ino_t before) {
    char path[SCRATCH_PATH_MAX + 64];
    snprintf(path, sizeof path, "%s/log.csv", out);
    for (int i = 0; inode_of(path) == before; i++) {
        assert_true(i < WAITS);
        pause_a_little();
    }
}

static void proc_or_skip(void) {
    if (inode_of("/proc/self/status") == 0) {
        print_message("skipped: there is no /proc here\n");
        skip();
    }
}

// One line says how to go on, and what it says of the step is true.
static void ended_well(const program_case *c, const char *out, program_end end) {
    if (end.code != 130) fail_msg("exit code %d: %s", end.code, program_said(c));
    assert_false(end.signaled);
    const char *said = strstr(program_said(c), "stopped at step ");
    assert_int_equal(program_said_lines(c, "go on with: the same command and --resume"), 1);
    assert_non_null(said);
    assert_int_equal(program_checkpoint(out), strtol(said + strlen("stopped at step "), NULL, 10));
}

// At random moments of a run that saves, looks and samples all the time.
static void at_any_moment(void **state) {
    (void)state;
    proc_or_skip();
    program_case c;
    program_case_make(&c);
    char whole[SCRATCH_PATH_MAX + 16], out[SCRATCH_PATH_MAX + 16];
    snprintf(whole, sizeof whole, "%s/whole", c.box.folder);
    snprintf(out, sizeof out, "%s/out", c.box.folder);
    uint64_t random = os_wall_ns();
    print_message("seed %llu\n", (unsigned long long)random);
    program p[3] = {program_train(&c, whole), program_train(&c, out), program_train(&c, out)};
    for (size_t i = 0; i < 3; i++) {
        program_add(&p[i], "--steps");
        program_add(&p[i], "300");
        program_set(&p[i], "checkpoint_every=0.01");
    }
    program_add(&p[2], "--resume");
    const uint64_t start = os_clock_ns();
    program_expect(&p[0], 0);
    const uint64_t whole_ns = os_clock_ns() - start;
    bool began = false, ended = false;
    size_t stopped = 0;
    for (size_t i = 0; !ended; i++) {
        const pid_t child = program_start(&p[began ? 2 : 1]);
        if (i < ROUNDS) {
            await_catching(child, SIGTERM, true);
            os_sleep_ns(kill_random(&random) % (whole_ns / 4));
            assert_int_equal(kill(child, i % 2 ? SIGINT : SIGTERM), 0);
        }
        const program_end end = program_wait(child);
        ended = end.code == 0;
        if (ended) break;
        const bool young = program_said_lines(&c, "stopped while reading") == 1;
        if (!young) ended_well(&c, out, end);
        assert_int_equal(end.code, 130);
        began = began || !young;
        stopped++;
    }
    assert_true(stopped >= 2);
    program_same_model(whole, out);
    program_same_log(whole, out);
    program_case_free(&c);
}

// A step that takes long, so that the second signal comes before its end.
static program slow(const program_case *c, const char *out) {
    program p = program_train(c, out);
    static const char *const settings[] = {"d_model=64",        "n_heads=2",   "d_ff=256",
                                           "batch=512",         "recompute=1", "max_seq_len=256",
                                           "checkpoint_every=0"};
    for (size_t i = 0; i < COUNT_OF(settings); i++) program_set(&p, settings[i]);
    program_add(&p, "--steps");
    program_add(&p, "100000");
    return p;
}

static void second_ends_at_once(void **state) {
    (void)state;
    proc_or_skip();
    static const int second[] = {SIGINT, SIGTERM};
    program_case c;
    program_case_make(&c);
    char out[SCRATCH_PATH_MAX + 16], log[SCRATCH_PATH_MAX + 64];
    snprintf(out, sizeof out, "%s/out", c.box.folder);
    snprintf(log, sizeof log, "%s/log.csv", out);
    program p = slow(&c, out);
    pid_t child = program_start(&p);
    await_log(out, 0);
    assert_int_equal(kill(child, SIGINT), 0);
    ended_well(&c, out, program_wait(child));
    const int64_t before = program_checkpoint(out);
    program_add(&p, "--resume");
    for (size_t i = 0; i < COUNT_OF(second); i++) {
        const ino_t old = inode_of(log);
        child = program_start(&p);
        await_log(out, old);
        assert_int_equal(kill(child, SIGINT), 0);
        await_catching(child, second[i], false); // the first has arrived
        assert_int_equal(kill(child, second[i]), 0);
        const program_end end = program_wait(child);
        assert_true(end.signaled);
        assert_int_equal(end.code, 128 + second[i]);
        assert_int_equal(program_checkpoint(out), before);
    }
    program_case_free(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(at_any_moment),
        cmocka_unit_test(second_ends_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
