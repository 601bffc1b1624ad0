// The models of the family: their shapes, what they cost, and which of them suits a machine.
//
// Nothing here loads or makes a model. Figures come from the configuration alone, except the peak
// that axl_suggest measures.
#ifndef AXL_MODELS_H
#define AXL_MODELS_H

#include <axl/bench.h>
#include <axl/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// A configuration and its costs, for training in f32 with steps of AXL_MODEL_BATCH sequences of
// max_seq_len bytes. Strings are constants.
#define AXL_MODEL_BATCH 16

typedef struct axl_model_preset {
    const char *name;          // on the command line
    const char *title;         // as published
    const char *optimizer;     // "lion", "sgd" (without momentum) or "adamw"
    const char *task;          // a word or two
    const char *use;           // one line
    const char *note;          // what else to know; "" for nothing
    const char *pairs;         // the task of axl data make that it is trained on; NULL: any text
    double minutes;            // that its recipe trains on them; 0: it has none
    uint64_t params;           // of this configuration
    uint64_t published_params; // of the published model where that is known exactly, else 0
    size_t vocab_size, d_model, n_heads, d_ff, n_layers_per_scale, n_cross_attn_layers;
    size_t max_seq_len; // bytes of context
    double dropout;
    uint64_t train_bytes; // memory to train, within a few percent
    uint64_t run_bytes;   // memory to generate: weights, and caches of a full context
    // Operations a byte, the mean over one context; a multiply-add counts as 2. Only what the
    // mathematics needs: of attention the visible pairs, nothing padded or computed twice.
    double train_flops; // forward and backward, with the auxiliary loss
    double run_flops;   // generating
} axl_model_preset;

// How many presets there are.
AXL_API size_t axl_model_preset_count(void);

// Fills *out with the preset at index, the smallest model first. AXL_NOT_FOUND beyond the last.
// err may be NULL.
AXL_API axl_status axl_model_preset_at(size_t index, axl_model_preset *out, axl_error *err);

// Fills *out with the preset of that name, in capitals or not, with a leading "axl-" or without.
// AXL_NOT_FOUND for an unknown one; the text then names the nearest. err may be NULL.
AXL_API axl_status axl_model_preset_find(const char *name, axl_model_preset *out, axl_error *err);

// ---- what suits this machine --------------------------------------------------------------------

// All zero is a good default.
typedef struct axl_suggest_options {
    axl_bench_options bench; // level, threads and progress of the measurement; quick: a short one
    uint64_t memory_bytes;   // that training may take; 0: what is available here
    double minutes;          // of training; 0: 10
    const char *data;        // the text to train on, a file or a folder; NULL: not known
} axl_suggest_options;

// What training one model on this machine for the given minutes would be. bytes and passes are
// estimates: peak times the assumed share, over the operations a byte.
typedef struct axl_suggest_row {
    axl_model_preset model;
    bool fits;      // its training in the memory
    double share;   // of the peak that its training is assumed to reach
    double bytes;   // it sees in the minutes
    double passes;  // over the data; 0: not known
    double balance; // bytes of text beyond which a larger model pays more
    double minutes; // to see that many
} axl_suggest_row;

#define AXL_SUGGEST_ROWS_MAX 32

typedef struct axl_suggest_result {
    const char *level; // of the kernels; a constant
    size_t threads;
    axl_bench_rate peak; // f32 of all threads, GFLOP/s, measured; max is what estimates use
    uint64_t memory_bytes;
    double minutes;
    uint64_t data_files, data_bytes; // regular files, also in folders below; links do not count
    size_t row_count;
    axl_suggest_row rows[AXL_SUGGEST_ROWS_MAX]; // the presets, the smallest first
    axl_suggest_row sized; // no preset: the size whose balance is nearest to what it sees in time
} axl_suggest_result;

// Measures the peak for about a second and fills *out, which the caller owns. err may be NULL.
// The status of the file system where the data cannot be counted; AXL_BAD_FILE when it is empty.
// AXL_NO_MEMORY when not even a small model could be trained in the memory, with the bytes in the
// text. AXL_BAD_ARGUMENT for minutes that are negative or not finite.
AXL_API axl_status axl_suggest(const axl_suggest_options *options, axl_suggest_result *out,
                               axl_error *err);

#ifdef __cplusplus
}
#endif

#endif
