// How large a model should be for the arithmetic that can be spent on its training.
#ifndef MODEL_SIZING_H
#define MODEL_SIZING_H

#include "model/config.h"

// Bytes of text for each parameter that a byte goes through (flops_decode_parameters), where more
// model and more text pay equally: between 15 and 25 in the published laws of scaling, with little
// difference inside that range.
#define SIZING_BYTES_EACH 20.0

// The optimizer that the proposals are for: small batches of text want two moments.
#define SIZING_OPTIMIZER "adamw"

typedef struct sizing_budget {
    double operations; // of the whole training, 2 for a multiply-add
    double memory;     // bytes
} sizing_budget;

// Bytes of text that training takes until more text pays less than a larger model.
double sizing_balance(const model_config *c);

// The configuration whose text is nearest to its balance when all operations are spent, among those
// whose training fits the memory. False where even the smallest does not fit; *out is then that
// smallest one.
bool sizing_propose(const sizing_budget *budget, model_config *out);

#endif
