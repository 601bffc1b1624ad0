// Any bytes as a safetensors file. What is accepted keeps the table's promises, and its header,
// written again, reads as the same table.
#include "formats/safetensors_write.h"
#include "fuzz_target.h"

#include <string.h>

static void check_table(const safetensors *s, size_t size) {
    FUZZ_CHECK(s->data <= size && s->data_bytes == size - s->data);
    size_t end = 0;
    for (size_t i = 0; i < s->count; i++) {
        const safetensor *t = &s->list[i];
        FUZZ_CHECK(t->begin == end && t->dims <= SAFETENSORS_DIMS);
        size_t elements = 1, bytes = 0;
        for (size_t k = 0; k < t->dims; k++) elements *= t->dim[k];
        FUZZ_CHECK(elements == t->elements);
        FUZZ_CHECK(dtype_bytes(t->type, elements, &bytes) && bytes == t->bytes);
        FUZZ_CHECK(safetensors_find(s, t->name) == t);
        end += bytes;
    }
    FUZZ_CHECK(end == s->data_bytes);
    for (size_t i = 0; i < s->notes; i++)
        FUZZ_CHECK(safetensors_note_text(s, s->note[i].name) == s->note[i].text);
}

static void check_same(const safetensors *a, const safetensors *b) {
    FUZZ_CHECK(a->count == b->count && a->data_bytes == b->data_bytes);
    for (size_t i = 0; i < a->count; i++) {
        const safetensor *t = &a->list[i];
        const safetensor *u = safetensors_find(b, t->name);
        FUZZ_CHECK(u && u->type == t->type && u->dims == t->dims);
        FUZZ_CHECK(memcmp(u->dim, t->dim, t->dims * sizeof *t->dim) == 0);
    }
    for (size_t i = 0; i < a->notes; i++) {
        const char *text = safetensors_note_text(b, a->note[i].name);
        FUZZ_CHECK(text && strcmp(text, a->note[i].text) == 0);
    }
}

// Whether a name takes more room when it is written than it may have taken when it was read, as
// one with a control character can: then the limit on names may refuse it.
static bool may_grow(const char *name) {
    for (; *name; name++)
        if ((unsigned char)*name < 0x20 || *name == '"' || *name == '\\') return true;
    return false;
}

static void write_again(const safetensors *s) {
    bool grows = s->notes + 2 > SAFETENSORS_NOTES_MAX;
    safetensors_item *item = calloc(s->count + 1, sizeof *item);
    safetensors_note *note = calloc(s->notes + 1, sizeof *note);
    FUZZ_CHECK(item && note);
    safetensors_content c = {.item = item, .items = s->count, .note = note};
    for (size_t i = 0; i < s->count; i++) {
        const safetensor *t = &s->list[i];
        item[i] = (safetensors_item){.name = t->name, .type = t->type, .dims = t->dims};
        memcpy(item[i].dim, t->dim, t->dims * sizeof *t->dim);
        grows = grows || may_grow(t->name);
    }
    for (size_t i = 0; i < s->notes; i++) {
        const char *name = s->note[i].name;
        if (strcmp(name, "format") == 0 || strcmp(name, SAFETENSORS_HASH) == 0) continue;
        note[c.notes++] = s->note[i];
        grows = grows || may_grow(name);
    }
    buf header = {0};
    const axl_status status = safetensors_write_header(&header, &c, 0, NULL);
    FUZZ_CHECK(status == AXL_OK || (grows && status == AXL_BAD_ARGUMENT));
    if (status == AXL_OK) {
        safetensors back;
        const uint64_t total = (uint64_t)header.size + s->data_bytes;
        const uint8_t *bytes = (const uint8_t *)header.data;
        FUZZ_CHECK(safetensors_begin(&back, "again", bytes, total, NULL) == AXL_OK);
        memcpy(back.header, bytes + SAFETENSORS_PREFIX, back.header_bytes);
        FUZZ_CHECK(safetensors_finish(&back, "again", NULL) == AXL_OK);
        FUZZ_CHECK(back.data % 64 == 0);
        safetensors kept = *s;
        kept.note = note;
        kept.notes = c.notes;
        check_same(&kept, &back);
        safetensors_free(&back);
    }
    buf_free(&header);
    free(item);
    free(note);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    safetensors s;
    axl_error err = {0};
    const axl_status status = safetensors_read(&s, "input", data, size, &err);
    FUZZ_CHECK(status == AXL_OK || status == AXL_BAD_FILE);
    FUZZ_CHECK(status == AXL_OK || strncmp(err.text, "input:", 6) == 0);
    if (status == AXL_OK) {
        check_table(&s, size);
        write_again(&s);
    }
    safetensors_free(&s);
    return 0;
}
