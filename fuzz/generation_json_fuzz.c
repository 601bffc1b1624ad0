// Any bytes as a generation_config.json: what is accepted lies in its ranges.
#include "fuzz_target.h"
#include "store/generation_json.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    generation_settings s;
    axl_error err = {0};
    buf text = {0};
    if (size > GENERATION_JSON_MAX) return 0;
    FUZZ_CHECK(buf_append(&text, data, size));
    const axl_status status = generation_parse(&s, "input", &text, &err);
    FUZZ_CHECK(status == AXL_OK || status == AXL_BAD_FILE);
    FUZZ_CHECK(status == AXL_OK || strncmp(err.text, "input", 5) == 0);
    if (status == AXL_OK) {
        FUZZ_CHECK(s.temperature >= 0 && s.temperature <= 1e6);
        FUZZ_CHECK(s.top_p > 0 && s.top_p <= 1 && s.min_p >= 0 && s.min_p <= 1);
        FUZZ_CHECK(s.repetition_penalty > 0 && s.repetition_penalty <= 1e3);
        FUZZ_CHECK(strlen(s.chat.user) < GENERATION_TEXT_MAX);
        FUZZ_CHECK(strlen(s.chat.end) < GENERATION_TEXT_MAX);
    }
    buf_free(&text);
    return 0;
}
