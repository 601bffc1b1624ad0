// .pt files: what torch.save writes is read, and what could mislead a reader is refused.
#include "formats/torch_pt.h"

#include "base/error.h"
#include "formats/corpus_case.h"
#include "os/fault_plan.h"
#include "os/scratch.h"
#include "support/failing_alloc.h"
#include "support/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static axl_status open_and_check(torch_pt *t, os_map **map, const char *path, axl_error *err) {
    FORWARD(os_map_open(map, path, err));
    const byte_source from = byte_source_of_map(*map, path);
    axl_status status = torch_pt_read(t, &from, err);
    if (status == AXL_OK) status = torch_pt_check(t, err);
    if (status == AXL_OK) return AXL_OK;
    torch_pt_free(t);
    os_map_close(*map);
    return status;
}

static void visit(const char *name, bool good, const char *path) {
    torch_pt t;
    os_map *map;
    axl_error err = {0};
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    failing_alloc_install();
    const axl_status status = open_and_check(&t, &map, path, &err);
    if (status == AXL_OK) {
        torch_pt_free(&t);
        os_map_close(map);
    }
    const size_t peak = failing_alloc_peak_bytes();
    failing_alloc_remove();
    if (status != (good ? AXL_OK : AXL_BAD_FILE)) fail_msg("%s: %d %s", name, status, err.text);
    if (!good && !strstr(err.text, name)) fail_msg("%s: %s", name, err.text);
    if (peak > CORPUS_MEMORY((size_t)info.st_size)) fail_msg("%s: %zu bytes", name, peak);
}

static void every_fault_is_refused(void **state) {
    (void)state;
    assert_true(corpus_each("torch_pt", visit) > 250);
}

static void open_good(torch_pt *t, os_map **map, const char *name) {
    char path[1024];
    axl_error err = {0};
    snprintf(path, sizeof path, "%s/torch_pt/%s", CORPUS_FOLDER, name);
    if (open_and_check(t, map, path, &err) != AXL_OK) fail_msg("%s", err.text);
}

// The storage holds the bytes 0 to 23: number i of it is 0x03020100 + i * 0x04040404.
static void check_numbers(const char *file, const size_t *index, size_t count) {
    torch_pt t;
    os_map *map;
    uint32_t got[6];
    open_good(&t, &map, file);
    const torch_tensor *w = torch_pt_find(&t, "w");
    assert_non_null(w);
    assert_int_equal(w->elements, count);
    assert_int_equal(w->type, DTYPE_F32);
    assert_int_equal(torch_pt_copy(&t, w, got, NULL), AXL_OK);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(got[i], 0x03020100u + 0x04040404u * (uint32_t)index[i]);
    torch_pt_free(&t);
    os_map_close(map);
}

static void strides_are_followed(void **state) {
    (void)state;
    check_numbers("good_plain", (size_t[]){0, 1, 2, 3, 4, 5}, 6);
    check_numbers("good_wide", (size_t[]){0, 1, 2, 3, 4, 5}, 6);
    check_numbers("good_transposed", (size_t[]){0, 3, 1, 4, 2, 5}, 6);
    check_numbers("good_part", (size_t[]){2, 3, 4, 5}, 4);
    check_numbers("good_number", (size_t[]){0}, 1);
    check_numbers("good_empty_tensor", NULL, 0);
    check_numbers("good_parameter", (size_t[]){0, 1, 2, 3, 4, 5}, 6);
    check_numbers("good_root", (size_t[]){0, 1, 2, 3, 4, 5}, 6);
}

static void members_are_data(void **state) {
    (void)state;
    torch_pt t;
    os_map *map;
    open_good(&t, &map, "good_members");
    const pickle_value *c = pickle_find(t.root, "config");
    assert_non_null(c);
    assert_int_equal(c->kind, PICKLE_DICT);
    assert_int_equal(pickle_find(c, "d")->of.number, 5);
    assert_true(pickle_find(c, "e")->of.real == 0.5);
    assert_true(pickle_find(c, "f")->of.truth);
    assert_int_equal(pickle_find(c, "n")->kind, PICKLE_NONE);
    assert_true(pickle_find(c, "big")->of.number == (int64_t)1 << 40);
    assert_int_equal(pickle_find(c, "neg")->of.number, -7);
    const pickle_value *l = pickle_find(c, "l");
    assert_int_equal(l->count, 2);
    assert_int_equal(l->of.last->value->of.number, 512);
    assert_int_equal(l->of.last->next->value->of.number, 1);
    assert_int_equal(pickle_item(pickle_find(c, "t"), 1)->of.number, 2);
    assert_null(pickle_item(pickle_find(c, "t"), 2));
    assert_null(pickle_find(c, "none"));
    torch_pt_free(&t);
    os_map_close(map);
}

// ---- writing ------------------------------------------------------------------------------------

static scratch box;
static char path[SCRATCH_PATH_MAX + 64];

static int make_box(void **state) {
    (void)state;
    scratch_make(&box);
    strcpy(path, scratch_path(&box, "x.pt"));
    return 0;
}

static int remove_box(void **state) {
    (void)state;
    fault_plan_clear();
    scratch_remove(&box);
    return 0;
}

static const float numbers[12] = {1, -2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
static const uint16_t halves[5] = {1, 2, 3, 4, 65535};
static const torch_item items[] = {
    {.name = "a.weight", .type = DTYPE_F32, .dims = 3, .dim = {2, 2, 3}, .data = numbers},
    {.name = "b", .type = DTYPE_BF16, .dims = 1, .dim = {5}, .data = halves},
    {.name = "c", .type = DTYPE_F16, .dims = 1, .dim = {5}, .data = halves},
    {.name = "one", .type = DTYPE_F32, .dims = 0, .data = numbers},
};

static axl_status write_sample(void *ctx, axl_error *err) {
    (void)ctx;
    buf members = {0};
    pickle_put_text(&members, "step", 4);
    pickle_put_number(&members, (uint64_t)1 << 33);
    pickle_put_text(&members, "rate", 4);
    pickle_put_real(&members, -1e-3);
    pickle_put_text(&members, "caf\xC3\xA9", 5);
    pickle_put_number(&members, 300);
    const torch_content c = {
        .state = "model_state_dict", .item = items, .items = COUNT_OF(items), .members = &members};
    const axl_status status = torch_pt_write(path, &c, err);
    buf_free(&members);
    return status;
}

static bool reads_the_same(const char *at) {
    torch_pt t;
    os_map *map;
    axl_error err = {0};
    const axl_status status = open_and_check(&t, &map, at, &err);
    assert_true(status == AXL_OK || (status == AXL_BAD_FILE && err.text[0]));
    if (status != AXL_OK) return false;
    assert_int_equal(t.count, COUNT_OF(items));
    for (size_t i = 0; i < COUNT_OF(items); i++) {
        uint8_t got[sizeof numbers];
        const torch_tensor *w = torch_pt_find(&t, items[i].name);
        assert_non_null(w);
        assert_int_equal(w->type, items[i].type);
        assert_int_equal(w->dims, items[i].dims);
        assert_memory_equal(w->dim, items[i].dim, w->dims * sizeof *w->dim);
        assert_int_equal(torch_pt_copy(&t, w, got, NULL), AXL_OK);
        assert_memory_equal(got, items[i].data, w->bytes);
        assert_int_equal(w->entry->begin % 64, 0);
    }
    assert_true(pickle_find(t.root, "step")->of.number == (int64_t)1 << 33);
    assert_true(pickle_find(t.root, "rate")->of.real == -1e-3);
    assert_int_equal(pickle_find(t.root, "caf\xC3\xA9")->of.number, 300);
    torch_pt_free(&t);
    os_map_close(map);
    return true;
}

static void what_was_written_is_read(void **state) {
    (void)state;
    axl_error err = {0};
    if (write_sample(NULL, &err) != AXL_OK) fail_msg("%s", err.text);
    assert_true(reads_the_same(path));
    // What is not noticed: times, versions and padding of the archive.
    assert_true(corpus_flip(path, 2000, reads_the_same) < 700);
}

static void memory_and_calls_may_fail_anywhere(void **state) {
    (void)state;
    assert_true(for_each_failing_alloc(write_sample, NULL) > 8);
    assert_true(reads_the_same(path));
    for (size_t n = 1;; n++) {
        fault_plan plan;
        fault_plan_set(&plan, FAULT_ANY, n, false, EIO);
        axl_error err = {0};
        const axl_status status = write_sample(NULL, &err);
        const bool done = plan.hit == FAULT_ANY;
        fault_plan_clear();
        assert_true(reads_the_same(path));
        assert_int_equal(scratch_count(&box, ""), 1);
        if (done) assert_int_equal(status, AXL_OK);
        if (done) break;
    }
}

#define IN_BOX(test) cmocka_unit_test_setup_teardown(test, make_box, remove_box)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_fault_is_refused),   cmocka_unit_test(strides_are_followed),
        cmocka_unit_test(members_are_data),         IN_BOX(what_was_written_is_read),
        IN_BOX(memory_and_calls_may_fail_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
