#include "server/http/http_body.h"

#include "server/http/http_text.h"

#include <string.h>

#define EXTENSIONS_MAX 4096 // bytes of all chunk extensions of a body; nobody uses them
#define SIZE_DIGITS 16      // of a chunk size

void http_body_sized(http_body *b, uint64_t size) {
    *b = (http_body){.stage = size > 0 ? BODY_SIZED : BODY_DONE, .left = size, .total = size};
}

void http_body_chunked(http_body *b, const http_limits *limits) {
    *b = (http_body){.limits = limits, .stage = BODY_CHUNK_SIZE};
}

void http_body_until_closed(http_body *b, const http_limits *limits) {
    *b = (http_body){.limits = limits, .stage = BODY_UNTIL_CLOSED};
}

void http_body_free(http_body *b) {
    http_line_free(&b->line);
}

static http_progress refuse(http_body *b, int status, const char *why) {
    b->status = status;
    b->why = why;
    return HTTP_PROGRESS_REFUSED;
}

// Behind the opening quote; what follows the closing one, or NULL.
static const char *skip_quoted(const char *text) {
    for (; *text != '"'; text++) {
        if (*text == '\\') text++;
        if (*text == '\0') return NULL;
    }
    return text + 1;
}

// *( ";" name [ "=" value ] ), with blanks before and behind the signs only.
static bool is_extensions(const char *text) {
    while (*text) {
        text += strspn(text, " \t");
        if (*text++ != ';') return false;
        text += strspn(text, " \t");
        const size_t name = http_token_size(text);
        if (name == 0) return false;
        text += name;
        const char *sign = text + strspn(text, " \t");
        if (*sign != '=') continue;
        text = sign + 1 + strspn(sign + 1, " \t");
        const size_t value = http_token_size(text);
        if (value == 0 && *text != '"') return false;
        text = value > 0 ? text + value : skip_quoted(text + 1);
        if (!text) return false;
    }
    return true;
}

static http_progress chunk_size(http_body *b) {
    const char *text = buf_string(&b->line.text);
    uint64_t size = 0;
    size_t digits = 0;
    for (int digit; (digit = http_hex(text[digits])) >= 0; digits++) {
        if (size >> 60) return refuse(b, 400, "the size of a chunk is no number of 64 bits");
        size = size << 4 | (uint64_t)digit;
    }
    if (digits == 0) return refuse(b, 400, "the size of a chunk is no hexadecimal number");
    if (!is_extensions(text + digits)) return refuse(b, 400, "malformed chunk extension");
    b->extensions += strlen(text + digits);
    if (b->extensions > EXTENSIONS_MAX) return refuse(b, 413, "too many chunk extensions");
    if (size > b->limits->body_bytes - b->total) return refuse(b, 413, "the body is too long");
    b->total += size;
    b->left = size;
    b->stage = size > 0 ? BODY_CHUNK : BODY_TRAILERS;
    return HTTP_PROGRESS_MORE;
}

static http_progress trailer(http_body *b) {
    if (b->line.text.size == 0) {
        b->stage = BODY_DONE;
        return HTTP_PROGRESS_MORE;
    }
    char *name, *value;
    b->trailer_bytes += b->line.text.size + 2;
    if (++b->trailers > b->limits->fields) return refuse(b, 431, "too many trailers");
    if (!http_field_split(b->line.text.data, &name, &value))
        return refuse(b, 400, "malformed trailer");
    return HTTP_PROGRESS_MORE;
}

static size_t line_limit(const http_body *b) {
    if (b->stage == BODY_CHUNK_END) return 0;
    if (b->stage == BODY_CHUNK_SIZE) return SIZE_DIGITS + EXTENSIONS_MAX - b->extensions;
    const size_t used = b->trailer_bytes + 2; // with the end of the line that is to come
    return used < b->limits->head_bytes ? b->limits->head_bytes - used : 0;
}

static http_progress line_too_long(http_body *b) {
    if (b->stage == BODY_CHUNK_END) return refuse(b, 400, "a chunk is longer than its size");
    if (b->stage == BODY_CHUNK_SIZE) return refuse(b, 413, "too many chunk extensions");
    return refuse(b, 431, "the trailers are too long");
}

// A size, the end of a chunk's bytes, or a trailer.
static http_progress take_line(http_body *b, const uint8_t *bytes, size_t size, size_t *taken) {
    switch (http_line_take(&b->line, bytes, size, line_limit(b), taken)) {
    case HTTP_LINE_MORE:
        return HTTP_PROGRESS_MORE;
    case HTTP_LINE_BAD:
        return refuse(b, 400, "malformed line between chunks");
    case HTTP_LINE_LONG:
        return line_too_long(b);
    case HTTP_LINE_NO_MEMORY:
        return refuse(b, 503, "not enough memory");
    case HTTP_LINE_WHOLE:
        break;
    }
    http_progress got = HTTP_PROGRESS_MORE;
    if (b->stage == BODY_CHUNK_END)
        b->stage = BODY_CHUNK_SIZE;
    else
        got = b->stage == BODY_CHUNK_SIZE ? chunk_size(b) : trailer(b);
    http_line_next(&b->line);
    return got;
}

static http_progress take_bytes(http_body *b, const uint8_t *bytes, size_t size, http_piece *out) {
    if (b->stage == BODY_UNTIL_CLOSED) {
        if (size > b->limits->body_bytes - b->total) return refuse(b, 413, "the body is too long");
        b->total += size;
        b->left = size;
    }
    *out = (http_piece){.bytes = bytes, .size = size < b->left ? size : (size_t)b->left};
    out->taken = out->size;
    b->left -= out->size;
    if (b->left == 0 && b->stage == BODY_SIZED) b->stage = BODY_DONE;
    if (b->left == 0 && b->stage == BODY_CHUNK) b->stage = BODY_CHUNK_END;
    return HTTP_PROGRESS_MORE;
}

http_progress http_body_take(http_body *b, const uint8_t *bytes, size_t size, http_piece *piece) {
    size_t at = 0;
    *piece = (http_piece){.bytes = bytes};
    while (b->stage != BODY_DONE && at < size && piece->size == 0) {
        size_t taken = 0;
        const bool data =
            b->stage == BODY_SIZED || b->stage == BODY_CHUNK || b->stage == BODY_UNTIL_CLOSED;
        const http_progress got = data ? take_bytes(b, bytes + at, size - at, piece)
                                       : take_line(b, bytes + at, size - at, &taken);
        if (got != HTTP_PROGRESS_MORE) return got;
        at += data ? piece->taken : taken;
    }
    piece->taken = at;
    return b->stage == BODY_DONE ? HTTP_PROGRESS_WHOLE : HTTP_PROGRESS_MORE;
}
