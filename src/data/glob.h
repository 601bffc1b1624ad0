// Paths that a pattern with wildcards matches, for a pattern that no shell has expanded.
#ifndef DATA_GLOB_H
#define DATA_GLOB_H

#include <axl/status.h>

#include <stddef.h>

typedef struct glob_matches {
    const char **path; // [count], each once, by their bytes
    size_t count;
    char *text; // private
} glob_matches;

// The parts of the pattern between slashes are matched one by one; "**" is any number of folders,
// and at the end the folder itself. A name that begins with a dot is matched by a part that does,
// too; links to folders are followed by name only, not by "**". The caller frees *out with
// glob_free; it is empty on failure.
axl_status glob_expand(glob_matches *out, const char *pattern, axl_error *err);
void glob_free(glob_matches *m);

#endif
