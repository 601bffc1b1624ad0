#include "http/http_box.h"

#include "os/clock.h"
#include "os/socket.h"
#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const http_field plain[] = {{"Content-Type", "text/plain"}};

static void answer(http_exchange *x, int status, const char *text) {
    buf body = {0};
    buf_text(&body, text);
    http_answer(x, status, plain, 1, &body);
    buf_free(&body);
}

// ---- workers

static void stream(http_exchange *x, size_t count, bool cut) {
    char piece[100];
    memset(piece, 'p', sizeof piece);
    http_begin(x, 200, plain, 1);
    for (size_t i = 0; i < count; i++) http_write(x, piece, sizeof piece);
    http_end(x, cut);
}

static void hold(http_box *b, http_exchange *x) {
    http_begin(x, 200, plain, 1);
    http_write(x, "held", 4);
    atomic_fetch_add(&b->held, 1);
    for (bool released = false; !released && !http_gone(x);) {
        os_mutex_lock(&b->lock);
        released = b->released;
        os_mutex_unlock(&b->lock);
        os_yield();
    }
    if (http_gone(x)) {
        atomic_store(&b->gone_ns, os_clock_ns());
        atomic_fetch_add(&b->gone, 1);
    }
    http_write(x, "free", 4);
    http_end(x, false);
}

static void stuck(http_box *b, http_exchange *x, size_t size) {
    buf piece = {0};
    buf_fill(&piece, 's', size);
    http_begin(x, 200, plain, 1);
    http_write(x, piece.data, piece.size);
    buf_free(&piece);
    while (!http_gone(x)) os_yield();
    atomic_fetch_add(&b->gone, 1);
    http_end(x, false);
}

static void flood(http_box *b, http_exchange *x) {
    char piece[65536];
    memset(piece, 'f', sizeof piece);
    http_begin(x, 200, plain, 1);
    while (http_write(x, piece, sizeof piece)) {
    }
    atomic_fetch_add(&b->gone, 1);
    http_end(x, true);
}

static void work(void *ctx) {
    http_box *b = ctx;
    for (;;) {
        os_mutex_lock(&b->lock);
        while (b->job_count == 0 && !b->stop) os_cond_wait(&b->changed, &b->lock);
        if (b->job_count == 0) break;
        struct box_job job = b->jobs[b->job_first];
        b->job_first = (b->job_first + 1) % COUNT_OF(b->jobs);
        b->job_count--;
        os_mutex_unlock(&b->lock);
        if (strcmp(job.path, "/later") == 0)
            answer(job.x, 200, "later");
        else if (strcmp(job.path, "/hold") == 0)
            hold(b, job.x);
        else if (strcmp(job.path, "/stuck") == 0)
            stuck(b, job.x, job.count);
        else if (strcmp(job.path, "/flood") == 0)
            flood(b, job.x);
        else
            stream(job.x, job.count, strcmp(job.path, "/cut") == 0);
    }
    os_mutex_unlock(&b->lock);
}

static void give(http_box *b, http_exchange *x, const http_request *r) {
    os_mutex_lock(&b->lock);
    assert_true(b->job_count < COUNT_OF(b->jobs));
    struct box_job *job = &b->jobs[(b->job_first + b->job_count++) % COUNT_OF(b->jobs)];
    *job = (struct box_job){.x = x, .count = (size_t)strtoul(r->query, NULL, 10)};
    snprintf(job->path, sizeof job->path, "%s", r->path);
    os_cond_signal(&b->changed);
    os_mutex_unlock(&b->lock);
}

// ---- the handler

static bool admit(void *ctx, http_exchange *x, const http_request *r) {
    (void)ctx;
    if (strcmp(r->path, "/no") != 0) return true;
    answer(x, 403, "not you");
    return false;
}

static void request(void *ctx, http_exchange *x, const http_request *r) {
    http_box *b = ctx;
    static char note[] = "noted";
    buf body = {0};
    http_note(x, note);
    if (strcmp(r->path, "/now") == 0) {
        answer(x, 200, "now");
    } else if (strcmp(r->path, "/echo") == 0) {
        buf_append(&body, r->body, r->size);
        http_answer(x, 200, plain, 1, &body);
    } else if (strcmp(r->path, "/head") == 0) {
        const char *value = http_field_of(r, "X-Ask");
        const http_field fields[] = {{"X-Told", value}, {"Content-Length", "7"}, {"date", "now"}};
        buf_text(&body, value);
        http_answer(x, 200, fields, 3, &body);
    } else if (strcmp(r->path, "/bare") == 0) {
        http_answer(x, 204, NULL, 0, NULL);
    } else if (strcmp(r->path, "/nothing") == 0) {
        http_end(x, false);
    } else if (strcmp(r->path, "/big") == 0) {
        buf_fill(&body, 'b', (size_t)strtoul(r->query, NULL, 10));
        http_answer(x, 200, plain, 1, &body);
    } else {
        give(b, x, r);
    }
    buf_free(&body);
}

static const char *refuse(void *ctx, int status, const char *text, const char *path, buf *body) {
    http_box *b = ctx;
    atomic_fetch_add(&b->refused, 1);
    buf_format(body, "{\"status\": %d, \"path\": \"%s\", \"text\": \"%s\"}", status, path, text);
    return "application/json";
}

static void done(void *ctx, const http_request *r, int status, uint64_t written, uint64_t ns) {
    http_box *b = ctx;
    os_mutex_lock(&b->lock);
    snprintf(b->last_path, sizeof b->last_path, "%s", r->path);
    snprintf(b->last_note, sizeof b->last_note, "%s", r->note ? (const char *)r->note : "");
    os_mutex_unlock(&b->lock);
    atomic_store(&b->last_status, status);
    atomic_store(&b->last_written, written);
    if (ns < TEST_WAIT_NS) atomic_fetch_add(&b->done, 1);
}

// ---- the box

static void run(void *ctx) {
    http_box *b = ctx;
    b->result = http_run(b->server, NULL);
    atomic_store(&b->ended, 1);
}

void box_start(http_box *b, const http_limits *limits, const char *path) {
    const http_handler handler = {admit, request, refuse, done, b};
    const http_place tcp = {"127.0.0.1", 0}, file = {path, 0};
    axl_error err = {0};
    *b = (http_box){.result = AXL_INTERNAL};
    assert_int_equal(os_mutex_init(&b->lock, NULL), AXL_OK);
    assert_int_equal(os_cond_init(&b->changed, NULL), AXL_OK);
    assert_int_equal(http_create(&b->server, &handler, limits, &err), AXL_OK);
    if (http_listen(b->server, &tcp, &b->port, &err) != AXL_OK) fail_msg("%s", err.text);
    if (path && http_listen(b->server, &file, NULL, &err) != AXL_OK) fail_msg("%s", err.text);
    assert_int_equal(os_thread_start(&b->loop, run, b, NULL), AXL_OK);
    for (size_t i = 0; i < BOX_WORKERS; i++)
        assert_int_equal(os_thread_start(&b->worker[i], work, b, NULL), AXL_OK);
}

void box_release(http_box *b) {
    os_mutex_lock(&b->lock);
    b->released = true;
    os_mutex_unlock(&b->lock);
}

void box_stop(http_box *b, uint64_t deadline_ns) {
    http_stop(b->server, deadline_ns);
    os_thread_join(&b->loop);
    assert_int_equal(b->result, AXL_OK);
    os_mutex_lock(&b->lock);
    b->stop = true;
    os_cond_broadcast(&b->changed);
    os_mutex_unlock(&b->lock);
    for (size_t i = 0; i < BOX_WORKERS; i++) os_thread_join(&b->worker[i]);
    http_free(b->server);
    os_cond_free(&b->changed);
    os_mutex_free(&b->lock);
}

void box_wait(const atomic_size_t *counter, size_t least) {
    const uint64_t until = os_clock_ns() + TEST_WAIT_NS;
    while (atomic_load(counter) < least && os_clock_ns() < until) os_yield();
    assert_true(atomic_load(counter) >= least);
}

// ---- raw clients

int raw_connect(const http_box *b) {
    int fd;
    axl_error err = {0};
    if (os_connect(&fd, "127.0.0.1", b->port, os_clock_ns() + TEST_WAIT_NS, &err) != AXL_OK)
        fail_msg("%s", err.text);
    return fd;
}

bool raw_send(int fd, const void *bytes, size_t size) {
    const char *next = bytes;
    while (size > 0) {
        size_t moved;
        const os_io io = os_socket_send(fd, next, size, &moved);
        if (io == OS_IO_END) return false; // the reply says why
        if (io == OS_IO_WAIT) assert_true(os_socket_wait(fd, true, os_clock_ns() + TEST_WAIT_NS));
        next += moved;
        size -= moved;
    }
    return true;
}

void raw_text(int fd, const char *text) {
    raw_send(fd, text, strlen(text));
}

// False at the end.
static bool raw_more(int fd, buf *got) {
    char piece[4096];
    for (;;) {
        size_t moved;
        const os_io io = os_socket_receive(fd, piece, sizeof piece, &moved);
        if (io == OS_IO_DONE) return buf_append(got, piece, moved);
        if (io == OS_IO_END) return false;
        if (!os_socket_wait(fd, false, os_clock_ns() + TEST_WAIT_NS))
            fail_msg("nothing comes behind: %s", buf_string(got));
    }
}

void raw_until(int fd, buf *got, const char *text) {
    while (!strstr(buf_string(got), text))
        if (!raw_more(fd, got)) fail_msg("ends before \"%s\": %s", text, buf_string(got));
}

void raw_to_end(int fd, buf *got) {
    while (raw_more(fd, got)) {
    }
}

void raw_ask(const http_box *b, const char *text, int status, buf *got) {
    char line[32];
    const int fd = raw_connect(b);
    raw_text(fd, text);
    raw_to_end(fd, got);
    os_socket_close(fd);
    snprintf(line, sizeof line, "HTTP/1.1 %d ", status);
    if (strncmp(buf_string(got), line, strlen(line)) != 0)
        fail_msg("%s\nis answered with\n%s", text, buf_string(got));
}

size_t raw_count(const buf *got, const char *text) {
    size_t count = 0;
    for (const char *at = buf_string(got); (at = strstr(at, text)) != NULL; at++) count++;
    return count;
}
