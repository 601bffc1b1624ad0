#include "data/gzip.h"

#include "base/alloc.h"
#include "base/error.h"

#include <stdint.h>
#include <zlib.h>

#define OUT_BYTES ((size_t)1 << 16)

typedef enum gzip_state {
    MEMBER_FIRST, // nothing was read yet
    MEMBER,       // inside
    MEMBER_END,   // behind a whole one
    PADDING,
    DAMAGED,
} gzip_state;

struct gzip {
    z_stream stream;
    gzip_sink *sink;
    void *ctx;
    gzip_state state;
    char out[OUT_BYTES];
};

static voidpf from_hook(voidpf opaque, uInt count, uInt size) {
    (void)opaque;
    return mem_zalloc_array(count, size);
}

static void to_hook(voidpf opaque, voidpf block) {
    (void)opaque;
    mem_free(block);
}

axl_status gzip_open(gzip **out, gzip_sink *sink, void *ctx, axl_error *err) {
    *out = NULL;
    gzip *g = mem_alloc(sizeof *g);
    if (!g) return error_no_memory(err, "gzip", sizeof *g);
    g->stream = (z_stream){.zalloc = from_hook, .zfree = to_hook};
    g->sink = sink;
    g->ctx = ctx;
    g->state = MEMBER_FIRST;
    // 15: the largest window; 16: gzip's header and checksum, nothing else.
    if (inflateInit2(&g->stream, 15 + 16) != Z_OK) {
        mem_free(g);
        return error_no_memory(err, "gzip", (size_t)1 << 15);
    }
    *out = g;
    return AXL_OK;
}

void gzip_close(gzip *g) {
    if (!g) return;
    (void)inflateEnd(&g->stream);
    mem_free(g);
}

// Decodes until the input is used up or a member ends.
static axl_status decode(gzip *g, axl_error *err) {
    int result = Z_OK;
    do {
        g->stream.next_out = (Bytef *)g->out;
        g->stream.avail_out = OUT_BYTES;
        result = inflate(&g->stream, Z_NO_FLUSH);
        RETURN_IF(result == Z_MEM_ERROR, err, AXL_NO_MEMORY, "not enough memory for gzip");
        const size_t made = OUT_BYTES - g->stream.avail_out;
        if (made > 0) FORWARD(g->sink(g->ctx, g->out, made, err));
        if (result == Z_STREAM_END) {
            g->state = MEMBER_END;
            return AXL_OK;
        }
        if (result != Z_OK && result != Z_BUF_ERROR) {
            g->state = DAMAGED;
            return AXL_OK;
        }
        // A full buffer may hide more output, also when the input is used up.
    } while (g->stream.avail_in > 0 || g->stream.avail_out == 0);
    return AXL_OK;
}

// Between members: another one, or padding.
static void begin_member(gzip *g) {
    const char next = (char)*g->stream.next_in;
    if (g->state == MEMBER_END && next == '\0') {
        g->state = PADDING;
        return;
    }
    if (g->state == MEMBER_END && inflateReset(&g->stream) != Z_OK)
        g->state = DAMAGED;
    else
        g->state = MEMBER;
}

static void skip_padding(gzip *g) {
    for (; g->stream.avail_in > 0; g->stream.next_in++, g->stream.avail_in--) {
        if (*g->stream.next_in == 0) continue;
        g->state = DAMAGED;
        return;
    }
}

axl_status gzip_feed(gzip *g, const void *data, size_t bytes, axl_error *err) {
    RETURN_IF(bytes > 1u << 30, err, AXL_INTERNAL, "a piece of gzip data is too large");
    g->stream.next_in = (z_const Bytef *)(uintptr_t)data;
    g->stream.avail_in = (uInt)bytes;
    while (g->stream.avail_in > 0 && g->state != DAMAGED) {
        if (g->state == MEMBER)
            FORWARD(decode(g, err));
        else if (g->state == PADDING)
            skip_padding(g);
        else
            begin_member(g);
    }
    return AXL_OK;
}

bool gzip_damaged(const gzip *g, bool all) {
    return g->state == DAMAGED || (all && (g->state == MEMBER || g->state == MEMBER_FIRST));
}
