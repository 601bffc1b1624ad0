// Which documents are held out. Private to data/.
#ifndef DATA_SPLIT_H
#define DATA_SPLIT_H

#include "data/corpus_parts.h"

typedef struct split_choice {
    uint64_t seed;
    double fraction; // of the bytes of each group
    // Names count with the folder that was named; without it they do not depend on where that
    // folder lies, which is right where there is only one.
    bool full_names;
    uint64_t audit_most; // most bytes of text that near copies are looked for in
} split_choice;

// Marks the held-out documents of every group by its units: a fraction of the group's bytes, or a
// little more. The order in which units are taken is a hash of the seed and their names, so it does
// not depend on what else there is. A unit that would make the set more than twice as large as
// asked, or nearly all of the group, is passed over; where that leaves nothing, the smallest unit
// goes if it is at most a third of all, else the tail of the group is held out.
//
// Units that are near copies of what is left for training are passed over as well, unless their
// group has no others.
axl_status split_corpus(corpus *c, const split_choice *how, axl_error *err);

#endif
