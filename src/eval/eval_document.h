// What is evaluated: the first bytes of files, of what is in memory already, or of whatever a
// function reads.
#ifndef EVAL_EVAL_DOCUMENT_H
#define EVAL_EVAL_DOCUMENT_H

#include "os/map.h"
#include <axl/status.h>

#include <stddef.h>
#include <stdint.h>

// Copies bytes from offset on; they lie inside the document.
typedef axl_status eval_source(void *ctx, uint64_t offset, void *to, size_t bytes, axl_error *err);

// Borrows all pointers.
typedef struct eval_document {
    const char *name;  // of the file; otherwise for messages
    const void *data;  // [bytes], or NULL: the bytes are in the file or come from read
    uint64_t bytes;    // that are read, from the start
    uint64_t given;    // so many of them are read and not scored: a prompt; at most bytes
    eval_source *read; // NULL: the bytes are in the file or in data
    void *read_ctx;
} eval_document;

// A document that is being read.
typedef struct eval_text {
    const eval_document *of;
    os_map *file; // NULL where the document is no file
} eval_text;

// A file that has become shorter than the document is an error that names it.
axl_status eval_text_open(eval_text *out, const eval_document *d, axl_error *err);
void eval_text_close(eval_text *t); // leaves {0}, which may be closed again

// Copies bytes from offset on; they lie inside the document.
axl_status eval_text_read(const eval_text *t, uint64_t offset, void *to, size_t bytes,
                          axl_error *err);

// The documents that paths name. Owns the names.
typedef struct eval_files {
    eval_document *list; // [count]
    size_t count, capacity;
} eval_files;

// Adds the file at path or, in the order of their names, all files below the folder at path.
// path itself may be a symbolic link; below it, links and names that begin with a dot are left out.
// Of each file the first `limit` bytes count, or all where limit is 0. A folder without files is
// AXL_BAD_FILE. The caller frees *f also after a failure.
axl_status eval_files_add(eval_files *f, const char *path, uint64_t limit, axl_error *err);
void eval_files_free(eval_files *f); // leaves {0}

#endif
