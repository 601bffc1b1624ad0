// Generation through the public interface: engines, sessions, results, conversations.
#include <axl/axl.h>

#include "os/thread.h"
#include "support/unit.h"

#include <math.h>
#include <string.h>

static axl_engine *engine;
static axl_error err;

static void ok(axl_status status) {
    if (status != AXL_OK) fail_msg("%s", err.text);
}

static int open_engine(void **state) {
    (void)state;
    const axl_engine_options options = {.threads = 2};
    return axl_engine_open(&engine, AXL_GOLDEN "/full_groups", &options, &err) != AXL_OK;
}

static int close_engine(void **state) {
    (void)state;
    axl_engine_close(engine);
    return 0;
}

static axl_session *session_with(const char *text) {
    axl_session *s;
    ok(axl_session_create(&s, engine, &err));
    ok(axl_session_append(s, text, strlen(text), &err));
    return s;
}

static axl_generate_options options_of(uint64_t seed, uint64_t bytes) {
    axl_generate_options o;
    axl_generate_defaults(engine, &o);
    o.seed = seed;
    o.max_bytes = bytes;
    o.ignore_end = true;
    return o;
}

static axl_generate_result make(axl_session *s, const axl_generate_options *o) {
    axl_generate_result r;
    ok(axl_generate(s, o, NULL, &r, &err));
    assert_int_equal(r.text[r.bytes], 0);
    return r;
}

static void test_engine(void **state) {
    (void)state;
    axl_engine_info info;
    axl_engine_describe(engine, &info);
    assert_true(info.params > 0 && info.vocab_size == 258 && !info.infill && info.threads == 2);
    axl_engine *none;
    assert_int_equal(axl_engine_open(&none, "no such folder", NULL, &err), AXL_NOT_FOUND);
    assert_null(none);
    const axl_engine_options level = {.level = "no such level"};
    assert_int_equal(axl_engine_open(&none, AXL_GOLDEN "/full_groups", &level, &err),
                     AXL_BAD_ARGUMENT);
    axl_generate_options o;
    axl_generate_defaults(engine, &o);
    assert_true(o.temperature > 0.79 && o.temperature < 0.81 && o.top_k == 40);
    assert_true(o.max_bytes == 256 && o.seed == AXL_SEED_ANY && o.repeat_last == 64);
}

// Pieces of the text that the caller was told.
typedef struct told {
    char text[512];
    size_t size, calls, steps, most_calls;
} told;

static int on_text(void *ctx, const void *bytes, size_t size) {
    told *t = ctx;
    memcpy(t->text + t->size, bytes, size);
    t->size += size;
    return ++t->calls >= t->most_calls;
}

static int on_step(void *ctx, uint64_t unread) {
    (void)unread;
    ((told *)ctx)->steps++;
    return 0;
}

static void test_result(void **state) {
    (void)state;
    axl_session *s = session_with("def f");
    axl_generate_options o = options_of(3, 40);
    o.probabilities = true;
    o.top = 3;
    told t = {.most_calls = 1000};
    const axl_generate_events events = {on_text, on_step, &t};
    axl_generate_result r;
    ok(axl_generate(s, &o, &events, &r, &err));
    assert_true(r.bytes == 40 && r.end == AXL_END_LENGTH && r.seed == 3 && t.steps > 0);
    assert_true(r.prompt_bytes == 5 && r.read_bytes == 5 && r.used <= r.drafted);
    assert_int_equal(t.size, 40);
    assert_memory_equal(t.text, r.text, 40);
    for (size_t i = 0; i < 40; i++) {
        assert_true(r.probabilities[i].top_count == 3 && r.probabilities[i].logprob < 0);
        assert_true(r.probabilities[i].top[0].logprob >= r.probabilities[i].logprob);
    }
    // The text of the session goes on with it.
    assert_int_equal(axl_session_size(s), 45);
    char all[64];
    assert_int_equal(axl_session_copy(s, 0, all, sizeof all), 45);
    assert_memory_equal(all, "def f", 5);
    assert_memory_equal(all + 5, r.text, 40);
    assert_int_equal(axl_session_copy(s, 44, all, sizeof all), 1);
    assert_int_equal(axl_session_copy(s, 45, all, sizeof all), 0);
    axl_generate_result_free(&r);
    assert_null(r.text);
    axl_generate_result_free(&r);
    axl_session_free(s);
}

// Ended by the caller: what there was is the result, and the session's.
static void test_interrupted(void **state) {
    (void)state;
    axl_session *s = session_with("x");
    const axl_generate_options o = options_of(3, 1000000);
    told t = {.most_calls = 5};
    const axl_generate_events events = {on_text, NULL, &t};
    axl_generate_result r;
    assert_int_equal(axl_generate(s, &o, &events, &r, &err), AXL_INTERRUPTED);
    assert_int_equal(r.bytes, t.size);
    assert_memory_equal(r.text, t.text, t.size);
    assert_int_equal(axl_session_size(s), 1 + t.size);
    assert_true(r.end == 0);
    axl_generate_result_free(&r);
    axl_session_free(s);
}

// Ways to the same text: alone, as a fork, after other things, without drafts.
static void test_same_text(void **state) {
    (void)state;
    axl_generate_options o = options_of(11, 60);
    axl_session *a = session_with("abcabcabcabc"), *b = session_with("abc"), *fork;
    axl_generate_result one = make(a, &o);
    axl_generate_result other = make(b, &o);
    ok(axl_session_replace(b, "abcabcabcabc", 12, &err));
    ok(axl_session_read(b, NULL, &err));
    ok(axl_session_fork(&fork, b, &err));
    axl_generate_result two = make(fork, &o);
    o.no_draft = true;
    axl_generate_result three = make(b, &o);
    assert_memory_equal(one.text, two.text, 60);
    assert_memory_equal(one.text, three.text, 60);
    assert_int_equal(three.drafted, 0);
    assert_int_equal(two.read_bytes, three.read_bytes);
    ok(axl_session_truncate(b, 12, &err));
    assert_int_equal(axl_session_size(b), 12);
    o.variant = 1;
    axl_generate_result variant = make(fork, &o);
    assert_memory_not_equal(one.text, variant.text, 60);
    axl_generate_result *all[] = {&one, &other, &two, &three, &variant};
    for (size_t i = 0; i < COUNT_OF(all); i++) axl_generate_result_free(all[i]);
    axl_session_free(a);
    axl_session_free(b);
    axl_session_free(fork);
}

// A stop string is in neither text, and what follows goes on from before it.
static void test_stop(void **state) {
    (void)state;
    axl_generate_options o = options_of(5, 50);
    axl_session *s = session_with("x");
    axl_generate_result free_run = make(s, &o);
    axl_session_free(s);
    const axl_stop stop = {free_run.text + 20, 3};
    o.stop = &stop;
    o.stop_count = 1;
    s = session_with("x");
    axl_generate_result r = make(s, &o);
    assert_true(r.bytes <= 20 && r.end == AXL_END_STOP);
    assert_memory_equal(r.text, free_run.text, r.bytes);
    assert_int_equal(axl_session_size(s), 1 + r.bytes);
    assert_string_equal(axl_generate_end_name(r.end), "stop");
    axl_generate_result_free(&r);
    axl_generate_result_free(&free_run);
    axl_session_free(s);
}

static void test_predict(void **state) {
    (void)state;
    axl_session *s = session_with("def ");
    double p[258], sum = 0;
    ok(axl_session_predict(s, p, &err));
    for (size_t i = 0; i < 258; i++) sum += exp(p[i]);
    assert_true(fabs(sum - 1) < 1e-12);
    axl_session_free(s);
}

static void test_refused(void **state) {
    (void)state;
    axl_session *s = session_with("x");
    axl_generate_result r;
    axl_generate_options o = options_of(1, 5);
    o.top_p = 0;
    assert_int_equal(axl_generate(s, &o, NULL, &r, &err), AXL_BAD_ARGUMENT);
    o = options_of(1, 5);
    const axl_bias bias = {4000, 1};
    o.bias = &bias;
    o.bias_count = 1;
    assert_int_equal(axl_generate(s, &o, NULL, &r, &err), AXL_BAD_ARGUMENT);
    o.bias = NULL;
    assert_int_equal(axl_generate(s, &o, NULL, &r, &err), AXL_BAD_ARGUMENT);
    assert_int_equal(axl_generate(NULL, &o, NULL, &r, &err), AXL_BAD_ARGUMENT);
    assert_int_equal(axl_session_infill(s, "y", 1, 5, &err), AXL_UNSUPPORTED);
    assert_int_equal(axl_session_truncate(s, 2, &err), AXL_BAD_ARGUMENT);
    assert_int_equal(axl_session_append(s, NULL, 2, &err), AXL_BAD_ARGUMENT);
    assert_int_equal(axl_session_size(s), 1);
    ok(axl_session_truncate(s, 0, &err));
    axl_session_free(s);
}

// ---- several threads ----

typedef struct worker {
    os_thread thread;
    uint64_t seed;
    char text[41];
} worker;

static void work(void *ctx) {
    worker *w = ctx;
    axl_error mine;
    axl_session *s;
    axl_generate_result r;
    const axl_generate_options o = options_of(w->seed, 40);
    if (axl_session_create(&s, engine, &mine) != AXL_OK) return;
    if (axl_session_append(s, "def ", 4, &mine) == AXL_OK &&
        axl_generate(s, &o, NULL, &r, &mine) == AXL_OK) {
        memcpy(w->text, r.text, 40);
        axl_generate_result_free(&r);
    }
    axl_session_free(s);
}

static void test_threads(void **state) {
    (void)state;
    worker w[4] = {{.seed = 0}};
    for (size_t i = 0; i < 4; i++) {
        w[i].seed = i / 2; // each seed twice
        ok(os_thread_start(&w[i].thread, work, &w[i], &err));
    }
    for (size_t i = 0; i < 4; i++) os_thread_join(&w[i].thread);
    assert_memory_equal(w[0].text, w[1].text, 41);
    assert_memory_equal(w[2].text, w[3].text, 41);
    assert_memory_not_equal(w[0].text, w[2].text, 41);
}

// ---- conversations ----

static void test_chat(void **state) {
    (void)state;
    const axl_generate_options o = options_of(9, 12);
    const axl_question q = {"hello", 5, &o, NULL};
    axl_chat *a, *b;
    ok(axl_chat_create(&a, engine, NULL, &err));
    ok(axl_chat_create(&b, engine, "Be brief.", &err));
    axl_generate_result first, r;
    ok(axl_chat_ask(a, &q, &first, &err));
    assert_int_equal(first.prompt_bytes, strlen("User: hello\nAssistant:"));
    assert_true(first.bytes > 0 && first.bytes <= 12);
    ok(axl_chat_ask(b, &q, &r, &err));
    assert_int_equal(r.prompt_bytes, strlen("Be brief.\n\nUser: hello\nAssistant:"));
    axl_generate_result_free(&r);
    for (size_t i = 0; i < 30; i++) { // far more than the context holds
        ok(axl_chat_ask(a, &q, &r, &err));
        axl_generate_result_free(&r);
    }
    ok(axl_chat_clear(a, &err));
    ok(axl_chat_ask(a, &q, &r, &err));
    assert_int_equal(r.bytes, first.bytes);
    assert_memory_equal(r.text, first.text, r.bytes);
    axl_generate_result_free(&r);
    axl_generate_result_free(&first);
    assert_int_equal(axl_chat_ask(a, NULL, &r, &err), AXL_BAD_ARGUMENT);
    axl_chat_free(a);
    axl_chat_free(b);
    axl_chat_free(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_engine),      cmocka_unit_test(test_result),
        cmocka_unit_test(test_interrupted), cmocka_unit_test(test_same_text),
        cmocka_unit_test(test_stop),        cmocka_unit_test(test_predict),
        cmocka_unit_test(test_refused),     cmocka_unit_test(test_threads),
        cmocka_unit_test(test_chat),
    };
    return cmocka_run_group_tests_name("api generate", tests, open_engine, close_engine);
}
