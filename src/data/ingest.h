// From a file to its documents. Private to data/.
#ifndef DATA_INGEST_H
#define DATA_INGEST_H

#include "data/builder.h"

// Reads the file and adds its documents, or counts why it has none. What cannot be opened is
// counted as well, unless the user named the very file: then it is an error.
axl_status ingest_file(builder *b, const char *path, bool named, axl_error *err);

#endif
