// Shared libraries of the peers. Once loaded they stay for the life of the process: their threads
// outlive every call and run the libraries' code, so there is no safe moment to unload them.
#ifndef BENCH_PEER_LIBRARY_H
#define BENCH_PEER_LIBRARY_H

#include "os/library.h"

#include <stddef.h>

typedef enum peer_library_id {
    PEER_ONEDNN,
    PEER_OPENMP,
    PEER_OPENBLAS,
    PEER_LIBRARIES
} peer_library_id;

// Loads the library, or finds it loaded. *out is borrowed and valid for ever.
axl_status peer_library_get(os_library **out, peer_library_id id, axl_error *err);

// Looks up all functions of a list; AXL_UNSUPPORTED names the one that is missing.
axl_status peer_library_bind(os_library *library, const char *const *names, size_t count,
                             os_function **functions, axl_error *err);

#endif
