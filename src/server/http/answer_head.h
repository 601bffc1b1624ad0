// The head of an answer as bytes.
#ifndef SERVER_HTTP_ANSWER_HEAD_H
#define SERVER_HTTP_ANSWER_HEAD_H

#include "server/http/http.h"

// How a client knows where the body ends.
typedef enum answer_framing {
    ANSWER_NONE, // it has none by its status
    ANSWER_SIZED,
    ANSWER_CHUNKED,
    ANSWER_UNTIL_CLOSED,
} answer_framing;

typedef struct answer_head_spec {
    int status;
    const http_field *fields; // [count]; those that are set here are left out
    size_t count;
    answer_framing framing;
    uint64_t size;    // with ANSWER_SIZED
    bool close;       // the connection ends behind the answer
    bool old;         // the request was HTTP/1.0, which does not keep connections by itself
    uint64_t wall_ns; // now
} answer_head_spec;

// Statuses whose answers never have a body: 1xx, 204 and 304.
bool answer_is_bare(int status);

// Appends the status line, the fields, and Date, Connection and the length. Control characters in
// fields become spaces, so that none of them can end its line.
bool answer_head_put(buf *out, const answer_head_spec *head);

// "Sun, 06 Nov 1994 08:49:37 GMT"
bool http_date_put(buf *out, uint64_t wall_ns);

#endif
