// Documents one after the other, from files, folders, patterns and JSONL, compressed or not, as a
// corpus reads them, but in bounded memory and with where they come from.
//
// What is longer than the limit is passed over, not kept. Gzip data that unpack to more than
// INTAKE_BOMB_BYTES and INTAKE_BOMB_RATIO times their size are given up: text unpacks to ten times
// its size, and a file of a few megabytes could hold terabytes.
#ifndef DATA_INTAKE_H
#define DATA_INTAKE_H

#include "data/drop.h"

#define INTAKE_BYTES_MAX ((uint64_t)64 << 20) // of a document, at most
#define INTAKE_BOMB_BYTES ((uint64_t)64 << 20)
#define INTAKE_BOMB_RATIO 200

// Borrowed for the call that gives it. text has no terminator.
typedef struct record {
    const char *text;
    size_t bytes;
    const char *project; // of the line, else the unit's name; never empty
    const char *path;    // what the line says, else the file's, below the folder that was named
    uint64_t line;       // of the JSONL, from 1, where that is the path, or what the line says; 0:
                         // the path says it all
    size_t source;       // index of the path that was named
} record;

typedef struct intake_sink {
    axl_status (*record)(void *ctx, const record *r, axl_error *err);
    // path is the file's own; line 0: the whole file.
    void (*left_out)(void *ctx, const char *path, uint64_t line, drop_reason reason);
    void *ctx;
} intake_sink;

// Everything is borrowed for the call.
typedef struct intake_spec {
    const char *const *path; // [paths]
    size_t paths;
    const char *const *own;  // [owns]: what walks pass over, as it is written by the same call; the
    size_t owns;             // user may name it all the same
    const char *fields;      // of JSONL, as in corpus.h; NULL: CORPUS_FIELDS
    uint64_t bytes_max;      // of a document; at most INTAKE_BYTES_MAX
    bool (*stop)(void *ctx); // asked between pieces of the files; NULL: never
    void *stop_ctx;
} intake_spec;

// Gives every document in the order of the paths and, in folders, of the names. A failure of the
// sink ends it. AXL_NOT_FOUND for a path that is not there, AXL_INTERRUPTED after stop.
axl_status intake_read(const intake_spec *spec, const intake_sink *sink, axl_error *err);

#endif
