// Any bytes as a config.json. What is accepted is a valid configuration, and reads back from its
// own text as the same one.
#include "fuzz_target.h"
#include "store/model_config_json.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    model_config c, back;
    axl_error err = {0};
    buf text = {0};
    if (size > MODEL_CONFIG_JSON_MAX) return 0;
    FUZZ_CHECK(buf_append(&text, data, size));
    const axl_status status = model_config_parse(&c, "input", &text, &err);
    FUZZ_CHECK(status == AXL_OK || status == AXL_BAD_FILE);
    FUZZ_CHECK(status == AXL_OK || strncmp(err.text, "input", 5) == 0);
    if (status == AXL_OK) {
        FUZZ_CHECK(config_check(&c, NULL) == AXL_OK);
        buf_clear(&text);
        FUZZ_CHECK(model_config_print(&text, &c, DTYPE_F32, NULL) == AXL_OK);
        FUZZ_CHECK(model_config_parse(&back, "again", &text, NULL) == AXL_OK);
        for (size_t i = 0; i < CONFIG_FIELDS; i++) {
            const double was = config_get(&c, &config_fields[i]);
            const double is = config_get(&back, &config_fields[i]);
            FUZZ_CHECK(memcmp(&was, &is, sizeof was) == 0);
        }
    }
    buf_free(&text);
    return 0;
}
