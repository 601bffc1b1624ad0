#include "bench/peer_library.h"

#include "base/error.h"

#include <stdatomic.h>

static _Atomic(os_library *) loaded[PEER_LIBRARIES];

axl_status peer_library_get(os_library **out, peer_library_id id, axl_error *err) {
    static const char *const names[PEER_LIBRARIES] = {"libdnnl.so.2", "libgomp.so.1",
                                                      "libopenblas.so.0"};
    *out = atomic_load(&loaded[id]);
    if (*out) return AXL_OK;
    os_library *mine, *other = NULL;
    FORWARD(os_library_open(&mine, names[id], err));
    if (atomic_compare_exchange_strong(&loaded[id], &other, mine)) {
        *out = mine;
    } else { // another thread was faster; the loader counts, so this unloads nothing
        os_library_close(mine);
        *out = other;
    }
    return AXL_OK;
}

axl_status peer_library_bind(os_library *library, const char *const *names, size_t count,
                             os_function **functions, axl_error *err) {
    for (size_t i = 0; i < count; i++) {
        functions[i] = os_library_function(library, names[i]);
        RETURN_IF(!functions[i], err, AXL_UNSUPPORTED, "it has no function %s", names[i]);
    }
    return AXL_OK;
}
