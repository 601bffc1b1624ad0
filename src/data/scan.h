// From a path that the user named to files. Private to data/.
#ifndef DATA_SCAN_H
#define DATA_SCAN_H

#include "data/builder.h"

// Reads the file, all that is text below the folder, or all that the pattern matches. Where a
// pattern matches more than one path, each is a unit.
axl_status scan_path(builder *b, const char *path, axl_error *err);

#endif
