// Near copies: how similar two texts are, from a sketch of 256 bytes each.
//
// The similarity of two texts is that of their sets of runs of SKETCH_RUN words: members of both /
// members of one or both (Jaccard). A sketch holds the least value of each of SKETCH_HASHES hash
// functions over the set, 16 bits of it; two sketches agree in a place with a probability that is
// the similarity, so that the share of equal places estimates it with a deviation of at most 0.045.
#ifndef DATA_MINHASH_H
#define DATA_MINHASH_H

#include <axl/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SKETCH_RUN 5
#define SKETCH_HASHES 128
// Sketches of texts with fewer runs are not compared: in a handful of words a few that are the same
// say nothing.
#define SKETCH_LEAST 20

typedef struct sketch {
    uint16_t place[SKETCH_HASHES];
} sketch;

// A sketch while runs are added; sketch_maker_begin starts one.
typedef struct sketch_maker {
    uint32_t flip[SKETCH_HASHES], factor[SKETCH_HASHES]; // private
    uint32_t least[SKETCH_HASHES];
    uint64_t runs;
} sketch_maker;

void sketch_maker_begin(sketch_maker *m);
void sketch_maker_add(sketch_maker *m, uint64_t run);      // the hash of a run
bool sketch_maker_end(const sketch_maker *m, sketch *out); // false: fewer than SKETCH_LEAST runs

// The sketch of a text; false as above.
bool sketch_of(sketch *out, const char *text, size_t bytes);

double sketch_similarity(const sketch *a, const sketch *b);

// A set of sketches that finds similar ones. Those are looked at that agree in all 4 places of at
// least one of 32 bands: of pairs with similarity 0.7 that are 99.98 %, with 0.6 98.8 %, with 0.5
// 87 %. At most NEAR_CROWD sketches are kept for one value of a band, so that no text, whoever made
// it, takes longer than another. Memory: about 550 bytes for each sketch.
#define NEAR_CROWD 16
typedef struct near_set near_set;

// The caller owns *out; NULL on failure. Sketches from `least` similarity on are near.
axl_status near_set_open(near_set **out, double least, axl_error *err);
void near_set_close(near_set *s); // NULL is allowed

bool near_set_has(const near_set *s, const sketch *k); // one that is near
axl_status near_set_add(near_set *s, const sketch *k, axl_error *err);

uint64_t near_set_memory(const near_set *s); // bytes

#endif
