// Benchmark files: their strings.
#include "data/overlap.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/sizes.h"
#include "base/strings.h"
#include "data/gzip.h"
#include "data/json_strings.h"
#include "os/file.h"

static axl_status take_piece(void *ctx, const char *data, size_t bytes, axl_error *err) {
    buf *text = ctx;
    RETURN_IF(bytes > OVERLAP_FILE_MAX - text->size, err, AXL_TOO_LARGE,
              "a benchmark file of more than 256 MiB");
    return buf_append(text, data, bytes) ? AXL_OK : error_no_memory(err, "a benchmark", text->size);
}

// gzip takes pieces of up to 1 GiB, which the file is below.
static axl_status unpack(const void *data, size_t bytes, buf *out, axl_error *err) {
    gzip *g;
    FORWARD(gzip_open(&g, take_piece, out, err));
    axl_status status = gzip_feed(g, data, bytes, err);
    if (status == AXL_OK && gzip_damaged(g, true))
        status = error_set(err, AXL_BAD_FILE, "damaged gzip data");
    gzip_close(g);
    return status;
}

static axl_status take_string(void *ctx, const char *text, size_t bytes, axl_error *err) {
    return overlap_add_text(ctx, text, bytes, err);
}

static axl_status add_content(overlap *o, const char *path, char *text, size_t bytes,
                              axl_error *err) {
    const bool json = string_ends(path, ".json") || string_ends(path, ".jsonl") ||
                      string_ends(path, ".json.gz") || string_ends(path, ".jsonl.gz");
    const size_t before = overlap_texts(o);
    if (json)
        FORWARD(json_strings_each(text, bytes, take_string, o, err));
    else
        FORWARD(overlap_add_text(o, text, bytes, err));
    RETURN_IF(overlap_texts(o) == before, err, AXL_BAD_FILE,
              "nothing to compare with: no text of %d words", OVERLAP_LEAST);
    return AXL_OK;
}

axl_status overlap_add_file(overlap *o, const char *path, axl_error *err) {
    void *data;
    size_t bytes;
    buf unpacked = {0};
    FORWARD(os_file_read(path, OVERLAP_FILE_MAX, &data, &bytes, err));
    axl_status status;
    if (string_ends(path, ".gz")) {
        status = unpack(data, bytes, &unpacked, err);
        if (status == AXL_OK) status = add_content(o, path, unpacked.data, unpacked.size, err);
    } else {
        status = add_content(o, path, data, bytes, err);
    }
    mem_free(data);
    buf_free(&unpacked);
    return status == AXL_OK ? AXL_OK : error_context(err, status, "%s", path);
}
