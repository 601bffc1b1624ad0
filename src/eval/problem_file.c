#include "eval/problem.h"

#include "base/alloc.h"
#include "base/error.h"
#include "data/gzip.h"
#include "os/file.h"

static axl_status take(void *ctx, const char *data, size_t bytes, axl_error *err) {
    buf *out = ctx;
    RETURN_IF(bytes > PROBLEM_TEXT_MAX - out->size, err, AXL_TOO_LARGE,
              "more than %zu bytes of text", PROBLEM_TEXT_MAX);
    return buf_append(out, data, bytes) ? AXL_OK : error_no_memory(err, "a benchmark", bytes);
}

static axl_status unpack(buf *out, const void *data, size_t bytes, axl_error *err) {
    gzip *g;
    FORWARD(gzip_open(&g, take, out, err));
    axl_status status = gzip_feed(g, data, bytes, err);
    if (status == AXL_OK && gzip_damaged(g, true))
        status = error_set(err, AXL_BAD_FILE, "damaged gzip data");
    gzip_close(g);
    return status;
}

axl_status problem_file_read(buf *out, const char *path, axl_error *err) {
    *out = (buf){0};
    void *data;
    size_t bytes;
    FORWARD(os_file_read(path, PROBLEM_TEXT_MAX, &data, &bytes, err));
    const unsigned char *head = data;
    axl_status status = bytes >= 2 && head[0] == 0x1f && head[1] == 0x8b
                            ? unpack(out, data, bytes, err)
                            : take(out, data, bytes, err);
    mem_free(data);
    if (status == AXL_OK) return AXL_OK;
    buf_free(out);
    return error_context(err, status, "%s", path);
}
