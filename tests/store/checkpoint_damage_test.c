// Damaged checkpoints: none is taken for whole, the one before is found, and the user is told.
#include "base/alloc.h"
#include "os/file.h"
#include "store/checkpoint_case.h"
#include "support/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OLDER "step-0000000001"
#define NEWER "step-0000000002"
#define HEADER_STRIDE 7 // shorter than any member that is named

static checkpoint_case run;

static int make_two(void **state) {
    (void)state;
    checkpoint_case_make(&run);
    if (checkpoint_case_save(&run, 1, 2, false, NULL) != AXL_OK) return 1;
    return checkpoint_case_save(&run, 2, 2, false, NULL) == AXL_OK ? 0 : 1;
}

static int free_run(void **state) {
    (void)state;
    checkpoint_case_free(&run);
    return 0;
}

static const char *inside(const char *name, const char *file) {
    char below[128];
    snprintf(below, sizeof below, "checkpoints/%s/%s", name, file);
    return checkpoint_case_path(&run, below);
}

// The older one must be found, with a line about the newer one that says why.
static void assert_passed_over(const char *why) {
    checkpoint_found f;
    axl_error err = {AXL_OK, ""};
    if (checkpoint_find(&f, run.out, &err) != AXL_OK) fail_msg("%s", err.text);
    const char *line = buf_string(&f.passed);
    if (f.progress.step != 1 || strncmp(line, NEWER ": ", strlen(NEWER) + 2) != 0 ||
        strchr(line, '\n') != line + strlen(line) - 1 || !strstr(line, why))
        fail_msg("step %d, not %s: %s", (int)f.progress.step, why, line);
    checkpoint_found_free(&f);
    assert_int_equal(checkpoint_case_load(&run), 1);
}

// Bytes of the header of a safetensors file, its prefix included; all of any other file.
static size_t header_bytes(const char *name, const unsigned char *file, size_t size) {
    if (!strstr(name, ".safetensors")) return size;
    return 8 + (file[0] | (size_t)file[1] << 8 | (size_t)file[2] << 16);
}

// Flips bits in bytes all over the header and the data.
static void flip_bits(const char *name, size_t data_stride, size_t harmless) {
    const char *path = inside(NEWER, name);
    void *whole = NULL;
    size_t size = 0, tried = 0, unnoticed = 0;
    assert_int_equal(os_file_read(path, SIZE_MAX, &whole, &size, NULL), AXL_OK);
    unsigned char *file = whole;
    const size_t header = header_bytes(name, file, size);
    assert_true(header <= size);
    for (size_t i = 0; i < size; i += i < header ? HEADER_STRIDE : data_stride, tried++) {
        const unsigned char flip = (unsigned char)(1u << tried % 8);
        file[i] ^= flip;
        scratch_write(inside(NEWER, name), file, size);
        file[i] ^= flip;
        // Nothing in what is loaded may be wrong, whichever one it is.
        const uint64_t step = checkpoint_case_load(&run);
        assert_true(step == 1 || (step == 2 && i < header));
        unnoticed += step == 2;
    }
    print_message("%s: %zu flips, %zu of them harmless\n", name, tried, unnoticed);
    assert_true(tried > 60);
    assert_true(unnoticed <= harmless);
    scratch_write(inside(NEWER, name), file, size);
    mem_free(whole);
    assert_int_equal(checkpoint_case_load(&run), 2);
}

static void no_flipped_bit_is_loaded(void **state) {
    (void)state;
    flip_bits("config.json", 1, 0);
    // Harmless is only the note `format`, which is for other programs: "format":"pt".
    flip_bits("model.safetensors", 211, 2);
    flip_bits("state.safetensors", 211, 1);
}

static void no_cut_file_is_loaded(void **state) {
    (void)state;
    static const char *const names[] = {"config.json", "model.safetensors", "state.safetensors"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        void *whole = NULL;
        size_t size = 0;
        assert_int_equal(os_file_read(inside(NEWER, names[i]), SIZE_MAX, &whole, &size, NULL),
                         AXL_OK);
        for (size_t cut = 0; cut < 60; cut++) {
            scratch_write(inside(NEWER, names[i]), whole, size * cut / 60);
            assert_int_equal(checkpoint_case_load(&run), 1);
        }
        scratch_write(inside(NEWER, names[i]), whole, size);
        mem_free(whole);
    }
    assert_int_equal(checkpoint_case_load(&run), 2);
}

static void missing_files_are_told(void **state) {
    (void)state;
    static const char *const names[] = {"config.json", "model.safetensors", "state.safetensors"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char away[SCRATCH_PATH_MAX + 256];
        snprintf(away, sizeof away, "%s/away", run.box.folder);
        assert_int_equal(rename(inside(NEWER, names[i]), away), 0);
        assert_passed_over(names[i]);
        assert_int_equal(rename(away, inside(NEWER, names[i])), 0);
    }
    assert_int_equal(checkpoint_case_load(&run), 2);
}

static void files_of_another_checkpoint_are_told(void **state) {
    (void)state;
    assert_int_equal(unlink(inside(NEWER, "model.safetensors")), 0);
    assert_int_equal(link(inside(OLDER, "model.safetensors"), inside(NEWER, "model.safetensors")),
                     0);
    assert_passed_over("belongs to another checkpoint");
}

// Finds `from` in the header of the newer state and makes it `to`, of the same length.
static void edit_state(const char *from, const char *to) {
    void *whole = NULL;
    size_t size = 0;
    assert_int_equal(
        os_file_read(inside(NEWER, "state.safetensors"), SIZE_MAX, &whole, &size, NULL), AXL_OK);
    char *at = strstr((char *)whole + 8, from);
    assert_non_null(at);
    memcpy(at, to, strlen(to));
    scratch_write(inside(NEWER, "state.safetensors"), whole, size);
    mem_free(whole);
}

static void other_versions_are_told(void **state) {
    (void)state;
    edit_state("\"axl_checkpoint\":\"2\"", "\"axl_checkpoint\":\"3\"");
    assert_passed_over("a checkpoint of format 3, this program reads 2");
}

static void changed_facts_are_told(void **state) {
    (void)state;
    edit_state("\"axl_step\":\"2\"", "\"axl_step\":\"9\"");
    assert_passed_over("the notes were damaged");
    edit_state("\"axl_step\":\"9\"", "\"axl_step\":\"x\"");
    assert_passed_over("axl_step is x");
    edit_state("\"axl_step\"", "\"axl_stop\"");
    assert_passed_over("axl_step is missing");
}

static void no_fall_back_is_an_error(void **state) {
    (void)state;
    checkpoint_found f;
    axl_error err = {AXL_OK, ""};
    scratch_text(inside(OLDER, "config.json"), "");
    scratch_text(inside(NEWER, "state.safetensors"), "");
    assert_int_equal(checkpoint_find(&f, run.out, &err), AXL_BAD_FILE);
    assert_non_null(strstr(err.text, "no checkpoint of 2 can be used; " NEWER));
    assert_non_null(strstr(buf_string(&f.passed), "\n" OLDER ": "));
    assert_null(f.path);
    checkpoint_found_free(&f);
    // Saving goes on, and leaves alone what cannot be read.
    assert_int_equal(checkpoint_case_save(&run, 3, 1, false, &err), AXL_OK);
    assert_int_equal(checkpoint_case_load(&run), 3);
    assert_int_equal(access(inside(NEWER, "model.safetensors"), F_OK), 0);
    assert_int_equal(access(inside(OLDER, "model.safetensors"), F_OK), -1);
    assert_int_equal(errno, ENOENT);
}

static void other_things_are_no_checkpoints(void **state) {
    (void)state;
    static const char *const names[] = {"step-1",           "step-000000000x",   "notes",
                                        "step-0000000009.", "step-0000000009.x", ".axl-tmp-1"};
    for (size_t i = 0; i < COUNT_OF(names); i++)
        assert_int_equal(mkdir(inside(names[i], ""), 0777), 0);
    checkpoint_found f;
    assert_int_equal(checkpoint_find(&f, run.out, NULL), AXL_OK);
    assert_int_equal(f.progress.step, 2);
    assert_int_equal(f.passed.size, 0);
    checkpoint_found_free(&f);
    // A file instead of the folder, and no folder at all.
    checkpoint_found none;
    assert_int_equal(checkpoint_find(&none, inside(NEWER, "config.json"), NULL), AXL_NOT_FOUND);
    checkpoint_found_free(&none);
    assert_int_equal(checkpoint_find(&none, "", NULL), AXL_BAD_ARGUMENT);
    checkpoint_found_free(&none);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, make_two, free_run)

int main(void) {
    // Thousands of files, and nothing here depends on what a disk does: memory if possible.
    if (access("/dev/shm", W_OK) == 0) (void)setenv("TMPDIR", "/dev/shm", 0);
    const struct CMUnitTest tests[] = {
        CASE(no_flipped_bit_is_loaded), CASE(no_cut_file_is_loaded),
        CASE(missing_files_are_told),   CASE(files_of_another_checkpoint_are_told),
        CASE(other_versions_are_told),  CASE(changed_facts_are_told),
        CASE(no_fall_back_is_an_error), CASE(other_things_are_no_checkpoints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
