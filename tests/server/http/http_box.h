// A server in a thread, with a handler that does what paths say, and raw clients for it. Everything
// here fails the cmocka test when it cannot work, or when nothing comes for TEST_WAIT_NS.
#ifndef HTTP_BOX_H
#define HTTP_BOX_H

#include "base/buf.h"
#include "os/thread.h"
#include "server/http/http.h"

#include <stdatomic.h>

#define TEST_WAIT_NS ((uint64_t)30000000000) // far beyond what anything takes

#define BOX_WORKERS 4

// /now       answered in the handler
// /echo      answered with the body
// /head      answered with the value of the field X-Ask as a field and in the body
// /later     answered by one of the workers
// /stream?N  N pieces of 100 bytes, by a worker
// /cut       a part of a stream, which then fails
// /nothing   ended without an answer
// /big?N     N bytes
// /hold      a stream of one piece, "held", that goes on when box_release is called, or ends when
//            its client is gone
// /flood     pieces until the client is gone
// /stuck?N   one piece of N bytes, then nothing until the client is gone
// /no        refused in admit
typedef struct http_box {
    http_server *server;
    unsigned port;
    os_thread loop, worker[BOX_WORKERS];
    axl_status result; // of http_run
    os_mutex lock;
    os_cond changed;
    struct box_job {
        http_exchange *x;
        char path[16];
        size_t count;
    } jobs[256];
    size_t job_first, job_count;
    bool stop, released;
    atomic_size_t done, refused, gone, held, ended;
    _Atomic uint64_t gone_ns; // when /hold last saw its client leave
    _Atomic int last_status;
    _Atomic uint64_t last_written;
    char last_path[32], last_note[8]; // written before done is counted
} http_box;

// Listens at a free port of 127.0.0.1, and at path where it is not NULL. limits NULL: the standard.
void box_start(http_box *b, const http_limits *limits, const char *path);
void box_release(http_box *b);
void box_stop(http_box *b, uint64_t deadline_ns);
void box_wait(const atomic_size_t *counter, size_t least);

// ---- raw clients

int raw_connect(const http_box *b);
bool raw_send(int fd, const void *bytes, size_t size); // false: the server has hung up
void raw_text(int fd, const char *text);

// Reads until what came holds the text, which must come before the end.
void raw_until(int fd, buf *got, const char *text);
void raw_to_end(int fd, buf *got); // up to the end of the connection; a reset is an end

// Sends the text, reads to the end, and demands that the reply begins with the status line.
void raw_ask(const http_box *b, const char *text, int status, buf *got);

size_t raw_count(const buf *got, const char *text); // how often it is in there

#endif
