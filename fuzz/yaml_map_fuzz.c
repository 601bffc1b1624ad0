// Any bytes as a settings file. Every value that is given has a name and texts without zero bytes.
#include "formats/yaml_map.h"
#include "fuzz_target.h"

#include <string.h>

static axl_status look(void *ctx, const yaml_value *v, axl_error *err) {
    (void)err;
    size_t *values = ctx;
    const size_t length = strlen(v->name);
    FUZZ_CHECK(length > 0 && length < YAML_MAP_NAME);
    FUZZ_CHECK(v->text && v->line > 0);
    ++*values;
    return AXL_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    axl_error err = {0};
    size_t values = 0;
    const axl_status status =
        yaml_map_read(&(yaml_source){"input", data, size}, look, &values, &err);
    FUZZ_CHECK(status == AXL_OK || status == AXL_BAD_FILE);
    FUZZ_CHECK(status == AXL_OK || strncmp(err.text, "input", 5) == 0);
    FUZZ_CHECK(values <= size);
    return 0;
}
