// Wildcards as in .gitignore files: * ? [a-z] [!a-z] [[:alpha:]] \x, none of which matches a slash,
// and ** for any number of folders. The time grows with the product of the lengths, never faster.
#ifndef DATA_WILD_H
#define DATA_WILD_H

#include <stdbool.h>

// Whether pattern matches the whole path, in which slashes separate the parts. In the pattern a
// leading "**/" and "/**/" stand for any number of folders, also none; a trailing "/**" for all
// that is inside.
bool wild_match_path(const char *pattern, const char *path);

// Whether pattern matches the whole name, which has no slash.
bool wild_match_name(const char *pattern, const char *name);

// Whether the text has a wildcard.
bool wild_present(const char *text);

#endif
