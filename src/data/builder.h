// Gathers the files and documents of a corpus. Private to data/.
#ifndef DATA_BUILDER_H
#define DATA_BUILDER_H

#include "data/corpus_parts.h"
#include "data/jsonl.h"

typedef struct builder {
    corpus *c; // being built
    const corpus_spec *spec;
    jsonl_fields fields;
    size_t line_max;
    size_t file_room, unit_room, document_room; // capacities
    uint32_t *slot;                             // [slots]: index + 1 of a document, by its digest
    size_t slots;                               // a power of two
    char *piece;                                // [BUILDER_PIECE]
    uint16_t group;                             // of the path that is read
    bool held;                                  // it belongs to the held-out set
    size_t unit_length; // bytes of the paths of the files that follow that name their unit
    size_t unit_base;   // bytes of those that name the folder that the user named
} builder;

#define BUILDER_PIECE ((size_t)1 << 18)

axl_status builder_open(builder *b, corpus *c, const corpus_spec *spec, axl_error *err);
void builder_close(builder *b); // what is not the corpus's own

// Counts something that is left out and tells the listener.
void builder_leave_out(builder *b, const char *path, uint64_t line, corpus_reason reason);

// A file, of the last unit if that has the same name, else of a new one; its documents follow.
axl_status builder_add_file(builder *b, const char *path, const os_version *version,
                            axl_error *err);

// A document of the last file, unless it is there already. *kept says which. Held-out paths are
// read first, so what is in both sets stays in the held-out one.
axl_status builder_add_document(builder *b, const document *d, uint64_t line, bool *kept,
                                axl_error *err);

// Takes back a last file that has no documents, and a last unit that has no files.
void builder_drop_empty(builder *b);

// The temporary file, made when it is first needed.
axl_status builder_spool(builder *b, os_spool **out, axl_error *err);

#endif
