#include "tensor/exec.h"

#include "base/error.h"
#include "base/sizes.h"

// Of operands that a tile reads and writes: fits the second-level cache, and takes long enough
// (some microseconds) that handing it out costs nothing.
#define TILE_BYTES ((size_t)128 << 10)

axl_status exec_need(const exec *ex, size_t bytes, const char *op, axl_error *err) {
    RETURN_IF(bytes == EXEC_TOO_LARGE, err, AXL_TOO_LARGE, "%s: sizes too large", op);
    RETURN_IF(bytes > ex->scratch_bytes || (bytes > 0 && !ex->scratch), err, AXL_INTERNAL,
              "%s: needs %zu bytes of scratch, has %zu", op, bytes, ex->scratch_bytes);
    RETURN_IF((uintptr_t)ex->scratch % EXEC_ALIGN != 0, err, AXL_INTERNAL,
              "%s: the scratch is not aligned to %zu", op, EXEC_ALIGN);
    return AXL_OK;
}

size_t exec_parts(size_t bytes, size_t count, size_t *part) {
    size_t total;
    if (!size_align_up(bytes, EXEC_ALIGN, part) || !size_mul(*part, count, &total)) {
        *part = 0;
        return EXEC_TOO_LARGE;
    }
    return total;
}

size_t exec_tile_rows(size_t row_bytes) {
    return row_bytes < TILE_BYTES ? TILE_BYTES / size_max(row_bytes, 1) : 1;
}
