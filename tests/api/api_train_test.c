// A training from files of text to a folder that tells how good its model is: the figures are those
// of axl_eval_bpb, and nothing begins that could not end well.
#include "base/alloc.h"
#include "os/file.h"
#include "os/lock.h"
#include "os/scratch.h"
#include "support/unit.h"
#include "train/markup.h"

#include <axl/axl.h>

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST ((size_t)1 << 20)

static const char *const tiny[] = {
    "d_model=8",      "n_heads=2", "d_ff=10",           "n_layers_per_scale=1",
    "max_seq_len=32", "batch=2",   "log_every=4",       "steps=9",
    "eval_every=0",   "seed=3",    "checkpoint_every=0"};

static scratch box;
static char data[SCRATCH_PATH_MAX], val[SCRATCH_PATH_MAX], out[SCRATCH_PATH_MAX];

// What the events saw.
typedef struct heard {
    char notes[2048];
    size_t rows, evaluations;
    const char *stop_at; // the evaluation of this is stopped; NULL: none
    bool stop;
} heard;

static heard ears;

static void on_row(void *ctx, const axl_train_row *row) {
    (void)row;
    ((heard *)ctx)->rows++;
}

static void on_note(void *ctx, const char *text) {
    heard *h = ctx;
    const size_t length = strlen(h->notes);
    snprintf(h->notes + length, sizeof h->notes - length, "%s\n", text);
}

static void on_evaluation(void *ctx, const char *what, uint64_t done, uint64_t total) {
    heard *h = ctx;
    assert_true(done <= total);
    h->evaluations++;
    h->stop = h->stop || (h->stop_at && strstr(what, h->stop_at));
}

static int on_stop(void *ctx) {
    return ((const heard *)ctx)->stop;
}

static void put(const char *name, const char *text) {
    scratch_text(scratch_path(&box, name), text);
}

// Lines that differ from file to file.
static void put_lines(const char *name, unsigned seed) {
    char text[4096];
    size_t length = 0;
    for (unsigned i = 0; i < 40; i++)
        length +=
            (size_t)snprintf(text + length, sizeof text - length, "def f%u(x%u): return x%u + %u\n",
                             i * seed, seed, seed, i * i + seed * 7919);
    put(name, text);
}

static int make_box(void **state) {
    (void)state;
    scratch_make(&box);
    snprintf(data, sizeof data, "%s", scratch_path(&box, "data"));
    snprintf(val, sizeof val, "%s", scratch_path(&box, "val"));
    snprintf(out, sizeof out, "%s", scratch_path(&box, "out"));
    assert_int_equal(mkdir(data, 0777), 0);
    assert_int_equal(mkdir(val, 0777), 0);
    put_lines("data/a.py", 1);
    put_lines("data/b.py", 2);
    put_lines("val/c.py", 3);
    put_lines("val/d.py", 4);
    ears = (heard){0};
    return 0;
}

static int remove_box(void **state) {
    (void)state;
    scratch_remove(&box);
    return 0;
}

static const char *data_list[] = {data}, *val_list[] = {val};

static axl_train_options options(void) {
    return (axl_train_options){.out = out,
                               .data = data_list,
                               .data_count = 1,
                               .val = val_list,
                               .val_count = 1,
                               .set = tiny,
                               .set_count = COUNT_OF(tiny),
                               .quick = true,
                               .threads = 1,
                               .events = {.row = on_row,
                                          .note = on_note,
                                          .evaluation = on_evaluation,
                                          .stop = on_stop,
                                          .ctx = &ears}};
}

static axl_train_result trained(const axl_train_options *o) {
    axl_error err = {0};
    axl_train_result r;
    if (axl_train(o, &r, &err) != AXL_OK) fail_msg("%s", err.text);
    return r;
}

static void refused(const axl_train_options *o, axl_status want, const char *text) {
    axl_error err = {0};
    axl_train_result r;
    const axl_status status = axl_train(o, &r, &err);
    if (status != want || !strstr(err.text, text)) fail_msg("%d %s", (int)status, err.text);
}

// The file in the folder of the run; the caller frees it with mem_free.
static char *content(const char *name, size_t *bytes) {
    char path[2 * SCRATCH_PATH_MAX];
    void *text;
    snprintf(path, sizeof path, "%s/%s", out, name);
    assert_int_equal(os_file_read(path, MOST, &text, bytes, NULL), AXL_OK);
    return text;
}

static bool is_there(const char *name) {
    char path[2 * SCRATCH_PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", out, name);
    return access(path, F_OK) == 0;
}

static json_t *results(void) {
    size_t bytes;
    char *text = content("results.json", &bytes);
    json_error_t where;
    json_t *root = json_loadb(text, bytes, JSON_REJECT_DUPLICATES, &where);
    if (!root) fail_msg("line %d: %s", where.line, where.text);
    mem_free(text);
    return root;
}

static void expect_page(void) {
    size_t bytes, at;
    char *text = content("report.html", &bytes);
    const char *fault = markup_fault(text, bytes, &at);
    if (fault) fail_msg("%s at %zu: %.80s", fault, at, text + at);
    mem_free(text);
}

static axl_eval_bpb_result *evaluated(const char *const *paths, size_t count) {
    axl_error err = {0};
    axl_eval_bpb_result *r;
    const axl_eval_bpb_options o = {
        .model = out, .paths = paths, .path_count = count, .threads = 1};
    if (axl_eval_bpb(&o, &r, &err) != AXL_OK) fail_msg("%s", err.text);
    return r;
}

static double number(json_t *from, const char *name) {
    json_t *value = json_object_get(from, name);
    assert_true(json_is_number(value));
    return json_number_value(value);
}

static void same(double a, double b) {
    if (isnan(a) && isnan(b)) return;
    if (a != b) fail_msg("%.17g is not %.17g", a, b);
}

static void the_end_says_what_an_evaluation_says(void **state) {
    (void)state;
    const axl_train_options o = options();
    const axl_train_result r = trained(&o);
    assert_false(r.already);
    assert_int_equal(r.steps, 9);
    assert_true(ears.rows > 0 && ears.evaluations > 0);
    assert_non_null(strstr(ears.notes, "trained and saved; now all"));
    axl_eval_bpb_result *e = evaluated(val_list, 1);
    same(r.bpb, e->bpb);
    same(r.gzip_bpb, e->gzip.joined_bpb);
    same(r.xz_bpb, e->xz.joined_bpb);
    assert_int_equal(r.held_read, e->bytes);
    assert_int_equal(r.held_files, 2);
    json_t *root = results(), *held = json_object_get(root, "held_out");
    json_t *files = json_object_get(held, "files");
    same(number(held, "bpb"), e->bpb);
    same(number(held, "ppl"), exp2(e->bpb));
    same(number(held, "gzip_bpb"), e->gzip.joined_bpb);
    assert_int_equal(json_array_size(files), 2);
    for (size_t i = 0; i < 2; i++) {
        json_t *file = json_array_get(files, i);
        assert_string_equal(json_string_value(json_object_get(file, "path")), e->files[i].path);
        same(number(file, "bpb"), e->files[i].bpb);
        same(number(file, "gzip_bpb"), e->files[i].gzip_bpb);
        assert_int_equal(json_string_length(json_object_get(file, "sha256")), 64);
    }
    json_t *run = json_object_get(root, "run");
    assert_true(json_is_true(json_object_get(run, "finished")));
    same(number(run, "steps"), 9);
    json_t *source = json_array_get(json_object_get(json_object_get(root, "data"), "sources"), 0);
    assert_string_equal(json_string_value(json_object_get(source, "path")), data);
    same(number(source, "files"), 2);
    json_decref(root);
    axl_eval_bpb_free(e);
    expect_page();
    assert_true(is_there("README.md") && is_there("data.txt") && is_there("config.json") &&
                is_there("generation_config.json"));
}

// The sha256 of a file that is read whole is the file's own.
static void hashes_are_those_of_the_files(void **state) {
    (void)state;
    put("val/c.py", "abc");
    const axl_train_options o = options();
    trained(&o);
    size_t bytes;
    char *text = content("results.json", &bytes);
    assert_non_null(
        strstr(text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    mem_free(text);
}

static void a_finished_run_is_left_alone(void **state) {
    (void)state;
    axl_train_options o = options();
    const axl_train_result first = trained(&o);
    refused(&o, AXL_BAD_ARGUMENT, "--resume");
    o.resume = true;
    ears = (heard){0};
    const axl_train_result again = trained(&o);
    assert_true(again.already && isnan(again.bpb));
    assert_int_equal(again.steps, 9);
    assert_int_equal(ears.rows + ears.evaluations, 0);
    // What is missing is made again, the rest is not touched.
    char path[2 * SCRATCH_PATH_MAX];
    snprintf(path, sizeof path, "%s/README.md", out);
    scratch_text(path, "changed by a person");
    snprintf(path, sizeof path, "%s/results.json", out);
    assert_int_equal(unlink(path), 0);
    const axl_train_result third = trained(&o);
    assert_true(third.already);
    same(third.bpb, first.bpb);
    json_t *root = results();
    same(number(json_object_get(root, "held_out"), "bpb"), first.bpb);
    json_decref(root);
    size_t bytes;
    char *text = content("README.md", &bytes);
    assert_string_equal(text, "changed by a person");
    mem_free(text);
}

static void a_stopped_evaluation_is_made_up_for(void **state) {
    (void)state;
    static const char *const at[] = {"held-out", "gzip", "xz"};
    axl_train_options o = options();
    for (size_t i = 0; i < COUNT_OF(at); i++) {
        ears = (heard){.stop_at = at[i]};
        o.resume = i > 0;
        refused(&o, AXL_INTERRUPTED, "--resume");
        assert_false(is_there("results.json"));
    }
    ears = (heard){0};
    o.resume = true;
    assert_true(isfinite(trained(&o).bpb));
    assert_true(is_there("results.json"));
    expect_page();
}

// Copies under another name, near copies, and the same file named twice.
static void held_out_text_in_the_data_is_refused(void **state) {
    (void)state;
    axl_train_options o = options();
    put_lines("data/copy.py", 3);
    refused(&o, AXL_BAD_FILE, "data/copy.py");
    assert_false(is_there(""));
    unlink(scratch_path(&box, "data/copy.py"));
    size_t bytes;
    void *text;
    assert_int_equal(os_file_read(scratch_path(&box, "val/d.py"), MOST, &text, &bytes, NULL),
                     AXL_OK);
    char *near = mem_alloc(2 * MOST);
    assert_non_null(near);
    snprintf(near, 2 * MOST, "%s# and an end\n", (char *)text);
    put("data/near.py", near);
    refused(&o, AXL_BAD_FILE, "data/near.py");
    assert_false(is_there(""));
    axl_train_plan plan;
    assert_int_equal(axl_train_dry(&o, &plan, NULL), AXL_BAD_FILE);
    mem_free(near);
    mem_free(text);
    unlink(scratch_path(&box, "data/near.py"));
    const char *const inside[] = {scratch_path(&box, "data/b.py")};
    o.val = inside;
    const axl_train_result r = trained(&o);
    assert_int_equal(r.held_files, 1);
    assert_int_equal(r.plan.train_documents, 1);
    assert_non_null(strstr(ears.notes, "held out by name"));
}

static void other_data_are_noticed(void **state) {
    (void)state;
    axl_train_options o = options();
    trained(&o);
    put_lines("data/b.py", 5);
    o.resume = true;
    refused(&o, AXL_BAD_FILE, "the data have changed since the run began");
    put_lines("data/b.py", 2);
    trained(&o);
}

static void one_run_at_a_time(void **state) {
    (void)state;
    const axl_train_options o = options();
    int fd;
    assert_int_equal(mkdir(out, 0777), 0);
    assert_int_equal(os_lock_folder(&fd, out, NULL), AXL_OK);
    refused(&o, AXL_BAD_ARGUMENT, "another process is training there");
    assert_false(is_there("data.txt"));
    os_lock_release(fd);
    trained(&o);
}

// Lines of JSONL are documents of their own, and the end of an only file is one.
static void other_kinds_of_text_are_evaluated(void **state) {
    (void)state;
    put("val/c.py", "");
    put("val/e.jsonl", "{\"text\": \"def a():\\n    pass\\n\"}\n{\"text\": \"x = 1\\n\"}\n");
    axl_train_options o = options();
    const axl_train_result r = trained(&o);
    assert_int_equal(r.held_files, 2); // d.py is there too
    json_t *root = results();
    json_t *file = json_array_get(json_object_get(json_object_get(root, "held_out"), "files"), 1);
    assert_non_null(strstr(json_string_value(json_object_get(file, "path")), "e.jsonl"));
    same(number(file, "bytes"), 24);
    assert_true(number(file, "bpb") > 0);
    assert_true(json_is_null(json_object_get(file, "gzip_bpb")));
    json_decref(root);
    // The tail of one file, in a folder of its own: as if it were a file.
    snprintf(out, sizeof out, "%s", scratch_path(&box, "other"));
    const char *const one[] = {scratch_path(&box, "data/a.py")};
    o.data = one;
    o.val_count = 0;
    const axl_train_result tail = trained(&o);
    size_t bytes;
    void *text;
    assert_int_equal(os_file_read(one[0], MOST, &text, &bytes, NULL), AXL_OK);
    scratch_text(scratch_path(&box, "tail"), (char *)text + bytes - tail.held_read);
    mem_free(text);
    const char *const tails[] = {scratch_path(&box, "tail")};
    axl_eval_bpb_result *e = evaluated(tails, 1);
    assert_true(tail.held_read > 10 && tail.plan.tail);
    same(tail.bpb, e->bpb);
    axl_eval_bpb_free(e);
}

static void hostile_names_do_no_harm(void **state) {
    (void)state;
    static const char *const names[] = {"val/<script>&|`*.py", "val/two\nlines.py",
                                        "val/\x1b[31m.py", "val/\xff\xfe.py", "val/'\"$(x).py"};
    for (unsigned i = 0; i < COUNT_OF(names); i++) put_lines(names[i], 10 + i);
    const axl_train_options o = options();
    const axl_train_result r = trained(&o);
    assert_int_equal(r.held_files, 7);
    expect_page();
    json_decref(results());
    size_t bytes;
    char *card = content("README.md", &bytes);
    assert_int_equal(strlen(card), bytes);
    assert_null(strstr(card, "<script"));
    assert_null(strchr(card, '\x1b'));
    mem_free(card);
    char *record = content("data.txt", &bytes);
    assert_null(strchr(record, '\x1b'));
    mem_free(record);
}

// A rate at which training makes everything worse: an early checkpoint is the model in the end.
static void the_best_model_is_kept(void **state) {
    (void)state;
    const char *set[COUNT_OF(tiny) + 8];
    memcpy(set, tiny, sizeof tiny);
    static const char *const worse[] = {"eval_every=1e-9", "checkpoint_every=1e-9",
                                        "steps=30",        "optimizer=lion",
                                        "rate=0.3",        "schedule=constant"};
    memcpy(set + COUNT_OF(tiny), worse, sizeof worse);
    axl_train_options o = options();
    o.set = set;
    o.set_count = COUNT_OF(tiny) + COUNT_OF(worse);
    const axl_train_result r = trained(&o);
    assert_true(r.best_step > 0 && r.best_step < 30);
    assert_true(r.bpb < r.held_bits);
    axl_eval_bpb_result *e = evaluated(val_list, 1);
    same(r.bpb, e->bpb);
    axl_eval_bpb_free(e);
    json_t *root = results();
    same(number(json_object_get(root, "held_out"), "best_step"), (double)r.best_step);
    json_decref(root);
}

// Of held-out text far larger than what the run saw, a part is read.
// Pairs whose prompts nobody could guess and whose answers are all the same.
static void put_pairs(const char *name, uint64_t seed) {
    char text[16384];
    size_t length = 0;
    for (int i = 0; i < 100; i++) {
        length += (size_t)snprintf(text + length, sizeof text - length, "{\"prompt\": \"");
        for (int k = 0; k < 12; k++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            text[length++] = (char)('a' + (seed >> 33) % 26);
        }
        length += (size_t)snprintf(text + length, sizeof text - length,
                                   "\", \"completion\": \" yes yes\"}\n");
    }
    put(name, text);
}

// Of pairs that are learnt by their answers, only the answers are counted, in the looks during the
// run and in the figure at its end; that figure has no compressor beside it.
static void only_answers_count(void **state) {
    (void)state;
    enum { ANSWERS = 100 * 8 };
    const char *const pairs[] = {scratch_path(&box, "pairs.jsonl")};
    char held[SCRATCH_PATH_MAX];
    snprintf(held, sizeof held, "%s", scratch_path(&box, "held.jsonl"));
    const char *const held_list[] = {held};
    const char *set[COUNT_OF(tiny) + 4];
    put_pairs("pairs.jsonl", 1);
    put_pairs("held.jsonl", 2);
    axl_train_options o = options();
    for (size_t i = 0; i < COUNT_OF(tiny); i++) set[i] = tiny[i];
    set[COUNT_OF(tiny)] = "answers_only=1";
    set[COUNT_OF(tiny) + 1] = "grow=0";
    set[COUNT_OF(tiny) + 2] = "steps=200";
    set[COUNT_OF(tiny) + 3] = "rate=0.01";
    o.data = pairs;
    o.val = held_list;
    o.set = set;
    o.set_count = COUNT_OF(set);
    const axl_train_result r = trained(&o);
    // The letters alone would cost log2(26) bits each: 2.5 bits a byte of all.
    if (!(r.bpb < 0.5 && r.held_bits < 0.5 && r.train_bits < 0.5))
        fail_msg("%g %g %g bits", r.bpb, r.held_bits, r.train_bits);
    assert_int_equal(r.held_answers, ANSWERS);
    assert_int_equal(r.held_read, ANSWERS);
    assert_true(isnan(r.xz_bpb) && isnan(r.gzip_bpb));
    json_t *all = results(), *told = json_object_get(all, "held_out");
    assert_true(json_is_true(json_object_get(told, "answers_only")));
    assert_true(number(told, "bytes_evaluated") == ANSWERS);
    assert_true(json_is_null(json_object_get(told, "better_than_xz")));
    json_decref(all);
    size_t bytes;
    char *card = content("README.md", &bytes);
    assert_non_null(strstr(card, "answers only"));
    assert_null(strstr(card, "xz -9e, the files joined"));
    assert_null(strstr(card, "ompressor")); // no verdict, none that was missing
    mem_free(card);
}

static void much_held_out_text_is_read_in_part(void **state) {
    (void)state;
    char name[32];
    for (unsigned i = 0; i < 120; i++) {
        snprintf(name, sizeof name, "val/many%03u.py", i);
        put_lines(name, 100 + i);
    }
    const axl_train_options o = options();
    const axl_train_result r = trained(&o);
    assert_true(r.plan.held_bytes > 100000);
    assert_true(r.held_read > 50000 && r.held_read <= 65536);
    assert_true(r.held_files < 80);
    assert_non_null(strstr(ears.notes, "evenly chosen"));
    json_t *root = results();
    same(number(json_object_get(root, "held_out"), "bytes_evaluated"), (double)r.held_read);
    json_decref(root);
    size_t bytes;
    char *card = content("README.md", &bytes);
    assert_non_null(strstr(card, "of the held-out bytes were evaluated"));
    mem_free(card);
}

int main(void) {
#define BOXED(test) cmocka_unit_test_setup_teardown(test, make_box, remove_box)
    const struct CMUnitTest tests[] = {
        BOXED(the_end_says_what_an_evaluation_says),
        BOXED(hashes_are_those_of_the_files),
        BOXED(a_finished_run_is_left_alone),
        BOXED(a_stopped_evaluation_is_made_up_for),
        BOXED(held_out_text_in_the_data_is_refused),
        BOXED(other_data_are_noticed),
        BOXED(one_run_at_a_time),
        BOXED(other_kinds_of_text_are_evaluated),
        BOXED(hostile_names_do_no_harm),
        BOXED(the_best_model_is_kept),
        BOXED(only_answers_count),
        BOXED(much_held_out_text_is_read_in_part),
    };
    return cmocka_run_group_tests_name("api train", tests, NULL, NULL);
}
