// What is told of the prompt itself: probabilities, weights of the scales, vectors. References are
// computed by a session of the test's own that is watched.
#include "scheduler_case.h"

#include "base/alloc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CHANNELS ((size_t)20)
#define VOCAB ((size_t)258)

static served_case served;

static int make(void **state) {
    (void)state;
    served_case_make(&served, 4, 64);
    return 0;
}

static int end(void **state) {
    (void)state;
    served_case_free(&served);
    return 0;
}

// What the model makes of every position of a prompt.
typedef struct reading {
    size_t count;
    float *logits, *gates, *states; // [count, ...]
} reading;

static void see(void *ctx, const session_span *span) {
    reading *r = ctx;
    assert_true(span->first + span->count <= r->count);
    memcpy(r->logits + span->first * VOCAB, span->logits, span->count * VOCAB * sizeof(float));
    memcpy(r->gates + span->first * 3, span->gates, span->count * 3 * sizeof(float));
    memcpy(r->states + span->first * CHANNELS, span->states,
           span->count * CHANNELS * sizeof(float));
}

static void read_alone(reading *out, const request *r, size_t prompt) {
    axl_error err;
    engine e;
    batch *b;
    session *s;
    const request_prompt *p = &r->prompts[prompt];
    const kernels k = case_kernels();
    *out =
        (reading){p->count, calloc(p->count, VOCAB * sizeof(float)),
                  calloc(p->count, 3 * sizeof(float)), calloc(p->count, CHANNELS * sizeof(float))};
    const session_watcher watcher = {true, true, true, see, out};
    case_ok(engine_open(&e, r->model->path, &k, NULL, &err), &err);
    case_ok(batch_create(&b, &e, 1, &err), &err);
    case_ok(session_create(&s, &e, &err), &err);
    case_ok(session_watch(s, &watcher, &err), &err);
    case_ok(session_restart(s, p->symbols, p->count, NULL, &err), &err);
    while (!session_ready(s)) case_ok(batch_run(b, &s, 1, &err), &err);
    session_free(s);
    batch_free(b);
    engine_close(&e);
}

static void reading_free(reading *r) {
    free(r->logits);
    free(r->gates);
    free(r->states);
}

static double logprob_of(const float *logits, uint16_t symbol) {
    double sum = 0;
    for (size_t i = 0; i < VOCAB; i++) sum += exp((double)logits[i] - (double)logits[symbol]);
    return -log(sum);
}

static void check_prompt(const heard *h, size_t choice, const reading *alone) {
    const heard_choice *c = &h->choice[choice];
    const request_prompt *p = &h->r->prompts[choice / h->r->choices];
    assert_int_equal(c->prompt_count, p->count - p->own);
    for (size_t i = 1 - p->own; i < c->prompt_count; i++) {
        const uint16_t symbol = p->symbols[i + p->own];
        const float *row = alone->logits + (i + p->own - 1) * VOCAB;
        const chooser_choice *token = &c->prompt[i];
        assert_int_equal(token->symbol, symbol);
        assert_true(fabs(token->logprob - logprob_of(row, symbol)) < 1e-9);
        assert_int_equal(token->top_count, h->r->chooser.top);
        for (size_t n = 0; n < token->top_count; n++)
            assert_true(fabs(token->top[n].logprob - logprob_of(row, token->top[n].symbol)) < 1e-9);
        assert_memory_equal(c->prompt_gates[i], alone->gates + (i + p->own - 1) * 3,
                            3 * sizeof(float));
    }
}

// The prompt of each choice, whatever was read before; longer than a piece and than the window.
static void test_echo(void **state) {
    (void)state;
    static const size_t sizes[] = {2, 50, 300, CASE_CONTEXT + 100};
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        static char text[CASE_CONTEXT + 200];
        case_text(text, sizes[i], 4);
        for (size_t most = 0; most <= 12; most += 12) {
            heard h;
            reading alone;
            request r = case_request(&served, "one", text);
            r.echo = r.probabilities = r.gates = true;
            r.chooser.top = 3;
            r.choices = r.candidates = 2;
            r.most_bytes = most;
            heard_ask(&h, &served, &r);
            read_alone(&alone, &r, 0);
            for (size_t c = 0; c < 2; c++) {
                check_prompt(&h, c, &alone);
                assert_int_equal(h.choice[c].text.size, most);
                assert_int_equal(buf_string(&h.choice[c].events)[0], 'p');
            }
            assert_int_equal(h.counts.cached, 0);
            reading_free(&alone);
            heard_free(&h);
            request_free(&r);
        }
    }
}

// A prompt that brings its own BOS counts it.
static void test_echo_own_bos(void **state) {
    (void)state;
    heard h;
    reading alone;
    request r = case_request(&served, "one", "abc");
    r.prompts[0].own = 0;
    r.echo = r.probabilities = r.gates = true;
    heard_ask(&h, &served, &r);
    read_alone(&alone, &r, 0);
    check_prompt(&h, 0, &alone);
    assert_int_equal(h.choice[0].prompt_count, 4);
    assert_int_equal(h.counts.prompt, 4);
    reading_free(&alone);
    heard_free(&h);
    request_free(&r);
}

// Every written byte has its weights, which sum to 1, and its probability.
static void test_written(void **state) {
    (void)state;
    heard h;
    request r = case_request(&served, "two", "abcabcabcabcabcabc");
    r.probabilities = r.gates = true;
    r.most_bytes = 100;
    heard_ask(&h, &served, &r);
    const heard_choice *c = &h.choice[0];
    assert_int_equal(c->text.size, 100);
    // The same text as a prompt: fed and written symbols agree to rounding.
    request again = case_request(&served, "two", "abcabcabcabcabcabc");
    request_prompt *p = &again.prompts[0];
    p->symbols = mem_resize_array(p->symbols, p->count + 100, sizeof *p->symbols);
    for (size_t i = 0; i < 100; i++) p->symbols[p->count + i] = (uint8_t)c->text.data[i];
    const size_t before = p->count;
    p->count += 100;
    reading alone;
    read_alone(&alone, &again, 0);
    for (size_t i = 0; i < 100; i++) {
        const float *gates = alone.gates + (before + i - 1) * 3;
        const float *logits = alone.logits + (before + i - 1) * VOCAB;
        assert_int_equal(c->tokens[i].symbol, (uint8_t)c->text.data[i]);
        assert_true(fabs(c->tokens[i].logprob - logprob_of(logits, c->tokens[i].symbol)) < 1e-3);
        for (size_t k = 0; k < 3; k++)
            assert_true(fabs((double)(c->gates[i][k] - gates[k])) < 1e-4);
    }
    reading_free(&alone);
    heard_free(&h);
    request_free(&r);
    request_free(&again);
}

static void check_vectors(const heard *h) {
    for (size_t i = 0; i < h->r->prompt_count; i++) {
        reading alone;
        read_alone(&alone, h->r, i);
        for (size_t c = 0; c < CHANNELS; c++) {
            double sum = 0;
            for (size_t n = 0; n < alone.count; n++) sum += (double)alone.states[n * CHANNELS + c];
            assert_true(h->vectors[i * CHANNELS + c] == (float)(sum / (double)alone.count));
        }
        reading_free(&alone);
    }
}

static void test_vectors(void **state) {
    (void)state;
    static char text[CASE_CONTEXT + 200];
    case_text(text, sizeof text, 7);
    heard h;
    request r = case_request(&served, "two", "a");
    r.route = ROUTE_EMBEDDINGS;
    case_add_prompt(&r, "");
    case_add_prompt(&r, text + sizeof text - 200);
    case_add_prompt(&r, text);
    for (size_t i = 0; i < 6; i++) case_add_prompt(&r, text + sizeof text - 10 * i - 20);
    for (int round = 0; round < 2; round++) {
        heard_ask(&h, &served, &r);
        assert_non_null(h.vectors);
        check_vectors(&h);
        assert_int_equal(h.choice[0].events.size, 0);
        assert_int_equal(h.counts.written, 0);
        heard_free(&h);
    }
    request_free(&r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_echo),
        cmocka_unit_test(test_echo_own_bos),
        cmocka_unit_test(test_written),
        cmocka_unit_test(test_vectors),
    };
    return cmocka_run_group_tests_name("scheduler_watch", tests, make, end);
}
