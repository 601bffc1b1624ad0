#include "server/http/connection.h"

#include "base/alloc.h"
#include "os/clock.h"
#include "server/http/http_server.h"

#include <string.h>

#define OUT_KEPT 16384                    // bytes of memory kept while an answer goes out
#define LINGER_NS ((uint64_t)2000000000)  // for the client to read a refusal
#define SURPLUS_NS ((uint64_t)2000000000) // for a connection over the limit to ask

static uint64_t after(uint64_t ns, uint64_t more) {
    return ns > UINT64_MAX - more ? UINT64_MAX : ns + more;
}

static void set_timer(http_exchange *x, uint64_t ns) {
    deadlines_set(&x->server->deadlines, &x->timer, after(x->server->now_ns, ns));
}

static void clear_timer(http_exchange *x) {
    deadlines_set(&x->server->deadlines, &x->timer, DEADLINE_NONE);
}

// ---- sending

// Nothing waits any more; little memory is kept.
static void empty_out(http_exchange *x) {
    if (x->out.capacity > OUT_KEPT)
        buf_free(&x->out);
    else
        buf_clear(&x->out);
    x->sent = 0;
}

void connection_flush(http_exchange *x) {
    if (!x->waiting) x->moved_ns = os_clock_ns();
    while (x->sent < x->out.size && !x->broken) {
        size_t moved;
        const char *from = x->out.data + x->sent;
        const os_io got = os_socket_send(x->fd, from, x->out.size - x->sent, &moved);
        if (got == OS_IO_WAIT) break;
        if (got == OS_IO_END) {
            x->broken = true;
            atomic_store(&x->gone, true);
            break;
        }
        x->sent += moved;
        x->moved_ns = os_clock_ns();
    }
    const size_t left = x->out.size - x->sent;
    if (left == 0 || x->broken) {
        empty_out(x);
    } else if (x->sent >= left) { // what is moved was sent before as often: the cost is linear
        memmove(x->out.data, x->out.data + x->sent, left);
        buf_truncate(&x->out, left);
        x->sent = 0;
    }
}

// ---- ends of connections

// The exchange, if it is still open, goes on without its client.
static void close_socket(http_exchange *x, bool reset) {
    os_mutex_lock(&x->lock);
    if (x->fd >= 0) {
        os_events_remove(x->server->events, x->fd);
        if (reset)
            os_socket_reset(x->fd);
        else
            os_socket_close(x->fd);
    }
    x->fd = -1;
    x->broken = true;
    x->waiting = false;
    buf_free(&x->out);
    x->sent = 0;
    atomic_store(&x->gone, true);
    os_mutex_unlock(&x->lock);
    buf_free(&x->ahead);
    clear_timer(x);
    x->phase = CONNECTION_CLOSED;
    x->server->crowded_ns = 0; // a descriptor is free
}

static void linger(http_exchange *x) {
    os_socket_finish(x->fd);
    if (x->left || x->server->stopped) {
        close_socket(x, false);
        return;
    }
    buf_free(&x->ahead);
    http_parser_reset(&x->parser);
    x->phase = CONNECTION_LINGER;
    set_timer(x, LINGER_NS);
}

static void wait_for_next(http_exchange *x) {
    http_parser_reset(&x->parser);
    x->phase = CONNECTION_IDLE;
    set_timer(x, x->surplus ? SURPLUS_NS : x->server->limits.idle_ns);
}

// Goes on where the answer is over and out, or cannot go out.
static void settle(http_exchange *x) {
    if (x->phase != CONNECTION_ANSWER) return;
    os_mutex_lock(&x->lock);
    const bool broken = x->broken, open = x->open, waiting = x->out.size > x->sent;
    const bool reset = x->cut && x->framing == ANSWER_UNTIL_CLOSED;
    const bool last = x->cut || x->close || x->left || x->server->stopped;
    const uint64_t moved_ns = x->moved_ns;
    x->waiting = waiting;
    os_mutex_unlock(&x->lock);
    if (broken) {
        close_socket(x, true);
    } else if (waiting) {
        const uint64_t at = after(moved_ns, x->server->limits.write_ns);
        deadlines_set(&x->server->deadlines, &x->timer, at);
    } else if (open) {
        clear_timer(x);
    } else if (reset) {
        close_socket(x, true);
    } else if (last) {
        linger(x);
    } else {
        wait_for_next(x);
    }
}

// ---- calls of the handler

// Everything of an answer that is not there yet.
static void begin_answer(http_exchange *x, bool open, bool unread) {
    os_mutex_lock(&x->lock);
    x->open = x->held = open;
    x->unread = unread;
    x->close = !open || !x->parser.framing.keep;
    x->cut = x->begun = false;
    x->framing = ANSWER_NONE;
    x->bodyless = x->parser.has_method && x->parser.request.method == HTTP_HEAD;
    x->status = 0;
    x->written = 0;
    os_mutex_unlock(&x->lock);
    x->parser.request.peer = x->peer.name;
    x->parser.request.near = x->peer.near;
}

static void release(http_exchange *x, bool open) {
    os_mutex_lock(&x->lock);
    x->held = false;
    if (!open) x->open = false;
    os_mutex_unlock(&x->lock);
}

// An answer by the transport itself, behind which the connection ends.
static void refuse(http_exchange *x, int status, const char *why) {
    const http_handler *h = &x->server->handler;
    buf body = {0};
    const char *type = "text/plain";
    if (h->refuse)
        type = h->refuse(h->ctx, status, why, x->parser.request.path, &body);
    else
        buf_text(&body, why);
    const http_field fields[] = {{"Content-Type", type}, {"Retry-After", "1"}};
    const answer_head_spec head = {.status = status,
                                   .fields = fields,
                                   .count = status == 503 ? 2 : 1,
                                   .framing = ANSWER_SIZED,
                                   .size = body.size,
                                   .close = true,
                                   .wall_ns = os_wall_ns()};
    begin_answer(x, false, true);
    x->phase = CONNECTION_ANSWER;
    os_mutex_lock(&x->lock);
    answer_head_put(&x->out, &head);
    if (!x->bodyless) buf_append(&x->out, buf_string(&body), body.size);
    if (!buf_ok(&x->out)) x->broken = true;
    connection_flush(x);
    os_mutex_unlock(&x->lock);
    buf_free(&body);
}

// True: the body may come.
static bool admit(http_exchange *x) {
    const http_handler *h = &x->server->handler;
    if (!h->admit) return true;
    begin_answer(x, true, x->parser.framing.chunked || x->parser.framing.length > 0);
    const bool in = h->admit(h->ctx, x, &x->parser.request);
    release(x, !in);
    return in;
}

static void deliver(http_exchange *x) {
    const http_handler *h = &x->server->handler;
    begin_answer(x, true, false);
    clear_timer(x);
    x->phase = CONNECTION_ANSWER;
    h->request(h->ctx, x, &x->parser.request);
    release(x, true);
}

// ---- reading

static void begin_head(http_exchange *x) {
    x->phase = CONNECTION_HEAD;
    x->began_ns = x->since_ns = x->server->now_ns;
    set_timer(x, x->server->limits.head_ns);
}

static void go_on(http_exchange *x) {
    static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";
    os_mutex_lock(&x->lock);
    buf_append(&x->out, text, sizeof text - 1);
    connection_flush(x);
    // So few bytes into an empty buffer of the system: a client that does not read at all.
    const bool stuck = x->broken || x->out.size > 0 || !buf_ok(&x->out);
    os_mutex_unlock(&x->lock);
    if (stuck) close_socket(x, true);
}

// The head is there; more: bytes follow it.
static void begin_body(http_exchange *x, bool more) {
    x->phase = CONNECTION_BODY;
    x->since_ns = x->server->now_ns;
    set_timer(x, x->server->limits.body_ns);
    if (!admit(x)) {
        x->phase = CONNECTION_ANSWER;
        settle(x);
    } else if (x->parser.framing.expects && !more) {
        go_on(x);
    }
}

// Bytes of requests, until one waits for its answer; what follows that one is kept.
static void digest(http_exchange *x, const char *bytes, size_t size) {
    size_t at = 0;
    while (x->phase <= CONNECTION_BODY) {
        if (x->phase == CONNECTION_IDLE && at == size) return;
        if (x->phase == CONNECTION_IDLE) begin_head(x);
        size_t taken;
        const http_progress got = http_parser_take(&x->parser, bytes + at, size - at, &taken);
        at += taken;
        if (got == HTTP_PROGRESS_MORE) return;
        if (got == HTTP_PROGRESS_HEAD) {
            begin_body(x, at < size);
            continue;
        }
        if (got == HTTP_PROGRESS_WHOLE)
            deliver(x);
        else
            refuse(x, x->parser.status, x->parser.why);
        settle(x);
    }
    if (x->phase == CONNECTION_ANSWER && at < size && !buf_append(&x->ahead, bytes + at, size - at))
        close_socket(x, true);
}

// Requests that came behind one whose answer is out now.
static void digest_ahead(http_exchange *x) {
    if (x->phase != CONNECTION_IDLE || x->ahead.size == 0) return;
    buf bytes = x->ahead;
    x->ahead = (buf){0};
    digest(x, bytes.data, bytes.size);
    buf_free(&bytes);
}

static void receive(http_exchange *x) {
    size_t got;
    switch (os_socket_receive(x->fd, x->server->read, sizeof x->server->read, &got)) {
    case OS_IO_DONE:
        break;
    case OS_IO_WAIT:
        return;
    default:
        close_socket(x, false);
        return;
    }
    if (x->phase == CONNECTION_LINGER) return;
    if (x->surplus) {
        refuse(x, 503, "too many connections");
        settle(x);
    } else {
        digest(x, x->server->read, got);
    }
}

// ---- for the loop

// Last of all in every call from the loop: what is to be watched now. x may be gone behind it.
static void rest(http_exchange *x) {
    os_mutex_lock(&x->lock);
    const bool open = x->open, waiting = x->waiting;
    os_mutex_unlock(&x->lock);
    unsigned what = OS_EVENT_READ;
    if (x->phase == CONNECTION_ANSWER)
        what = (x->left ? 0u : OS_EVENT_LEFT) | (waiting ? OS_EVENT_WRITE : 0u);
    if (x->phase != CONNECTION_CLOSED && what != x->watched) {
        x->watched = what;
        if (!os_events_change(x->server->events, x->fd, what, x)) close_socket(x, true);
    }
    if (x->phase == CONNECTION_CLOSED && !open) connection_free(x);
}

bool connection_open(http_server *s, int fd, const os_peer *peer, bool surplus) {
    http_exchange *x = mem_zalloc(sizeof *x);
    if (!x || os_mutex_init(&x->lock, NULL) != AXL_OK) {
        mem_free(x);
        os_socket_close(fd);
        return false;
    }
    x->server = s;
    x->fd = fd;
    x->peer = *peer;
    x->surplus = surplus;
    x->watched = OS_EVENT_READ;
    atomic_init(&x->gone, false);
    http_parser_init(&x->parser, &s->limits);
    if (!deadlines_add(&s->deadlines, &x->timer, x)) {
        os_mutex_free(&x->lock);
        mem_free(x);
        os_socket_close(fd);
        return false;
    }
    x->next = s->first;
    if (s->first) s->first->previous = x;
    s->first = x;
    s->count++;
    wait_for_next(x);
    const bool watched = os_events_add(s->events, fd, x->watched, x, NULL) == AXL_OK;
    if (!watched) connection_cut(x);
    return watched;
}

void connection_event(http_exchange *x, unsigned what) {
    if (x->phase != CONNECTION_ANSWER) {
        receive(x);
    } else {
        if (what & (OS_EVENT_LEFT | OS_EVENT_BROKEN)) {
            x->left = true;
            atomic_store(&x->gone, true);
        }
        os_mutex_lock(&x->lock);
        if (what & OS_EVENT_BROKEN) x->broken = true;
        connection_flush(x);
        os_mutex_unlock(&x->lock);
        settle(x);
        digest_ahead(x);
    }
    rest(x);
}

void connection_attend(http_exchange *x) {
    settle(x);
    digest_ahead(x);
    rest(x);
}

// More time for every byte that came.
static bool body_in_time(http_exchange *x) {
    const http_limits *l = &x->server->limits;
    const uint64_t size = x->parser.content.size;
    const uint64_t more = l->body_rate > 0 ? size * 1000000000u / l->body_rate : 0;
    const uint64_t until = after(x->since_ns, after(l->body_ns, more));
    if (until <= x->server->now_ns) return false;
    deadlines_set(&x->server->deadlines, &x->timer, until);
    return true;
}

void connection_expire(http_exchange *x) {
    bool stuck;
    switch (x->phase) {
    case CONNECTION_HEAD:
        refuse(x, 408, "the head of the request came too slowly");
        break;
    case CONNECTION_BODY:
        if (!body_in_time(x)) refuse(x, 408, "the body of the request came too slowly");
        break;
    case CONNECTION_ANSWER:
        os_mutex_lock(&x->lock);
        stuck = after(x->moved_ns, x->server->limits.write_ns) <= x->server->now_ns;
        if (stuck) x->broken = true;
        os_mutex_unlock(&x->lock);
        break;
    default:
        close_socket(x, false);
    }
    settle(x);
    rest(x);
}

void connection_stop(http_exchange *x) {
    if (x->phase == CONNECTION_HEAD || x->phase == CONNECTION_BODY)
        refuse(x, 503, "the server is stopping");
    else if (x->phase != CONNECTION_ANSWER)
        close_socket(x, false);
    settle(x);
    rest(x);
}

void connection_cut(http_exchange *x) {
    close_socket(x, true);
    rest(x);
}

void connection_free(http_exchange *x) {
    http_server *s = x->server;
    if (x->phase != CONNECTION_CLOSED) close_socket(x, true);
    deadlines_remove(&s->deadlines, &x->timer);
    if (x->previous)
        x->previous->next = x->next;
    else
        s->first = x->next;
    if (x->next) x->next->previous = x->previous;
    s->count--;
    http_parser_reset(&x->parser);
    buf_free(&x->ahead);
    buf_free(&x->out);
    os_mutex_lock(&s->lock);
    x->dead = true;
    const bool attended = x->attended;
    os_mutex_unlock(&s->lock);
    if (attended) return; // the loop meets it once more in that list
    os_mutex_free(&x->lock);
    mem_free(x);
}
