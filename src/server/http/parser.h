// Bytes to requests: strict by RFC 9112, without a socket, and the same for the same bytes however
// they are cut into pieces. Nothing is kept beyond the limits.
#ifndef SERVER_HTTP_PARSER_H
#define SERVER_HTTP_PARSER_H

#include "server/http/framing.h"
#include "server/http/http.h"
#include "server/http/http_body.h"
#include "server/http/http_target.h"

typedef enum http_parser_stage {
    PARSER_START, // no byte of a request is there
    PARSER_LINE,
    PARSER_FIELDS,
    PARSER_BODY,
    PARSER_WHOLE,
    PARSER_REFUSED,
} http_parser_stage;

// One request at a time. Its strings and its body belong to the parser.
typedef struct http_parser {
    const http_limits *limits; // borrowed
    http_parser_stage stage;
    http_request request; // method, path, query: after the request line; peer and near: not set
    http_framing framing; // from HTTP_PROGRESS_HEAD on
    int minor;            // of HTTP/1.minor
    bool has_method;      // method is set, also where the request is refused later
    int status;           // after HTTP_PROGRESS_REFUSED: of the answer, and a sentence for it
    const char *why;
    // private
    bool blank;       // the empty line was there
    size_t head_size; // bytes of field lines so far, with their ends
    http_line line;
    http_target target;
    buf names;          // what target points into
    buf text;           // name, zero, value, zero of each field
    http_field *fields; // [request.field_count]
    buf content;
    http_body body;
} http_parser;

void http_parser_init(http_parser *p, const http_limits *limits);

// Takes bytes up to the end of the head (HTTP_PROGRESS_HEAD: once), then up to the end of the body
// (HTTP_PROGRESS_WHOLE, without more bytes where there is none). *taken: how many of them.
http_progress http_parser_take(http_parser *p, const void *bytes, size_t size, size_t *taken);

// For the next request; gives back all memory.
void http_parser_reset(http_parser *p);

#endif
