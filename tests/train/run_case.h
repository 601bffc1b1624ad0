// A run over eight small files, as the tests of runs set it up and listen to it.
#ifndef AXL_TESTS_RUN_CASE_H
#define AXL_TESTS_RUN_CASE_H

#include "model/model_case.h"
#include "os/scratch.h"
#include "train/run.h"

typedef struct bench {
    kernels k;
    scratch folder;
    corpus *corpus;
    run_spec spec;
    size_t rows, notes, samples, asked;
    size_t stop_at; // asked so often, the run is stopped; 0: never
    double last_bpb;
} bench;

// A run of twelve steps of a tiny model into the folder OUT; nothing is begun.
void bench_open(bench *b, const char *out);
void bench_close(bench *b);

// What hears of samples: counts them, and insists on UTF-8. CTX is the bench.
void bench_sample(void *ctx, const train_sample *sample);

#endif
