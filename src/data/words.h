// Words of a text, and runs of them, as hashes. A word is a run of letters, digits, underscores and
// bytes above ASCII; capitals do not count, and neither does anything between words. So two texts
// that differ in layout, punctuation and operators only have the same words.
#ifndef DATA_WORDS_H
#define DATA_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// {text, text + bytes} is at the start of a text.
typedef struct words {
    const uint8_t *at, *end;
} words;

// The hash of the next word; false at the end.
bool words_next(words *w, uint64_t *hash);

// The same, but numbers are passed over: words that are digits only.
bool words_next_name(words *w, uint64_t *hash);

// The runs of `length` words of a text, each as soon as its last word is there.
#define RUNS_LENGTH_MAX 16
typedef struct runs {
    size_t length;
    uint64_t leaves; // the weight of the word that leaves the run
    uint64_t hash;
    uint64_t seen; // words so far
    uint64_t word[RUNS_LENGTH_MAX];
} runs;

runs runs_begin(size_t length); // 1 to RUNS_LENGTH_MAX

// Takes a word; true where a run ends with it, whose hash is in *run.
bool runs_add(runs *r, uint64_t word, uint64_t *run);

#endif
