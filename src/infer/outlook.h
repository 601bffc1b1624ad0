// What is expected next: the one place that the next symbol's distribution passes through between
// the network and whoever reads it. Beside the network, others may have an opinion, such as a
// memory that adapts to the text at hand; each changes the logits in turn.
//
// An expert hears of every symbol of the text once, in order, and is asked only about the end of
// the text that it has heard: drafts that are not yet part of the text never reach it.
#ifndef INFER_OUTLOOK_H
#define INFER_OUTLOOK_H

#include <axl/status.h>

#include <stddef.h>
#include <stdint.h>

typedef struct expert {
    // Changes the unnormalised logarithms of the next symbol's probabilities, [vocab].
    axl_status (*blend)(void *ctx, float *logits, size_t vocab, axl_error *err);
    // The text goes on with these symbols. Must not fail: a memory that is full forgets.
    void (*hear)(void *ctx, const uint16_t *symbols, size_t count);
    // Only the first `length` symbols are left of the text.
    void (*forget)(void *ctx, uint64_t length);
    void *ctx;
} expert;

#define OUTLOOK_EXPERTS 4

// {0}: the network alone. Experts are borrowed; each belongs to one text.
typedef struct outlook {
    expert experts[OUTLOOK_EXPERTS];
    size_t count;
} outlook;

axl_status outlook_add(outlook *o, const expert *e, axl_error *err);
axl_status outlook_blend(const outlook *o, float *logits, size_t vocab, axl_error *err);
void outlook_hear(const outlook *o, const uint16_t *symbols, size_t count);
void outlook_forget(const outlook *o, uint64_t length);

#endif
