// One line that ends with CR LF, out of bytes that come in any pieces.
#ifndef SERVER_HTTP_LINE_H
#define SERVER_HTTP_LINE_H

#include "base/buf.h"

typedef enum http_line_state {
    HTTP_LINE_MORE,
    HTTP_LINE_WHOLE, // text has it, without its end
    HTTP_LINE_BAD,   // a control character, or a CR or LF without the other
    HTTP_LINE_LONG,
    HTTP_LINE_NO_MEMORY,
} http_line_state;

// {0} is one that has nothing yet.
typedef struct http_line {
    buf text;
    bool cr; // the CR is there
} http_line;

// Takes bytes up to the end of the line, of at most `limit` bytes without its end. *taken: how
// many; only after HTTP_LINE_MORE and HTTP_LINE_WHOLE it means something.
http_line_state http_line_take(http_line *l, const uint8_t *bytes, size_t size, size_t limit,
                               size_t *taken);

void http_line_next(http_line *l); // empty again, memory kept
void http_line_free(http_line *l); // leaves {0}

#endif
