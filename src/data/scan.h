// From a path that the user named to files. Private to data/.
#ifndef DATA_SCAN_H
#define DATA_SCAN_H

#include "data/corpus.h"

// A file that was found. Its path is borrowed for the call.
typedef struct scan_file {
    const char *path;
    size_t unit; // bytes of the path that name its unit
    size_t base; // bytes of it that name the folder that the user named, with its slash
    bool named;  // the user named this very file
} scan_file;

typedef struct scan_visitor {
    axl_status (*file)(void *ctx, const scan_file *file, axl_error *err);
    void (*left_out)(void *ctx, const char *path, corpus_reason reason);
    void *ctx;
    // Files and folders that walks pass over without a word; NULL: none.
    const char *const *own; // [owns]
    size_t owns;
} scan_visitor;

// Visits the file, all files below the folder in the order of names, or all that the pattern
// matches. Where a pattern matches more than one path, each is a unit. A walk passes
// over .git and over temporary files of ours, which are no data.
axl_status scan_path(const scan_visitor *v, const char *path, axl_error *err);

#endif
