// Any bytes as gzip data: the pieces in which they come make no difference, and zlib's own reading
// of the first member agrees.
#include "base/buf.h"
#include "data/gzip.h"
#include "fuzz_target.h"

#include <string.h>
#include <zlib.h>

#define OUT_MAX ((size_t)1 << 20)

// Decoding stops with this status when there is too much, as with a bomb.
static axl_status take(void *ctx, const char *data, size_t bytes, axl_error *err) {
    buf *out = ctx;
    (void)err;
    if (bytes > OUT_MAX - out->size) return AXL_TOO_LARGE;
    return buf_append(out, data, bytes) ? AXL_OK : AXL_NO_MEMORY;
}

static axl_status decode(buf *out, bool *damaged, const uint8_t *data, size_t size, size_t step) {
    gzip *g = NULL;
    axl_status status = gzip_open(&g, take, out, NULL);
    FUZZ_CHECK(status == AXL_OK);
    for (size_t at = 0; at < size && status == AXL_OK; at += step)
        status = gzip_feed(g, data + at, step < size - at ? step : size - at, NULL);
    *damaged = gzip_damaged(g, true);
    gzip_close(g);
    FUZZ_CHECK(status == AXL_OK || status == AXL_TOO_LARGE);
    return status;
}

// Whether what zlib makes of the first member, up to a bound, starts our text.
static void compare_with_zlib(const buf *ours, const uint8_t *data, size_t size) {
    static unsigned char out[1 << 16];
    z_stream z = {.next_in = (z_const Bytef *)(uintptr_t)data, .avail_in = (uInt)size};
    FUZZ_CHECK(inflateInit2(&z, 15 + 16) == Z_OK);
    z.next_out = out;
    z.avail_out = sizeof out;
    (void)inflate(&z, Z_SYNC_FLUSH);
    const size_t made = sizeof out - z.avail_out;
    inflateEnd(&z);
    FUZZ_CHECK(ours->size >= made);
    FUZZ_CHECK(made == 0 || memcmp(ours->data, out, made) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    buf whole = {0}, parts = {0};
    bool damage, damage_in_parts;
    const axl_status status = decode(&whole, &damage, data, size, size > 0 ? size : 1);
    if (status == AXL_OK) {
        FUZZ_CHECK(decode(&parts, &damage_in_parts, data, size, 3) == AXL_OK);
        FUZZ_CHECK(damage == damage_in_parts && whole.size == parts.size);
        FUZZ_CHECK(whole.size == 0 || memcmp(whole.data, parts.data, whole.size) == 0);
        compare_with_zlib(&whole, data, size);
    }
    buf_free(&whole);
    buf_free(&parts);
    return 0;
}
