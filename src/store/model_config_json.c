#include "store/model_config_json.h"

#include "base/error.h"
#include "formats/json_text.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#define MODEL_TYPE "multiscale_transformer"
#define MODEL_CLASS "MultiScaleForCausalLM"

static axl_status read_field(model_config *c, const char *what, const config_field *f,
                             const json_t *value, axl_error *err) {
    if (!value) {
        RETURN_IF(isnan(f->standard), err, AXL_BAD_FILE, "%s: %s is missing (%s)", what, f->name,
                  f->what);
        return AXL_OK; // the default is set
    }
    RETURN_IF(!json_is_number(value), err, AXL_BAD_FILE, "%s: %s must be a number (%s)", what,
              f->name, f->what);
    if (config_set(c, f, json_number_value(value), err) == AXL_OK) return AXL_OK;
    return error_context(err, AXL_BAD_FILE, "%s", what);
}

// What other programs may vary and this architecture does not.
static axl_status check_fixed(const json_t *root, const char *what, axl_error *err) {
    const json_t *type = json_object_get(root, "model_type");
    RETURN_IF(type && (!json_is_string(type) || strcmp(json_string_value(type), MODEL_TYPE) != 0),
              err, AXL_BAD_FILE, "%s: model_type is not " MODEL_TYPE ": another kind of model",
              what);
    const json_t *bias = json_object_get(root, "bias");
    RETURN_IF(bias && !json_is_false(bias), err, AXL_BAD_FILE,
              "%s: bias must be false: this architecture has none", what);
    const json_t *factors = json_object_get(root, "downsample_factors");
    if (!factors) return AXL_OK;
    bool same = json_array_size(factors) == MODEL_SCALES;
    for (size_t a = 0; a < MODEL_SCALES && same; a++) {
        const json_t *factor = json_array_get(factors, a);
        same = json_is_integer(factor) && json_integer_value(factor) == (json_int_t)model_factor(a);
    }
    RETURN_IF(!same, err, AXL_BAD_FILE, "%s: downsample_factors must be [1, 2, 4]", what);
    return AXL_OK;
}

static axl_status read_root(model_config *out, const char *what, const json_t *root,
                            axl_error *err) {
    RETURN_IF(!json_is_object(root), err, AXL_BAD_FILE, "%s: an object must stand here", what);
    FORWARD(check_fixed(root, what, err));
    *out = config_defaults();
    for (size_t i = 0; i < CONFIG_FIELDS; i++) {
        const config_field *f = &config_fields[i];
        FORWARD(read_field(out, what, f, json_object_get(root, f->name), err));
    }
    if (config_check(out, err) == AXL_OK) return AXL_OK;
    return error_context(err, AXL_BAD_FILE, "%s", what);
}

axl_status model_config_parse(model_config *out, const char *what, const buf *text,
                              axl_error *err) {
    json_text j = {.what = what, .text = text->data, .size = text->size};
    RETURN_IF(text->size == 0, err, AXL_BAD_FILE, "%s is empty", what);
    RETURN_IF(text->size > MODEL_CONFIG_JSON_MAX, err, AXL_TOO_LARGE,
              "%s has %zu bytes, the limit is %zu", what, text->size, MODEL_CONFIG_JSON_MAX);
    json_t *root = NULL;
    FORWARD(json_text_value(&j, j.size, &root, err));
    axl_status status = json_text_end(&j, err);
    if (status == AXL_OK) status = read_root(out, what, root, err);
    json_decref(root);
    return status;
}

axl_status model_config_print(buf *out, const model_config *c, dtype type, axl_error *err) {
    buf_text(out, "{\n  \"model_type\": \"" MODEL_TYPE
                  "\",\n"
                  "  \"architectures\": [\n    \"" MODEL_CLASS "\"\n  ],\n");
    for (size_t i = 0; i < CONFIG_FIELDS; i++) {
        const config_field *f = &config_fields[i];
        const double value = config_get(c, f);
        buf_format(out, "  \"%s\": ", f->name);
        if (f->type == CONFIG_SIZE) {
            buf_format(out, "%.0f", value);
        } else {
            json_text_put_real(out, value);
        }
        buf_text(out, ",\n");
    }
    buf_text(out, "  \"bias\": false,\n  \"downsample_factors\": [\n");
    for (size_t a = 0; a < MODEL_SCALES; a++)
        buf_format(out, "    %zu%s\n", model_factor(a), a + 1 < MODEL_SCALES ? "," : "");
    // The names that Hugging Face tools use.
    const char *name = type == DTYPE_BF16 ? "bfloat16" : type == DTYPE_F16 ? "float16" : "float32";
    buf_format(out, "  ],\n  \"num_parameters\": %" PRIu64 ",\n  \"dtype\": \"%s\"\n}\n",
               config_parameters(c), name);
    return buf_ok(out) ? AXL_OK : error_no_memory(err, "config.json", 2 * out->size);
}
