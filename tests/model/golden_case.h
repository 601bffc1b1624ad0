// A case of the specification, as reference/make_golden.py writes it: a model directory with the
// tensors of case.safetensors. tests/golden/README.md lists them.
#ifndef GOLDEN_CASE_H
#define GOLDEN_CASE_H

#include "formats/safetensors_file.h"
#include "model/model_case.h"
#include "store/model_dir.h"

typedef struct golden_case {
    const char *folder; // borrowed; names the case in messages
    stored_model model;
    safetensors_file file;
    char path[1024]; // of file, which borrows it: an open case must not move
    safetensors_target *target;
    size_t batch, length;
    uint16_t *ids; // [batch, length]
} golden_case;

// Fails the test where the case cannot be read.
void golden_open(golden_case *g, const char *folder, const kernels *k);
void golden_close(golden_case *g);

// The numbers of a tensor, in the type that the file has; fails the test where there is none.
const void *golden_tensor(const golden_case *g, const char *name);

// [batch, length] of an I32 tensor. The caller frees them.
uint16_t *golden_symbols(const golden_case *g, const char *name);

// The folders of the cases that a test runs on: those of the command line, if there are any.
typedef struct golden_list {
    const char *const *folders;
    size_t count;
} golden_list;
golden_list golden_choose(golden_list standard, int argc, char **argv);

// Two tensors of n numbers.
typedef struct golden_pair {
    const char *what;
    const float *got, *want;
    size_t n;
} golden_pair;

// How far they are apart. Fails the test on a number that is not finite and where `want` is nothing
// but zeros, which would prove nothing.
typedef struct golden_error {
    double relative; // |got - want| / |want|
    double cosine;   // of the angle between the two
    double ratio;    // |got| / |want|
} golden_error;
golden_error golden_compare(const golden_case *g, const golden_pair *p);

#endif
