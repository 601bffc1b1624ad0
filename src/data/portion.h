// Which projects are held out.
#ifndef DATA_PORTION_H
#define DATA_PORTION_H

#include "data/name_table.h"

#include <stdbool.h>

// Marks the projects that are held out, by their bytes: `share` of all, or a little more. They are
// taken in the order of a hash of the seed and their names, so that the choice does not depend on
// what else there is, or where. One that would make the set more than twice as large as asked is
// passed over; where that leaves nothing, the smallest project goes. AXL_BAD_FILE where there are
// fewer than two.
axl_status portion_choose(name_table *projects, double share, uint64_t seed, axl_error *err);

#endif
