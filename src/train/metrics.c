#include "train/metrics.h"

#include <math.h>
#include <string.h>

#define COUNT(name, tag, field, what)                                                              \
    { name, tag, COLUMN_COUNT, offsetof(train_row, field), what }
#define REAL(name, tag, field, what)                                                               \
    { name, tag, COLUMN_REAL, offsetof(train_row, field), what }

const train_column train_columns[TRAIN_COLUMNS] = {
    COUNT("step", NULL, step, "steps of the optimizer"),
    COUNT("bytes", "progress/bytes", bytes, "bytes of text seen"),
    REAL("seconds", "progress/seconds", seconds, "seconds of training"),
    REAL("fraction", "progress/fraction", fraction, "share of the run"),
    REAL("train_bpb", "train/bpb", train_bpb, "bits per byte of the training text"),
    REAL("exit_bpb", "train/exit_bpb", exit_bpb, "bits per byte of the fine exit"),
    REAL("eval_bpb", "eval/bpb", eval_bpb, "bits per byte of the held-out set"),
    REAL("learning_rate", "train/lr", rate, "learning rate"),
    REAL("grad_norm", "train/grad_norm", grad_norm, "norm of the gradient before clipping"),
    COUNT("skipped", "train/skipped", skipped, "steps skipped"),
    REAL("bytes_per_s", "speed/bytes_per_s", bytes_per_s, "bytes of text a second"),
    REAL("share_of_peak", "speed/share_of_peak", share, "share of the machine's peak"),
    COUNT("rss_bytes", "memory/rss_bytes", rss, "resident memory"),
    REAL("joules", "energy/joules", joules, "energy used"),
    REAL("time", NULL, time, "seconds since 1970"),
};

train_row train_row_none(void) {
    train_row row = {0};
    for (size_t i = 0; i < TRAIN_COLUMNS; i++) {
        const train_column *c = &train_columns[i];
        if (c->type == COLUMN_REAL) train_row_set_real(&row, c, NAN);
    }
    return row;
}

uint64_t train_row_count(const train_row *row, const train_column *column) {
    uint64_t value;
    memcpy(&value, (const char *)row + column->offset, sizeof value);
    return value;
}

double train_row_real(const train_row *row, const train_column *column) {
    if (column->type == COLUMN_COUNT) return (double)train_row_count(row, column);
    double value;
    memcpy(&value, (const char *)row + column->offset, sizeof value);
    return value;
}

void train_row_set_count(train_row *row, const train_column *column, uint64_t value) {
    memcpy((char *)row + column->offset, &value, sizeof value);
}

void train_row_set_real(train_row *row, const train_column *column, double value) {
    memcpy((char *)row + column->offset, &value, sizeof value);
}

train_summary train_summary_none(void) {
    return (train_summary){
        .passes = NAN,
        .seconds = NAN,
        .joules = NAN,
        .data = {.overlap = NAN},
        .machine = {.peak_gflops = NAN},
        .figures =
            {.eval_bpb = NAN, .exit_bpb = NAN, .train_bpb = NAN, .gzip_bpb = NAN, .xz_bpb = NAN},
    };
}
