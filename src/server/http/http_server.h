// The server itself, for the files beside it.
#ifndef SERVER_HTTP_SERVER_H
#define SERVER_HTTP_SERVER_H

#include "server/http/connection.h"

#define HTTP_PLACES_MAX 8

struct http_server {
    http_handler handler;
    http_limits limits;
    // ---- the loop's
    os_events *events;
    os_listener places[HTTP_PLACES_MAX];
    size_t place_count;
    bool accepting;       // the listening sockets are watched
    uint64_t crowded_ns;  // do not accept before
    http_exchange *first; // all connections
    size_t count;         // of them
    deadlines deadlines;  // of all of them
    bool stopped;         // connections know of it
    uint64_t now_ns;      // as of this round
    char read[HTTP_READ_BYTES];
    // ---- under the lock
    os_mutex lock;
    http_exchange *attention; // connections whose answers have left something to the loop
    // ---- anybody's
    _Atomic uint64_t stop_ns; // 0: go on; else the deadline of what runs
};

static inline bool http_server_stopping(http_server *s) {
    return atomic_load_explicit(&s->stop_ns, memory_order_acquire) != 0;
}

// Has the loop call connection_attend. From any thread, with the connection's lock held: the loop
// cannot give the connection back meanwhile.
void http_server_attend(http_exchange *x);

#endif
