// The list of what is whole in a folder that data were fetched into. Private to data/.
#ifndef DATA_PULL_LIST_H
#define DATA_PULL_LIST_H

#include "base/sha256.h"

#include <axl/status.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct pull_line {
    char name[256], source[2048], sha256[SHA256_HEX_MAX];
    uint64_t bytes, rows;
    bool capped, partial; // of a data set of which the server has a part only
} pull_line;

// AXL_NOT_FOUND where the list is not there, cannot be read, or has no such file.
axl_status pull_list_find(const char *path, const char *name, pull_line *out);

// Whether it is such a list, or not there. AXL_BAD_ARGUMENT: somebody else's.
axl_status pull_list_check(const char *path, axl_error *err);

// Adds a file, or takes the place of the line with its name.
axl_status pull_list_put(const char *path, const pull_line *line, axl_error *err);

#endif
