// A model's config.json: the published fields, by walking the table of model/config.h.
#ifndef STORE_MODEL_CONFIG_JSON_H
#define STORE_MODEL_CONFIG_JSON_H

#include "base/buf.h"
#include "model/config.h"
#include "tensor/dtype.h"
#include <axl/status.h>

// A longer config.json is refused before it is read: ours have less than 1 KiB.
#define MODEL_CONFIG_JSON_MAX ((size_t)256 << 10)

// Reads the text of a config.json, which `what` names in messages. A field that is absent has its
// default, unknown ones are ignored; bias, downsample_factors and model_type must be what this
// architecture has. The configuration has passed config_check. *out is undefined after a failure.
axl_status model_config_parse(model_config *out, const char *what, const buf *text, axl_error *err);

// Appends the text; dtype is what model.safetensors holds. AXL_NO_MEMORY is all that can go wrong
// with a valid configuration.
axl_status model_config_print(buf *out, const model_config *c, dtype type, axl_error *err);

#endif
