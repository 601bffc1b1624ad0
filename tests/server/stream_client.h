// Clients of a server that read a stream, each in a thread of its own, with times.
#ifndef STREAM_CLIENT_H
#define STREAM_CLIENT_H

#include "base/buf.h"
#include "os/thread.h"
#include "server/http/client.h"

#include <stdatomic.h>

// What a request asks for: so many bytes behind a prompt, each drawn with temperature 1 from all
// bytes, so that no draft is of any use and no stream is like another one.
typedef struct stream_ask {
    const char *prompt; // [size], UTF-8
    size_t size;
    uint64_t bytes; // to write
    uint64_t seed;
    bool whole; // the answer comes whole, not as a stream
} stream_ask;

// From stream_begin to stream_end it stays where it is.
typedef struct stream_client {
    const http_url *to; // borrowed
    buf body;
    os_thread thread;
    uint64_t asked_ns, first_ns, last_ns; // of the first piece and of the end
    os_mutex lock;
    os_cond came;
    bool first;        // with the lock: the first piece came, or none will
    atomic_bool leave; // it is to hang up at the next piece
    int status;        // of HTTP; 0: no whole answer
    bool retry;        // it has a Retry-After
    uint64_t written;  // bytes, as the server counts them
    buf tail;          // the end of what came
} stream_client;

// Asks in this thread, until the answer is there. False, with nothing to free: memory ran out.
bool stream_run(stream_client *c, const http_url *to, const stream_ask *ask);

// The same in another thread.
bool stream_begin(stream_client *c, const http_url *to, const stream_ask *ask);
void stream_wait_first(stream_client *c); // for its first piece, or its end
void stream_end(stream_client *c);        // waits for it

void stream_free(stream_client *c); // after one of them

#endif
