// Models from kind to kind of file: lossless, checked, refused where something is wrong.
#include "store/export.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/sha256.h"
#include "formats/corpus_case.h"
#include "os/file.h"
#include "os/scratch.h"
#include "store/generation_json.h"
#include "store/model_dir.h"
#include "support/failing_alloc.h"
#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static scratch box;
static char folder[SCRATCH_PATH_MAX + 64];
static kernels scalar;
static param_table table;
static float *block;

// Where a file or folder of the box is. The result is never given back before the test's end.
static const char *at(const char *name) {
    static char paths[16][SCRATCH_PATH_MAX + 64];
    static size_t next;
    char *out = paths[next++ % COUNT_OF(paths)];
    snprintf(out, sizeof paths[0], "%s/%s", box.folder, name);
    return out;
}

static const char readme[] = "# A card\n\n\"quoted\" \xC3\xA9 \\ and a tab\t.\n";

static int make_model(void **state) {
    (void)state;
    model_config c = config_defaults();
    c.d_model = 12, c.n_heads = 2, c.d_ff = 10, c.n_layers = 2, c.n_cross = 2;
    scratch_make(&box);
    snprintf(folder, sizeof folder, "%s", at("model"));
    if (!kernels_select(KERNEL_SCALAR, &scalar)) return 1;
    if (params_build(&table, &c, NULL) != AXL_OK) return 1;
    block = calloc(table.numbers, sizeof *block);
    assert_non_null(block);
    params_init(&table, 7, block);
    return 0;
}

static int free_model(void **state) {
    (void)state;
    params_free(&table);
    free(block);
    scratch_remove(&box);
    return 0;
}

static void write_model(dtype type) {
    const model_image image = {.table = &table, .block = block, .type = type};
    axl_error err = {0};
    if (model_dir_write(folder, &image, &scalar, &err) != AXL_OK) fail_msg("%s", err.text);
    scratch_text(at("model/README.md"), readme);
    scratch_text(at("model/results.json"), "{\"bpb\": 2.5}\n");
}

static const char *hash_of(const char *path) {
    static char texts[8][SHA256_HEX_MAX];
    static size_t next;
    void *data = NULL;
    size_t bytes = 0;
    sha256 s;
    uint8_t digest[SHA256_BYTES];
    axl_error err = {0};
    if (os_file_read(path, SIZE_MAX, &data, &bytes, &err) != AXL_OK) fail_msg("%s", err.text);
    sha256_begin(&s);
    sha256_add(&s, data, bytes);
    sha256_end(&s, digest);
    mem_free(data);
    return sha256_hex(texts[next++ % COUNT_OF(texts)], digest);
}

static void open_well(import_model *m, const char *path) {
    axl_error err = {0};
    if (import_open(m, path, &err) != AXL_OK) fail_msg("%s: %s", path, err.text);
    if (import_check(m, &err) != AXL_OK) fail_msg("%s: %s", path, err.text);
}

static axl_status convert(const char *in, const char *out, axl_error *err) {
    import_model m;
    FORWARD(import_open(&m, in, err));
    axl_status status = import_check(&m, err);
    if (status == AXL_OK) status = export_model(out, export_kind_of(out), &m, err);
    import_close(&m);
    return status;
}

static void convert_well(const char *in, const char *out) {
    axl_error err = {0};
    if (convert(in, out, &err) != AXL_OK) fail_msg("%s to %s: %s", in, out, err.text);
}

static void check_same_directory(const char *a, const char *b) {
    static const char *const names[] = {"model.safetensors", "config.json", "README.md",
                                        "generation_config.json", "results.json"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char one[1024], two[1024];
        snprintf(one, sizeof one, "%s/%s", a, names[i]);
        snprintf(two, sizeof two, "%s/%s", b, names[i]);
        assert_string_equal(hash_of(one), hash_of(two));
    }
}

static const char *const files[] = {"x.safetensors", "x.gguf", "x.pt"};

// From each kind to each other and back to a directory: the same bytes.
static void nothing_is_lost(void **state) {
    (void)state;
    const dtype types[] = {DTYPE_F32, DTYPE_BF16};
    for (size_t t = 0; t < COUNT_OF(types); t++) {
        write_model(types[t]);
        for (size_t i = 0; i < COUNT_OF(files); i++) {
            convert_well(folder, at(files[i]));
            for (size_t k = 0; k < COUNT_OF(files); k++) {
                char second[64];
                snprintf(second, sizeof second, "y%s", files[k] + 1);
                convert_well(at(files[i]), at(second));
                convert_well(at(second), at("back"));
                check_same_directory(folder, at("back"));
            }
        }
    }
}

// A file that is made twice, also by way of others, is the same file.
static void files_are_the_same_each_time(void **state) {
    (void)state;
    write_model(DTYPE_F32);
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        convert_well(folder, at(files[i]));
        const char *first = hash_of(at(files[i]));
        convert_well(at(files[i]), at("back"));
        convert_well(at("back"), at(files[i]));
        assert_string_equal(hash_of(at(files[i])), first);
    }
}

static void every_tensor_is_there(void **state) {
    (void)state;
    write_model(DTYPE_F32);
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        import_model m;
        convert_well(folder, at(files[i]));
        open_well(&m, at(files[i]));
        assert_int_equal(m.table.count, table.count);
        for (size_t k = 0; k < table.count; k++) {
            const import_tensor *t = &m.tensor[k];
            assert_string_equal(t->row->name, table.list[k].name);
            assert_int_equal(t->type, GGUF_TYPE_F32);
            assert_int_equal(t->bytes, table.list[k].count * sizeof(float));
            assert_int_equal((uintptr_t)t->data % 4, 0);
            assert_memory_equal(t->data, block + table.list[k].offset, t->bytes);
        }
        assert_string_equal(m.text[3].text, readme);
        assert_null(m.text[4].text);
        import_close(&m);
    }
}

// How a model is meant to be used goes with it, into whatever file; and where it is no such text,
// it is refused by name.
static void settings_go_along(void **state) {
    (void)state;
    axl_error err = {0};
    write_model(DTYPE_F32);
    scratch_text(at("model/generation_config.json"),
                 "{\"temperature\": 0.25, \"chat_template\": {\"user\": \"Q: \"}}");
    for (size_t i = 0; i <= COUNT_OF(files); i++) {
        generation_settings s;
        const char *path = i < COUNT_OF(files) ? at(files[i]) : folder;
        if (path != folder) convert_well(folder, path);
        if (generation_read(&s, path, &err) != AXL_OK) fail_msg("%s: %s", path, err.text);
        assert_true(s.temperature == 0.25 && s.top_k == generation_defaults().top_k);
        assert_string_equal(s.chat.user, "Q: ");
    }
    scratch_text(at("model/generation_config.json"), "{\"temperature\": -1}");
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        generation_settings s;
        convert_well(folder, at(files[i]));
        assert_int_equal(generation_read(&s, at(files[i]), &err), AXL_BAD_FILE);
        assert_non_null(strstr(err.text, files[i]));
        assert_non_null(strstr(err.text, ": generation_config.json: temperature"));
    }
}

// ---- what is wrong ------------------------------------------------------------------------------

static const char *flipped; // the file that corpus_flip changes; the model is opened as a whole

static bool reads_the_same(const char *path) {
    (void)path;
    import_model m;
    axl_error err = {0};
    axl_status status = import_open(&m, flipped, &err);
    if (status == AXL_OK) {
        status = import_check(&m, &err);
        for (size_t k = 0; k < table.count && status == AXL_OK; k++)
            assert_memory_equal(m.tensor[k].data, block + table.list[k].offset, m.tensor[k].bytes);
        for (size_t i = 0; i < CONFIG_FIELDS && status == AXL_OK; i++)
            assert_true(config_get(&m.table.config, &config_fields[i]) ==
                        config_get(&table.config, &config_fields[i]));
        import_close(&m);
    }
    assert_true(status == AXL_OK || err.text[0]);
    return status == AXL_OK;
}

static void a_flipped_bit_is_noticed(void **state) {
    (void)state;
    write_model(DTYPE_F32);
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        convert_well(folder, at(files[i]));
        flipped = at(files[i]);
        corpus_flip(flipped, 2000, reads_the_same);
    }
}

// In a directory the weights know the configuration; what is not noticed changes nothing.
static void a_flipped_bit_of_a_directory_is_noticed(void **state) {
    (void)state;
    write_model(DTYPE_F32);
    flipped = folder;
    assert_true(corpus_flip(at("model/model.safetensors"), 2000, reads_the_same) < 40);
    corpus_flip(at("model/config.json"), 2000, reads_the_same);
}

static void assert_refused(const char *path, const char *message) {
    import_model m;
    axl_error err = {0};
    const axl_status status = import_open(&m, path, &err);
    if (status == AXL_OK || !strstr(err.text, message))
        fail_msg("%s %s, not %s", axl_status_name(status), err.text, message);
}

static void change_text(const char *path, const char *from, const char *to) {
    void *data = NULL;
    size_t bytes = 0;
    assert_int_equal(os_file_read(path, SIZE_MAX, &data, &bytes, NULL), AXL_OK);
    char *place = NULL;
    for (size_t i = 0; i + strlen(from) <= bytes && !place; i++)
        if (memcmp((char *)data + i, from, strlen(from)) == 0) place = (char *)data + i;
    assert_non_null(place);
    assert_int_equal(strlen(from), strlen(to));
    memcpy(place, to, strlen(to));
    scratch_write(path, data, bytes);
    mem_free(data);
}

static void what_is_no_model_is_refused(void **state) {
    (void)state;
    assert_refused("", "no name");
    assert_refused(at("none"), "none");
    write_model(DTYPE_F32);
    change_text(at("model/config.json"), "\"rope_theta\": 10000.0", "\"rope_theta\": 10001.0");
    assert_refused(folder, "rope_theta 10001");
    write_model(DTYPE_F32);
    change_text(at("model/config.json"), "\"d_ff\": 10", "\"d_ff\": 12");
    assert_refused(folder, "d_ff 12");
    write_model(DTYPE_F32);
    convert_well(folder, at("x.gguf"));
    change_text(at("x.gguf"), "gate.weight", "gute.weight");
    assert_refused(at("x.gguf"), "tensor gate.weight [3, 36] is missing");
    convert_well(folder, at("x.gguf"));
    change_text(at("x.gguf"), "axl.file.config.json", "axl.file.config.jsom");
    assert_refused(at("x.gguf"), "config.json is missing");
    convert_well(folder, at("x.gguf"));
    change_text(at("x.gguf"), "n_heads\": 2", "n_heads\": 3");
    import_model m; // it opens: only the checksum of the file knows
    axl_error err;
    assert_int_equal(import_open(&m, at("x.gguf"), &err), AXL_OK);
    assert_int_equal(import_check(&m, &err), AXL_BAD_FILE);
    import_close(&m);
}

static void another_architecture_is_refused(void **state) {
    (void)state;
    write_model(DTYPE_F32);
    convert_well(folder, at("x.gguf"));
    void *data = NULL;
    size_t bytes = 0;
    assert_int_equal(os_file_read(at("x.gguf"), SIZE_MAX, &data, &bytes, NULL), AXL_OK);
    char *value = (char *)data + 24 + 8 + strlen("general.architecture") + 4 + 8;
    assert_memory_equal(value, "axl", 3);
    value[0] = 'b';
    scratch_write(at("x.gguf"), data, bytes);
    mem_free(data);
    assert_refused(at("x.gguf"), "the architecture is bxl");
}

// The weights alone: their own note says what they are, or the file beside them.
static void weights_alone_are_a_model(void **state) {
    (void)state;
    import_model m;
    write_model(DTYPE_F32);
    open_well(&m, at("model/model.safetensors"));
    assert_int_equal(m.kind, IMPORT_SAFETENSORS);
    assert_int_equal(m.table.config.d_ff, 10);
    import_close(&m);
    change_text(at("model/model.safetensors"), "axl_config\"", "axl_donfig\"");
    open_well(&m, at("model/model.safetensors"));
    import_close(&m);
    remove(at("model/config.json"));
    assert_refused(at("model/model.safetensors"), "config.json is missing");
}

static axl_status convert_to_gguf(void *ctx, axl_error *err) {
    return convert(folder, ctx, err);
}

static void memory_may_fail_anywhere(void **state) {
    (void)state;
    write_model(DTYPE_F32);
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        const char *path = at(files[i]);
        convert_well(folder, path);
        assert_true(for_each_failing_alloc(convert_to_gguf, (void *)(uintptr_t)path) > 20);
        import_model m;
        open_well(&m, path);
        import_close(&m);
    }
}

#define WITH_MODEL(test) cmocka_unit_test_setup_teardown(test, make_model, free_model)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_MODEL(nothing_is_lost),
        WITH_MODEL(files_are_the_same_each_time),
        WITH_MODEL(every_tensor_is_there),
        WITH_MODEL(settings_go_along),
        WITH_MODEL(a_flipped_bit_is_noticed),
        WITH_MODEL(a_flipped_bit_of_a_directory_is_noticed),
        WITH_MODEL(what_is_no_model_is_refused),
        WITH_MODEL(another_architecture_is_refused),
        WITH_MODEL(weights_alone_are_a_model),
        WITH_MODEL(memory_may_fail_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
