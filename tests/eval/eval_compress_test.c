// gzip and xz of documents, against the programs themselves where they are installed.
#include "eval/eval_compress.h"

#include "base/error.h"
#include "os/scratch.h"
#include "support/failing_alloc.h"
#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { DOCUMENTS = 4, MOST = 300000 };

static scratch box;
static char text[DOCUMENTS][MOST];
static eval_document list[DOCUMENTS]; // in memory
static char names[DOCUMENTS][SCRATCH_PATH_MAX];

// An empty one, a short one, a long one that repeats itself, and one that cannot be compressed.
static int make_documents(void **state) {
    (void)state;
    static const size_t sizes[DOCUMENTS] = {0, 70, MOST, 100001};
    uint32_t random = 1;
    scratch_make(&box);
    for (size_t i = 0; i < DOCUMENTS; i++) {
        for (size_t j = 0; j < sizes[i]; j++) {
            random = random * 1664525 + 1013904223;
            text[i][j] = i == 3 ? (char)(random >> 24) : "the quick brown fox\n"[j % 20];
            if (i == 2 && random >> 27 == 0) text[i][j] = 'x';
        }
        list[i] = (eval_document){.name = "memory", .data = text[i], .bytes = sizes[i]};
        const char name[2] = {(char)('0' + i), '\0'};
        snprintf(names[i], sizeof names[i], "%s", scratch_path(&box, name));
        scratch_write(names[i], text[i], sizes[i]);
    }
    return 0;
}

static int remove_documents(void **state) {
    (void)state;
    scratch_remove(&box);
    return 0;
}

static eval_packed run(axl_status (*call)(const eval_compress *, eval_packed *, axl_error *),
                       const eval_compress *a, uint64_t *each) {
    axl_error err = {0};
    eval_packed out = {.each = each, .joined = 99, .missing = "?"};
    const axl_status status = call(a, &out, &err);
    if (status != AXL_OK) fail_msg("%s", err.text);
    return out;
}

// The bytes that the shell command writes, or 0 when it cannot be run.
static uint64_t shell(const char *command) {
    char line[64] = "";
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    if (!fgets(line, sizeof line, pipe)) line[0] = '\0';
    pclose(pipe);
    return strtoull(line, NULL, 10);
}

// What `program` makes of the files numbered by the shell pattern.
static uint64_t by_program(const char *program, const char *pattern) {
    char command[2 * SCRATCH_PATH_MAX];
    snprintf(command, sizeof command, "command -v %.4s >/dev/null && cat %s/%s | %s | wc -c",
             program, box.folder, pattern, program);
    return shell(command);
}

static bool near(uint64_t a, uint64_t b) {
    return (a < b ? b - a : a - b) <= a / 100 + 8;
}

static void test_gzip(void **state) {
    (void)state;
    uint64_t each[DOCUMENTS];
    const eval_packed p =
        run(eval_compress_gzip, &(eval_compress){.list = list, .count = DOCUMENTS}, each);
    assert_string_equal(p.missing, "");
    assert_int_equal(each[0], 0);
    assert_true(each[1] < 70 && each[2] < MOST / 5);
    assert_true(each[3] > 100001 && each[3] < 100200); // no smaller, and hardly larger
    assert_true(p.joined > each[3] && p.joined < 2 * each[3]);
    const uint64_t joined = by_program("gzip -9n", "?");
    if (joined == 0) skip();
    assert_true(near(p.joined, joined));
    assert_true(near(each[1], by_program("gzip -9n", "1")));
    assert_true(near(each[2], by_program("gzip -9n", "2")));
    assert_true(near(each[3], by_program("gzip -9n", "3")));
}

static void test_xz(void **state) {
    (void)state;
    uint64_t each[DOCUMENTS];
    const uint64_t joined = by_program("xz -9e -T1", "?");
    if (joined == 0) skip();
    const eval_packed p =
        run(eval_compress_xz, &(eval_compress){.list = list, .count = DOCUMENTS}, each);
    assert_string_equal(p.missing, "");
    assert_int_equal(p.joined, joined);
    assert_int_equal(each[0], 0);
    assert_int_equal(each[1], by_program("xz -9e -T1", "1"));
    assert_int_equal(each[2], by_program("xz -9e -T1", "2"));
    assert_int_equal(each[3], by_program("xz -9e -T1", "3"));
}

static axl_status read_text(void *ctx, uint64_t offset, void *to, size_t bytes, axl_error *err) {
    RETURN_IF(*(const size_t *)ctx == 3, err, AXL_BAD_FILE, "the last one cannot be read");
    memcpy(to, text[*(const size_t *)ctx] + offset, bytes);
    return AXL_OK;
}

// What a function reads counts like what is in memory; its failures are passed on. All documents
// joined are the same with and without each by itself.
static void test_read(void **state) {
    (void)state;
    static const size_t number[DOCUMENTS] = {0, 1, 2, 3};
    eval_document read[DOCUMENTS];
    for (size_t i = 0; i < DOCUMENTS; i++)
        read[i] = (eval_document){.name = "function",
                                  .bytes = list[i].bytes,
                                  .read = read_text,
                                  .read_ctx = (void *)(uintptr_t)&number[i]};
    uint64_t each[2][DOCUMENTS];
    const eval_packed a =
        run(eval_compress_gzip, &(eval_compress){.list = list, .count = 3}, each[0]);
    const eval_packed b =
        run(eval_compress_gzip, &(eval_compress){.list = read, .count = 3}, each[1]);
    assert_int_equal(a.joined, b.joined);
    assert_memory_equal(each[0], each[1], 3 * sizeof each[0][0]);
    const eval_compress joined = {.list = read, .count = 3, .joined_only = true};
    assert_int_equal(run(eval_compress_gzip, &joined, NULL).joined, a.joined);
    axl_error err;
    eval_packed out = {.each = each[0]};
    const eval_compress all = {.list = read, .count = DOCUMENTS};
    assert_int_equal(eval_compress_gzip(&all, &out, &err), AXL_BAD_FILE);
    assert_string_equal(err.text, "the last one cannot be read");
}

// Files give what memory gives, and only their first bytes count.
static void test_files(void **state) {
    (void)state;
    eval_document files[DOCUMENTS], memory[DOCUMENTS];
    for (size_t i = 0; i < DOCUMENTS; i++) {
        memory[i] = list[i];
        if (i == 2) memory[i].bytes = 1000;
        files[i] = (eval_document){.name = names[i], .bytes = memory[i].bytes};
    }
    const int descriptor = scratch_free_descriptor();
    uint64_t each[2][DOCUMENTS];
    const eval_compress a = {.list = files, .count = DOCUMENTS},
                        b = {.list = memory, .count = DOCUMENTS};
    eval_packed p = run(eval_compress_gzip, &a, each[0]), q = run(eval_compress_gzip, &b, each[1]);
    assert_int_equal(p.joined, q.joined);
    assert_memory_equal(each[0], each[1], sizeof each[0]);
    p = run(eval_compress_xz, &a, each[0]);
    q = run(eval_compress_xz, &b, each[1]);
    assert_string_equal(p.missing, q.missing);
    if (!p.missing[0]) {
        assert_int_equal(p.joined, q.joined);
        assert_memory_equal(each[0], each[1], sizeof each[0]);
    }
    assert_int_equal(scratch_free_descriptor(), descriptor);
}

static void test_failures(void **state) {
    (void)state;
    uint64_t each[2];
    axl_error err;
    eval_packed out = {.each = each};
    eval_document files[2] = {{.name = names[1], .bytes = 70},
                              {.name = "/nowhere/at all", .bytes = 5}};
    const eval_compress a = {.list = files, .count = 2};
    const int descriptor = scratch_free_descriptor();
    assert_int_equal(eval_compress_gzip(&a, &out, &err), AXL_NOT_FOUND);
    assert_non_null(strstr(err.text, "/nowhere/at all"));
    // A file that is gone is no missing program.
    assert_int_equal(eval_compress_xz(&a, &out, &err), AXL_NOT_FOUND);
    assert_non_null(strstr(err.text, "/nowhere/at all"));
    files[1] = (eval_document){.name = names[1], .bytes = 71};
    assert_int_equal(eval_compress_gzip(&a, &out, &err), AXL_IO);
    assert_non_null(strstr(err.text, "shorter"));
    assert_int_equal(scratch_free_descriptor(), descriptor);
}

// A stand-in for xz at the only place where programs are looked for.
static void fake_xz(const char *script) {
    const char *path = scratch_path(&box, "xz");
    scratch_text(path, script);
    assert_int_equal(chmod(path, 0755), 0);
    assert_int_equal(setenv("PATH", box.folder, 1), 0);
}

static void test_missing(void **state) {
    (void)state;
    char before[8192];
    snprintf(before, sizeof before, "%s", getenv("PATH"));
    uint64_t each[DOCUMENTS];
    const eval_compress a = {.list = list, .count = DOCUMENTS};
    assert_int_equal(setenv("PATH", box.folder, 1), 0);
    eval_packed p = run(eval_compress_xz, &a, each);
    assert_string_equal(p.missing, "xz is not installed");
    assert_int_equal(setenv("PATH", before, 1), 0);
    fake_xz("#!/bin/sh\nexit 7\n");
    p = run(eval_compress_xz, &a, each);
    assert_non_null(strstr(p.missing, "code 7"));
    assert_int_equal(setenv("PATH", before, 1), 0);
    assert_int_equal(remove(scratch_path(&box, "xz")), 0);
}

static int stop_later(void *ctx, uint64_t done, uint64_t total) {
    size_t *left = ctx;
    assert_true(done <= total);
    return (*left)-- == 0;
}

static void test_interrupt(void **state) {
    (void)state;
    for (size_t calls = 0; calls < 4; calls++) {
        uint64_t each[DOCUMENTS];
        axl_error err;
        eval_packed out = {.each = each};
        size_t left = calls;
        const eval_compress a = {
            .list = list, .count = DOCUMENTS, .progress = stop_later, .progress_ctx = &left};
        assert_int_equal(eval_compress_gzip(&a, &out, &err), AXL_INTERRUPTED);
        left = calls;
        assert_int_equal(eval_compress_xz(&a, &out, &err), AXL_INTERRUPTED);
    }
}

static axl_status gzip(void *ctx, axl_error *err) {
    uint64_t each[DOCUMENTS];
    eval_packed out = {.each = each};
    return eval_compress_gzip(ctx, &out, err);
}

static void test_no_memory(void **state) {
    (void)state;
    eval_compress a = {.list = list, .count = 2};
    assert_true(for_each_failing_alloc(gzip, &a) > 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gzip),      cmocka_unit_test(test_xz),
        cmocka_unit_test(test_files),     cmocka_unit_test(test_failures),
        cmocka_unit_test(test_missing),   cmocka_unit_test(test_interrupt),
        cmocka_unit_test(test_no_memory), cmocka_unit_test(test_read),
    };
    return cmocka_run_group_tests_name("eval compress", tests, make_documents, remove_documents);
}
