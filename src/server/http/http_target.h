// The target of a request: its path decoded, its query as it came.
#ifndef SERVER_HTTP_TARGET_H
#define SERVER_HTTP_TARGET_H

#include "base/buf.h"

// All three point into the buffer of http_target_read.
typedef struct http_target {
    const char *authority; // of "http://authority/path"; "": the target begins with its path
    const char *path;      // UTF-8 without control characters, begins with '/'
    const char *query;     // "": none
} http_target;

typedef enum http_target_state {
    HTTP_TARGET_GOOD,
    HTTP_TARGET_BAD,
    HTTP_TARGET_NO_MEMORY
} http_target_state;

// all: "*", which asks about the server as a whole, is allowed; its path is "/". Fills *into, which
// is empty, and which the caller frees after the last use of *out.
http_target_state http_target_read(http_target *out, const char *target, bool all, buf *into);

#endif
