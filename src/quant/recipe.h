// Which type the tensors of a model get: the names that `axl quantize --type` takes.
#ifndef QUANT_RECIPE_H
#define QUANT_RECIPE_H

#include "tensor/dtype.h"

// What is asked of a tensor's numbers; model/params.h says it of every tensor.
typedef enum quant_need {
    QUANT_FEW,   // few bits
    QUANT_MORE,  // more of them
    QUANT_TABLE, // rows that are looked up, and the head
    QUANT_NEEDS
} quant_need;

typedef struct quant_recipe {
    const char *name;  // "q4_k_m"
    const char *about; // a few words
    dtype type[QUANT_NEEDS];
} quant_recipe;

#define QUANT_RECIPES 5
extern const quant_recipe quant_recipes[QUANT_RECIPES]; // the largest first

// NULL where there is none; *near (may be NULL) is then the nearest name or NULL.
const quant_recipe *quant_recipe_find(const char *name, const char **near);

// The type of rows of cols numbers. A row is padded to whole blocks; where super-blocks would make
// it longer than the plain blocks of about one bit more, it gets those.
dtype quant_recipe_type(const quant_recipe *r, quant_need need, size_t cols);

#endif
