// Counts of multiply-adds and of parameters read, against counts made one by one: a decoder that
// goes over the bytes, and a walk over the table of parameters by name.
#include "model/flops.h"
#include "model/params.h"
#include "model/presets.h"
#include "support/unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// A matrix [rows, cols] times one vector, row by row.
static double matvec(size_t rows, size_t cols) {
    double sum = 0;
    for (size_t i = 0; i < rows; i++) sum += (double)cols;
    return sum;
}

// A query of scale a at end time e, the keys of scale b one by one; plus says how many more.
static double attend(const model_config *c, size_t b, size_t e, size_t plus) {
    double keys = (double)plus;
    for (size_t j = 0;; j++) {
        const size_t end = model_factor(b) * (j + 1) - 1;
        if (end > e) break;
        keys++;
    }
    const size_t head = c->d_model / c->n_heads;
    return keys * (double)c->n_heads * (double)(head + head); // score, value
}

static double feed_forward(const model_config *c) {
    return matvec(c->d_ff, c->d_model) + matvec(c->d_ff, c->d_model) + matvec(c->d_model, c->d_ff);
}

// What a state of scale a that is born at byte t costs up to the last cross round.
static double state(const model_config *c, size_t a, size_t t) {
    const size_t d = c->d_model;
    double sum = a > 0 ? matvec(d, model_factor(a) * d) : 0;
    for (size_t layer = 0; layer < c->n_layers; layer++) {
        for (int projection = 0; projection < 4; projection++) sum += matvec(d, d);
        sum += attend(c, a, t, 0) + feed_forward(c);
    }
    for (size_t round = 0; round < c->n_cross; round++)
        for (size_t b = 0; b < MODEL_SCALES; b++) {
            if (b == a) continue;
            sum += matvec(d, d) + matvec(d, d); // the key and the value for pair b <- a
            sum += matvec(d, d) + attend(c, b, t, 1) + matvec(d, d) + feed_forward(c); // a <- b
        }
    return sum;
}

static double decode(const model_config *c, size_t length, bool exit) {
    const size_t d = c->d_model;
    double sum = 0;
    for (size_t t = 0; t < length; t++) {
        for (size_t a = 0; a < MODEL_SCALES; a++)
            if ((t + 1) % model_factor(a) == 0) sum += state(c, a, t);
        sum += matvec(d, d) + matvec(d, d);           // up, one slice each
        sum += matvec(3, 3 * d) + matvec(d, d);       // gate, fuse
        sum += matvec(c->vocab_size, d) * (1 + exit); // head, and the fine exit's
    }
    return sum;
}

static model_config config_of(size_t d, size_t heads, size_t layers, size_t f) {
    model_config c = config_defaults();
    c.d_model = d;
    c.n_heads = heads;
    c.n_layers = layers;
    c.d_ff = f;
    return c;
}

static void the_forward_pass_costs_what_its_bytes_cost(void **unused) {
    (void)unused;
    const size_t lengths[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 31, 64, 67};
    for (size_t rounds = 0; rounds < 3; rounds++)
        for (size_t i = 0; i < COUNT_OF(lengths); i++) {
            model_config c = config_of(6, 1 + 2 * (rounds % 2), 1 + rounds, 5);
            c.n_cross = rounds;
            c.vocab_size = 264;
            const size_t t = lengths[i];
            assert_true(flops_forward(&c, t, false) == decode(&c, t, false));
            assert_true(flops_forward(&c, t, true) == decode(&c, t, true));
        }
}

static void training_is_three_times_the_forward_pass(void **unused) {
    (void)unused;
    model_config c = config_of(12, 3, 2, 10);
    assert_true(c.fine_exit > 0);
    assert_true(flops_train(&c, 21) == 3 * decode(&c, 21, true));
    c.fine_exit = 0;
    assert_true(flops_train(&c, 21) == 3 * decode(&c, 21, false));
}

// Micro multiplies each byte with 7.3 million numbers of its matrices; attention over a context of
// 256 bytes comes on top.
static void micro_costs_what_is_known(void **unused) {
    (void)unused;
    const model_config c = presets_config(presets_find("micro", NULL));
    assert_in_range((size_t)flops_decode_parameters(&c), 7250000, 7350000);
    const double first = flops_forward(&c, 4, false) / 4, all = flops_forward(&c, 256, false) / 256;
    assert_true(all == decode(&c, 256, false) / 256);
    assert_true(first < all && all < 1.1 * first);
}

// Whether a parameter of that name is read at byte t, and how much of it.
static double read_at(const param *p, size_t t) {
    const char *name = p->name;
    size_t scale = 0;
    double part = 1;
    if (strncmp(name, "start.", 6) == 0) return 0; // at the first bytes of a text alone
    if (strncmp(name, "down.", 5) == 0) scale = (size_t)(name[5] - '0');
    if (strncmp(name, "stacks.", 7) == 0) scale = (size_t)(name[7] - '0');
    if (strncmp(name, "up.", 3) == 0) part = 1 / (double)model_factor((size_t)(name[3] - '0'));
    if (strncmp(name, "cross.", 6) == 0) {
        const char *pair = strchr(name + 6, '.') + 1; // "01.attn.k.weight"
        const bool source = strncmp(pair + 3, "kv_norm.", 8) == 0 ||
                            strncmp(pair + 3, "attn.k.", 7) == 0 ||
                            strncmp(pair + 3, "attn.v.", 7) == 0;
        scale = (size_t)(pair[source ? 1 : 0] - '0');
    }
    return (t + 1) % model_factor(scale) == 0 ? part * (double)p->count : 0;
}

static double read_per_byte(const model_config *c) {
    param_table table;
    assert_int_equal(params_build(&table, c, NULL), AXL_OK);
    double sum = 0;
    for (size_t t = 0; t < MODEL_GROUP; t++)
        for (size_t i = 0; i < table.count; i++) sum += read_at(&table.list[i], t);
    params_free(&table);
    return sum / (double)MODEL_GROUP;
}

static void decoding_reads_the_parameters_of_what_is_born(void **unused) {
    (void)unused;
    for (size_t rounds = 0; rounds < 3; rounds++) {
        model_config c = config_of(20, 2, 1 + rounds, 17);
        c.n_cross = rounds;
        assert_true(flops_decode_parameters(&c) == read_per_byte(&c));
    }
    for (size_t i = 0; i < MODEL_PRESETS; i++) {
        const model_config c = presets_config(&model_presets[i]);
        const double share = flops_decode_parameters(&c) / (double)config_parameters(&c);
        assert_true(flops_decode_parameters(&c) == read_per_byte(&c));
        assert_true(share > 0.55 && share < 0.61); // 7/12 of the stacks and pairs
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_forward_pass_costs_what_its_bytes_cost),
        cmocka_unit_test(training_is_three_times_the_forward_pass),
        cmocka_unit_test(micro_costs_what_is_known),
        cmocka_unit_test(decoding_reads_the_parameters_of_what_is_born),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
