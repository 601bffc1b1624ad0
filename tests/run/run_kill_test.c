// kill -9 at random moments of whole runs, each gone on with: no checkpoint is lost, and the end is
// that of a run that nobody killed, weights and log, bit for bit.
//   run_kill_test [KILLS]
#include "os/clock.h"
#include "run/program.h"
#include "support/kill_series.h"
#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RUNS_MOST 400

static size_t kills_wanted = 5;

// A row of runs, all with the same settings.
typedef struct series {
    program_case c;
    const char *length[2]; // "--steps", "150"
    char whole[SCRATCH_PATH_MAX];
    uint64_t whole_ns; // how long the run took that nobody killed
    size_t kills, ended, begun;
    uint64_t random;
} series;

static program command(const series *s, const char *out) {
    program p = program_train(&s->c, out);
    program_add(&p, s->length[0]);
    program_add(&p, s->length[1]);
    program_set(&p, "checkpoint_every=0.02");
    return p;
}

static void become(void *ctx, int report) {
    (void)report;
    program_become(ctx);
}

// A run in a folder of its own, killed again and again until it ends or there were enough kills;
// then it goes on to its end in peace.
static void run_and_kill(series *s) {
    char out[SCRATCH_PATH_MAX];
    int64_t newest = -1;
    bool ended = false;
    snprintf(out, sizeof out, "%.400s/run%zu", s->c.box.folder, s->begun++);
    program fresh = command(s, out), again = command(s, out);
    program_add(&again, "--resume");
    bool began = false; // a folder that holds nothing yet cannot be gone on with
    while (!ended) {
        program *p = began ? &again : &fresh;
        const bool spare = s->kills == kills_wanted;
        const uint64_t delay = spare ? UINT64_MAX : kill_random(&s->random) % s->whole_ns;
        const kill_end end = kill_after(&(kill_victim){become, p}, delay);
        s->kills += end.killed;
        ended = !end.killed;
        if (ended && end.code != 0) fail_msg("exit code %d: %s", end.code, program_said(&s->c));
        const int64_t now = program_checkpoint(out);
        assert_true(now >= newest); // none is lost
        newest = now;
        char log[SCRATCH_PATH_MAX + 16];
        snprintf(log, sizeof log, "%s/log.csv", out);
        FILE *f = fopen(log, "r");
        began = f != NULL;
        if (f) fclose(f);
    }
    s->ended++;
    assert_int_equal(program_litter(out), 0);
    program_same_model(s->whole, out);
    program_same_log(s->whole, out);
}

static void kill_series_of(const char *option, const char *amount) {
    series s = {.length = {option, amount}, .random = os_wall_ns()};
    print_message("seed %llu\n", (unsigned long long)s.random);
    program_case_make(&s.c);
    snprintf(s.whole, sizeof s.whole, "%.400s/whole", s.c.box.folder);
    const program p = command(&s, s.whole);
    const uint64_t start = os_clock_ns();
    program_expect(&p, 0);
    s.whole_ns = os_clock_ns() - start;
    while (s.kills < kills_wanted && s.begun < RUNS_MOST) run_and_kill(&s);
    print_message("%s %s: %zu kills in %zu runs\n", option, amount, s.kills, s.ended);
    assert_int_equal(s.kills, kills_wanted);
    program_case_free(&s.c);
}

static void length_in_steps(void **state) {
    (void)state;
    kill_series_of("--steps", "150");
}

static void length_in_bytes(void **state) {
    (void)state;
    kill_series_of("--bytes", "9000");
}

int main(int argc, char **argv) {
    if (argc > 1) kills_wanted = (size_t)strtoul(argv[1], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(length_in_steps),
        cmocka_unit_test(length_in_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
