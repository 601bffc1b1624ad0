// Checkpoints: saved, found, read back, rotated, and everything that may be wrong with one.
#include "store/checkpoint.h"

#include "base/alloc.h"
#include "os/fault_plan.h"
#include "os/file.h"
#include "store/checkpoint_best.h"
#include "store/checkpoint_case.h"
#include "store/finite.h"
#include "support/failing_alloc.h"
#include "support/unit.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static checkpoint_case run;

static int make_run(void **state) {
    (void)state;
    checkpoint_case_make(&run);
    return 0;
}

static int free_run(void **state) {
    (void)state;
    fault_plan_clear();
    checkpoint_case_free(&run);
    return 0;
}

static void save(uint64_t step, size_t keep, bool best) {
    axl_error err = {AXL_OK, ""};
    if (checkpoint_case_save(&run, step, keep, best, &err) != AXL_OK) fail_msg("%s", err.text);
}

static bool is_there(const char *name) {
    return access(checkpoint_case_path(&run, name), F_OK) == 0;
}

static size_t count_checkpoints(void) {
    return checkpoint_case_count(&run, "checkpoints", "");
}

static void all_of_it_comes_back(void **state) {
    (void)state;
    for (uint64_t step = 1; step < 40; step += 7) {
        save(step, 3, false);
        assert_int_equal(checkpoint_case_load(&run), step);
        assert_int_equal(checkpoint_case_out(&run), step);
    }
}

// Every rule, with the moments that it has.
static void optimizers_without_and_with_two_moments(void **state) {
    (void)state;
    const checkpoint_policy policy = {.keep_last = 1};
    for (size_t moments = 0; moments <= 2; moments += 2) {
        checkpoint_case_step(&run, 3);
        float *first = run.blocks.moment[0], *second = calloc(run.table.numbers, sizeof *second);
        float *other = calloc(run.table.numbers, sizeof *other);
        run.run.blocks.rule = moments == 0 ? OPTIMIZER_SGD : OPTIMIZER_ADAMW;
        run.run.blocks.moment[0] = moments == 0 ? NULL : first;
        run.run.blocks.moment[1] = moments == 0 ? NULL : second;
        checkpoint_case_fill(&run.run.blocks, 3);
        assert_int_equal(checkpoint_save(run.out, &run.run, &policy, &run.scalar, NULL), AXL_OK);
        checkpoint_found f;
        assert_int_equal(checkpoint_find(&f, run.out, NULL), AXL_OK);
        assert_int_equal(f.moments, moments);
        checkpoint_blocks to = run.run.blocks;
        if (moments == 2) to.moment[1] = other;
        assert_int_equal(checkpoint_load(&f, &to, &run.scalar, NULL), AXL_OK);
        assert_memory_equal(other, second, run.table.numbers * sizeof *other);
        checkpoint_found_free(&f);
        free(second);
        free(other);
    }
}

static void the_model_is_another_name_of_the_newest(void **state) {
    (void)state;
    struct stat out, inside;
    save(5, 2, false);
    save(6, 2, false);
    const char *name = "checkpoints/step-0000000006/model.safetensors";
    assert_int_equal(stat(checkpoint_case_path(&run, "model.safetensors"), &out), 0);
    assert_int_equal(stat(checkpoint_case_path(&run, name), &inside), 0);
    assert_int_equal(out.st_ino, inside.st_ino);
    // What a person changed in the settings of generation stays.
    scratch_text(checkpoint_case_path(&run, "generation_config.json"), "mine");
    scratch_text(checkpoint_case_path(&run, "config.json"), "damaged");
    save(7, 2, false);
    assert_int_equal(checkpoint_case_out(&run), 7);
    assert_true(scratch_holds(checkpoint_case_path(&run, "generation_config.json"), "mine", 4));
}

static void old_ones_go(void **state) {
    (void)state;
    for (uint64_t step = 1; step <= 6; step++) save(step, 3, false);
    assert_int_equal(count_checkpoints(), 3);
    assert_true(is_there("checkpoints/step-0000000004"));
    save(7, 0, false);
    assert_int_equal(count_checkpoints(), 1);
    assert_int_equal(checkpoint_case_load(&run), 7);
    assert_false(is_there("best"));
}

static void the_best_stays(void **state) {
    (void)state;
    for (uint64_t step = 1; step <= 6; step++) save(step, 2, step == 2);
    assert_int_equal(count_checkpoints(), 3);
    assert_true(is_there("checkpoints/step-0000000002/state.safetensors"));
    assert_true(is_there("best/model.safetensors"));
    char text[128] = "";
    assert_true(readlink(checkpoint_case_path(&run, "best"), text, sizeof text - 1) > 0);
    assert_string_equal(text, "checkpoints/step-0000000002");
    assert_int_equal(checkpoint_case_load(&run), 6);
    save(7, 2, true);
    assert_int_equal(count_checkpoints(), 2);
    assert_false(is_there("checkpoints/step-0000000002"));
    // Where there are no links a file says which one it is.
    assert_int_equal(unlink(checkpoint_case_path(&run, "best")), 0);
    scratch_text(checkpoint_case_path(&run, "best"), "checkpoints/step-0000000006");
    for (uint64_t step = 8; step <= 12; step++) save(step, 2, false);
    assert_int_equal(count_checkpoints(), 3);
    assert_true(is_there("checkpoints/step-0000000006"));
}

static void the_best_is_shown(void **state) {
    (void)state;
    axl_error err;
    checkpoint_best best;
    assert_int_equal(checkpoint_best_find(&best, run.out, &err), AXL_NOT_FOUND);
    buf_free(&best.path);
    save(1, 2, true);
    save(2, 2, false);
    assert_int_equal(checkpoint_best_find(&best, run.out, &err), AXL_OK);
    assert_int_equal(best.progress.step, 1);
    assert_int_equal(checkpoint_case_out(&run), 2);
    assert_int_equal(checkpoint_best_show(&best, run.out, &err), AXL_OK);
    assert_int_equal(checkpoint_case_out(&run), 1);
    assert_int_equal(checkpoint_case_load(&run), 2); // to go on with
    buf_free(&best.path);
    save(3, 2, false);
    assert_int_equal(checkpoint_case_out(&run), 3);
    // Nothing outside is followed.
    static const char *const bad[] = {
        "../elsewhere", "checkpoints/step-/../..", "/etc",
        "checkpoints/", "checkpoints/step-",       "checkpoints/step-1/x"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_int_equal(unlink(checkpoint_case_path(&run, "best")), 0);
        assert_int_equal(symlink(bad[i], checkpoint_case_path(&run, "best")), 0);
        assert_int_equal(checkpoint_best_find(&best, run.out, &err), AXL_BAD_FILE);
        buf_free(&best.path);
    }
}

// The first link of a save is the model's, the second that of the best.
// A save that was killed after the checkpoint was in place and before OUT was.
static void a_killed_save_is_brought_to_its_end(void **state) {
    (void)state;
    axl_error err = {AXL_OK, ""};
    checkpoint_found found;
    save(5, 2, false);
    save(6, 2, true);
    assert_int_equal(unlink(checkpoint_case_path(&run, "best")), 0);
    assert_int_equal(unlink(checkpoint_case_path(&run, "model.safetensors")), 0);
    assert_int_equal(
        link(checkpoint_case_path(&run, "checkpoints/step-0000000005/model.safetensors"),
             checkpoint_case_path(&run, "model.safetensors")),
        0);
    assert_int_equal(checkpoint_case_out(&run), 5);
    assert_int_equal(checkpoint_find(&found, run.out, &err), AXL_OK);
    assert_true(found.is_best);
    if (checkpoint_publish(run.out, &found, &err) != AXL_OK) fail_msg("%s", err.text);
    checkpoint_found_free(&found);
    assert_int_equal(checkpoint_case_load(&run), 6);
    assert_int_equal(checkpoint_case_out(&run), 6);
    char text[128] = "";
    assert_true(readlink(checkpoint_case_path(&run, "best"), text, sizeof text - 1) > 0);
    assert_string_equal(text, "checkpoints/step-0000000006");
}

static void no_links_mean_copies(void **state) {
    (void)state;
    fault_plan faults;
    struct stat info;
    save(1, 2, false);
    fault_plan_set(&faults, OS_CALL_LINK, 1, true, EPERM);
    save(2, 2, true);
    fault_plan_clear();
    assert_int_equal(checkpoint_case_out(&run), 2);
    assert_int_equal(stat(checkpoint_case_path(&run, "model.safetensors"), &info), 0);
    assert_int_equal(info.st_nlink, 1);
    static const char best[] = "checkpoints/step-0000000002";
    assert_true(scratch_holds(checkpoint_case_path(&run, "best"), best, sizeof best - 1));
}

// A run that went back saves older steps, and the same ones again.
static void the_newest_is_the_last_that_was_saved(void **state) {
    (void)state;
    save(10, 4, false);
    save(20, 4, false);
    save(15, 4, false);
    assert_int_equal(checkpoint_case_load(&run), 15);
    save(20, 4, false);
    assert_true(is_there("checkpoints/step-0000000020.2"));
    save(20, 4, false);
    assert_true(is_there("checkpoints/step-0000000020.3"));
    assert_int_equal(checkpoint_case_load(&run), 20);
    assert_int_equal(count_checkpoints(), 4);
    assert_false(is_there("checkpoints/step-0000000010"));
}

static void nothing_that_is_not_finite_is_saved(void **state) {
    (void)state;
    const float bad[] = {NAN, -NAN, INFINITY, -INFINITY};
    save(1, 2, false);
    for (size_t i = 0; i < COUNT_OF(bad) * 2; i++) {
        axl_error err = {AXL_OK, ""};
        checkpoint_case_step(&run, 2);
        const param *row = &run.table.list[i * 5];
        float *block = i % 2 ? run.blocks.moment[0] : run.blocks.weights;
        block[row->offset + row->count / 2] = bad[i / 2];
        const checkpoint_policy policy = {.keep_last = 1, .is_best = true};
        assert_int_equal(checkpoint_save(run.out, &run.run, &policy, &run.scalar, &err),
                         AXL_NUMERIC);
        assert_non_null(strstr(err.text, row->name));
        assert_true((strstr(err.text, "moment.0.") != NULL) == (i % 2 == 1));
    }
    assert_int_equal(count_checkpoints(), 1);
    assert_int_equal(checkpoint_case_load(&run), 1);
}

static void the_scan_finds_every_place(void **state) {
    (void)state;
    const size_t count = 10000;
    float *x = malloc(count * sizeof *x);
    for (size_t i = 0; i < count; i++) x[i] = i % 3 ? 3.4e38f : -1e-45f;
    assert_int_equal(finite_until(x, count), count);
    assert_int_equal(finite_until(x, 0), 0);
    for (size_t i = 0; i < count; i += i % 97 + 1) {
        const float kept = x[i];
        x[i] = i % 2 ? NAN : -INFINITY;
        assert_int_equal(finite_until(x, count), i);
        assert_int_equal(finite_until(x, i), i);
        x[i] = kept;
    }
    free(x);
}

static void facts_must_make_sense(void **state) {
    (void)state;
    const checkpoint_policy policy = {.keep_last = 1};
    for (size_t i = 0; i < 5; i++) {
        axl_error err = {AXL_OK, ""};
        checkpoint_case_step(&run, 1);
        const checkpoint_setting twice[] = {{"same", "1"}, {"same", "2"}},
                                 bytes[] = {{"a", "\xff"}};
        if (i == 0) run.run.progress.seconds = NAN;
        if (i == 1) run.run.progress.rate_scale = INFINITY;
        if (i == 2) run.run.progress.best_bpb = -1;
        if (i == 3) run.run.setting = twice, run.run.settings = 2;
        if (i == 4) run.run.setting = bytes, run.run.settings = 1;
        assert_int_equal(checkpoint_save(run.out, &run.run, &policy, &run.scalar, &err),
                         AXL_BAD_ARGUMENT);
        checkpoint_found f;
        assert_int_equal(checkpoint_find(&f, run.out, &err), AXL_NOT_FOUND);
        assert_non_null(strstr(err.text, "has no checkpoints"));
        checkpoint_found_free(&f);
    }
}

static void assert_not_loaded(const checkpoint_found *f, const checkpoint_blocks *to,
                              const char *first, const char *second) {
    axl_error err = {AXL_OK, ""};
    const axl_status status = checkpoint_load(f, to, &run.scalar, &err);
    if (status != AXL_BAD_FILE || !strstr(err.text, first) || !strstr(err.text, second))
        fail_msg("%s %s", axl_status_name(status), err.text);
}

static void other_models_are_refused(void **state) {
    (void)state;
    checkpoint_found f;
    save(1, 1, false);
    assert_int_equal(checkpoint_find(&f, run.out, NULL), AXL_OK);
    const char *const names[] = {"vocab_size", "d_model",     "n_heads", "n_layers_per_scale",
                                 "rope_theta", "max_seq_len", "dropout", "fine_exit"};
    const double values[] = {264, 12, 1, 2, 500, 128, 0.5, 0.25};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        axl_error err = {AXL_OK, ""};
        const bool fits = i >= 5;
        model_config config = run.table.config;
        assert_int_equal(config_set(&config, config_field_find(names[i]), values[i], NULL), AXL_OK);
        param_table table;
        assert_int_equal(params_build(&table, &config, NULL), AXL_OK);
        checkpoint_blocks to = {.table = &table, .rule = OPTIMIZER_LION};
        to.weights = calloc(table.numbers, sizeof(float));
        to.moment[0] = calloc(table.numbers, sizeof(float));
        checkpoint here = run.run;
        here.blocks = to;
        const checkpoint_policy policy = {.keep_last = 9};
        const axl_status saved = checkpoint_save(run.out, &here, &policy, &run.scalar, &err);
        assert_int_equal(saved, fits ? AXL_OK : AXL_BAD_FILE);
        if (fits) {
            assert_int_equal(checkpoint_load(&f, &to, &run.scalar, NULL), AXL_OK);
        } else {
            assert_non_null(strstr(err.text, names[i]));
            assert_not_loaded(&f, &to, names[i], "holds another model");
        }
        free(to.weights);
        free(to.moment[0]);
        params_free(&table);
    }
    assert_int_equal(count_checkpoints(), 4);
    checkpoint_found_free(&f);
}

static void other_optimizers_are_refused(void **state) {
    (void)state;
    checkpoint_found f;
    save(1, 1, false);
    assert_int_equal(checkpoint_find(&f, run.out, NULL), AXL_OK);
    checkpoint_blocks to = run.other;
    to.rule = OPTIMIZER_SGD;
    assert_not_loaded(&f, &to, "lion", "sgd");
    to.rule = OPTIMIZER_LION;
    to.moment[0] = NULL;
    assert_not_loaded(&f, &to, "remembers 1 numbers", "this one 0");
    checkpoint_found_free(&f);
}

static void too_little_room_is_said_before(void **state) {
    (void)state;
    axl_error err = {AXL_OK, ""};
    save(1, 1, false);
    run.table.parameters = (uint64_t)1 << 55;
    assert_int_equal(checkpoint_case_save(&run, 2, 1, false, &err), AXL_IO);
    assert_non_null(strstr(err.text, "no room for a checkpoint"));
    run.table.parameters = config_parameters(&run.table.config);
    assert_int_equal(checkpoint_case_load(&run), 1);
    assert_int_equal(count_checkpoints(), 1);
}

static void the_bytes_are_those_of_the_files(void **state) {
    (void)state;
    static const char *const names[] = {"config.json", "generation_config.json",
                                        "model.safetensors", "state.safetensors"};
    uint64_t total = 0;
    save(1, 1, false);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char name[128];
        struct stat info;
        snprintf(name, sizeof name, "checkpoints/step-0000000001/%s", names[i]);
        assert_int_equal(stat(checkpoint_case_path(&run, name), &info), 0);
        total += (uint64_t)info.st_size;
    }
    const uint64_t said = checkpoint_bytes(&run.table, 1);
    assert_true(total <= said);
    assert_true(said <= total + total / 100 + (128 << 10));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, make_run, free_run)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(all_of_it_comes_back),
        CASE(optimizers_without_and_with_two_moments),
        CASE(the_model_is_another_name_of_the_newest),
        CASE(old_ones_go),
        CASE(the_best_stays),
        CASE(the_best_is_shown),
        CASE(a_killed_save_is_brought_to_its_end),
        CASE(no_links_mean_copies),
        CASE(the_newest_is_the_last_that_was_saved),
        CASE(nothing_that_is_not_finite_is_saved),
        CASE(the_scan_finds_every_place),
        CASE(facts_must_make_sense),
        CASE(other_models_are_refused),
        CASE(other_optimizers_are_refused),
        CASE(too_little_room_is_said_before),
        CASE(the_bytes_are_those_of_the_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
