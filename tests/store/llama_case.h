// Fine exits written as llama files.
#ifndef STORE_LLAMA_CASE_H
#define STORE_LLAMA_CASE_H

#include "model/model_case.h"
#include "store/export_llama.h"

// A model's exit written to the path; block (may be NULL) gets the numbers that the file holds.
typedef struct llama_case {
    const param_table *table;
    const float *w;
    float *block;
} llama_case;

axl_status llama_case_write(const llama_case *c, llama_file file, const char *path, pool *p,
                            axl_error *err);

// Logits [length, V] of the fine exit of a model. The caller frees them.
float *llama_case_logits(const param_table *t, const float *w, const uint16_t *ids, size_t length);

#endif
