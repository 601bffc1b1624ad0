// One client's connection, which is also the exchange while its request is with the handler.
//
// Three kinds of fields: those of the loop's thread; those under the lock, which threads that
// answer share with the loop; and `gone`, which anybody may read. The request belongs to the loop
// until the handler gets it and to the handler until the exchange is answered or ended.
//
// Order of locks: the connection's, then the server's.
#ifndef SERVER_HTTP_CONNECTION_H
#define SERVER_HTTP_CONNECTION_H

#include "os/events.h"
#include "os/socket.h"
#include "os/thread.h"
#include "server/http/answer_head.h"
#include "server/http/deadlines.h"
#include "server/http/parser.h"

#include <stdatomic.h>

#define HTTP_READ_BYTES 16384 // most bytes of one read, and most that wait behind a request

typedef enum connection_phase {
    CONNECTION_IDLE, // no byte of a request is there
    CONNECTION_HEAD,
    CONNECTION_BODY,
    CONNECTION_ANSWER, // until the exchange has ended and its last byte is out
    CONNECTION_LINGER, // all is sent; what the client still sends is dropped until it closes, since
                       // closing on unread bytes would take the answer away from it
    CONNECTION_CLOSED, // no socket; waits for the end of the exchange
} connection_phase;

struct http_exchange {
    http_server *server;
    // ---- the loop's
    http_exchange *previous, *next; // of all of the server's
    connection_phase phase;
    deadline timer;
    unsigned watched; // what os_events was told
    bool surplus;     // over the limit of connections: to be refused
    bool left;        // the client sends nothing more
    http_parser parser;
    buf ahead; // bytes of further requests
    os_peer peer;
    uint64_t since_ns; // first byte of the head, then of the body
    uint64_t began_ns; // first byte of the request
    // ---- under the lock
    os_mutex lock;
    int fd;       // -1: closed
    bool open;    // the exchange is neither answered nor ended
    bool held;    // the handler is being called: the loop looks itself what came of it
    bool waiting; // the loop knows that bytes wait for the client
    bool broken;  // nothing can be sent any more: to be closed
    bool close;   // behind this answer
    bool cut;     // the answer is not whole: the client must see a failure
    bool begun;   // its head is out
    bool unread;  // a body is still to come
    answer_framing framing;
    bool bodyless; // nothing follows the head
    int status;
    uint64_t written; // of the body
    buf out;          // [sent..size) waits for the client
    size_t sent;
    uint64_t moved_ns; // when the client last took something
    // ---- the server's lock
    http_exchange *attention; // next in its list
    bool attended;            // in that list
    bool dead;                // to be freed when it is taken from there
    // ---- anybody's
    atomic_bool gone;
};

// ---- for the loop, on its thread

// Takes the socket over, also on failure, which only memory has.
bool connection_open(http_server *s, int fd, const os_peer *peer, bool surplus);
void connection_event(http_exchange *x, unsigned what);
void connection_attend(http_exchange *x); // a thread that answers has left something to do
void connection_expire(http_exchange *x); // its deadline has come
void connection_stop(http_exchange *x);   // no new requests
void connection_cut(http_exchange *x);    // at once
void connection_free(http_exchange *x);   // closes; no exchange may be open

// ---- for answers, under the lock

// Sends what the client takes of `out`. At its end bytes are left, or not, or it is broken.
void connection_flush(http_exchange *x);

#endif
