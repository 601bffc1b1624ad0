// Data from the web into a folder: whole files by URL, and rows of data sets.
//
// While something is fetched it is NAME.part, with a note NAME.note that says of what it is a part
// and how many bytes are safe on the disk; when all is there it gets its name, and a line in the
// folder's manifest.json. Whatever ends the process, the next call goes on from the note.
#ifndef DATA_PULL_H
#define DATA_PULL_H

#include "base/buf.h"
#include "base/sha256.h"
#include "data/web.h"

#define PULL_TRIES 6       // that bring nothing new, one after the other
#define PULL_PAUSE_MAX 300 // seconds that a server may ask to wait
#define PULL_PATH_MAX 1024

typedef struct pull_place {
    const char *folder;
    const char *endpoint; // of rows
    const char *token;    // NULL: none
    uint64_t bytes_max;   // of all that is fetched; UINT64_MAX: no cap
    bool force;           // fetch again what is there
    // Told how far it is; nonzero ends it with AXL_INTERRUPTED. May be NULL.
    int (*progress)(void *ctx, const char *what, uint64_t done, uint64_t total);
    // Waits so long; NULL: sleeps. For tests, which must not.
    void (*pause)(void *ctx, uint64_t ns);
    void *ctx;
} pull_place;

typedef enum pull_state { PULL_WHOLE, PULL_THERE, PULL_CAPPED } pull_state;

typedef struct pull_item {
    const char *what;
    const char *sha256; // that the file must have; NULL: any
    // Set by the call.
    pull_state state;
    char path[PULL_PATH_MAX]; // empty: there is no file
    uint64_t bytes, rows, resumed, cut_rows, retries;
    bool partial; // the server has a part of the data set only
    char hex[SHA256_HEX_MAX];
} pull_item;

// Fetches one; *fetched grows by the bytes that came.
axl_status pull_one(const pull_place *p, pull_item *item, uint64_t *fetched, axl_error *err);

#endif
