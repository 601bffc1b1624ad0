#include "data/corpus.h"

#include "data/data_case.h"
#include "os/fault_plan.h"
#include "os/scratch.h"
#include "support/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utime.h>

static void every_kind_of_file_gives_its_documents(void **state) {
    (void)state;
    data_file_text("a.txt", "one\r\ntwo");
    data_file_text("b/c.py", "x = 1\n");
    data_file_text("d.jsonl",
                   "{\"text\":\"t\\u00e9xt\",\"n\":[1]}\n"
                   "{\"content\":\"body\"}\n\n"
                   "{\"source_code\":\"f()\",\"target_code\":\"g()\"}\n"
                   "{\"prompt\":\"p \",\"completion\":\"q\"}");
    data_file_gzip("e.txt.gz", "packed", 6);
    data_file_gzip("f.jsonl.gz", "{\"text\":\"z\"}\n{\"text\":3}\n", 25);
    const corpus_spec spec = data_spec();
    corpus *c = data_build(&spec);
    assert_string_equal(data_text(c, CORPUS_TRAIN, 0),
                        "<one\r\ntwo><x = 1\n><t\xC3\xA9xt><body><f()\ng()><p q><packed><z>");
    const corpus_summary *s = corpus_summarize(c);
    assert_int_equal(s->set[CORPUS_TRAIN].files, 5);
    assert_int_equal(s->set[CORPUS_TRAIN].units, 5);
    assert_int_equal(s->set[CORPUS_TRAIN].documents, 8);
    assert_int_equal(s->set[CORPUS_HELD].documents, 0);
    assert_int_equal(s->left_out[CORPUS_EMPTY], 1);
    assert_int_equal(s->left_out[CORPUS_FIELD], 1);
    assert_string_equal(corpus_document_at(c, CORPUS_TRAIN, 0, 1).path,
                        data_box_path("data/b/c.py"));
    corpus_free(c);
    // Nothing is left in the folder of the temporary file.
    assert_int_equal(rmdir(data_box_path("spool")), 0);
    assert_int_equal(mkdir(data_box_path("spool"), 0777), 0);
}

static void duplicates_take_no_room(void **state) {
    (void)state;
    data_file_text("a.jsonl", "{\"text\":\"one\"}\n{\"text\":\"two\"}\n{\"text\":\"one\"}\n");
    data_file_gzip("b.txt.gz", "two", 3);
    data_file_gzip("c.txt.gz", "four", 4);
    data_file_text("d.txt", "four");
    const corpus_spec spec = data_spec();
    corpus *c = data_build(&spec);
    assert_string_equal(data_text(c, CORPUS_TRAIN, 0), "<one><two><four>");
    assert_int_equal(corpus_summarize(c)->left_out[CORPUS_DUPLICATE], 3);
    assert_int_equal(corpus_summarize(c)->spooled, 10);
    buf manifest = {0};
    assert_true(corpus_manifest(c, &manifest));
    assert_null(strstr(manifest.data, "b.txt"));
    assert_null(strstr(manifest.data, "d.txt"));
    buf_free(&manifest);
    corpus_free(c);
}

static void fields_can_be_chosen(void **state) {
    (void)state;
    data_file_text("a.jsonl", "{\"b\":\"B\",\"c\":\"C\",\"a\":null}\n{\"a\":\"A\",\"b\":\"x\"}\n");
    corpus_spec spec = data_spec();
    spec.fields = "a,b+c";
    corpus *c = data_build(&spec);
    assert_string_equal(data_text(c, CORPUS_TRAIN, 0), "<B\nC><A>");
    corpus_free(c);
    axl_error err;
    spec.fields = "a,,b";
    assert_int_equal(corpus_build(&c, &spec, &err), AXL_BAD_ARGUMENT);
    spec.fields = "nothing";
    assert_int_equal(corpus_build(&c, &spec, &err), AXL_BAD_FILE);
    assert_non_null(strstr(err.text, "no text to train on"));
}

static void what_is_no_text_is_left_out_and_listed(void **state) {
    (void)state;
    char line[3000];
    memset(line, 'x', sizeof line);
    data_file_text("good.txt", "good");
    data_file_write("binary", "a\0b", 3);
    data_file_text("control", "\1\2\3\4abcd");
    data_file_write("long", line, sizeof line);
    data_file_write("empty", "", 0);
    data_file_text("same.txt", "good");
    data_file_text("z/.gitignore", "*.o\n");
    data_file_text("z/x.o", "object");
    data_file_text("z/keep", "kept");
    data_file_text(".git/config", "[core]");
    data_file_text("broken.jsonl", "{\"text\":\"ok\"}\n{\"text\":\n[1]\n{\"text\":\"\xFF\"}\n{}\n");
    data_file_text("damaged.txt.gz", "\x1F\x8B\x08 no gzip");
    assert_int_equal(symlink("z", data_box_path("data/loop")), 0);
    assert_int_equal(symlink("nowhere", data_box_path("data/dangling")), 0);
    assert_int_equal(symlink("good.txt", data_box_path("data/link")), 0);
    assert_int_equal(mkfifo(data_box_path("data/fifo"), 0666), 0);
    corpus_spec spec = data_spec();
    spec.line_max = sizeof line - 1;
    corpus *c = data_build(&spec);
    assert_string_equal(data_text(c, CORPUS_TRAIN, 0), "<ok><good><*.o\n><kept>");
    // Of files without documents nothing is kept.
    buf manifest = {0};
    assert_true(corpus_manifest(c, &manifest));
    assert_null(strstr(manifest.data, "same.txt"));
    assert_null(strstr(manifest.data, "link"));
    buf_free(&manifest);
    char expected[1000];
    snprintf(expected, sizeof expected,
             "%d binary:0\n%d broken.jsonl:2\n%d broken.jsonl:3\n%d broken.jsonl:4\n"
             "%d broken.jsonl:5\n%d control:0\n%d damaged.txt.gz:0\n%d dangling:0\n%d empty:0\n"
             "%d fifo:0\n%d link:0\n%d long:0\n%d loop:0\n%d same.txt:0\n%d z/x.o:0\n",
             CORPUS_BINARY, CORPUS_JSON, CORPUS_JSON, CORPUS_JSON, CORPUS_FIELD, CORPUS_BINARY,
             CORPUS_DAMAGED, CORPUS_GONE, CORPUS_EMPTY, CORPUS_SPECIAL, CORPUS_DUPLICATE,
             CORPUS_LONG_LINE, CORPUS_LINK, CORPUS_DUPLICATE, CORPUS_IGNORED);
    assert_string_equal(buf_string(&data_left_out), expected);
    uint64_t sum = 0;
    for (int i = 0; i < CORPUS_REASONS; i++) sum += corpus_summarize(c)->left_out[i];
    assert_int_equal(sum, 15);
    corpus_free(c);
}

// With a line of exactly the limit, the file stays.
static void limits_are_exact(void **state) {
    (void)state;
    char line[5001];
    memset(line, 'x', sizeof line);
    line[4000] = '\n';
    corpus_spec spec = data_spec();
    data_file_write("a", line, sizeof line);
    spec.line_max = 4000;
    corpus_free(data_build(&spec));
    spec.line_max = 3999;
    corpus *c;
    axl_error err;
    assert_int_equal(corpus_build(&c, &spec, &err), AXL_BAD_FILE);
    assert_null(c);
    // 30 percent of control characters are allowed, more are not.
    memset(line, '\1', 1500);
    data_file_write("a", line, sizeof line - 1);
    spec.line_max = 0;
    corpus_free(data_build(&spec));
    line[1500] = '\1';
    data_file_write("a", line, sizeof line - 1);
    assert_int_equal(corpus_build(&c, &spec, &err), AXL_BAD_FILE);
}

static void patterns_and_weights_are_understood(void **state) {
    (void)state;
    data_file_text("p/a.c", "A");
    data_file_text("p/b.h", "B");
    data_file_text("q/r/c.c", "C");
    data_file_text("q/odd:2", "D");
    char deep[600], odd[600], plain[600];
    snprintf(deep, sizeof deep, "%s:0.75", data_box_path("data/**/*.c"));
    snprintf(odd, sizeof odd, "%s", data_box_path("data/q/odd:2"));
    snprintf(plain, sizeof plain, "%s:.25", data_box_path("data/p/b.h"));
    const char *const paths[] = {deep, plain};
    corpus_spec spec = data_spec();
    spec.path = paths;
    spec.paths = 2;
    corpus *c = data_build(&spec);
    assert_int_equal(corpus_summarize(c)->groups, 2);
    assert_true(corpus_weight(c, 0) == 0.75 && corpus_weight(c, 1) == 0.25);
    assert_string_equal(data_text(c, CORPUS_TRAIN, 0), "<A><C>");
    assert_string_equal(data_text(c, CORPUS_TRAIN, 1), "<B>");
    corpus_free(c);
    // A name with a colon and a number in it is a name.
    const char *const named[] = {odd};
    spec.path = named;
    spec.paths = 1;
    c = data_build(&spec);
    assert_int_equal(corpus_summarize(c)->groups, 1);
    assert_string_equal(data_text(c, CORPUS_TRAIN, 0), "<D>");
    corpus_free(c);
}

// A path that a pattern matches in several ways comes once; hidden names must be asked for.
static void patterns_match_each_path_once(void **state) {
    (void)state;
    data_file_text("p/q/a.c", "A");
    data_file_text("p/.h/b.c", "B");
    data_file_text("p/.c.c", "C");
    const struct {
        const char *pattern, *text;
    } cases[] = {
        {"data/**/**/*.c", "<A>"},  {"data/p/.*.c", "<C>"},     {"data/p/.h/*", "<B>"},
        {"data/?/[pq]/*.c", "<A>"}, {"data/p/**", "<C><B><A>"}, // the folder itself, which is
                                                                // walked
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const char *const paths[] = {data_box_path(cases[i].pattern)};
        corpus_spec spec = data_spec();
        spec.path = paths;
        corpus *c = data_build(&spec);
        assert_string_equal(data_text(c, CORPUS_TRAIN, 0), cases[i].text);
        assert_int_equal(corpus_summarize(c)->left_out[CORPUS_DUPLICATE], 0);
        corpus_free(c);
    }
}

static void what_is_not_there_is_named(void **state) {
    (void)state;
    data_file_text("a", "A");
    char small[600];
    snprintf(small, sizeof small, "%s:0.0001", data_box_path("data/a"));
    const struct {
        const char *path;
        axl_status status;
        const char *text;
    } cases[] = {
        {data_box_path("data/missing"), AXL_NOT_FOUND, "missing is not there"},
        {data_box_path("data/*.none"), AXL_NOT_FOUND, "nothing matches"},
        {"", AXL_BAD_ARGUMENT, "a path is empty"},
        {small, AXL_OK, NULL},
    };
    corpus_spec spec = data_spec();
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        corpus *c;
        axl_error err = {0};
        spec.path = &cases[i].path;
        assert_int_equal(corpus_build(&c, &spec, &err), cases[i].status);
        if (cases[i].text) assert_non_null(strstr(err.text, cases[i].text));
        corpus_free(c);
    }
    const char *const two[] = {small, data_box_path("data")};
    corpus *c;
    axl_error err;
    spec.path = two;
    spec.paths = 2;
    assert_int_equal(corpus_build(&c, &spec, &err), AXL_BAD_ARGUMENT);
    assert_non_null(strstr(err.text, "less than 1/1024"));
    spec = data_spec();
    spec.paths = 0;
    assert_int_equal(corpus_build(&c, &spec, &err), AXL_BAD_ARGUMENT);
    spec = data_spec();
    spec.held_fraction = 0.51;
    assert_int_equal(corpus_build(&c, &spec, &err), AXL_BAD_ARGUMENT);
    spec = data_spec();
    spec.folder = NULL;
    data_file_text("b.jsonl", "{\"text\":\"x\"}");
    assert_int_equal(corpus_build(&c, &spec, &err), AXL_BAD_ARGUMENT);
    assert_non_null(strstr(err.text, "temporary file"));
}

// Any part of the text equals that part of the whole.
static void parts_equal_the_whole(void **state) {
    (void)state;
    data_file_text("a", "alpha");
    data_file_text("b", "b");
    data_file_text("c.jsonl", "{\"text\":\"gamma\"}\n{\"text\":\"\\u0000\"}\n");
    const corpus_spec spec = data_spec();
    corpus *c = data_build(&spec);
    const size_t length = (size_t)corpus_length(c, CORPUS_TRAIN, 0);
    assert_int_equal(length, 5 + 1 + 5 + 1 + 8);
    uint16_t whole[32], part[32];
    assert_int_equal(corpus_symbols(c, (corpus_range){CORPUS_TRAIN, 0, 0, length}, whole, NULL),
                     AXL_OK);
    for (size_t at = 0; at <= length; at++) {
        for (size_t count = 0; at + count <= length; count++) {
            memset(part, 0xEE, sizeof part);
            const corpus_range range = {CORPUS_TRAIN, 0, at, count};
            assert_int_equal(corpus_symbols(c, range, part, NULL), AXL_OK);
            assert_memory_equal(part, whole + at, count * sizeof *part);
            assert_int_equal(part[count], 0xEEEE);
        }
        const corpus_range behind = {CORPUS_TRAIN, 0, at, length - at + 1};
        assert_int_equal(corpus_symbols(c, behind, part, NULL), AXL_INTERNAL);
    }
    assert_int_equal(corpus_document_of(c, CORPUS_TRAIN, 0, 6), 0);
    assert_int_equal(corpus_document_of(c, CORPUS_TRAIN, 0, 7), 1);
    assert_int_equal(corpus_document_of(c, CORPUS_TRAIN, 0, length - 1), 3);
    corpus_free(c);
}

static void read_all(const corpus *c, axl_status expected, const char *named) {
    uint16_t out[64];
    axl_error err = {0};
    const size_t length = (size_t)corpus_length(c, CORPUS_TRAIN, 0);
    assert_int_equal(corpus_symbols(c, (corpus_range){CORPUS_TRAIN, 0, 0, length}, out, &err),
                     expected);
    if (named) assert_non_null(strstr(err.text, named));
}

static void a_changed_file_is_an_error(void **state) {
    (void)state;
    data_file_text("a", "alpha");
    data_file_text("b", "beta");
    const char *path = data_box_path("data/b");
    const corpus_spec spec = data_spec();
    corpus *c = data_build(&spec);
    struct stat before;
    assert_int_equal(stat(path, &before), 0);
    read_all(c, AXL_OK, NULL);
    // While it is open, and when it is opened: another time, another length, not there.
    const struct utimbuf earlier = {before.st_mtime - 10, before.st_mtime - 10};
    assert_int_equal(utime(path, &earlier), 0);
    read_all(c, AXL_BAD_FILE, "/b was changed");
    corpus_free(c);
    c = data_build(&spec);
    assert_int_equal(utime(path, &(struct utimbuf){7, 7}), 0);
    read_all(c, AXL_BAD_FILE, "/b was changed");
    corpus_free(c);
    c = data_build(&spec);
    data_file_text("b", "bet");
    assert_int_equal(utime(path, &(struct utimbuf){7, 7}), 0);
    read_all(c, AXL_BAD_FILE, "/b was changed");
    corpus_free(c);
    c = data_build(&spec);
    assert_int_equal(unlink(path), 0);
    read_all(c, AXL_NOT_FOUND, "/b");
    corpus_free(c);
}

static int open_descriptors(void) {
    int count = 0;
    for (int fd = 0; fd < 256; fd++) count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

// More files than are kept open, and a process that may open hardly any.
static void few_descriptors_are_enough(void **state) {
    (void)state;
    char name[32];
    for (int i = 0; i < 40; i++) {
        snprintf(name, sizeof name, "f%02d", i);
        data_file_text(name, name);
    }
    const corpus_spec spec = data_spec();
    const int before = scratch_free_descriptor(), opened = open_descriptors();
    corpus *c = data_build(&spec);
    uint16_t out[400];
    const size_t length = (size_t)corpus_length(c, CORPUS_TRAIN, 0);
    const corpus_range all = {CORPUS_TRAIN, 0, 0, length};
    assert_int_equal(corpus_symbols(c, all, out, NULL), AXL_OK);
    assert_int_equal(open_descriptors(), opened + 16);
    struct rlimit limit, small;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    small = limit;
    small.rlim_cur = (rlim_t)before + 1;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &small), 0);
    const axl_status status = corpus_symbols(c, all, out, NULL);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_int_equal(status, AXL_OK);
    for (size_t i = 0, at = 0; i < 40; i++, at += 5) {
        assert_int_equal(out[at + 2], '0' + i / 10);
        assert_int_equal(out[at + 3], '0' + i % 10);
    }
    corpus_free(c);
    assert_int_equal(open_descriptors(), opened);
}

static size_t opens_of(const corpus *c, size_t index) {
    const corpus_document d = corpus_document_at(c, CORPUS_TRAIN, 0, index);
    uint16_t out[8];
    fault_plan plan;
    fault_plan_set(&plan, FAULT_ANY, 0, false, 0);
    const corpus_range range = {CORPUS_TRAIN, 0, d.start + 1, 3};
    assert_int_equal(corpus_symbols(c, range, out, NULL), AXL_OK);
    fault_plan_clear();
    return plan.seen[OS_CALL_OPEN];
}

// Sixteen files stay open; the seventeenth takes the place of the one that waited longest.
static void the_files_used_last_stay_open(void **state) {
    (void)state;
    char name[32];
    for (int i = 0; i < 20; i++) {
        snprintf(name, sizeof name, "f%02d", i);
        data_file_text(name, name);
    }
    const corpus_spec spec = data_spec();
    corpus *c = data_build(&spec);
    for (size_t i = 0; i < 16; i++) assert_int_equal(opens_of(c, i), 1);
    for (size_t i = 0; i < 16; i++) assert_int_equal(opens_of(c, i), 0);
    assert_int_equal(opens_of(c, 0), 0); // now 1 waits longest
    assert_int_equal(opens_of(c, 16), 1);
    assert_int_equal(opens_of(c, 0), 0);
    assert_int_equal(opens_of(c, 2), 0);
    assert_int_equal(opens_of(c, 1), 1); // in the place of 3
    assert_int_equal(opens_of(c, 4), 0);
    assert_int_equal(opens_of(c, 3), 1);
    corpus_free(c);
}

static void folders_that_are_too_deep_are_counted(void **state) {
    (void)state;
    char name[200] = "";
    for (int i = 1; i < CORPUS_DEPTH; i++) strcat(name, "d/");
    strcat(name, "f");
    data_file_text(name, "deepest");
    strcpy(name + strlen(name) - 1, "e/f");
    data_file_text(name, "too deep");
    const corpus_spec spec = data_spec();
    corpus *c = data_build(&spec);
    assert_string_equal(data_text(c, CORPUS_TRAIN, 0), "<deepest>");
    assert_int_equal(corpus_summarize(c)->left_out[CORPUS_DEEP], 1);
    corpus_free(c);
}

int main(void) {
#define BOXED(test) cmocka_unit_test_setup_teardown(test, data_box_make, data_box_remove)
    const struct CMUnitTest tests[] = {
        BOXED(every_kind_of_file_gives_its_documents),
        BOXED(duplicates_take_no_room),
        BOXED(fields_can_be_chosen),
        BOXED(what_is_no_text_is_left_out_and_listed),
        BOXED(limits_are_exact),
        BOXED(patterns_and_weights_are_understood),
        BOXED(patterns_match_each_path_once),
        BOXED(what_is_not_there_is_named),
        BOXED(parts_equal_the_whole),
        BOXED(a_changed_file_is_an_error),
        BOXED(few_descriptors_are_enough),
        BOXED(the_files_used_last_stay_open),
        BOXED(folders_that_are_too_deep_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
