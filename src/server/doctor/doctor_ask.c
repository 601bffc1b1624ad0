#include "server/doctor/doctor_ask.h"

#include "base/error.h"
#include "base/strings.h"
#include "os/clock.h"
#include "server/http/client.h"

#include <string.h>

#define ANSWER_MAX ((size_t)64 << 20)

typedef struct fields {
    http_field list[4];
    size_t count;
    buf key; // owned
} fields;

static void add(fields *f, const char *name, const char *value) {
    f->list[f->count++] = (http_field){name, value};
}

static void make_fields(fields *f, const doctor_server *s, const doctor_question *q) {
    add(f, "User-Agent", "axl-doctor");
    add(f, "Accept", q->accept);
    if (q->body) add(f, "Content-Type", "application/json");
    if (!s->key) return;
    buf_format(&f->key, "Bearer %s", s->key);
    add(f, "Authorization", buf_string(&f->key));
}

// People name servers with and without the part that all paths of OpenAI's begin with.
static axl_status read_url(http_url *out, const char *text, axl_error *err) {
    FORWARD(http_url_read(out, text, err));
    const size_t size = strlen(out->base);
    if (string_ends(out->base, "/v1")) out->base[size - strlen("/v1")] = '\0';
    return AXL_OK;
}

static bool enough(void *ctx, const void *bytes, size_t size) {
    (void)ctx;
    (void)bytes;
    return size == 0;
}

// "Text/Event-Stream; charset=utf-8" is "text/event-stream".
static void take_type(doctor_answer *out, const char *type) {
    const size_t size = type ? strcspn(type, "; \t") : 0;
    string_format(out->type, sizeof out->type, NULL, "%.*s", (int)size, type ? type : "");
    for (char *c = out->type; *c; c++)
        if (*c >= 'A' && *c <= 'Z') *c = (char)(*c - 'A' + 'a');
}

axl_status doctor_ask(const doctor_server *s, const doctor_question *q, doctor_answer *out,
                      axl_error *err) {
    http_url to;
    fields f = {.count = 0};
    http_reply reply = {0};
    const uint64_t start = os_clock_ns();
    FORWARD(read_url(&to, s->url, err));
    make_fields(&f, s, q);
    const http_call call = {.to = &to,
                            .method = q->body ? "POST" : "GET",
                            .path = q->path,
                            .fields = f.list,
                            .field_count = f.count,
                            .body = q->body ? buf_string(q->body) : NULL,
                            .size = q->body ? q->body->size : 0,
                            .timeout_ns = s->patience_ns,
                            .reply_max = ANSWER_MAX,
                            .sink = q->hangs_up ? enough : NULL};
    const axl_status status = buf_ok(&f.key) ? http_call_run(&reply, &call, err)
                                             : error_no_memory(err, "a key", strlen(s->key));
    out->status = reply.status;
    take_type(out, http_reply_field(&reply, "Content-Type"));
    out->body = reply.body;
    reply.body = (buf){0};
    out->seconds = (double)(os_clock_ns() - start) * 1e-9;
    http_reply_free(&reply);
    buf_free(&f.key);
    return status;
}
