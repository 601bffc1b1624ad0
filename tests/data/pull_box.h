// A server of files and rows that follows a script. Everything here fails the cmocka test when it
// cannot work.
#ifndef DATA_PULL_BOX_H
#define DATA_PULL_BOX_H

#include "os/socket.h"
#include "os/thread.h"
#include "server/http/http.h"

#include <stdatomic.h>

#define PULL_BOX_STEPS 16

// Paths: /rows gives pages of {"text": "row N", "n": N}, /moved leads to another name of this host,
// all others give the content. Each request takes the next word of the script; after its end all
// are WHOLE:
//   WHOLE        what was asked for; the whole where the version is not the one that was named
//   CUT          half of it, then the connection ends
//   STREAM       the whole without its length
//   NEW_VERSION  from now on the content is `next`
//   WRONG_RANGE  a 206 that begins elsewhere;  OTHER_TOTAL  one of a file of another size, or a
//   page
//                of a set of another size
//   BUSY, ERROR, GONE, FORBIDDEN    429 with retry_after, 500, 404, 403
//   PARTIAL      a page of a set of which the server has a part only
//   HUGE         a page with a number that 64 bits do not hold
//   SHORT_PAGE, WRONG_ROWS, NONSENSE    pages that are not what they should be
typedef struct pull_box {
    const char *content; // [bytes]
    size_t bytes;
    const char *next; // [next_bytes]
    size_t next_bytes;
    const char *etag; // NULL: none, and no ranges
    const char *retry_after;
    int rows;
    int cut_row; // of which a part only is given; 0: none
    unsigned port;
    // What it was asked, read between two calls only.
    int asked, ranges;
    char authorization[64], last_query[256];
    // private
    http_server *server;
    os_thread loop, liar;
    _Atomic bool lies;
    os_listener lying;
    const char *lie;
    char script[PULL_BOX_STEPS][16];
    size_t step, steps;
} pull_box;

void pull_box_start(pull_box *b);
void pull_box_stop(pull_box *b);
void pull_box_script(pull_box *b, const char *words);

// Another server, which answers every request with these bytes and hangs up. Its port.
unsigned pull_box_liar(pull_box *b, const char *answer);

#endif
