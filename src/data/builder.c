#include "data/builder.h"

#include "base/alloc.h"
#include "base/error.h"
#include "os/listing.h"

#include <string.h>

axl_status builder_open(builder *b, corpus *c, const corpus_spec *spec, axl_error *err) {
    *b = (builder){.c = c, .spec = spec};
    b->line_max = spec->line_max > 0 ? spec->line_max : CORPUS_LINE_MAX;
    FORWARD(jsonl_fields_parse(&b->fields, spec->fields ? spec->fields : CORPUS_FIELDS, err));
    b->piece = mem_alloc(BUILDER_PIECE);
    return b->piece ? AXL_OK : error_no_memory(err, "reading files", BUILDER_PIECE);
}

void builder_close(builder *b) {
    jsonl_fields_free(&b->fields);
    mem_free(b->slot);
    mem_free(b->piece);
}

void builder_leave_out(builder *b, const char *path, uint64_t line, corpus_reason reason) {
    b->c->summary.left_out[reason]++;
    if (b->spec->listener) b->spec->listener(b->spec->listener_ctx, path, line, reason);
}

// Makes room for one more in *array of count elements.
static axl_status make_room(void **array, size_t count, size_t *room, size_t size, axl_error *err) {
    if (count < *room) return AXL_OK;
    // Indices have 32 bits, and the hash table stores them one higher.
    RETURN_IF(count >= UINT32_MAX - 1, err, AXL_TOO_LARGE, "more than 2^32 files or documents");
    const size_t wanted = *room < 64 ? 64 : *room + *room / 4;
    void *grown = mem_resize_array(*array, wanted, size);
    if (!grown) return error_no_memory(err, "the list of documents", wanted * size);
    *array = grown;
    *room = wanted;
    return AXL_OK;
}

// Whether the last unit is the one that the path belongs to.
static bool in_last_unit(const builder *b, const char *path) {
    const corpus *c = b->c;
    if (c->units == 0) return false;
    const data_unit *u = &c->unit[c->units - 1];
    return u->length == b->unit_length && u->base == b->unit_base && u->group == b->group &&
           u->held == b->held && memcmp(c->names.data + u->name, path, u->length) == 0;
}

static axl_status add_unit(builder *b, axl_error *err) {
    corpus *c = b->c;
    void *array = c->unit;
    const axl_status status = make_room(&array, c->units, &b->unit_room, sizeof *c->unit, err);
    c->unit = array;
    FORWARD(status);
    c->unit[c->units++] = (data_unit){.name = c->names.size,
                                      .length = (uint32_t)b->unit_length,
                                      .base = (uint32_t)b->unit_base,
                                      .group = b->group,
                                      .held = b->held};
    return AXL_OK;
}

axl_status builder_add_file(builder *b, const char *path, const os_version *version,
                            axl_error *err) {
    corpus *c = b->c;
    void *array = c->file;
    const axl_status status = make_room(&array, c->files, &b->file_room, sizeof *c->file, err);
    c->file = array;
    FORWARD(status);
    if (!in_last_unit(b, path)) FORWARD(add_unit(b, err));
    const uint64_t name = c->names.size;
    if (!buf_append(&c->names, path, strlen(path) + 1))
        return error_no_memory(err, "the names of files", c->names.size);
    c->file[c->files++] =
        (data_file){.name = name, .version = *version, .unit = (uint32_t)(c->units - 1)};
    c->unit[c->units - 1].files++;
    return AXL_OK;
}

void builder_drop_empty(builder *b) {
    corpus *c = b->c;
    if (c->files > 0 && (c->documents == 0 || c->document[c->documents - 1].file != c->files - 1)) {
        buf_truncate(&c->names, (size_t)c->file[--c->files].name);
        c->unit[c->file[c->files].unit].files--;
    }
    if (c->units > 0 && c->unit[c->units - 1].files == 0) c->units--;
}

// The slot of a document with this digest, or the free one where it belongs.
static size_t find_slot(const builder *b, digest hash) {
    size_t i = (size_t)hash.word[0] & (b->slots - 1);
    while (b->slot[i] != 0 && !digest_same(b->c->document[b->slot[i] - 1].hash, hash))
        i = (i + 1) & (b->slots - 1);
    return i;
}

// Why the document at path goes: it is the same as one that is there.
static corpus_reason reason_of(const builder *b, const document *same, const char *path) {
    const corpus *c = b->c;
    const data_file *file = &c->file[same->file];
    if (b->held || !c->unit[file->unit].held) return CORPUS_DUPLICATE;
    return os_same_file(path, corpus_file_name(c, file)) ? CORPUS_NAMED : CORPUS_HELD_OUT;
}

// Keeps a quarter of the slots free, so that a search ends soon.
static axl_status grow_slots(builder *b, axl_error *err) {
    if (b->c->documents < b->slots / 4 * 3) return AXL_OK;
    const size_t slots = b->slots == 0 ? 256 : b->slots * 2;
    uint32_t *slot = mem_zalloc_array(slots, sizeof *slot);
    if (!slot) return error_no_memory(err, "the search for duplicates", slots * sizeof *slot);
    mem_free(b->slot);
    b->slot = slot;
    b->slots = slots;
    for (size_t i = 0; i < b->c->documents; i++)
        slot[find_slot(b, b->c->document[i].hash)] = (uint32_t)i + 1;
    return AXL_OK;
}

axl_status builder_add_document(builder *b, const document *d, uint64_t line, bool *kept,
                                axl_error *err) {
    corpus *c = b->c;
    FORWARD(grow_slots(b, err));
    const size_t slot = find_slot(b, d->hash);
    *kept = b->slot[slot] == 0;
    if (!*kept) {
        const document *same = &c->document[b->slot[slot] - 1];
        const char *path = corpus_file_name(c, &c->file[c->files - 1]);
        builder_leave_out(b, path, line, reason_of(b, same, path));
        return AXL_OK;
    }
    void *array = c->document;
    const axl_status status =
        make_room(&array, c->documents, &b->document_room, sizeof *c->document, err);
    c->document = array;
    FORWARD(status);
    document *added = &c->document[c->documents++];
    *added = *d;
    added->file = (uint32_t)(c->files - 1);
    added->held = b->held;
    b->slot[slot] = (uint32_t)c->documents;
    data_unit *unit = &c->unit[c->units - 1];
    unit->documents++;
    unit->bytes += d->bytes;
    return AXL_OK;
}

axl_status builder_spool(builder *b, os_spool **out, axl_error *err) {
    RETURN_IF(!b->spec->folder, err, AXL_BAD_ARGUMENT,
              "no folder for the temporary file that compressed files and JSONL need");
    if (!b->c->spool) FORWARD(os_spool_open(&b->c->spool, b->spec->folder, err));
    *out = b->c->spool;
    return AXL_OK;
}
