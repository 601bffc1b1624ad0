// What joins the transport, the dialects and the scheduler. A request is let in (front_policy.h),
// read by its dialect on the transport's thread, and given to the scheduler, whose events are
// rendered and sent on the scheduler's thread; everything that needs no model is answered at once.
#ifndef SERVER_FRONT_H
#define SERVER_FRONT_H

#include "server/front/front_policy.h"
#include "server/scheduler.h"
#include <axl/serve.h>

#define FRONT_BODY_MAX ((size_t)64 << 20) // bytes of a body that the dialects read

typedef struct front_spec {
    front_policy policy; // what it points at is borrowed, as all else
    registry *models;    // complete
    scheduler *work;
    size_t slots;        // of the scheduler
    const char *version; // of the program
    axl_server_log *log; // may be NULL
    void *log_ctx;
} front_spec;

typedef struct front front;

axl_status front_create(front **out, const front_spec *spec, axl_error *err);

// After the transport, whose last exchanges call it. NULL is fine.
void front_free(front *f);

// For http_create.
http_handler front_handler(front *f);

// The port where "/" answers as Ollama does; 0: none. Before the transport runs.
void front_set_ollama_port(front *f, unsigned port);

// From now on the server is not ready for more, and what still runs `deadline_ns` from now is told
// that it ends. From signal handlers too.
void front_stop(front *f, uint64_t deadline_ns);

#endif
