// Which projects are held out.
#ifndef DATA_PORTION_H
#define DATA_PORTION_H

#include "data/name_table.h"

#include <stdbool.h>

// Marks the projects that are held out: those whose number, a hash of the seed and the name, is
// below `share` of all numbers. So a project's set does not depend on what else there is, and one
// that joins later moves no other. With few projects that may mark none or all: then the one of the
// smallest number goes, of those that have at most half of the bytes, and only then may another
// that joins change it. share is up to 0.5. AXL_BAD_FILE where there are fewer than two projects.
axl_status portion_choose(name_table *projects, double share, uint64_t seed, axl_error *err);

#endif
