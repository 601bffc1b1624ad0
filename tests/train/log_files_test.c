// The logs of a run as files: what is in them after kills, resumes, cuts and failing disks.
#include "log_case.h"
#include "os/fault_plan.h"
#include "os/scratch.h"
#include "support/failing_alloc.h"
#include "support/unit.h"
#include "train/log_csv.h"
#include "train/log_jsonl.h"
#include "train/train_log.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STEPS_MAX 500

static scratch box;

static int make_box(void **state) {
    (void)state;
    scratch_make(&box);
    return 0;
}

static int remove_box(void **state) {
    (void)state;
    fault_plan_clear();
    scratch_remove(&box);
    return 0;
}

static const char *in_box(const char *name) {
    return scratch_path(&box, name);
}

static axl_status add_rows(train_log *log, uint64_t from, uint64_t to, axl_error *err) {
    axl_status first = AXL_OK;
    for (uint64_t step = from; step <= to; step++) {
        const train_row row = log_case_row(step);
        const axl_status status = train_log_row(log, &row, err);
        if (first == AXL_OK) first = status;
    }
    return first;
}

static train_sample sample_at(uint64_t step) {
    return (train_sample){.step = step, .prompt = {"def f(", 6}, .completion = {"x):\n", 4}};
}

// A whole session: rows from..to, a sample at each tenth step.
static void session(train_log *log, uint64_t from, uint64_t to) {
    for (uint64_t step = from; step <= to; step++) {
        assert_int_equal(add_rows(log, step, step, NULL), AXL_OK);
        const train_sample sample = sample_at(step);
        if (step % 10 == 0) assert_int_equal(train_log_sample(log, &sample, NULL), AXL_OK);
    }
}

static size_t count_lines(const char *path) {
    log_file f = log_case_read(path);
    assert_non_null(f.data);
    size_t lines = 0;
    for (size_t i = 0; i < f.size; i++) lines += f.data[i] == '\n';
    if (f.size > 0) assert_int_equal(f.data[f.size - 1], '\n');
    free(f.data);
    return lines;
}

// Everywhere exactly the steps 1..last, with the values of their step.
static void expect_steps(uint64_t last) {
    uint64_t steps[STEPS_MAX];
    float values[STEPS_MAX];
    assert_int_equal(log_case_csv_steps(in_box("log.csv"), steps, STEPS_MAX), last);
    for (uint64_t i = 0; i < last; i++) assert_int_equal(steps[i], i + 1);
    log_file f = log_case_read(in_box("log.jsonl"));
    uint64_t line_count = 0;
    for (char *line = f.data, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        train_row row;
        assert_true(log_jsonl_read_row(line, (size_t)(end - line), &row));
        assert_int_equal(row.step, ++line_count);
        assert_true(row.train_bpb == log_case_row(row.step).train_bpb);
    }
    free(f.data);
    assert_int_equal(line_count, last);
    const size_t points =
        log_case_points(in_box("tensorboard"), "train/bpb", steps, values, STEPS_MAX);
    assert_int_equal(points, last);
    for (uint64_t i = 0; i < last; i++) {
        assert_int_equal(steps[i], i + 1);
        assert_true(values[i] == (float)log_case_row(i + 1).train_bpb);
    }
    assert_int_equal(count_lines(in_box("samples.jsonl")), last / 10);
}

static void a_run_is_logged(void **state) {
    (void)state;
    train_log *log = NULL;
    assert_int_equal(train_log_open(&log, box.folder, NULL), AXL_OK);
    expect_steps(0);
    session(log, 1, 57);
    expect_steps(57); // at once, without a sync
    assert_int_equal(train_log_sync(log, NULL), AXL_OK);
    size_t rows, samples;
    const train_row *row = train_log_rows(log, &rows);
    const train_sample *sample = train_log_samples(log, &samples);
    assert_int_equal(rows, 57);
    assert_int_equal(row[56].step, 57);
    assert_true(row[0].time > 1.6e9);
    assert_int_equal(samples, 5);
    assert_memory_equal(sample[4].completion.data, "x):\n", 4);
    const train_row again = log_case_row(57);
    assert_int_equal(train_log_row(log, &again, NULL), AXL_BAD_ARGUMENT);
    assert_int_equal(train_log_close(log, NULL), AXL_OK);
    assert_int_equal(train_log_close(NULL, NULL), AXL_OK);
    expect_steps(57);
}

static void the_events_are_those_of_the_rows(void **state) {
    (void)state;
    train_log *log = NULL;
    assert_int_equal(train_log_open(&log, box.folder, NULL), AXL_OK);
    assert_int_equal(add_rows(log, 49, 50, NULL), AXL_OK);
    char paths[4][256];
    log_event events[8];
    assert_int_equal(log_case_event_files(in_box("tensorboard"), paths, 4), 1);
    assert_int_equal(log_case_events(paths[0], events, 8, false), 4);
    assert_string_equal(events[0].version, "brain.Event:2");
    assert_int_equal(events[1].session, 1);
    assert_int_equal(events[1].step, 0);
    assert_int_equal(events[2].step, 49);
    assert_int_equal(events[3].step, 50);
    size_t rows;
    assert_true(events[3].time == train_log_rows(log, &rows)[1].time);
    // The held-out figure came at step 50 only; what is not measured is not there at all.
    const size_t without = events[2].count;
    assert_int_equal(events[3].count, without + 1);
    bool found = false;
    for (size_t i = 0; i < events[3].count; i++) {
        assert_string_not_equal(events[3].values[i].tag, "train/exit_bpb");
        if (strcmp(events[3].values[i].tag, "eval/bpb") != 0) continue;
        assert_true(events[3].values[i].value == (float)log_case_row(50).eval_bpb);
        found = true;
    }
    assert_true(found);
    assert_int_equal(train_log_close(log, NULL), AXL_OK);
}

// Resumed at any step, however far the killed session went beyond it.
static void a_resume_has_no_gaps_and_no_doubles(void **state) {
    (void)state;
    const uint64_t marks[] = {30, 30, 1, 0, 25};
    train_log *log = NULL;
    assert_int_equal(train_log_open(&log, box.folder, NULL), AXL_OK);
    session(log, 1, 42);
    assert_int_equal(train_log_close(log, NULL), AXL_OK);
    for (size_t i = 0; i < COUNT_OF(marks); i++) {
        assert_int_equal(train_log_resume(&log, box.folder, marks[i], NULL), AXL_OK);
        expect_steps(marks[i]);
        session(log, marks[i] + 1, marks[i] + 40);
        expect_steps(marks[i] + 40);
        size_t rows, samples;
        train_log_rows(log, &rows);
        train_log_samples(log, &samples);
        assert_int_equal(rows, marks[i] + 40);
        assert_int_equal(samples, (marks[i] + 40) / 10);
        assert_int_equal(train_log_close(log, NULL), AXL_OK);
    }
}

// A resumed log holds the very bytes that an uninterrupted one would, but for the times.
static void old_lines_are_kept_byte_for_byte(void **state) {
    (void)state;
    train_log *log = NULL;
    assert_int_equal(train_log_open(&log, box.folder, NULL), AXL_OK);
    session(log, 1, 30);
    assert_int_equal(train_log_close(log, NULL), AXL_OK);
    log_file csv = log_case_read(in_box("log.csv")), json = log_case_read(in_box("log.jsonl"));
    log_file samples = log_case_read(in_box("samples.jsonl"));
    assert_int_equal(train_log_resume(&log, box.folder, 30, NULL), AXL_OK);
    assert_int_equal(train_log_close(log, NULL), AXL_OK);
    assert_true(scratch_holds(in_box("log.csv"), csv.data, csv.size));
    assert_true(scratch_holds(in_box("log.jsonl"), json.data, json.size));
    assert_true(scratch_holds(in_box("samples.jsonl"), samples.data, samples.size));
    free(csv.data);
    free(json.data);
    free(samples.data);
}

static void a_new_run_starts_empty(void **state) {
    (void)state;
    train_log *log = NULL;
    assert_int_equal(train_log_open(&log, box.folder, NULL), AXL_OK);
    session(log, 1, 30);
    assert_int_equal(train_log_close(log, NULL), AXL_OK);
    assert_int_equal(train_log_open(&log, box.folder, NULL), AXL_OK);
    expect_steps(0);
    session(log, 1, 12);
    expect_steps(12);
    assert_int_equal(train_log_close(log, NULL), AXL_OK);
}

static void a_run_may_go_back(void **state) {
    (void)state;
    train_log *log = NULL;
    assert_int_equal(train_log_open(&log, box.folder, NULL), AXL_OK);
    session(log, 1, 42);
    assert_int_equal(train_log_cut(log, 17, NULL), AXL_OK);
    expect_steps(17);
    session(log, 18, 45);
    expect_steps(45);
    assert_int_equal(train_log_cut(log, 45, NULL), AXL_OK); // nothing to cut
    session(log, 46, 50);
    expect_steps(50);
    assert_int_equal(train_log_close(log, NULL), AXL_OK);
}

// A clock that was set back must not put the new file of events before the old ones.
static void events_stay_in_order(void **state) {
    (void)state;
    train_log *log = NULL;
    assert_int_equal(train_log_open(&log, box.folder, NULL), AXL_OK);
    session(log, 1, 20);
    assert_int_equal(train_log_close(log, NULL), AXL_OK);
    char paths[8][256];
    assert_int_equal(log_case_event_files(in_box("tensorboard"), paths, 8), 1);
    const char *future = in_box("tensorboard/events.out.tfevents.8000000000.999999999.axl");
    assert_int_equal(rename(paths[0], future), 0);
    assert_int_equal(train_log_resume(&log, box.folder, 15, NULL), AXL_OK);
    session(log, 16, 22);
    expect_steps(22);
    assert_int_equal(train_log_close(log, NULL), AXL_OK);
    assert_int_equal(log_case_event_files(in_box("tensorboard"), paths, 8), 2);
    assert_non_null(strstr(paths[1], "tfevents.8000000001.000000000.axl"));
}

static void cut_file(const char *path, size_t by) {
    log_file f = log_case_read(path);
    assert_int_equal(truncate(path, (off_t)(f.size - by)), 0);
    free(f.data);
}

// A power cut in the middle of every file's last line, at every byte of it.
static void torn_lines_are_repaired(void **state) {
    (void)state;
    for (size_t by = 1; by < 150; by += 7) {
        train_log *log = NULL;
        assert_int_equal(train_log_open(&log, box.folder, NULL), AXL_OK);
        session(log, 1, 20);
        assert_int_equal(train_log_close(log, NULL), AXL_OK);
        char paths[8][256];
        const size_t files = log_case_event_files(in_box("tensorboard"), paths, 8);
        cut_file(in_box("log.csv"), by);
        cut_file(in_box("log.jsonl"), by);
        cut_file(paths[files - 1], by);
        if (by < 60) cut_file(in_box("samples.jsonl"), by);
        assert_int_equal(train_log_resume(&log, box.folder, 19, NULL), AXL_OK);
        expect_steps(19);
        session(log, 20, 33);
        expect_steps(33);
        assert_int_equal(train_log_close(log, NULL), AXL_OK);
        scratch_remove(&box);
        scratch_make(&box);
    }
}

// The last number of a torn line of CSV may still be one, so only the newline tells: the row comes
// from the other file.
static void a_line_without_its_end_does_not_count(void **state) {
    (void)state;
    train_log *log = NULL;
    assert_int_equal(train_log_open(&log, box.folder, NULL), AXL_OK);
    session(log, 1, 20);
    assert_int_equal(train_log_close(log, NULL), AXL_OK);
    log_file whole = log_case_read(in_box("log.csv"));
    for (size_t by = 1; by <= 8; by++) {
        cut_file(in_box("log.csv"), by);
        assert_int_equal(train_log_resume(&log, box.folder, 20, NULL), AXL_OK);
        assert_int_equal(train_log_close(log, NULL), AXL_OK);
        assert_true(scratch_holds(in_box("log.csv"), whole.data, whole.size));
    }
    free(whole.data);
}

// What one file lost the other still has: of every second line in CSV, every third in JSON, of
// rubbish in between, of a file that is gone.
static void one_file_heals_the_other(void **state) {
    (void)state;
    train_log *log = NULL;
    assert_int_equal(train_log_open(&log, box.folder, NULL), AXL_OK);
    session(log, 1, 40);
    assert_int_equal(train_log_close(log, NULL), AXL_OK);
    buf csv = {0}, json = {0};
    log_csv_header(&csv);
    for (uint64_t step = 1; step <= 40; step++) {
        const train_row row = log_case_row(step);
        if (step % 3 != 0) log_csv_row(&csv, &row);
        if (step % 3 != 1) log_jsonl_row(&json, &row);
        if (step % 7 == 0) buf_append(&csv, "\0\0rubbish,1,2\n", 14);
        if (step % 9 == 0) buf_text(&json, "{\"step\": 1}\n[]\n");
    }
    scratch_write(in_box("log.csv"), csv.data, csv.size);
    scratch_write(in_box("log.jsonl"), json.data, json.size);
    assert_int_equal(train_log_resume(&log, box.folder, 40, NULL), AXL_OK);
    expect_steps(40);
    assert_int_equal(train_log_close(log, NULL), AXL_OK);
    assert_int_equal(unlink(in_box("log.csv")), 0);
    assert_int_equal(train_log_resume(&log, box.folder, 40, NULL), AXL_OK);
    expect_steps(40);
    assert_int_equal(train_log_close(log, NULL), AXL_OK);
    assert_int_equal(unlink(in_box("log.jsonl")), 0);
    assert_int_equal(train_log_resume(&log, box.folder, 38, NULL), AXL_OK);
    size_t rows;
    train_log_rows(log, &rows);
    assert_int_equal(rows, 38);
    assert_int_equal(train_log_close(log, NULL), AXL_OK);
    buf_free(&csv);
    buf_free(&json);
}

static void foreign_columns_are_left_alone(void **state) {
    (void)state;
    const char foreign[] = "epoch,loss\n1,0.5\n";
    scratch_text(in_box("log.csv"), foreign);
    train_log *log = NULL;
    axl_error err;
    assert_int_equal(train_log_resume(&log, box.folder, 5, &err), AXL_BAD_FILE);
    assert_null(log);
    assert_non_null(strstr(err.text, "log.csv"));
    assert_true(scratch_holds(in_box("log.csv"), foreign, strlen(foreign)));
    assert_int_equal(scratch_count(&box, ""), 1);
    assert_int_equal(train_log_open(&log, in_box("nowhere"), &err), AXL_NOT_FOUND);
    assert_int_equal(train_log_open(&log, "", &err), AXL_BAD_ARGUMENT);
}

// The disk is full for a while: each row says so, nothing is torn, and afterwards all rows are
// there.
static void a_full_disk_leaves_no_gap(void **state) {
    (void)state;
    train_log *log = NULL;
    axl_error err;
    assert_int_equal(train_log_open(&log, box.folder, NULL), AXL_OK);
    session(log, 1, 10);
    fault_plan plan;
    fault_plan_set(&plan, OS_CALL_WRITE, 1, true, ENOSPC);
    assert_int_equal(add_rows(log, 11, 15, &err), AXL_IO);
    assert_non_null(strstr(err.text, strerror(ENOSPC)));
    assert_int_equal(train_log_sync(log, NULL), AXL_IO);
    fault_plan_clear();
    expect_steps(10);
    session(log, 16, 25);
    uint64_t steps[STEPS_MAX];
    float values[STEPS_MAX];
    assert_int_equal(log_case_csv_steps(in_box("log.csv"), steps, STEPS_MAX), 25);
    const size_t points =
        log_case_points(in_box("tensorboard"), "train/bpb", steps, values, STEPS_MAX);
    assert_int_equal(points, 25);
    assert_int_equal(count_lines(in_box("log.jsonl")), 25);
    assert_int_equal(train_log_close(log, NULL), AXL_OK);
}

// After a failed sync the pages may be gone, so the files are written anew.
static void a_failed_sync_writes_anew(void **state) {
    (void)state;
    train_log *log = NULL;
    assert_int_equal(train_log_open(&log, box.folder, NULL), AXL_OK);
    session(log, 1, 10);
    for (size_t n = 1; n <= 4; n++) {
        fault_plan plan;
        fault_plan_set(&plan, OS_CALL_SYNC, n, false, EIO);
        assert_int_equal(train_log_sync(log, NULL), AXL_IO);
        fault_plan_clear();
        // What the disk lost:
        if (n == 1) scratch_text(in_box("log.csv"), "");
        if (n == 2) scratch_text(in_box("log.jsonl"), "");
        session(log, 10 * n + 1, 10 * n + 10);
        expect_steps(10 * n + 10);
    }
    assert_int_equal(train_log_close(log, NULL), AXL_OK);
}

// The logs of steps 1 to 20 as files, so that a test can put them back without syncing anything.
typedef struct saved_logs {
    log_file text[3], events;
    char events_path[256];
} saved_logs;

static const char *const text_names[3] = {"log.csv", "log.jsonl", "samples.jsonl"};

static void save_logs(saved_logs *saved) {
    train_log *log = NULL;
    char paths[1][256];
    assert_int_equal(train_log_open(&log, box.folder, NULL), AXL_OK);
    session(log, 1, 20);
    assert_int_equal(train_log_close(log, NULL), AXL_OK);
    for (size_t i = 0; i < 3; i++) saved->text[i] = log_case_read(in_box(text_names[i]));
    assert_int_equal(log_case_event_files(in_box("tensorboard"), paths, 1), 1);
    strcpy(saved->events_path, paths[0]);
    saved->events = log_case_read(paths[0]);
}

static void put_back(const saved_logs *saved) {
    char paths[8][256];
    const size_t files = log_case_event_files(in_box("tensorboard"), paths, 8);
    for (size_t i = 0; i < files; i++) assert_int_equal(unlink(paths[i]), 0);
    scratch_write(saved->events_path, saved->events.data, saved->events.size);
    for (size_t i = 0; i < 3; i++) {
        scratch_write(in_box(text_names[i]), saved->text[i].data, saved->text[i].size);
    }
}

static void forget(saved_logs *saved) {
    for (size_t i = 0; i < 3; i++) free(saved->text[i].data);
    free(saved->events.data);
}

// Any one system call fails: the call that met it says so, and the next one heals it.
static void every_call_may_fail(void **state) {
    (void)state;
    const int descriptor = scratch_free_descriptor();
    size_t failures = 0;
    saved_logs saved;
    save_logs(&saved);
    for (size_t n = 1;; n++) {
        train_log *log = NULL;
        fault_plan plan;
        axl_error err = {0};
        put_back(&saved);
        fault_plan_set(&plan, FAULT_ANY, n, false, EIO);
        axl_status status = train_log_resume(&log, box.folder, 9, &err);
        if (log != NULL) {
            const axl_status added = add_rows(log, 10, 19, status == AXL_OK ? &err : NULL);
            if (status == AXL_OK) status = added;
            const axl_status synced = train_log_sync(log, status == AXL_OK ? &err : NULL);
            if (status == AXL_OK) status = synced;
        }
        fault_plan_clear();
        if (status != AXL_OK) {
            failures++;
            assert_true(strlen(err.text) > 0);
        }
        if (log == NULL) assert_int_equal(train_log_resume(&log, box.folder, 9, NULL), AXL_OK);
        size_t rows;
        train_log_rows(log, &rows);
        if (rows == 9) assert_int_equal(add_rows(log, 10, 19, NULL), AXL_OK);
        assert_int_equal(add_rows(log, 20, 20, NULL), AXL_OK);
        const train_sample sample = sample_at(20);
        assert_int_equal(train_log_sample(log, &sample, NULL), AXL_OK);
        assert_int_equal(train_log_sample(log, &sample, NULL), AXL_OK);
        expect_steps(20);
        assert_int_equal(train_log_close(log, NULL), AXL_OK);
        assert_int_equal(scratch_free_descriptor(), descriptor);
        if (plan.hit == FAULT_ANY) break;
    }
    assert_true(failures > 50);
    forget(&saved);
}

static axl_status whole_life(void *ctx, axl_error *err) {
    (void)ctx;
    train_log *log = NULL;
    axl_status status = train_log_resume(&log, box.folder, 10, err);
    if (status != AXL_OK) return status;
    const train_sample sample = sample_at(200);
    status = add_rows(log, 100, 200, err);
    if (status == AXL_OK) status = train_log_sample(log, &sample, err);
    const axl_status closed = train_log_close(log, status == AXL_OK ? err : NULL);
    return status == AXL_OK ? closed : status;
}

static void memory_runs_out(void **state) {
    (void)state;
    train_log *log = NULL;
    assert_int_equal(train_log_open(&log, box.folder, NULL), AXL_OK);
    session(log, 1, 30);
    assert_int_equal(train_log_close(log, NULL), AXL_OK);
    assert_true(for_each_failing_alloc(whole_life, NULL) > 10);
}

#define IN_BOX(test) cmocka_unit_test_setup_teardown(test, make_box, remove_box)

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_BOX(a_run_is_logged),
        IN_BOX(the_events_are_those_of_the_rows),
        IN_BOX(a_resume_has_no_gaps_and_no_doubles),
        IN_BOX(old_lines_are_kept_byte_for_byte),
        IN_BOX(a_new_run_starts_empty),
        IN_BOX(a_run_may_go_back),
        IN_BOX(events_stay_in_order),
        IN_BOX(torn_lines_are_repaired),
        IN_BOX(a_line_without_its_end_does_not_count),
        IN_BOX(one_file_heals_the_other),
        IN_BOX(foreign_columns_are_left_alone),
        IN_BOX(a_full_disk_leaves_no_gap),
        IN_BOX(a_failed_sync_writes_anew),
        IN_BOX(every_call_may_fail),
        IN_BOX(memory_runs_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
