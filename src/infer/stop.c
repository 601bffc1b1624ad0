#include "infer/stop.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/sizes.h"

#include <string.h>

// The longest beginning of s that the bytes so far, of which `matched` agreed, end with after byte.
static size_t advance(const stop_one *s, size_t matched, uint8_t byte) {
    while (matched > 0 && (matched == s->size || s->bytes[matched] != byte))
        matched = s->shorter[matched - 1];
    return matched + (s->bytes[matched] == byte);
}

static axl_status one_create(stop_one *out, const stop_string *s, axl_error *err) {
    out->size = s->size;
    out->bytes = mem_alloc(s->size);
    out->shorter = mem_zalloc_array(s->size, sizeof *out->shorter);
    if (!out->bytes || !out->shorter) return error_no_memory(err, "a stop string", 3 * s->size);
    memcpy(out->bytes, s->bytes, s->size);
    for (size_t i = 1; i < s->size; i++)
        out->shorter[i] = (uint16_t)advance(out, out->shorter[i - 1], out->bytes[i]);
    return AXL_OK;
}

axl_status stop_create(stop_matcher *out, const stop_string *list, size_t count, axl_error *err) {
    *out = (stop_matcher){0};
    RETURN_IF(count > STOP_COUNT_MAX, err, AXL_BAD_ARGUMENT, "%zu stop strings, at most %zu", count,
              STOP_COUNT_MAX);
    for (size_t i = 0; i < count; i++)
        RETURN_IF(list[i].size == 0 || list[i].size > STOP_BYTES_MAX, err, AXL_BAD_ARGUMENT,
                  "a stop string of %zu bytes, should be 1 to %zu", list[i].size, STOP_BYTES_MAX);
    if (count == 0) return AXL_OK;
    out->list = mem_zalloc_array(count, sizeof *out->list);
    if (!out->list) return error_no_memory(err, "stop strings", count * sizeof *out->list);
    out->count = count;
    axl_status status = AXL_OK;
    for (size_t i = 0; i < count && status == AXL_OK; i++)
        status = one_create(&out->list[i], &list[i], err);
    if (status != AXL_OK) stop_free(out);
    return status;
}

void stop_free(stop_matcher *m) {
    for (size_t i = 0; i < m->count; i++) {
        mem_free(m->list[i].bytes);
        mem_free(m->list[i].shorter);
    }
    mem_free(m->list);
    *m = (stop_matcher){0};
}

void stop_reset(stop_matcher *m) {
    for (size_t i = 0; i < m->count; i++) m->list[i].matched = 0;
}

stop_found stop_push(stop_matcher *m, uint8_t byte) {
    stop_found found = {0};
    for (size_t i = 0; i < m->count; i++) {
        stop_one *s = &m->list[i];
        s->matched = advance(s, s->matched, byte);
        if (s->matched == s->size) found.size = size_max(found.size, s->size);
        found.held = size_max(found.held, s->matched);
    }
    return found;
}
