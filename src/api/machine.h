// What a call of the library runs on: kernels of a level, and threads.
#ifndef API_MACHINE_H
#define API_MACHINE_H

#include "kernels/kernels.h"
#include "parallel/pool.h"

typedef struct machine {
    kernels k;
    pool *pool; // owned
    size_t threads;
} machine;

// level NULL: the best that runs here; threads 0: as many as the process may use. Nothing to close
// after a failure.
axl_status machine_open(machine *out, const char *level, size_t threads, axl_error *err);
void machine_close(machine *m);

#endif
