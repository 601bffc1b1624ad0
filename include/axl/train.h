// Training: from files of text to a folder with a model and a report of how good it is.
//
// The folder is a model directory from the first checkpoint on. A run that was stopped, by its
// caller, a crash or a power cut, goes on from its last checkpoint: with the same results, bit for
// bit, as one that was never stopped, where its length is given in steps or bytes.
#ifndef AXL_TRAIN_H
#define AXL_TRAIN_H

#include <axl/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// One line of the log. Bits are bits per byte. NAN: not measured.
typedef struct axl_train_row {
    uint64_t step, bytes;      // made, seen
    double seconds;            // used, over all sessions of the run
    double fraction;           // of the run, 0 to 1
    double train_bits;         // since the last row
    double held_bits;          // quick look at held-out text
    double rate, norm;         // learning rate, norm of the gradient
    uint64_t skipped;          // steps whose gradient was not finite
    double bytes_per_s, share; // of the machine's peak
    uint64_t resident;         // bytes of memory
} axl_train_row;

// Where a speed comes from.
typedef enum axl_train_speed {
    AXL_TRAIN_SPEED_NONE,     // it is not known
    AXL_TRAIN_SPEED_ASSUMED,  // of a usual processor
    AXL_TRAIN_SPEED_STAND_IN, // measured on a smaller model, or one of another size
    AXL_TRAIN_SPEED_MEASURED, // of this model, on this machine
} axl_train_speed;

// What a run takes and what comes out. 0: not known, where nothing else is said.
typedef struct axl_train_plan {
    char preset[32];
    char recipe[264]; // where the data are pairs of the preset's task: which, and why the context
    char base[96];    // the name of the model whose weights it begins with; empty: none
    uint64_t params;
    size_t d_model, n_heads, d_ff, n_layers_per_scale, max_seq_len;
    size_t batch, length; // of a step: sequences, and bytes of each
    // Bytes of memory. data: the text's places and what is read ahead; program: everything that
    // does not grow with the model. all is what the process will have resident at most.
    uint64_t weights, gradients, moments, activations, scratch, data, program, all;
    uint64_t checkpoint;              // bytes of disk of one checkpoint
    uint64_t disk;                    // of all that are kept at a time
    uint64_t train_bytes, held_bytes; // of text
    uint64_t train_documents, held_documents;
    bool tail; // the held-out text is the tail of the only file
    double bytes_per_s;
    axl_train_speed speed_from;
    uint64_t steps, bytes; // of the whole run
    double seconds;        // of training; the evaluation at the end comes after them
    double passes;         // over the text
    // Text that teaches, as a part of the text that would suit the size; 1 is right.
    double fit;
    bool too_large, too_small; // the model is, by far, for the time or the text
    bool too_often;            // it passes over the text
    bool over_memory;          // it needs more than is available now
    uint64_t auto_params;      // where too_large or too_small: what preset auto would train,
    double auto_bytes;         // and on how many bytes
} axl_train_plan;

// All may be NULL. They are called on the thread that called axl_train; texts are valid during the
// call.
typedef struct axl_train_events {
    // Once, when all is known and nothing has been written.
    void (*plan)(void *ctx, const axl_train_plan *plan);
    void (*row)(void *ctx, const axl_train_row *row);
    void (*note)(void *ctx, const char *text);
    void (*sample)(void *ctx, const char *prompt, const void *text, size_t bytes);
    // Left out of the corpus: line counts from 1, 0 is the whole file.
    void (*left_out)(void *ctx, const char *path, uint64_t line, const char *reason);
    // The evaluation at the end is under way: bytes done of all, of what is being done.
    void (*evaluation)(void *ctx, const char *what, uint64_t done, uint64_t total);
    int (*stop)(void *ctx); // asked before each step: not 0 saves and ends the run
    void *ctx;
} axl_train_events;

// All zero is a good default where a line does not say "must". Strings and lists stay the caller's.
typedef struct axl_train_options {
    const char *out;         // must: the folder
    const char *const *data; // must: [data_count] files, folders, patterns; "path:0.3"
    size_t data_count;
    const char *const *val; // held-out text; NULL: a part of the data
    size_t val_count;
    const char *preset;     // NULL: "micro-lion"; "auto": the size that suits the length
    const char *base;       // a model directory: begin with its weights, in its shape; NULL: none
    const char *config;     // a YAML file of settings; NULL: none
    const char *const *set; // [set_count] "name=value", after the preset and the file
    size_t set_count;
    bool resume;
    bool quick;         // measure no speed: what depends on it is an assumption
    const char *prompt; // of the samples; NULL: none are made
    const char *fields; // of JSONL; NULL: the usual ones
    uint64_t max_ram;   // most bytes of memory; 0: what is available
    const char *level;  // of the kernels; NULL: the best that runs here
    size_t threads;     // 0: as many as the process may use
    unsigned dashboard; // port of a page about the run, on this machine only; 0: none
    axl_train_events events;
} axl_train_options;

typedef struct axl_train_result {
    axl_train_plan plan;
    uint64_t steps, bytes, skipped;
    double seconds, train_bits;
    double held_bits; // quick look at held-out text at the end of the run
    // Of the model that the folder has now, on held-out text: what axl_eval_bpb says of the same
    // files. NAN: not measured.
    double bpb;
    double gzip_bpb, xz_bpb; // of the same bytes, all files joined; NAN with held_answers
    char xz_missing[96];     // why xz has no figure; empty: it has, or nothing was evaluated
    uint64_t held_read;      // bytes that bpb is of: of plan.held_bytes, or
    uint64_t held_answers;   // where only the answers of pairs count, of so many; else 0
    size_t held_files;       // files that these are from
    uint64_t best_step;      // the model is that of this step; 0: of the last one
    bool already;            // the run was finished before
} axl_train_result;

// Reads the data and says what a run would take, without starting it. AXL_TOO_LARGE over max_ram.
AXL_API axl_status axl_train_dry(const axl_train_options *options, axl_train_plan *out,
                                 axl_error *err);

// Runs, then evaluates the model on the held-out text and writes results.json, README.md (the card)
// and report.html into the folder. Where the run was finished before, only those of them that are
// missing are made, and figures that nothing had to be evaluated for are NAN. AXL_INTERRUPTED after
// events.stop, with everything saved. AXL_BAD_FILE when held-out text that was named stands in the
// data as well, or when a resumed run's data have changed; AXL_BAD_ARGUMENT when another process
// trains in the folder. result may be NULL.
AXL_API axl_status axl_train(const axl_train_options *options, axl_train_result *result,
                             axl_error *err);

#ifdef __cplusplus
}
#endif

#endif
