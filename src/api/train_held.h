// The held-out set of a run as documents to be evaluated, and what came out for each of its files.
#ifndef API_TRAIN_HELD_H
#define API_TRAIN_HELD_H

#include "data/corpus.h"
#include "eval/eval_document.h"
#include "train/metrics.h"

// Where a document lies in the text of the held-out set.
typedef struct held_place {
    const corpus *corpus;
    uint64_t start; // position of its first byte
    size_t file;    // that it is part of
} held_place;

// {0} is empty. Borrows the corpus.
typedef struct train_held {
    train_file *file; // [files], owned; the names are the corpus's
    size_t files;
    eval_document *list; // [documents], owned: those of which something is to be read
    held_place *place;   // [documents], owned
    size_t documents;
    uint64_t bytes;    // of the whole set
    uint64_t counted;  // of them: all but the prompts, which are given
    uint64_t read;     // of these, those of the list
    size_t files_read; // that the list has something of
    bool one_each;     // every file is one document
} train_held;

// At most `limit` bytes are to be read, prompts too, chosen by eval_choice. Reads all text to name
// it by its hash. The caller closes *out, also after a failure.
axl_status train_held_open(train_held *out, const corpus *c, uint64_t limit, axl_error *err);
void train_held_close(train_held *h); // leaves {0}

#endif
