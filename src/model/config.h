// The shape of a model: the fields of its config.json that the mathematics reads.
//
// One table (config_fields) gives every field its name, type, range and default; validation, the
// command line, configuration files and config.json all read that table.
#ifndef MODEL_CONFIG_H
#define MODEL_CONFIG_H

#include <axl/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MODEL_SCALES ((size_t)3)       // fine, medium, coarse
#define MODEL_PAIRS ((size_t)6)        // ordered pairs of different scales
#define MODEL_GROUP ((size_t)4)        // bytes of a coarse group
#define MODEL_VOCAB_MIN ((size_t)258)  // bytes, BOS, EOS
#define MODEL_VOCAB_MAX ((size_t)4096) // ids are uint16_t
#define MODEL_BOS 256
#define MODEL_EOS 257

// Bytes of a group of scale a: 1, 2, 4.
static inline size_t model_factor(size_t scale) {
    return (size_t)1 << scale;
}

typedef struct model_config {
    size_t vocab_size;  // 258, or 264 with the tokens of fill-in-the-middle
    size_t d_model;     // channels of every scale
    size_t n_heads;     // divides d_model into even parts
    size_t d_ff;        // of every feed-forward
    size_t n_layers;    // n_layers_per_scale: blocks of each of the three stacks
    size_t n_cross;     // n_cross_attn_layers: rounds of cross attention
    size_t max_seq_len; // bytes of context, a multiple of 4
    double dropout;     // 0 <= dropout < 1, in training only
    double rope_theta;  // base of the rotary frequencies
    double norm_eps;    // of every RMSNorm
    double fine_exit;   // weight of the fine exit's auxiliary loss in training; 0: none
} model_config;

typedef enum config_type { CONFIG_SIZE, CONFIG_REAL } config_type;

typedef struct config_field {
    const char *name; // as in config.json: "n_layers_per_scale"
    config_type type;
    size_t offset;    // in model_config, of a size_t or a double
    double min, max;  // both allowed
    double standard;  // default; NAN: must be given
    const char *what; // one line for people
} config_field;

#define CONFIG_FIELDS 11
extern const config_field config_fields[CONFIG_FIELDS];

// The field with this name, or NULL.
const config_field *config_field_find(const char *name);

// Every field that has a default set to it, the others 0.
model_config config_defaults(void);

double config_get(const model_config *c, const config_field *f);

// AXL_BAD_ARGUMENT where value is outside the field's range or no whole number where it must be
// one; the text names field, value and range. *c is then as before.
axl_status config_set(model_config *c, const config_field *f, double value, axl_error *err);

// The same from text, which must be a number as C writes it and nothing else.
axl_status config_set_text(model_config *c, const config_field *f, const char *text,
                           axl_error *err);

// Checks every field, and what they must be together: heads that divide d_model into even parts, a
// context of whole coarse groups, sizes whose products fit a size_t.
axl_status config_check(const model_config *c, axl_error *err);

// Channels of a head.
static inline size_t config_head_size(const model_config *c) {
    return c->d_model / c->n_heads;
}

// Parameters, by the formula of the family; config_check has passed. params.h counts the same.
uint64_t config_parameters(const model_config *c);

#endif
