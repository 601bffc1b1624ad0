// A model ready to decode: loaded once, never changed, shared by any number of sequences.
#ifndef INFER_ENGINE_H
#define INFER_ENGINE_H

#include "model/frozen.h"
#include "model/step.h"
#include "store/model_dir.h"

// {0} is closed. Read the fields.
typedef struct engine {
    kernels k;
    pool *p; // borrowed; may be NULL
    stored_model model;
    frozen frozen;
} engine;

// Loads the model at path: a directory or a file that store/import.h opens. One of few bits stays
// so, and then model.block is NULL. Nothing to close after a failure.
axl_status engine_open(engine *out, const char *path, const kernels *k, pool *p, axl_error *err);
void engine_close(engine *e); // leaves {0}

// An empty sequence of this model, to be freed with cache_free, and a stepper, with step_free.
axl_status engine_sequence(const engine *e, cache *out, axl_error *err);
axl_status engine_stepper(const engine *e, stepper **out, const step_spec *spec, axl_error *err);

#endif
