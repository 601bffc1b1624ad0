// What a folder holds, in the order of the names, which no file system decides.
#ifndef OS_LISTING_H
#define OS_LISTING_H

#include "os/reader.h"

#include <axl/status.h>
#include <stdbool.h>
#include <stddef.h>

typedef enum os_kind {
    OS_KIND_NONE, // nothing there, or a link to nothing
    OS_KIND_FILE,
    OS_KIND_FOLDER,
    OS_KIND_SPECIAL, // a device, a pipe, a socket
} os_kind;

// Owned by the listing.
typedef struct os_entry {
    const char *name;
    os_kind kind; // of what a link leads to
    bool link;
} os_entry;

typedef struct os_listing {
    os_entry *entry; // [count], by the bytes of their names
    size_t count;
    char *names; // private
} os_listing;

// Lists the folder without "." and "..". The caller gives *out back with os_listing_free; it is
// empty on failure, and *why (may be NULL) says more.
axl_status os_listing_read(os_listing *out, const char *folder, os_refusal *why, axl_error *err);
void os_listing_free(os_listing *listing);

// What the path is, links followed. A path that cannot be examined is an error, except when nothing
// is there.
axl_status os_kind_of(const char *path, os_kind *out, axl_error *err);

// Whether both paths lead to one file or folder, which is there.
bool os_same_file(const char *a, const char *b);

#endif
