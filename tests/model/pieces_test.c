// A packed step: not one bit of a text's states depends on where the pieces that it is read in end,
// nor on what is read beside it, so that what one session has read is good for another.
#include "model/model_case.h"

#include "base/rng.h"
#include "quant/recipe.h"
#include "store/few_bits.h"

#include <stdlib.h>
#include <string.h>

// Longer than a block of keys and than several strips of queries (kernels/loops/attention_strip.h).
enum { LENGTH = 331, MOST = 160 };

// A model whose matrices are of one kind, with a packed stepper.
typedef struct reader {
    kernels k;
    case_model m;
    bf16 *half;
    frozen f;
    stepper *s;
} reader;

static void freeze(reader *r, const char *type) {
    axl_error err;
    const param_table *t = &r->m.table;
    if (strcmp(type, "f32") == 0) {
        case_ok(frozen_of_block(&r->f, t, &(frozen_source){r->m.w, r->m.w, DTYPE_F32}, &err), &err);
    } else if (strcmp(type, "bf16") == 0) {
        r->half = malloc(t->numbers * sizeof *r->half);
        assert_non_null(r->half);
        r->k.convert->f32_to_bf16(r->half, r->m.w, t->numbers);
        case_ok(frozen_of_block(&r->f, t, &(frozen_source){r->m.w, r->half, DTYPE_BF16}, &err),
                &err);
    } else {
        few_bits few;
        const few_bits_source source = {
            .table = t, .block = r->m.w, .recipe = quant_recipe_find(type, NULL)};
        const frozen_machine machine = {.k = &r->k};
        case_ok(few_bits_make(&few, &source, &r->k, NULL, &err), &err);
        case_ok(frozen_of_tensors(&r->f, t, few.list, &machine, &err), &err);
        few_bits_free(&few);
    }
}

static void reader_open(reader *r, const kernels *k, const char *type, size_t window) {
    axl_error err;
    model_config c = case_config();
    c.d_model = 40; // heads of 20 channels: no whole vectors
    c.n_heads = 2;
    c.d_ff = 33;
    c.n_layers = 1;
    c.max_seq_len = window;
    *r = (reader){.k = *k};
    case_model_make(&r->m, &c, 19);
    freeze(r, type);
    const step_spec spec = {.sequences = 2, .bytes = MOST, .packed = true};
    const step_machine machine = {.k = &r->k, .limit = PLAN_NO_LIMIT};
    case_ok(step_create(&r->s, &r->f, &spec, &machine, &err), &err);
}

static void reader_close(reader *r) {
    step_free(r->s);
    frozen_free(&r->f);
    free(r->half);
    case_model_free(&r->m);
}

// A text as it was read: its cache and all its results.
typedef struct reading {
    cache c;
    float *logits, *gates, *states; // [LENGTH, V], [LENGTH, 3], [LENGTH, d]
} reading;

static void reading_open(reading *a, const reader *r) {
    axl_error err;
    const model_config *c = &r->m.table.config;
    case_ok(cache_create(&a->c, c, r->f.start, NULL, &err), &err);
    a->logits = calloc(LENGTH * c->vocab_size, sizeof *a->logits);
    a->gates = calloc(LENGTH * MODEL_SCALES, sizeof *a->gates);
    a->states = calloc(LENGTH * c->d_model, sizeof *a->states);
    assert_true(a->logits && a->gates && a->states);
}

static void reading_close(reading *a) {
    cache_free(&a->c);
    free(a->logits);
    free(a->gates);
    free(a->states);
}

static size_t known(const reading *a) {
    return (size_t)a->c.gone + a->c.length;
}

// The next symbols of the text as an item; at most `count`, as many as find room.
static step_item next_item(const reader *r, reading *a, const uint16_t *ids, size_t count) {
    axl_error err;
    case_ok(cache_slide(&a->c, step_exec(r->s), step_rope(r->s), &err), &err);
    const model_config *c = &r->m.table.config;
    const size_t at = known(a), room = cache_room(&a->c);
    count = count < room ? count : room;
    count = count < LENGTH - at ? count : LENGTH - at;
    return (step_item){.cache = &a->c,
                       .ids = ids + at,
                       .count = count,
                       .wanted = count,
                       .logits = a->logits + at * c->vocab_size,
                       .gates = a->gates + at * MODEL_SCALES,
                       .states = a->states + at * c->d_model};
}

static void same_rows(const char *what, const float *got, const float *want, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (memcmp(got + i, want + i, sizeof *got) != 0)
            fail_msg("%s: number %zu is %.9g, not %.9g", what, i, (double)got[i], (double)want[i]);
}

static void same_lanes(const cache *a, const cache *b) {
    const model_config *c = a->config;
    for (size_t i = 0; i < MODEL_SCALES * c->n_layers; i++) {
        const size_t n = a->length / model_factor(i / c->n_layers) * c->d_model;
        same_rows("a key", a->self[i].k, b->self[i].k, n);
        same_rows("a value", a->self[i].v, b->self[i].v, n);
    }
    for (size_t i = 0; i < MODEL_PAIRS * c->n_cross; i++) {
        const size_t from = pair_source(i % MODEL_PAIRS / 2, i % 2);
        const size_t n = a->length / model_factor(from) * c->d_model;
        same_rows("a key between scales", a->cross[i].k, b->cross[i].k, n);
        same_rows("a value between scales", a->cross[i].v, b->cross[i].v, n);
    }
    for (size_t s = 1; s < MODEL_SCALES; s++)
        same_rows("a final state", a->final[s], b->final[s],
                  (a->length / model_factor(s) + 1) * c->d_model);
}

static void same_readings(const reader *r, const reading *a, const reading *b) {
    const model_config *c = &r->m.table.config;
    assert_int_equal(a->c.length, b->c.length);
    assert_int_equal(a->c.gone, b->c.gone);
    same_lanes(&a->c, &b->c);
    same_rows("a state", a->states, b->states, LENGTH * c->d_model);
    same_rows("a weight of a scale", a->gates, b->gates, LENGTH * MODEL_SCALES);
    same_rows("a logit", a->logits, b->logits, LENGTH * c->vocab_size);
}

// Symbols of piece number i of a way to cut the text: all alike, or as they come.
static size_t piece_of(size_t way, size_t i) {
    return way <= MOST ? way : 1 + rng_below(rng_key(way, 1), i, 1 + MOST / (way % 20 + 1) / 2);
}

// Beside the reading, on every second way, another text is read.
static void read_in(const reader *r, reading *a, const uint16_t *ids, size_t way) {
    axl_error err;
    reading other;
    uint16_t others[LENGTH];
    case_ids(others, LENGTH, &r->m.table.config, way);
    reading_open(&other, r);
    for (size_t i = 0; known(a) < LENGTH; i++) {
        size_t count = 0;
        step_item items[2];
        items[count++] = next_item(r, a, ids, piece_of(way, i));
        const size_t left = MOST - items[0].count;
        if (way % 2 == 1 && left > 0 && known(&other) < LENGTH)
            items[count++] = next_item(r, &other, others, 1 + i % left);
        if (i % 2 == 1 && count == 2) { // the order does not matter either
            const step_item first = items[0];
            items[0] = items[1];
            items[1] = first;
        }
        case_ok(step_run(r->s, items, count, &err), &err);
    }
    reading_close(&other);
}

static void check(const kernels *k, const char *type, size_t window) {
    static const size_t ways[] = {1, 2, 3, 4, 5, 7, 12, 13, 64, 97, 128, 1001, 1004, 1013, 1020};
    reader r;
    reader_open(&r, k, type, window);
    uint16_t ids[LENGTH];
    case_ids(ids, LENGTH, &r.m.table.config, 8);
    reading want;
    reading_open(&want, &r);
    read_in(&r, &want, ids, MOST);
    for (size_t i = 0; i < COUNT_OF(ways); i++) {
        reading got;
        reading_open(&got, &r);
        read_in(&r, &got, ids, ways[i]);
        same_readings(&r, &got, &want);
        reading_close(&got);
    }
    reading_close(&want);
    reader_close(&r);
}

static void check_levels(const char *type, size_t window) {
    for (int level = 0; level < KERNEL_LEVELS; level++) {
        kernels k;
        if (kernels_select((kernel_level)level, &k)) check(&k, type, window);
    }
}

static void test_f32(void **state) {
    (void)state;
    check_levels("f32", 400);
}

static void test_bf16(void **state) {
    (void)state;
    check_levels("bf16", 400);
}

static void test_few_bits(void **state) {
    (void)state;
    check_levels("q8_0", 400);
    check_levels("q4_k_m", 400);
}

// Past the window, which slides at the same bytes.
static void test_window(void **state) {
    (void)state;
    check_levels("f32", 100);
    check_levels("q8_0", 64);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_f32),
        cmocka_unit_test(test_bf16),
        cmocka_unit_test(test_few_bits),
        cmocka_unit_test(test_window),
    };
    return cmocka_run_group_tests_name("pieces", tests, NULL, NULL);
}
