// What the model makes of a prompt while it reads it: the probability of each of its symbols, how
// the scales were weighted for it, and the mean of what it computed, which is the prompt's vector.
#ifndef SERVER_PROMPT_WATCH_H
#define SERVER_PROMPT_WATCH_H

#include "infer/session.h"
#include "server/request.h"

// {0} watches nothing. Read the fields.
typedef struct prompt_watch {
    const request *r;        // borrowed
    const request_prompt *p; // borrowed
    chooser_choice *tokens;  // [count - own], where probabilities are asked for; owned
    float (*gates)[3];       // [count - own], where they are asked for; owned
    double *sum;             // [channels], where a vector is asked for; owned
    size_t seen;             // positions
} prompt_watch;

// Whether a request wants it.
bool request_is_watched(const request *r);

axl_status prompt_watch_create(prompt_watch *out, const request *r, const request_prompt *p,
                               axl_error *err);
void prompt_watch_free(prompt_watch *w); // leaves {0}

// Lets it watch a session, until session_watch(s, NULL). It must stay where it is.
axl_status prompt_watch_join(prompt_watch *w, session *s, axl_error *err);

// The vector [channels]: the mean over all symbols of the prompt.
void prompt_watch_vector(const prompt_watch *w, float *out);

#endif
