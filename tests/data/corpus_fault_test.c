// A corpus while memory runs out and while each system call fails: an error that says what, nothing
// left open, nothing left behind.
#include "data/audit.h"
#include "data/data_case.h"
#include "data/sampler.h"
#include "os/fault_plan.h"
#include "os/scratch.h"
#include "support/failing_alloc.h"
#include "support/unit.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void make_files(void) {
    data_file_words("a/one", 1, 20);
    data_file_words("a/two", 2, 20);
    data_file_text("a/.gitignore", "two\n");
    data_file_text("b.jsonl", "{\"text\":\"line\"}\n{\"text\":\"other\"}\n{\"text\":\"line\"}\n");
    data_file_text("b2.jsonl", "{\"prompt\":\"one\",\"completion\":\"two\"}\n");
    data_file_gzip("c.txt.gz", "packed text", 11);
    data_file_gzip("d.txt.gz", "packed text", 11);
    data_file_words("e", 5, 100);
}

// Everything that a run does with a corpus.
static axl_status use_corpus(void *ctx, axl_error *err) {
    (void)ctx;
    corpus_spec spec = data_spec();
    const char *const paths[] = {data_box_path("data/**/[a-d]*"), data_box_path("data/e")};
    spec.path = paths;
    spec.paths = 2;
    spec.held_fraction = 0.3;
    spec.answers_only = true;
    spec.listener = NULL;
    corpus *c = NULL;
    axl_status status = corpus_build(&c, &spec, err);
    audit_report report;
    if (status == AXL_OK) status = corpus_audit(c, &report, NULL, NULL, err);
    sampler s = {0};
    const sampler_options o = {64, 3, 0.5};
    if (status == AXL_OK) status = sampler_init(&s, c, &o, err);
    for (uint64_t n = 0; n < 12 && status == AXL_OK; n++) {
        uint16_t ids[64], target[64];
        status = sampler_sample(&s, n, ids, target, err);
    }
    sampler_free(&s);
    corpus_free(c);
    return status;
}

static void running_out_of_memory_is_an_error(void **state) {
    (void)state;
    make_files();
    assert_true(for_each_failing_alloc(use_corpus, NULL) > 30);
}

// Which failures only mean that something is left out, or that another descriptor is tried.
static bool may_go_on(os_call call, int number) {
    return (call == OS_CALL_OPEN || call == OS_CALL_STAT) && number != EIO;
}

static void every_system_call_may_fail(void **state) {
    (void)state;
    make_files();
    static const int numbers[] = {EIO, ENOSPC, EACCES, EMFILE, ENOENT};
    size_t failed[OS_CALL_COUNT] = {0};
    failing_alloc_install();
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        for (size_t n = 1;; n++) {
            fault_plan plan;
            axl_error err = {0};
            const int descriptor = scratch_free_descriptor();
            fault_plan_set(&plan, FAULT_ANY, n, false, numbers[i]);
            const axl_status status = use_corpus(NULL, &err);
            fault_plan_clear();
            assert_int_equal(scratch_free_descriptor(), descriptor);
            assert_int_equal(failing_alloc_live_blocks(), 0);
            if (plan.hit == FAULT_ANY) {
                assert_int_equal(status, AXL_OK);
                break;
            }
            if (status == AXL_OK && !may_go_on(plan.hit, numbers[i]))
                fail_msg("call %zu of kind %d failed with %d unseen", n, (int)plan.hit, numbers[i]);
            if (status != AXL_OK) {
                assert_true(err.text[0] && err.code == status);
                failed[plan.hit]++;
            }
        }
    }
    failing_alloc_remove();
    assert_true(failed[OS_CALL_OPEN] > 5 && failed[OS_CALL_STAT] > 5);
    assert_true(failed[OS_CALL_READ] > 10 && failed[OS_CALL_WRITE] > 0);
    assert_int_equal(rmdir(data_box_path("spool")), 0); // empty
    assert_int_equal(mkdir(data_box_path("spool"), 0777), 0);
}

// Transfers of one byte at a time change nothing.
static void short_transfers_are_finished(void **state) {
    (void)state;
    make_files();
    const corpus_spec spec = data_spec();
    corpus *c = data_build(&spec);
    const digest hash = corpus_summarize(c)->set[CORPUS_TRAIN].hash;
    corpus_free(c);
    fault_plan plan;
    fault_plan_set(&plan, OS_CALL_READ, 1, true, OS_FAULT_SHORT);
    c = data_build(&spec);
    fault_plan_set(&plan, OS_CALL_WRITE, 1, true, OS_FAULT_SHORT);
    corpus *again = data_build(&spec);
    fault_plan_clear();
    assert_true(digest_same(corpus_summarize(c)->set[CORPUS_TRAIN].hash, hash));
    assert_true(digest_same(corpus_summarize(again)->set[CORPUS_TRAIN].hash, hash));
    corpus_free(c);
    corpus_free(again);
}

static size_t count_of(corpus_reason reason, os_call call, size_t n, int number) {
    const corpus_spec spec = data_spec();
    fault_plan plan;
    fault_plan_set(&plan, call, n, false, number);
    corpus *c = data_build(&spec);
    fault_plan_clear();
    const size_t count = (size_t)corpus_summarize(c)->left_out[reason];
    corpus_free(c);
    return count;
}

// Files and folders that may not be read, or vanish, are left out and counted.
static void what_may_not_be_read_is_counted(void **state) {
    (void)state;
    data_file_text("a", "A");
    data_file_text("b/c", "C");
    // The folder, the file a, the folder b, the file c.
    for (size_t n = 2; n <= 4; n++) {
        assert_int_equal(count_of(CORPUS_DENIED, OS_CALL_OPEN, n, EACCES), 1);
        assert_int_equal(count_of(CORPUS_GONE, OS_CALL_OPEN, n, ENOENT), 1);
    }
    corpus *c;
    axl_error err;
    const corpus_spec spec = data_spec();
    fault_plan plan;
    fault_plan_set(&plan, OS_CALL_OPEN, 1, false, EACCES);
    assert_int_equal(corpus_build(&c, &spec, &err), AXL_IO); // what was named must be readable
    fault_plan_clear();
}

// Changes the file just before one of the reads.
typedef struct meddler {
    size_t reads, at;
    bool longer;
} meddler;

static int meddle(void *ctx, os_call call) {
    meddler *m = ctx;
    if (call != OS_CALL_READ || ++m->reads != m->at) return 0;
    assert_int_equal(truncate(data_box_path("data/a"), m->longer ? 2000000 : 300000), 0);
    return 0;
}

static void a_file_that_changes_while_it_is_read_is_an_error(void **state) {
    (void)state;
    for (int k = 0; k < 4; k++) {
        data_file_words("a", 1, 20000);
        meddler m = {.at = 1 + (size_t)k / 2 * 2, .longer = k % 2};
        const os_fault fault = {meddle, &m};
        const corpus_spec spec = data_spec();
        corpus *c;
        axl_error err = {0};
        os_fault_set(&fault);
        const axl_status status = corpus_build(&c, &spec, &err);
        os_fault_set(NULL);
        assert_true(m.reads >= m.at);
        assert_int_equal(status, AXL_BAD_FILE);
        assert_non_null(strstr(err.text, "/a was changed while it was read"));
    }
}

int main(void) {
#define BOXED(test) cmocka_unit_test_setup_teardown(test, data_box_make, data_box_remove)
    const struct CMUnitTest tests[] = {
        BOXED(running_out_of_memory_is_an_error),
        BOXED(every_system_call_may_fail),
        BOXED(short_transfers_are_finished),
        BOXED(what_may_not_be_read_is_counted),
        BOXED(a_file_that_changes_while_it_is_read_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
