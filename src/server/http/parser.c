#include "server/http/parser.h"

#include "base/alloc.h"
#include "server/http/http_text.h"

#include <string.h>

static const char *const methods[] = {
    [HTTP_GET] = "GET",         [HTTP_HEAD] = "HEAD",     [HTTP_POST] = "POST",
    [HTTP_OPTIONS] = "OPTIONS", [HTTP_DELETE] = "DELETE",
};

static void start(http_parser *p, const http_limits *limits) {
    *p = (http_parser){.limits = limits,
                       .request = {.path = "", .query = "", .host = "", .body = "", .peer = ""}};
}

void http_parser_init(http_parser *p, const http_limits *limits) {
    start(p, limits);
}

void http_parser_reset(http_parser *p) {
    http_line_free(&p->line);
    http_body_free(&p->body);
    buf_free(&p->names);
    buf_free(&p->text);
    buf_free(&p->content);
    mem_free(p->fields);
    start(p, p->limits);
}

static http_progress refuse(http_parser *p, int status, const char *why) {
    p->stage = PARSER_REFUSED;
    p->status = status;
    p->why = why;
    return HTTP_PROGRESS_REFUSED;
}

static http_progress no_memory(http_parser *p) {
    return refuse(p, 503, "not enough memory");
}

// "HTTP/1.x". 0, or the status that refuses it.
static int read_version(http_parser *p, const char *text) {
    if (strncmp(text, "HTTP/", 5) != 0 || strlen(text) != 8 || text[6] != '.') return 400;
    for (size_t i = 5; i < 8; i += 2)
        if (text[i] < '0' || text[i] > '9') return 400;
    if (text[5] != '1' || text[7] > '1') return 505;
    p->minor = text[7] - '0';
    return 0;
}

// method SP target SP version, with one space each.
static http_progress request_line(http_parser *p) {
    char *method = p->line.text.data;
    char *target = strchr(method, ' ');
    char *version = target ? strchr(target + 1, ' ') : NULL;
    if (!version || !http_is_token(method, (size_t)(target - method)))
        return refuse(p, 400, "malformed request line");
    *target++ = *version++ = '\0';
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        if (strcmp(method, methods[i]) != 0) continue;
        p->request.method = (http_method)i;
        p->has_method = true;
    }
    const int status = read_version(p, version);
    if (status == 400) return refuse(p, 400, "malformed version of HTTP");
    if (status != 0) return refuse(p, status, "only HTTP/1.0 and HTTP/1.1 are spoken");
    if (!p->has_method) return refuse(p, 501, "unknown method");
    const bool all = p->request.method == HTTP_OPTIONS;
    switch (http_target_read(&p->target, target, all, &p->names)) {
    case HTTP_TARGET_BAD:
        return refuse(p, 400, "malformed target of the request");
    case HTTP_TARGET_NO_MEMORY:
        return no_memory(p);
    case HTTP_TARGET_GOOD:
        break;
    }
    p->request.path = p->target.path;
    p->request.query = p->target.query;
    p->stage = PARSER_FIELDS;
    return HTTP_PROGRESS_MORE;
}

static http_progress field_line(http_parser *p) {
    char *name, *value;
    p->head_size += p->line.text.size + 2;
    if (p->request.field_count == p->limits->fields) return refuse(p, 431, "too many fields");
    if (!http_field_split(p->line.text.data, &name, &value))
        return refuse(p, 400, "malformed field");
    p->request.field_count++;
    return buf_append(&p->text, name, strlen(name) + 1) &&
                   buf_append(&p->text, value, strlen(value) + 1)
               ? HTTP_PROGRESS_MORE
               : no_memory(p);
}

// All fields are there, so their text moves no more.
static http_progress end_of_head(http_parser *p) {
    http_request *r = &p->request;
    const size_t count = r->field_count;
    r->field_count = 0; // until they are there
    p->fields = mem_alloc_array(count, sizeof *p->fields);
    if (!p->fields) return no_memory(p);
    const char *next = p->text.data;
    for (size_t i = 0; i < count; i++) {
        p->fields[i].name = next;
        p->fields[i].value = next + strlen(next) + 1;
        next = p->fields[i].value + strlen(p->fields[i].value) + 1;
    }
    r->fields = p->fields;
    r->field_count = count;
    const char *why = "";
    const int status = http_framing_read(&p->framing, r, p->minor, p->target.authority, &why);
    if (status != 0) return refuse(p, status, why);
    if (p->framing.length > p->limits->body_bytes) return refuse(p, 413, "the body is too long");
    r->host = p->framing.host;
    r->size = p->framing.chunked ? SIZE_MAX : (size_t)p->framing.length;
    if (p->framing.chunked)
        http_body_chunked(&p->body, p->limits);
    else
        http_body_sized(&p->body, p->framing.length);
    p->stage = PARSER_BODY;
    http_line_free(&p->line);
    return HTTP_PROGRESS_HEAD;
}

static size_t line_limit(const http_parser *p) {
    if (p->stage != PARSER_FIELDS) return p->limits->line_bytes;
    const size_t used = p->head_size + 2; // with the end of the line that is to come
    return used < p->limits->head_bytes ? p->limits->head_bytes - used : 0;
}

// A line is whole: what it means for the stage.
static http_progress end_of_line(http_parser *p) {
    const bool empty = p->line.text.size == 0;
    http_progress got = HTTP_PROGRESS_MORE;
    if (p->stage == PARSER_FIELDS) {
        got = empty ? end_of_head(p) : field_line(p);
    } else if (!empty) {
        got = request_line(p);
    } else {
        // Some clients send one behind the body of the request before.
        if (p->blank) got = refuse(p, 400, "empty lines before the request");
        p->blank = true;
    }
    http_line_next(&p->line);
    return got;
}

static http_progress take_head(http_parser *p, const uint8_t *bytes, size_t size, size_t *taken) {
    if (p->stage == PARSER_START && size > 0) p->stage = PARSER_LINE;
    switch (http_line_take(&p->line, bytes, size, line_limit(p), taken)) {
    case HTTP_LINE_MORE:
        return HTTP_PROGRESS_MORE;
    case HTTP_LINE_BAD:
        return refuse(p, 400, "a control character, or a line that does not end with CR LF");
    case HTTP_LINE_LONG:
        if (p->stage == PARSER_LINE) return refuse(p, 414, "the request line is too long");
        return refuse(p, 431, "the fields are too long");
    case HTTP_LINE_NO_MEMORY:
        return no_memory(p);
    case HTTP_LINE_WHOLE:
        break;
    }
    return end_of_line(p);
}

static http_progress take_body(http_parser *p, const uint8_t *bytes, size_t size, size_t *taken) {
    http_piece piece;
    const http_progress got = http_body_take(&p->body, bytes, size, &piece);
    if (got == HTTP_PROGRESS_REFUSED) return refuse(p, p->body.status, p->body.why);
    if (piece.size > 0 && !buf_append(&p->content, piece.bytes, piece.size)) return no_memory(p);
    *taken = piece.taken;
    if (got == HTTP_PROGRESS_WHOLE) {
        p->stage = PARSER_WHOLE;
        p->request.body = buf_string(&p->content);
        p->request.size = p->content.size;
    }
    return got;
}

http_progress http_parser_take(http_parser *p, const void *bytes, size_t size, size_t *taken) {
    const uint8_t *from = bytes;
    *taken = 0;
    for (;;) {
        if (p->stage == PARSER_REFUSED) return HTTP_PROGRESS_REFUSED;
        if (p->stage == PARSER_WHOLE) return HTTP_PROGRESS_WHOLE;
        size_t part = 0;
        const http_progress got = p->stage == PARSER_BODY
                                      ? take_body(p, from + *taken, size - *taken, &part)
                                      : take_head(p, from + *taken, size - *taken, &part);
        *taken += part;
        if (got != HTTP_PROGRESS_MORE || *taken == size) return got;
    }
}
