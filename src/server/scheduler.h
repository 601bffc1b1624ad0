// The only owner of sessions. Its thread takes requests from a bounded queue, gives each of its
// texts a session (one that has already read the longest beginning of the prompt, where there is
// one), and advances all running sessions together, step by step: a prompt is read in pieces, so
// that no one waits for a long one. What a request gets does not depend on what runs beside it.
#ifndef SERVER_SCHEDULER_H
#define SERVER_SCHEDULER_H

#include "server/answer.h"
#include "server/catalog_body.h"
#include "server/registry.h"

// What becomes of a request, told on the scheduler's thread in the order of server/answer.h. One
// of finish, fail and drop is the last, exactly once. ctx is the submitter's. None may wait for
// anything: all other texts wait with it.
typedef struct job_events {
    // The prompt of a choice was read: see answer_prompt. Only where the request has echo.
    void (*prompt)(void *ctx, size_t choice, const chooser_choice *tokens, const float (*gates)[3]);
    // More of a text. Small pieces are held together for some milliseconds, but for the first one.
    void (*text)(void *ctx, const answer_piece *piece);
    void (*end)(void *ctx, size_t choice, generation_end end, const stop_string *word);
    // vectors [prompts, channels]: of an embedding, NULL else.
    void (*finish)(void *ctx, const answer_counts *counts, const float *vectors);
    void (*fail)(void *ctx, const refusal *why);
    void (*drop)(void *ctx); // the client is gone, nothing more is computed
    // Whether the client is gone: asked before every step.
    bool (*gone)(void *ctx);
    void *ctx;
} job_events;

typedef struct scheduler_spec {
    registry *models;   // borrowed, complete
    const kernels *k;   // copied; NULL: the best that run here
    size_t threads;     // of the computation; 0: as many as the process may use
    size_t running;     // texts that are written at the same time
    size_t queue;       // requests that may wait while all of these are taken
    size_t cache_bytes; // of memory for texts that have been read, over all models
    uint64_t hold_ns;   // how long small pieces of a text are held together
} scheduler_spec;

extern const scheduler_spec scheduler_spec_standard; // models: NULL

typedef struct scheduler scheduler;

axl_status scheduler_create(scheduler **out, const scheduler_spec *spec, axl_error *err);

// Borrows *r, as the answer that is made of the events does, until the last event has been told,
// and calls e from now on, possibly before it returns. False: *why says why not, nothing is called.
bool scheduler_submit(scheduler *s, const request *r, const job_events *e, refusal *why);

// No new requests; those that are there may go on until `deadline_ns` from now, then they fail.
// Returns when the last one has ended. From any thread, also again, to shorten the time.
void scheduler_stop(scheduler *s, uint64_t deadline_ns);
void scheduler_free(scheduler *s); // after scheduler_stop; NULL is fine

// Figures as they are now, for /metrics, /slots and /props; refused is the transport's and stays 0.
// slots [capacity], of which *count. From any thread.
void scheduler_metrics(scheduler *s, server_metrics *out);
void scheduler_slots(scheduler *s, slot_facts *slots, size_t capacity, size_t *count);

#endif
