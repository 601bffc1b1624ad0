// Answers, from any thread. Bytes go out at once where nothing waits; what the client does not take
// is left to the loop.
#include "os/clock.h"
#include "server/http/http_server.h"

#include <inttypes.h>

static void give_up(http_exchange *x) {
    x->broken = true;
    atomic_store(&x->gone, true);
}

static void put_head(http_exchange *x, int status, const http_field *fields, size_t count,
                     uint64_t size) {
    const bool old = x->parser.minor == 0;
    x->begun = true;
    x->status = status;
    if (answer_is_bare(status))
        x->framing = ANSWER_NONE;
    else if (x->framing == ANSWER_CHUNKED && old)
        x->framing = ANSWER_UNTIL_CLOSED;
    if (x->framing == ANSWER_NONE) x->bodyless = true;
    if (x->framing == ANSWER_UNTIL_CLOSED || x->unread || http_server_stopping(x->server))
        x->close = true;
    const answer_head_spec head = {.status = status,
                                   .fields = fields,
                                   .count = count,
                                   .framing = x->framing,
                                   .size = size,
                                   .close = x->close,
                                   .old = old,
                                   .wall_ns = os_wall_ns()};
    answer_head_put(&x->out, &head);
}

// Sends where nothing waited before, and leaves the rest to the loop.
static void move(http_exchange *x) {
    if (!buf_ok(&x->out)) give_up(x);
    if (!x->waiting) connection_flush(x);
    const bool waiting = x->out.size > x->sent;
    if (x->held || x->waiting || (!waiting && !x->broken)) return;
    x->waiting = waiting;
    http_server_attend(x);
}

// The exchange is over; behind it the connection belongs to the loop.
static void leave(http_exchange *x) {
    const http_handler *h = &x->server->handler;
    if (h->done)
        h->done(h->ctx, &x->parser.request, x->status, x->written, os_clock_ns() - x->began_ns);
    os_mutex_lock(&x->lock);
    x->open = false;
    if (!x->held) http_server_attend(x);
    os_mutex_unlock(&x->lock);
}

void http_answer(http_exchange *x, int status, const http_field *fields, size_t count,
                 const buf *body) {
    os_mutex_lock(&x->lock);
    if (!x->broken) {
        const size_t size = body ? body->size : 0;
        x->framing = ANSWER_SIZED;
        put_head(x, status, fields, count, size);
        if (!x->bodyless && size > 0 && buf_append(&x->out, body->data, size)) x->written = size;
        move(x);
    }
    x->status = status;
    os_mutex_unlock(&x->lock);
    leave(x);
}

void http_begin(http_exchange *x, int status, const http_field *fields, size_t count) {
    os_mutex_lock(&x->lock);
    if (!x->broken) {
        x->framing = ANSWER_CHUNKED;
        put_head(x, status, fields, count, 0);
        move(x);
    }
    x->begun = true;
    x->status = status;
    os_mutex_unlock(&x->lock);
}

static void put_piece(http_exchange *x, const void *bytes, size_t size) {
    const bool chunked = x->framing == ANSWER_CHUNKED;
    if (chunked) buf_format(&x->out, "%zx\r\n", size);
    buf_append(&x->out, bytes, size);
    if (chunked) buf_text(&x->out, "\r\n");
    x->written += size;
    move(x);
}

bool http_write(http_exchange *x, const void *bytes, size_t size) {
    if (http_gone(x)) return false;
    os_mutex_lock(&x->lock);
    if (!x->broken && !x->bodyless && size > 0) {
        const size_t waiting = x->out.size - x->sent, most = x->server->limits.unread_bytes;
        if (waiting > 0 && (size > most || waiting > most - size)) {
            give_up(x);
            move(x);
        } else {
            put_piece(x, bytes, size);
        }
    }
    os_mutex_unlock(&x->lock);
    return !http_gone(x);
}

void http_end(http_exchange *x, bool failed) {
    os_mutex_lock(&x->lock);
    x->cut = failed || !x->begun;
    if (!x->cut && !x->broken && !x->bodyless && x->framing == ANSWER_CHUNKED) {
        buf_text(&x->out, "0\r\n\r\n");
        move(x);
    }
    os_mutex_unlock(&x->lock);
    leave(x);
}

void http_note(http_exchange *x, void *note) {
    x->parser.request.note = note;
}

bool http_gone(http_exchange *x) {
    return atomic_load_explicit(&x->gone, memory_order_relaxed);
}
