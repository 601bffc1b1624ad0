// Runs that diverge. With Lion and decoupled decay a weight is multiplied by 1 - rate * decay in
// each step, so a rate that is far too large makes them grow without bound on every machine, and
// half of it may not: nothing is injected.
#include "base/alloc.h"
#include "os/file.h"
#include "run/program.h"
#include "store/model_dir.h"
#include "support/unit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static program diverging(const program_case *c, const char *out, const char *decay) {
    program p = program_train(c, out);
    program_add(&p, "--steps");
    program_add(&p, "400");
    program_set(&p, "optimizer=lion");
    program_set(&p, "schedule=constant");
    program_set(&p, "warmup=0");
    program_set(&p, "rate=30");
    program_set(&p, "embed_rate=1");
    program_set(&p, decay);
    return p;
}

static void model_is_finite(const char *out) {
    axl_error err;
    stored_model m;
    kernels k;
    assert_true(kernels_select(KERNEL_SCALAR, &k));
    if (model_dir_read(&m, out, &k, &err) != AXL_OK) fail_msg("%s", err.text);
    for (size_t i = 0; i < m.table.numbers; i++) assert_true(isfinite(m.block[i]));
    stored_model_free(&m);
}

// Twice minus 1: grows at 1 - 3 = -2 a step; with half the rate it is 1 - 1.5 = -0.5.
static void half_the_rate_helps(void **state) {
    (void)state;
    program_case c;
    program_case_make(&c);
    char out[SCRATCH_PATH_MAX + 16];
    snprintf(out, sizeof out, "%s/out", c.box.folder);
    // Without a checkpoint yet, the good weights are the first ones.
    program p = diverging(&c, out, "decay=0.1");
    program_set(&p, "checkpoint_every=0");
    program_expect(&p, 0);
    assert_int_equal(program_said_lines(&c, ": skipped, loss"), 3);
    assert_int_equal(program_said_lines(&c, "to step 0, with a rate of 0.5 of the planned one"), 1);
    assert_int_equal(program_checkpoint(out), 400);
    model_is_finite(out);
    program_case_free(&c);
}

// 1 - 30 and its halves 1 - 15, 1 - 7.5 and 1 - 3.75 all grow.
static void no_rate_helps(void **state) {
    (void)state;
    program_case c;
    program_case_make(&c);
    char out[SCRATCH_PATH_MAX + 16];
    snprintf(out, sizeof out, "%s/out", c.box.folder);
    program p = diverging(&c, out, "decay=1");
    program_set(&p, "checkpoint_every=0.000001"); // whatever can be saved is saved
    program_expect(&p, 5);
    assert_int_equal(program_said_lines(&c, "went back from step"), 3);
    assert_int_equal(program_said_lines(&c, "also after going back 3 times"), 1);
    // Says where: a tensor of the table, and a file with all of them.
    const char *where = strstr(program_said(&c), "also after going back 3 times");
    assert_true(strstr(where, "stacks.") || strstr(where, "embed") || strstr(where, "cross.") ||
                strstr(where, "fuse") || strstr(where, "down."));
    void *dump;
    size_t bytes;
    char path[SCRATCH_PATH_MAX + 64];
    snprintf(path, sizeof path, "%s/not_finite.json", out);
    assert_int_equal(os_file_read(path, (size_t)1 << 20, &dump, &bytes, NULL), AXL_OK);
    assert_non_null(strstr(dump, "\"step\": "));
    assert_non_null(strstr(dump, "\"name\": \"embed.weight\", \"weights_norm\": "));
    assert_non_null(strstr(dump, "\"gradient_not_finite\": "));
    mem_free(dump);
    assert_true(program_checkpoint(out) >= 1);
    model_is_finite(out); // nothing else was ever saved
    program_case_free(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(half_the_rate_helps),
        cmocka_unit_test(no_rate_helps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
