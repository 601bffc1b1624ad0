// The first line is a path, the rest a .gitignore file. Whatever it says, an answer comes; with its
// last rule turned round, whatever that rule decided is decided the other way.
#include "base/alloc.h"
#include "data/ignore.h"
#include "fuzz_target.h"

#include <string.h>

static void parse(ignore_rules *r, const char *text, size_t size) {
    char *copy = mem_alloc(size + 1);
    FUZZ_CHECK(copy != NULL);
    if (size > 0) memcpy(copy, text, size);
    copy[size] = '\0';
    FUZZ_CHECK(ignore_parse(r, copy, size, NULL) == AXL_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0) return 0;
    const uint8_t *line = memchr(data, '\n', size);
    const size_t length = line ? (size_t)(line - data) : size;
    char *path = calloc(length + 1, 1);
    FUZZ_CHECK(path != NULL);
    memcpy(path, data, length);
    ignore_rules r;
    parse(&r, line ? (const char *)line + 1 : "", line ? size - length - 1 : 0);
    for (int folder = 0; folder < 2; folder++) {
        const bool covered = ignore_covers(&r, path, folder);
        if (r.count == 0) {
            FUZZ_CHECK(!covered);
            continue;
        }
        ignore_rule *last = &r.rule[r.count - 1];
        last->negated = !last->negated;
        const bool turned = ignore_covers(&r, path, folder);
        last->negated = !last->negated;
        r.count--;
        const bool without = ignore_covers(&r, path, folder);
        r.count++;
        FUZZ_CHECK(covered != turned ? covered != last->negated : covered == without);
    }
    ignore_free(&r);
    free(path);
    return 0;
}
