// How a preset of a task is trained where the data are the training pairs of axl data make: on the
// answers of the pairs of its own task, with a context that they fit, for the minutes that its
// recipe says.
#ifndef API_TRAIN_RECIPE_H
#define API_TRAIN_RECIPE_H

#include "model/presets.h"

#include <axl/status.h>
#include <stddef.h>

// {0}: the data are no such pairs. Owns the paths.
typedef struct train_recipe {
    char *train, *held; // files; held NULL: there is none
    size_t context;     // bytes, at least the preset's own
    double minutes;
    double learnt;           // the answers' share of the bytes of all pairs
    char what[64], why[192]; // what was found, and why that context; for people
} train_recipe;

// Looks whether folder holds TASK/train.jsonl for the task of the preset, and reads it. A preset
// without pairs, and a path that holds none, are no failure: *out is {0}.
axl_status train_recipe_find(train_recipe *out, const model_preset *p, const char *folder,
                             axl_error *err);
void train_recipe_free(train_recipe *r); // leaves {0}

#endif
