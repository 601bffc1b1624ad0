// The page of a run: what it is told, who may read it, and that a run does not depend on it.
#include "api/train_dashboard.h"
#include "api/train_feed.h"
#include "base/error.h"
#include "os/scratch.h"
#include "server/http/client.h"
#include "server/page.h"
#include "support/failing_alloc.h"
#include "support/unit.h"

#include <jansson.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define SECOND ((uint64_t)1000000000)

static axl_train_row row_of(uint64_t step, double held) {
    return (axl_train_row){.step = step,
                           .bytes = 10 * step,
                           .fraction = 0.5,
                           .train_bits = 2.5,
                           .held_bits = held,
                           .share = (double)NAN};
}

// ---- what the page is told ----

static json_t *told(train_feed *f, uint64_t after) {
    buf text = {0};
    bool ended;
    assert_true(train_feed_json(f, after, &text, &ended));
    json_t *root = json_loadb(text.data, text.size, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
    assert_non_null(root);
    const char *state = json_string_value(json_object_get(root, "state"));
    assert_int_equal(ended, strcmp(state, "ended") == 0 || strcmp(state, "stopped") == 0 ||
                                strcmp(state, "failed") == 0);
    buf_free(&text);
    return root;
}

static size_t count_of(train_feed *f, uint64_t after, const char *name) {
    json_t *root = told(f, after);
    const size_t count = json_array_size(json_object_get(root, name));
    json_decref(root);
    return count;
}

static uint64_t last_of(train_feed *f) {
    json_t *root = told(f, 0);
    const json_int_t last = json_integer_value(json_object_get(root, "last"));
    json_decref(root);
    return (uint64_t)last;
}

static void test_newer(void **state) {
    (void)state;
    train_feed f;
    assert_int_equal(train_feed_open(&f, "runs/a", NULL), AXL_OK);
    json_t *root = told(&f, 0);
    assert_string_equal(json_string_value(json_object_get(root, "run")), "runs/a");
    assert_string_equal(json_string_value(json_object_get(root, "state")), "preparing");
    assert_null(json_object_get(root, "plan"));
    json_decref(root);
    const axl_train_plan plan = {.preset = "micro-lion", .params = 123, .steps = 40};
    train_feed_plan(&f, &plan);
    for (uint64_t i = 1; i <= 3; i++) {
        const axl_train_row row = row_of(i, i == 2 ? 3.5 : (double)NAN);
        train_feed_row(&f, &row);
    }
    train_feed_note(&f, "a note");
    train_feed_sample(&f, "def ", "\xff\n\x00z", 4);
    assert_int_equal(last_of(&f), 5);
    assert_int_equal(count_of(&f, 0, "rows"), 3);
    assert_int_equal(count_of(&f, 1, "rows"), 2);
    assert_int_equal(count_of(&f, 3, "rows"), 0);
    assert_int_equal(count_of(&f, 3, "notes"), 1);
    assert_int_equal(count_of(&f, 4, "notes"), 0);
    assert_int_equal(count_of(&f, 4, "samples"), 1);
    assert_int_equal(count_of(&f, UINT64_MAX, "samples"), 0);
    root = told(&f, 0);
    const json_t *rows = json_object_get(root, "rows");
    assert_true(json_is_null(json_object_get(json_array_get(rows, 0), "held_bits")));
    assert_true(json_real_value(json_object_get(json_array_get(rows, 1), "held_bits")) == 3.5);
    assert_int_equal(json_integer_value(json_object_get(json_array_get(rows, 2), "bytes")), 30);
    const json_t *sample = json_array_get(json_object_get(root, "samples"), 0);
    assert_int_equal(json_integer_value(json_object_get(sample, "step")), 3);
    assert_string_equal(json_string_value(json_object_get(sample, "prompt")), "def ");
    assert_int_equal(json_integer_value(json_object_get(json_object_get(root, "plan"), "params")),
                     123);
    json_decref(root);
    train_feed_close(&f);
}

// A run of any length costs a bounded amount: rows thin out, and looks at held-out text stay.
static void test_many(void **state) {
    (void)state;
    train_feed f;
    assert_int_equal(train_feed_open(&f, "", NULL), AXL_OK);
    for (uint64_t i = 0; i <= 3 * FEED_ROWS; i++) {
        const axl_train_row row = row_of(i, i % 64 == 0 ? 1.0 : (double)NAN);
        train_feed_row(&f, &row);
    }
    json_t *root = told(&f, 0);
    const json_t *rows = json_object_get(root, "rows");
    const size_t count = json_array_size(rows);
    assert_true(count > FEED_ROWS / 2 && count <= FEED_ROWS);
    size_t looks = 0;
    json_int_t before = -1;
    for (size_t i = 0; i < count; i++) {
        const json_int_t step =
            json_integer_value(json_object_get(json_array_get(rows, i), "step"));
        assert_true(step > before);
        before = step;
        looks += json_is_number(json_object_get(json_array_get(rows, i), "held_bits"));
    }
    assert_int_equal(before, 3 * FEED_ROWS);
    assert_int_equal(looks, 3 * FEED_ROWS / 64 + 1);
    json_decref(root);
    for (size_t i = 0; i < 3 * FEED_TEXTS; i++) train_feed_note(&f, "n");
    assert_int_equal(count_of(&f, 0, "notes"), FEED_TEXTS);
    train_feed_close(&f);
}

// ---- who may read it ----

static http_reply call(unsigned port, const char *method, const char *path, http_field field) {
    http_url url = {.host = "127.0.0.1", .port = port};
    const http_call c = {.to = &url,
                         .method = method,
                         .path = path,
                         .fields = &field,
                         .field_count = field.name ? 1 : 0,
                         .timeout_ns = 60 * SECOND,
                         .reply_max = (size_t)1 << 22};
    http_reply r;
    axl_error err = {0};
    if (http_call_run(&r, &c, &err) != AXL_OK) fail_msg("%s %s: %s", method, path, err.text);
    return r;
}

static void expect(unsigned port, const char *method, const char *path, http_field field,
                   int status) {
    http_reply r = call(port, method, path, field);
    if (r.status != status) fail_msg("%s %s: %d, not %d", method, path, r.status, status);
    http_reply_free(&r);
}

static train_dashboard *opened(void) {
    train_dashboard *d = NULL;
    axl_error err = {0};
    if (train_dashboard_open(&d, "runs/a", 0, &err) != AXL_OK) fail_msg("%s", err.text);
    return d;
}

static const train_dashboard_end well = {AXL_OK, "", NULL};

static void test_requests(void **state) {
    (void)state;
    const http_field none = {NULL, NULL};
    train_dashboard *d = opened();
    const unsigned port = train_dashboard_port(d);
    http_reply page = call(port, "GET", "/", none);
    const page_file *file = page_find("/train.html");
    assert_int_equal(page.status, 200);
    assert_int_equal(page.body.size, file->size);
    assert_memory_equal(page.body.data, file->bytes, file->size);
    assert_string_equal(http_reply_field(&page, "Content-Security-Policy"), PAGE_POLICY);
    assert_string_equal(http_reply_field(&page, "ETag"), file->etag);
    http_reply_free(&page);
    expect(port, "GET", "/", (http_field){"If-None-Match", file->etag}, 304);
    expect(port, "GET", "/train.js", none, 200);
    expect(port, "GET", "/nothing", none, 404);
    expect(port, "GET", "/train.json", (http_field){"Origin", "https://evil.example"}, 403);
    expect(port, "GET", "/train.json", (http_field){"Sec-Fetch-Site", "cross-site"}, 403);
    expect(port, "POST", "/train.json", (http_field){"Content-Type", "application/json"}, 405);
    http_reply feed = call(port, "GET", "/train.json?after=0", none);
    assert_int_equal(feed.status, 200);
    assert_string_equal(http_reply_field(&feed, "Content-Type"), "application/json");
    assert_non_null(strstr(buf_string(&feed.body), "\"run\": \"runs/a\""));
    http_reply_free(&feed);
    expect(port, "GET", "/train.json?after=x", none, 200);
    // A page that has just asked and does not come again is waited for, but not for long.
    train_dashboard_close(d, &well);
}

// A page that keeps asking sees the end before it is closed.
typedef struct watcher {
    unsigned port;
    atomic_bool ended;
} watcher;

static void watch(void *ctx) {
    watcher *w = ctx;
    while (!atomic_load(&w->ended)) {
        http_reply r = call(w->port, "GET", "/train.json", (http_field){NULL, NULL});
        const bool failed = strstr(buf_string(&r.body), "\"state\": \"failed\"") &&
                            strstr(buf_string(&r.body), "the loss is not finite");
        http_reply_free(&r);
        if (failed) atomic_store(&w->ended, true);
    }
}

static void test_end_is_seen(void **state) {
    (void)state;
    train_dashboard *d = opened();
    watcher w = {.port = train_dashboard_port(d)};
    expect(w.port, "GET", "/train.json", (http_field){NULL, NULL}, 200);
    os_thread thread;
    assert_int_equal(os_thread_start(&thread, watch, &w, NULL), AXL_OK);
    const train_dashboard_end end = {AXL_NUMERIC, "the loss is not finite", NULL};
    train_dashboard_close(d, &end);
    assert_true(atomic_load(&w.ended));
    os_thread_join(&thread);
}

static axl_status open_and_close(void *ctx, axl_error *err) {
    (void)ctx;
    train_dashboard *d = NULL;
    FORWARD(train_dashboard_open(&d, "runs/a", 0, err));
    train_dashboard_close(d, &well);
    return AXL_OK;
}

static void test_memory(void **state) {
    (void)state;
    assert_true(for_each_failing_alloc(open_and_close, NULL) > 2);
}

// ---- a run and its page ----

typedef struct heard {
    unsigned port;
    char notes[1024];
    size_t rows, pages; // rows that came, and those while which the page told of them
} heard;

static void on_note(void *ctx, const char *text) {
    heard *h = ctx;
    snprintf(h->notes + strlen(h->notes), sizeof h->notes - strlen(h->notes), "%s\n", text);
}

static void on_row(void *ctx, const axl_train_row *row) {
    heard *h = ctx;
    char part[64];
    h->rows++;
    if (h->port == 0) return;
    snprintf(part, sizeof part, "\"step\": %llu", (unsigned long long)row->step);
    http_reply r = call(h->port, "GET", "/train.json", (http_field){NULL, NULL});
    h->pages +=
        strstr(buf_string(&r.body), "\"state\": \"running\"") && strstr(buf_string(&r.body), part);
    http_reply_free(&r);
}

static void train_at(unsigned port, heard *h) {
    static const char *const set[] = {
        "d_model=8", "n_heads=2",   "d_ff=10", "n_layers_per_scale=1", "max_seq_len=32",
        "batch=2",   "log_every=4", "steps=9", "eval_every=0",         "checkpoint_every=0"};
    scratch box;
    char data[SCRATCH_PATH_MAX], out[SCRATCH_PATH_MAX], text[4096];
    scratch_make(&box);
    size_t length = 0;
    for (unsigned i = 0; i < 60; i++)
        length += (size_t)snprintf(text + length, sizeof text - length,
                                   "def f%u(x): return x * %u\n", i, i * i * 7919);
    snprintf(data, sizeof data, "%s", scratch_path(&box, "a.py"));
    snprintf(out, sizeof out, "%s", scratch_path(&box, "out"));
    scratch_text(data, text);
    const char *const list[] = {data};
    const axl_train_options o = {.out = out,
                                 .data = list,
                                 .data_count = 1,
                                 .set = set,
                                 .set_count = COUNT_OF(set),
                                 .quick = true,
                                 .threads = 1,
                                 .dashboard = port,
                                 .events = {.row = on_row, .note = on_note, .ctx = h}};
    axl_error err = {0};
    if (axl_train(&o, NULL, &err) != AXL_OK) fail_msg("%s", err.text);
    scratch_remove(&box);
}

static void test_run(void **state) {
    (void)state;
    train_dashboard *other = opened(); // has the port first
    const unsigned port = train_dashboard_port(other);
    heard h = {0};
    train_at(port, &h);
    assert_non_null(strstr(h.notes, "there is no page of this run: "));
    assert_true(h.rows > 0);
    train_dashboard_close(other, &well);
    h = (heard){.port = port};
    char address[64];
    snprintf(address, sizeof address, "the page of this run: http://127.0.0.1:%u/\n", port);
    train_at(port, &h);
    assert_non_null(strstr(h.notes, address));
    assert_true(h.rows > 0);
    assert_int_equal(h.pages, h.rows);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_newer),    cmocka_unit_test(test_many),
        cmocka_unit_test(test_requests), cmocka_unit_test(test_end_is_seen),
        cmocka_unit_test(test_memory),   cmocka_unit_test(test_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
