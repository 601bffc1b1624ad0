// Gzip data, decoded piece by piece in fixed memory. Several members behind each other are one
// text, as gzip itself has it, and zeros behind the last one are padding.
#ifndef DATA_GZIP_H
#define DATA_GZIP_H

#include <axl/status.h>

#include <stdbool.h>
#include <stddef.h>

typedef struct gzip gzip;

// Takes the next piece of decoded text. A failure ends the decoding with its status.
typedef axl_status gzip_sink(void *ctx, const char *data, size_t bytes, axl_error *err);

// The caller owns *out; NULL on failure.
axl_status gzip_open(gzip **out, gzip_sink *sink, void *ctx, axl_error *err);
void gzip_close(gzip *g); // NULL is allowed

// Decodes the next piece of the file. Damage is no failure: what follows it is passed over.
axl_status gzip_feed(gzip *g, const void *data, size_t bytes, axl_error *err);

// Whether damage was found, or the file ended too early if all of it was fed.
bool gzip_damaged(const gzip *g, bool all);

#endif
