// Any text as PATH:WEIGHT: the path is what was given, with its last part cut off only where that
// is a weight.
#include "data/path_weights.h"
#include "fuzz_target.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *text = malloc(size + 1);
    FUZZ_CHECK(text != NULL);
    if (size > 0) memcpy(text, data, size);
    text[size] = '\0';
    const char *const paths[] = {text, "plain"};
    path_weights w;
    const axl_status status = path_weights_parse(&w, paths, 2, NULL);
    if (status == AXL_OK) {
        const size_t given = strlen(text), length = strlen(w.path[0]);
        FUZZ_CHECK(w.count == 2 && strcmp(w.path[1], "plain") == 0 && w.weight[1] == 1);
        FUZZ_CHECK(length > 0 && length <= given && memcmp(w.path[0], text, length) == 0);
        FUZZ_CHECK(w.weight[0] > 0 && w.weight[0] < 1e16);
        if (length < given) {
            FUZZ_CHECK(text[length] == ':' && w.weighted && !strchr(text + length + 1, ':'));
        } else {
            FUZZ_CHECK(w.weight[0] == 1 && !w.weighted);
        }
    }
    path_weights_free(&w);
    free(text);
    return 0;
}
