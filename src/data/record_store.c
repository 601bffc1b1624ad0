#include "data/record_store.h"

#include "base/error.h"

#include <string.h>

// What stands before the bytes of each document: their lengths, names with their zero byte.
typedef struct head {
    uint64_t text, project, path, line;
} head;

axl_status record_store_open(record_store *s, const char *folder, axl_error *err) {
    return os_spool_open(&s->spool, folder, err);
}

void record_store_close(record_store *s) {
    os_spool_close(s->spool);
    buf_free(&s->text);
    *s = (record_store){0};
}

axl_status record_store_put(record_store *s, const record *r, uint64_t *at, axl_error *err) {
    const head h = {r->bytes, strlen(r->project) + 1, strlen(r->path) + 1, r->line};
    *at = os_spool_bytes(s->spool);
    FORWARD(os_spool_write(s->spool, &h, sizeof h, err));
    FORWARD(os_spool_write(s->spool, r->text, r->bytes, err));
    FORWARD(os_spool_write(s->spool, r->project, (size_t)h.project, err));
    return os_spool_write(s->spool, r->path, (size_t)h.path, err);
}

axl_status record_store_flush(record_store *s, axl_error *err) {
    return os_spool_flush(s->spool, err);
}

axl_status record_store_get(record_store *s, uint64_t at, record *out, axl_error *err) {
    head h;
    FORWARD(os_spool_read(s->spool, at, &h, sizeof h, err));
    const size_t bytes = (size_t)(h.text + h.project + h.path);
    buf_clear(&s->text);
    if (!buf_reserve(&s->text, bytes)) return error_no_memory(err, "a document", bytes);
    FORWARD(os_spool_read(s->spool, at + sizeof h, s->text.data, bytes, err));
    *out = (record){.text = s->text.data,
                    .bytes = (size_t)h.text,
                    .project = s->text.data + h.text,
                    .path = s->text.data + h.text + h.project,
                    .line = h.line};
    return AXL_OK;
}
