// A request at work: its texts, and the events that tell of them. Internal to the scheduler and to
// its thread, but for job_create.
#ifndef SERVER_JOB_H
#define SERVER_JOB_H

#include "infer/generation.h"
#include "server/prompt_watch.h"
#include "server/scheduler.h"

typedef struct job job;
typedef struct served_model served_model;

typedef enum text_state { TEXT_WAITS, TEXT_READS, TEXT_WRITES, TEXT_ENDED } text_state;

// A text that is written behind a prompt: candidate number % candidates of prompt
// number / candidates. Of a vector: the prompt alone.
typedef struct job_text {
    job *j;
    size_t number;
    text_state state;
    session *s;              // owned, while it reads and writes
    generation g;            // from TEXT_WRITES on, until it is told
    size_t told;             // bytes
    uint64_t told_ns;        // when
    uint64_t byte_ns;        // when the newest byte was there
    const stop_string *word; // that ended it, or NULL
    double merit;            // where texts are ranked
} job_text;

// What the texts of a prompt share.
typedef struct job_prompt {
    session *base;      // owned: the prompt was read, and candidates are still to begin from it
    prompt_watch watch; // of requests that want it
    bool read;
    size_t ended; // candidates
} job_prompt;

struct job {
    const request *r; // borrowed
    job_events e;
    uint64_t number;
    served_model *m;
    size_t candidates; // of each prompt; 1 for vectors
    size_t prompt_count;
    size_t text_count;   // 0 for what only loads
    job_text *texts;     // [text_count]; owned, NULL until it has begun
    job_prompt *prompts; // [prompt_count]; owned
    float *vectors;      // [prompt_count, channels], where they are asked for; owned
    uint64_t seed;
    size_t running, reading, ended; // texts
    bool first;                     // a byte was written
    generation_end end;             // of the newest text that ended
    answer_counts counts;
    uint64_t came_ns, mark_ns; // mark: up to where the counts have the time
    job *next;
};

// NULL: no memory. The caller gives it back with job_free.
job *job_create(const request *r, const job_events *e);

// Its sessions too. The request is gone by now. NULL is fine.
void job_free(job *j);

// Room for its texts.
axl_status job_begin(job *j, axl_error *err);

static inline bool job_has_begun(const job *j) {
    return j->texts != NULL;
}

static inline size_t text_prompt(const job_text *t) {
    return t->number / t->j->candidates;
}

static inline size_t text_candidate(const job_text *t) {
    return t->number % t->j->candidates;
}

// More candidates than are shown: nothing is told before all of a prompt's are there.
static inline bool job_ranks(const job *j) {
    return j->candidates > j->r->choices;
}

// Adds the time since the last call to what was read or written.
void job_charge(job *j, uint64_t now);

// What is new of the text, where it is time to tell it.
void job_tell(job_text *t, uint64_t now, uint64_t hold_ns);

// The text begins, and ends: t->g.end says how. After the end its generation may be gone.
void job_tell_prompt(const job_text *t);
void job_tell_end(job_text *t);

#endif
