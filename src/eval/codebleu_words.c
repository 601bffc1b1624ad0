// n-grams of words between blanks. An n-gram is known by a hash of 64 bits: two different ones that
// share it would count as one, which happens once in some 10^13 texts of a thousand words.
#include "eval/codebleu.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/sizes.h"

#include <stdlib.h>
#include <string.h>

// keyword.kwlist of Python 3, and what is a keyword in a match statement only.
static const char *const keywords[] = {
    "False",  "None",     "True",   "and", "as",    "assert", "async",  "await",    "break", "case",
    "class",  "continue", "def",    "del", "elif",  "else",   "except", "finally",  "for",   "from",
    "global", "if",       "import", "in",  "is",    "lambda", "match",  "nonlocal", "not",   "or",
    "pass",   "raise",    "return", "try", "while", "with",   "yield"};

typedef struct word {
    uint64_t hash;
    bool keyword;
} word;

typedef struct words {
    word *list; // owned
    size_t count;
} words;

// Bytes of the character at s that str.split takes for a blank, or 0.
static size_t blank(python_span s) {
    static const char *const wide[] = {"\xc2\x85",     "\xc2\xa0",     "\xe1\x9a\x80",
                                       "\xe2\x80\xa8", "\xe2\x80\xa9", "\xe2\x80\xaf",
                                       "\xe2\x81\x9f", "\xe3\x80\x80"};
    const unsigned char c = (unsigned char)s.text[0];
    if (c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1c && c <= 0x1f)) return 1;
    if (c < 0x80) return 0;
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++) {
        const size_t bytes = strlen(wide[i]);
        if (bytes <= s.bytes && memcmp(s.text, wide[i], bytes) == 0) return bytes;
    }
    // U+2000 to U+200A
    const unsigned char *u = (const unsigned char *)s.text;
    return s.bytes >= 3 && u[0] == 0xe2 && u[1] == 0x80 && u[2] >= 0x80 && u[2] <= 0x8a ? 3 : 0;
}

static word make_word(const char *text, size_t bytes) {
    word w = {.hash = bytes};
    for (size_t i = 0; i < bytes; i++) w.hash = codebleu_mix(w.hash, (unsigned char)text[i]);
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords && !w.keyword; i++)
        w.keyword = strlen(keywords[i]) == bytes && memcmp(keywords[i], text, bytes) == 0;
    return w;
}

static axl_status split(python_span s, words *out, axl_error *err) {
    *out = (words){.list = mem_alloc_array(s.bytes / 2 + 1, sizeof *out->list)};
    if (!out->list) return error_no_memory(err, "words", s.bytes * sizeof *out->list);
    size_t at = 0, start = SIZE_MAX;
    while (at <= s.bytes) {
        const size_t skip = at < s.bytes ? blank((python_span){s.text + at, s.bytes - at}) : 1;
        if (skip > 0 && start != SIZE_MAX) {
            out->list[out->count++] = make_word(s.text + start, at - start);
            start = SIZE_MAX;
        }
        if (skip == 0 && start == SIZE_MAX) start = at;
        at += skip ? skip : 1;
    }
    return AXL_OK;
}

// ---- counts ----

static int compare(const void *a, const void *b) {
    const word *x = a, *y = b;
    return x->hash < y->hash ? -1 : x->hash > y->hash;
}

// The n-grams in the order of their hashes; keyword is that of a single word.
static size_t grams(const words *w, size_t n, word *out) {
    if (w->count < n) return 0;
    const size_t count = w->count - n + 1;
    for (size_t i = 0; i < count; i++) {
        out[i] = w->list[i];
        for (size_t k = 1; k < n; k++) out[i].hash = codebleu_mix(out[i].hash, w->list[i + k].hash);
    }
    qsort(out, count, sizeof *out, compare);
    return count;
}

static double weight(const word *w, size_t n) {
    return n > 1 || w->keyword ? 1 : 0.2;
}

typedef struct gram_list {
    const word *list; // sorted
    size_t count;
} gram_list;

// Sums over the n-grams of both, each as often as it is in the rarer text.
static void count_order(codebleu *c, size_t n, gram_list r, gram_list p) {
    double match = 0, match_weighted = 0, all = 0;
    for (size_t i = 0; i < r.count; i++) all += weight(&r.list[i], n);
    for (size_t i = 0, k = 0; i < r.count && k < p.count;) {
        const int order = compare(&r.list[i], &p.list[k]);
        if (order == 0) {
            match++;
            match_weighted += weight(&r.list[i], n);
        }
        if (order <= 0) i++;
        if (order >= 0) k++;
    }
    c->match[0][n - 1] += match;
    c->total[0][n - 1] += p.count > 1 ? (double)p.count : 1;
    c->match[1][n - 1] += match_weighted;
    c->total[1][n - 1] += all > 1 ? all : 1;
}

axl_status codebleu_words(codebleu *c, python_span reference, python_span prediction,
                          axl_error *err) {
    words r = {0}, p = {0};
    word *scratch = NULL;
    axl_status status = split(reference, &r, err);
    if (status == AXL_OK) status = split(prediction, &p, err);
    if (status != AXL_OK) goto cleanup;
    scratch = mem_alloc_array(r.count + p.count + 1, sizeof *scratch);
    if (!scratch) {
        status = error_no_memory(err, "n-grams", (r.count + p.count) * sizeof *scratch);
        goto cleanup;
    }
    c->reference_words += r.count;
    c->prediction_words += p.count;
    for (size_t n = 1; n <= CODEBLEU_ORDER; n++) {
        const gram_list of_r = {scratch, grams(&r, n, scratch)};
        word *rest = scratch + of_r.count;
        count_order(c, n, of_r, (gram_list){rest, grams(&p, n, rest)});
    }
cleanup:
    mem_free(scratch);
    mem_free(r.list);
    mem_free(p.list);
    return status;
}
