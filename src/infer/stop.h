// Stop strings, looked for in bytes as they come. Several may be given; they may overlap, and lie
// inside each other. The first one that is complete ends the text; where several end at the same
// byte, the longest. Bytes that may be the beginning of one are held back, so that no part of a
// stop string is ever given away.
#ifndef INFER_STOP_H
#define INFER_STOP_H

#include <axl/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STOP_COUNT_MAX ((size_t)64)
#define STOP_BYTES_MAX ((size_t)4096) // of one string

typedef struct stop_string {
    const void *bytes;
    size_t size;
} stop_string;

// One string and how far the newest bytes agree with its beginning.
typedef struct stop_one {
    uint8_t *bytes;    // [size]
    uint16_t *shorter; // [size]: the longest proper beginning of bytes[0 .. i] that is also its end
    size_t size, matched;
} stop_one;

// {0} looks for nothing.
typedef struct stop_matcher {
    stop_one *list; // [count], owned
    size_t count;
} stop_matcher;

// Copies the strings. An empty one, or too many or too long ones, are AXL_BAD_ARGUMENT. On failure
// nothing is left to free.
axl_status stop_create(stop_matcher *out, const stop_string *list, size_t count, axl_error *err);
void stop_free(stop_matcher *m); // leaves {0}
void stop_reset(stop_matcher *m);

typedef struct stop_found {
    size_t size; // of the stop string that ends at this byte; 0: none does
    size_t held; // newest bytes, this one included, that may begin one
} stop_found;

stop_found stop_push(stop_matcher *m, uint8_t byte);

#endif
