// Model directories: written, read back, and everything that may be wrong with one.
#include "store/model_dir.h"

#include "base/alloc.h"
#include "formats/safetensors_file.h"
#include "formats/safetensors_write.h"
#include "os/fault_plan.h"
#include "os/file.h"
#include "os/memory.h"
#include "os/scratch.h"
#include "support/failing_alloc.h"
#include "support/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static scratch box;
static char folder[SCRATCH_PATH_MAX + 64];
static char weights_path[SCRATCH_PATH_MAX + 128];
static kernels scalar;

// A small model, its parameters, and what is written of them.
static param_table table;
static float *block;
static model_image image;

static int make_model(void **state) {
    (void)state;
    model_config c = config_defaults();
    c.d_model = 12, c.n_heads = 2, c.d_ff = 10, c.n_layers = 1;
    scratch_make(&box);
    snprintf(folder, sizeof folder, "%s", scratch_path(&box, "models/tiny"));
    snprintf(weights_path, sizeof weights_path, "%s/model.safetensors", folder);
    if (!kernels_select(KERNEL_SCALAR, &scalar)) return 1;
    if (params_build(&table, &c, NULL) != AXL_OK) return 1;
    block = calloc(table.numbers, sizeof *block);
    assert_non_null(block);
    params_init(&table, 7, block);
    image = (model_image){.table = &table, .block = block, .type = DTYPE_F32};
    return 0;
}

static int free_model(void **state) {
    (void)state;
    fault_plan_clear();
    params_free(&table);
    free(block);
    scratch_remove(&box);
    return 0;
}

static void write_model(void) {
    axl_error err = {0};
    if (model_dir_write(folder, &image, &scalar, &err) != AXL_OK) fail_msg("%s", err.text);
}

static axl_status read_again(void *ctx, axl_error *err) {
    (void)ctx;
    stored_model m;
    const axl_status status = model_dir_read(&m, folder, &scalar, err);
    if (status == AXL_OK) {
        stored_model_free(&m);
    } else {
        assert_null(m.block);
        assert_null(m.table.list);
    }
    return status;
}

static void assert_refused(const char *message) {
    axl_error err = {0};
    const axl_status status = read_again(NULL, &err);
    if (status != AXL_BAD_FILE || !strstr(err.text, message))
        fail_msg("%s %s, not %s", axl_status_name(status), err.text, message);
}

static void f32_comes_back_exactly(void **state) {
    (void)state;
    stored_model m;
    write_model();
    axl_error err = {0};
    assert_int_equal(model_dir_read(&m, folder, &scalar, &err), AXL_OK);
    assert_int_equal(m.type, DTYPE_F32);
    assert_int_equal(m.table.numbers, table.numbers);
    assert_int_equal((uintptr_t)m.block % OS_BLOCK_ALIGN, 0);
    assert_memory_equal(m.block, block, table.numbers * sizeof *block);
    for (size_t i = 0; i < CONFIG_FIELDS; i++)
        assert_true(config_get(&m.table.config, &config_fields[i]) ==
                    config_get(&table.config, &config_fields[i]));
    stored_model_free(&m);
    stored_model_free(&m);
}

static void bf16_comes_back_rounded(void **state) {
    (void)state;
    stored_model m;
    image.type = DTYPE_BF16;
    write_model();
    assert_int_equal(model_dir_read(&m, folder, &scalar, NULL), AXL_OK);
    assert_int_equal(m.type, DTYPE_BF16);
    uint16_t *rounded = malloc(table.numbers * sizeof *rounded);
    float *expected = malloc(table.numbers * sizeof *expected);
    scalar.convert->f32_to_bf16(rounded, block, table.numbers);
    scalar.convert->bf16_to_f32(expected, rounded, table.numbers);
    assert_memory_equal(m.block, expected, table.numbers * sizeof *expected);
    assert_memory_not_equal(m.block, block, table.numbers * sizeof *expected);
    // What is rounded already is not changed by another round.
    const model_image again = {.table = &m.table, .block = m.block, .type = DTYPE_BF16};
    assert_int_equal(model_dir_write(folder, &again, &scalar, NULL), AXL_OK);
    stored_model_free(&m);
    assert_int_equal(model_dir_read(&m, folder, &scalar, NULL), AXL_OK);
    assert_memory_equal(m.block, expected, table.numbers * sizeof *expected);
    stored_model_free(&m);
    free(rounded);
    free(expected);
    image.type = DTYPE_F16;
    assert_int_equal(model_dir_write(folder, &image, &scalar, NULL), AXL_BAD_ARGUMENT);
}

static void the_folder_holds_three_files(void **state) {
    (void)state;
    static const char generation[] =
        "{\n  \"max_new_tokens\": 256,\n  \"temperature\": 0.8,\n"
        "  \"top_k\": 40,\n  \"top_p\": 0.9,\n"
        "  \"repetition_penalty\": 1.1,\n  \"do_sample\": true\n}\n";
    write_model();
    write_model();
    scratch inside;
    memcpy(inside.folder, folder, strlen(folder) + 1);
    assert_int_equal(scratch_count(&inside, ""), 3);
    assert_true(scratch_holds(scratch_path(&inside, "generation_config.json"), generation,
                              sizeof generation - 1));
    // The path may end in a slash; other files stay.
    scratch_text(scratch_path(&inside, "README.md"), "mine");
    strcat(folder, "/");
    write_model();
    assert_int_equal(read_again(NULL, NULL), AXL_OK);
    assert_true(scratch_holds(scratch_path(&inside, "README.md"), "mine", 4));
}

// The file's tensors as items over its data, to be written again with a change.
typedef struct copied {
    safetensors_file f;
    safetensors_item *item;
    void *data;
    safetensors_content content;
} copied;

static void copy_file(copied *c) {
    write_model();
    assert_int_equal(safetensors_open(&c->f, weights_path, NULL), AXL_OK);
    const safetensors *s = &c->f.table;
    c->item = calloc(s->count + 1, sizeof *c->item);
    c->data = calloc(1, s->data_bytes);
    safetensors_target *target = calloc(s->count, sizeof *target);
    for (size_t i = 0; i < s->count; i++) {
        const safetensor *t = &s->list[i];
        target[i].to = (char *)c->data + t->begin;
        c->item[i] = (safetensors_item){
            .name = t->name, .type = t->type, .dims = t->dims, .data = target[i].to};
        memcpy(c->item[i].dim, t->dim, sizeof t->dim);
    }
    assert_int_equal(safetensors_load(&c->f, &scalar, target, NULL), AXL_OK);
    free(target);
    c->content = (safetensors_content){.item = c->item, .items = s->count};
}

static safetensors_item *item_of(copied *c, const char *name) {
    const safetensor *t = safetensors_find(&c->f.table, name);
    assert_non_null(t);
    return &c->item[t - c->f.table.list];
}

static void write_copy(const copied *c) {
    axl_error err = {0};
    if (safetensors_write(weights_path, &c->content, &scalar, &err) != AXL_OK)
        fail_msg("%s", err.text);
}

static void free_copy(copied *c) {
    safetensors_close(&c->f);
    free(c->item);
    free(c->data);
}

static void tensors_must_fit_the_table(void **state) {
    (void)state;
    copied c;
    copy_file(&c);
    write_copy(&c);
    assert_int_equal(read_again(NULL, NULL), AXL_OK);

    item_of(&c, "embed.weight")->name = "embed.wieght";
    write_copy(&c);
    assert_refused(
        "2 faults against config.json: unknown embed.wieght (embed.weight?); missing "
        "embed.weight");
    item_of(&c, "embed.weight")->name = "embed.weight";

    c.item[c.content.items] = (safetensors_item){
        .name = "lm_head.weight", .type = DTYPE_F32, .dims = 1, .dim = {1}, .data = block};
    c.content.items++;
    write_copy(&c);
    assert_refused("1 faults against config.json: unknown lm_head.weight");
    c.content.items--;

    safetensors_item *up = item_of(&c, "up.2.weight");
    up->dims = 2, up->dim[0] = 48, up->dim[1] = 12;
    write_copy(&c);
    assert_refused("wrong up.2.weight is F32 [48, 12], not F32, BF16 or F16 [4, 12, 12]");
    up->dims = 3, up->dim[0] = 12, up->dim[1] = 4, up->dim[2] = 12;
    write_copy(&c);
    assert_refused("wrong up.2.weight is F32 [12, 4, 12]");
    up->dim[0] = 4, up->dim[1] = 12;

    item_of(&c, "norm.weight")->type = DTYPE_I32;
    write_copy(&c);
    assert_refused("wrong norm.weight is I32 [12], not F32");
    item_of(&c, "norm.weight")->type = DTYPE_F32;

    // The last one is missing; then all are, and the text still ends in time.
    c.content.items--;
    write_copy(&c);
    assert_refused("1 faults against config.json: missing ");
    c.content.items = 0;
    write_copy(&c);
    char expected[80];
    snprintf(expected, sizeof expected, "%zu faults against config.json: missing ", table.count);
    assert_refused(expected);
    free_copy(&c);
}

static void types_may_be_mixed(void **state) {
    (void)state;
    copied c;
    copy_file(&c);
    float *numbers = calloc(table.numbers, sizeof *numbers);
    memcpy(numbers, block, table.numbers * sizeof *numbers);
    safetensors_item *embed = item_of(&c, "embed.weight"), *fuse = item_of(&c, "fuse.weight");
    embed->type = DTYPE_F16, embed->from_f32 = true;
    fuse->type = DTYPE_BF16, fuse->from_f32 = true;
    write_copy(&c);
    uint16_t half[2 * 258 * 12];
    float *at = numbers + table.embed;
    scalar.convert->f32_to_f16(half, at, 258 * 12);
    scalar.convert->f16_to_f32(at, half, 258 * 12);
    at = numbers + table.fuse;
    scalar.convert->f32_to_bf16(half, at, 12 * 12);
    scalar.convert->bf16_to_f32(at, half, 12 * 12);
    stored_model m;
    assert_int_equal(model_dir_read(&m, folder, &scalar, NULL), AXL_OK);
    assert_int_equal(m.type, DTYPE_F16);
    assert_memory_equal(m.block, numbers, table.numbers * sizeof *numbers);
    stored_model_free(&m);
    free(numbers);
    free_copy(&c);
}

static void a_wrong_hash_is_refused(void **state) {
    (void)state;
    write_model();
    void *whole = NULL;
    size_t size = 0;
    assert_int_equal(os_file_read(weights_path, SIZE_MAX, &whole, &size, NULL), AXL_OK);
    ((char *)whole)[size - 1] ^= 1;
    scratch_write(weights_path, whole, size);
    mem_free(whole);
    assert_refused("the data was damaged");
}

// A bit flipped anywhere in what was written is refused, or changes nothing that is read.
static void no_flipped_bit_goes_unnoticed(void **state) {
    (void)state;
    write_model();
    void *whole = NULL;
    size_t size = 0, refused = 0, tried = 0;
    assert_int_equal(os_file_read(weights_path, SIZE_MAX, &whole, &size, NULL), AXL_OK);
    unsigned char *file = whole;
    const size_t header = 8 + (file[0] | (size_t)file[1] << 8 | (size_t)file[2] << 16);
    assert_true(header < 20000 && header < size);
    for (size_t i = 0; i < size; i += i < header ? 5 : 211) {
        const unsigned char flip = (unsigned char)(1u << tried % 8);
        file[i] ^= flip;
        scratch_write(weights_path, file, size);
        file[i] ^= flip;
        stored_model m;
        const axl_status status = model_dir_read(&m, folder, &scalar, NULL);
        tried++;
        if (status == AXL_OK) {
            assert_true(i < header);
            assert_memory_equal(m.block, block, table.numbers * sizeof *block);
            stored_model_free(&m);
        } else {
            assert_true(status == AXL_BAD_FILE);
            refused++;
        }
    }
    mem_free(whole);
    assert_true(tried > 1000);
    // The names of the notes, and of the configuration what is not read again.
    assert_true(refused + 150 >= tried);
}

static void missing_files_are_named(void **state) {
    (void)state;
    axl_error err = {0};
    assert_int_equal(read_again(NULL, &err), AXL_NOT_FOUND);
    assert_non_null(strstr(err.text, "config.json"));
    write_model();
    assert_int_equal(unlink(weights_path), 0);
    assert_int_equal(read_again(NULL, &err), AXL_NOT_FOUND);
    assert_non_null(strstr(err.text, "model.safetensors"));
    stored_model m;
    assert_int_equal(model_dir_read(&m, "", &scalar, NULL), AXL_BAD_ARGUMENT);
    assert_int_equal(model_dir_read(&m, NULL, &scalar, NULL), AXL_BAD_ARGUMENT);
    assert_int_equal(model_dir_write("", &image, &scalar, NULL), AXL_BAD_ARGUMENT);
    // A configuration for another file, and one that asks for more than any machine has.
    write_model();
    char config_path[SCRATCH_PATH_MAX + 128];
    snprintf(config_path, sizeof config_path, "%s/config.json", folder);
    scratch_text(config_path,
                 "{\"d_model\":16384,\"n_heads\":1024,\"d_ff\":65536,"
                 "\"n_layers_per_scale\":256,\"n_cross_attn_layers\":16}");
    assert_refused("faults against config.json");
    scratch_text(config_path, "{\"d_model\":12}");
    assert_refused("config.json: n_heads is missing");
}

static axl_status write_again(void *ctx, axl_error *err) {
    (void)ctx;
    return model_dir_write(folder, &image, &scalar, err);
}

static void failing_allocations_are_reported(void **state) {
    (void)state;
    assert_true(for_each_failing_alloc(write_again, NULL) >= 10);
    assert_true(for_each_failing_alloc(read_again, NULL) >= 14);
}

// Each system call of a save failing in turn: what is there afterwards is the old model or the new
// one, whole.
static void a_failed_save_keeps_a_model(void **state) {
    (void)state;
    size_t failed = 0;
    float *older = malloc(table.numbers * sizeof *older);
    for (size_t n = 1;; n++) {
        params_init(&table, n, block);
        write_model();
        memcpy(older, block, table.numbers * sizeof *older);
        params_init(&table, n + 1000, block);
        fault_plan plan;
        fault_plan_set(&plan, FAULT_ANY, n, false, ENOSPC);
        const axl_status status = model_dir_write(folder, &image, &scalar, NULL);
        fault_plan_clear();
        stored_model m;
        assert_int_equal(model_dir_read(&m, folder, &scalar, NULL), AXL_OK);
        const bool is_new = memcmp(m.block, block, table.numbers * sizeof *block) == 0;
        const bool is_old = memcmp(m.block, older, table.numbers * sizeof *block) == 0;
        stored_model_free(&m);
        assert_true(is_new || is_old);
        if (status == AXL_OK) assert_true(is_new);
        failed += status != AXL_OK;
        if (plan.hit == FAULT_ANY) break;
    }
    assert_true(failed >= 15);
    free(older);
}

static void the_golden_models_are_read(void **state) {
    (void)state;
    static const char *const names[] = {"one_byte", "no_cross", "batch_ignored", "two_rounds",
                                        "full_groups"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char path[1024];
        stored_model m;
        axl_error err = {0};
        snprintf(path, sizeof path, "%s/%s", GOLDEN_FOLDER, names[i]);
        if (model_dir_read(&m, path, &scalar, &err) != AXL_OK) fail_msg("%s", err.text);
        // Nothing in them is zero, so each number of each tensor has arrived.
        for (size_t p = 0; p < m.table.count; p++)
            for (size_t j = 0; j < m.table.list[p].count; j++)
                assert_true(m.block[m.table.list[p].offset + j] != 0);
        stored_model_free(&m);
        safetensors_file f;
        snprintf(path, sizeof path, "%s/%s/case.safetensors", GOLDEN_FOLDER, names[i]);
        if (safetensors_open(&f, path, &err) != AXL_OK) fail_msg("%s", err.text);
        assert_int_equal(safetensors_find(&f.table, "ids")->type, DTYPE_I32);
        assert_int_equal(safetensors_find(&f.table, "loss")->type, DTYPE_F64);
        safetensors_close(&f);
    }
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, make_model, free_model)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(f32_comes_back_exactly),
        CASE(bf16_comes_back_rounded),
        CASE(the_folder_holds_three_files),
        CASE(tensors_must_fit_the_table),
        CASE(types_may_be_mixed),
        CASE(a_wrong_hash_is_refused),
        CASE(no_flipped_bit_goes_unnoticed),
        CASE(missing_files_are_named),
        CASE(failing_allocations_are_reported),
        CASE(a_failed_save_keeps_a_model),
        CASE(the_golden_models_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
