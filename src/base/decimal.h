// Numbers as decimal text that no locale changes: always a point, never a comma.
#ifndef BASE_DECIMAL_H
#define BASE_DECIMAL_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

// Appends value (finite) with the fewest of 15, 16 or 17 digits that read back as the same double;
// whole numbers without a point.
bool decimal_put(buf *out, double value);

// Appends value (finite) with that many places behind the point.
bool decimal_put_places(buf *out, double value, int places);

// The whole of text[size] as a finite number in the form of JSON, or false.
#define DECIMAL_MAX 40 // bytes; longer text is refused
bool decimal_read(const char *text, size_t size, double *out);

#endif
