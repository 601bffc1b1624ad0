#include "data/audit.h"
#include "data/data_case.h"
#include "os/scratch.h"
#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The unit of a path: what lies directly below box/data.
static void unit_of(char out[100], const char *path) {
    const char *below = path + strlen(data_box_path("data")) + 1;
    snprintf(out, 100, "%.*s", (int)strcspn(below, "/"), below);
}

static void make_units(size_t units) {
    char name[64];
    for (size_t i = 0; i < units; i++) {
        for (size_t k = 0; k < 3; k++) {
            snprintf(name, sizeof name, "unit%02zu/%zu/file.txt", i, k);
            data_file_words(name, i * 10 + k, 5 + i);
        }
    }
}

static void a_unit_is_in_one_set_only(void **state) {
    (void)state;
    make_units(30);
    corpus_spec spec = data_spec();
    for (spec.seed = 0; spec.seed < 20; spec.seed++) {
        spec.held_fraction = 0.05 + 0.02 * (double)spec.seed;
        corpus *c = data_build(&spec);
        const corpus_count *n = corpus_summarize(c)->set;
        assert_int_equal(n[0].units + n[1].units, 30);
        assert_int_equal(n[0].documents + n[1].documents, 90);
        for (size_t i = 0; i < n[1].documents; i++) {
            char held[100], train[100];
            unit_of(held, corpus_document_at(c, CORPUS_HELD, 0, i).path);
            for (size_t k = 0; k < n[0].documents; k++) {
                unit_of(train, corpus_document_at(c, CORPUS_TRAIN, 0, k).path);
                assert_string_not_equal(held, train);
            }
        }
        const double share = (double)n[1].bytes / (double)(n[0].bytes + n[1].bytes);
        assert_true(share >= spec.held_fraction && share <= 2 * spec.held_fraction);
        assert_false(corpus_summarize(c)->tail);
        corpus_free(c);
    }
}

static void manifest(buf *out, const corpus_spec *spec) {
    corpus *c = data_build(spec);
    buf_clear(out);
    assert_true(corpus_manifest(c, out));
    corpus_free(c);
}

static void the_split_depends_on_the_seed_alone(void **state) {
    (void)state;
    make_units(12);
    corpus_spec spec = data_spec();
    spec.held_fraction = 0.2;
    buf first = {0}, again = {0};
    manifest(&first, &spec);
    manifest(&again, &spec);
    assert_string_equal(first.data, again.data);
    assert_non_null(strstr(first.data, "axl-data 1 seed=1 split=by-unit fraction=0.200000"));
    size_t other = 0;
    for (spec.seed = 2; spec.seed < 12; spec.seed++) {
        manifest(&again, &spec);
        other += strcmp(strchr(first.data, '\n'), strchr(again.data, '\n')) != 0;
    }
    assert_true(other >= 8);
    // A changed byte shows in the hash of its set.
    spec.seed = 1;
    data_file_text("unit00/0/file.txt", "changed");
    manifest(&again, &spec);
    assert_string_not_equal(first.data, again.data);
    // Where the folder lies does not matter.
    make_units(12);
    manifest(&first, &spec);
    char moved[600];
    snprintf(moved, sizeof moved, "%s", data_box_path("moved"));
    assert_int_equal(rename(data_box_path("data"), moved), 0);
    const char *const paths[] = {moved};
    spec.path = paths;
    manifest(&again, &spec);
    char *a = strstr(first.data, "set "), *b = strstr(again.data, "set ");
    for (int line = 0; line < 2; line++, a = strchr(a, '\n') + 1, b = strchr(b, '\n') + 1)
        assert_memory_equal(a, b, (size_t)(strchr(a, '\n') - a));
    assert_int_equal(rename(moved, data_box_path("data")), 0);
    buf_free(&first);
    buf_free(&again);
}

static void a_single_file_gives_its_tail(void **state) {
    (void)state;
    data_file_text("a", "line one\nline two\nline three\nline four\nline five\n");
    corpus_spec spec = data_spec();
    spec.held_fraction = 0.3;
    corpus *c = data_build(&spec);
    assert_true(corpus_summarize(c)->tail);
    // 30 % of 49 bytes is 14: the next line starts 10 from the end.
    assert_string_equal(data_text(c, CORPUS_TRAIN, 0),
                        "<line one\nline two\nline three\nline four\n>");
    assert_string_equal(data_text(c, CORPUS_HELD, 0), "<line five\n>");
    assert_int_equal(corpus_summarize(c)->set[CORPUS_HELD].files, 1);
    assert_int_equal(corpus_summarize(c)->set[CORPUS_HELD].units, 1);
    buf text = {0};
    assert_true(corpus_manifest(c, &text));
    assert_non_null(strstr(text.data, "split=tail"));
    assert_non_null(strstr(text.data, "unit train+tail files=1 "));
    buf_free(&text);
    corpus_free(c);
    // Without lines, with the last line alone, and with one byte only.
    data_file_text("a", "012345678\n");
    c = data_build(&spec);
    assert_string_equal(data_text(c, CORPUS_HELD, 0), "<78\n>");
    corpus_free(c);
    data_file_text("a", "0123456789");
    c = data_build(&spec);
    assert_string_equal(data_text(c, CORPUS_HELD, 0), "<789>");
    corpus_free(c);
    data_file_text("a", "0");
    c = data_build(&spec);
    assert_string_equal(data_text(c, CORPUS_TRAIN, 0), "<0>");
    assert_int_equal(corpus_summarize(c)->set[CORPUS_HELD].documents, 0);
    corpus_free(c);
}

static void one_unit_gives_its_last_documents(void **state) {
    (void)state;
    data_file_text("a.jsonl",
                   "{\"text\":\"11111111\"}\n{\"text\":\"22222222\"}\n"
                   "{\"text\":\"33333333\"}\n{\"text\":\"44444444\"}\n");
    corpus_spec spec = data_spec();
    spec.held_fraction = 0.5;
    corpus *c = data_build(&spec);
    assert_true(corpus_summarize(c)->tail);
    assert_string_equal(data_text(c, CORPUS_TRAIN, 0), "<11111111><22222222>");
    assert_string_equal(data_text(c, CORPUS_HELD, 0), "<33333333><44444444>");
    corpus_free(c);
    spec.held_fraction = 0.1; // less than one: the end of one
    c = data_build(&spec);
    assert_string_equal(data_text(c, CORPUS_HELD, 0), "<444>");
    corpus_free(c);
}

// Two large units: to hold one out would leave half of the data, so it is the tail.
static void large_units_are_not_given_away(void **state) {
    (void)state;
    data_file_words("a", 1, 100);
    data_file_words("b", 2, 100);
    corpus_spec spec = data_spec();
    spec.held_fraction = 0.1;
    corpus *c = data_build(&spec);
    const corpus_count *n = corpus_summarize(c)->set;
    assert_true(corpus_summarize(c)->tail);
    assert_true((double)n[1].bytes < 0.11 * (double)n[0].bytes + 100);
    corpus_free(c);
    // With three of the same size, one may go.
    data_file_words("c", 3, 90);
    c = data_build(&spec);
    assert_false(corpus_summarize(c)->tail);
    assert_int_equal(corpus_summarize(c)->set[CORPUS_HELD].files, 1);
    corpus_free(c);
}

static void every_weighted_path_keeps_training_text(void **state) {
    (void)state;
    data_file_words("a", 1, 100);
    data_file_words("b", 2, 50);
    char a[600], b[600];
    snprintf(a, sizeof a, "%s:1", data_box_path("data/a"));
    snprintf(b, sizeof b, "%s:3", data_box_path("data/b"));
    const char *const paths[] = {a, b};
    corpus_spec spec = data_spec();
    spec.path = paths;
    spec.paths = 2;
    spec.held_fraction = 0.2;
    corpus *c = data_build(&spec);
    assert_true(corpus_summarize(c)->tail);
    assert_int_equal(corpus_documents(c, CORPUS_TRAIN, 0), 1);
    assert_int_equal(corpus_documents(c, CORPUS_TRAIN, 1), 1);
    assert_int_equal(corpus_documents(c, CORPUS_HELD, 0), 2);
    assert_int_equal(corpus_summarize(c)->set[CORPUS_HELD].units, 2);
    corpus_free(c);
}

static void held_out_paths_are_kept_out_of_training(void **state) {
    (void)state;
    data_file_text("a", "first");
    data_file_text("b", "second");
    data_file_text("held/c", "third");
    const char *const held[] = {data_box_path("data/held"), data_box_path("data/b")};
    corpus_spec spec = data_spec();
    spec.held = held;
    spec.held_paths = 2;
    corpus *c = data_build(&spec);
    assert_string_equal(data_text(c, CORPUS_HELD, 0), "<third><second>");
    assert_string_equal(data_text(c, CORPUS_TRAIN, 0), "<first>");
    buf text = {0};
    assert_true(corpus_manifest(c, &text));
    assert_non_null(strstr(text.data, "split=by-path"));
    assert_non_null(strstr(text.data, "held-out documents=1 bytes=5 "));
    assert_non_null(strstr(text.data, "held-out documents=1 bytes=6 "));
    buf_free(&text);
    assert_int_equal(corpus_summarize(c)->left_out[CORPUS_NAMED], 2);
    assert_int_equal(corpus_summarize(c)->left_out[CORPUS_HELD_OUT], 0);
    assert_int_equal(corpus_summarize(c)->left_out[CORPUS_DUPLICATE], 0);
    assert_true(corpus_summarize(c)->held_by_path);
    corpus_free(c);
    data_file_text("copy", "third"); // the same text by another name
    c = data_build(&spec);
    assert_string_equal(data_text(c, CORPUS_TRAIN, 0), "<first>");
    assert_int_equal(corpus_summarize(c)->left_out[CORPUS_NAMED], 2);
    assert_int_equal(corpus_summarize(c)->left_out[CORPUS_HELD_OUT], 1);
    corpus_free(c);
    axl_error err;
    data_file_write("empty", "", 0);
    const char *const empty[] = {data_box_path("data/empty")};
    spec.held = empty;
    spec.held_paths = 1;
    assert_int_equal(corpus_build(&c, &spec, &err), AXL_BAD_FILE);
    assert_non_null(strstr(err.text, "no text in the held-out data"));
}

typedef struct heard {
    size_t files;
    uint64_t shingles, shared;
} heard;

static void hear(void *ctx, const char *path, uint64_t shingles, uint64_t shared) {
    heard *h = ctx;
    assert_non_null(strstr(path, "/held/"));
    h->files++;
    h->shingles += shingles;
    h->shared += shared;
}

// Counts shingles of the held-out text in the training text the slow way.
static void count_slowly(const char *held, const char *train, heard *out) {
    const size_t bytes = strlen(held);
    for (size_t i = 0; i + AUDIT_SHINGLE <= bytes; i++) {
        char run[AUDIT_SHINGLE + 1];
        memcpy(run, held + i, AUDIT_SHINGLE);
        run[AUDIT_SHINGLE] = '\0';
        out->shingles++;
        out->shared += strstr(train, run) != NULL;
    }
}

static void the_audit_counts_what_both_sets_have(void **state) {
    (void)state;
    char words[4000], copied[4000], fresh[4000];
    buf b = {0};
    for (int i = 0; b.size < 3000; i++) buf_format(&b, "word%d, ", i * i);
    snprintf(words, sizeof words, "%s", b.data);
    snprintf(copied, sizeof copied, "%.900s XX %.700s", b.data + 100, b.data + 1500);
    buf_clear(&b);
    for (int i = 0; b.size < 3000; i++) buf_format(&b, "other%d; ", i * i * i % 9973);
    snprintf(fresh, sizeof fresh, "%s%.60s", b.data, words);
    buf_free(&b);
    data_file_text("train", words);
    data_file_text("held/copied", copied);
    data_file_text("held/fresh", fresh);
    data_file_text("held/short", "less than a shingle");
    const char *const held[] = {data_box_path("data/held")};
    corpus_spec spec = data_spec();
    spec.held = held;
    spec.held_paths = 1;
    corpus *c = data_build(&spec);
    audit_report report;
    heard got = {0}, expected = {0};
    assert_int_equal(corpus_audit(c, &report, hear, &got, NULL), AXL_OK);
    count_slowly(copied, words, &expected);
    assert_true(expected.shared > 1400);
    assert_string_equal(report.worst, data_box_path("data/held/copied"));
    assert_true(report.worst_share == (double)expected.shared / (double)expected.shingles);
    count_slowly(fresh, words, &expected);
    assert_int_equal(report.shingles, expected.shingles);
    assert_int_equal(report.shared, expected.shared);
    assert_int_equal(got.shingles, expected.shingles);
    assert_int_equal(got.shared, expected.shared);
    assert_int_equal(got.files, 2);
    assert_int_equal(report.files, 2);
    assert_int_equal(report.warned, 1);
    assert_int_equal(report.step, 1);
    assert_string_equal(report.source, data_box_path("data/train"));
    corpus_free(c);
}

// The name of the file that has most of the copy, though another has a run of it many times.
static void the_audit_finds_the_source(void **state) {
    (void)state;
    data_file_words("train/a", 1, 200);
    data_file_words("train/b", 2, 200);
    data_file_words("train/d", 4, 200);
    corpus_spec spec = data_spec();
    corpus *c = data_build(&spec);
    buf copy = {0}, repeats = {0};
    const char *b = strchr(data_text(c, CORPUS_TRAIN, 0) + 1, '<') + 1;
    buf_append(&copy, b, 9000);
    for (size_t i = 0; i < 1000; i++) buf_append(&repeats, b, 60);
    corpus_free(c);
    buf_text(&copy, "and an end of its own");
    data_file_write("held/c", copy.data, copy.size);
    data_file_write("train/c", repeats.data, repeats.size);
    buf_free(&copy);
    buf_free(&repeats);
    const char *const held[] = {data_box_path("data/held")};
    spec.held = held;
    spec.held_paths = 1;
    c = data_build(&spec);
    audit_report report;
    assert_int_equal(corpus_audit(c, &report, NULL, NULL, NULL), AXL_OK);
    assert_true(report.worst_share > 0.99);
    assert_string_equal(report.source, data_box_path("data/train/b"));
    corpus_free(c);
}

// Units that another one has nearly whole are never held out, as long as there are others.
static void near_copies_go_to_training(void **state) {
    (void)state;
    char name[32], end[16];
    for (size_t i = 0; i < 20; i++) {
        snprintf(name, sizeof name, "unit%02zu", i);
        data_file_words(name, i, 20);
    }
    corpus_spec spec = data_spec();
    corpus *c = data_build(&spec);
    // Each of the first ten has a twin with another last line.
    for (size_t i = 0; i < 10; i++) {
        const corpus_document d = corpus_document_at(c, CORPUS_TRAIN, 0, i);
        buf twin = {0};
        buf_append(&twin, data_text(c, CORPUS_TRAIN, 0) + d.start + 1, (size_t)d.bytes);
        snprintf(end, sizeof end, "twin %zu\n", i);
        buf_text(&twin, end);
        snprintf(name, sizeof name, "unit%02zu.twin", i);
        data_file_write(name, twin.data, twin.size);
        buf_free(&twin);
    }
    corpus_free(c);
    size_t moved = 0, split_twins = 0;
    for (spec.seed = 0; spec.seed < 10; spec.seed++) {
        audit_report report;
        spec.held_fraction = 0.2;
        spec.audit_most = 0;
        c = data_build(&spec);
        assert_int_equal(corpus_audit(c, &report, NULL, NULL, NULL), AXL_OK);
        split_twins += report.warned;
        assert_int_equal(corpus_summarize(c)->near, 0);
        corpus_free(c);
        spec.audit_most = 1 << 20;
        c = data_build(&spec);
        assert_int_equal(corpus_audit(c, &report, NULL, NULL, NULL), AXL_OK);
        assert_int_equal(report.warned, 0);
        moved += corpus_summarize(c)->near;
        const corpus_count *n = corpus_summarize(c)->set;
        assert_int_equal(n[0].units + n[1].units, 30);
        assert_true((double)n[1].bytes >= 0.2 * (double)(n[0].bytes + n[1].bytes));
        corpus_free(c);
    }
    assert_true(split_twins > 10 && moved >= split_twins);
}

// Where all units are copies of each other there is nothing better: some are held out all the same.
static void copies_without_others_are_held_out(void **state) {
    (void)state;
    data_file_words("unit0", 1, 40);
    corpus_spec spec = data_spec();
    corpus *c = data_build(&spec);
    buf text = {0};
    buf_append(&text, data_text(c, CORPUS_TRAIN, 0) + 1, 1500);
    corpus_free(c);
    for (size_t i = 1; i < 6; i++) {
        char name[32];
        snprintf(name, sizeof name, "unit%zu", i);
        buf_format(&text, "%zu", i);
        data_file_write(name, text.data, text.size);
    }
    buf_free(&text);
    spec.held_fraction = 0.2;
    spec.audit_most = 1 << 20;
    c = data_build(&spec);
    audit_report report;
    assert_int_equal(corpus_audit(c, &report, NULL, NULL, NULL), AXL_OK);
    assert_true(report.files > 0);
    assert_int_equal(report.warned, report.files);
    assert_false(corpus_summarize(c)->tail);
    assert_int_equal(corpus_summarize(c)->near, 0);
    corpus_free(c);
}

static void expect_change(const char *was, const buf *is, const char *text) {
    axl_error err = {0};
    assert_int_equal(corpus_manifest_compare(was, is->data, &err), AXL_BAD_FILE);
    if (!strstr(err.text, text)) fail_msg("%s", err.text);
}

static void a_record_tells_what_has_changed(void **state) {
    (void)state;
    make_units(12);
    corpus_spec spec = data_spec();
    spec.held_fraction = 0.2;
    buf first = {0}, now = {0};
    manifest(&first, &spec);
    assert_int_equal(corpus_manifest_compare(first.data, first.data, NULL), AXL_OK);
    // From another place.
    char moved[600];
    snprintf(moved, sizeof moved, "%s", data_box_path("moved"));
    assert_int_equal(rename(data_box_path("data"), moved), 0);
    const char *const paths[] = {moved};
    spec.path = paths;
    manifest(&now, &spec);
    assert_string_not_equal(first.data, now.data);
    assert_int_equal(corpus_manifest_compare(first.data, now.data, NULL), AXL_OK);
    assert_int_equal(rename(moved, data_box_path("data")), 0);
    spec = data_spec();
    spec.held_fraction = 0.2;
    // Another length, then another byte, in either set.
    static const char *const files[] = {"unit00/0/file.txt", "unit03/0/file.txt"};
    static const char *const sets[] = {"held-out", "training"};
    for (size_t i = 0; i < 2; i++) {
        char text[80];
        data_file_text(files[i], i ? "odd 567890" : "1234567890");
        manifest(&first, &spec);
        data_file_text(files[i], i ? "odd 56789" : "123456789");
        manifest(&now, &spec);
        snprintf(text, sizeof text, "bytes of %s text in ", sets[i]);
        expect_change(first.data, &now, text);
        data_file_text(files[i], i ? "odd 56789_" : "123456789_");
        manifest(&now, &spec);
        snprintf(text, sizeof text, "the %s text has as many bytes as then, but others", sets[i]);
        expect_change(first.data, &now, text);
    }
    // Weights.
    char a[600], b[600];
    snprintf(a, sizeof a, "%s:1", data_box_path("data/unit00"));
    snprintf(b, sizeof b, "%s:2", data_box_path("data/unit01"));
    const char *weighted[] = {a, b};
    spec.path = weighted;
    spec.paths = 2;
    manifest(&first, &spec);
    a[strlen(a) - 1] = '3';
    manifest(&now, &spec);
    expect_change(first.data, &now, "paths and weights");
    expect_change("something else", &now, "not one of this version");
    expect_change("axl-data 1 \n", &now, "the data have changed");
    buf_free(&first);
    buf_free(&now);
}

// A held-out set of 5 MB: a part of its shingles is looked at, and the share is near the true one.
static void the_audit_of_much_text_is_a_sample(void **state) {
    (void)state;
    data_file_words("train/a", 1, 40000);
    data_file_words("train/b", 2, 40000);
    corpus_spec spec = data_spec();
    corpus *c = data_build(&spec);
    const size_t bytes = (size_t)corpus_document_at(c, CORPUS_TRAIN, 0, 0).bytes;
    char *text = malloc(2 * bytes + 10);
    assert_non_null(text);
    strcpy(text, "start\n");
    strncpy(text + 6, data_text(c, CORPUS_TRAIN, 0) + 1, bytes);
    corpus_free(c);
    data_file_words("held/c", 3, 30000);
    data_file_write("held/copy", text, bytes + 6);
    free(text);
    const char *const held[] = {data_box_path("data/held")};
    spec.held = held;
    spec.held_paths = 1;
    c = data_build(&spec);
    audit_report report;
    assert_int_equal(corpus_audit(c, &report, NULL, NULL, NULL), AXL_OK);
    assert_true(report.step >= 4);
    assert_true(report.shingles > AUDIT_TABLE / 4 && report.shingles < AUDIT_TABLE * 2);
    const uint64_t all = corpus_summarize(c)->set[CORPUS_HELD].bytes;
    const double share = (double)report.shared / (double)report.shingles;
    const double truth = (double)bytes / (double)all;
    assert_true(share > truth - 0.005 && share < truth + 0.005);
    assert_int_equal(report.warned, 1);
    assert_true(report.worst_share > 0.999);
    corpus_free(c);
}

int main(void) {
#define BOXED(test) cmocka_unit_test_setup_teardown(test, data_box_make, data_box_remove)
    const struct CMUnitTest tests[] = {
        BOXED(a_unit_is_in_one_set_only),
        BOXED(the_split_depends_on_the_seed_alone),
        BOXED(a_single_file_gives_its_tail),
        BOXED(one_unit_gives_its_last_documents),
        BOXED(large_units_are_not_given_away),
        BOXED(every_weighted_path_keeps_training_text),
        BOXED(held_out_paths_are_kept_out_of_training),
        BOXED(the_audit_counts_what_both_sets_have),
        BOXED(the_audit_finds_the_source),
        BOXED(near_copies_go_to_training),
        BOXED(copies_without_others_are_held_out),
        BOXED(a_record_tells_what_has_changed),
        BOXED(the_audit_of_much_text_is_a_sample),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
