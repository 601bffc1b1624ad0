#include "eval/eval_compress.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/sizes.h"
#include "base/strings.h"
#include "os/process.h"

#include <string.h>
#include <zlib.h>

#define PIECE ((size_t)65536)

// The documents one after the other as one stream of bytes, or one of them.
typedef struct stream {
    const eval_compress *a;
    size_t at, end; // documents
    uint64_t offset;
    eval_text text;
    uint64_t done, total; // bytes, for the progress
    bool stopped;         // by the progress
    bool failed;          // a document could not be read
} stream;

static uint64_t all_bytes(const eval_compress *a) {
    uint64_t bytes = 0;
    for (size_t i = 0; i < a->count; i++) bytes += a->list[i].bytes;
    return bytes;
}

// From now on the stream is the documents first .. end-1.
static void stream_begin(stream *s, size_t first, size_t end) {
    eval_text_close(&s->text);
    s->at = first;
    s->end = end;
    s->offset = 0;
}

static axl_status stream_report(stream *s, axl_error *err) {
    const eval_compress *a = s->a;
    s->stopped =
        s->stopped || (a->progress && a->progress(a->progress_ctx, s->done, s->total) != 0);
    RETURN_IF(s->stopped, err, AXL_INTERRUPTED, "interrupted");
    return AXL_OK;
}

static axl_status stream_read(stream *s, void *to, size_t size, size_t *got, axl_error *err) {
    *got = 0;
    while (s->at < s->end && s->offset == s->a->list[s->at].bytes) {
        eval_text_close(&s->text);
        s->at++;
        s->offset = 0;
    }
    if (s->at == s->end) return AXL_OK;
    const eval_document *d = &s->a->list[s->at];
    if (s->offset == 0) FORWARD(eval_text_open(&s->text, d, err));
    const uint64_t left = d->bytes - s->offset;
    const size_t part = left < size ? (size_t)left : size;
    FORWARD(eval_text_read(&s->text, s->offset, to, part, err));
    s->offset += part;
    s->done += part;
    *got = part;
    return AXL_OK;
}

// Sets *packed to the bytes after compression of the stream.
typedef axl_status pack_stream(stream *s, void *ctx, uint64_t *packed, axl_error *err);

// Every document by itself, then all of them joined. With out->missing set in between: no more.
static axl_status pack_all(const eval_compress *a, pack_stream *fn, void *ctx, eval_packed *out,
                           axl_error *err) {
    stream s = {.a = a, .total = (a->joined_only ? 1 : 2) * all_bytes(a)};
    axl_status status = AXL_OK;
    for (size_t i = a->joined_only ? a->count : 0;
         i <= a->count && status == AXL_OK && !out->missing[0]; i++) {
        const bool joined = i == a->count;
        uint64_t *packed = joined ? &out->joined : &out->each[i];
        *packed = 0;
        if (!joined && a->list[i].bytes == 0) continue;
        stream_begin(&s, joined ? 0 : i, joined ? a->count : i + 1);
        status = stream_report(&s, err);
        if (status == AXL_OK) status = fn(&s, ctx, packed, err);
    }
    eval_text_close(&s.text);
    return status;
}

// ---- gzip ----

static voidpf zlib_alloc(voidpf opaque, uInt items, uInt size) {
    (void)opaque;
    return mem_zalloc_array(items, size);
}

static void zlib_free(voidpf opaque, voidpf block) {
    (void)opaque;
    mem_free(block);
}

typedef struct gzip {
    z_stream z;
    Bytef in[PIECE], out[PIECE];
} gzip;

static axl_status gzip_stream(stream *s, void *ctx, uint64_t *packed, axl_error *err) {
    gzip *g = ctx;
    z_stream *z = &g->z;
    RETURN_IF(deflateReset(z) != Z_OK, err, AXL_INTERNAL, "zlib cannot begin again");
    for (int code = Z_OK; code != Z_STREAM_END;) {
        size_t got;
        FORWARD(stream_report(s, err));
        FORWARD(stream_read(s, g->in, sizeof g->in, &got, err));
        z->next_in = g->in;
        z->avail_in = (uInt)got;
        do {
            z->next_out = g->out;
            z->avail_out = sizeof g->out;
            code = deflate(z, got ? Z_NO_FLUSH : Z_FINISH);
            RETURN_IF(code == Z_STREAM_ERROR, err, AXL_INTERNAL, "zlib cannot compress");
            *packed += sizeof g->out - z->avail_out;
        } while (z->avail_out == 0);
    }
    return AXL_OK;
}

axl_status eval_compress_gzip(const eval_compress *a, eval_packed *out, axl_error *err) {
    enum { LEVEL = 9, WINDOW = 15, GZIP = 16, MEMORY = 8 }; // the program's own
    out->missing[0] = '\0';
    gzip *g = mem_zalloc(sizeof *g);
    if (!g) return error_no_memory(err, "gzip", sizeof *g);
    g->z.zalloc = zlib_alloc;
    g->z.zfree = zlib_free;
    axl_status status;
    if (deflateInit2(&g->z, LEVEL, Z_DEFLATED, WINDOW + GZIP, MEMORY, Z_DEFAULT_STRATEGY) == Z_OK) {
        status = pack_all(a, gzip_stream, g, out, err);
        deflateEnd(&g->z);
    } else {
        status = error_no_memory(err, "gzip", (size_t)1 << 18);
    }
    mem_free(g);
    return status;
}

// ---- xz ----

static bool xz_stop(void *ctx) {
    axl_error ignored;
    return stream_report(ctx, &ignored) != AXL_OK;
}

static axl_status xz_read(void *ctx, void *to, size_t size, size_t *got, axl_error *err) {
    stream *s = ctx;
    const axl_status status = stream_read(s, to, size, got, err);
    s->failed = status != AXL_OK;
    return status;
}

static axl_status xz_stream(stream *s, void *ctx, uint64_t *packed, axl_error *err) {
    eval_packed *out = ctx;
    static const char *const argv[] = {"xz", "--format=xz", "-9e", "-T1", "-c", NULL};
    const os_process p = {.argv = argv,
                          .read = xz_read,
                          .read_ctx = s,
                          .count_only = packed,
                          .stop = xz_stop,
                          .stop_ctx = s};
    int code = 0;
    buf unused = {0};
    axl_error why;
    const axl_status status = os_process_run(&p, &unused, &code, &why);
    if (status == AXL_NOT_FOUND && !s->failed) {
        string_copy(out->missing, sizeof out->missing, "xz is not installed");
    } else if (status != AXL_OK) {
        return error_set(err, status, "%s", why.text);
    } else if (code != 0) {
        string_format(out->missing, sizeof out->missing, NULL,
                      "xz ended with code %d (it needs 674 MiB of memory)", code);
    }
    return AXL_OK;
}

axl_status eval_compress_xz(const eval_compress *a, eval_packed *out, axl_error *err) {
    out->missing[0] = '\0';
    return pack_all(a, xz_stream, out, out, err);
}
