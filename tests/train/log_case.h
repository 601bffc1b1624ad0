// An invented run for the tests of logs and reports: every figure is a function of its step.
#ifndef TRAIN_LOG_CASE_H
#define TRAIN_LOG_CASE_H

#include "train/metrics.h"

// exit_bpb is never there, eval_bpb at every 50th step.
train_row log_case_row(uint64_t step);

// Bytes of the text files of a log; the caller frees data. NULL when there is no such file.
typedef struct log_file {
    char *data;
    size_t size;
} log_file;
log_file log_case_read(const char *path);

// Steps of the rows of log.csv, found by the number at each line's start; returns how many. Fails
// the test when the header is missing or the last line is not ended.
size_t log_case_csv_steps(const char *path, uint64_t *steps, size_t max);

// An event of a TensorBoard file, decoded by a reader that shares nothing with the writer.
#define EVENT_VALUES 16
typedef struct log_event {
    double time;
    uint64_t step;
    char version[32]; // "" unless it is the first event of a file
    uint64_t session; // status of the session log; 0: none
    size_t count;
    struct {
        char tag[64];
        float value;
    } values[EVENT_VALUES];
} log_event;

// All events of a file; returns how many. Fails the test on a wrong checksum or an odd message; a
// torn record at the end is allowed where torn says so.
size_t log_case_events(const char *path, log_event *events, size_t max, bool torn);

// The files of the folder that TensorBoard would read, in its order (by name); returns how many.
size_t log_case_event_files(const char *folder, char paths[][256], size_t max);

// The points of one tag as TensorBoard shows them: all files in order, where the start of a session
// removes what was read of its step and later.
size_t log_case_points(const char *folder, const char *tag, uint64_t *steps, float *values,
                       size_t max);

#endif
