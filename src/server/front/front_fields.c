// The fields of answers, and answers that are there at once.
#include "server/front/front_parts.h"

#include "base/strings.h"
#include "server/page.h"

#include <string.h>

void fields_add(front_fields *to, const char *name, const char *value) {
    if (to->count < FRONT_FIELDS_MAX) to->list[to->count++] = (http_field){name, value};
}

// A page that may ask may read the answer too. No cookies are used, so that none are allowed.
static void add_origin(front_fields *to, const front_call *c) {
    const char *origin = http_field_of(c->r, "Origin");
    if (!origin || !policy_origin(&c->f->spec.policy, origin, c->r->host)) return;
    fields_add(to, "Access-Control-Allow-Origin", origin);
    fields_add(to, "Access-Control-Expose-Headers", "X-Request-Id, Retry-After");
}

void fields_begin(front_fields *to, const front_call *c) {
    to->count = 0;
    if (c->visit) fields_add(to, "X-Request-Id", c->visit->id);
    fields_add(to, "Vary", "Origin");
    add_origin(to, c);
    fields_add(to, "X-Content-Type-Options", "nosniff");
    fields_add(to, "Referrer-Policy", "no-referrer");
    fields_add(to, "Cross-Origin-Resource-Policy", "same-origin");
}

static void send(const front_call *c, int status, const front_fields *fields, buf *body) {
    static const buf none;
    // Without memory for the body there is its status at least.
    if (!buf_ok(body))
        http_answer(c->x, 503, fields->list, fields->count, &none);
    else
        http_answer(c->x, status, fields->list, fields->count, body);
    buf_free(body);
}

static void begin_data(front_fields *to, const front_call *c, const char *type) {
    fields_begin(to, c);
    fields_add(to, "Content-Type", type);
    fields_add(to, "Cache-Control", "no-store");
    fields_add(to, "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
}

void front_send(const front_call *c, int status, const char *type, buf *body) {
    front_fields fields;
    begin_data(&fields, c, type);
    send(c, status, &fields, body);
}

static const char *allowed(const http_request *r) {
    refusal why = {0};
    const char *method = front_method(r, &why);
    if (!method) return "GET, HEAD, POST, OPTIONS";
    return strcmp(method, "GET") == 0 ? "GET, HEAD, OPTIONS" : "POST, OPTIONS";
}

void front_refuse(const front_call *c, const refusal *why) {
    const route found = route_find(c->r->path);
    const dialect form = found ? route_dialect(found) : path_dialect(c->r->path);
    const unsigned retry = refusal_retry(why);
    front_fields fields;
    buf body = {0};
    begin_data(&fields, c, "application/json");
    if (why->kind == REFUSAL_KEY) fields_add(&fields, "WWW-Authenticate", "Bearer realm=\"axl\"");
    if (why->kind == REFUSAL_METHOD) fields_add(&fields, "Allow", allowed(c->r));
    if (retry > 0) {
        string_format(fields.retry, sizeof fields.retry, NULL, "%u", retry);
        fields_add(&fields, "Retry-After", fields.retry);
    }
    refusal_body(why, form, &body);
    send(c, refusal_http(why), &fields, &body);
}

// What a browser asks before a page of another origin may do what forms cannot.
void front_preflight(const front_call *c) {
    front_fields fields;
    buf none = {0};
    fields_begin(&fields, c);
    fields_add(&fields, "Allow", allowed(c->r));
    if (http_field_of(c->r, "Origin")) {
        const char *wanted = http_field_of(c->r, "Access-Control-Request-Headers");
        fields_add(&fields, "Access-Control-Allow-Methods", "GET, HEAD, POST, OPTIONS");
        // SDKs send many of their own; which ones there are makes no difference here.
        if (wanted) fields_add(&fields, "Access-Control-Allow-Headers", wanted);
        fields_add(&fields, "Access-Control-Max-Age", "600");
        if (http_field_of(c->r, "Access-Control-Request-Private-Network"))
            fields_add(&fields, "Access-Control-Allow-Private-Network", "true");
    }
    send(c, 204, &fields, &none);
}

void front_page(const front_call *c) {
    const page_file *page = page_find(c->r->path);
    const bool known = page_known(page, http_field_of(c->r, "If-None-Match"));
    front_fields fields;
    buf body = {0};
    fields_begin(&fields, c);
    fields_add(&fields, "Content-Type", page->media);
    fields_add(&fields, "Content-Security-Policy", PAGE_POLICY);
    fields_add(&fields, "X-Frame-Options", "DENY");
    fields_add(&fields, "Cross-Origin-Opener-Policy", "same-origin");
    fields_add(&fields, "Cache-Control", "no-cache");
    fields_add(&fields, "ETag", page->etag);
    if (!known) buf_append(&body, page->bytes, page->size);
    send(c, known ? 304 : 200, &fields, &body);
}
