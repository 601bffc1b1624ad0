// The body of a message, out of bytes that come in any pieces: so many bytes, or chunks with their
// extensions and trailers checked and dropped, or all there is.
#ifndef SERVER_HTTP_BODY_H
#define SERVER_HTTP_BODY_H

#include "server/http/http.h"
#include "server/http/http_line.h"

// What one call has found.
typedef enum http_progress {
    HTTP_PROGRESS_MORE,    // all bytes were taken, more must come
    HTTP_PROGRESS_HEAD,    // of http_parser only: the head is there
    HTTP_PROGRESS_WHOLE,   // the end; what follows is not looked at
    HTTP_PROGRESS_REFUSED, // status and why say it; nothing more may be taken
} http_progress;

typedef enum http_body_stage {
    BODY_SIZED, // `left` more bytes
    BODY_CHUNK_SIZE,
    BODY_CHUNK,
    BODY_CHUNK_END,
    BODY_TRAILERS,
    BODY_UNTIL_CLOSED,
    BODY_DONE,
} http_body_stage;

typedef struct http_body {
    const http_limits *limits; // borrowed; line_bytes is not used
    http_body_stage stage;
    uint64_t left;  // of the body or of the chunk
    uint64_t total; // bytes announced so far
    size_t extensions, trailer_bytes, trailers;
    http_line line;
    int status; // after HTTP_PROGRESS_REFUSED
    const char *why;
} http_body;

// A body of `size` bytes. The caller has compared it with the limit.
void http_body_sized(http_body *b, uint64_t size);
void http_body_chunked(http_body *b, const http_limits *limits);
void http_body_until_closed(http_body *b, const http_limits *limits);

// Takes up to one piece of the body: *piece points to it in bytes, piece_size may be 0.
typedef struct http_piece {
    size_t taken; // of the bytes given
    const uint8_t *bytes;
    size_t size;
} http_piece;
http_progress http_body_take(http_body *b, const uint8_t *bytes, size_t size, http_piece *piece);

void http_body_free(http_body *b); // {0} is fine, and what it leaves

#endif
