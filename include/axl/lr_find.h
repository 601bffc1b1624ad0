// The search for a learning rate.
#ifndef AXL_LR_FIND_H
#define AXL_LR_FIND_H

#include <axl/train.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AXL_LR_STEPS_MOST 1000

typedef struct axl_lr_options {
    axl_train_options train; // out: a name beside which temporary files may lie; events: stop,
                             // left_out. A length is needed with preset auto only.
    size_t steps;            // 0: 200, at most AXL_LR_STEPS_MOST
    double from, to;         // rates; 0: a thousandth and the hundredfold of the standard one
    int (*step)(void *ctx, size_t done, size_t total); // before each: not 0 ends; ctx of the events
} axl_lr_options;

typedef struct axl_lr_row {
    double rate, bits, smooth; // bits per byte of the step, and smoothed
} axl_lr_row;

typedef struct axl_lr_result {
    char preset[32];
    char optimizer[8];
    uint64_t params;
    size_t batch, length;
    axl_lr_row row[AXL_LR_STEPS_MOST]; // [count]
    size_t count;
    bool diverged;   // it ended before the last rate
    double standard; // the rate that training takes where none is given
    double lowest;   // the rate of the lowest smoothed loss
    double proposed; // 0: there is none, because the loss did not fall, or did not rise again
} axl_lr_result;

// Trains a few steps while the rate rises from far too small to far too large, and proposes one.
// Writes nothing.
AXL_API axl_status axl_lr_find(const axl_lr_options *options, axl_lr_result *out, axl_error *err);

#ifdef __cplusplus
}
#endif

#endif
