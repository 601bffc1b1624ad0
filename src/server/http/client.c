#include "server/http/client.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/strings.h"
#include "os/clock.h"
#include "os/socket.h"
#include "server/http/http_body.h"
#include "server/http/http_text.h"

#include <string.h>

#define HEAD_MAX ((size_t)64 << 10) // of a reply: bytes of a line, and of all its fields
#define FIELDS_MAX 200

// ---- where to

static bool copy_part(char *out, size_t size, const char *from, size_t length) {
    if (length >= size) return false;
    memcpy(out, from, length);
    out[length] = '\0';
    return true;
}

// "host", "host:port" or "[number]:port".
static bool read_authority(http_url *out, const char *text, size_t size) {
    char authority[sizeof out->host + 8];
    if (!copy_part(authority, sizeof authority, text, size)) return false;
    if (!http_is_authority(authority)) return false;
    const bool number = *authority == '[';
    const char *host = number ? authority + 1 : authority;
    const size_t length = number ? strcspn(host, "]") : strcspn(host, ":");
    const char *port = host + length + number;
    uint64_t value = 80;
    if (*port == ':' && port[1] != '\0' && !http_decimal(port + 1, &value)) return false;
    out->port = (unsigned)value;
    return value > 0 && copy_part(out->host, sizeof out->host, host, length);
}

axl_status http_url_read(http_url *out, const char *text, axl_error *err) {
    *out = (http_url){.port = 0};
    if (string_starts(text, "unix:")) {
        const char *path = text + 5;
        RETURN_IF(*path != '/' || !copy_part(out->host, sizeof out->host, path, strlen(path)), err,
                  AXL_BAD_ARGUMENT, "%s: an absolute path must follow unix:", text);
        return AXL_OK;
    }
    RETURN_IF(string_starts(text, "https://"), err, AXL_UNSUPPORTED,
              "%s: only http is spoken here, no https", text);
    RETURN_IF(!string_starts(text, "http://"), err, AXL_BAD_ARGUMENT,
              "%s: an address begins with http:// or unix:", text);
    const char *authority = text + 7;
    const size_t size = strcspn(authority, "/?#");
    RETURN_IF(!read_authority(out, authority, size), err, AXL_BAD_ARGUMENT,
              "%s: no address of the form http://host:port/path", text);
    const char *base = authority + size;
    size_t length = strlen(base);
    while (length > 0 && base[length - 1] == '/') length--;
    bool good =
        *base != '?' && *base != '#' && copy_part(out->base, sizeof out->base, base, length);
    for (const char *c = out->base; *c; c++)
        good = good && *c > ' ' && *c < 0x7F && !strchr("?#", *c);
    RETURN_IF(!good, err, AXL_BAD_ARGUMENT, "%s: no path that requests could be put behind", text);
    return AXL_OK;
}

// ---- the request

static bool request_head(buf *out, const http_call *c) {
    const bool path = strchr(c->to->host, '/') != NULL, number = strchr(c->to->host, ':') != NULL;
    buf_format(out, "%s %s%s HTTP/1.1\r\nHost: ", c->method, c->to->base, c->path);
    if (path)
        buf_text(out, "localhost");
    else
        buf_format(out, number ? "[%s]:%u" : "%s:%u", c->to->host, c->to->port);
    buf_text(out, "\r\nConnection: close\r\n");
    if (c->size > 0 || strcmp(c->method, "POST") == 0)
        buf_format(out, "Content-Length: %zu\r\n", c->size);
    for (size_t i = 0; i < c->field_count; i++)
        buf_format(out, "%s: %s\r\n", c->fields[i].name, c->fields[i].value);
    return buf_text(out, "\r\n");
}

// Sends until the other side takes no more: one that refuses early may have answered already.
static axl_status send_all(int fd, const void *bytes, size_t size, uint64_t deadline,
                           axl_error *err) {
    const char *next = bytes;
    while (size > 0) {
        size_t moved;
        const os_io got = os_socket_send(fd, next, size, &moved);
        if (got == OS_IO_END) return AXL_OK;
        next += moved;
        size -= moved;
        if (got == OS_IO_WAIT && !os_socket_wait(fd, true, deadline))
            return error_set(err, AXL_BUSY, "the server takes the request too slowly");
    }
    return AXL_OK;
}

// ---- the reply

typedef enum reply_stage { REPLY_STATUS, REPLY_FIELDS, REPLY_BODY, REPLY_DONE } reply_stage;

typedef struct reader {
    const http_call *call;
    http_reply *reply;
    http_limits limits;
    reply_stage stage;
    size_t field_count; // so far, their text in reply->text
    http_line line;
    http_body body;
    bool until_closed;
} reader;

static axl_status no_http(axl_error *err) {
    return error_set(err, AXL_IO, "what answers there is no server of HTTP/1.1");
}

static axl_status read_status(reader *r, axl_error *err) {
    const char *text = buf_string(&r->line.text);
    const char *digits = text + strlen("HTTP/1.1 ");
    if (!string_starts(text, "HTTP/1.") || strlen(text) < strlen("HTTP/1.1 200") ||
        digits[-1] != ' ')
        return no_http(err);
    int status = 0;
    for (int i = 0; i < 3; i++) {
        if (digits[i] < '0' || digits[i] > '9') return no_http(err);
        status = status * 10 + digits[i] - '0';
    }
    r->reply->status = status;
    r->stage = REPLY_FIELDS;
    return AXL_OK;
}

static axl_status keep_field(reader *r, axl_error *err) {
    char *name, *value;
    http_reply *reply = r->reply;
    if (!http_field_split(r->line.text.data, &name, &value)) return no_http(err);
    RETURN_IF(r->field_count == FIELDS_MAX || reply->text.size > HEAD_MAX, err, AXL_TOO_LARGE,
              "the head of the answer is too long");
    r->field_count++;
    if (buf_append(&reply->text, name, strlen(name) + 1) &&
        buf_append(&reply->text, value, strlen(value) + 1))
        return AXL_OK;
    return error_no_memory(err, "a reply", reply->text.size);
}

// The text of the fields moves no more.
static axl_status place_fields(http_reply *reply, size_t count, axl_error *err) {
    reply->fields = mem_alloc_array(count, sizeof *reply->fields);
    if (!reply->fields) return error_no_memory(err, "a reply", count * sizeof *reply->fields);
    const char *next = reply->text.data;
    for (size_t i = 0; i < count; i++) {
        reply->fields[i].name = next;
        reply->fields[i].value = next + strlen(next) + 1;
        next = reply->fields[i].value + strlen(reply->fields[i].value) + 1;
    }
    reply->field_count = count;
    return AXL_OK;
}

static axl_status end_of_head(reader *r, axl_error *err) {
    http_reply *reply = r->reply;
    if (reply->status < 200) { // the real one follows
        r->field_count = 0;
        buf_clear(&reply->text);
        r->stage = REPLY_STATUS;
        return AXL_OK;
    }
    FORWARD(place_fields(reply, r->field_count, err));
    const char *coding = http_reply_field(reply, "Transfer-Encoding");
    const char *length = http_reply_field(reply, "Content-Length");
    const bool none =
        strcmp(r->call->method, "HEAD") == 0 || reply->status == 204 || reply->status == 304;
    uint64_t size = 0;
    r->stage = REPLY_BODY;
    if (!none && coding) {
        if (!http_same(coding, "chunked")) return no_http(err);
        http_body_chunked(&r->body, &r->limits);
    } else if (!none && !length) {
        r->until_closed = true;
        http_body_until_closed(&r->body, &r->limits);
    } else {
        if (!none && !http_decimal(length, &size)) return no_http(err);
        RETURN_IF(size > r->limits.body_bytes, err, AXL_TOO_LARGE, "the answer is too long");
        http_body_sized(&r->body, size);
    }
    return AXL_OK;
}

static axl_status take_line(reader *r, const uint8_t *bytes, size_t size, size_t *taken,
                            axl_error *err) {
    switch (http_line_take(&r->line, bytes, size, HEAD_MAX, taken)) {
    case HTTP_LINE_MORE:
        return AXL_OK;
    case HTTP_LINE_NO_MEMORY:
        return error_no_memory(err, "a reply", size);
    case HTTP_LINE_WHOLE:
        break;
    default:
        return no_http(err);
    }
    axl_status status;
    if (r->stage == REPLY_STATUS)
        status = read_status(r, err);
    else
        status = r->line.text.size > 0 ? keep_field(r, err) : end_of_head(r, err);
    http_line_next(&r->line);
    return status;
}

static axl_status take_body(reader *r, const uint8_t *bytes, size_t size, size_t *taken,
                            axl_error *err) {
    http_piece piece;
    const http_progress got = http_body_take(&r->body, bytes, size, &piece);
    if (got == HTTP_PROGRESS_REFUSED)
        return error_set(err, r->body.status == 413 ? AXL_TOO_LARGE : AXL_IO, "%s", r->body.why);
    *taken = piece.taken;
    if (got == HTTP_PROGRESS_WHOLE) r->stage = REPLY_DONE;
    if (piece.size == 0) return AXL_OK;
    if (r->call->sink) {
        r->reply->hung = !r->call->sink(r->call->ctx, piece.bytes, piece.size);
        if (r->reply->hung) r->stage = REPLY_DONE;
        return AXL_OK;
    }
    if (buf_append(&r->reply->body, piece.bytes, piece.size)) return AXL_OK;
    return error_no_memory(err, "a reply", piece.size);
}

static axl_status take(reader *r, const uint8_t *bytes, size_t size, axl_error *err) {
    size_t at = 0;
    for (;;) {
        size_t taken = 0;
        if (r->stage == REPLY_BODY)
            FORWARD(take_body(r, bytes + at, size - at, &taken, err));
        else
            FORWARD(take_line(r, bytes + at, size - at, &taken, err));
        at += taken;
        // A body may be empty: it is asked once even when all bytes are taken.
        if (r->stage == REPLY_DONE || (at == size && (r->stage != REPLY_BODY || taken == 0)))
            return AXL_OK;
    }
}

static axl_status receive(reader *r, int fd, uint64_t deadline, axl_error *err) {
    uint8_t bytes[16384];
    while (r->stage != REPLY_DONE) {
        size_t got;
        const os_io io = os_socket_receive(fd, bytes, sizeof bytes, &got);
        if (io == OS_IO_DONE) {
            FORWARD(take(r, bytes, got, err));
        } else if (io == OS_IO_WAIT) {
            if (!os_socket_wait(fd, false, deadline))
                return error_set(err, AXL_BUSY, "no whole answer in time");
        } else if (r->stage == REPLY_BODY && r->until_closed) {
            return AXL_OK;
        } else {
            return error_set(err, AXL_IO,
                             r->stage == REPLY_STATUS ? "closed without an answer"
                                                      : "the answer is cut off");
        }
    }
    return AXL_OK;
}

axl_status http_call_run(http_reply *out, const http_call *call, axl_error *err) {
    *out = (http_reply){0};
    const uint64_t now = os_clock_ns();
    const uint64_t deadline =
        now > UINT64_MAX - call->timeout_ns ? UINT64_MAX : now + call->timeout_ns;
    reader r = {
        .call = call,
        .reply = out,
        .limits = {.head_bytes = HEAD_MAX, .fields = FIELDS_MAX, .body_bytes = call->reply_max}};
    buf head = {0};
    int fd = -1;
    axl_status status = AXL_OK;
    if (!request_head(&head, call)) status = error_no_memory(err, "a request", head.size);
    if (status == AXL_OK) status = os_connect(&fd, call->to->host, call->to->port, deadline, err);
    if (status == AXL_OK) status = send_all(fd, head.data, head.size, deadline, err);
    if (status == AXL_OK) status = send_all(fd, call->body, call->size, deadline, err);
    if (status == AXL_OK) status = receive(&r, fd, deadline, err);
    if (fd >= 0) os_socket_close(fd);
    buf_free(&head);
    http_line_free(&r.line);
    http_body_free(&r.body);
    return status;
}

const char *http_reply_field(const http_reply *r, const char *name) {
    for (size_t i = 0; i < r->field_count; i++)
        if (http_same(r->fields[i].name, name)) return r->fields[i].value;
    return NULL;
}

void http_reply_free(http_reply *r) {
    mem_free(r->fields);
    buf_free(&r->body);
    buf_free(&r->text);
    *r = (http_reply){0};
}
