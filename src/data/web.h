// One GET over HTTP or HTTPS, by libcurl, behind an interface that does not show it. A build
// without libcurl has the same functions and says what is missing.
#ifndef DATA_WEB_H
#define DATA_WEB_H

#include <axl/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WEB_UNKNOWN UINT64_MAX

// What the head of the answer says, after redirects.
typedef struct web_reply {
    int status;           // 0: there was none
    uint64_t length;      // of the body; WEB_UNKNOWN
    uint64_t range_from;  // of a 206; WEB_UNKNOWN
    uint64_t range_total; // of a 206 or 416; WEB_UNKNOWN
    uint64_t retry_after; // seconds; WEB_UNKNOWN
    char etag[256];       // empty: none, or a weak one
} web_reply;

// Strings are borrowed.
typedef struct web_request {
    const char *url;
    const char *token; // sent to the host of the URL only, never to one that it redirects to; NULL
    uint64_t from;     // 0: all; else the rest from this byte on,
    const char *etag;  // if it is still this one
    // Once the head is there, then for each piece of the body of a 200 or 206. Other bodies are
    // dropped. A failure ends the request and is its result.
    axl_status (*head)(void *ctx, const web_reply *r, axl_error *err);
    axl_status (*body)(void *ctx, const void *bytes, size_t size, axl_error *err);
    bool (*stop)(void *ctx); // asked about once a second at least; true: AXL_INTERRUPTED
    void *ctx;
} web_request;

// Why this build has no web, in one line; NULL: it has. A constant.
const char *web_missing(void);

// AXL_OK when the whole answer came, whatever its status; AXL_IO when nobody answers, or the answer
// is cut off, and AXL_BAD_ARGUMENT for what is no URL of HTTP. *out says what was there.
axl_status web_get(const web_request *q, web_reply *out, axl_error *err);

#endif
