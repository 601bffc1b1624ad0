// Preparing text through the public interface: the same files come out at any number of threads,
// the checksums are those of what was written, and no text is in two sets.
#include "base/buf.h"
#include "base/error.h"
#include "base/sha256.h"
#include "data/data_case.h"
#include "data/intake.h"
#include "os/scratch.h"
#include "support/failing_alloc.h"
#include "support/unit.h"

#include <axl/axl.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *paths[4];
static char root[600], out[3][600];
static axl_error err;

static void expect(axl_status wanted, axl_status got) {
    if (got != wanted)
        fail_msg("%s, not %s: %s", axl_status_name(got), axl_status_name(wanted),
                 got == AXL_OK ? "" : err.text);
}

static void same_files(const char *a, const char *b) {
    buf x = data_file_read(a), y = data_file_read(b);
    assert_int_equal(x.size, y.size);
    assert_memory_equal(x.data, y.data, x.size);
    buf_free(&x);
    buf_free(&y);
}

static void has_sha256(const char *path, const char *hex) {
    uint8_t hash[SHA256_BYTES];
    char text[SHA256_HEX_MAX];
    buf bytes = data_file_read(path);
    sha256 s;
    sha256_begin(&s);
    sha256_add(&s, bytes.data, bytes.size);
    sha256_end(&s, hash);
    assert_string_equal(sha256_hex(text, hash), hex);
    buf_free(&bytes);
}

static json_t *read_json(const char *path) {
    buf text = data_file_read(path);
    json_error_t why;
    json_t *value = json_loadb(text.data, text.size, JSON_REJECT_DUPLICATES, &why);
    if (!value) fail_msg("%s is no JSON: %s in %s", path, why.text, buf_string(&text));
    buf_free(&text);
    return value;
}

static long long count_in(const json_t *object, const char *name) {
    const json_t *value = json_object_get(object, name);
    if (!json_is_integer(value)) fail_msg("no count %s", name);
    return (long long)json_integer_value(value);
}

#define KEY                                                                                        \
    "f3Kd9"                                                                                        \
    "Qz7Lm2"                                                                                       \
    "Xw8Rt5"                                                                                       \
    "Vb1"

// Three projects of 20 documents. In each one is there twice and one nearly; document 7 has a
// secret, 9 is no UTF-8; project c has all but the last line of a document of project a.
static void make_projects(void) {
    static const char projects[] = "abc";
    char name[32];
    buf text = {0}, near = {0};
    for (uint64_t p = 0; p < 3; p++)
        for (uint64_t i = 0; i < 20; i++) {
            snprintf(name, sizeof name, "%c/f%02d.py", projects[p], (int)i);
            data_file_words(name, 100 * p + (i == 5 ? 4 : i), 30);
            if (i != 7 && i != 9 && i != 11) continue;
            if (i == 7) buf_text(&text, "TOKEN = '" KEY "'\n");
            if (i == 9) buf_text(&text, "caf\xe9\n");
            if (i == 11) {
                char same[700];
                snprintf(same, sizeof same, "%s/%c/f10.py", root, projects[p]);
                near = data_file_read(same);
                buf_append(&text, near.data, near.size);
                buf_text(&text, "one more line\n");
                buf_free(&near);
            }
            data_file_write(name, text.data, text.size);
            buf_clear(&text);
        }
    char same[700];
    snprintf(same, sizeof same, "%s/a/f00.py", root);
    near = data_file_read(same);
    buf_append(&text, near.data, near.size);
    buf_text(&text, "y = 2\n");
    data_file_write("c/f19.py", text.data, text.size);
    buf_free(&near);
    buf_free(&text);
}

static int begin(void **state) {
    data_box_make(state);
    snprintf(root, sizeof root, "%s", data_box_path("data"));
    for (int i = 0; i < 3; i++) {
        char name[16];
        snprintf(name, sizeof name, "out%d", i);
        snprintf(out[i], sizeof out[i], "%s", data_box_path(name));
    }
    paths[0] = root;
    make_projects();
    return 0;
}

static uint64_t reason_count(const axl_data_reason *reasons, size_t count, const char *name) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(reasons[i].name, name) == 0) return reasons[i].count;
    return 0;
}

// ---- filter ----

static axl_data_filter_options filter_options(const char *to) {
    axl_data_filter_options o;
    axl_data_filter_defaults(&o);
    o.source.paths = paths;
    o.source.path_count = 1;
    o.target.out = to;
    return o;
}

static void filters_write_the_same_at_any_number_of_threads(void **state) {
    (void)state;
    static const size_t threads[] = {1, 2, 4};
    char to[3][2000], manifest[3][1024];
    for (size_t i = 0; i < 3; i++) {
        axl_data_filter_result r;
        snprintf(to[i], sizeof to[i], "%s.jsonl", out[i]);
        axl_data_filter_options o = filter_options(to[i]);
        o.source.threads = threads[i];
        expect(AXL_OK, axl_data_filter(&o, &r, &err));
        snprintf(manifest[i], sizeof manifest[i], "%s", r.written.manifest);
        has_sha256(to[i], r.written.sha256);
        assert_int_equal(r.documents, 60);
        assert_int_equal(reason_count(r.reasons, r.reason_count, "utf8"), 3);
        // Document 7 is the same in all projects.
        assert_int_equal(reason_count(r.reasons, r.reason_count, "duplicate"), 5);
        assert_int_equal(reason_count(r.reasons, r.reason_count, "near"), 4);
        assert_int_equal(r.written.documents, 60 - 12);
        assert_int_equal(r.masked, 1);
        assert_int_equal(r.secret_count, 1);
        assert_string_equal(r.secrets[0].name, "assignment");
        same_files(to[0], to[i]);
        same_files(manifest[0], manifest[i]);
    }
    json_t *m = read_json(manifest[0]);
    const json_t *written = json_object_get(m, "written");
    assert_int_equal(count_in(m, "documents"), 60);
    assert_int_equal(count_in(json_object_get(m, "left_out"), "near"), 4);
    assert_int_equal(count_in(json_object_get(m, "masked"), "assignment"), 1);
    assert_int_equal(count_in(written, "documents"), 48);
    has_sha256(to[0], json_string_value(json_object_get(written, "sha256")));
    json_decref(m);
}

static void folders_have_their_checksums(void **state) {
    (void)state;
    axl_data_filter_result r;
    char path[1024], line[400];
    const axl_data_filter_options o = filter_options(out[0]);
    expect(AXL_OK, axl_data_filter(&o, &r, &err));
    assert_int_equal(r.written.files, 48);
    snprintf(path, sizeof path, "%s/SHA256SUMS", out[0]);
    has_sha256(path, r.written.sha256);
    FILE *sums = fopen(path, "rb");
    size_t files = 0;
    while (fgets(line, sizeof line, sums)) {
        line[strcspn(line, "\n")] = '\0';
        assert_true(strlen(line) > 66);
        line[64] = '\0';
        snprintf(path, sizeof path, "%s/%s", out[0], line + 66);
        has_sha256(path, line);
        files++;
    }
    fclose(sums);
    assert_int_equal(files, 48);
    expect(AXL_BAD_ARGUMENT, axl_data_filter(&o, &r, &err));
    assert_non_null(strstr(err.text, "has files in it"));
}

static int stop_at_once(void *ctx, const char *what, size_t done, size_t total) {
    (void)ctx, (void)what, (void)done, (void)total;
    return 1;
}

static void wrong_options_and_stops_leave_nothing(void **state) {
    (void)state;
    char to[650];
    snprintf(to, sizeof to, "%s.jsonl", out[0]);
    axl_data_filter_options o = filter_options(to);
    o.near = 0.3;
    expect(AXL_BAD_ARGUMENT, axl_data_filter(&o, NULL, &err));
    o = filter_options(to);
    o.min_alnum = 2;
    expect(AXL_BAD_ARGUMENT, axl_data_filter(&o, NULL, &err));
    o = filter_options(NULL);
    expect(AXL_BAD_ARGUMENT, axl_data_filter(&o, NULL, &err));
    o = filter_options(to);
    o.source.path_count = 0;
    expect(AXL_BAD_ARGUMENT, axl_data_filter(&o, NULL, &err));
    o = filter_options(to);
    o.source.max_bytes = (uint64_t)65 << 20;
    expect(AXL_BAD_ARGUMENT, axl_data_filter(&o, NULL, &err));
    static const char *const absent[] = {"/absent/benchmark.jsonl"};
    o = filter_options(to);
    o.against = absent;
    o.against_count = 1;
    expect(AXL_NOT_FOUND, axl_data_filter(&o, NULL, &err));
    o = filter_options(to);
    o.source.progress = stop_at_once;
    expect(AXL_INTERRUPTED, axl_data_filter(&o, NULL, &err));
    FILE *file = fopen(to, "rb");
    assert_null(file);
}

static void benchmarks_are_taken_out(void **state) {
    (void)state;
    char benchmark[700], to[650];
    axl_data_filter_result r;
    snprintf(benchmark, sizeof benchmark, "%s/b/f03.py", root);
    snprintf(to, sizeof to, "%s.jsonl", out[0]);
    const char *const against[] = {benchmark};
    axl_data_filter_options o = filter_options(to);
    o.against = against;
    o.against_count = 1;
    expect(AXL_OK, axl_data_filter(&o, &r, &err));
    assert_true(r.benchmark_texts > 0);
    assert_int_equal(reason_count(r.reasons, r.reason_count, "benchmark"), 1);
}

// An output in the folder that is read is no data, nor is what a killed writer left there.
static void its_own_files_are_no_data(void **state) {
    (void)state;
    char to[700], folder[700], sum[80];
    axl_data_filter_result first, again;
    snprintf(to, sizeof to, "%s/out.jsonl", root);
    snprintf(folder, sizeof folder, "%s/a/new", root);
    axl_data_filter_options o = filter_options(to);
    o.target.force = true;
    expect(AXL_OK, axl_data_filter(&o, &first, &err));
    assert_int_equal(first.documents, 60);
    data_file_text("a/.axl-tmp-1-2-3", "left = 1\n");
    expect(AXL_OK, axl_data_filter(&o, &again, &err));
    assert_int_equal(again.documents, 60);
    assert_string_equal(again.written.sha256, first.written.sha256);
    o.target.out = folder;
    const char *const named[] = {root, to}; // what is named is read
    o.source.paths = named;
    o.source.path_count = 1;
    expect(AXL_OK, axl_data_filter(&o, &again, &err));
    // out.jsonl is data of another call, its lines are copies, and its manifest is a text.
    assert_int_equal(again.documents, 60 + first.written.documents + 1);
    o.target.out = to;
    o.source.paths = named + 1;
    expect(AXL_OK, axl_data_filter(&o, &again, &err));
    assert_int_equal(again.documents, first.written.documents);
    snprintf(folder, sizeof folder, "%s/b/sets", root);
    for (int i = 0; i < 2; i++) {
        axl_data_split_result r;
        const axl_data_split_options s = {
            .source = {.paths = named, .path_count = 1}, .out = folder, .force = true};
        expect(AXL_OK, axl_data_split(&s, &r, &err));
        if (i == 0) snprintf(sum, sizeof sum, "%s", r.train.sha256);
        assert_string_equal(r.train.sha256, sum);
    }
}

// ---- mix ----

static void mixtures_are_drawn_by_their_seed(void **state) {
    (void)state;
    char path[2][700], to[3][2000];
    snprintf(path[0], sizeof path[0], "%s/a:3", root);
    snprintf(path[1], sizeof path[1], "%s/b", root);
    paths[0] = path[0];
    paths[1] = path[1];
    axl_data_mix_options o = {.source = {.paths = paths, .path_count = 2}, .bytes = 20000};
    for (int i = 0; i < 3; i++) {
        axl_data_mix_result *r;
        snprintf(to[i], sizeof to[i], "%s.jsonl", out[i]);
        o.target.out = to[i];
        o.seed = i == 2;
        expect(AXL_OK, axl_data_mix(&o, &r, &err));
        assert_int_equal(r->part_count, 2);
        assert_true(r->parts[0].weight == 3 && r->parts[1].weight == 1);
        assert_true(r->parts[0].share > 0.72 && r->parts[0].share < 0.78);
        // A document has about 1,500 bytes, and the last one of a part may be over.
        assert_in_range(r->written.bytes, 20000, 25000);
        assert_int_equal(r->parts[0].bytes + r->parts[1].bytes, r->written.bytes);
        assert_int_equal(reason_count(r->reasons, r->reason_count, "utf8"), 2);
        has_sha256(to[i], r->written.sha256);
        axl_data_mix_free(r);
    }
    same_files(to[0], to[1]);
    buf first = data_file_read(to[0]), other = data_file_read(to[2]);
    assert_true(first.size != other.size || memcmp(first.data, other.data, first.size) != 0);
    buf_free(&first);
    buf_free(&other);
    axl_data_mix_result *r = (void *)paths;
    o.temperature = -1;
    expect(AXL_BAD_ARGUMENT, axl_data_mix(&o, &r, &err));
    assert_null(r);
}

// ---- split ----

typedef struct split_seen {
    bool project[3];
    buf first; // of the texts that were put here, a line each
} split_seen;

static axl_status see(void *ctx, const record *r, axl_error *error) {
    split_seen *s = ctx;
    (void)error;
    s->project[r->project[0] - 'a'] = true;
    buf_append(&s->first, r->text, strcspn(r->text, "\n") + 1);
    return AXL_OK;
}

static void refuse(void *ctx, const char *path, uint64_t line, drop_reason reason) {
    (void)ctx;
    fail_msg("%s:%d is left out: %d", path, (int)line, (int)reason);
}

static split_seen read_set(const char *name) {
    char path[700];
    split_seen s = {.first = {0}};
    snprintf(path, sizeof path, "%s/%s", out[0], name);
    const char *const list[] = {path};
    const intake_spec spec = {.path = list, .paths = 1, .bytes_max = 1 << 20};
    const intake_sink sink = {see, refuse, &s};
    expect(AXL_OK, intake_read(&spec, &sink, &err));
    return s;
}

static void splits_share_no_project_and_no_text(void **state) {
    (void)state;
    char path[700];
    axl_data_split_result r;
    axl_data_split_options o = {
        .source = {.paths = paths, .path_count = 1}, .out = out[0], .near = 0.7};
    for (o.seed = 0; o.seed < 6; o.seed++) {
        o.force = o.seed > 0;
        expect(AXL_OK, axl_data_split(&o, &r, &err));
        split_seen train = read_set("train.jsonl"), held = read_set("held.jsonl");
        for (int i = 0; i < 3; i++) assert_true(train.project[i] != held.project[i]);
        assert_int_equal(r.train.projects + r.held.projects, 3);
        // a and c have a document nearly in common, and all three one that is in each.
        const bool apart = held.project[0] != held.project[2];
        assert_int_equal(reason_count(r.reasons, r.reason_count, "near_held"), apart);
        assert_int_equal(reason_count(r.reasons, r.reason_count, "held_out"), r.train.projects);
        assert_int_equal(reason_count(r.reasons, r.reason_count, "utf8"), 3);
        assert_true(r.train.documents > 0 && r.held.documents > 0);
        char *texts = (char *)(uintptr_t)buf_string(&held.first);
        for (char *line = strtok(texts, "\n"); line; line = strtok(NULL, "\n"))
            if (!strstr(line, "TOKEN")) assert_null(strstr(buf_string(&train.first), line));
        snprintf(path, sizeof path, "%s/train.jsonl", out[0]);
        has_sha256(path, r.train.sha256);
        json_t *m = read_json(r.manifest);
        const json_t *projects = json_object_get(json_object_get(m, "held"), "projects");
        assert_int_equal(json_object_size(projects), r.held.projects);
        assert_true(
            held.project[*json_object_iter_key(json_object_iter((json_t *)projects)) - 'a']);
        json_decref(m);
        buf_free(&train.first);
        buf_free(&held.first);
    }
    o.force = false;
    expect(AXL_BAD_ARGUMENT, axl_data_split(&o, &r, &err));
    o.held = 0.9;
    expect(AXL_BAD_ARGUMENT, axl_data_split(&o, &r, &err));
    snprintf(path, sizeof path, "%s/a/f00.py", root);
    paths[0] = path;
    o = (axl_data_split_options){.source = {.paths = paths, .path_count = 1}, .out = out[1]};
    expect(AXL_BAD_FILE, axl_data_split(&o, &r, &err));
}

// ---- stats ----

static void everything_is_counted(void **state) {
    (void)state;
    axl_data_stats_result r;
    axl_data_source source = {.paths = paths, .path_count = 1};
    data_file_text("long.txt", "\n\nabc\n");
    expect(AXL_OK, axl_data_stats(&source, 0.7, &r, &err));
    assert_int_equal(r.documents, 61);
    assert_int_equal(r.projects, 4);
    assert_int_equal(r.endings, 2);
    assert_string_equal(r.top_endings[0].name, ".py");
    assert_int_equal(r.top_endings[0].documents, 60);
    assert_string_equal(r.top_projects[3].name, "long.txt");
    assert_int_equal(r.top_projects[3].bytes, 6);
    assert_int_equal(r.empty_lines, 2);
    assert_int_equal(r.not_utf8, 3);
    assert_int_equal(r.duplicates, 3 + 2 + 2); // f05, f07 and f09
    assert_int_equal(r.near, 4);
    assert_true(r.percentiles[0] <= r.percentiles[2] && r.percentiles[2] <= r.percentiles[4]);
    assert_true(r.alnum > 0.5 && r.alnum < 1);
    expect(AXL_OK, axl_data_stats(&source, 0, &r, &err));
    assert_int_equal(r.near, 0);
    expect(AXL_BAD_ARGUMENT, axl_data_stats(&source, 2, &r, &err));
    // Nothing at all is no failure.
    data_file_text("none/a.py", "");
    char path[700];
    snprintf(path, sizeof path, "%s/none", root);
    paths[0] = path;
    expect(AXL_OK, axl_data_stats(&source, 0.7, &r, &err));
    assert_int_equal(r.documents, 0);
    assert_int_equal(reason_count(r.reasons, r.reason_count, "empty"), 1);
}

// ---- pull ----

static void what_cannot_be_fetched_is_refused(void **state) {
    (void)state;
    static const char *const what[] = {"http://127.0.0.1:1/x"}, *const wrong[] = {"abc"};
    axl_data_pull_result *r;
    axl_data_pull_options o = {.what = what, .what_count = 1, .out = out[0]};
    if (axl_data_pull_missing()) {
        expect(AXL_UNSUPPORTED, axl_data_pull(&o, &r, &err));
        assert_string_equal(err.text, axl_data_pull_missing());
        return;
    }
    o.sha256 = wrong;
    o.sha256_count = 1;
    expect(AXL_BAD_ARGUMENT, axl_data_pull(&o, &r, &err));
    o.sha256_count = 2;
    expect(AXL_BAD_ARGUMENT, axl_data_pull(&o, &r, &err));
    o = (axl_data_pull_options){.what = what, .what_count = 0, .out = out[0]};
    expect(AXL_BAD_ARGUMENT, axl_data_pull(&o, &r, &err));
    assert_null(r);
}

// ---- memory ----

static axl_status run_all(void *ctx, axl_error *error) {
    char to[650];
    (void)ctx;
    snprintf(to, sizeof to, "%s.jsonl", out[0]);
    axl_data_filter_options f = filter_options(to);
    f.target.force = true;
    f.source.path_count = 2;
    f.source.threads = 1;
    FORWARD(axl_data_filter(&f, NULL, error));
    axl_data_mix_result *mixed;
    const axl_data_mix_options m = {.source = f.source, .target = f.target};
    FORWARD(axl_data_mix(&m, &mixed, error));
    axl_data_mix_free(mixed);
    const axl_data_split_options s = {
        .source = f.source, .out = out[1], .force = true, .near = 0.7};
    FORWARD(axl_data_split(&s, NULL, error));
    axl_data_stats_result counted;
    return axl_data_stats(&f.source, 0.7, &counted, error);
}

static void memory_may_run_out(void **state) {
    (void)state;
    // A few documents are enough to allocate everything once.
    char path[2][700];
    for (int i = 0; i < 2; i++) {
        snprintf(path[i], sizeof path[i], "%s/a/f0%d.py", root, i);
        paths[i] = path[i];
    }
    failing_alloc_install();
    assert_true(for_each_failing_alloc(run_all, NULL) > 20);
    failing_alloc_remove();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, data_box_remove)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(filters_write_the_same_at_any_number_of_threads),
        TEST(folders_have_their_checksums),
        TEST(wrong_options_and_stops_leave_nothing),
        TEST(benchmarks_are_taken_out),
        TEST(its_own_files_are_no_data),
        TEST(mixtures_are_drawn_by_their_seed),
        TEST(splits_share_no_project_and_no_text),
        TEST(everything_is_counted),
        TEST(what_cannot_be_fetched_is_refused),
        TEST(memory_may_run_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
