// How much of the held-out set stands in the training set as well, by shingles: runs of 50 bytes
// inside of a document. Memory is bounded: of a large held-out set only the shingles whose hash is
// a multiple of a power of two are looked at, in both sets alike.
#ifndef DATA_AUDIT_H
#define DATA_AUDIT_H

#include "data/corpus.h"

#define AUDIT_SHINGLE 50
#define AUDIT_TABLE ((size_t)1 << 18) // shingles looked at, at most about so many
#define AUDIT_SHARE 0.3               // more than this of a file is worth a warning
#define AUDIT_LEAST 20                // shingles below which a file's share says nothing

typedef struct audit_report {
    uint64_t shingles, shared; // looked at in all held-out files, and found in training documents
    uint64_t files, warned;    // held-out files with AUDIT_LEAST shingles; of more than AUDIT_SHARE
    const char *worst;         // file with the highest share, borrowed from the corpus; NULL: none
    double worst_share;
    uint64_t step; // one shingle of so many was looked at
} audit_report;

// Told of each held-out file that has AUDIT_LEAST shingles.
typedef void audit_listener(void *ctx, const char *path, uint64_t shingles, uint64_t shared);

// Reads both sets once, the held-out one twice. listener may be NULL.
axl_status corpus_audit(const corpus *c, audit_report *out, audit_listener *listener, void *ctx,
                        axl_error *err);

#endif
