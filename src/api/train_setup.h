// What the options of a training say, from preset, file and settings, checked and complete.
#ifndef API_TRAIN_SETUP_H
#define API_TRAIN_SETUP_H

#include <axl/train.h>

#include "api/machine.h"
#include "api/train_recipe.h"
#include "base/buf.h"
#include "data/audit.h"
#include "train/run.h"
#include "train/speed.h"

// Lists of texts that the file gives. Owned.
typedef struct text_store {
    char **text; // [count]
    size_t count, room;
} text_store;

// Text up to so many bytes is searched for near copies of what is held out.
#define TRAIN_AUDIT_MOST ((uint64_t)1 << 28)

typedef struct train_setup {
    const axl_train_options *options;
    char preset[32];
    char base[96];  // name of the model at base_path; empty: there is none
    bool named;     // a preset was asked for
    bool automatic; // preset auto: config has no shape until it is chosen
    model_config config;
    train_settings settings;
    text_store data, val; // of the file; used where the options have none
    train_recipe recipe;  // where the data hold pairs for the preset
    text_store mixed;     // then: the data with the file of pairs in place of their folder
    char *prompt;         // of the file; owned
    char *base_path;      // of the options or the file; NULL: no base; owned
    corpus *corpus;       // owned
    machine machine;      // owned
    speed speed;          // {0}: not measured
    uint64_t copies;      // files of the data that are held out under another name
    char copy[200];       // the end of the first one's path
    audit_report overlap; // of held-out text with training text
    bool compared;        // overlap is there
} train_setup;

// The caller calls train_setup_close, whatever the result. Opens the machine and builds the corpus;
// what must be decoded goes to a temporary file in the folder that options->out lies in.
axl_status train_setup_open(train_setup *s, const axl_train_options *options, axl_error *err);
// The paths that are trained on; borrowed.
const char *const *train_setup_data(const train_setup *s, size_t *count);

// The same for so many steps where the options name no length.
axl_status train_setup_open_trial(train_setup *s, const axl_train_options *options, size_t steps,
                                  axl_error *err);
void train_setup_close(train_setup *s);

// The name of a model in that folder: what is behind the last slash, or "model" where that says
// nothing.
void train_setup_name(char *out, size_t room, const char *folder);

#endif
