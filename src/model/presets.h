// The text models of the published family, one row each.
//
// Shape, context, optimizer and dropout are the published ones where there are any; the note says
// what was inferred. What a row leaves open (vocabulary, rounds of cross attention, rotation) is
// the same for the whole family: the defaults of config.h.
#ifndef MODEL_PRESETS_H
#define MODEL_PRESETS_H

#include "model/config.h"

typedef struct model_preset {
    const char *name;                        // on the command line
    const char *title;                       // as published
    const char *alias;                       // a shorter name, or NULL
    size_t d_model, n_heads, d_ff, n_layers; // n_layers: blocks of each stack
    size_t max_seq_len;                      // bytes; 256 where none was published
    double dropout;
    const char *optimizer;     // "lion", or "sgd" without momentum
    uint64_t published_params; // the published count where it is exact, else 0
    const char *task;          // a word or two
    const char *pairs;         // the task of axl data make that it is trained on; NULL: any text
    double minutes;            // with these pairs: as published, 3 where nothing was
    const char *use;           // one line
    const char *note;          // what a user must know of the row; "" for nothing
} model_preset;

#define MODEL_PRESETS 25
extern const model_preset model_presets[MODEL_PRESETS]; // by parameters, smallest first

// The preset of that name or alias, in capitals or not, with a leading "axl-" or without. NULL
// where there is none; *near (may be NULL) is then the name that was probably meant, or NULL.
const model_preset *presets_find(const char *name, const char **near);

model_config presets_config(const model_preset *p);

#endif
