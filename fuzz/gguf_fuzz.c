// Any bytes as a GGUF file. What is accepted keeps the table's promises, its values can all be
// read, and its header, written again, reads as the same table.
#include "formats/gguf_write.h"
#include "fuzz_target.h"

#include <string.h>

static void check_tensors(const gguf *g, size_t size) {
    FUZZ_CHECK(g->header_bytes <= size && g->data >= g->header_bytes && g->data % g->align == 0);
    size_t end = 0;
    for (size_t i = 0; i < g->count; i++) {
        const gguf_tensor *t = &g->list[i];
        const gguf_type_info *type = gguf_type_of(t->type);
        FUZZ_CHECK(type && t->dim[0] % type->block == 0);
        FUZZ_CHECK(t->begin % g->align == 0 && t->begin >= end && t->begin - end < g->align);
        size_t bytes = t->dim[0] / type->block * type->bytes;
        for (size_t k = 1; k < GGUF_DIMS; k++) bytes *= t->dim[k];
        FUZZ_CHECK(bytes == t->bytes && bytes > 0);
        FUZZ_CHECK(gguf_find(g, t->name) == t);
        end = t->begin + t->bytes;
    }
    FUZZ_CHECK(end == g->data_bytes && (end == 0 || g->data + end <= size));
}

// Reads every element; the sum only keeps the compiler from leaving it out.
static double read_values(const gguf *g) {
    double sum = 0;
    for (size_t i = 0; i < g->entries; i++) {
        const gguf_entry *e = &g->entry[i];
        FUZZ_CHECK(gguf_entry_find(g, e->key) == e);
        double real = 0;
        uint64_t count = 0;
        for (size_t k = 0; k < e->count && e->kind != GGUF_TEXT; k++)
            if (gguf_entry_number(e, k, &real) && gguf_entry_count(e, k, &count))
                sum += real + (double)count;
        FUZZ_CHECK(e->kind == GGUF_TEXT || !gguf_entry_number(e, e->count, &real));
        const char *text = gguf_entry_text(e);
        FUZZ_CHECK(!text || strlen(text) == e->bytes);
        size_t at = 0, bytes, texts = 0;
        while (gguf_entry_next(e, &at, &text, &bytes)) texts += bytes < e->bytes;
        FUZZ_CHECK(texts == (e->kind == GGUF_ARRAY && e->of == GGUF_TEXT ? e->count : 0));
    }
    return sum;
}

static void check_same(const gguf *a, const gguf *b) {
    FUZZ_CHECK(a->count == b->count);
    for (size_t i = 0; i < a->count; i++) {
        const gguf_tensor *t = &a->list[i], *u = &b->list[i];
        FUZZ_CHECK(strcmp(t->name, u->name) == 0 && t->type == u->type && t->dims == u->dims);
        FUZZ_CHECK(memcmp(t->dim, u->dim, sizeof t->dim) == 0 && t->bytes == u->bytes);
    }
    for (size_t i = 0; i < a->entries; i++) {
        const gguf_entry *e = &a->entry[i];
        const gguf_entry *f = gguf_entry_find(b, e->key);
        if (strcmp(e->key, GGUF_KEY_HASH) == 0 || strcmp(e->key, GGUF_KEY_ALIGN) == 0) continue;
        FUZZ_CHECK(f && f->kind == e->kind && f->of == e->of && f->count == e->count);
        FUZZ_CHECK(f->bytes == e->bytes && memcmp(f->data, e->data, e->bytes) == 0);
    }
}

static void write_again(const gguf *g) {
    gguf_meta meta = {0};
    gguf_item *item = calloc(g->count + 1, sizeof *item);
    FUZZ_CHECK(item);
    for (size_t i = 0; i < g->entries; i++) {
        const char *key = g->entry[i].key;
        if (strcmp(key, GGUF_KEY_HASH) != 0 && strcmp(key, GGUF_KEY_ALIGN) != 0)
            gguf_put_entry(&meta, &g->entry[i]);
    }
    for (size_t i = 0; i < g->count; i++) {
        const gguf_tensor *t = &g->list[i];
        item[i] = (gguf_item){.name = t->name, .type = t->type, .dims = t->dims};
        memcpy(item[i].dim, t->dim, sizeof t->dim);
    }
    const gguf_content content = {.meta = &meta, .item = item, .items = g->count};
    buf header = {0};
    const axl_status status = gguf_write_header(&header, &content, NULL, NULL);
    // Alignment and checksum make the header longer than it was.
    FUZZ_CHECK(status == AXL_OK || g->header_bytes + 100 > GGUF_HEADER_MAX ||
               g->entries == GGUF_ENTRIES_MAX);
    if (status == AXL_OK) {
        const size_t data = g->data_bytes + g->count * GGUF_ALIGN;
        buf_fill(&header, 0, g->data_bytes <= 1 << 20 ? data : 0);
        gguf back;
        // The data's length is known to gguf_write_header only: cut what is too much.
        axl_error err;
        size_t need = 0;
        const gguf_start start = {header.data, header.size, header.size + g->data_bytes};
        FUZZ_CHECK(gguf_measure(&start, "again", &need, &err) == AXL_OK);
        FUZZ_CHECK(need > 0);
        back = (gguf){.header = NULL};
        if (g->data_bytes <= 1 << 20) {
            size_t end = 0;
            for (size_t i = 0; i < g->count; i++)
                end = ((end + GGUF_ALIGN - 1) & ~(GGUF_ALIGN - 1)) + g->list[i].bytes;
            const size_t data_at = (need + GGUF_ALIGN - 1) & ~(GGUF_ALIGN - 1);
            FUZZ_CHECK(gguf_read(&back, "again", header.data, data_at + end, &err) == AXL_OK);
            check_same(g, &back);
        }
        gguf_free(&back);
    }
    buf_free(&header);
    gguf_meta_free(&meta);
    free(item);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    gguf g;
    axl_error err = {0};
    const axl_status status = gguf_read(&g, "input", data, size, &err);
    FUZZ_CHECK(status == AXL_OK || status == AXL_BAD_FILE);
    FUZZ_CHECK(status == AXL_OK || strncmp(err.text, "input:", 6) == 0);
    if (status == AXL_OK) {
        check_tensors(&g, size);
        const volatile double sum = read_values(&g);
        (void)sum;
        write_again(&g);
    }
    gguf_free(&g);
    return 0;
}
