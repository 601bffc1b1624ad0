// What a scheduler is made of. Internal to scheduler*.c and job*.c; all of it belongs to the
// scheduler's thread, but for what stands behind the lock.
#ifndef SERVER_SCHEDULER_PARTS_H
#define SERVER_SCHEDULER_PARTS_H

#include "infer/batch.h"
#include "os/thread.h"
#include "server/job.h"
#include "server/prefix.h"
#include "server/scheduler.h"

// A model as the scheduler has it.
typedef struct served_model {
    const model_facts *facts;
    const engine *e; // NULL: not loaded
    batch *b;        // owned, with e
    size_t texts;    // of it that have a slot
} served_model;

// A text as it will begin when it has been cut next.
typedef struct read_ahead {
    served_model *m;   // NULL: there is none
    uint16_t *symbols; // [count]; owned
    size_t count, capacity;
    size_t read; // of them, as far as is known
} read_ahead;

struct scheduler {
    scheduler_spec spec;
    kernels k;
    pool *p;
    served_model *models; // [model_count]
    size_t model_count;
    size_t turn; // number of the model whose step was the last one

    job *jobs;        // in the order in which they came
    job_text **slots; // [spec.running]: texts that have a session to work with; NULL: free
    size_t taken;     // slots
    session **list;   // [spec.running]: those of a call
    prefix_cache cache;
    read_ahead ahead; // of the newest text that is about to be cut
    server_metrics metrics;
    rng seeds; // of requests that bring none

    os_thread thread;
    bool started;
    os_mutex lock;
    os_cond wake; // there is something new for the thread
    os_cond over; // the thread has ended
    // With the lock:
    job *incoming, **incoming_end;
    size_t waiting, free_slots;
    uint64_t number; // of the newest request
    bool stopping, ended;
    uint64_t deadline; // of os_clock_ns, while stopping
    server_metrics shown;
    slot_facts *shown_slots; // [spec.running]
};

// ---- scheduler.c ----

// Lets others see how things are now.
void scheduler_show(scheduler *s);

// ---- scheduler_start.c: what gets a slot ----

// Loads and unloads models that requests ask it for, and gives free slots to texts: the next one
// is that of the request which has the fewest of them, the oldest of these.
void scheduler_fill(scheduler *s);

// ---- scheduler_step.c: the work ----

// One step of the next model that has texts, and what follows from it.
void scheduler_step(scheduler *s);

// A text of an ended prompt begins to be written: its session is ready.
void scheduler_write(scheduler *s, job_text *t);

// ---- scheduler_ahead.c: while there is nothing to do ----

// The text's prompt was read: notes how it will begin next, where that is known and near.
void scheduler_foresee(scheduler *s, const job_text *t);

// Whether there is something to read ahead, and a piece of it.
bool scheduler_is_behind(const scheduler *s);
void scheduler_read_ahead(scheduler *s);

// ---- scheduler_end.c: how requests end ----

// Gives up the slot; the session is kept for others where that is of use.
void scheduler_release(scheduler *s, job_text *t);

// Each tells the last event; the job is gone afterwards.
void scheduler_finish(scheduler *s, job *j);
void scheduler_fail(scheduler *s, job *j, const refusal *why);
void scheduler_fail_error(scheduler *s, job *j, const axl_error *err);
void scheduler_drop(scheduler *s, job *j);

// Takes a model's memory; no text of it has a slot.
void scheduler_unload(scheduler *s, served_model *m);

#endif
