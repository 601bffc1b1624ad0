// What the tests of the model share: small models with random weights, and passes over them.
#ifndef MODEL_CASE_H
#define MODEL_CASE_H

#include "kernels/kernels.h"
#include "model/pass.h"
#include "model/step.h"
#include "support/unit.h"

// Fails the test with the text unless status is AXL_OK.
void case_ok(axl_status status, const axl_error *err);

// d 12, 2 heads, d_ff 10, 2 layers, 1 round and a context of 256: a start for changes.
model_config case_config(void);

// The best level that runs here.
kernels case_kernels(void);

// A table and a block of random weights, nothing at zero or one: gains around 1, scales around 0.5.
typedef struct case_model {
    param_table table;
    float *w;
} case_model;
void case_model_make(case_model *m, const model_config *c, uint64_t seed);
void case_model_free(case_model *m);

// count random symbols of the model.
void case_ids(uint16_t *out, size_t count, const model_config *c, uint64_t seed);

// A pass of f32 without threads; train as given.
pass *case_pass(const case_model *m, const kernels *k, const pass_spec *spec);

// logits [length, V] of one sequence, by a pass that exists for this call. The caller frees them.
float *case_logits(const case_model *m, const kernels *k, const uint16_t *ids, size_t length);

#endif
