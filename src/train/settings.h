// Every setting of a training run beside the model's shape: one table gives each its name, kind,
// range, default and meaning. The command line, configuration files, checkpoints, the plan and the
// report all read that table.
#ifndef TRAIN_SETTINGS_H
#define TRAIN_SETTINGS_H

#include "model/config.h"
#include "optim/optimizer.h"
#include "optim/schedule.h"

#define SETTING_TEXT 32 // room for any value as text

// Numbers are doubles, whole ones too (up to 2^53); a choice is the index of its word.
typedef struct train_settings {
    // how long: the first that is not 0 counts, in this order; one must be given
    double steps, bytes, minutes;
    // a step
    double batch, length; // sequences, bytes of each; length 0: the model's context
    double grow;          // share of the run in which sequences grow to that length
    double dtype;         // choice: f32, bf16
    double recompute;     // 0 or 1
    double seed;
    // optimizer and schedule
    double optimizer; // choice: lion, sgd, adamw
    double rate, embed_rate, beta1, beta2, decay, clip;
    double schedule; // choice: linear, cosine, trapezoid, constant
    double warmup, cooldown, rate_floor;
    // data
    double val_fraction, fim_rate;
    double answers_only; // 0 or 1
    // looking and saving
    double log_every, eval_every, eval_bytes, sample_every; // log in steps, the others in seconds
    double checkpoint_every;                                // seconds
    double keep_last;
    double overfit_batch; // 1: train on the first batch again and again
} train_settings;

typedef enum setting_kind { SETTING_NUMBER, SETTING_WHOLE, SETTING_CHOICE } setting_kind;

typedef struct setting {
    const char *name;
    setting_kind kind;
    size_t offset;   // of a double in train_settings
    double min, max; // both allowed; of a choice the number of words
    double standard;
    const char *words; // of a choice: "lion|sgd|adamw"; else NULL
    bool shapes;       // changes what a resumed run would compute
    const char *what;  // one line for people
} setting;

extern const setting train_setting_list[];
extern const size_t train_setting_count;

// The setting of that name, or NULL; *near (may be NULL) is then the nearest name, or NULL.
const setting *train_setting_find(const char *name, const char **near);

train_settings train_settings_defaults(void);

double train_setting_get(const train_settings *s, const setting *f);

// AXL_BAD_ARGUMENT with name, value and what is allowed where text is no such value.
axl_status train_setting_set(train_settings *s, const setting *f, const char *text, axl_error *err);

// As train_setting_set takes it; out has room for SETTING_TEXT.
const char *train_setting_text(const train_settings *s, const setting *f, char out[SETTING_TEXT]);

// What must hold of several settings together, and with the model.
axl_status train_settings_check(const train_settings *s, const model_config *c, axl_error *err);

optimizer_config train_settings_optimizer(const train_settings *s);
schedule train_settings_schedule(const train_settings *s);

// Bytes of a sequence.
size_t train_settings_length(const train_settings *s, const model_config *c);

#endif
