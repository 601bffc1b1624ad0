// The number of threads does not show: whole runs on 1, 2, 3 and 4 threads have the same weights,
// the same log and the same samples, bit for bit, in both types of products.
#include "run/program.h"
#include "support/unit.h"

#include <stdio.h>
#include <string.h>

static void same_with_any_threads(const char *dtype, const char *optimizer) {
    static const char *const threads[] = {"1", "2", "3", "4"};
    char out[COUNT_OF(threads)][SCRATCH_PATH_MAX];
    program_case c;
    program_case_make(&c);
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        snprintf(out[i], sizeof out[i], "%.400s/threads%s", c.box.folder, threads[i]);
        program p = program_train(&c, out[i]);
        static const char *const more[] = {"--steps",   "30", "--prompt",    "def f<fim_middle>+ 1",
                                           "--dtype",   NULL, "--optimizer", NULL,
                                           "--threads", NULL};
        for (size_t j = 0; j < COUNT_OF(more); j++) {
            const char *const value[] = {dtype, optimizer, threads[i]};
            program_add(&p, more[j] ? more[j] : value[(j - 5) / 2]);
        }
        // A width that no tile divides evenly, more than one round, all of the parts in use.
        static const char *const settings[] = {"d_model=20",     "n_heads=5",     "d_ff=27",
                                               "vocab_size=264", "fim_rate=0.5",  "dropout=0.1",
                                               "length=44",      "max_seq_len=64"};
        for (size_t j = 0; j < COUNT_OF(settings); j++) program_set(&p, settings[j]);
        program_expect(&p, 0);
        if (i == 0) continue;
        program_same_model(out[0], out[i]);
        program_same_log(out[0], out[i]);
    }
    program_case_free(&c);
}

static void products_in_f32(void **state) {
    (void)state;
    same_with_any_threads("f32", "lion");
}

static void products_in_bf16(void **state) {
    (void)state;
    same_with_any_threads("bf16", "adamw");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_in_f32),
        cmocka_unit_test(products_in_bf16),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
