// kill -9 at random moments of saving: a complete checkpoint is always there, never older than the
// last that was acknowledged, OUT is a model directory, and litter does not pile up.
#include "os/clock.h"
#include "store/checkpoint_case.h"
#include "support/kill_series.h"
#include "support/unit.h"

#include <unistd.h>

#define KILLS 200
#define TEMP ".axl-tmp-"

static checkpoint_case run;

static axl_status save(uint64_t step) {
    return checkpoint_case_save(&run, step, 2, step % 3 == 0, NULL);
}

static void save_until_killed(void *ctx, int report) {
    for (uint64_t step = *(const uint64_t *)ctx;; step++) {
        if (save(step) != AXL_OK) _exit(1);
        kill_report(report, step);
    }
}

// Starts a saver, kills it after delay_ns, and returns the last step that it acknowledged.
static uint64_t kill_a_saver(uint64_t first, uint64_t delay_ns) {
    const kill_end end = kill_after(&(kill_victim){save_until_killed, &first}, delay_ns);
    assert_true(end.killed); // it never gave up by itself
    return end.reported ? end.last : first - 1;
}

// Half of the kills come within the first save, the others within about three.
static uint64_t delay(uint64_t random, uint64_t save_ns) {
    const uint64_t most = save_ns < 100000000 ? save_ns : 100000000;
    return random / 2 % (random & 1 ? most : 3 * most) + 1;
}

static void kills_lose_nothing(void **state) {
    (void)state;
    checkpoint_case_make(&run);
    uint64_t current = 3, published = 3, random = os_wall_ns();
    assert_int_equal(save(1), AXL_OK);
    const uint64_t start = os_clock_ns();
    assert_int_equal(save(2), AXL_OK);
    assert_int_equal(save(3), AXL_OK);
    const uint64_t save_ns = (os_clock_ns() - start) / 2;
    print_message("seed %llu\n", (unsigned long long)random);
    size_t littered = 0, unfinished = 0;
    for (int i = 0; i < KILLS; i++) {
        const uint64_t acknowledged =
            kill_a_saver(current + 1, delay(kill_random(&random), save_ns));
        // What was acknowledged is in OUT. A kill may come when a checkpoint is in place and OUT
        // not yet brought up to date, and so may the next ones.
        unfinished = acknowledged > current ? 0 : unfinished + 1;
        if (acknowledged > current) published = acknowledged;
        current = checkpoint_case_load(&run);
        // The one that was under way may be in place without having been acknowledged.
        assert_true(current == acknowledged || current == acknowledged + 1);
        const uint64_t out = checkpoint_case_out(&run);
        assert_true(out == published || out == current);
        published = out;
        const size_t litter = checkpoint_case_count(&run, "checkpoints", TEMP);
        assert_true(litter <= 1); // each save removes what the one before it left
        assert_true(checkpoint_case_count(&run, "", TEMP) <= 3);
        // Two, the best, one that was under way, and one for each kill before what is old could go.
        assert_true(checkpoint_case_count(&run, "checkpoints", "step-") <= 4 + unfinished);
        littered += litter;
    }
    print_message("%d kills, %d checkpoints, %zu kills left litter\n", KILLS, (int)current,
                  littered);
    assert_true(current > KILLS / 10);
    assert_true(littered > KILLS / 20); // else the kills did not hit what they should
    do {
        assert_int_equal(save(++current), AXL_OK);
    } while (current % 3 != 0);
    assert_int_equal(checkpoint_case_count(&run, "checkpoints", ""), 2);
    assert_int_equal(checkpoint_case_count(&run, "", ""), 5);
    assert_int_equal(checkpoint_case_out(&run), current);
    checkpoint_case_free(&run);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kills_lose_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
