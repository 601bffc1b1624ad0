// Text of files that nobody vouches for, made safe for a terminal and for one line.
#ifndef CLI_ESCAPE_H
#define CLI_ESCAPE_H

#include <stddef.h>

// Writes text[bytes] into out[size] (size >= 8), terminated: what is not a visible character is
// written as \n, \t, \xNN or \u{N}: control characters, marks that change the direction of text or
// that nobody sees, and bytes that are not UTF-8. Ends in "..." where it does not fit. Returns out.
const char *cli_escape(char *out, size_t size, const char *text, size_t bytes);

#endif
