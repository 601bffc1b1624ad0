#include "api/machine.h"

#include <axl/cpu.h>

#include "base/error.h"
#include "os/thread.h"

axl_status machine_open(machine *out, const char *level, size_t threads, axl_error *err) {
    const char *chosen;
    *out = (machine){.threads = threads ? threads : os_cpu_count()};
    FORWARD(axl_cpu_select(level, &chosen, err));
    RETURN_IF(threads > POOL_THREADS_MAX, err, AXL_BAD_ARGUMENT,
              "%zu threads are over the limit of %zu", threads, POOL_THREADS_MAX);
    RETURN_IF(!kernels_select(kernels_level_by_name(chosen), &out->k), err, AXL_INTERNAL,
              "no kernels of level '%s'", chosen);
    return pool_create(&out->pool, out->threads, err);
}

void machine_close(machine *m) {
    pool_free(m->pool);
    m->pool = NULL;
}
