// Files on disk: written, read back, damaged.
#include "formats/safetensors_file.h"
#include "formats/safetensors_write.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/crc32c.h"
#include "os/fault_plan.h"
#include "os/file.h"
#include "os/scratch.h"
#include "support/failing_alloc.h"
#include "support/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static scratch box;
static char path[SCRATCH_PATH_MAX + 64];
static kernels scalar;

static int make_box(void **state) {
    (void)state;
    scratch_make(&box);
    strcpy(path, scratch_path(&box, "x.safetensors"));
    return kernels_select(KERNEL_SCALAR, &scalar) ? 0 : 1;
}

static int remove_box(void **state) {
    (void)state;
    fault_plan_clear();
    scratch_remove(&box);
    return 0;
}

// More than one piece of what is converted or read at once, and not a whole number of them.
#define LONG ((size_t)300001)

static float numbers[LONG];
static const uint8_t bytes[3] = {1, 2, 3};
static const int64_t words[2] = {INT64_MIN, 42};

static void fill_numbers(void) {
    for (size_t i = 0; i < LONG; i++) numbers[i] = (float)sin((double)i) * 100;
    numbers[0] = -0.0f;
    numbers[1] = INFINITY;
    numbers[2] = 1e-42f;
}

// A tensor of each kind, in an order that the writer must change.
static const safetensors_item items[] = {
    {.name = "bytes", .type = DTYPE_U8, .dims = 1, .dim = {3}, .data = bytes},
    {.name = "exact", .type = DTYPE_F32, .dims = 1, .dim = {LONG}, .data = numbers},
    {.name = "nothing", .type = DTYPE_F32, .dims = 2, .dim = {0, 7}, .data = NULL},
    {.name = "short", .type = DTYPE_BF16, .dims = 1, .dim = {LONG}, .data = numbers, .from_f32 = 1},
    {.name = "half", .type = DTYPE_F16, .dims = 2, .dim = {3, 7}, .data = numbers, .from_f32 = 1},
    {.name = "a \"name\"\n", .type = DTYPE_I64, .dims = 1, .dim = {2}, .data = words},
    {.name = "same", .type = DTYPE_F32, .dims = 0, .data = numbers, .from_f32 = 1},
};
static const safetensors_note notes[] = {{"step", "17"}, {"caf\xC3\xA9", "\\ \" \n"}};
static const safetensors_content content = {
    .item = items, .items = COUNT_OF(items), .note = notes, .notes = COUNT_OF(notes)};

static void write_sample(void) {
    fill_numbers();
    axl_error err = {0};
    if (safetensors_write(path, &content, &scalar, &err) != AXL_OK) fail_msg("%s", err.text);
}

static size_t index_of(const safetensors_file *f, const char *name) {
    const safetensor *t = safetensors_find(&f->table, name);
    assert_non_null(t);
    return (size_t)(t - f->table.list);
}

static void what_was_written_is_read(void **state) {
    (void)state;
    write_sample();
    safetensors_file f;
    assert_int_equal(safetensors_open(&f, path, NULL), AXL_OK);
    assert_int_equal(f.table.count, COUNT_OF(items));
    assert_int_equal(f.table.data % 64, 0);
    for (size_t i = 0; i < f.table.count; i++) {
        const safetensor *t = &f.table.list[i];
        assert_int_equal(t->begin % dtype_of(t->type)->align, 0);
    }
    assert_string_equal(safetensors_note_text(&f.table, "format"), "pt");
    for (size_t i = 0; i < COUNT_OF(notes); i++)
        assert_string_equal(safetensors_note_text(&f.table, notes[i].name), notes[i].text);

    float *exact = malloc(LONG * sizeof *exact), *rounded = malloc(LONG * sizeof *rounded);
    uint16_t *shorts = malloc(LONG * sizeof *shorts);
    float half[21];
    uint8_t small[3];
    int64_t wide[2];
    safetensors_target target[COUNT_OF(items)] = {{NULL, false}};
    target[index_of(&f, "exact")] = (safetensors_target){exact, true};
    target[index_of(&f, "short")] = (safetensors_target){rounded, true};
    target[index_of(&f, "half")] = (safetensors_target){half, true};
    target[index_of(&f, "bytes")] = (safetensors_target){small, false};
    target[index_of(&f, "a \"name\"\n")] = (safetensors_target){wide, false};
    assert_int_equal(safetensors_load(&f, &scalar, target, NULL), AXL_OK);
    assert_memory_equal(exact, numbers, LONG * sizeof *numbers);
    assert_memory_equal(small, bytes, sizeof bytes);
    assert_memory_equal(wide, words, sizeof words);
    scalar.convert->f32_to_bf16(shorts, numbers, LONG);
    for (size_t i = 0; i < LONG; i++) {
        const uint32_t bits = (uint32_t)shorts[i] << 16;
        assert_memory_equal(&rounded[i], &bits, sizeof bits);
    }
    for (size_t i = 3; i < 21; i++) assert_true(fabsf(half[i] - numbers[i]) <= 0.04f);
    // And as it is stored.
    target[index_of(&f, "short")] = (safetensors_target){rounded, false};
    assert_int_equal(safetensors_load(&f, &scalar, target, NULL), AXL_OK);
    assert_memory_equal(rounded, shorts, LONG * sizeof *shorts);
    free(exact);
    free(rounded);
    free(shorts);
    safetensors_close(&f);
}

static axl_status load_nothing(axl_error *err) {
    safetensors_file f;
    axl_status status = safetensors_open(&f, path, err);
    if (status != AXL_OK) return status;
    safetensors_target *none = calloc(f.table.count + 1, sizeof *none);
    assert_non_null(none);
    status = safetensors_load(&f, &scalar, none, err);
    free(none);
    safetensors_close(&f);
    return status;
}

// Damage to any byte of the data is found by the checksum, also in tensors that nobody wants.
static void damaged_data_is_refused(void **state) {
    (void)state;
    write_sample();
    assert_int_equal(load_nothing(NULL), AXL_OK);
    void *whole = NULL;
    size_t size = 0;
    assert_int_equal(os_file_read(path, SIZE_MAX, &whole, &size, NULL), AXL_OK);
    char *file = whole;
    const size_t data = size - (LONG * 6 + 3 + 42 + 16 + 4);
    assert_int_equal(data % 64, 0);
    const size_t places[] = {data, data + 15, data + 16, data + 1000001, size - 4, size - 1};
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        file[places[i]] = (char)(file[places[i]] ^ 1 << i);
        scratch_write(path, file, size);
        axl_error err = {0};
        assert_int_equal(load_nothing(&err), AXL_BAD_FILE);
        assert_non_null(strstr(err.text, "checksum"));
        file[places[i]] = (char)(file[places[i]] ^ 1 << i);
    }
    scratch_write(path, file, size);
    assert_int_equal(load_nothing(NULL), AXL_OK);
    mem_free(whole);
}

static axl_status load_text(const char *header, const char *data, axl_error *err) {
    buf b = {0};
    buf_u64(&b, strlen(header));
    buf_text(&b, header);
    buf_text(&b, data);
    scratch_write(path, b.data, b.size);
    buf_free(&b);
    return load_nothing(err);
}

#define ABCD "\"x\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]}}"
#define HASH(text) "{\"__metadata__\":{\"" SAFETENSORS_HASH "\":\"" text "\"}," ABCD

static void the_checksum_is_read_strictly(void **state) {
    (void)state;
    char good[200];
    snprintf(good, sizeof good, HASH("%08x"), crc32c(0, "abcd", 4));
    assert_int_equal(load_text(good, "abcd", NULL), AXL_OK);
    assert_int_equal(load_text(good, "abce", NULL), AXL_BAD_FILE);
    assert_int_equal(load_text("{" ABCD, "abcd", NULL), AXL_OK); // none is fine
    const char *bad[] = {HASH(""),         HASH("0"),         HASH("000000000"),
                         HASH("0000000g"), HASH("0000000A"),  HASH(" 0000000"),
                         HASH("-0000000"), HASH("00000000 "), HASH("00000000")};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        axl_error err = {0};
        assert_int_equal(load_text(bad[i], "abcd", &err), AXL_BAD_FILE);
        const bool last = i + 1 == COUNT_OF(bad); // of the right form
        assert_non_null(strstr(err.text, last ? "damaged" : "not eight digits"));
    }
}

static void types_without_a_conversion_are_refused(void **state) {
    (void)state;
    assert_int_equal(load_text("{" ABCD, "abcd", NULL), AXL_OK);
    safetensors_file f;
    assert_int_equal(safetensors_open(&f, path, NULL), AXL_OK);
    float out[4];
    axl_error err = {0};
    const safetensors_target target = {out, true};
    assert_int_equal(safetensors_load(&f, &scalar, &target, &err), AXL_BAD_FILE);
    assert_non_null(strstr(err.text, "tensor x has type U8"));
    safetensors_close(&f);
}

static void a_file_that_shrinks_or_changes_is_an_error(void **state) {
    (void)state;
    write_sample();
    safetensors_file f;
    safetensors_target none[COUNT_OF(items)] = {{NULL, false}};
    assert_int_equal(safetensors_open(&f, path, NULL), AXL_OK);
    assert_int_equal(truncate(path, 100000), 0);
    assert_int_equal(safetensors_load(&f, &scalar, none, NULL), AXL_BAD_FILE);
    safetensors_close(&f);
    assert_int_equal(load_nothing(NULL), AXL_BAD_FILE);
    assert_int_equal(truncate(path, 3), 0);
    assert_int_equal(load_nothing(NULL), AXL_BAD_FILE);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(load_nothing(NULL), AXL_NOT_FOUND);
}

// Without a checksum only the time of the change tells.
static void a_file_that_is_overwritten_is_an_error(void **state) {
    (void)state;
    axl_error err = {0};
    const struct timespec past[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};
    assert_int_equal(load_text("{" ABCD, "abcd", NULL), AXL_OK);
    assert_int_equal(utimensat(AT_FDCWD, path, past, 0), 0);
    safetensors_file f;
    assert_int_equal(safetensors_open(&f, path, NULL), AXL_OK);
    const safetensors_target none = {NULL, false};
    assert_int_equal(safetensors_load(&f, &scalar, &none, NULL), AXL_OK);
    assert_int_equal(load_text("{" ABCD, "abce", NULL), AXL_OK);
    assert_int_equal(safetensors_load(&f, &scalar, &none, &err), AXL_BAD_FILE);
    assert_non_null(strstr(err.text, "was changed while in use"));
    safetensors_close(&f);
}

static void what_could_not_be_read_is_not_written(void **state) {
    (void)state;
    const safetensors_item u8 = {
        .name = "x", .type = DTYPE_U8, .dims = 1, .dim = {3}, .data = bytes};
    safetensors_item bad[8];
    for (size_t i = 0; i < COUNT_OF(bad); i++) bad[i] = u8;
    char long_name[SAFETENSORS_NAME_MAX + 2] = {0};
    memset(long_name, 'n', sizeof long_name - 1);
    bad[0].type = DTYPES;
    bad[1].dims = SAFETENSORS_DIMS + 1;
    bad[2].from_f32 = true;
    bad[3].name = "\xFF";
    bad[4].name = "__metadata__";
    bad[5].name = long_name;
    bad[6].dims = 2, bad[6].dim[0] = SIZE_MAX / 2, bad[6].dim[1] = 3;
    bad[7].type = DTYPE_F64, bad[7].dim[0] = SIZE_MAX / 4;
    scratch_text(path, "old");
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        axl_error err = {0};
        const safetensors_content c = {.item = &bad[i], .items = 1};
        const axl_status status = safetensors_write(path, &c, &scalar, &err);
        assert_int_equal(status, i < 6 ? AXL_BAD_ARGUMENT : AXL_TOO_LARGE);
        assert_true(strlen(err.text) > 10);
    }
    const safetensors_item twice[] = {u8, u8};
    const safetensors_note wrong[] = {{"format", "tf"}, {SAFETENSORS_HASH, ""}, {"x", "\xFF"}};
    const safetensors_content c = {.item = twice, .items = 2};
    assert_int_equal(safetensors_write(path, &c, &scalar, NULL), AXL_BAD_ARGUMENT);
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        const safetensors_content n = {.item = &u8, .items = 1, .note = &wrong[i], .notes = 1};
        assert_int_equal(safetensors_write(path, &n, &scalar, NULL), AXL_BAD_ARGUMENT);
    }
    assert_true(scratch_holds(path, "old", 3));
    assert_int_equal(scratch_count(&box, ""), 1);
}

// Each system call failing in turn: the old file stays and nothing is left behind, unless only the
// folder's sync failed, when the new one is complete.
static void failures_of_the_disk_keep_the_old_file(void **state) {
    (void)state;
    fill_numbers();
    size_t runs = 0;
    for (size_t n = 1;; n++) {
        scratch_text(path, "old");
        const int descriptor = scratch_free_descriptor();
        fault_plan plan;
        fault_plan_set(&plan, FAULT_ANY, n, false, ENOSPC);
        const axl_status status = safetensors_write(path, &content, &scalar, NULL);
        fault_plan_clear();
        assert_int_equal(scratch_free_descriptor(), descriptor);
        assert_int_equal(scratch_count(&box, ""), 1);
        if (plan.hit == FAULT_ANY) {
            assert_int_equal(status, AXL_OK);
            break;
        }
        if (status == AXL_OK || plan.hit == OS_CALL_SYNC_FOLDER) {
            assert_int_equal(load_nothing(NULL), AXL_OK); // that call is a favour
        } else {
            assert_true(scratch_holds(path, "old", 3));
            runs++;
        }
    }
    assert_true(runs >= 5);
}

static void failures_of_reading_are_reported(void **state) {
    (void)state;
    write_sample();
    size_t runs = 0;
    for (size_t n = 1;; n++, runs++) {
        const int descriptor = scratch_free_descriptor();
        fault_plan plan;
        fault_plan_set(&plan, FAULT_ANY, n, false, EIO);
        const axl_status status = load_nothing(NULL);
        fault_plan_clear();
        assert_int_equal(scratch_free_descriptor(), descriptor);
        if (plan.hit == FAULT_ANY) {
            assert_int_equal(status, AXL_OK);
            break;
        }
        assert_int_equal(status, AXL_IO);
    }
    assert_true(runs >= 8);
}

static axl_status write_again(void *ctx, axl_error *err) {
    return safetensors_write(path, ctx, &scalar, err);
}

static axl_status load_again(void *ctx, axl_error *err) {
    safetensors_file f;
    axl_status status = safetensors_open(&f, path, err);
    if (status == AXL_OK) {
        status = safetensors_load(&f, &scalar, ctx, err);
        safetensors_close(&f);
    }
    return status;
}

static void failing_allocations_are_reported(void **state) {
    (void)state;
    write_sample();
    const safetensors_target none[COUNT_OF(items)] = {{NULL, false}};
    assert_true(for_each_failing_alloc(load_again, (void *)none) >= 6);
    const safetensors_content few = {.item = items + 3, .items = 4, .note = notes, .notes = 2};
    assert_true(for_each_failing_alloc(write_again, (void *)&few) >= 8);
    assert_int_equal(scratch_count(&box, ""), 1);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, make_box, remove_box)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(what_was_written_is_read),
        CASE(damaged_data_is_refused),
        CASE(the_checksum_is_read_strictly),
        CASE(types_without_a_conversion_are_refused),
        CASE(a_file_that_shrinks_or_changes_is_an_error),
        CASE(a_file_that_is_overwritten_is_an_error),
        CASE(what_could_not_be_read_is_not_written),
        CASE(failures_of_the_disk_keep_the_old_file),
        CASE(failures_of_reading_are_reported),
        CASE(failing_allocations_are_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
