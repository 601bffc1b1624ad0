#include "api/train_dashboard.h"

#include "api/train_feed.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/strings.h"
#include "os/clock.h"
#include "server/front/front_policy.h"
#include "server/page.h"

#include <stdatomic.h>
#include <string.h>

#define SECOND ((uint64_t)1000000000)
#define LOOKING (6 * SECOND)   // a page asks every second, and every five in the background
#define LAST_LOOK (2 * SECOND) // that the end of a run waits for it

struct train_dashboard {
    train_feed feed;
    const axl_train_events *told; // borrowed
    http_server *http;
    os_thread thread;
    unsigned port;
    _Atomic uint64_t asked; // when a page asked last; 0: never
    atomic_bool seen;       // a page was told that the run has ended
};

// ---- the page's thread ----

static void answer(http_exchange *x, int status, const char *media, const buf *body) {
    const http_field fields[] = {{"Content-Type", media},
                                 {"X-Content-Type-Options", "nosniff"},
                                 {"Cache-Control", "no-store"}};
    http_answer(x, status, fields, sizeof fields / sizeof *fields, body);
}

static void answer_refusal(http_exchange *x, const refusal *why) {
    buf body = {0};
    buf_format(&body, "%s\n", why->message);
    answer(x, refusal_http(why), "text/plain; charset=utf-8", &body);
    buf_free(&body);
}

static bool admit(void *ctx, http_exchange *x, const http_request *r) {
    static const front_policy here = {0}; // this machine and its pages
    (void)ctx;
    refusal why = {0};
    const bool reads = r->method == HTTP_GET || r->method == HTTP_HEAD;
    if (policy_admit(&here, r, true, &why)) {
        if (reads) return true;
        refuse(&why, REFUSAL_METHOD, NULL, "this page is read with GET");
    }
    answer_refusal(x, &why);
    return false;
}

static void answer_page(http_exchange *x, const http_request *r, const page_file *page) {
    const http_field fields[] = {
        {"Content-Type", page->media},         {"Content-Security-Policy", PAGE_POLICY},
        {"X-Content-Type-Options", "nosniff"}, {"X-Frame-Options", "DENY"},
        {"Cache-Control", "no-cache"},         {"ETag", page->etag}};
    const bool known = page_known(page, http_field_of(r, "If-None-Match"));
    buf body = {0};
    if (!known) buf_append(&body, page->bytes, page->size);
    if (buf_ok(&body))
        http_answer(x, known ? 304 : 200, fields, sizeof fields / sizeof *fields, &body);
    else
        http_end(x, true);
    buf_free(&body);
}

static void answer_feed(train_dashboard *d, http_exchange *x, const http_request *r) {
    uint64_t after = 0;
    bool ended = false;
    buf body = {0};
    if (string_starts(r->query, "after=")) string_to_u64(r->query + strlen("after="), &after);
    atomic_store(&d->asked, os_clock_ns());
    if (train_feed_json(&d->feed, after, &body, &ended)) {
        answer(x, 200, "application/json", &body);
        if (ended) atomic_store(&d->seen, true);
    } else {
        http_end(x, true);
    }
    buf_free(&body);
}

static void request_in(void *ctx, http_exchange *x, const http_request *r) {
    const page_file *page = page_find(strcmp(r->path, "/") == 0 ? "/train.html" : r->path);
    if (strcmp(r->path, "/train.json") == 0) {
        answer_feed(ctx, x, r);
    } else if (page) {
        answer_page(x, r, page);
    } else {
        refusal why = {0};
        refuse(&why, REFUSAL_ROUTE, NULL, "there is no %s", r->path);
        answer_refusal(x, &why);
    }
}

// A failure here is the page's alone.
static void serve(void *ctx) {
    http_run(((train_dashboard *)ctx)->http, NULL);
}

// ---- open ----

static axl_status listen_here(train_dashboard *d, unsigned port, axl_error *err) {
    const http_handler handler = {.admit = admit, .request = request_in, .ctx = d};
    http_limits limits = http_limits_standard;
    limits.body_bytes = 0;
    limits.connections = 32;
    FORWARD(http_create(&d->http, &handler, &limits, err));
    FORWARD(http_listen(d->http, &(http_place){"127.0.0.1", port}, &d->port, err));
    return os_thread_start(&d->thread, serve, d, err);
}

axl_status train_dashboard_open(train_dashboard **out, const char *run, unsigned port,
                                axl_error *err) {
    train_dashboard *d = mem_zalloc(sizeof *d);
    RETURN_IF(!d, err, AXL_NO_MEMORY, "no memory for the page of the run");
    axl_status status = train_feed_open(&d->feed, run, err);
    if (status == AXL_OK) {
        status = listen_here(d, port, err);
        if (status == AXL_OK) {
            *out = d;
            return AXL_OK;
        }
        http_free(d->http);
        train_feed_close(&d->feed);
    }
    mem_free(d);
    return status;
}

unsigned train_dashboard_port(const train_dashboard *d) {
    return d->port;
}

// ---- the run's thread ----

static void on_plan(void *ctx, const axl_train_plan *plan) {
    train_dashboard *d = ctx;
    train_feed_plan(&d->feed, plan);
    if (d->told->plan) d->told->plan(d->told->ctx, plan);
}

static void on_row(void *ctx, const axl_train_row *row) {
    train_dashboard *d = ctx;
    train_feed_row(&d->feed, row);
    if (d->told->row) d->told->row(d->told->ctx, row);
}

static void on_note(void *ctx, const char *text) {
    train_dashboard *d = ctx;
    train_feed_note(&d->feed, text);
    if (d->told->note) d->told->note(d->told->ctx, text);
}

static void on_sample(void *ctx, const char *prompt, const void *text, size_t bytes) {
    train_dashboard *d = ctx;
    train_feed_sample(&d->feed, prompt, text, bytes);
    if (d->told->sample) d->told->sample(d->told->ctx, prompt, text, bytes);
}

static void on_left_out(void *ctx, const char *path, uint64_t line, const char *reason) {
    const train_dashboard *d = ctx;
    if (d->told->left_out) d->told->left_out(d->told->ctx, path, line, reason);
}

static void on_evaluation(void *ctx, const char *what, uint64_t done, uint64_t total) {
    train_dashboard *d = ctx;
    train_feed_evaluation(&d->feed, what, done, total);
    if (d->told->evaluation) d->told->evaluation(d->told->ctx, what, done, total);
}

static int on_stop(void *ctx) {
    const train_dashboard *d = ctx;
    return d->told->stop ? d->told->stop(d->told->ctx) : 0;
}

axl_train_events train_dashboard_events(train_dashboard *d, const axl_train_events *told) {
    d->told = told;
    return (axl_train_events){.plan = on_plan,
                              .row = on_row,
                              .note = on_note,
                              .sample = on_sample,
                              .left_out = on_left_out,
                              .evaluation = on_evaluation,
                              .stop = on_stop,
                              .ctx = d};
}

static feed_state state_of(axl_status status) {
    if (status == AXL_OK) return FEED_ENDED;
    return status == AXL_INTERRUPTED ? FEED_STOPPED : FEED_FAILED;
}

void train_dashboard_close(train_dashboard *d, const train_dashboard_end *end) {
    if (!d) return;
    train_feed_end(&d->feed, state_of(end->status), end->what, end->result);
    const uint64_t now = os_clock_ns(), asked = atomic_load(&d->asked);
    if (asked > 0 && now - asked < LOOKING)
        while (!atomic_load(&d->seen) && os_clock_ns() - now < LAST_LOOK) os_sleep_ns(SECOND / 100);
    http_stop(d->http, SECOND / 2);
    os_thread_join(&d->thread);
    http_free(d->http);
    train_feed_close(&d->feed);
    mem_free(d);
}
