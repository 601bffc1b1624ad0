// How much of the held-out set stands in the training set as well, by shingles: runs of 50 bytes
// inside of a document. Memory is bounded: of a large held-out set only the shingles whose hash is
// a multiple of a power of two are looked at, in both sets alike.
#ifndef DATA_AUDIT_H
#define DATA_AUDIT_H

#include "data/corpus.h"

#define AUDIT_SHINGLE 50
#define AUDIT_TABLE ((size_t)1 << 18) // shingles looked at, at most about so many
#define AUDIT_SHARE 0.3               // more than this of a file or unit is a near copy
#define AUDIT_LEAST 20                // shingles below which a share says nothing

typedef struct audit_report {
    uint64_t shingles, shared; // looked at in all held-out files, and found in training documents
    uint64_t files, warned;    // held-out files with AUDIT_LEAST shingles; of more than AUDIT_SHARE
    const char *worst;         // file with the highest share, borrowed from the corpus; NULL: none
    double worst_share;
    const char *source; // the training file that has most of the worst; NULL: the worst is no copy
    uint64_t step;      // one shingle of so many was looked at
} audit_report;

// Told of each held-out file that has AUDIT_LEAST shingles.
typedef void audit_listener(void *ctx, const char *path, uint64_t shingles, uint64_t shared);

// Reads both sets once, the held-out one twice, and the training set again where there is a near
// copy. listener may be NULL.
axl_status corpus_audit(const corpus *c, audit_report *out, audit_listener *listener, void *ctx,
                        axl_error *err);

// ---- for data/ itself, while a corpus is built ----

// Sets near[i] for each held-out unit i of which more than AUDIT_SHARE stands in the training set.
// near [c->units].
axl_status audit_units(const corpus *c, bool *near, axl_error *err);

#endif
