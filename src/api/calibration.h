// How important the columns of a model's matrices are: the mean square of the activations that meet
// each, while the model reads a text.
#ifndef API_CALIBRATION_H
#define API_CALIBRATION_H

#include "api/machine.h"
#include "model/frozen.h"

#define CALIBRATION_BYTES ((size_t)32 << 10) // of the text that is read, its beginning

// {0} is none.
typedef struct calibration {
    size_t count;   // rows of the table
    float **column; // [count]: [cols] of a matrix that was used, or NULL; owned
    uint64_t bytes; // that were read
} calibration;

typedef struct calibration_source {
    const frozen *model; // of f32, made from block
    const float *block;
    const char *path;
    bool (*progress)(void *ctx, size_t done, size_t all); // false: stop; may be NULL
    void *progress_ctx;
} calibration_source;

// Reads the file at path. Nothing to free after a failure.
axl_status calibration_run(calibration *out, const calibration_source *from, const machine *m,
                           axl_error *err);
void calibration_free(calibration *c); // leaves {0}

#endif
