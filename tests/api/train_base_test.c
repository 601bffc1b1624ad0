// A training that begins with the weights of another model, and text that is mixed in beside pairs.
#include "base/alloc.h"
#include "os/file.h"
#include "os/folder.h"
#include "os/listing.h"
#include "os/scratch.h"
#include "support/unit.h"

#include <axl/axl.h>

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define MOST ((size_t)1 << 20)

// A tiny model, for so many steps and at such a rate as the test says.
static const char *const tiny[] = {"d_model=8",         "n_heads=2",      "d_ff=10",
                                   "val_fraction=0.25", "max_seq_len=32", "batch=2",
                                   "eval_every=0",      "seed=3",         "n_layers_per_scale=1"};
// What a run with a base is told of it: nothing that has to do with the shape.
static const char *const still[] = {"batch=2", "eval_every=0", "steps=1", "rate=1e-30", "decay=0"};
static const char *const usual[] = {"batch=2", "eval_every=0", "steps=2"};

static scratch box;
static char data[SCRATCH_PATH_MAX], base[SCRATCH_PATH_MAX], out[SCRATCH_PATH_MAX];
static const char *data_list[] = {data};

// Four files of lines, and a base that has learnt some of them.
static axl_train_options options(const char *to, const char *const *set, size_t count) {
    return (axl_train_options){.out = to,
                               .data = data_list,
                               .data_count = 1,
                               .set = set,
                               .set_count = count,
                               .quick = true,
                               .threads = 1};
}

static void train(const axl_train_options *o) {
    axl_error err = {0};
    if (axl_train(o, NULL, &err) != AXL_OK) fail_msg("%s", err.text);
}

static void refused(const axl_train_options *o, axl_status want, const char *text) {
    axl_error err = {0};
    const axl_status status = axl_train(o, NULL, &err);
    if (status != want || !strstr(err.text, text)) fail_msg("%d %s", (int)status, err.text);
}

static int make_box(void **state) {
    (void)state;
    scratch_make(&box);
    snprintf(data, sizeof data, "%s", scratch_path(&box, "data"));
    snprintf(base, sizeof base, "%s", scratch_path(&box, "models/base"));
    snprintf(out, sizeof out, "%s", scratch_path(&box, "out"));
    if (os_folder_make(data, NULL) != AXL_OK) return 1;
    for (unsigned f = 0; f < 4; f++) {
        char name[32], text[2048];
        size_t length = 0;
        for (unsigned i = 0; i < 40; i++)
            length += (size_t)snprintf(text + length, sizeof text - length,
                                       "def f%u(x): return x + %u\n", i * f, i * i + f * 7919);
        snprintf(name, sizeof name, "data/%u.py", f);
        scratch_text(scratch_path(&box, name), text);
    }
    const char *set[COUNT_OF(tiny) + 1] = {"steps=5"};
    memcpy(set + 1, tiny, sizeof tiny);
    const axl_train_options o = options(base, set, COUNT_OF(set));
    train(&o);
    return 0;
}

static int remove_box(void **state) {
    (void)state;
    scratch_remove(&box);
    return 0;
}

// FOLDER/NAME; the caller frees it with mem_free.
static char *content(const char *folder, const char *name, size_t *bytes) {
    char path[2 * SCRATCH_PATH_MAX];
    void *text;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(os_file_read(path, MOST, &text, bytes, NULL), AXL_OK);
    return text;
}

static bool same_weights(const char *a, const char *b) {
    size_t bytes[2];
    char *one = content(a, "model.safetensors", &bytes[0]);
    char *two = content(b, "model.safetensors", &bytes[1]);
    const bool same = bytes[0] == bytes[1] && memcmp(one, two, bytes[0]) == 0;
    mem_free(one);
    mem_free(two);
    return same;
}

static json_t *results(void) {
    size_t bytes;
    char *text = content(out, "results.json", &bytes);
    json_t *root = json_loadb(text, bytes, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(root);
    mem_free(text);
    return root;
}

static double setting(json_t *root, const char *name) {
    json_t *all = json_object_get(json_object_get(root, "run"), "settings");
    return json_number_value(json_object_get(all, name));
}

static void it_begins_with_the_weights(void **state) {
    (void)state;
    axl_train_options o = options(out, still, COUNT_OF(still));
    o.base = base;
    train(&o);
    assert_true(same_weights(base, out)); // the rate moves nothing
    json_t *root = results(), *model = json_object_get(root, "model");
    assert_string_equal(json_string_value(json_object_get(model, "base")), "base");
    assert_string_equal(json_string_value(json_object_get(model, "preset")), "base");
    assert_int_equal(json_integer_value(json_object_get(model, "context")), 32);
    json_decref(root);
}

static void a_file_of_settings_may_name_it(void **state) {
    (void)state;
    char yaml[3 * SCRATCH_PATH_MAX], path[SCRATCH_PATH_MAX];
    snprintf(yaml, sizeof yaml, "base: %s\nbatch: 2\nrate: 1e-30\ndecay: 0\nsteps: 1\n", base);
    snprintf(path, sizeof path, "%s", scratch_path(&box, "base.yaml"));
    scratch_text(path, yaml);
    snprintf(out, sizeof out, "%s", scratch_path(&box, "file"));
    axl_train_options o = options(out, NULL, 0);
    o.config = path;
    train(&o);
    assert_true(same_weights(base, out));
    // Whatever the order, the preset says all but the shape.
    snprintf(yaml, sizeof yaml, "base: %s\npreset: docs-lion\nsteps: 1\nbatch: 2\n", base);
    scratch_text(path, yaml);
    snprintf(out, sizeof out, "%s", scratch_path(&box, "preset"));
    train(&o);
    json_t *root = results(), *model = json_object_get(root, "model");
    assert_string_equal(json_string_value(json_object_get(model, "preset")), "docs-lion");
    assert_int_equal(json_integer_value(json_object_get(model, "context")), 32);
    json_decref(root);
}

static void a_run_killed_early_begins_with_them_again(void **state) {
    (void)state;
    size_t bytes;
    char *log = content(base, "log.csv", &bytes);
    snprintf(out, sizeof out, "%s", scratch_path(&box, "killed"));
    assert_int_equal(os_folder_make(out, NULL), AXL_OK);
    scratch_write(scratch_path(&box, "killed/log.csv"), log, bytes);
    mem_free(log);
    axl_train_options o = options(out, still, COUNT_OF(still));
    o.base = base;
    o.resume = true;
    train(&o);
    assert_true(same_weights(base, out));
}

static void the_rate_is_a_half(void **state) {
    (void)state;
    axl_train_options o = options(out, usual, COUNT_OF(usual));
    snprintf(out, sizeof out, "%s", scratch_path(&box, "half"));
    o.base = base;
    train(&o);
    assert_false(same_weights(base, out));
    json_t *root = results();
    assert_true(fabs(setting(root, "rate") - 3.5e-3 * 64 / 8 / 2) < 1e-9); // AdamW at width 8
    assert_true(setting(root, "grow") == 0);
    json_decref(root);
    // SGD, which spoils good weights, is the preset's and not said.
    o.preset = "fixer-12m";
    snprintf(out, sizeof out, "%s", scratch_path(&box, "sgd"));
    train(&o);
    root = results();
    json_t *all = json_object_get(json_object_get(root, "run"), "settings");
    assert_string_equal(json_string_value(json_object_get(all, "optimizer")), "adamw");
    json_decref(root);
}

static void another_shape_is_refused(void **state) {
    (void)state;
    snprintf(out, sizeof out, "%s", scratch_path(&box, "refused"));
    const char *const wider[] = {"steps=1", "d_ff=12"};
    axl_train_options o = options(out, wider, COUNT_OF(wider));
    o.base = base;
    refused(&o, AXL_BAD_ARGUMENT, "another shape than that of the base");
    o.set_count = 1;
    o.preset = "auto";
    refused(&o, AXL_BAD_ARGUMENT, "preset auto chooses a shape");
    o.preset = NULL;
    o.base = scratch_path(&box, "nothing");
    refused(&o, AXL_NOT_FOUND, "nothing");
    char file[2 * SCRATCH_PATH_MAX];
    snprintf(file, sizeof file, "%s/model.safetensors", base);
    o.base = file;
    refused(&o, AXL_BAD_ARGUMENT, "is a single file: axl convert");
    os_kind kind;
    assert_int_equal(os_kind_of(out, &kind, NULL), AXL_OK);
    assert_int_equal(kind, OS_KIND_NONE);
}

// ---- text beside pairs ----

// Returns what is learnt of them, as a share: answers and EOS.
static double put_pairs(void) {
    char text[8192], answer[16];
    size_t length = 0, learnt = 0, all = 0;
    for (unsigned i = 10; i < 70; i++) {
        const size_t bytes = (size_t)snprintf(answer, sizeof answer, " %u", i * i);
        length +=
            (size_t)snprintf(text + length, sizeof text - length,
                             "{\"prompt\": \"Code:\\n%u\", \"completion\": \"%s\"}\n", i, answer);
        learnt += bytes + 1;
        all += strlen("Code:.10") + bytes + 2;
    }
    assert_int_equal(os_folder_make(scratch_path(&box, "pairs/docs"), NULL), AXL_OK);
    scratch_text(scratch_path(&box, "pairs/docs/train.jsonl"), text);
    scratch_text(scratch_path(&box, "pairs/docs/held.jsonl"),
                 "{\"prompt\": \"Code:\\nx\", \"completion\": \" y\"}\n");
    return (double)learnt / (double)all;
}

static double weight_of(const char *const *paths, const char *wanted) {
    axl_train_options o = options(out, usual, COUNT_OF(usual));
    o.base = base;
    o.preset = "docs-lion";
    o.data = paths;
    o.data_count = 2;
    train(&o);
    json_t *root = results(), *source;
    double weight = -1;
    size_t i;
    json_array_foreach(json_object_get(json_object_get(root, "data"), "sources"), i, source) {
        if (strstr(json_string_value(json_object_get(source, "path")), wanted))
            weight = json_number_value(json_object_get(source, "weight"));
    }
    assert_true(setting(root, "answers_only") == 1);
    json_decref(root);
    return weight;
}

static void text_is_mixed_in_beside_pairs(void **state) {
    (void)state;
    const double learnt = put_pairs();
    char pairs[SCRATCH_PATH_MAX], heavy[2 * SCRATCH_PATH_MAX];
    snprintf(pairs, sizeof pairs, "%s", scratch_path(&box, "pairs"));
    snprintf(heavy, sizeof heavy, "%s:0.9", pairs);
    const char *const plain[] = {data, pairs}, *const weighted[] = {heavy, data};
    snprintf(out, sizeof out, "%s", scratch_path(&box, "mixed"));
    assert_true(weight_of(plain, "docs/train.jsonl") == 1);
    snprintf(out, sizeof out, "%s", scratch_path(&box, "mixed2"));
    // All bytes of text are learnt, and they are to be 30 % of what is.
    const double text = weight_of(plain, "data");
    assert_true(fabs(text / (text + learnt) - 0.3) < 1e-5);
    snprintf(out, sizeof out, "%s", scratch_path(&box, "weighted"));
    assert_true(weight_of(weighted, "docs/train.jsonl") == 0.9);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_begins_with_the_weights),
        cmocka_unit_test(a_file_of_settings_may_name_it),
        cmocka_unit_test(a_run_killed_early_begins_with_them_again),
        cmocka_unit_test(the_rate_is_a_half),
        cmocka_unit_test(another_shape_is_refused),
        cmocka_unit_test(text_is_mixed_in_beside_pairs),
    };
    return cmocka_run_group_tests(tests, make_box, remove_box);
}
