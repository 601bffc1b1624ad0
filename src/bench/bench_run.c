#include "bench/bench_run.h"

#include "base/error.h"
#include "base/strings.h"
#include "os/memory.h"

axl_status bench_step(bench_run *run, const char *what, axl_error *err) {
    int stop = 0;
    if (run->progress) stop = run->progress(run->progress_ctx, what, run->done, run->total);
    run->done++;
    RETURN_IF(stop, err, AXL_INTERRUPTED, "stopped before %s", what);
    return AXL_OK;
}

axl_status bench_check_memory(size_t bytes, axl_error *err) {
    uint64_t available = os_memory_available();
    if (bytes <= available) return AXL_OK;
    char need[STRING_SIZE_MAX], have[STRING_SIZE_MAX];
    return error_set(err, AXL_NO_MEMORY, "this needs %s of memory (%zu bytes), %s are available",
                     string_size(need, bytes), bytes, string_size(have, available));
}
