// Requests that end otherwise than in the usual way, and others that must not notice: clients that
// leave, a full queue, a stop, models that come and go, memory that runs out.
#include "scheduler_case.h"

#include "os/map_guard.h"
#include "support/failing_alloc.h"

#include <stdio.h>
#include <string.h>

static served_case served;

// Demands that a request is answered as if it were alone.
static void check_works(const char *model) {
    heard h;
    buf alone = {0};
    request r = case_request(&served, model, "still ");
    heard_ask(&h, &served, &r);
    case_alone(&served, &r, 0, 0, &alone);
    case_same_text(&h.choice[0].text, &alone);
    buf_free(&alone);
    heard_free(&h);
    request_free(&r);
}

// ---- clients that leave -------------------------------------------------------------------------

// One slot, held by a text without an end: the next request gets it when that one's client leaves,
// and what was read stays known.
static void test_gone(void **state) {
    (void)state;
    served_case_make(&served, 1, 8);
    char text[201];
    heard endless, next;
    buf alone = {0};
    case_text(text, sizeof text, 1);
    request r = case_request(&served, "one", text);
    r.most_bytes = UINT64_MAX;
    heard_make(&endless);
    endless.leave = 50;
    heard_submit(&endless, &served, &r);
    heard_wait_bytes(&endless, 10);
    request after = case_request(&served, "one", text);
    heard_make(&next);
    heard_submit(&next, &served, &after);
    assert_int_equal(heard_wait(&endless), HEARD_DROP);
    assert_true(endless.bytes >= 50 && endless.bytes < 50 + 32); // one step more at most
    assert_string_equal(buf_string(&endless.choice[0].events) + endless.choice[0].events.size - 1,
                        "t");
    assert_int_equal(heard_wait(&next), HEARD_FINISH);
    case_alone(&served, &after, 0, 0, &alone);
    case_same_text(&next.choice[0].text, &alone);
    assert_true(next.counts.cached >= 128);
    server_metrics m;
    scheduler_metrics(served.s, &m);
    assert_int_equal(m.ended[GENERATION_GOES_ON], 1);
    buf_free(&alone);
    heard_free(&endless);
    heard_free(&next);
    request_free(&r);
    request_free(&after);
    served_case_free(&served);
}

// A client that leaves while it waits is not worked for.
static void test_gone_waiting(void **state) {
    (void)state;
    served_case_make(&served, 1, 8);
    heard busy, waits;
    request r = case_request(&served, "one", "a");
    r.most_bytes = UINT64_MAX;
    heard_make(&busy);
    heard_make(&waits);
    waits.leave = 0;
    heard_submit(&busy, &served, &r);
    heard_wait_bytes(&busy, 1);
    heard_submit(&waits, &served, &r);
    assert_int_equal(heard_wait(&waits), HEARD_DROP);
    assert_int_equal(waits.bytes, 0);
    os_mutex_lock(&busy.lock);
    busy.leave = 0;
    os_mutex_unlock(&busy.lock);
    assert_int_equal(heard_wait(&busy), HEARD_DROP);
    heard_free(&busy);
    heard_free(&waits);
    request_free(&r);
    served_case_free(&served);
}

// ---- the queue ----------------------------------------------------------------------------------

enum { RUNNING = 2, QUEUE = 3 };

// While the thread stands still, as many requests are taken as may run and wait, and no more.
static void test_full_queue(void **state) {
    (void)state;
    served_case_make(&served, RUNNING, QUEUE);
    heard h[RUNNING + QUEUE], refused;
    request r = case_request(&served, "one", "a");
    heard_make(&h[0]);
    h[0].blocked = true;
    heard_submit(&h[0], &served, &r);
    heard_wait_asked(&h[0]);
    for (size_t i = 1; i < COUNT_OF(h); i++) {
        heard_make(&h[i]);
        heard_submit(&h[i], &served, &r);
    }
    heard_make(&refused);
    const job_events e = heard_events(&refused);
    refusal why = {0};
    assert_false(scheduler_submit(served.s, &r, &e, &why));
    assert_int_equal(why.kind, REFUSAL_BUSY);
    assert_true(refusal_retry(&why) > 0);
    server_metrics m;
    scheduler_metrics(served.s, &m);
    assert_int_equal(m.waiting, RUNNING + QUEUE);
    heard_unblock(&h[0]);
    for (size_t i = 0; i < COUNT_OF(h); i++) {
        assert_int_equal(heard_wait(&h[i]), HEARD_FINISH);
        heard_free(&h[i]);
    }
    assert_int_equal(refused.end, HEARD_NOTHING);
    heard_free(&refused);
    request_free(&r);
    check_works("one");
    served_case_free(&served);
}

// Whoever has heard the end of a request finds its place free.
static void test_room_after_an_end(void **state) {
    (void)state;
    served_case_make(&served, 1, 0);
    request r = case_request(&served, "one", "a");
    r.most_bytes = 1;
    for (int i = 0; i < 200; i++) {
        heard h;
        server_metrics m;
        heard_make(&h);
        heard_submit(&h, &served, &r);
        assert_int_equal(heard_wait(&h), HEARD_FINISH);
        scheduler_metrics(served.s, &m);
        assert_int_equal(m.running + m.waiting, 0);
        heard_free(&h);
    }
    request_free(&r);
    served_case_free(&served);
}

// A request with many texts leaves a slot to one that comes later.
static void test_fairness(void **state) {
    (void)state;
    served_case_make(&served, RUNNING, QUEUE);
    heard many, one;
    request r = case_request(&served, "one", "a");
    r.choices = r.candidates = CASE_CHOICES;
    r.most_bytes = 400;
    request single = case_request(&served, "one", "b");
    heard_make(&many);
    heard_make(&one);
    heard_submit(&many, &served, &r);
    heard_wait_bytes(&many, 1);
    heard_submit(&one, &served, &single);
    assert_int_equal(heard_wait(&one), HEARD_FINISH);
    os_mutex_lock(&many.lock);
    assert_true(many.bytes < CASE_CHOICES * 400);
    os_mutex_unlock(&many.lock);
    assert_int_equal(heard_wait(&many), HEARD_FINISH);
    heard_free(&many);
    heard_free(&one);
    request_free(&r);
    request_free(&single);
    served_case_free(&served);
}

// ---- pieces ------------------------------------------------------------------------------------

// The first bytes go out at once, the others are held until they are old enough or the text ends.
static void test_hold(void **state) {
    (void)state;
    served_case_make(&served, RUNNING, QUEUE);
    served_case_end(&served);
    served.spec.hold_ns = UINT64_MAX;
    served_case_start(&served);
    heard h;
    request r = case_request(&served, "one", "a");
    heard_ask(&h, &served, &r);
    assert_string_equal(buf_string(&h.choice[0].events), "tte");
    assert_int_equal(h.choice[0].text.size, 40);
    heard_free(&h);
    request_free(&r);
    served_case_free(&served);
}

// A prompt of many pieces does not keep a text beside it from being written, nor a short prompt
// from being read.
static void test_long_beside_short(void **state) {
    (void)state;
    static char text[6 * CASE_CONTEXT];
    served_case_make(&served, 8, 8);
    heard reads[4], writes;
    case_text(text, sizeof text, 2);
    request longer = case_request(&served, "one", text), r = case_request(&served, "one", "a");
    longer.echo = true;
    r.most_bytes = 10;
    for (size_t i = 0; i < COUNT_OF(reads); i++) {
        heard_make(&reads[i]);
        reads[i].blocked = i == 0; // all of them begin together
        heard_submit(&reads[i], &served, &longer);
    }
    heard_make(&writes);
    heard_submit(&writes, &served, &r);
    heard_unblock(&reads[0]);
    assert_int_equal(heard_wait(&writes), HEARD_FINISH);
    for (size_t i = 0; i < COUNT_OF(reads); i++) {
        os_mutex_lock(&reads[i].lock);
        assert_int_equal(reads[i].bytes, 0);
        os_mutex_unlock(&reads[i].lock);
    }
    for (size_t i = 0; i < COUNT_OF(reads); i++) {
        assert_int_equal(heard_wait(&reads[i]), HEARD_FINISH);
        case_same_text(&reads[i].choice[0].text, &reads[0].choice[0].text);
    }
    for (size_t i = 0; i < COUNT_OF(reads); i++) heard_free(&reads[i]);
    heard_free(&writes);
    request_free(&longer);
    request_free(&r);
    served_case_free(&served);
}

// ---- the end ------------------------------------------------------------------------------------

typedef struct stopper {
    uint64_t deadline;
    os_thread thread;
} stopper;

static void stop(void *ctx) {
    scheduler_stop(served.s, ((stopper *)ctx)->deadline);
}

// What runs may end by itself; what does not end is failed when somebody loses patience.
static void test_stop_scheduler(void **state) {
    (void)state;
    served_case_make(&served, RUNNING, QUEUE);
    heard endless, normal, late;
    axl_error err;
    request r = case_request(&served, "one", "a"), forever = case_request(&served, "one", "b");
    forever.most_bytes = UINT64_MAX;
    heard_make(&endless);
    heard_make(&normal);
    heard_submit(&endless, &served, &forever);
    heard_submit(&normal, &served, &r);
    stopper patient = {.deadline = UINT64_MAX};
    case_ok(os_thread_start(&patient.thread, stop, &patient, &err), &err);
    assert_int_equal(heard_wait(&normal), HEARD_FINISH);
    os_mutex_lock(&endless.lock);
    assert_int_equal(endless.end, HEARD_NOTHING);
    os_mutex_unlock(&endless.lock);
    scheduler_stop(served.s, 0);
    assert_int_equal(heard_wait(&endless), HEARD_FAIL);
    assert_int_equal(endless.why.kind, REFUSAL_BUSY);
    os_thread_join(&patient.thread);
    heard_make(&late);
    const job_events e = heard_events(&late);
    refusal why = {0};
    assert_false(scheduler_submit(served.s, &r, &e, &why));
    assert_int_equal(why.kind, REFUSAL_BUSY);
    heard_free(&endless);
    heard_free(&normal);
    heard_free(&late);
    request_free(&r);
    request_free(&forever);
    served_case_free(&served);
}

// ---- models -------------------------------------------------------------------------------------

static uint64_t loaded_bytes(const char *name) {
    model_facts list[2];
    registry_facts(served.models, list);
    return list[served_model_of(&served, name) - registry_catalog(served.models)->list]
        .loaded_bytes;
}

static void ask_load(const char *name, request_load what) {
    heard h;
    request r = case_request(&served, name, "");
    r.load = what;
    heard_ask(&h, &served, &r);
    assert_int_equal(h.choice[0].events.size, 0);
    assert_int_equal(h.bytes, 0);
    heard_free(&h);
    request_free(&r);
}

static void test_models(void **state) {
    (void)state;
    served_case_make(&served, RUNNING, QUEUE);
    assert_true(loaded_bytes("one") == 0 && loaded_bytes("two") == 0);
    ask_load("two", LOAD_MODEL);
    assert_true(loaded_bytes("one") == 0 && loaded_bytes("two") > 0);
    check_works("two");
    check_works("one");
    ask_load("two", UNLOAD_MODEL);
    assert_true(loaded_bytes("one") > 0 && loaded_bytes("two") == 0);
    check_works("two");
    ask_load("one", UNLOAD_MODEL);
    ask_load("one", UNLOAD_MODEL);
    assert_true(loaded_bytes("one") == 0 && loaded_bytes("two") > 0);
    served_case_free(&served);
}

// A model goes after what was asked of it before, and comes back for what is asked behind.
static void test_unload_in_between(void **state) {
    (void)state;
    served_case_make(&served, RUNNING, QUEUE);
    heard before, unload, behind;
    request r = case_request(&served, "one", "a"), go = case_request(&served, "one", "");
    r.most_bytes = 300;
    go.load = UNLOAD_MODEL;
    heard_make(&before);
    heard_make(&unload);
    heard_make(&behind);
    heard_submit(&before, &served, &r);
    heard_wait_bytes(&before, 1);
    heard_submit(&unload, &served, &go);
    heard_submit(&behind, &served, &r);
    assert_int_equal(heard_wait(&unload), HEARD_FINISH);
    os_mutex_lock(&before.lock);
    assert_int_equal(before.end, HEARD_FINISH);
    os_mutex_unlock(&before.lock);
    assert_int_equal(heard_wait(&behind), HEARD_FINISH);
    assert_true(behind.counts.load_ns > 0);
    assert_int_equal(behind.counts.cached, 0);
    case_same_text(&behind.choice[0].text, &before.choice[0].text);
    heard_free(&before);
    heard_free(&unload);
    heard_free(&behind);
    request_free(&r);
    request_free(&go);
    served_case_free(&served);
}

// The file of a model is gone: its requests fail with a line that says so, others go on.
static void test_bad_model(void **state) {
    (void)state;
    served_case_make(&served, RUNNING, QUEUE);
    assert_int_equal(remove(scratch_path(&served.box, "two/model.safetensors")), 0);
    heard h;
    request r = case_request(&served, "two", "a");
    for (int load = 0; load < 2; load++) {
        r.load = load ? LOAD_MODEL : LOAD_NONE;
        heard_make(&h);
        heard_submit(&h, &served, &r);
        assert_int_equal(heard_wait(&h), HEARD_FAIL);
        assert_int_equal(refusal_http(&h.why), 500);
        assert_non_null(strstr(h.why.message, "the model two cannot be loaded"));
        heard_free(&h);
        check_works("one");
    }
    request_free(&r);
    served_case_free(&served);
}

// A file that is changed under a running text ends it; what is there afterwards is loaded anew.
static void test_changed_model(void **state) {
    (void)state;
    axl_error err;
    case_ok(os_map_guard(&err), &err); // weights stay in the file
    served_case_make(&served, RUNNING, QUEUE);
    heard h, other;
    request r = case_request(&served, "two", "a"), one = case_request(&served, "one", "a");
    r.most_bytes = one.most_bytes = UINT64_MAX;
    r.choices = r.candidates = 4; // some of them wait
    heard_make(&other);
    heard_submit(&other, &served, &one);
    heard_make(&h);
    heard_submit(&h, &served, &r);
    heard_wait_bytes(&h, 1);
    FILE *file = fopen(scratch_path(&served.box, "two/model.safetensors"), "ab");
    assert_non_null(file);
    assert_int_equal(fputc(0, file), 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(heard_wait(&h), HEARD_FAIL);
    assert_int_equal(refusal_http(&h.why), 500);
    heard_free(&h);
    request_free(&r);
    served_case_write(&served, "two", 25);
    os_mutex_lock(&other.lock);
    other.leave = 0;
    os_mutex_unlock(&other.lock);
    assert_int_equal(heard_wait(&other), HEARD_DROP);
    check_works("two");
    heard_free(&other);
    request_free(&one);
    served_case_free(&served);
}

// ---- memory -------------------------------------------------------------------------------------

// Every allocation that a request needs fails once: it ends in one way or the other, and the next
// request is answered.
static void fail_each(const char *model, bool keep, bool echo) {
    size_t failures = 1;
    buf alone = {0};
    request plain = case_request(&served, model, "a text that is read");
    case_alone(&served, &plain, 0, 0, &alone);
    request_free(&plain);
    for (size_t n = 1; failures > 0; n++) {
        heard h;
        request r = case_request(&served, model, "a text that is read");
        request load = case_request(&served, model, "");
        r.cache = keep;
        r.echo = r.probabilities = r.gates = echo;
        r.choices = 2;
        r.candidates = 3;
        case_add_stop(&r, "never");
        load.load = UNLOAD_MODEL;
        heard_ask(&h, &served, &load);
        heard_free(&h);
        heard_make(&h);
        h.r = &r;
        const job_events e = heard_events(&h);
        refusal why = {0};
        failing_alloc_fail_at(n, false);
        const bool ok = scheduler_submit(served.s, &r, &e, &why);
        const heard_end how = ok ? heard_wait(&h) : HEARD_FAIL;
        failures = failing_alloc_failures();
        failing_alloc_fail_at(0, false);
        if (!ok) h.why = why;
        if (how == HEARD_FAIL) assert_int_equal(h.why.kind, REFUSAL_BUSY);
        if (failures == 0) assert_int_equal(how, HEARD_FINISH);
        if (how == HEARD_FINISH) case_same_text(&h.choice[1].text, &alone);
        heard_free(&h);
        request_free(&r);
        request_free(&load);
    }
    buf_free(&alone);
}

static void test_memory(void **state) {
    (void)state;
    failing_alloc_install();
    served_case_make(&served, 3, QUEUE);
    fail_each("one", false, false);
    fail_each("one", true, false);
    fail_each("two", true, true);
    check_works("one");
    check_works("two");
    served_case_free(&served);
    failing_alloc_remove();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gone),
        cmocka_unit_test(test_gone_waiting),
        cmocka_unit_test(test_full_queue),
        cmocka_unit_test(test_room_after_an_end),
        cmocka_unit_test(test_fairness),
        cmocka_unit_test(test_hold),
        cmocka_unit_test(test_long_beside_short),
        cmocka_unit_test(test_stop_scheduler),
        cmocka_unit_test(test_models),
        cmocka_unit_test(test_unload_in_between),
        cmocka_unit_test(test_bad_model),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_changed_model),
    };
    return cmocka_run_group_tests_name("scheduler_life", tests, NULL, NULL);
}
