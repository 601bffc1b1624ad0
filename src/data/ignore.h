// The rules of .gitignore files: which paths below a folder are left out. Like git's own, without
// the index: a file that git tracks in spite of a rule is left out as well.
#ifndef DATA_IGNORE_H
#define DATA_IGNORE_H

#include <axl/status.h>

#include <stdbool.h>
#include <stddef.h>

#define IGNORE_FILE ".gitignore"
#define IGNORE_FILE_MAX ((size_t)1 << 20) // bytes of one such file

typedef struct ignore_rule {
    const char *pattern; // in the owner's text
    bool negated;        // was behind a '!': takes the path back in
    bool folder_only;    // had a slash at its end
    bool name_only;      // had no other slash: matches the last part of a path at any depth
} ignore_rule;

// The rules of one folder, below those of the folder that holds it.
typedef struct ignore_rules {
    const struct ignore_rules *parent; // borrowed; NULL at the top
    size_t base;       // bytes of the folder's path below the top with its slash; 0 at the top
    char *text;        // owned
    ignore_rule *rule; // [count], owned
    size_t count;
} ignore_rules;

// Takes the text of a .gitignore file, `bytes` long and followed by a zero byte, which belongs to
// *out from now on, also on failure. parent and base are left for the caller to set.
axl_status ignore_parse(ignore_rules *out, char *text, size_t bytes, axl_error *err);
void ignore_free(ignore_rules *r);

// Whether the path, below the top and without a slash at its end, is left out. rules are those of
// the folder that holds it. A path in a folder that is left out must not be asked for: nothing can
// take it back in.
bool ignore_covers(const ignore_rules *rules, const char *path, bool folder);

#endif
