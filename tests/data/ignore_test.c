#include "data/ignore.h"

#include "base/alloc.h"
#include "base/rng.h"
#include "data/data_case.h"
#include "data/wild.h"
#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void rules_of(ignore_rules *r, const char *text) {
    const size_t bytes = strlen(text);
    char *copy = mem_alloc(bytes + 1);
    assert_non_null(copy);
    memcpy(copy, text, bytes + 1);
    assert_int_equal(ignore_parse(r, copy, bytes, NULL), AXL_OK);
}

static const struct {
    const char *rules, *path;
    bool folder, covered;
} one_file[] = {
    {"", "a", false, false},
    {"a", "a", false, true},
    {"a", "b/a", false, true},
    {"a", "ab", false, false},
    {"/a", "b/a", false, false},
    {"/a", "a", false, true},
    {"a/", "a", false, false},
    {"a/", "a", true, true},
    {"b/a", "b/a", false, true},
    {"b/a", "c/b/a", false, false},
    {"*.o", "x/y.o", false, true},
    {"*.o\n!y.o", "x/y.o", false, false},
    {"!y.o\n*.o", "x/y.o", false, true},
    {"x/*.o", "x/y.o", false, true},
    {"x/*.o", "x/z/y.o", false, false},
    {"x/**/y.o", "x/y.o", false, true},
    {"x/**/y.o", "x/a/b/y.o", false, true},
    {"**/y.o", "y.o", false, true},
    {"**/a/b", "x/y/a/b", false, true},
    {"x/**", "x", true, false},
    {"x/**", "x/a/b", false, true},
    {"?.c", "a.c", false, true},
    {"?.c", "ab.c", false, false},
    {"[a-c].h", "b.h", false, true},
    {"[!a-c].h", "b.h", false, false},
    {"[^a-c].h", "d.h", false, true},
    {"[]x].h", "].h", false, true},
    {"[[:digit:]]", "7", false, true},
    {"[[:digit:]]", "x", false, false},
    {"[a", "[a", false, false},
    {"#a", "#a", false, false},
    {"\\#a", "#a", false, true},
    {"\\!a", "!a", false, true},
    {"a  ", "a", false, true},
    {"a\\ ", "a ", false, true},
    {"a\r\n", "a", false, true},
    {"\xEF\xBB\xBF"
     "a",
     "a", false, true},
    {"\n\n/\n", "a", true, false},
    {"a\\*b", "a*b", false, true},
    {"a\\*b", "axb", false, false},
    {"a**b", "axxb", false, true},
    {"d/a**b", "d/a/b", false, false},
    {"d/*/f", "d/e/f", false, true},
    {"d/*/f", "d/e/e/f", false, false},
};

static void one_file_of_rules(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT_OF(one_file); i++) {
        ignore_rules r;
        rules_of(&r, one_file[i].rules);
        if (ignore_covers(&r, one_file[i].path, one_file[i].folder) != one_file[i].covered)
            fail_msg("\"%s\" and %s", one_file[i].rules, one_file[i].path);
        ignore_free(&r);
    }
}

static void deeper_rules_come_last(void **state) {
    (void)state;
    ignore_rules top, below;
    rules_of(&top, "*.log\n/x/keep\n!b.txt");
    rules_of(&below, "!a.log\n/keep\n*.txt");
    below.parent = &top;
    below.base = 2;
    assert_false(ignore_covers(&below, "x/a.log", false));
    assert_true(ignore_covers(&below, "x/b.log", false));
    assert_true(ignore_covers(&below, "x/keep", false));
    assert_false(ignore_covers(&below, "x/y/keep", false));
    assert_true(ignore_covers(&below, "x/b.txt", false));
    ignore_free(&below);
    ignore_free(&top);
}

// Many stars and a text that almost matches: without bounds this would take longer than anybody
// waits.
static void hostile_patterns_take_no_time(void **state) {
    (void)state;
    char pattern[2000] = "", path[4000] = "";
    for (int i = 0; i < 300; i++) strcat(pattern, "a*a*/");
    strcat(pattern, "b");
    for (int i = 0; i < 300; i++) strcat(path, "aaaaaaaaaa/");
    strcat(path, "c");
    const clock_t start = clock();
    assert_false(wild_match_path(pattern, path));
    pattern[0] = '\0';
    for (int i = 0; i < 300; i++) strcat(pattern, "**/a/");
    strcat(pattern, "b");
    assert_false(wild_match_path(pattern, path));
    memset(pattern, 0, sizeof pattern);
    for (int i = 0; i < 900; i++) strcat(pattern, "a*");
    memset(path, 'a', 3998);
    path[3998] = 'b';
    path[3999] = '\0';
    strcat(pattern, "c");
    assert_false(wild_match_name(pattern, path));
    assert_true((double)(clock() - start) / CLOCKS_PER_SEC < 1);
}

#define TREE_FILES 60
#define ROUNDS 12

// A random piece of a rule or of a path.
static void append_piece(buf *b, rng key, uint64_t *n, bool rule) {
    static const char *const names[] = {"a", "b", "ab", "a.c", "b.c", "x"};
    static const char *const wild[] = {"*",     "?",  "a*",  "*.c", "**",  "[ab]",
                                       "[!a]*", "a?", "*b*", "***", "a.d", "*.d"};
    const bool star = rule && rng_below(key, (*n)++, 2) == 0;
    buf_text(b, star ? wild[rng_below(key, (*n)++, COUNT_OF(wild))]
                     : names[rng_below(key, (*n)++, COUNT_OF(names))]);
}

static void append_rule(buf *b, rng key, uint64_t *n) {
    if (rng_below(key, (*n)++, 4) == 0) buf_byte(b, '!');
    if (rng_below(key, (*n)++, 4) == 0) buf_byte(b, '/');
    const uint64_t parts = 1 + rng_below(key, (*n)++, 3);
    for (uint64_t i = 0; i < parts; i++) {
        if (i > 0) buf_byte(b, '/');
        append_piece(b, key, n, true);
    }
    if (rng_below(key, (*n)++, 4) == 0) buf_byte(b, '/');
    buf_byte(b, '\n');
}

// The files that git would take, as the corpus gives them: sorted, one a line.
static void git_files(buf *out) {
    char command[2000];
    const char *data = data_box_path("data");
    snprintf(command, sizeof command,
             "cd '%s' && git init -q . && git -c core.excludesFile=/dev/null ls-files -o "
             "--exclude-per-directory=.gitignore | LC_ALL=C sort",
             data);
    FILE *f = popen(command, "r");
    assert_non_null(f);
    char line[500];
    while (fgets(line, sizeof line, f)) buf_text(out, line);
    assert_int_equal(pclose(f), 0);
}

static int by_bytes(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void our_files(buf *out) {
    const corpus_spec spec = data_spec();
    corpus *c = data_build(&spec);
    const size_t count = corpus_documents(c, CORPUS_TRAIN, 0);
    const char **path = malloc(count * sizeof *path);
    assert_non_null(path);
    const size_t root = strlen(data_box_path("data")) + 1;
    for (size_t i = 0; i < count; i++)
        path[i] = corpus_document_at(c, CORPUS_TRAIN, 0, i).path + root;
    qsort(path, count, sizeof *path, by_bytes);
    for (size_t i = 0; i < count; i++) buf_format(out, "%s\n", path[i]);
    free(path);
    corpus_free(c);
}

// Random trees with random rules at several levels: the files are the ones that git would add.
static void the_files_are_those_of_git(void **state) {
    if (system("git --version >/dev/null 2>&1") != 0) skip();
    for (uint64_t round = 0; round < ROUNDS; round++) {
        data_box_remove(state);
        data_box_make(state);
        const rng key = rng_key(4, round);
        uint64_t n = 0;
        for (int i = 0; i < TREE_FILES; i++) {
            buf path = {0};
            for (uint64_t parts = rng_below(key, n++, 4); parts > 0; parts--) {
                append_piece(&path, key, &n, false);
                buf_text(&path, ".d/"); // no file has such a name
            }
            append_piece(&path, key, &n, false);
            char content[40];
            snprintf(content, sizeof content, "file %d", i);
            data_file_text(buf_string(&path), content);
            buf_free(&path);
        }
        buf rules = {0};
        for (uint64_t i = 0; i < 4 + round % 3; i++) append_rule(&rules, key, &n);
        buf_text(&rules, "# the top\n!kept\n"); // so that something is
        data_file_text("kept", "kept");
        data_file_text(".gitignore", buf_string(&rules));
        buf_clear(&rules);
        append_rule(&rules, key, &n);
        append_rule(&rules, key, &n);
        buf_text(&rules, "# below\n");
        data_file_text("a.d/.gitignore", buf_string(&rules));
        buf_free(&rules);
        buf ours = {0}, theirs = {0};
        our_files(&ours);
        git_files(&theirs);
        assert_string_equal(buf_string(&ours), buf_string(&theirs));
        buf_free(&ours);
        buf_free(&theirs);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_file_of_rules),
        cmocka_unit_test(deeper_rules_come_last),
        cmocka_unit_test(hostile_patterns_take_no_time),
        cmocka_unit_test_setup_teardown(the_files_are_those_of_git, data_box_make, data_box_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
