// A whole server in this process, over sockets, with models of tests/golden. Everything here fails
// the cmocka test when it cannot work.
#ifndef SERVE_BOX_H
#define SERVE_BOX_H

#include "os/thread.h"
#include "server/http/client.h"
#include <axl/serve.h>

#define SERVE_EVENTS 64

typedef struct serve_box {
    axl_server *server;
    os_thread thread;
    axl_status result; // of axl_server_run
    http_url to;
    os_mutex lock;
    // With the lock:
    size_t events; // that were told
    struct serve_event {
        int status;
        char method[16], path[64], model[32], id[72], client[64];
        uint64_t read, written;
    } event[SERVE_EVENTS]; // the first ones
} serve_box;

// The options of a test: two models, "infills" and "plain", a free port of 127.0.0.1, one thread.
axl_server_options serve_options(void);

// b's log is taken into the options.
void serve_start(serve_box *b, const axl_server_options *o);
void serve_stop(serve_box *b); // and waits until it has ended well

// One request; the caller frees the reply. body NULL: none; else JSON unless fields say otherwise.
typedef struct serve_question {
    const char *method, *path, *body;
    http_field fields[3];
    http_piece_sink *sink;
    void *ctx;
} serve_question;
axl_status serve_try(serve_box *b, const serve_question *q, http_reply *out);
http_reply serve_ask(serve_box *b, const serve_question *q); // which must be answered

#endif
