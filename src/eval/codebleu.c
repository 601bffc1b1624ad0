#include "eval/codebleu.h"

#include "base/error.h"

#include <math.h>

// As str.strip of ASCII.
static bool is_blank(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r') || (c >= '\x1c' && c <= '\x1f');
}

static python_span trim(python_span s) {
    while (s.bytes > 0 && is_blank(s.text[0])) s = (python_span){s.text + 1, s.bytes - 1};
    while (s.bytes > 0 && is_blank(s.text[s.bytes - 1])) s.bytes--;
    return s;
}

// The tree of a text without comments and docstrings; the text it borrows goes into text.
static axl_status parse(python_parser *p, python_span source, buf *text, python_tree *out,
                        axl_error *err) {
    if (!codebleu_strip(source, text)) {
        buf_clear(text);
        buf_append(text, source.text, source.bytes);
    }
    *out = (python_tree){.text = NULL};
    if (!buf_ok(text)) return error_no_memory(err, "a text", source.bytes);
    return python_parse(p, buf_string(text), text->size, out, err);
}

static axl_status add_trees(codebleu *c, python_parser *p, const python_span text[2],
                            axl_error *err) {
    buf plain[2] = {{0}, {0}};
    python_tree tree[2] = {{.text = NULL}, {.text = NULL}};
    axl_status status = parse(p, text[0], &plain[0], &tree[0], err);
    if (status == AXL_OK) status = parse(p, text[1], &plain[1], &tree[1], err);
    if (status == AXL_OK) status = codebleu_syntax(c, &tree[0], &tree[1], err);
    if (status == AXL_OK) status = codebleu_dataflow(c, &tree[0], &tree[1], err);
    for (size_t i = 0; i < 2; i++) {
        python_tree_free(&tree[i]);
        buf_free(&plain[i]);
    }
    return status;
}

axl_status codebleu_add(codebleu *c, python_parser *p, python_span reference,
                        python_span prediction, axl_error *err) {
    const python_span text[2] = {trim(reference), trim(prediction)};
    codebleu sum = *c;
    FORWARD(codebleu_words(&sum, text[0], text[1], err));
    FORWARD(add_trees(&sum, p, text, err));
    sum.pairs++;
    *c = sum;
    return AXL_OK;
}

static double bleu(const codebleu *c, size_t which) {
    const double *match = c->match[which], *total = c->total[which];
    if (match[0] == 0 || c->prediction_words == 0) return 0;
    double sum = 0;
    for (size_t n = 0; n < CODEBLEU_ORDER; n++)
        sum += log((match[n] == 0 ? 0.1 : match[n]) / total[n]) / CODEBLEU_ORDER;
    // The weighted score of the reference implementation takes every reference for two words long:
    // it counts the pair of its words and their weights.
    const double prediction = (double)c->prediction_words;
    const double reference = which ? 2 * (double)c->pairs : (double)c->reference_words;
    const double brevity = prediction > reference ? 1 : exp(1 - reference / prediction);
    return brevity * exp(sum);
}

static double share(uint64_t part, uint64_t of) {
    return of ? (double)part / (double)of : 0;
}

codebleu_score codebleu_result(const codebleu *c) {
    codebleu_score s = {0};
    if (c->pairs == 0) return s;
    s.ngram = bleu(c, 0);
    s.weighted = bleu(c, 1);
    s.syntax = share(c->tree_match, c->tree_total);
    s.dataflow = share(c->flow_match, c->flow_total);
    s.codebleu = (s.ngram + s.weighted + s.syntax + (s.dataflow > 0 ? s.dataflow : 1)) / 4;
    return s;
}
