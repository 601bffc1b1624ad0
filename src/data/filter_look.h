// One document of a batch, and what can be said of it alone. Private to data/.
#ifndef DATA_FILTER_LOOK_H
#define DATA_FILTER_LOOK_H

#include "data/digest.h"
#include "data/minhash.h"
#include "data/text_filter.h"
#include "python/python.h"

typedef struct look {
    record record; // its text is the document, then what stays of it
    size_t text_at, project_at, path_at;
    drop_reason reason; // DROP_REASONS: it may stay
    buf masked;         // the text with its secrets masked, if it has any
    axl_status failure; // AXL_OK, or why it could not be looked at to the end
    bool licence;       // it has a licence header
    size_t stripped;    // bytes of it that went
    secrets_count secrets;
    digest hash; // of what stays
    bool sketched;
    sketch sketch;
} look;

// What a thread has for itself.
typedef struct look_tools {
    overlap_asker *asker;  // NULL without benchmarks
    python_parser *python; // NULL where it is not asked for
} look_tools;

// Whether a document of that path says to be Python, or says nothing.
bool may_be_python(const char *path);

// Fills in everything from `reason` on.
void look_at(look *l, const filter_rules *rules, const look_tools *tools);

#endif
