// A small client, one connection for each call, for asking servers how they are. Blocks.
#ifndef SERVER_HTTP_CLIENT_H
#define SERVER_HTTP_CLIENT_H

#include "server/http/http.h"

// "http://host:port/base", where port (80) and base ("") may be missing; or "unix:/path", a socket
// of this machine.
typedef struct http_url {
    char host[256]; // a name or number without brackets, or the path
    unsigned port;  // 0 for a path
    char base[256]; // "" or "/...", without a '/' at its end
} http_url;

axl_status http_url_read(http_url *out, const char *text, axl_error *err);

// A piece of the body of a reply, as it comes. False: that is enough, hang up.
typedef bool http_piece_sink(void *ctx, const void *bytes, size_t size);

typedef struct http_call {
    const http_url *to;
    const char *method, *path; // path begins with '/' and goes behind the base
    const http_field *fields;  // [field_count]; Host, Connection and Content-Length are added
    size_t field_count;
    const void *body; // [size]
    size_t size;
    uint64_t timeout_ns;   // for all of it
    size_t reply_max;      // bytes of the reply's body
    http_piece_sink *sink; // NULL: the body is kept
    void *ctx;
} http_call;

typedef struct http_reply {
    int status;
    http_field *fields; // [field_count]
    size_t field_count;
    buf body;  // without call.sink
    bool hung; // call.sink has ended it
    buf text;  // private: what fields point into
} http_reply;

// AXL_IO: nobody is there, or the answer is cut off or no HTTP; AXL_BUSY: the time is over;
// AXL_TOO_LARGE: over reply_max. The caller frees *out, also on failure, which may have set parts
// of it: a reply that is cut off has its status.
axl_status http_call_run(http_reply *out, const http_call *call, axl_error *err);

// The first field of that name, whatever its case; NULL: none.
const char *http_reply_field(const http_reply *r, const char *name);

void http_reply_free(http_reply *r); // {0} is fine, and what it leaves

#endif
