#include "serve_box.h"

#include "support/unit.h"

#include "base/strings.h"

#include <string.h>

#define PATIENCE_NS ((uint64_t)60000000000) // far beyond what anything takes

axl_server_options serve_options(void) {
    static const axl_server_model models[] = {{AXL_GOLDEN "/batch_ignored", "infills"},
                                              {AXL_GOLDEN "/full_groups", "plain"}};
    axl_server_options o;
    axl_server_defaults(&o);
    o.models = models;
    o.model_count = COUNT_OF(models);
    o.port = 0;
    o.threads = 1;
    return o;
}

static void on_request(void *ctx, const axl_server_event *e) {
    serve_box *b = ctx;
    os_mutex_lock(&b->lock);
    if (b->events < SERVE_EVENTS) {
        struct serve_event *to = &b->event[b->events];
        to->status = e->status;
        to->read = e->read;
        to->written = e->written;
        string_copy(to->method, sizeof to->method, e->method);
        string_copy(to->path, sizeof to->path, e->path);
        string_copy(to->model, sizeof to->model, e->model ? e->model : "");
        string_copy(to->id, sizeof to->id, e->id);
        string_copy(to->client, sizeof to->client, e->client);
    }
    b->events++;
    os_mutex_unlock(&b->lock);
}

static void serve(void *ctx) {
    serve_box *b = ctx;
    b->result = axl_server_run(b->server, NULL);
}

void serve_start(serve_box *b, const axl_server_options *o) {
    *b = (serve_box){0};
    axl_error err;
    axl_server_options mine = *o;
    mine.log = on_request;
    mine.log_ctx = b;
    assert_int_equal(os_mutex_init(&b->lock, NULL), AXL_OK);
    if (axl_server_create(&b->server, &mine, &err) != AXL_OK) fail_msg("%s", err.text);
    if (axl_server_listen(b->server, &err) != AXL_OK) fail_msg("%s", err.text);
    if (o->host) {
        string_copy(b->to.host, sizeof b->to.host, "127.0.0.1");
        b->to.port = axl_server_port(b->server);
        assert_int_not_equal(b->to.port, 0);
    } else {
        string_copy(b->to.host, sizeof b->to.host, o->socket);
    }
    assert_int_equal(os_thread_start(&b->thread, serve, b, NULL), AXL_OK);
}

void serve_stop(serve_box *b) {
    axl_server_stop(b->server);
    os_thread_join(&b->thread);
    assert_int_equal(b->result, AXL_OK);
    axl_server_free(b->server);
    os_mutex_free(&b->lock);
}

axl_status serve_try(serve_box *b, const serve_question *q, http_reply *out) {
    http_field fields[COUNT_OF(q->fields) + 1];
    size_t count = 0;
    bool typed = q->body == NULL;
    for (; count < COUNT_OF(q->fields) && q->fields[count].name; count++) {
        fields[count] = q->fields[count];
        typed |= strcmp(fields[count].name, "Content-Type") == 0;
    }
    if (!typed) fields[count++] = (http_field){"Content-Type", "application/json"};
    const http_call call = {.to = &b->to,
                            .method = q->method,
                            .path = q->path,
                            .fields = fields,
                            .field_count = count,
                            .body = q->body,
                            .size = q->body ? strlen(q->body) : 0,
                            .timeout_ns = PATIENCE_NS,
                            .reply_max = (size_t)1 << 26,
                            .sink = q->sink,
                            .ctx = q->ctx};
    *out = (http_reply){0};
    return http_call_run(out, &call, NULL);
}

http_reply serve_ask(serve_box *b, const serve_question *q) {
    http_reply reply;
    if (serve_try(b, q, &reply) != AXL_OK)
        fail_msg("%s %s: no answer, status %d", q->method, q->path, reply.status);
    return reply;
}
