#include "store/checkpoint_config.h"

#include "base/alloc.h"
#include "base/crc32c.h"
#include "base/error.h"
#include "formats/json_text.h"
#include "os/file.h"
#include "store/model_config_json.h"
#include "store/model_dir.h"
#include "store/path_join.h"

axl_status checkpoint_config_read(model_config *out, const char *folder, uint32_t *crc,
                                  axl_error *err) {
    buf path = {0}, text = {0};
    void *data = NULL;
    axl_status status = path_join(&path, folder, MODEL_DIR_CONFIG, err);
    if (status == AXL_OK)
        status = os_file_read(path.data, MODEL_CONFIG_JSON_MAX, &data, &text.size, err);
    if (status == AXL_OK) {
        text.data = data;
        if (crc) *crc = crc32c(0, text.data, text.size); // before the text is used up
        status = model_config_parse(out, json_text_name(path.data), &text, err);
    }
    mem_free(data);
    buf_free(&path);
    return status;
}

// What may change while a run goes on: the parameters stay what they are.
static bool may_differ(const config_field *f) {
    return f->offset == offsetof(model_config, max_seq_len) ||
           f->offset == offsetof(model_config, dropout) ||
           f->offset == offsetof(model_config, fine_exit);
}

axl_status checkpoint_config_same(const char *folder, const model_config *there,
                                  const model_config *here, axl_error *err) {
    for (size_t i = 0; i < CONFIG_FIELDS; i++) {
        const config_field *f = &config_fields[i];
        const double a = config_get(there, f), b = config_get(here, f);
        RETURN_IF(a != b && !may_differ(f), err, AXL_BAD_FILE,
                  "%s holds another model: its %s is %.10g, this one's is %.10g",
                  json_text_name(folder), f->name, a, b);
    }
    return AXL_OK;
}
