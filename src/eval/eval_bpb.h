// Bits per byte: how many bits a model needs, on average, for each byte of a document.
//
// A document is read from left to right by a model that has forgotten everything: BOS is fed first,
// every byte is predicted exactly once, from what comes before it, and neither EOS nor what the
// document says is given is scored. There are two ways past the model's context of W bytes:
//
// sliding   the way of generation (model/cache.h): one timeline, and when the window is full its
//           oldest quarter is forgotten. Attention of a byte reaches back over 3/4 W to W symbols,
//           and through what the states there have seen, further. Each byte costs one step.
// strided   windows of W symbols that begin W/4 apart, each from nothing; of all but the first only
//           the last quarter counts. A byte sees 3/4 W to W symbols and nothing else. Each byte is
//           computed four times.
//
// exit      the same windows through the fine exit alone (model/pass.h).
//
// Up to W bytes the first two are the same but for rounding. Results are the same bits at any
// number of threads and for any grouping: a document's figure does not depend on the other
// documents.
#ifndef EVAL_EVAL_BPB_H
#define EVAL_EVAL_BPB_H

#include "eval/eval_document.h"
#include "eval/eval_progress.h"
#include "model/step.h"

typedef enum eval_way { EVAL_SLIDING, EVAL_STRIDED, EVAL_EXIT } eval_way;

// Documents at a time. More gain little: 16 x 64 rows already fill every product.
#define EVAL_TOGETHER ((size_t)16)

// Borrows everything.
typedef struct eval_bpb {
    const frozen *model;
    const float *weights;        // but for EVAL_SLIDING: the parameters that model was made of
    const step_machine *machine; // its limit is for the steps or the pass alone
    const eval_document *list;   // [count]
    size_t count;
    eval_way way;
    size_t together;         // most documents, or windows, at a time; 0: as many as pay
    eval_progress *progress; // may be NULL
    void *progress_ctx;
} eval_bpb;

typedef struct eval_score {
    uint64_t bytes; // that were scored
    double bits;    // of all of them
    double bpb;     // bits / bytes; NAN where there are no bytes
} eval_score;

// scores [count]; *total is the sum over all documents in their order. AXL_NUMERIC, with the place,
// when the model predicts something that is no number.
axl_status eval_bpb_run(const eval_bpb *a, eval_score *scores, eval_score *total, axl_error *err);

// ---- between the files of eval_bpb ----

// Adds those of `rows` costs in nats, in order, for the bytes `first` .. of a document, that are
// scored; AXL_NUMERIC where one is not finite.
typedef struct eval_costs {
    const eval_document *of;
    uint64_t first;
    const double *nats;
    size_t rows;
} eval_costs;
axl_status eval_costs_add(double *sum, const eval_costs *c, axl_error *err);

// Progress; AXL_INTERRUPTED when it says so.
axl_status eval_bpb_report(const eval_bpb *a, uint64_t done, uint64_t total, axl_error *err);

// The strided way. sums [count]: nats of each document.
axl_status eval_strided_run(const eval_bpb *a, double *sums, axl_error *err);

#endif
