// A strict HTTP/1.1 server. One thread moves bytes over epoll and never waits for anything else;
// requests are answered at once or later, from any thread.
//
//   bytes --parser--> http_request --handler.request--> ... http_answer, or
//                                                           http_begin, http_write..., http_end
//
// Nothing that a client does costs more than its own bounded memory: heads and bodies have limits
// and deadlines, an answer that is not read ends, a connection that says nothing is closed.
#ifndef SERVER_HTTP_HTTP_H
#define SERVER_HTTP_HTTP_H

#include "base/buf.h"
#include <axl/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Others are refused with 501.
typedef enum http_method { HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_OPTIONS, HTTP_DELETE } http_method;

typedef struct http_field {
    const char *name, *value; // no control characters in either
} http_field;

// A request as it came. Borrowed: as long as its exchange is neither answered nor ended.
typedef struct http_request {
    http_method method;
    const char *path;         // decoded, begins with '/'; no byte 0 in it
    const char *query;        // behind the '?', as it came; "": there is none
    const char *host;         // of the one field Host; "" in HTTP/1.0 without it
    const http_field *fields; // [field_count]
    size_t field_count;
    const void *body; // [size]; not there yet in handler.admit
    size_t size;      // of the body; SIZE_MAX in handler.admit while it is not known
    const char *peer; // "127.0.0.1:50312", or "unix"
    bool near;        // came over the loopback device or a Unix socket
    void *note;       // what http_note said; NULL: nothing
} http_request;

// The value of a field, whatever the case of its name; NULL: there is none. The first of several.
const char *http_field_of(const http_request *r, const char *name);

// A request and its answer. It lives until it is answered or ended, which must happen in the end
// even where the client has left; then it must not be touched again.
typedef struct http_exchange http_exchange;

// What the transport does not decide. All functions run on the server's thread and must not block.
typedef struct http_handler {
    // The head is there. False: the exchange was answered with http_answer, which closes the
    // connection where a body would still come. NULL: every request is let in.
    bool (*admit)(void *ctx, http_exchange *x, const http_request *r);
    // The whole request is there.
    void (*request)(void *ctx, http_exchange *x, const http_request *r);
    // The body, and its media type as the result, of an answer that the transport gives by itself:
    // to what is no HTTP, is too long or too slow, or comes while everything is taken. path: ""
    // where it is not known. NULL: the text alone. Such answers have no exchange and no `done`.
    const char *(*refuse)(void *ctx, int status, const char *text, const char *path, buf *body);
    // An exchange is over: for logs. written: bytes of its answer's body. May come from any thread.
    void (*done)(void *ctx, const http_request *r, int status, uint64_t written, uint64_t ns);
    void *ctx;
} http_handler;

typedef struct http_limits {
    size_t line_bytes;   // of the request line: 414 beyond
    size_t head_bytes;   // of all fields: 431
    size_t fields;       // 431
    size_t body_bytes;   // 413
    size_t connections;  // 503 and closed
    size_t unread_bytes; // of an answer that wait for their client; beyond, it is taken for gone
    uint64_t head_ns;    // a whole head: 408
    uint64_t body_ns;    // a whole body, and
    uint64_t body_rate;  // bytes a second that are allowed for on top of it: 408
    uint64_t idle_ns;    // between requests of a connection
    uint64_t write_ns;   // without a byte taken by the client
} http_limits;

extern const http_limits http_limits_standard;

// Where to listen. Borrows host.
typedef struct http_place {
    const char *host; // a name or number; or the path of a Unix socket, which has a '/' in it
    unsigned port;    // 0: any that is free
} http_place;

typedef struct http_server http_server;

// handler is copied, its ctx borrowed. limits NULL: http_limits_standard. AXL_UNSUPPORTED where the
// system has no epoll.
axl_status http_create(http_server **out, const http_handler *handler, const http_limits *limits,
                       axl_error *err);

// Listens at one more place, at most 8, before http_run, which serves who has come meanwhile.
// *port: the one that it is; may be NULL. AXL_IO where the place is taken or not ours.
axl_status http_listen(http_server *s, const http_place *place, unsigned *port, axl_error *err);

// Serves until http_stop, on the thread of the caller.
axl_status http_run(http_server *s, axl_error *err);

// From any thread, and from signal handlers: no new connections and no new requests any more; what
// runs may go on until `deadline_ns` from now, then it is cut off. http_run returns after that, or
// as soon as nothing runs. Of several calls the earliest deadline counts.
void http_stop(http_server *s, uint64_t deadline_ns);

// After http_run. Every exchange must be answered or ended before. NULL is fine.
void http_free(http_server *s);

// ---- answers, from any thread ----

// The whole answer. Content-Length, Date and Connection are added; an answer to HEAD loses its
// body.
void http_answer(http_exchange *x, int status, const http_field *fields, size_t count,
                 const buf *body);

// An answer that comes in parts: chunks, or in HTTP/1.0 up to the end of the connection.
void http_begin(http_exchange *x, int status, const http_field *fields, size_t count);

// Bytes go out at once, as far as the client takes them. False: the client is gone.
bool http_write(http_exchange *x, const void *bytes, size_t size);

// failed: the client sees that the answer is not whole. Without http_begin the connection is closed
// without an answer.
void http_end(http_exchange *x, bool failed);

// Something for handler.done, which finds it in its request. Before the exchange is answered or
// ended, and not where admit lets it in: it may end without handler.request and without done.
void http_note(http_exchange *x, void *note);

// Whether the client has left, or has let too much wait: its work is of no use. Cheap. A client
// that has only closed its own side counts as one that has left, but what is answered at once
// reaches it.
bool http_gone(http_exchange *x);

#endif
