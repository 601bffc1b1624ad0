// What the ways of fetching share. Private to data/.
#ifndef DATA_PULL_PARTS_H
#define DATA_PULL_PARTS_H

#include "data/pull.h"
#include "os/append.h"

// One thing that is fetched.
typedef struct pulling {
    const pull_place *place;
    pull_item *item;
    uint64_t *fetched;     // by the whole call
    char name[256];        // of the file
    buf part, note, final; // paths
    os_append *file;       // the part
    uint64_t size;         // of the part
    uint64_t most;         // that it ever had
    uint64_t safe;         // bytes of it that the note tells of
    int tries;             // that brought nothing new, one after the other
    bool capped;
    bool local; // the part could not be opened, written or noted: the last such call failed
} pulling;

// What a note says. Texts are its own.
typedef struct pull_note {
    char source[2048]; // the URL
    char etag[256];
    uint64_t bytes, rows, cut_rows; // rows: that were asked for so far
    uint64_t total;                 // bytes or rows; WEB_UNKNOWN
    bool partial;                   // the server has a part of the set only
} pull_note;

axl_status pull_note_read(const char *path, pull_note *out); // AXL_OK or AXL_NOT_FOUND
axl_status pull_note_write(const char *path, const pull_note *note, axl_error *err);

// Opens the part; keep bytes of it, which are 0 or what its note says.
axl_status pull_part_open(pulling *p, uint64_t keep, axl_error *err);
axl_status pull_part_write(pulling *p, const void *bytes, size_t size, axl_error *err);

// Makes the part safe and the note say so.
axl_status pull_part_safe(pulling *p, pull_note *note, axl_error *err);

// Whether so many more bytes are over the cap.
bool pull_over(const pulling *p, uint64_t more);

// After a request that failed or was refused: waits where it is worth another try, else the
// failure.
axl_status pull_again(pulling *p, axl_status status, const web_reply *r, axl_error *err);

axl_status pull_told(const pulling *p, const char *what, uint64_t done, uint64_t total,
                     axl_error *err);
bool pull_stopped(void *ctx); // of web_request; ctx is a pulling

// Whether text begins with the prefix, which is in small letters, in small or capital ones.
bool pull_begins(const char *text, const char *prefix);

// The token, where it may be sent to this URL; NULL: it may not, or there is none.
const char *pull_token_for(const pull_place *p, const char *url);

axl_status pull_file(pulling *p, axl_error *err);
axl_status pull_rows(pulling *p, axl_error *err);

// "hf:OWNER/NAME/CONFIG/SPLIT" taken apart. False: it is none.
typedef struct pull_rows_name {
    char owner[128], set[128], config[128], split[128];
} pull_rows_name;
bool pull_rows_named(const char *what, pull_rows_name *out);

#endif
