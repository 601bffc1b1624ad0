// One question to a server, as far as it is not that of a client.
#ifndef SERVER_DOCTOR_ASK_H
#define SERVER_DOCTOR_ASK_H

#include "base/buf.h"
#include <axl/status.h>

#include <stdbool.h>
#include <stdint.h>

typedef struct doctor_server {
    const char *url; // as in doctor_spec
    const char *key; // NULL: none
    uint64_t patience_ns;
} doctor_server;

typedef struct doctor_question {
    const char *path;
    const buf *body; // NULL: a GET
    const char *accept;
    bool hangs_up; // leave as soon as something of the answer's body is there
} doctor_question;

typedef struct doctor_answer {
    int status;    // of HTTP; 0: there is none
    char type[64]; // media type, without parameters
    buf body;      // owned
    double seconds;
} doctor_answer;

// What the transport says is in err; *out is to be freed with buf_free(&out->body) in any case.
axl_status doctor_ask(const doctor_server *s, const doctor_question *q, doctor_answer *out,
                      axl_error *err);

#endif
