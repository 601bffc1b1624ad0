#include "store/config_note.h"

#include "base/error.h"
#include "store/model_config_json.h"
#include "store/model_names.h"

#include <string.h>

axl_status config_note_make(safetensors_note *note, buf *text, const model_config *c, dtype type,
                            axl_error *err) {
    buf_clear(text);
    FORWARD(model_config_print(text, c, type, err));
    *note = (safetensors_note){.name = MODEL_NOTE_CONFIG, .text = text->data};
    return AXL_OK;
}

axl_status config_note_compare(const safetensors *table, const char *what, const model_config *c,
                               axl_error *err) {
    const char *note = safetensors_note_text(table, MODEL_NOTE_CONFIG);
    if (!note) return AXL_OK;
    buf copy = {0}; // reading uses it up
    model_config saved;
    if (!buf_text(&copy, note)) return error_no_memory(err, what, strlen(note));
    const axl_status status = model_config_parse(&saved, what, &copy, err);
    buf_free(&copy);
    FORWARD(status);
    for (size_t i = 0; i < CONFIG_FIELDS; i++) {
        const config_field *f = &config_fields[i];
        const double now = config_get(c, f), then = config_get(&saved, f);
        RETURN_IF(now != then, err, AXL_BAD_FILE,
                  "%s: config.json says %s %.10g, but the weights were saved with %.10g", what,
                  f->name, now, then);
    }
    return AXL_OK;
}
