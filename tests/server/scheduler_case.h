// What the tests of the scheduler share: small models in files, requests, and somebody who notes
// what becomes of them.
#ifndef SERVER_SCHEDULER_CASE_H
#define SERVER_SCHEDULER_CASE_H

#include "model/model_case.h"
#include "os/scratch.h"
#include "os/thread.h"
#include "server/scheduler.h"

#include "infer/batch.h"

#define CASE_CHOICES ((size_t)16)
#define CASE_CONTEXT ((size_t)512)

// Two models, "one" and "two", of one shape and different weights.
typedef struct served_case {
    scratch box;
    registry *models;
    scheduler *s;
    scheduler_spec spec; // with which it was made
} served_case;

// running, queue: as in scheduler_spec. The scheduler keeps texts, and holds nothing back.
void served_case_make(served_case *c, size_t running, size_t queue);
void served_case_start(served_case *c); // a new scheduler with c->spec
void served_case_end(served_case *c);   // stops and frees the scheduler
void served_case_free(served_case *c);
void served_case_write(const served_case *c, const char *name, uint64_t seed); // a model, anew

const model_facts *served_model_of(const served_case *c, const char *name);

// A request with the text as its prompt, to be freed with request_free: greedy, 40 bytes, no EOS.
request case_request(const served_case *c, const char *model, const char *text);
void case_add_prompt(request *r, const char *text);
void case_add_stop(request *r, const char *word);
void case_seed(request *r, uint64_t seed); // temperature 1

// A random text that differs from those of other seeds from its first byte on.
void case_text(char *out, size_t size, uint64_t seed); // size: with the terminator

typedef enum heard_end { HEARD_NOTHING, HEARD_FINISH, HEARD_FAIL, HEARD_DROP } heard_end;

typedef struct heard_choice {
    buf text, events;                // events: "pttte", in the order in which they came
    chooser_choice *tokens, *prompt; // [text.size], [prompt_count]
    float (*gates)[3], (*prompt_gates)[3];
    size_t prompt_count;
    generation_end end;
    char word[64];
} heard_choice;

typedef struct heard {
    const request *r;
    heard_choice choice[CASE_CHOICES];
    answer_counts counts;
    float *vectors; // [prompts, channels]
    size_t numbers; // in them
    refusal why;
    os_mutex lock; // with it:
    os_cond changed;
    heard_end end;
    size_t bytes; // of all texts so far
    size_t leave; // the client is gone after so many bytes; SIZE_MAX: never
    bool blocked; // gone() waits
    bool asked;   // gone() was called
} heard;

void heard_make(heard *h);
void heard_free(heard *h);
job_events heard_events(heard *h);

// Submits, which must be accepted; *r must live until the end.
void heard_submit(heard *h, const served_case *c, const request *r);
heard_end heard_wait(heard *h); // for the last event
void heard_wait_bytes(heard *h, size_t bytes);
void heard_wait_asked(heard *h);
void heard_unblock(heard *h);

// Both together, and what came of it must be a finish.
void heard_ask(heard *h, const served_case *c, const request *r);

// What a session by itself makes of the request: the text of a candidate of a prompt, with
// generation_end as the result.
generation_end case_alone(const served_case *c, const request *r, size_t prompt, size_t candidate,
                          buf *out);

void case_same_text(const buf *a, const buf *b);

#endif
