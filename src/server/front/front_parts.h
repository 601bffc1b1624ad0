// What the files of server/front share.
#ifndef SERVER_FRONT_PARTS_H
#define SERVER_FRONT_PARTS_H

#include "server/front/front.h"

#include <stdatomic.h>

#define FRONT_STATUS_MAX 600 // of HTTP
#define FRONT_ID_MAX 65      // with its end

struct front {
    front_spec spec;
    char fingerprint[32];
    char (*names)[MODEL_NAME_MAX + 1]; // of the models, [count]; outlive the registry
    unsigned ollama_port;
    uint64_t id_seed;
    uint64_t start_s; // since 1970
    atomic_uint_fast64_t ids;
    atomic_uint_fast64_t stop_ns; // 0: go on; else when work ends
    // What the transport told.
    atomic_uint_fast64_t ended[FRONT_STATUS_MAX]; // exchanges by status
    atomic_uint_fast64_t read, written;           // bytes of bodies
};

// What the log wants to know of an exchange: the transport keeps it as its note. Owned by the
// exchange, freed when that is over.
typedef struct front_visit {
    char serial[17];       // ours
    char id[FRONT_ID_MAX]; // X-Request-Id: the client's where it has one
    const char *model;     // of front.names; NULL: none
} front_visit;

// An exchange as the functions here pass it on.
typedef struct front_call {
    front *f;
    http_exchange *x;
    const http_request *r;
    front_visit *visit; // NULL: memory ran out
} front_call;

// ---- the fields of an answer ----

#define FRONT_FIELDS_MAX 16

typedef struct front_fields {
    http_field list[FRONT_FIELDS_MAX]; // [count]
    size_t count;
    char retry[8];
} front_fields;

// Those that every answer has: what browsers may do with it, and its number.
void fields_begin(front_fields *to, const front_call *c);
void fields_add(front_fields *to, const char *name, const char *value); // borrowed

// Whole answers. They end the exchange, so that neither c->r nor c->visit may be touched behind
// them; the buffer is freed.
void front_send(const front_call *c, int status, const char *type, buf *body);
void front_refuse(const front_call *c, const refusal *why);
void front_preflight(const front_call *c);
void front_page(const front_call *c);

// Whether work has to end.
bool front_is_over(front *f);

// ---- answers ----

// The methods of a path: "GET", "POST"; NULL: there is no such path. *why where it is refused for
// another reason.
const char *front_method(const http_request *r, refusal *why);

// A GET that needs no model's work.
void front_state(const front_call *c, route asked);

// A POST: everything with a body.
void front_work(const front_call *c, route asked);

#endif
