// Looking for NaN and infinities in big blocks.
#ifndef STORE_FINITE_H
#define STORE_FINITE_H

#include <stddef.h>

// The index of the first number that is not finite, or count. As fast as memory.
size_t finite_until(const float *x, size_t count);

#endif
