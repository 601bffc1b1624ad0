// Incremental decoding gives what the batched pass gives, however the bytes come.
#include "model/model_case.h"

#include "base/alloc.h"
#include "base/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NEAR 1e-4f

// A model, frozen, with a stepper: what every test starts from.
typedef struct bench {
    kernels k;
    case_model m;
    frozen f;
    stepper *s;
    size_t v;
} bench;

static void bench_open(bench *b, const model_config *c, const step_spec *spec) {
    axl_error err;
    b->k = case_kernels();
    b->v = c->vocab_size;
    case_model_make(&b->m, c, 17);
    case_ok(frozen_of_block(&b->f, &b->m.table, &(frozen_source){b->m.w, b->m.w, DTYPE_F32}, &err),
            &err);
    const step_machine machine = {.k = &b->k, .limit = PLAN_NO_LIMIT};
    case_ok(step_create(&b->s, &b->f, spec, &machine, &err), &err);
}

static void bench_close(bench *b) {
    step_free(b->s);
    frozen_free(&b->f);
    case_model_free(&b->m);
}

static void cache_open(cache *c, const bench *b) {
    axl_error err;
    case_ok(cache_create(c, &b->m.table.config, b->f.start, NULL, &err), &err);
}

// Feeds ids and gets the logits of all of them.
static void feed(const bench *b, cache *c, const uint16_t *ids, size_t count, float *logits) {
    axl_error err;
    const step_item item = {.ids = ids, .count = count, .wanted = count, .logits = logits};
    case_ok(step_feed(b->s, c, &item, &err), &err);
}

static size_t best_of(const float *logits, size_t v) {
    size_t best = 0;
    for (size_t i = 1; i < v; i++)
        if (logits[i] > logits[best]) best = i;
    return best;
}

static void same(const char *what, const float *got, const float *want, size_t rows, size_t v) {
    for (size_t t = 0; t < rows; t++) {
        for (size_t i = 0; i < v; i++)
            if (!(fabsf(got[t * v + i] - want[t * v + i]) <= NEAR))
                fail_msg("%s: logit %zu at %zu is %g, not %g", what, i, t, (double)got[t * v + i],
                         (double)want[t * v + i]);
        assert_int_equal(best_of(got + t * v, v), best_of(want + t * v, v));
    }
}

static float *room(size_t rows, size_t v) {
    float *out = malloc(rows * v * sizeof *out);
    assert_non_null(out);
    return out;
}

static const step_spec roomy = {.sequences = 8, .bytes = 128};

static model_config odd_config(size_t rounds) {
    model_config c = case_config();
    c.d_model = 20;
    c.n_heads = 2 + rounds % 2 * 3;
    c.d_ff = 17;
    c.n_cross = rounds;
    return c;
}

// One by one, in pieces of every size, and all at once.
static void test_pieces(void **state) {
    (void)state;
    enum { LENGTH = 93 };
    for (size_t rounds = 0; rounds <= 2; rounds++) {
        const model_config c = odd_config(rounds);
        bench b;
        bench_open(&b, &c, &roomy);
        uint16_t ids[LENGTH];
        case_ids(ids, LENGTH, &c, rounds);
        float *want = case_logits(&b.m, &b.k, ids, LENGTH), *got = room(LENGTH, b.v);
        for (size_t piece = 1; piece <= LENGTH; piece = piece < 24 ? piece + 1 : piece + 23) {
            cache c1;
            cache_open(&c1, &b);
            for (size_t t = 0; t < LENGTH; t += piece)
                feed(&b, &c1, ids + t, LENGTH - t < piece ? LENGTH - t : piece, got + t * b.v);
            same("pieces", got, want, LENGTH, b.v);
            assert_int_equal(c1.length, LENGTH);
            assert_memory_equal(c1.ids, ids, sizeof ids);
            cache_free(&c1);
        }
        free(want);
        free(got);
        bench_close(&b);
    }
}

// Only the wanted logits are given, and feeding without any gives the same states.
static void test_wanted(void **state) {
    (void)state;
    enum { LENGTH = 150 };
    const model_config c = odd_config(1);
    bench b;
    bench_open(&b, &c, &(step_spec){.sequences = 1, .bytes = 32});
    uint16_t ids[LENGTH];
    case_ids(ids, LENGTH, &c, 9);
    float *want = case_logits(&b.m, &b.k, ids, LENGTH), *got = room(LENGTH, b.v);
    static const size_t wishes[] = {0, 1, 21, 22, 23, 60, LENGTH};
    for (size_t i = 0; i < COUNT_OF(wishes); i++) {
        axl_error err;
        cache c1;
        cache_open(&c1, &b);
        const step_item item = {.ids = ids, .count = LENGTH, .wanted = wishes[i], .logits = got};
        case_ok(step_feed(b.s, &c1, &item, &err), &err);
        same("wanted", got, want + (LENGTH - wishes[i]) * b.v, wishes[i], b.v);
        cache_free(&c1);
    }
    free(want);
    free(got);
    bench_close(&b);
}

// ---- results beside the logits ----

// The gate's matrix [3, 3d] of a bench's model, in place.
static float *gate_of(const bench *b) {
    for (size_t i = 0; i < b->m.table.count; i++)
        if (strcmp(b->m.table.list[i].name, "gate.weight") == 0)
            return b->m.w + b->m.table.list[i].offset;
    fail_msg("no gate");
    return NULL;
}

typedef struct results {
    float *logits, *gates, *states; // [count, V], [count, 3], [count, d]
} results;

static results results_room(const bench *b, size_t count) {
    return (results){room(count, b->v), room(count, MODEL_SCALES),
                     room(count, b->m.table.config.d_model)};
}

static void results_free(results *r) {
    free(r->logits);
    free(r->gates);
    free(r->states);
}

// Of the last `wanted` symbols of a text that comes in pieces.
static void get_results(const bench *b, const uint16_t *ids, size_t count, size_t wanted,
                        const results *r) {
    axl_error err;
    cache c;
    cache_open(&c, b);
    const step_item item = {.ids = ids,
                            .count = count,
                            .wanted = wanted,
                            .logits = r->logits,
                            .gates = r->gates,
                            .states = r->states};
    case_ok(step_feed(b->s, &c, &item, &err), &err);
    cache_free(&c);
}

// The logits are the products of the embedding with the states.
static void test_states(void **state) {
    (void)state;
    enum { LENGTH = 75, WANTED = 41 };
    const model_config c = odd_config(1);
    bench b;
    bench_open(&b, &c, &(step_spec){.sequences = 1, .bytes = 16});
    uint16_t ids[LENGTH];
    case_ids(ids, LENGTH, &c, 41);
    results r = results_room(&b, WANTED);
    get_results(&b, ids, LENGTH, WANTED, &r);
    const float *embed = b.m.w + b.m.table.list[0].offset;
    assert_string_equal(b.m.table.list[0].name, "embed.weight");
    for (size_t t = 0; t < WANTED; t++)
        for (size_t i = 0; i < b.v; i++) {
            double sum = 0;
            for (size_t j = 0; j < c.d_model; j++)
                sum += (double)embed[i * c.d_model + j] * (double)r.states[t * c.d_model + j];
            assert_true(fabs(sum - (double)r.logits[t * b.v + i]) <= (double)NEAR);
        }
    results_free(&r);
    bench_close(&b);
}

// What the gate's matrix makes of the weights: none of it thirds, two rows swapped the same
// weights swapped, twice as much twice the logarithms of their ratios.
static void test_gates(void **state) {
    (void)state;
    enum { LENGTH = 50, WANTED = 37 };
    const model_config c = odd_config(1);
    const size_t row = MODEL_SCALES * c.d_model;
    bench b;
    bench_open(&b, &c, &(step_spec){.sequences = 1, .bytes = 16});
    uint16_t ids[LENGTH];
    case_ids(ids, LENGTH, &c, 42);
    results plain = results_room(&b, WANTED), other = results_room(&b, WANTED);
    float *gate = gate_of(&b);
    get_results(&b, ids, LENGTH, WANTED, &plain);
    for (size_t i = 0; i < row; i++) {
        const float first = gate[i];
        gate[i] = gate[row + i];
        gate[row + i] = first;
    }
    get_results(&b, ids, LENGTH, WANTED, &other);
    double spread = 0;
    for (size_t t = 0; t < WANTED; t++) {
        const float *g = plain.gates + t * MODEL_SCALES, *swapped = other.gates + t * MODEL_SCALES;
        assert_true(fabsf(g[0] + g[1] + g[2] - 1) <= 1e-6f);
        assert_true(fabsf(g[0] - swapped[1]) <= 1e-6f && fabsf(g[1] - swapped[0]) <= 1e-6f);
        spread = fmax(spread, fabs(log((double)g[0] / (double)g[1])));
    }
    assert_true(spread > 0.01); // else the swap would have said nothing
    for (size_t i = 0; i < MODEL_SCALES * row; i++) gate[i] *= 2;
    get_results(&b, ids, LENGTH, WANTED, &other);
    for (size_t t = 0; t < WANTED; t++) {
        const float *g = plain.gates + t * MODEL_SCALES, *twice = other.gates + t * MODEL_SCALES;
        const double want = 2 * log((double)g[1] / (double)g[2]);
        assert_true(fabs(log((double)twice[0] / (double)twice[2]) - want) <= 1e-4);
    }
    memset(gate, 0, MODEL_SCALES * row * sizeof *gate);
    get_results(&b, ids, LENGTH, WANTED, &other);
    for (size_t i = 0; i < WANTED * MODEL_SCALES; i++)
        assert_true(fabsf(other.gates[i] - 1 / 3.0f) <= 1e-6f);
    results_free(&plain);
    results_free(&other);
    bench_close(&b);
}

// Several sequences at uneven positions, stepped together.
static void test_together(void **state) {
    (void)state;
    enum { COUNT = 7, LENGTH = 60 };
    const model_config c = odd_config(1);
    bench b;
    bench_open(&b, &c, &roomy);
    uint16_t ids[COUNT][LENGTH];
    cache caches[COUNT];
    size_t done[COUNT];
    float *want[COUNT], *got[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        case_ids(ids[i], LENGTH, &c, 100 + i);
        want[i] = case_logits(&b.m, &b.k, ids[i], LENGTH);
        got[i] = room(LENGTH, b.v);
        cache_open(&caches[i], &b);
        done[i] = 0;
    }
    for (size_t round = 0;; round++) {
        step_item items[COUNT];
        size_t count = 0;
        for (size_t i = 0; i < COUNT; i++) {
            size_t part = rng_below(rng_key(5, i), round, 12);
            if (part > LENGTH - done[i]) part = LENGTH - done[i];
            if (part == 0) continue;
            items[count++] = (step_item){.cache = &caches[i],
                                         .ids = ids[i] + done[i],
                                         .count = part,
                                         .wanted = part,
                                         .logits = got[i] + done[i] * b.v};
            done[i] += part;
        }
        axl_error err;
        if (count > 0) case_ok(step_run(b.s, items, count, &err), &err);
        bool all = true;
        for (size_t i = 0; i < COUNT; i++) all = all && done[i] == LENGTH;
        if (all) break;
    }
    for (size_t i = 0; i < COUNT; i++) {
        same("together", got[i], want[i], LENGTH, b.v);
        free(want[i]);
        free(got[i]);
        cache_free(&caches[i]);
    }
    bench_close(&b);
}

// Cut back to a multiple of 4 and go on with other bytes; a copy goes its own way.
static void test_cut_and_copy(void **state) {
    (void)state;
    enum { LENGTH = 70, MORE = 30 };
    const model_config c = odd_config(1);
    bench b;
    bench_open(&b, &c, &roomy);
    uint16_t ids[LENGTH], other[LENGTH];
    case_ids(ids, LENGTH, &c, 31);
    case_ids(other, LENGTH, &c, 32);
    float *got = room(LENGTH, b.v);
    cache first, second;
    cache_open(&first, &b);
    cache_open(&second, &b);
    axl_error err;
    for (size_t cut = 0; cut <= LENGTH - MORE; cut += 4) {
        feed(&b, &first, ids + first.length, LENGTH - first.length, got);
        cache_copy(&second, &first);
        assert_int_equal(cache_truncate(&first, cut + 1, &err), AXL_BAD_ARGUMENT);
        assert_int_equal(cache_truncate(&first, LENGTH + 4, &err), AXL_BAD_ARGUMENT);
        case_ok(cache_truncate(&first, cut, &err), &err);
        feed(&b, &first, other, MORE, got);
        uint16_t whole[LENGTH + MORE];
        memcpy(whole, ids, cut * sizeof *ids);
        memcpy(whole + cut, other, MORE * sizeof *other);
        float *want = case_logits(&b.m, &b.k, whole, cut + MORE);
        same("cut", got, want + cut * b.v, MORE, b.v);
        free(want);
        feed(&b, &second, other, MORE, got);
        memcpy(whole, ids, LENGTH * sizeof *ids);
        memcpy(whole + LENGTH, other, MORE * sizeof *other);
        want = case_logits(&b.m, &b.k, whole, LENGTH + MORE);
        same("copy", got, want + LENGTH * b.v, MORE, b.v);
        free(want);
        case_ok(cache_truncate(&first, cut, &err), &err);
    }
    cache_free(&first);
    cache_free(&second);
    free(got);
    bench_close(&b);
}

// A step apart: the same bits however the bytes come and whatever comes with them, also after some
// were taken back.
static void test_apart(void **state) {
    (void)state;
    enum { LENGTH = 90, PIECES = 37 };
    const model_config c = odd_config(1);
    const step_spec spec = {.sequences = 2, .bytes = 2 * PIECES, .apart = true};
    bench b;
    bench_open(&b, &c, &spec);
    uint16_t ids[LENGTH], other[LENGTH];
    case_ids(ids, LENGTH, &c, 51);
    case_ids(other, LENGTH, &c, 52);
    float *want = room(LENGTH, b.v), *got = room(LENGTH, b.v);
    cache c1, c2;
    cache_open(&c1, &b);
    for (size_t t = 0; t < LENGTH; t++) feed(&b, &c1, ids + t, 1, want + t * b.v);
    cache_free(&c1);
    for (size_t piece = 1; piece <= PIECES; piece++) {
        axl_error err;
        cache_open(&c1, &b);
        cache_open(&c2, &b);
        for (size_t t = 0; t < LENGTH;) {
            const size_t part = LENGTH - t < piece ? LENGTH - t : piece;
            const size_t wrong = LENGTH - t - part < 5 ? LENGTH - t - part : 5;
            uint16_t draft[PIECES + 5];
            memcpy(draft, ids + t, part * sizeof *draft);
            memcpy(draft + part, other, wrong * sizeof *draft);
            const size_t most = part + wrong < PIECES ? part + wrong : PIECES;
            const step_item items[2] = {{.cache = &c1,
                                         .ids = draft,
                                         .count = most,
                                         .wanted = most,
                                         .logits = got + t * b.v},
                                        {.cache = &c2, .ids = other + t, .count = part}};
            case_ok(step_run(b.s, items, 1 + piece % 2, &err), &err);
            t += part;
            cache_retract(&c1, t);
            assert_int_equal(c1.length, t);
        }
        assert_memory_equal(got, want, LENGTH * b.v * sizeof *got);
        cache_free(&c1);
        cache_free(&c2);
    }
    free(want);
    free(got);
    bench_close(&b);
}

// Past the window: the same whether one by one or in pieces, and with the bytes that it should
// have.
static void test_window(void **state) {
    (void)state;
    enum { LENGTH = 200 };
    static const size_t windows[] = {4, 8, 16, 40, 64};
    for (size_t i = 0; i < COUNT_OF(windows); i++) {
        model_config c = odd_config(1);
        c.max_seq_len = windows[i];
        bench b;
        bench_open(&b, &c, &roomy);
        const size_t stride = cache_stride(&c);
        uint16_t ids[LENGTH];
        case_ids(ids, LENGTH, &c, 70 + i);
        float *single = room(LENGTH, b.v), *pieces = room(LENGTH, b.v);
        cache c1;
        cache_open(&c1, &b);
        for (size_t t = 0; t < LENGTH; t++) {
            feed(&b, &c1, ids + t, 1, single + t * b.v);
            assert_int_equal(c1.gone + c1.length, t + 1);
            assert_true(c1.length <= windows[i] && c1.gone % stride == 0);
            assert_true(t < windows[i] || c1.length + stride > windows[i]);
            assert_memory_equal(c1.ids, ids + c1.gone, c1.length * sizeof *ids);
        }
        cache_free(&c1);
        float *want = case_logits(&b.m, &b.k, ids, windows[i]);
        same("window", single, want, windows[i], b.v); // up to the first slide nothing is lost
        free(want);
        for (size_t piece = 3; piece <= LENGTH; piece = 3 * piece + 1) {
            cache_open(&c1, &b);
            for (size_t t = 0; t < LENGTH; t += piece)
                feed(&b, &c1, ids + t, LENGTH - t < piece ? LENGTH - t : piece, pieces + t * b.v);
            same("window in pieces", pieces, single, LENGTH, b.v);
            cache_free(&c1);
        }
        free(single);
        free(pieces);
        bench_close(&b);
    }
}

static void test_refused(void **state) {
    (void)state;
    const model_config c = odd_config(1);
    bench b;
    bench_open(&b, &c, &(step_spec){.sequences = 1, .bytes = 8});
    cache c1;
    cache_open(&c1, &b);
    axl_error err;
    uint16_t ids[16] = {0};
    float *logits = room(16, b.v);
    step_item item = {.cache = &c1, .ids = ids, .count = 9, .wanted = 1, .logits = logits};
    assert_int_equal(step_run(b.s, &item, 1, &err), AXL_BAD_ARGUMENT);
    item.count = 0;
    assert_int_equal(step_run(b.s, &item, 1, &err), AXL_BAD_ARGUMENT);
    item.count = 2;
    item.wanted = 3;
    assert_int_equal(step_run(b.s, &item, 1, &err), AXL_BAD_ARGUMENT);
    item.wanted = 1;
    ids[1] = (uint16_t)b.v;
    assert_int_equal(step_run(b.s, &item, 1, &err), AXL_BAD_ARGUMENT);
    assert_int_equal(c1.length, 0);
    const step_item two[2] = {item, item};
    assert_int_equal(step_run(b.s, two, 2, &err), AXL_BAD_ARGUMENT);
    ids[1] = 1;
    case_ok(step_run(b.s, &item, 1, &err), &err);
    assert_int_equal(c1.length, 2);
    cache_free(&c1);
    free(logits);
    bench_close(&b);
}

// Matrices of bf16: the direction of the logits stays.
static void test_bf16(void **state) {
    (void)state;
    enum { LENGTH = 60 };
    model_config c = odd_config(1);
    c.d_model = 64;
    c.n_heads = 4;
    c.d_ff = 96;
    bench b;
    bench_open(&b, &c, &roomy);
    bf16 *half = mem_alloc_array(b.m.table.numbers, sizeof *half);
    assert_non_null(half);
    b.k.convert->f32_to_bf16(half, b.m.w, b.m.table.numbers);
    frozen f;
    axl_error err;
    stepper *s;
    case_ok(frozen_of_block(&f, &b.m.table, &(frozen_source){b.m.w, half, DTYPE_BF16}, &err), &err);
    const step_machine machine = {.k = &b.k, .limit = PLAN_NO_LIMIT};
    case_ok(step_create(&s, &f, &roomy, &machine, &err), &err);
    uint16_t ids[LENGTH];
    case_ids(ids, LENGTH, &c, 3);
    float *want = case_logits(&b.m, &b.k, ids, LENGTH), *got = room(LENGTH, b.v);
    for (size_t piece = 1; piece <= LENGTH; piece += 19) {
        cache c1;
        cache_open(&c1, &b);
        for (size_t t = 0; t < LENGTH; t += piece) {
            const size_t part = LENGTH - t < piece ? LENGTH - t : piece;
            const step_item item = {
                .ids = ids + t, .count = part, .wanted = part, .logits = got + t * b.v};
            case_ok(step_feed(s, &c1, &item, &err), &err);
        }
        double product = 0, want2 = 0, got2 = 0;
        for (size_t i = 0; i < LENGTH * b.v; i++) {
            product += (double)want[i] * (double)got[i];
            want2 += (double)want[i] * (double)want[i];
            got2 += (double)got[i] * (double)got[i];
        }
        assert_true(product / sqrt(want2 * got2) >= 0.999);
        assert_true(fabs(sqrt(got2 / want2) - 1) <= 0.01);
        cache_free(&c1);
    }
    free(want);
    free(got);
    step_free(s);
    frozen_free(&f);
    mem_free(half);
    bench_close(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces),   cmocka_unit_test(test_wanted),
        cmocka_unit_test(test_together), cmocka_unit_test(test_cut_and_copy),
        cmocka_unit_test(test_window),   cmocka_unit_test(test_refused),
        cmocka_unit_test(test_bf16),     cmocka_unit_test(test_apart),
        cmocka_unit_test(test_states),   cmocka_unit_test(test_gates),
    };
    return cmocka_run_group_tests_name("model step", tests, NULL, NULL);
}
