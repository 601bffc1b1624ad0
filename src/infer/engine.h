// A model ready to decode: loaded once, never changed, shared by any number of sequences.
//
// Weights are used where they lie in the mapped file, where the program asked for the guard of
// os/map_guard.h; without it they are copied, since then a file that is cut would end the process.
// What is needed otherwise than it lies is copied in any case (model/frozen.h): little, of a file
// that this program wrote.
//
// The data of a directory, which training writes again and again, is compared with its checksum
// every time; that of a single file is not looked at: import_check does that where it is asked for.
#ifndef INFER_ENGINE_H
#define INFER_ENGINE_H

#include "model/frozen.h"
#include "model/step.h"
#include "store/import.h"
#include "store/model_dir.h"

// {0} is closed. Read the fields.
typedef struct engine {
    kernels k;
    pool *p;            // borrowed; may be NULL
    stored_model model; // block: NULL until engine_numbers
    frozen frozen;
    char *path;        // owned
    import_model file; // open while weights lie in it; without a table
} engine;

// Loads the model at path: a directory or a file that store/import.h opens. Nothing to close after
// a failure.
axl_status engine_open(engine *out, const char *path, const kernels *k, pool *p, axl_error *err);

// The same for evaluation: weights of bf16 are multiplied as f32, twice the memory, so that figures
// say what the weights are worth and not how they are multiplied.
axl_status engine_open_exact(engine *out, const char *path, const kernels *k, pool *p,
                             axl_error *err);

void engine_close(engine *e); // leaves {0}

// AXL_BAD_FILE once the file that holds the weights was changed: what was computed since the last
// time counts for nothing. Costs a system call.
axl_status engine_intact(const engine *e, axl_error *err);

// Makes model.block: all parameters as f32, read again. AXL_BAD_ARGUMENT for a model of few bits.
axl_status engine_numbers(engine *e, axl_error *err);

// An empty sequence of this model, to be freed with cache_free, and a stepper, with step_free.
axl_status engine_sequence(const engine *e, cache *out, axl_error *err);
axl_status engine_stepper(const engine *e, stepper **out, const step_spec *spec, axl_error *err);

#endif
