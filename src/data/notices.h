// What the head of a file says about itself: that a program has made it, and whose it is.
#ifndef DATA_NOTICES_H
#define DATA_NOTICES_H

#include <stdbool.h>
#include <stddef.h>

#define NOTICE_LINES 10 // of the head that are looked at for who made it

// Whether a comment among the first lines, or a line that begins with it, says that the file was
// generated or must not be edited.
bool notice_generated(const char *text, size_t bytes);

// The comment blocks at the start that name a licence or a copyright, as text[*begin, *end), with
// the empty lines behind them. A first line that tells the interpreter or the encoding stays out of
// it. In prose, by the ending of the path, no sign at the start of a line makes a comment of it.
// False: there are none.
bool notice_licence(const char *path, const char *text, size_t bytes, size_t *begin, size_t *end);

#endif
