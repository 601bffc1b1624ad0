// How many symbols to draft: as many as let the model's passes make the most text in a time.
//
// What a pass of so many symbols takes is learned from passes; how often a guess is right, from
// guesses, those too that were not tried. Neither changes the text (infer/session.h), only how fast
// it comes, so it does not matter that times differ from run to run.
#ifndef INFER_DRAFT_GAIN_H
#define INFER_DRAFT_GAIN_H

#include <stdbool.h>
#include <stddef.h>

#define DRAFT_MAX ((size_t)15) // symbols of a draft: with the one before it they are 16 rows

#define DRAFT_CLASSES 6 // of guesses, by the length of the match

typedef struct draft_gain {
    double lone; // seconds of a pass of one symbol; 0: not known yet
    double more; // of each further one, as a share of that
    double right[DRAFT_CLASSES], wrong[DRAFT_CLASSES]; // guesses, the newer ones counting more
} draft_gain;

draft_gain draft_gain_begin(void);

// The number of symbols, at most `most`, to draft after a match of that length; 0: it does not pay.
size_t draft_gain_length(const draft_gain *g, size_t match, size_t most);

// A guess after a match of that length was right, or wrong.
void draft_gain_learn(draft_gain *g, size_t match, bool right);

// A pass of so many symbols took so long.
void draft_gain_time(draft_gain *g, size_t symbols, double seconds);

#endif
