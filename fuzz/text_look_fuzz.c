// Any bytes as a document of the filter: what is left of it is text, and only less than it was: a
// licence header shorter, with secrets masked.
#include "base/utf8.h"
#include "data/filter_look.h"
#include "fuzz_target.h"

#include <string.h>

static uint64_t masks_in(const char *text, size_t bytes) {
    const size_t length = strlen(SECRETS_MASK);
    uint64_t count = 0;
    for (size_t at = 0; bytes >= length && at <= bytes - length;) {
        const bool here = memcmp(text + at, SECRETS_MASK, length) == 0;
        count += here;
        at += here ? length : 1;
    }
    return count;
}

static void check_kept(const look *l, size_t size) {
    const record *r = &l->record;
    FUZZ_CHECK(r->bytes > 0 && utf8_valid(r->text, r->bytes));
    FUZZ_CHECK(!memchr(r->text, '\0', r->bytes));
    FUZZ_CHECK(digest_same(l->hash, digest_of(r->text, r->bytes)));
    FUZZ_CHECK((l->stripped > 0) <= l->licence && l->stripped < size);
    uint64_t kinds = 0;
    for (size_t i = 0; i < secrets_kinds(); i++) kinds += l->secrets.kind[i];
    FUZZ_CHECK(kinds == l->secrets.all);
    if (l->secrets.all == 0) FUZZ_CHECK(r->bytes == size - l->stripped);
    FUZZ_CHECK(masks_in(r->text, r->bytes) >= l->secrets.all);
}

static void look_with(const uint8_t *data, size_t size, filter_licence licence) {
    const filter_rules rules = {
        .min_lines = 1, .licence = licence, .generated = true, .secrets = true, .near = 0.7};
    const look_tools tools = {NULL, NULL};
    char *copy = malloc(size > 0 ? size : 1);
    FUZZ_CHECK(copy != NULL);
    if (size > 0) memcpy(copy, data, size);
    look l = {.record = {.text = copy, .bytes = size, .project = "p", .path = "a.py"}};
    look_at(&l, &rules, &tools);
    FUZZ_CHECK(l.failure == AXL_OK);
    if (l.reason == DROP_REASONS) check_kept(&l, size);
    buf_free(&l.masked);
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    look_with(data, size, FILTER_LICENCE_KEEP);
    look_with(data, size, FILTER_LICENCE_STRIP);
    look_with(data, size, FILTER_LICENCE_DROP);
    return 0;
}
