// What engines and sessions of the public interface are made of. Internal to api_engine.c,
// api_session.c and api_generate.c.
#ifndef API_GENERATE_PARTS_H
#define API_GENERATE_PARTS_H

#include <axl/generate.h>

#include "api/machine.h"
#include "infer/batch.h"
#include "os/thread.h"
#include "store/generation_json.h"

// Invariant: only the holder of the lock runs the batch, and with it the pool.
struct axl_engine {
    machine m;
    engine model;
    generation_settings settings;
    os_mutex lock;
    batch *batch; // of one session: sessions of different threads take turns
};

struct axl_session {
    axl_engine *of;
    session *s;
    size_t marks;        // symbols of the text that are no bytes: BOS, and those of an infill
    uint64_t read_bytes; // since the last generation
    double read_seconds;
};

// One step of the model for this session.
axl_status engine_pass(axl_session *text, axl_error *err);

#endif
