// Where documents go: one JSONL file, or a folder with a file for each.
//
// A JSONL file appears whole or not at all. A folder gets its files one by one, at PROJECT/PATH
// made harmless: no part of a name leads out of the folder, hides, or makes a reader take the text
// for something else. SHA256SUMS lists them in the form that sha256sum reads. The manifest comes
// last, when everything else is safe on the disk, and an old one goes before anything is replaced:
// whatever happens in between, a manifest is of the documents beside it.
#ifndef DATA_OUTLET_H
#define DATA_OUTLET_H

#include "base/sha256.h"
#include "data/intake.h"

typedef struct outlet outlet;

// path ends in .jsonl, or is a folder that is empty or not there. AXL_BAD_ARGUMENT where the file
// is there without force, or the folder has something in it. The caller owns *out; NULL on failure.
axl_status outlet_open(outlet **out, const char *path, bool force, axl_error *err);

axl_status outlet_put(outlet *o, const record *r, axl_error *err);

typedef struct outlet_sum {
    uint64_t documents, bytes, files; // bytes of the texts
    char sha256[SHA256_HEX_MAX];      // of the JSONL, or of SHA256SUMS
} outlet_sum;

// Where the manifest goes, in place of what *to has. False when out of memory.
bool outlet_manifest_name(const outlet *o, buf *to);

// Puts what was put on the disk, under names that nobody reads yet, so that what can fail has
// failed before anything is replaced. Nothing can be put any more.
axl_status outlet_sync(outlet *o, axl_error *err);

// Does the same, takes the old manifest away, as it is not of the new documents, and puts
// everything in place but the new one.
axl_status outlet_finish(outlet *o, outlet_sum *out, axl_error *err);

// Writes the manifest; its path, in *to, which is the caller's.
axl_status outlet_manifest(outlet *o, const buf *text, buf *to, axl_error *err);

// Drops what was not finished. NULL is allowed.
void outlet_close(outlet *o);

// Appends a document as one line of JSONL. False when out of memory.
bool outlet_line(buf *to, const record *r);

// Where in a folder the document goes, in place of what *to has; number tells apart those that
// would go to one place, 0: the place that it asks for.
bool outlet_name(buf *to, const record *r, uint64_t number);

#endif
