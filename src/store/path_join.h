// Names of files inside folders.
#ifndef STORE_PATH_JOIN_H
#define STORE_PATH_JOIN_H

#include "base/buf.h"
#include <axl/status.h>

// Makes out "FOLDER/NAME".
axl_status path_join(buf *out, const char *folder, const char *name, axl_error *err);

#endif
