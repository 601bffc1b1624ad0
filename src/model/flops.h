// What the mathematics of a model costs, counted exactly: the numerator of every share of the peak.
//
// Counted are the multiply-adds of the products: with matrices, and in attention of queries with
// the keys they see and of the softmax with their values. Work on single numbers (norms, rotation,
// SiLU, scales, softmax) is not counted, and neither is what an implementation pads, masks away or
// computes a second time.
#ifndef MODEL_FLOPS_H
#define MODEL_FLOPS_H

#include "model/config.h"

#define FLOPS_EACH 2.0  // operations of a multiply-add
#define FLOPS_TRAIN 3.0 // forward, and backward: a gradient for each of the two factors

// Multiply-adds of the forward pass over one sequence of `length` bytes, with the logits of the
// fine exit or without. One pass over the bytes and decoding them one by one cost the same: each
// state is computed once and publishes the keys and values that others read. config_check has
// passed; the result is a whole number, exact as far as a double goes.
double flops_forward(const model_config *c, size_t length, bool exit);

// The same for training, forward and backward; the fine exit counts where the configuration has it.
double flops_train(const model_config *c, size_t length);

// Parameters that decoding reads for one byte, the mean over a coarse group: those of the fine
// scale each byte, of the medium one every second, of the coarse one every fourth, one slice of
// each up-projection, and the embedding once, for the head.
double flops_decode_parameters(const model_config *c);

#endif
