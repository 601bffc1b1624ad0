#include "server/http/http_server.h"

#include "base/alloc.h"
#include "base/error.h"
#include "os/clock.h"

#define EVENTS_MAX 64                    // of one round
#define ACCEPT_MAX 64                    // connections of one place in one round
#define CROWDED_NS ((uint64_t)100000000) // between two tries to accept without descriptors
#define SURPLUS_SHARE 8                  // connections over the limit, a share of it, that are
#define SURPLUS_LEAST 16                 // told so; more wait to be accepted

const http_limits http_limits_standard = {
    .line_bytes = 8192,
    .head_bytes = 16384,
    .fields = 100,
    .body_bytes = (size_t)4 << 20,
    .connections = 4096,
    .unread_bytes = (size_t)1 << 20,
    .head_ns = 10000000000u,
    .body_ns = 10000000000u,
    .body_rate = 16384,
    .idle_ns = 75000000000u,
    .write_ns = 30000000000u,
};

axl_status http_create(http_server **out, const http_handler *handler, const http_limits *limits,
                       axl_error *err) {
    *out = NULL;
    http_server *s = mem_zalloc(sizeof *s);
    if (!s) return error_no_memory(err, "a server", sizeof *s);
    s->handler = *handler;
    s->limits = limits ? *limits : http_limits_standard;
    atomic_init(&s->stop_ns, 0);
    axl_status status = os_mutex_init(&s->lock, err);
    if (status != AXL_OK) {
        mem_free(s);
        return status;
    }
    status = os_events_open(&s->events, err);
    if (status != AXL_OK)
        http_free(s);
    else
        *out = s;
    return status;
}

axl_status http_listen(http_server *s, const http_place *place, unsigned *port, axl_error *err) {
    RETURN_IF(s->place_count == HTTP_PLACES_MAX, err, AXL_BAD_ARGUMENT,
              "a server listens at no more than %d places", HTTP_PLACES_MAX);
    os_listener *l = &s->places[s->place_count];
    FORWARD(os_listen(l, place->host, place->port, err));
    for (size_t i = 0; i < l->count; i++) {
        const axl_status status = os_events_add(s->events, l->fd[i], 0, s, err);
        if (status == AXL_OK) continue;
        os_listener_close(l);
        return status;
    }
    s->place_count++;
    if (port) *port = l->port;
    return AXL_OK;
}

// ---- other threads

void http_server_attend(http_exchange *x) {
    http_server *s = x->server;
    os_mutex_lock(&s->lock);
    if (!x->attended) {
        x->attended = true;
        x->attention = s->attention;
        s->attention = x;
        // With the lock held: the loop may end, and the server with it, as soon as it has seen x.
        os_events_wake(s->events);
    }
    os_mutex_unlock(&s->lock);
}

// The next one that was given to the loop, NULL: none.
static http_exchange *take_attention(http_server *s) {
    os_mutex_lock(&s->lock);
    http_exchange *x = s->attention;
    if (x) {
        s->attention = x->attention;
        x->attended = false;
    }
    os_mutex_unlock(&s->lock);
    return x;
}

void http_stop(http_server *s, uint64_t deadline_ns) {
    const uint64_t now = os_clock_ns();
    const uint64_t at = now > UINT64_MAX - deadline_ns ? UINT64_MAX : now + deadline_ns;
    const uint64_t before = atomic_load(&s->stop_ns);
    if (before == 0 || at < before) atomic_store(&s->stop_ns, at);
    os_events_wake(s->events);
}

// ---- the loop

static size_t hard_limit(const http_server *s) {
    const size_t share = s->limits.connections / SURPLUS_SHARE;
    return s->limits.connections + (share > SURPLUS_LEAST ? share : SURPLUS_LEAST);
}

static void accept_at(http_server *s, int listener) {
    for (int i = 0; i < ACCEPT_MAX && s->count < hard_limit(s); i++) {
        int fd;
        os_peer peer;
        const os_io got = os_accept(listener, &fd, &peer);
        if (got == OS_IO_WAIT) return;
        const bool surplus = s->count >= s->limits.connections;
        if (got != OS_IO_DONE || !connection_open(s, fd, &peer, surplus)) {
            s->crowded_ns = s->now_ns + CROWDED_NS;
            return;
        }
    }
}

static void accept_all(http_server *s) {
    if (!s->accepting) return;
    for (size_t p = 0; p < s->place_count; p++)
        for (size_t i = 0; i < s->places[p].count; i++) accept_at(s, s->places[p].fd[i]);
}

// Without room or descriptors nobody is accepted: clients wait in the system's queue, and the loop
// does not spin on them.
static void watch_listeners(http_server *s) {
    if (s->crowded_ns <= s->now_ns) s->crowded_ns = 0;
    const bool wanted = !s->stopped && s->count < hard_limit(s) && s->crowded_ns == 0;
    if (wanted == s->accepting) return;
    s->accepting = wanted;
    for (size_t p = 0; p < s->place_count; p++)
        for (size_t i = 0; i < s->places[p].count; i++)
            if (!os_events_change(s->events, s->places[p].fd[i], wanted ? OS_EVENT_READ : 0, s)) {
                s->accepting = !wanted; // tried again in the next round
                s->crowded_ns = s->now_ns + CROWDED_NS;
            }
}

static void close_places(http_server *s) {
    for (size_t p = 0; p < s->place_count; p++) {
        for (size_t i = 0; i < s->places[p].count; i++)
            os_events_remove(s->events, s->places[p].fd[i]);
        os_listener_close(&s->places[p]);
    }
    s->place_count = 0;
}

static void stop_all(http_server *s) {
    s->stopped = true;
    close_places(s);
    http_exchange *next = NULL;
    for (http_exchange *x = s->first; x; x = next) {
        next = x->next;
        connection_stop(x);
    }
}

static uint64_t next_deadline(const http_server *s, uint64_t stop_ns) {
    uint64_t next = deadlines_next(&s->deadlines);
    if (s->crowded_ns != 0 && s->crowded_ns < next) next = s->crowded_ns;
    if (stop_ns != 0 && stop_ns < next) next = stop_ns;
    return next;
}

// Waits once and does what has come.
static axl_status round_of(http_server *s, uint64_t stop_ns, axl_error *err) {
    os_event_list events;
    FORWARD(os_events_wait(s->events, &events, next_deadline(s, stop_ns), err));
    s->now_ns = os_clock_ns();
    bool knocks = false;
    for (size_t i = 0; i < events.count; i++) {
        // A connection has one event in a round at most, so none here is gone already.
        const os_event *e = &events.event[i];
        if (e->of == s)
            knocks = true;
        else
            connection_event(e->of, e->what);
    }
    http_exchange *x;
    while ((x = take_attention(s)) != NULL) {
        if (!x->dead) {
            connection_attend(x);
            continue;
        }
        os_mutex_free(&x->lock);
        mem_free(x);
    }
    while ((x = deadlines_due(&s->deadlines, s->now_ns)) != NULL) connection_expire(x);
    if (knocks) accept_all(s);
    return AXL_OK;
}

axl_status http_run(http_server *s, axl_error *err) {
    axl_status status = AXL_OK;
    s->now_ns = os_clock_ns();
    while (status == AXL_OK) {
        const uint64_t stop_ns = atomic_load(&s->stop_ns);
        if (stop_ns != 0 && !s->stopped) stop_all(s);
        if (stop_ns != 0 && (s->count == 0 || s->now_ns >= stop_ns)) break;
        watch_listeners(s);
        status = round_of(s, stop_ns, err);
    }
    s->stopped = true;
    close_places(s);
    http_exchange *next = NULL;
    for (http_exchange *x = s->first; x; x = next) {
        next = x->next;
        connection_cut(x);
    }
    return status;
}

void http_free(http_server *s) {
    if (!s) return;
    close_places(s);
    while (s->first) connection_free(s->first);
    for (http_exchange *x; (x = take_attention(s)) != NULL;) {
        os_mutex_free(&x->lock);
        mem_free(x);
    }
    deadlines_free(&s->deadlines);
    os_events_close(s->events);
    os_mutex_free(&s->lock);
    mem_free(s);
}
