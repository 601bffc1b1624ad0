// CodeBLEU (Ren et al. 2020, arXiv:2009.10297) of Python: how near a program comes to another one
// in its words, its syntax and its flow of data. What is counted, and how, is that of the reference
// implementation (CodeXGLUE and its successors), its peculiarities included:
//
//   ngram      BLEU-4 of the texts cut at blanks; a precision of 0 counts as 0.1 matches
//   weighted   the same as a recall, where of single words a keyword counts 1, any other 0.2
//   syntax     the share of the reference's subtrees that the prediction has as well
//   dataflow   the share of the reference's edges between variables that the prediction has as well
//
// Comments and docstrings do not count for the last two, as far as Python's tokenizer finds them;
// where it fails, the text stays whole. A dataflow of 0, be it for want of edges in the reference
// or of matches, counts as 1 in the sum. Scores move with the version of the grammar
// (tools/get_grammar has it fixed).
#ifndef EVAL_CODEBLEU_H
#define EVAL_CODEBLEU_H

#include "base/buf.h"
#include "python/python_walk.h"

#include <axl/status.h>
#include <stddef.h>
#include <stdint.h>

#define CODEBLEU_ORDER 4

typedef struct codebleu_score {
    double codebleu; // a quarter of each
    double ngram, weighted, syntax, dataflow;
} codebleu_score;

// Sums over any number of pairs, as the reference has it for a corpus. {0} is none.
typedef struct codebleu {
    double match[2][CODEBLEU_ORDER], total[2][CODEBLEU_ORDER]; // of ngram and weighted
    uint64_t reference_words, prediction_words;
    uint64_t tree_match, tree_total;
    uint64_t flow_match, flow_total;
    uint64_t pairs;
} codebleu;

// Adds a pair. AXL_TOO_LARGE where a text is beyond the parser's limits or its loops are nested so
// deep that following its data takes for ever; then nothing was added.
axl_status codebleu_add(codebleu *c, python_parser *p, python_span reference,
                        python_span prediction, axl_error *err);

// All zero of no pair.
codebleu_score codebleu_result(const codebleu *c);

// ---- the parts ----

// A hash of a sequence, one value at a time; the order counts.
static inline uint64_t codebleu_mix(uint64_t hash, uint64_t value) {
    hash = ((hash << 23 | hash >> 41) ^ value) * UINT64_C(0x9E3779B97F4A7C15);
    hash ^= hash >> 32;
    hash *= UINT64_C(0xD6E8FEB86659FD93);
    return hash ^ hash >> 29;
}

// Adds what n-grams match to c.
axl_status codebleu_words(codebleu *c, python_span reference, python_span prediction,
                          axl_error *err);

// Appends source without comments and docstrings to out; false where Python's tokenizer fails, and
// then out is no use.
bool codebleu_strip(python_span source, buf *out);

// Adds to c.
axl_status codebleu_syntax(codebleu *c, const python_tree *reference, const python_tree *prediction,
                           axl_error *err);
axl_status codebleu_dataflow(codebleu *c, const python_tree *reference,
                             const python_tree *prediction, axl_error *err);

#endif
