// From documents as they come to those that are worth training on.
//
// Documents are gathered into batches, looked at by all threads, and then settled one after the
// other in their order, where what was there before matters: so the outcome is the same at any
// number of threads. What speaks against a document is asked in this order: its form, who made it,
// its licence, benchmarks, syntax, copies; the first reason counts.
#ifndef DATA_TEXT_FILTER_H
#define DATA_TEXT_FILTER_H

#include "data/intake.h"
#include "data/overlap.h"
#include "data/secrets.h"
#include "parallel/pool.h"

typedef enum filter_licence {
    FILTER_LICENCE_KEEP,
    FILTER_LICENCE_STRIP,
    FILTER_LICENCE_DROP
} filter_licence;

// Bounds of 0 are none. Everything is borrowed.
typedef struct filter_rules {
    uint64_t min_lines, max_lines, max_line, mean_line;
    double min_alnum;
    filter_licence licence;
    bool generated;         // leave out what a program has made
    bool secrets;           // mask them
    bool valid_python;      // leave out .py, .pyi and what has no ending where it does not parse
    double near;            // 0: exact copies only
    const overlap *against; // finished; NULL: none
} filter_rules;

typedef struct filter_tally {
    uint64_t documents, bytes; // that came in
    uint64_t dropped[DROP_REASONS];
    secrets_count secrets; // in documents that stay
    uint64_t masked, licences, stripped_bytes;
    uint64_t memory; // of what is kept to know documents again
} filter_tally;

typedef struct filter filter;

// Takes what stays, in order.
typedef axl_status filter_sink(void *ctx, const record *r, axl_error *err);

// p may be NULL: one thread. AXL_UNSUPPORTED where Python is asked for and the build cannot parse
// it. The caller owns *out; NULL on failure.
axl_status filter_open(filter **out, const filter_rules *rules, pool *p, axl_error *err);
void filter_close(filter *f); // NULL is allowed

void filter_to(filter *f, filter_sink *sink, void *ctx); // before the first document

axl_status filter_put(filter *f, const record *r, axl_error *err); // copies it
axl_status filter_end(filter *f, axl_error *err);                  // settles what still waits

// Counts what the intake has left out.
void filter_left_out(filter *f, drop_reason reason);

const filter_tally *filter_tallied(const filter *f);

#endif
