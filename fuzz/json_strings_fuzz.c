// Any bytes as JSON of a benchmark: its strings lie in it, one behind the other; and any text that
// jansson writes as a string is read back as it was.
#include "base/buf.h"
#include "base/utf8.h"
#include "data/json_strings.h"
#include "fuzz_target.h"

#include <jansson.h>
#include <string.h>

typedef struct seen {
    const char *begin, *end; // of what is left of the text
    size_t count;
    buf last;
} seen;

static axl_status take(void *ctx, const char *text, size_t bytes, axl_error *err) {
    seen *s = ctx;
    (void)err;
    FUZZ_CHECK(text >= s->begin && text <= s->end && bytes <= (size_t)(s->end - text));
    s->begin = text + bytes;
    s->count++;
    buf_clear(&s->last);
    FUZZ_CHECK(buf_append(&s->last, text, bytes));
    return AXL_OK;
}

static void read_back(const uint8_t *data, size_t size) {
    json_t *text = json_stringn((const char *)data, size);
    if (!text) return; // not UTF-8
    char *dump = json_dumps(text, JSON_ENCODE_ANY | (size % 2 ? JSON_ENSURE_ASCII : 0));
    FUZZ_CHECK(dump != NULL);
    seen s = {dump, dump + strlen(dump), 0, {0}};
    FUZZ_CHECK(json_strings_each(dump, strlen(dump), take, &s, NULL) == AXL_OK);
    FUZZ_CHECK(s.count == 1 && s.last.size == size);
    FUZZ_CHECK(size == 0 || memcmp(s.last.data, data, size) == 0);
    buf_free(&s.last);
    free(dump);
    json_decref(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *copy = malloc(size > 0 ? size : 1);
    FUZZ_CHECK(copy != NULL);
    if (size > 0) memcpy(copy, data, size);
    seen s = {copy, copy + size, 0, {0}};
    FUZZ_CHECK(json_strings_each(copy, size, take, &s, NULL) == AXL_OK);
    FUZZ_CHECK(s.count <= size / 2);
    buf_free(&s.last);
    free(copy);
    read_back(data, size);
    return 0;
}
