#include "model/footprint.h"

#include <string.h>

#define NUMBER ((double)sizeof(float))

// States of all scales for each byte: 1 + 1/2 + 1/4.
#define STATES_PER_BYTE 1.75

size_t footprint_moments(const char *optimizer) {
    static const char *const names[] = {"sgd", "lion"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(optimizer, names[i]) == 0) return i;
    return 2;
}

// Numbers kept for each byte of a batch:
//   block   6d + 2f a state: the input of each norm (2d), q, k and v (3d), what attention returns
//           (d), and both branches of the feed-forward (2f)
//   round   11d + 4f a state: projections (6d), and for both of its pairs what attention returns
//           and the state with it added (4d) and both branches (4f); the sum (d)
//   rest    28d + f + V a byte: residual streams and their gradients, those of the block and round
//           that the backward pass is in, both ends of the model, logits. The factors were fitted
//           to the plan of pass.h over shapes of d 64 to 1024, f 1 to 4 d, 1 to 6 blocks and 0 to 2
//           rounds; with them the whole is within 3.1 % of that plan.
static double activations(const model_config *c) {
    const double d = (double)c->d_model, f = (double)c->d_ff;
    const double block = (double)c->n_layers * (6 * d + 2 * f);
    const double round = (double)c->n_cross * (11 * d + 4 * f);
    return STATES_PER_BYTE * (block + round) + 28 * d + f + (double)c->vocab_size;
}

double footprint_train(const model_config *c, size_t batch, size_t moments) {
    const double parameters = (double)config_parameters(c);
    const double bytes = (double)batch * (double)c->max_seq_len;
    return NUMBER * (parameters * (double)(2 + moments) + bytes * activations(c));
}

// A state keeps a key and a value (2d) in each block of its stack, and for both pairs that read it
// in each round.
double footprint_run(const model_config *c) {
    const double state = 2 * (double)c->d_model * (double)(c->n_layers + 2 * c->n_cross);
    const double cache = STATES_PER_BYTE * (double)c->max_seq_len * state;
    return NUMBER * ((double)config_parameters(c) + cache);
}
