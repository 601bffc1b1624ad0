// From the bytes of a body to a request: pure functions, no socket, no session, no clock.
#ifndef SERVER_DIALECT_H
#define SERVER_DIALECT_H

#include "server/dialects/body.h"
#include "server/request.h"

// What a client sent, without its headers. Borrows everything.
typedef struct request_source {
    route route;
    const void *body;
    size_t size;
} request_source;

// Reads a request. False with *why filled in; then there is nothing to free. Only for routes that
// have a body (those of POST), but /detokenize and /api/show go on with `tokens` and `model` alone.
bool request_read(request *r, const request_source *from, const catalog *c, refusal *why);

// ---- between the dialects ----

// One dialect's part of it, with r->route, r->model and the defaults there. What it leaves in *r
// after a failure is freed for it.
bool openai_read(request *r, const body *b);
bool llama_read(request *r, const body *b);
bool ollama_read(request *r, const body *b);

// Chooses the model by the field "model", or "name" where that is absent.
bool request_model(request *r, const body *b, const catalog *c);

#endif
