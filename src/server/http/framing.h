// What the fields of a request say about its connection and its body. Where two readings of them
// are possible the request is refused: a proxy in front of us may have chosen the other one.
#ifndef SERVER_HTTP_FRAMING_H
#define SERVER_HTTP_FRAMING_H

#include "server/http/http.h"

typedef struct http_framing {
    uint64_t length;  // of the body, 0 where nothing is said
    bool chunked;     // length is not known
    bool keep;        // the connection may have more requests
    bool expects;     // the client waits for "100 Continue"
    const char *host; // "": none
} http_framing;

// minor: of HTTP/1.minor. authority: of the target, "" without. 0, or the status that refuses the
// request, and why.
int http_framing_read(http_framing *out, const http_request *r, int minor, const char *authority,
                      const char **why);

#endif
