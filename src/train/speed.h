// How fast a training will be, from a few steps on random bytes before it begins: the share of the
// machine's peak that a model reaches depends on its size.
#ifndef TRAIN_SPEED_H
#define TRAIN_SPEED_H

#include "model/pass.h"
#include "train/settings.h"

typedef struct speed_spec {
    model_config config;
    train_settings settings; // batch, length, type, optimizer
    pass_machine machine;
    double seconds; // to measure for, about
} speed_spec;

typedef enum speed_source {
    SPEED_ASSUMED,  // of a usual processor: nothing was measured
    SPEED_STAND_IN, // a smaller model was measured, and its share carried over
    SPEED_MEASURED, // the model itself
} speed_source;

typedef struct speed {
    double bytes_per_s; // of training; looks and checkpoints not included
    double peak;        // operations a second: bytes_per_s is sizing_share of this
    speed_source source;
} speed;

// Trains for about spec->seconds, at least one step after another that warms up. Takes the memory
// of a step and gives it back. A model whose sequences would take too long is not measured itself.
axl_status speed_measure(const speed_spec *spec, speed *out, axl_error *err);

// The same figures for a processor that was not measured: they depend on the threads alone.
speed speed_assumed(const speed_spec *spec);

// The figures of another model, or another step, on the machine of a measured speed.
speed speed_of_other(const speed *measured, const speed_spec *other);

#endif
