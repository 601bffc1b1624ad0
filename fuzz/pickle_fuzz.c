// Any bytes as a pickle, without an archive and its checksums around it, so that a fuzzer reaches
// the codes. Everything is allowed outside; only the machine is looked at.
#include "formats/pickle.h"
#include "fuzz_target.h"

#include <string.h>

static const char *allow(void *ctx, const pickle_value *v) {
    size_t *seen = ctx;
    FUZZ_CHECK(v->kind == PICKLE_CALL || v->kind == PICKLE_PERSISTENT);
    FUZZ_CHECK(v->kind != PICKLE_CALL || v->of.inside->kind == PICKLE_TUPLE);
    return ++*seen > 1000 ? "enough" : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *text = malloc(size + 1);
    FUZZ_CHECK(text);
    if (size > 0) memcpy(text, data, size);
    size_t seen = 0;
    const pickle_text t = {
        .what = "input", .text = text, .bytes = size, .judge = allow, .ctx = &seen};
    arena memory;
    const pickle_value *root = NULL;
    axl_error err = {0};
    const axl_status status = pickle_read(&t, &memory, &root, &err);
    FUZZ_CHECK(status == AXL_OK ? root != NULL : status == AXL_BAD_FILE);
    FUZZ_CHECK(status == AXL_OK || strncmp(err.text, "input:", 6) == 0);
    FUZZ_CHECK(memory.used <= memory.capacity);
    (void)pickle_find(root, "model_state_dict");
    arena_free(&memory);
    free(text);
    return 0;
}
