// Data that is large or hostile: read in little memory, with exact counts. Each case runs in a
// process of its own, so that its peak is its own.
#include "data/audit.h"
#include "data/batches.h"
#include "data/data_case.h"
#include "os/scratch.h"
#include "support/unit.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define GIB ((size_t)1 << 30)
#define MIB ((size_t)1 << 20)

static size_t peak_bytes(void) {
    struct rusage usage;
    assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
    return (size_t)usage.ru_maxrss * 1024;
}

// A sanitizer keeps what was freed, so that memory says nothing there.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MEMORY_COUNTS false
#else
#define MEMORY_COUNTS true
#endif

typedef void child(void);

// Runs the case in a child process, which must not use more than `limit` bytes beyond what it
// started with.
static void within(size_t limit, child *fn) {
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        const size_t before = peak_bytes();
        fn();
        const size_t more = peak_bytes() - before;
        const bool over = MEMORY_COUNTS && more > limit;
        if (over) fprintf(stderr, "%zu KiB more memory\n", more / 1024);
        _exit(over);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

// In a child a failed expectation ends the process: cmocka's way back is the parent's.
#define EXPECT(cond)                                                                               \
    do {                                                                                           \
        if (!(cond)) {                                                                             \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond);                             \
            _exit(2);                                                                              \
        }                                                                                          \
    } while (0)

static void write_large(const char *name, size_t bytes, bool noise) {
    data_file_text(name, "");
    char path[SCRATCH_PATH_MAX + 64];
    snprintf(path, sizeof path, "%s/%s", data_box_path("data"), name);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    static uint64_t block[MIB / 8];
    uint64_t x = 88172645463325252u;
    for (size_t at = 0; at < bytes; at += sizeof block) {
        for (size_t i = 0; i < MIB / 8; i++) {
            x ^= x << 13, x ^= x >> 7, x ^= x << 17;
            block[i] = noise ? x : 0x6161616161616161u;
        }
        assert_int_equal(fwrite(block, 1, sizeof block, f), sizeof block);
    }
    assert_int_equal(fclose(f), 0);
}

static corpus *build(corpus_spec spec) {
    corpus *c = NULL;
    axl_error err = {0};
    spec.listener = NULL;
    if (corpus_build(&c, &spec, &err) != AXL_OK) fprintf(stderr, "%s\n", err.text);
    EXPECT(c != NULL);
    return c;
}

static void noise_and_one_line(void) {
    corpus *c = build(data_spec());
    const corpus_summary *s = corpus_summarize(c);
    EXPECT(s->left_out[CORPUS_BINARY] == 1 && s->left_out[CORPUS_LONG_LINE] == 2);
    EXPECT(s->left_out[CORPUS_JSON] == 1);
    EXPECT(s->set[CORPUS_TRAIN].documents == 2 && s->set[CORPUS_TRAIN].files == 2);
    corpus_free(c);
}

// A gigabyte of noise, one of a single line, and a line as long in JSONL.
static void a_gigabyte_of_nothing_is_passed_over(void **state) {
    (void)state;
    write_large("noise", GIB, true);
    write_large("line", GIB, false);
    data_file_text("good.txt", "good");
    // Also behind the long line the file goes on.
    const int fd = open(data_box_path("data/line"), O_WRONLY | O_APPEND);
    assert_true(fd >= 0);
    const char rest[] = "\n{\"text\":\"after\"}\n{\"text\":";
    assert_int_equal(write(fd, rest, sizeof rest - 1), (ssize_t)sizeof rest - 1);
    close(fd);
    assert_int_equal(link(data_box_path("data/line"), data_box_path("data/line.jsonl")), 0);
    within(64 * MIB, noise_and_one_line);
}

static void one_line_that_is_wanted(void) {
    corpus_spec spec = data_spec();
    spec.line_max = SIZE_MAX;
    spec.held_fraction = 0.1;
    corpus *c = build(spec);
    const corpus_summary *s = corpus_summarize(c);
    EXPECT(s->tail && s->set[0].bytes + s->set[1].bytes == GIB);
    audit_report report;
    EXPECT(corpus_audit(c, &report, NULL, NULL, NULL) == AXL_OK);
    EXPECT(report.warned == report.files);
    const batches_options o = {.sampler = {256, 1, 0}, .batch = 16};
    batches *b;
    EXPECT(batches_open(&b, c, &o, NULL) == AXL_OK);
    for (int i = 0; i < 200; i++) {
        batch got;
        EXPECT(batches_next(b, &got, NULL) == AXL_OK);
    }
    batches_close(b);
    corpus_free(c);
}

// Text that is larger than the memory that it may take.
static void a_corpus_may_be_larger_than_memory(void **state) {
    (void)state;
    write_large("line", GIB, false);
    within(64 * MIB, one_line_that_is_wanted);
}

static void many_lines(void) {
    corpus *c = build(data_spec());
    const corpus_summary *s = corpus_summarize(c);
    EXPECT(s->left_out[CORPUS_EMPTY] == 1000000);
    EXPECT(s->left_out[CORPUS_JSON] == 10000);
    EXPECT(s->left_out[CORPUS_DUPLICATE] == 200000);
    EXPECT(s->set[CORPUS_TRAIN].documents == 200001); // and a file of empty lines
    EXPECT(s->memory < 200001 * 64 + 65536);
    EXPECT(s->spooled == s->set[CORPUS_TRAIN].bytes - 1000000);
    corpus_free(c);
}

static void a_million_empty_lines_and_many_documents(void **state) {
    (void)state;
    buf b = {0};
    buf_fill(&b, '\n', 1000000);
    data_file_write("empty.txt", b.data, b.size);
    for (int i = 0; i < 10000; i++) buf_format(&b, "{\"text\":\"%d\"%s\n", i, i % 3 ? "}}" : "");
    for (int i = 0; i < 400000; i++) buf_format(&b, "{\"text\":\"document %d\"}\n", i % 200000);
    data_file_write("lines.jsonl", b.data, b.size);
    buf_free(&b);
    within(64 * MIB, many_lines);
}

static void bomb(void) {
    corpus *c = build(data_spec());
    const corpus_summary *s = corpus_summarize(c);
    EXPECT(s->left_out[CORPUS_BINARY] == 1 && s->left_out[CORPUS_LONG_LINE] == 1);
    EXPECT(s->spooled == 0 && s->set[CORPUS_TRAIN].documents == 1);
    corpus_free(c);
}

// Compressed files that grow a thousandfold are given up where it shows that they are no text.
static void a_bomb_takes_no_room(void **state) {
    (void)state;
    const size_t bytes = 256 * MIB;
    char *content = calloc(bytes, 1);
    assert_non_null(content);
    data_file_gzip("zeros.gz", content, bytes);
    memset(content, 'a', bytes);
    data_file_gzip("line.txt.gz", content, bytes);
    free(content);
    data_file_text("good", "good");
    within(64 * MIB, bomb);
}

int main(void) {
#define BOXED(test) cmocka_unit_test_setup_teardown(test, data_box_make, data_box_remove)
    const struct CMUnitTest tests[] = {
        BOXED(a_gigabyte_of_nothing_is_passed_over),
        BOXED(a_corpus_may_be_larger_than_memory),
        BOXED(a_million_empty_lines_and_many_documents),
        BOXED(a_bomb_takes_no_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
