// From a file to its documents. Private to data/.
#ifndef DATA_INGEST_H
#define DATA_INGEST_H

#include "data/builder.h"

// Reads the files that the path stands for (scan.h) and adds their documents, or counts why they
// have none. What cannot be opened is counted as well, unless the user named the very file: then it
// is an error.
axl_status ingest_path(builder *b, const char *path, axl_error *err);

// Why a file that could not be opened is left out, where that is no failure of the whole.
bool ingest_refusal(os_refusal why, corpus_reason *out);

#endif
