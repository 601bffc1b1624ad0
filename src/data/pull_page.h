// One page of rows, as a server gave it. Private to data/.
#ifndef DATA_PULL_PAGE_H
#define DATA_PULL_PAGE_H

#include "base/buf.h"

#include <axl/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PULL_PAGE 100 // rows of a page: the most that the server gives

typedef struct pull_page {
    const char *what; // for messages; borrowed
    uint64_t next;  // the row that is asked for; afterwards the one behind the last that was taken
    uint64_t total; // rows of the set; WEB_UNKNOWN until a page has said it
    uint64_t room;  // bytes that the lines may have
    // Set by the call.
    uint64_t rows, cut_rows; // lines; rows of which the server gives a part only, left out
    bool capped;             // the room was not enough for the next row
    bool partial;            // the server has a part of the set only
    buf lines;               // each row as a line of JSON; owned, its memory is used again
} pull_page;

// AXL_IO where it is no page of the rows that were asked for, AXL_BAD_FILE where the set has
// another number of rows than before, or a number that no file could be read back with. After a
// failure nothing of the page counts.
axl_status pull_page_read(pull_page *p, const char *text, size_t bytes, axl_error *err);

#endif
