#include "store/finite.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define LANES 16
#define EXPONENT 0x7f800000u // all ones in a NaN or infinity
#define LOWEST 0x00800000u   // the lowest bit of the exponent

// Numbers looked at before asking: enough to make the question cheap.
#define PIECE ((size_t)4096)

// Adding 1 to an exponent of all ones carries into the sign bit, and to no other. Only additions
// and bit operations on a fixed number of lanes, which every compiler turns into vectors.
static bool piece_is_finite(const float x[PIECE]) {
    uint32_t carried[LANES] = {0};
    for (size_t i = 0; i < PIECE; i += LANES) {
        uint32_t bits[LANES];
        memcpy(bits, x + i, sizeof bits);
        for (size_t j = 0; j < LANES; j++) carried[j] |= (bits[j] & EXPONENT) + LOWEST;
    }
    uint32_t any = 0;
    for (size_t j = 0; j < LANES; j++) any |= carried[j];
    return any >> 31 == 0;
}

size_t finite_until(const float *x, size_t count) {
    size_t i = 0;
    while (count - i >= PIECE && piece_is_finite(x + i)) i += PIECE;
    while (i < count && isfinite(x[i])) i++;
    return i;
}
