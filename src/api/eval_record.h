// What an evaluation found, kept in the model's directory: a section of the model card README.md
// and a member of results.json, each in the place of the one that was there before.
#ifndef API_EVAL_RECORD_H
#define API_EVAL_RECORD_H

#include "base/buf.h"
#include <axl/status.h>

// Borrows everything.
typedef struct eval_record {
    const char *group; // of results.json: "tasks"; a name
    const char *name;  // the member of the group and of the section's marks: "docs"
    const buf *card;   // Markdown, from its heading on
    const buf *json;   // one JSON value
} eval_record;

// Writes it into the directory at `model`. A model that is a file has no card: nothing is done.
// README.md and results.json are made where they are missing; AXL_BAD_FILE where results.json is
// no JSON object, or one of them has a zero byte. The directory is locked meanwhile, so that two
// who write at once lose nothing; AXL_BUSY where somebody, a training run, keeps it for half a
// minute.
axl_status eval_record_write(const char *model, const eval_record *r, axl_error *err);

// The same for who tells what was found whatever becomes of this. A failure goes to *first, where
// none is there before; one is also a card or JSON that memory was missing for.
void eval_record_keep(const char *model, const eval_record *r, axl_error *first);

// ---- for tests ----

// Waits so long for the lock.
axl_status eval_record_within(const char *model, const eval_record *r, uint64_t wait_ns,
                              axl_error *err);

// Replaces or appends the section between its marks.
bool eval_record_card(buf *out, const char *old, const eval_record *r);

// Replaces or appends the member of the group. Everything else keeps its bytes.
axl_status eval_record_results(buf *out, const char *path, const char *old, const eval_record *r,
                               axl_error *err);

#endif
