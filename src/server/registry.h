// The models of a server by name. The facts of each are read when it is added, which takes
// milliseconds; its weights are loaded by the scheduler when the first request asks for it.
#ifndef SERVER_REGISTRY_H
#define SERVER_REGISTRY_H

#include "infer/engine.h"
#include "server/catalog.h"

typedef struct registry registry;

axl_status registry_create(registry **out, axl_error *err);
void registry_free(registry *r); // NULL is fine

// path: a model directory or file. name: NULL: the last part of the path without its ending. The
// first one is the standard model. AXL_BAD_ARGUMENT where the name is taken or is none
// ([A-Za-z0-9._-], at most 80, no dot at the beginning).
axl_status registry_add(registry *r, const char *path, const char *name, axl_error *err);

// After the last registry_add. Facts whose loaded_bytes change are written by the scheduler's
// thread alone; take a copy with registry_facts where they must agree.
catalog *registry_catalog(registry *r);

// ---- for the scheduler's thread ----

// The engine of a model, loaded where it is not. Machine facts come from the scheduler.
axl_status registry_load(registry *r, const model_facts *m, const kernels *k, pool *p,
                         const engine **out, axl_error *err);
void registry_unload(registry *r, const model_facts *m); // no session of it may be left

#endif
