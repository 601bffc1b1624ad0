// What a training run tells people and tools: rows of figures while it goes on, samples of what the
// model writes, and a summary at the end. The trainer fills these in; the logs, the report, the
// results and the model card only read them.
//
// A figure that was not measured is NAN (a real), 0 (a count, where 0 cannot be meant) or NULL (a
// text), and is shown as such, never as a number.
#ifndef TRAIN_METRICS_H
#define TRAIN_METRICS_H

#include "base/sha256.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// One line of the logs. Bits are bits per byte.
typedef struct train_row {
    uint64_t step;      // of the optimizer, skipped ones included; rows ascend by it
    uint64_t bytes;     // of text seen by then
    double seconds;     // of training by then, over all sessions of the run
    double fraction;    // of the run, 0..1
    double train_bpb;   // mean since the last row
    double exit_bpb;    // the fine exit's, since the last row; NAN: it has none
    double eval_bpb;    // on the held-out set; NAN: not evaluated at this step
    double rate;        // learning rate
    double grad_norm;   // before clipping
    uint64_t skipped;   // steps skipped so far
    double bytes_per_s; // since the last row, pauses aside
    double share;       // of the machine's peak, 0..1; NAN: the peak is not known
    uint64_t rss;       // resident bytes of the process
    double joules;      // used by then; filled in by the log, NAN: not measured
    double time;        // seconds since 1970; filled in by the log
} train_row;

typedef enum column_type { COLUMN_COUNT, COLUMN_REAL } column_type;

// The one table of a row's columns, in the order of the files.
typedef struct train_column {
    const char *name; // in CSV and JSONL
    const char *tag;  // in TensorBoard; NULL: not there
    column_type type;
    size_t offset;    // in train_row, of a uint64_t or a double
    const char *what; // one line for people
} train_column;

#define TRAIN_COLUMNS 15
extern const train_column train_columns[TRAIN_COLUMNS];

// A row of which nothing is known.
train_row train_row_none(void);

uint64_t train_row_count(const train_row *row, const train_column *column); // COLUMN_COUNT
double train_row_real(const train_row *row, const train_column *column);    // any; exact to 2^53
void train_row_set_count(train_row *row, const train_column *column, uint64_t value);
void train_row_set_real(train_row *row, const train_column *column, double value);

// Any bytes; data may be NULL when size is 0.
typedef struct train_text {
    const char *data;
    size_t size;
} train_text;

// What the model wrote at a step.
typedef struct train_sample {
    uint64_t step, bytes;
    train_text prompt;
    train_text suffix; // of a fill-in-the-middle sample; data NULL: none
    train_text completion;
} train_sample;

// A setting, or a number of the model: text, or where that is NULL, number.
typedef struct train_fact {
    const char *name;
    const char *text;
    double number;
} train_fact;

// A file or folder that --data named.
typedef struct train_source {
    const char *path;
    double weight; // 1 unless one was given
    uint64_t files, bytes;
} train_source;

// Why files, or lines of JSONL, were left out: "binary".
typedef struct train_omission {
    const char *reason;
    uint64_t count;
} train_omission;

// A held-out file, by name; bits per byte of what was read of it, alone.
typedef struct train_file {
    const char *path;
    uint64_t bytes, read; // of its held-out text, and those that count: fewer when there is a limit
    bool hashed;          // sha256 holds the hash of its held-out text
    uint8_t sha256[SHA256_BYTES];
    double bpb, gzip_bpb, xz_bpb;
} train_file;

typedef struct train_model {
    const char *preset; // NULL: none
    const char *base;   // name of the model whose weights it began with; NULL: none
    uint64_t parameters;
    size_t context; // bytes
    const char *dtype;
    const train_fact *fields; // as in config.json
    size_t field_count;
} train_model;

typedef struct train_data {
    const train_source *sources;
    size_t source_count;
    const train_omission *left_out;
    size_t left_out_count;
    uint64_t documents, bytes;           // of the training set
    uint64_t held_documents, held_bytes; // of the held-out set
    uint64_t held_answers;               // of them, what alone is counted; 0: everything is
    uint64_t duplicates;                 // documents dropped
    uint64_t near_copies;                // units that training got because they are near copies
    const char *split;                   // one line: how the held-out set was chosen
    double overlap;                      // share of held-out pieces that the training set has
    const char *digest;                  // of the training set as the corpus defines it
} train_data;

typedef struct train_machine {
    const char *processor; // its own name
    const char *system;    // "Linux 6.1 x86_64"
    const char *level;     // of the kernels
    size_t threads;
    uint64_t memory;    // bytes
    double peak_gflops; // measured, of the type trained in
} train_machine;

// Bits per byte of the held-out set, or of the answers in it. The compressors saw the same bytes,
// joined into one stream; beside answers there are none.
typedef struct train_figures {
    double eval_bpb;    // of the model that was saved
    double exit_bpb;    // of its fine exit, on the same files
    double train_bpb;   // mean of the last row
    uint64_t best_step; // the saved model is that of this step; 0: of the last one
    double gzip_bpb, xz_bpb;
    uint64_t
        eval_bytes; // that count; fewer than held_bytes, or held_answers, when there was a limit
} train_figures;

// The whole run. Borrows everything. Start from train_summary_none: a real that is left at 0 would
// be told as a measurement.
typedef struct train_summary {
    const char *name;    // of the model
    const char *version; // of the program
    const char *command; // that made it
    const char *license; // of the weights, as Hugging Face spells it
    double time;         // of the end, seconds since 1970
    bool finished;       // false: interrupted
    uint64_t seed, steps, skipped, bytes;
    double passes;  // over the training set
    double seconds; // of training
    double joules;
    train_model model;
    train_data data;
    train_machine machine;
    train_figures figures;
    const train_fact *settings;
    size_t setting_count;
    const train_file *held; // the files of the held-out set
    size_t held_count;
    const train_row *rows; // ascending by step
    size_t row_count;
    const train_sample *samples; // ascending by step
    size_t sample_count;
} train_summary;

// A run of which nothing is known.
train_summary train_summary_none(void);

#endif
