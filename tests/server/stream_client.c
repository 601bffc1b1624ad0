#include "stream_client.h"

#include "base/json_out.h"
#include "os/clock.h"

#include <stdlib.h>
#include <string.h>

#define PATIENCE_NS ((uint64_t)120000000000) // far beyond what anything takes
#define TAIL ((size_t)1024)                  // bytes, in which the counts stand

static bool make_body(buf *out, const stream_ask *a) {
    json_out j = {.to = out};
    json_out_object(&j, NULL);
    json_out_bytes(&j, "prompt", a->prompt, a->size);
    json_out_count(&j, "max_tokens", a->bytes);
    json_out_count(&j, "temperature", 1);
    json_out_count(&j, "top_k", 0);
    json_out_count(&j, "top_p", 1);
    json_out_count(&j, "min_p", 0);
    json_out_count(&j, "repeat_penalty", 1);
    json_out_count(&j, "seed", a->seed);
    json_out_bool(&j, "ignore_eos", true);
    json_out_bool(&j, "stream", !a->whole);
    if (!a->whole) {
        json_out_object(&j, "stream_options");
        json_out_bool(&j, "include_usage", true);
        json_out_end(&j);
    }
    json_out_end(&j);
    return buf_ok(out);
}

static void tell_first(stream_client *c) {
    os_mutex_lock(&c->lock);
    c->first = true;
    os_cond_signal(&c->came);
    os_mutex_unlock(&c->lock);
}

static bool take(void *ctx, const void *bytes, size_t size) {
    stream_client *c = ctx;
    c->last_ns = os_clock_ns();
    if (!c->first) {
        c->first_ns = c->last_ns;
        tell_first(c);
    }
    if (!buf_append(&c->tail, bytes, size)) return false;
    if (c->tail.size > TAIL) {
        const size_t more = c->tail.size - TAIL;
        memmove(c->tail.data, c->tail.data + more, TAIL);
        buf_truncate(&c->tail, TAIL);
    }
    return !atomic_load(&c->leave);
}

static void ask(void *ctx) {
    stream_client *c = ctx;
    static const http_field fields[] = {{"Content-Type", "application/json"}};
    const http_call call = {.to = c->to,
                            .method = "POST",
                            .path = "/v1/completions",
                            .fields = fields,
                            .field_count = 1,
                            .body = c->body.data,
                            .size = c->body.size,
                            .timeout_ns = PATIENCE_NS,
                            .reply_max = (size_t)1 << 26,
                            .sink = take,
                            .ctx = c};
    http_reply reply;
    c->asked_ns = os_clock_ns();
    const axl_status status = http_call_run(&reply, &call, NULL);
    if (status == AXL_OK) c->status = reply.status;
    c->retry = http_reply_field(&reply, "Retry-After") != NULL;
    http_reply_free(&reply);
    const char *count = strstr(buf_string(&c->tail), "\"completion_tokens\": ");
    if (count) c->written = strtoull(count + strlen("\"completion_tokens\": "), NULL, 10);
    tell_first(c);
}

static bool prepare(stream_client *c, const http_url *to, const stream_ask *a) {
    *c = (stream_client){.to = to};
    if (os_mutex_init(&c->lock, NULL) != AXL_OK) return false;
    if (os_cond_init(&c->came, NULL) == AXL_OK) {
        if (make_body(&c->body, a)) return true;
        os_cond_free(&c->came);
    }
    os_mutex_free(&c->lock);
    buf_free(&c->body);
    return false;
}

bool stream_run(stream_client *c, const http_url *to, const stream_ask *a) {
    if (!prepare(c, to, a)) return false;
    ask(c);
    return true;
}

bool stream_begin(stream_client *c, const http_url *to, const stream_ask *a) {
    if (!prepare(c, to, a)) return false;
    if (os_thread_start(&c->thread, ask, c, NULL) == AXL_OK) return true;
    stream_free(c);
    return false;
}

void stream_wait_first(stream_client *c) {
    os_mutex_lock(&c->lock);
    while (!c->first) os_cond_wait(&c->came, &c->lock);
    os_mutex_unlock(&c->lock);
}

void stream_end(stream_client *c) {
    os_thread_join(&c->thread);
}

void stream_free(stream_client *c) {
    os_cond_free(&c->came);
    os_mutex_free(&c->lock);
    buf_free(&c->body);
    buf_free(&c->tail);
}
