// What compressors that learn nothing beforehand need for the same documents: the yardstick of
// every bits per byte.
//
// gzip: zlib at level 9 in the gzip format, without a file name, as `gzip -9n` writes it within a
// few parts in a thousand. xz: the output of the program xz, called with -9e on one thread.
#ifndef EVAL_EVAL_COMPRESS_H
#define EVAL_EVAL_COMPRESS_H

#include "eval/eval_document.h"
#include "eval/eval_progress.h"

#include <stdbool.h>

typedef struct eval_compress {
    const eval_document *list; // [count], in the order in which they are joined
    size_t count;
    bool joined_only;        // not each by itself: starting xz for each of thousands takes minutes
    eval_progress *progress; // may be NULL; in bytes read
    void *progress_ctx;
} eval_compress;

// Bytes after compression.
typedef struct eval_packed {
    uint64_t joined;  // of all documents as one stream, one behind the other with nothing between
    uint64_t *each;   // [count] of each by itself, 0 for an empty one; the caller's; NULL with
                      // joined_only
    char missing[96]; // why there are no figures; empty: there are
} eval_packed;

axl_status eval_compress_gzip(const eval_compress *a, eval_packed *out, axl_error *err);

// Where xz is not installed or fails, that is no failure but is said in out->missing.
axl_status eval_compress_xz(const eval_compress *a, eval_packed *out, axl_error *err);

#endif
