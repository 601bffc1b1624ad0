// Checked size arithmetic. Each returns true and writes *out, or returns false on overflow and
// leaves *out alone.
#ifndef BASE_SIZES_H
#define BASE_SIZES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIZE_CHECKED static inline __attribute__((warn_unused_result)) bool

SIZE_CHECKED size_mul(size_t a, size_t b, size_t *out) {
    size_t product;
    if (__builtin_mul_overflow(a, b, &product)) return false;
    *out = product;
    return true;
}

SIZE_CHECKED size_add(size_t a, size_t b, size_t *out) {
    size_t sum;
    if (__builtin_add_overflow(a, b, &sum)) return false;
    *out = sum;
    return true;
}

SIZE_CHECKED size_sub(size_t a, size_t b, size_t *out) {
    if (b > a) return false;
    *out = a - b;
    return true;
}

// Any factor of 0 gives 0 only if the partial products on the way fit.
SIZE_CHECKED size_mul3(size_t a, size_t b, size_t c, size_t *out) {
    size_t ab;
    return size_mul(a, b, &ab) && size_mul(ab, c, out);
}

// a * b + c
SIZE_CHECKED size_mul_add(size_t a, size_t b, size_t c, size_t *out) {
    size_t ab;
    return size_mul(a, b, &ab) && size_add(ab, c, out);
}

// The next multiple of align at or above size. False also when align is not a power of two.
SIZE_CHECKED size_align_up(size_t size, size_t align, size_t *out) {
    if (align == 0 || (align & (align - 1)) != 0) return false;
    size_t sum;
    if (!size_add(size, align - 1, &sum)) return false;
    *out = sum & ~(align - 1);
    return true;
}

// Ceiling of a / b; b must not be 0. Cannot overflow.
static inline size_t size_div_up(size_t a, size_t b) {
    return a / b + (a % b != 0);
}

static inline size_t size_min(size_t a, size_t b) {
    return a < b ? a : b;
}

static inline size_t size_max(size_t a, size_t b) {
    return a > b ? a : b;
}

// A 64-bit number from a file as a size_t; false where it does not fit.
SIZE_CHECKED size_from_u64(uint64_t value, size_t *out) {
    if (value > SIZE_MAX) return false;
    *out = (size_t)value;
    return true;
}

#undef SIZE_CHECKED

#endif
