// kill -9 at random moments, then a resume at the last step that was made safe: no row is missing,
// none is there twice.
#include "log_case.h"
#include "os/clock.h"
#include "os/scratch.h"
#include "support/kill_series.h"
#include "support/unit.h"
#include "train/train_log.h"

#include <unistd.h>

#define KILLS 40
#define STEPS_MAX 20000
#define SAVE_EVERY 5 // steps between checkpoints

static scratch box;

// A training run that saves every few steps and says so.
static void run_until_killed(void *ctx, int report) {
    const uint64_t from = *(const uint64_t *)ctx;
    train_log *log = NULL;
    const axl_status opened = from == 0 ? train_log_open(&log, box.folder, NULL)
                                        : train_log_resume(&log, box.folder, from, NULL);
    if (opened != AXL_OK) _exit(1);
    for (uint64_t step = from + 1;; step++) {
        const train_row row = log_case_row(step);
        os_sleep_ns(200000); // a step
        if (train_log_row(log, &row, NULL) != AXL_OK) _exit(2);
        if (step % SAVE_EVERY != 0) continue;
        if (train_log_sync(log, NULL) != AXL_OK) _exit(3);
        kill_report(report, step);
    }
}

// Kills a run that goes on at `from` after some time; the last step that it saved.
static uint64_t kill_a_run(uint64_t from, uint64_t delay_ns) {
    const kill_end end = kill_after(&(kill_victim){run_until_killed, &from}, delay_ns);
    assert_true(end.killed);
    return end.reported ? end.last : from;
}

static void killed_runs_leave_no_gap(void **state) {
    (void)state;
    static uint64_t steps[STEPS_MAX];
    static float values[STEPS_MAX];
    uint64_t saved = 0, longest = 20000000;
    size_t kills = 0, progress = 0;
    scratch_make(&box);
    // How long a run takes to its first checkpoint is the disk's: the times grow until half of the
    // runs come that far, so that the kills fall before it and after it.
    for (; kills < KILLS || progress < KILLS / 4; kills++) {
        const uint64_t before = saved;
        assert_true(kills < 10 * KILLS);
        saved = kill_a_run(saved, (kills * 2654435761u >> 8) % longest);
        progress += saved > before;
        longest = saved > before ? longest - longest / 8 : longest + longest / 6;
        if (saved == 0) continue;
        train_log *log = NULL;
        assert_int_equal(train_log_resume(&log, box.folder, saved, NULL), AXL_OK);
        assert_int_equal(train_log_close(log, NULL), AXL_OK);
        assert_int_equal(log_case_csv_steps(scratch_path(&box, "log.csv"), steps, STEPS_MAX),
                         saved);
        for (uint64_t n = 0; n < saved; n++) assert_int_equal(steps[n], n + 1);
        const size_t points = log_case_points(scratch_path(&box, "tensorboard"), "train/bpb", steps,
                                              values, STEPS_MAX);
        assert_int_equal(points, saved);
        for (uint64_t n = 0; n < saved; n++) assert_int_equal(steps[n], n + 1);
    }
    scratch_remove(&box);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(killed_runs_leave_no_gap)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
