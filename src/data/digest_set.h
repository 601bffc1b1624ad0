// A set of digests: which documents were there already. About 27 bytes for each.
#ifndef DATA_DIGEST_SET_H
#define DATA_DIGEST_SET_H

#include "data/digest.h"

#include <axl/status.h>

// {0} is empty.
typedef struct digest_set {
    digest *slot; // [slots]; all zero is free
    size_t slots; // a power of two
    size_t used;
    bool zero; // the digest that is all zero is in the set
} digest_set;

bool digest_set_has(const digest_set *s, digest d);
axl_status digest_set_add(digest_set *s, digest d, axl_error *err); // one that is there is fine
void digest_set_free(digest_set *s);                                // leaves {0}

#endif
