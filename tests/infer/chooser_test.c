// The distribution that a symbol is drawn from, stage by stage, and the drawing itself.
#include "infer/chooser.h"
#include "support/unit.h"

#include <math.h>
#include <string.h>

#define V ((size_t)264)

static float logits[V];
static double p[V];

// Logits that fall with the symbol's rank: symbol i has rank (i * 37) mod 264, and they differ.
static void fill(void) {
    for (size_t i = 0; i < V; i++) logits[i] = 3.0f - 0.05f * (float)(i * 37 % V);
}

static chooser plain(void) {
    chooser s = chooser_greedy;
    s.temperature = 1;
    return s;
}

static chooser_view whole(void) {
    return (chooser_view){.logits = logits, .vocab = V};
}

static void distribute(const chooser *s, const chooser_view *v) {
    axl_error err;
    if (chooser_check(s, v->vocab, &err) != AXL_OK || chooser_distribution(s, v, p, &err) != AXL_OK)
        fail_msg("%s", err.text);
    double sum = 0;
    for (size_t i = 0; i < v->vocab; i++) {
        assert_true(p[i] >= 0);
        sum += p[i];
    }
    assert_true(fabs(sum - 1) <= 1e-12);
}

static size_t kept(void) {
    size_t n = 0;
    for (size_t i = 0; i < V; i++) n += p[i] > 0;
    return n;
}

static bool is_text(size_t i) {
    return i < 256 || i == 257;
}

// The softmax of logits / t over the symbols that may be chosen and that keep says yes to.
static void expect(double t, const bool *keep) {
    long double sum = 0;
    for (size_t i = 0; i < V; i++)
        if (is_text(i) && (!keep || keep[i])) sum += expl((long double)logits[i] / t);
    for (size_t i = 0; i < V; i++) {
        const bool in = is_text(i) && (!keep || keep[i]);
        const double want = in ? (double)(expl((long double)logits[i] / t) / sum) : 0;
        if (fabs(p[i] - want) > 1e-12) fail_msg("symbol %zu: %.17g, not %.17g", i, p[i], want);
    }
}

static void test_softmax(void **state) {
    (void)state;
    fill();
    static const double heats[] = {0.3, 1, 2.5, 1e300};
    for (size_t i = 0; i < COUNT_OF(heats); i++) {
        chooser s = plain();
        const chooser_view v = whole();
        s.temperature = heats[i];
        distribute(&s, &v);
        expect(heats[i], NULL);
    }
}

static size_t largest(void) {
    size_t best = 0;
    for (size_t i = 0; i < V; i++)
        if (is_text(i) && logits[i] > logits[best]) best = i;
    return best;
}

// All mass on the largest logit; of equal ones, on the first.
static void test_greedy(void **state) {
    (void)state;
    fill();
    logits[256] = logits[260] = 100; // never text
    const chooser_view v = whole();
    chooser s = chooser_greedy;
    distribute(&s, &v);
    assert_true(p[largest()] == 1 && kept() == 1);
    s = plain();
    s.temperature = 1e-300;
    distribute(&s, &v);
    assert_true(p[largest()] == 1 && kept() == 1);
    s = plain();
    s.top_k = 1;
    distribute(&s, &v);
    assert_true(p[largest()] == 1 && kept() == 1);
    s = plain();
    s.top_p = 1e-9;
    distribute(&s, &v);
    assert_true(p[largest()] == 1 && kept() == 1);
    s = plain();
    s.min_p = 1;
    distribute(&s, &v);
    assert_true(p[largest()] == 1 && kept() == 1);
    for (size_t i = 0; i < V; i++) logits[i] = 2;
    distribute(&chooser_greedy, &v);
    assert_true(p[0] == 1);
    s.min_p = 1; // all are as probable as the largest
    distribute(&s, &v);
    assert_int_equal(kept(), 257);
}

// Whether symbol i is among the k largest of those that are text.
static bool among(size_t i, size_t k) {
    size_t above = 0;
    for (size_t j = 0; j < V; j++)
        above += is_text(j) && (logits[j] > logits[i] || (logits[j] == logits[i] && j < i));
    return is_text(i) && above < k;
}

static void test_top_k(void **state) {
    (void)state;
    fill();
    for (size_t i = 0; i < V; i += 5) logits[i] = 1; // many ties
    const chooser_view v = whole();
    static const size_t ks[] = {1, 2, 7, 40, 100, 256, 257, 1000};
    for (size_t i = 0; i < COUNT_OF(ks); i++) {
        chooser s = plain();
        s.top_k = ks[i];
        s.temperature = 0.7;
        bool keep[V];
        for (size_t j = 0; j < V; j++) keep[j] = among(j, ks[i]);
        distribute(&s, &v);
        expect(0.7, keep);
    }
}

// The fewest of the largest whose probability reaches p, at temperature 1 whatever the temperature.
static void test_top_p(void **state) {
    (void)state;
    fill();
    const chooser_view v = whole();
    chooser s = plain();
    distribute(&s, &v);
    double at_one[V];
    memcpy(at_one, p, sizeof at_one);
    static const double tops[] = {0.05, 0.3, 0.5, 0.9, 0.999};
    for (size_t i = 0; i < COUNT_OF(tops); i++) {
        size_t k = 0;
        double sum = 0;
        while (sum < tops[i]) {
            k++;
            sum = 0;
            for (size_t j = 0; j < V; j++) sum += among(j, k) ? at_one[j] : 0;
        }
        bool keep[V];
        for (size_t j = 0; j < V; j++) keep[j] = among(j, k);
        s.top_p = tops[i];
        s.temperature = 3;
        distribute(&s, &v);
        expect(3, keep);
        assert_int_equal(kept(), k);
    }
    // After top-k the probabilities are those of what is left.
    s.top_k = 2;
    s.top_p = 0.5;
    distribute(&s, &v);
    assert_int_equal(kept(), 1);
}

static void test_min_p(void **state) {
    (void)state;
    fill();
    const chooser_view v = whole();
    chooser s = plain();
    s.min_p = 0.2;
    s.temperature = 2;
    bool keep[V];
    for (size_t j = 0; j < V; j++)
        keep[j] = exp((double)logits[j] - (double)logits[largest()]) >= 0.2;
    distribute(&s, &v);
    expect(2, keep);
}

static void test_bias_and_eos(void **state) {
    (void)state;
    fill();
    const chooser_view v = whole();
    chooser s = plain();
    s.ignore_eos = true;
    distribute(&s, &v);
    assert_true(p[257] == 0);
    const chooser_bias bias[] = {{65, 2}, {66, -INFINITY}, {257, 1}, {65, 0.5}, {260, 50}};
    s = plain();
    s.bias = bias;
    s.bias_count = COUNT_OF(bias);
    distribute(&s, &v);
    const double want = exp((double)logits[65] + 2.5 - (double)logits[67]);
    assert_true(fabs(p[65] / p[67] / want - 1) <= 1e-12);
    assert_true(p[66] == 0 && p[260] == 0 && p[257] > 0);
    // The bias comes before every other stage.
    s.temperature = 0;
    chooser_bias high = {200, 100};
    s.bias = &high;
    s.bias_count = 1;
    distribute(&s, &v);
    assert_true(p[200] == 1);
    // Nothing left.
    chooser_bias all[257];
    for (uint16_t i = 0; i < 257; i++)
        all[i] = (chooser_bias){i < 256 ? i : (uint16_t)257, -INFINITY};
    s.bias = all;
    s.bias_count = 257;
    axl_error err;
    assert_int_equal(chooser_distribution(&s, &v, p, &err), AXL_BAD_ARGUMENT);
}

// Counts in the last repeat_last symbols, specials among them harmless.
static void test_penalties(void **state) {
    (void)state;
    fill();
    logits['a'] = 2;
    logits['b'] = -1;
    const uint16_t text[] = {256, 'c', 'c', 'a', 258, 'b', 'a', 'a'};
    chooser_view v = whole();
    v.text = text;
    v.length = COUNT_OF(text);
    chooser s = plain();
    distribute(&s, &v);
    const double a = p['a'] / p['z'], b = p['b'] / p['z'], c = p['c'] / p['z'];
    s.repeat = 1.5;
    s.presence = 0.25;
    s.frequency = 0.5;
    s.repeat_last = 5;
    distribute(&s, &v);
    const double la = 2 / 1.5 - 3 * 0.5 - 0.25, lb = -1 * 1.5 - 0.5 - 0.25;
    assert_true(fabs(p['a'] / p['z'] / (a * exp(la - 2)) - 1) <= 1e-6);
    assert_true(fabs(p['b'] / p['z'] / (b * exp(lb + 1)) - 1) <= 1e-6);
    assert_true(fabs(p['c'] / p['z'] / c - 1) <= 1e-12); // one symbol too far back
    s.repeat_last = 1000;
    distribute(&s, &v);
    assert_true(p['c'] / p['z'] < c);
    s.repeat_last = 0;
    distribute(&s, &v);
    assert_true(fabs(p['a'] / p['z'] / a - 1) <= 1e-12);
}

static void test_refused(void **state) {
    (void)state;
    axl_error err;
    chooser s;
#define REFUSED(field, value)                                                                      \
    s = plain();                                                                                   \
    s.field = value;                                                                               \
    assert_int_equal(chooser_check(&s, V, &err), AXL_BAD_ARGUMENT)
    REFUSED(temperature, -0.1);
    REFUSED(temperature, NAN);
    REFUSED(temperature, INFINITY);
    REFUSED(top_p, 0);
    REFUSED(top_p, 1.01);
    REFUSED(top_p, NAN);
    REFUSED(min_p, -0.1);
    REFUSED(min_p, 1.1);
    REFUSED(repeat, 0);
    REFUSED(repeat, NAN);
    REFUSED(presence, INFINITY);
    REFUSED(frequency, NAN);
    REFUSED(top, 21);
#undef REFUSED
    chooser_bias bias = {264, 1};
    s = plain();
    s.bias = &bias;
    s.bias_count = 1;
    assert_int_equal(chooser_check(&s, V, &err), AXL_BAD_ARGUMENT);
    bias = (chooser_bias){1, NAN};
    assert_int_equal(chooser_check(&s, V, &err), AXL_BAD_ARGUMENT);
    fill();
    s = plain();
    const chooser_view v = whole();
    logits[256] = NAN; // not text: of no interest to what is drawn
    assert_int_equal(chooser_distribution(&s, &v, p, &err), AXL_OK);
    logits[9] = INFINITY;
    assert_int_equal(chooser_distribution(&s, &v, p, &err), AXL_NUMERIC);
    logits[9] = NAN;
    assert_int_equal(chooser_distribution(&s, &v, p, &err), AXL_NUMERIC);
}

// Draws at many positions against the distribution: chi-square, with a bound that a right chooser
// passes all but once in 10^6 seeds. The seeds are fixed, so the test cannot fail by chance.
static void test_draws(void **state) {
    (void)state;
    enum { DRAWS = 200000 };
    fill();
    static const double heats[] = {0.8, 1.3};
    for (size_t h = 0; h < COUNT_OF(heats); h++) {
        chooser s = plain();
        s.temperature = heats[h];
        s.top_k = 40;
        s.top_p = 0.95;
        s.key = rng_key(1234 + h, h);
        chooser_view v = whole();
        distribute(&s, &v);
        static size_t seen[V];
        memset(seen, 0, sizeof seen);
        for (v.position = 0; v.position < DRAWS; v.position++) {
            axl_error err;
            chooser_choice c;
            assert_int_equal(chooser_draw(&s, &v, &c, &err), AXL_OK);
            seen[c.symbol]++;
        }
        double chi = 0, freedom = -1;
        for (size_t i = 0; i < V; i++) {
            if (!(p[i] > 0)) {
                assert_int_equal(seen[i], 0);
                continue;
            }
            const double want = p[i] * DRAWS;
            chi += ((double)seen[i] - want) * ((double)seen[i] - want) / want;
            freedom++;
        }
        assert_true(freedom > 10);
        // Wilson and Hilferty: the cube root of chi / freedom is nearly normal.
        const double spread = 2 / (9 * freedom);
        assert_true((cbrt(chi / freedom) - (1 - spread)) / sqrt(spread) < 4.75);
        assert_true(chi > freedom / 4); // nor too even to be random
    }
}

// A choice is a function of seed, stream and position.
static void test_seed(void **state) {
    (void)state;
    fill();
    chooser s = plain();
    chooser_view v = whole();
    uint16_t first[64], again[64];
    size_t other_seed = 0, other_stream = 0;
    axl_error err;
    chooser_choice c;
    for (size_t i = 0; i < 64; i++) {
        v.position = i;
        s.key = rng_key(7, 0);
        assert_int_equal(chooser_draw(&s, &v, &c, &err), AXL_OK);
        first[i] = c.symbol;
        s.key = rng_key(8, 0);
        assert_int_equal(chooser_draw(&s, &v, &c, &err), AXL_OK);
        other_seed += c.symbol != first[i];
        s.key = rng_key(7, 1);
        assert_int_equal(chooser_draw(&s, &v, &c, &err), AXL_OK);
        other_stream += c.symbol != first[i];
    }
    s.key = rng_key(7, 0);
    for (size_t i = 64; i-- > 0;) {
        v.position = i;
        assert_int_equal(chooser_draw(&s, &v, &c, &err), AXL_OK);
        again[i] = c.symbol;
    }
    assert_memory_equal(first, again, sizeof first);
    assert_true(other_seed > 48 && other_stream > 48);
}

// Logarithms are those of the model, whatever the settings.
static void test_report(void **state) {
    (void)state;
    fill();
    logits[10] = logits[11] = logits[200] = 2.9f; // ties: the smaller symbol first
    chooser s = plain();
    const chooser_view v = whole();
    s.temperature = 0;
    s.repeat_last = 0;
    s.top = 20;
    axl_error err;
    chooser_choice c;
    assert_int_equal(chooser_draw(&s, &v, &c, &err), AXL_OK);
    long double sum = 0;
    for (size_t i = 0; i < V; i++) sum += expl((long double)logits[i]);
    assert_int_equal(c.symbol, largest());
    assert_true(fabs(c.logprob - (double)((long double)logits[c.symbol] - logl(sum))) <= 1e-12);
    assert_int_equal(c.top_count, 20);
    for (size_t i = 0; i < 20; i++) {
        size_t above = 0;
        const uint16_t symbol = c.top[i].symbol;
        for (size_t j = 0; j < V; j++)
            above += logits[j] > logits[symbol] || (logits[j] == logits[symbol] && j < symbol);
        assert_int_equal(above, i);
        const double want = (double)((long double)logits[symbol] - logl(sum));
        assert_true(fabs(c.top[i].logprob - want) <= 1e-12);
    }
    s.top = 0;
    assert_int_equal(chooser_draw(&s, &v, &c, &err), AXL_OK);
    assert_int_equal(c.top_count, 0);
    chooser_report(&s, &v, 'q', &c); // of a symbol that was given
    assert_int_equal(c.symbol, 'q');
    assert_true(fabs(c.logprob - (double)((long double)logits['q'] - logl(sum))) <= 1e-12);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_softmax),   cmocka_unit_test(test_greedy),
        cmocka_unit_test(test_top_k),     cmocka_unit_test(test_top_p),
        cmocka_unit_test(test_min_p),     cmocka_unit_test(test_bias_and_eos),
        cmocka_unit_test(test_penalties), cmocka_unit_test(test_refused),
        cmocka_unit_test(test_draws),     cmocka_unit_test(test_seed),
        cmocka_unit_test(test_report),
    };
    return cmocka_run_group_tests_name("chooser", tests, NULL, NULL);
}
