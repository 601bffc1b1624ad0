// What the tests of evaluation share: a small model, ready to decode, and documents in memory.
#ifndef EVAL_EVAL_CASE_H
#define EVAL_EVAL_CASE_H

#include "eval/eval_bpb.h"
#include "model/model_case.h"

typedef struct eval_case {
    kernels k;
    case_model m;
    frozen f;
    step_machine machine; // without threads
} eval_case;

// A model of random weights with that context.
void eval_case_open(eval_case *c, size_t context);
void eval_case_close(eval_case *c);

// Documents of these sizes: random bytes from a small alphabet. They point into one static array.
#define CASE_DOCUMENTS 12
#define CASE_BYTES 4096 // of all documents, at most
void eval_case_documents(eval_document *out, const size_t *bytes, size_t count, uint64_t seed);

// The evaluation of these documents, to be changed.
eval_bpb eval_case_of(const eval_case *c, const eval_document *list, size_t count);

// The bits of each document and of all.
typedef struct eval_case_scores {
    eval_score each[CASE_DOCUMENTS], total;
} eval_case_scores;
eval_case_scores eval_case_run(const eval_bpb *a);

// Demands the same bits in every document and in the total.
void eval_case_equal(const eval_case_scores *a, const eval_case_scores *b, size_t count);

// -log2 of the softmax at target, in long double, in the order that comes to mind.
double eval_case_bits(const float *logits, size_t n, size_t target);

#endif
