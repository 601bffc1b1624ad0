// Which documents of several texts make a mixture.
//
// Every document has two random numbers that follow from the seed and its bytes: one says how early
// it is taken, the other where it stands. So a choice does not depend on the order of the inputs,
// and a larger mixture of the same seed holds the smaller one.
#ifndef DATA_MIX_H
#define DATA_MIX_H

#include "data/digest.h"

#include <axl/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct mix_document {
    uint64_t at;      // where the caller has it
    uint64_t key;     // taken in this order
    uint64_t order;   // stands in this order
    uint64_t project; // a hash of its name
    uint32_t bytes;
    uint16_t part;
    bool out; // not in the mixture
} mix_document;

typedef struct mix_part {
    double weight; // above 0
    // Set by mix_choose: what came in, what the cap took of it, the share, what is in the mixture.
    uint64_t found_documents, found_bytes, capped_documents, capped_bytes;
    double share;
    uint64_t documents, bytes;
} mix_part;

typedef struct mix_rules {
    uint64_t bytes;     // of all parts; 0: as much as the shares allow
    uint64_t cap;       // bytes of a project within a part; 0: none
    double temperature; // above 0
} mix_rules;

mix_document mix_document_of(uint64_t seed, digest hash, uint64_t project);

// Everything is the caller's.
typedef struct mix {
    mix_document *list; // [count]
    size_t count;
    mix_part *parts; // [part_count]
    size_t part_count;
} mix;

// Marks the documents that are not in the mixture, puts the others first, in their order, and says
// how many they are. A part whose share cannot be reached gives all it has.
size_t mix_choose(const mix *m, const mix_rules *rules);

#endif
