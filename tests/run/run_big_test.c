// Text that nobody should train on, and a lot of it: random bytes, one line without an end, a
// million empty lines, nothing but zeros, broken JSONL. The program counts it exactly, trains two
// steps on what is left, and never holds much more memory than its plan says.
//   run_big_test [MIB]: of each of the large files; AXL_TEST_BIG_MIB goes before it, 8 without both
#include "base/rng.h"
#include "run/program.h"
#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MORE_THAN_PLANNED ((uint64_t)64 << 20)
#define PIECE ((size_t)1 << 20)
#define EMPTY_LINES 1000000
#define SMALL_FILES 12 // of program_case

static size_t mib = 8;
static unsigned char piece[PIECE];

typedef struct big {
    program_case c;
    char path[SCRATCH_PATH_MAX + 96];
} big;

static FILE *create(big *b, const char *name) {
    snprintf(b->path, sizeof b->path, "%s/%s", b->c.text, name);
    FILE *f = fopen(b->path, "wb");
    assert_non_null(f);
    return f;
}

static void fill(big *b, const char *name, void (*make)(size_t number)) {
    FILE *f = create(b, name);
    for (size_t i = 0; i < mib; i++) {
        make(i);
        assert_int_equal(fwrite(piece, 1, PIECE, f), PIECE);
    }
    assert_int_equal(fclose(f), 0);
}

static void make_random(size_t number) {
    const rng r = rng_key(7, number);
    for (size_t i = 0; i < PIECE; i++) piece[i] = (unsigned char)rng_below(r, i, 256);
}

static void make_letters(size_t number) {
    (void)number;
    for (size_t i = 0; i < PIECE; i++) piece[i] = (unsigned char)(i % 7 ? 'a' + i % 26 : ' ');
}

// The number behind "NAME": in what was printed, after the text `from`.
static uint64_t number_of(const big *b, const char *from, const char *name) {
    char key[64];
    const char *at = strstr(program_printed(&b->c), from);
    snprintf(key, sizeof key, "\"%s\": ", name);
    at = at ? strstr(at, key) : NULL;
    if (!at) fail_msg("no %s in: %s", name, program_printed(&b->c));
    return strtoull(at + strlen(key), NULL, 10);
}

// The documents and bytes of text that must be found beside the small files, and how many things
// must be left out for that reason.
typedef struct expected {
    uint64_t documents, bytes;
    const char *reason;
    size_t left_out;
} expected;

static uint64_t documents(const big *b) {
    return number_of(b, "\"train_bytes\"", "train_documents") +
           number_of(b, "\"train_bytes\"", "held_documents");
}

static uint64_t bytes(const big *b) {
    return number_of(b, "\"data\": {", "train_bytes") + number_of(b, "\"data\": {", "held_bytes");
}

static void assert_memory(const big *b, program_end end, uint64_t planned) {
#ifndef AXL_SANITIZED
    const uint64_t over = end.resident > planned ? end.resident - planned : 0;
    print_message("%s: %llu KiB over the plan\n", strrchr(b->path, '/') + 1,
                  (unsigned long long)(over >> 10));
    assert_true(over <= MORE_THAN_PLANNED);
#else
    (void)b, (void)end, (void)planned;
#endif
}

// The text, first of the small files alone; then the run with the big file among them.
static void check(big *b, uint64_t small, const expected *e) {
    char out[SCRATCH_PATH_MAX + 16];
    snprintf(out, sizeof out, "%s/out", b->c.box.folder);
    program dry = program_train(&b->c, out);
    program_add(&dry, "--steps");
    program_add(&dry, "2");
    program run = dry;
    program_add(&dry, "--dry-run");
    program_add(&dry, "--json");
    program_add(&run, "--verbose");
    const program_end end = program_expect(&dry, 0);
    const uint64_t planned = number_of(b, "\"memory\": {", "all");
    assert_int_equal(documents(b), SMALL_FILES + e->documents);
    assert_int_equal(bytes(b), small + e->bytes);
    assert_memory(b, end, planned);
    assert_memory(b, program_expect(&run, 0), planned);
    const size_t left_out = program_said_lines(&b->c, e->reason);
    if (left_out != e->left_out) fail_msg("%zu of '%s': %s", left_out, e->reason, b->path);
    assert_int_equal(program_checkpoint(out), 2);
}

// The bytes of the small files, as the program counts them.
static uint64_t begin(big *b) {
    program_case_make(&b->c);
    char out[SCRATCH_PATH_MAX + 16];
    snprintf(out, sizeof out, "%s/none", b->c.box.folder);
    program dry = program_train(&b->c, out);
    static const char *const more[] = {"--steps", "2", "--dry-run", "--json"};
    for (size_t i = 0; i < COUNT_OF(more); i++) program_add(&dry, more[i]);
    program_expect(&dry, 0);
    return bytes(b);
}

static void random_bytes(void **state) {
    (void)state;
    big b;
    const uint64_t small = begin(&b);
    fill(&b, "random.bin", make_random);
    check(&b, small, &(expected){0, 0, "random.bin: ", 1});
    program_case_free(&b.c);
}

static void one_line(void **state) {
    (void)state;
    big b;
    const uint64_t small = begin(&b);
    fill(&b, "line.txt", make_letters);
    check(&b, small, &(expected){0, 0, "line.txt: ", 1});
    program_case_free(&b.c);
}

static void empty_lines(void **state) {
    (void)state;
    big b;
    const uint64_t small = begin(&b);
    FILE *f = create(&b, "empty.txt");
    for (size_t i = 0; i < EMPTY_LINES; i++) assert_int_equal(putc('\n', f), '\n');
    assert_int_equal(fclose(f), 0);
    check(&b, small, &(expected){1, EMPTY_LINES, "left out", 0});
    program_case_free(&b.c);
}

// A hole in the file: it takes no room on the disk.
static void zeros(void **state) {
    (void)state;
    big b;
    const uint64_t small = begin(&b);
    FILE *f = create(&b, "zeros.txt");
    assert_int_equal(ftruncate(fileno(f), (off_t)mib << 20), 0);
    assert_int_equal(fclose(f), 0);
    check(&b, small, &(expected){0, 0, "zeros.txt: ", 1});
    program_case_free(&b.c);
}

// A third of the lines is good; the others are empty, or cut, of another kind, without text. Each
// of those is told.
static void broken_lines(void **state) {
    (void)state;
    static const char *const bad[] = {"{\"text\": \"cut", "[1, 2, 3]", "{\"other\": \"x\"}",
                                      "]]]]"};
    big b;
    const uint64_t small = begin(&b);
    FILE *f = create(&b, "broken.jsonl");
    const size_t lines = 60 * COUNT_OF(bad);
    uint64_t text = 0;
    for (size_t i = 0; i < lines; i++) {
        char good[64];
        text += (uint64_t)snprintf(good, sizeof good, "line number %zu is good", i);
        assert_true(fprintf(f, "{\"text\": \"%s\"}\n\n%s\n", good, bad[i % COUNT_OF(bad)]) > 0);
    }
    assert_int_equal(fclose(f), 0);
    check(&b, small, &(expected){lines, text, "broken.jsonl:", 2 * lines});
    program_case_free(&b.c);
}

int main(int argc, char **argv) {
    const char *given = getenv("AXL_TEST_BIG_MIB");
    if (argc > 1) mib = (size_t)strtoul(argv[1], NULL, 10);
    if (given && *given) mib = (size_t)strtoul(given, NULL, 10);
    assert_true(mib > 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_bytes), cmocka_unit_test(one_line),
        cmocka_unit_test(empty_lines),  cmocka_unit_test(zeros),
        cmocka_unit_test(broken_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
