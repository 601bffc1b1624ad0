// The files of web/ as the library has them: whole, found by their paths, told apart by their tags.
#include "server/page.h"
#include "support/unit.h"

#include <stdio.h>
#include <string.h>

static void test_found(void **state) {
    (void)state;
    const page_file *index = page_find("/");
    assert_non_null(index);
    assert_ptr_equal(index, page_find("/index.html"));
    assert_string_equal(index->media, "text/html; charset=utf-8");
    assert_memory_equal(index->bytes, "<!doctype html>", 15);
    assert_non_null(page_find("/train.html"));
    assert_string_equal(page_find("/icon.svg")->media, "image/svg+xml");
    static const char *const none[] = {
        "",           "index.html",   "/index", "/index.html/", "//index.html", "/INDEX.HTML",
        "/../page.c", "/index.html?x"};
    for (size_t i = 0; i < COUNT_OF(none); i++) assert_null(page_find(none[i]));
}

// Every file has the bytes that lie in web/.
static void test_bytes(void **state) {
    (void)state;
    assert_true(page_file_count > 10);
    for (size_t i = 0; i < page_file_count; i++) {
        const page_file *f = &page_files[i];
        char path[1024];
        unsigned char part[4096];
        size_t at = 0, got = 0;
        snprintf(path, sizeof path, "%s%s", AXL_WEB, f->path);
        FILE *from = fopen(path, "rb");
        assert_non_null(from);
        while ((got = fread(part, 1, sizeof part, from)) > 0) {
            assert_true(at + got <= f->size);
            assert_memory_equal(part, f->bytes + at, got);
            at += got;
        }
        fclose(from);
        assert_int_equal(at, f->size);
    }
}

static void test_tags(void **state) {
    (void)state;
    for (size_t i = 0; i < page_file_count; i++) {
        const char *tag = page_files[i].etag;
        assert_int_equal(strlen(tag), 34);
        assert_true(tag[0] == '"' && tag[33] == '"');
        for (size_t k = 0; k < i; k++) assert_string_not_equal(tag, page_files[k].etag);
    }
}

static void test_known(void **state) {
    (void)state;
    const page_file f = {"/a", "", "\"ab\"", NULL, 0};
    static const char *const yes[] = {"\"ab\"", "W/\"ab\"", "*", "\"x\", \"ab\"", "\"x\",W/\"ab\""};
    static const char *const no[] = {"", "ab", "\"abc\"", "\"a\"", "\"x\" \"y\"", ",,", "W/"};
    assert_false(page_known(&f, NULL));
    for (size_t i = 0; i < COUNT_OF(yes); i++) assert_true(page_known(&f, yes[i]));
    for (size_t i = 0; i < COUNT_OF(no); i++) assert_false(page_known(&f, no[i]));
}

// Pages that the policy would break: it allows no script and no style in their text.
static bool has(const page_file *f, const char *text) {
    const size_t size = strlen(text);
    for (size_t i = 0; i + size <= f->size; i++)
        if (memcmp(f->bytes + i, text, size) == 0) return true;
    return false;
}

static void test_policy(void **state) {
    (void)state;
    static const char *const never[] = {"<style", " style=", "<script>",
                                        " onclick=", "javascript:"};
    for (size_t i = 0; i < page_file_count; i++) {
        const page_file *f = &page_files[i];
        if (strncmp(f->media, "text/html", 9) != 0) continue;
        for (size_t k = 0; k < COUNT_OF(never); k++)
            if (has(f, never[k])) fail_msg("%s: %s", f->path, never[k]);
        assert_false(has(f, "://")); // nothing from elsewhere
    }
    assert_null(strstr(PAGE_POLICY, "unsafe"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_found), cmocka_unit_test(test_bytes),  cmocka_unit_test(test_tags),
        cmocka_unit_test(test_known), cmocka_unit_test(test_policy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
