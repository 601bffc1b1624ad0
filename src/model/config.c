#include "model/config.h"

#include "base/error.h"
#include "base/sizes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define AT(field) offsetof(model_config, field)
#define REQUIRED NAN

const config_field config_fields[CONFIG_FIELDS] = {
    {"vocab_size", CONFIG_SIZE, AT(vocab_size), MODEL_VOCAB_MIN, MODEL_VOCAB_MAX, MODEL_VOCAB_MIN,
     "symbols: 256 bytes, BOS and EOS; 264 with the symbols of fill-in-the-middle"},
    {"d_model", CONFIG_SIZE, AT(d_model), 2, 16384, REQUIRED, "channels of every scale"},
    {"n_heads", CONFIG_SIZE, AT(n_heads), 1, 1024, REQUIRED,
     "attention heads; they divide d_model into even parts"},
    {"d_ff", CONFIG_SIZE, AT(d_ff), 1, 65536, REQUIRED, "width of every feed-forward"},
    {"n_layers_per_scale", CONFIG_SIZE, AT(n_layers), 1, 256, REQUIRED,
     "blocks of each of the three stacks"},
    {"n_cross_attn_layers", CONFIG_SIZE, AT(n_cross), 0, 16, 1, "rounds of cross-scale attention"},
    {"max_seq_len", CONFIG_SIZE, AT(max_seq_len), 4, 1048576, 256,
     "context in bytes, a multiple of 4"},
    {"dropout", CONFIG_REAL, AT(dropout), 0, 0.95, 0, "share of activations dropped in training"},
    {"rope_theta", CONFIG_REAL, AT(rope_theta), 1, 1e9, 10000, "base of the rotary frequencies"},
    {"norm_eps", CONFIG_REAL, AT(norm_eps), 1e-12, 1, 1e-5, "added to the mean square in norms"},
    {"fine_exit", CONFIG_REAL, AT(fine_exit), 0, 1, 0.1,
     "weight of the fine exit's auxiliary loss in training; 0 leaves it out"},
};

const config_field *config_field_find(const char *name) {
    for (size_t i = 0; i < CONFIG_FIELDS; i++)
        if (strcmp(config_fields[i].name, name) == 0) return &config_fields[i];
    return NULL;
}

double config_get(const model_config *c, const config_field *f) {
    const char *at = (const char *)c + f->offset;
    if (f->type == CONFIG_REAL) {
        double value;
        memcpy(&value, at, sizeof value);
        return value;
    }
    size_t value;
    memcpy(&value, at, sizeof value);
    return (double)value;
}

static void store(model_config *c, const config_field *f, double value) {
    char *at = (char *)c + f->offset;
    if (f->type == CONFIG_REAL) {
        memcpy(at, &value, sizeof value);
    } else {
        const size_t whole = (size_t)value;
        memcpy(at, &whole, sizeof whole);
    }
}

model_config config_defaults(void) {
    model_config c;
    memset(&c, 0, sizeof c);
    for (size_t i = 0; i < CONFIG_FIELDS; i++)
        if (!isnan(config_fields[i].standard))
            store(&c, &config_fields[i], config_fields[i].standard);
    return c;
}

// value must be in the range, and whole where the field counts. NaN is in no range.
static axl_status check_field(const config_field *f, double value, axl_error *err) {
    const bool whole = f->type != CONFIG_SIZE || value == floor(value);
    if (value >= f->min && value <= f->max && whole) return AXL_OK;
    return error_set(err, AXL_BAD_ARGUMENT, "%s is %.10g, must be %s from %.10g to %.10g", f->name,
                     value, f->type == CONFIG_SIZE ? "a whole number" : "a number", f->min, f->max);
}

axl_status config_set(model_config *c, const config_field *f, double value, axl_error *err) {
    FORWARD(check_field(f, value, err));
    store(c, f, value);
    return AXL_OK;
}

axl_status config_set_text(model_config *c, const config_field *f, const char *text,
                           axl_error *err) {
    char *end;
    const double value = strtod(text, &end);
    RETURN_IF(end == text || *end, err, AXL_BAD_ARGUMENT, "%s is '%s', must be a number", f->name,
              text);
    return config_set(c, f, value, err);
}

axl_status config_check(const model_config *c, axl_error *err) {
    for (size_t i = 0; i < CONFIG_FIELDS; i++)
        FORWARD(check_field(&config_fields[i], config_get(c, &config_fields[i]), err));
    RETURN_IF(c->d_model % c->n_heads != 0, err, AXL_BAD_ARGUMENT,
              "n_heads is %zu, must divide d_model, which is %zu", c->n_heads, c->d_model);
    RETURN_IF(config_head_size(c) % 2 != 0, err, AXL_BAD_ARGUMENT,
              "n_heads is %zu, which makes heads of %zu channels of d_model %zu: must be even",
              c->n_heads, config_head_size(c), c->d_model);
    RETURN_IF(c->max_seq_len % MODEL_GROUP != 0, err, AXL_BAD_ARGUMENT,
              "max_seq_len is %zu, must be a multiple of %zu", c->max_seq_len, MODEL_GROUP);
    return AXL_OK;
}

// V d + 3L(4d^2 + 3 d f + 4d) + 6R(4d^2 + 3 d f + 7d) + 13 d^2 + 15 d. Within the ranges of the
// fields every term is far below 2^64.
uint64_t config_parameters(const model_config *c) {
    const uint64_t d = c->d_model, core = 4 * d * d + 3 * d * c->d_ff;
    return c->vocab_size * d + 3 * c->n_layers * (core + 4 * d) +
           MODEL_PAIRS * c->n_cross * (core + 7 * d) + 13 * d * d + 15 * d;
}
