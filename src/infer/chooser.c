#include "infer/chooser.h"

#include "base/error.h"
#include "base/sizes.h"

#include <math.h>
#include <string.h>

const chooser chooser_greedy = {.top_p = 1, .repeat = 1};

// Of penalties and biases: so that no sum of them and logits of f32 is infinite.
#define LARGEST 1e6

static bool is_sane(double x) {
    return x >= -LARGEST && x <= LARGEST; // not NAN
}

axl_status chooser_check(const chooser *s, size_t vocab, axl_error *err) {
    RETURN_IF(!(s->temperature >= 0 && isfinite(s->temperature)), err, AXL_BAD_ARGUMENT,
              "temperature is %g, should be 0 or more", s->temperature);
    RETURN_IF(!(s->top_p > 0 && s->top_p <= 1), err, AXL_BAD_ARGUMENT,
              "top_p is %g, should be more than 0 and at most 1", s->top_p);
    RETURN_IF(!(s->min_p >= 0 && s->min_p <= 1), err, AXL_BAD_ARGUMENT,
              "min_p is %g, should be 0 to 1", s->min_p);
    RETURN_IF(!(s->repeat >= 1 / LARGEST && s->repeat <= LARGEST), err, AXL_BAD_ARGUMENT,
              "the repeat penalty is %g, should be %g to %g (1: none)", s->repeat, 1 / LARGEST,
              LARGEST);
    RETURN_IF(!is_sane(s->presence) || !is_sane(s->frequency), err, AXL_BAD_ARGUMENT,
              "the presence and frequency penalties are %g and %g, should be %g to %g", s->presence,
              s->frequency, -LARGEST, LARGEST);
    RETURN_IF(s->top > CHOOSER_TOP_MAX, err, AXL_BAD_ARGUMENT,
              "the %zu most probable symbols, should be at most %zu", s->top, CHOOSER_TOP_MAX);
    for (size_t i = 0; i < s->bias_count; i++) {
        RETURN_IF(s->bias[i].symbol >= vocab, err, AXL_BAD_ARGUMENT,
                  "a bias for symbol %u, the model knows %zu", (unsigned)s->bias[i].symbol, vocab);
        const double bias = s->bias[i].bias;
        RETURN_IF(!is_sane(bias) && !(isinf(bias) && bias < 0), err, AXL_BAD_ARGUMENT,
                  "the bias of symbol %u is %g", (unsigned)s->bias[i].symbol, bias);
    }
    return AXL_OK;
}

// ---- symbols by their logits ----

typedef struct ranked {
    double l;
    uint16_t symbol;
} ranked;

static bool before(const ranked *a, const ranked *b) {
    return a->l > b->l || (a->l == b->l && a->symbol < b->symbol);
}

// A heap with the first one, in the order of `before`, on top.
static void sink(ranked *heap, size_t n, size_t i) {
    const ranked x = heap[i];
    for (size_t child; (child = 2 * i + 1) < n; i = child) {
        if (child + 1 < n && before(&heap[child + 1], &heap[child])) child++;
        if (!before(&heap[child], &x)) break;
        heap[i] = heap[child];
    }
    heap[i] = x;
}

static void heap_make(ranked *heap, size_t n) {
    for (size_t i = n / 2; i-- > 0;) sink(heap, n, i);
}

// Moves the top behind the n - 1 others: what was taken lies at the end of the array, in order from
// there backwards.
static ranked heap_take(ranked *heap, size_t n) {
    const ranked top = heap[0];
    heap[0] = heap[n - 1];
    if (n > 1) sink(heap, n - 1, 0);
    heap[n - 1] = top;
    return top;
}

// ---- stages ----

#define TEXT_SYMBOLS ((size_t)257) // bytes and EOS: what may be chosen

// Symbols that are still there, and from stage 4 on in order.
typedef struct left {
    ranked list[TEXT_SYMBOLS];
    size_t count;
} left;

// The place of a symbol that may be chosen, or TEXT_SYMBOLS.
static size_t text_index(uint16_t symbol) {
    return symbol < MODEL_BOS ? symbol : TEXT_SYMBOLS - (symbol == MODEL_EOS);
}

static double biased(const chooser *s, uint16_t symbol, double l) {
    for (size_t i = 0; i < s->bias_count; i++)
        if (s->bias[i].symbol == symbol) l += s->bias[i].bias;
    return l;
}

// Stages 1 to 3.
static axl_status weigh(const chooser *s, const chooser_view *v, left *out, axl_error *err) {
    uint32_t seen[TEXT_SYMBOLS + 1] = {0};
    const size_t back = size_min(s->repeat_last, v->length);
    for (size_t i = v->length - back; i < v->length; i++) seen[text_index(v->text[i])]++;
    out->count = 0;
    for (size_t i = 0; i < TEXT_SYMBOLS - s->ignore_eos; i++) {
        const uint16_t symbol = i < MODEL_BOS ? (uint16_t)i : MODEL_EOS;
        double l = (double)v->logits[symbol];
        RETURN_IF(isnan(l) || (isinf(l) && l > 0), err, AXL_NUMERIC,
                  "what the model predicts for symbol %llu is no number",
                  (unsigned long long)v->position);
        l = biased(s, symbol, l);
        if (isinf(l)) continue;
        if (seen[i]) {
            l = l > 0 ? l / s->repeat : l * s->repeat;
            l -= seen[i] * s->frequency + s->presence;
        }
        out->list[out->count++] = (ranked){l, symbol};
    }
    RETURN_IF(out->count == 0, err, AXL_BAD_ARGUMENT, "the bias leaves no symbol to choose from");
    return AXL_OK;
}

// Stage 4; puts what is left in order.
static void keep_largest(left *a, size_t k) {
    ranked heap[TEXT_SYMBOLS];
    memcpy(heap, a->list, a->count * sizeof *heap);
    heap_make(heap, a->count);
    const size_t all = a->count;
    a->count = k == 0 ? all : size_min(k, all);
    for (size_t i = 0; i < a->count; i++) a->list[i] = heap_take(heap, all - i);
}

// Stage 5.
static void keep_probable(left *a, double top_p) {
    double p[TEXT_SYMBOLS], sum = 0;
    for (size_t i = 0; i < a->count; i++) sum += p[i] = exp(a->list[i].l - a->list[0].l);
    double above = 0;
    for (size_t i = 0; i < a->count; i++) {
        above += p[i];
        if (above < top_p * sum) continue;
        a->count = i + 1;
        return;
    }
}

// Stage 6.
static void keep_near(left *a, double min_p) {
    const double least = a->list[0].l + log(min_p);
    while (a->count > 1 && a->list[a->count - 1].l < least) a->count--;
}

axl_status chooser_distribution(const chooser *s, const chooser_view *v, double *p,
                                axl_error *err) {
    left a;
    FORWARD(weigh(s, v, &a, err));
    const bool greedy = s->temperature <= 0;
    keep_largest(&a, greedy ? 1 : s->top_k);
    if (s->top_p < 1) keep_probable(&a, s->top_p);
    if (s->min_p > 0) keep_near(&a, s->min_p);
    double sum = 0, weight[TEXT_SYMBOLS];
    for (size_t i = 0; i < a.count; i++)
        sum += weight[i] = greedy ? 1 : exp((a.list[i].l - a.list[0].l) / s->temperature);
    memset(p, 0, v->vocab * sizeof *p);
    for (size_t i = 0; i < a.count; i++) p[a.list[i].symbol] = weight[i] / sum;
    return AXL_OK;
}

// ---- the choice ----

// A number of [0, 1) in steps of 2^-53.
static double uniform(rng key, uint64_t position) {
    const rng_block b = rng_at(key, position);
    const uint64_t bits = (uint64_t)b.word[0] << 32 | b.word[1];
    return (double)(bits >> 11) * 0x1p-53;
}

static uint16_t draw(const double *p, size_t n, double u) {
    uint16_t last = 0;
    double below = 0;
    for (uint16_t symbol = 0; symbol < n; symbol++) {
        if (!(p[symbol] > 0)) continue;
        last = symbol;
        below += p[symbol];
        if (u < below) return symbol;
    }
    return last; // the sum fell a rounding short of u
}

// The logarithms of the softmax of all logits.
void chooser_report(const chooser *s, const chooser_view *v, uint16_t symbol, chooser_choice *out) {
    const float *l = v->logits;
    double most = -INFINITY, sum = 0;
    for (size_t i = 0; i < v->vocab; i++) most = fmax(most, (double)l[i]);
    for (size_t i = 0; i < v->vocab; i++) sum += exp((double)l[i] - most);
    const double all = most + log(sum);
    out->symbol = symbol;
    out->logprob = (double)l[symbol] - all;
    out->top_count = 0;
    for (uint16_t i = 0; s->top > 0 && i < v->vocab; i++) {
        const chooser_option o = {i, (double)l[i] - all};
        size_t at = out->top_count;
        if (at == s->top && !(o.logprob > out->top[at - 1].logprob)) continue;
        if (at == s->top) at--;
        for (; at > 0 && o.logprob > out->top[at - 1].logprob; at--)
            out->top[at] = out->top[at - 1];
        out->top[at] = o;
        if (out->top_count < s->top) out->top_count++;
    }
}

axl_status chooser_draw(const chooser *s, const chooser_view *v, chooser_choice *out,
                        axl_error *err) {
    double p[MODEL_VOCAB_MAX];
    FORWARD(chooser_distribution(s, v, p, err));
    chooser_report(s, v, draw(p, v->vocab, uniform(s->key, v->position)), out);
    return AXL_OK;
}
