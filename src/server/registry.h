// The models of a server by name. The facts of each are read when it is added, which takes
// milliseconds; its weights are loaded by the scheduler when the first request asks for it.
#ifndef SERVER_REGISTRY_H
#define SERVER_REGISTRY_H

#include "infer/engine.h"
#include "server/catalog.h"

#define MODEL_NAME_MAX ((size_t)80)

typedef struct registry registry;

axl_status registry_create(registry **out, axl_error *err);
void registry_free(registry *r); // NULL is fine

// path: a model directory or file. name: NULL: the last part of the path without its ending. The
// first one is the standard model. AXL_BAD_ARGUMENT where the name is taken or is none
// ([A-Za-z0-9._-], at most MODEL_NAME_MAX, no dot at the beginning).
axl_status registry_add(registry *r, const char *path, const char *name, axl_error *err);

// After the last registry_add. What requests are read with: its facts never change, so that digest
// is "" in it and loaded_bytes 0. The caller may set its limits and any_name before requests come.
catalog *registry_catalog(registry *r);

// The same facts as they are now, for answers about models; list: [count of the catalog]. Strings
// stay the registry's. A digest is "" until registry_hash has found it, or where the file cannot be
// read. From any thread.
void registry_facts(registry *r, model_facts *list);

// Calls done(ctx) once all digests are known: before it returns where they are, on a thread of the
// registry otherwise, which reads the files for it. False: nothing will be called. From any thread.
typedef void registry_done(void *ctx);
bool registry_hash(registry *r, registry_done *done, void *ctx);

// ---- for the scheduler's thread ----

typedef struct registry_machine {
    const kernels *k; // copied
    pool *p;          // must outlive what is loaded
} registry_machine;

// The engine of a model, loaded where it is not.
axl_status registry_load(registry *r, const model_facts *m, const registry_machine *machine,
                         const engine **out, axl_error *err);
void registry_unload(registry *r, const model_facts *m); // no session of it may be left

#endif
