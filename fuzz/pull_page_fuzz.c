// Any bytes as a page of rows. Whatever a server sends, the lines that come of it are the rows that
// were asked for, each one line of JSON that is read back, within the room; after a refusal nothing
// has changed.
#include "data/json_line.h"
#include "data/pull_page.h"
#include "data/web.h"
#include "fuzz_target.h"

#include <string.h>

// Lines that JSONL takes: jansson lets nest deeper, and pass over what is there twice.
static void check_lines(const pull_page *p) {
    uint64_t lines = 0;
    FUZZ_CHECK(p->lines.size == 0 || p->lines.data[p->lines.size - 1] == '\n');
    for (size_t at = 0; at < p->lines.size; lines++) {
        const char *newline = memchr(p->lines.data + at, '\n', p->lines.size - at);
        const size_t bytes = (size_t)(newline - p->lines.data) - at;
        FUZZ_CHECK(json_line_read(p->lines.data + at, bytes, NULL, 0) || bytes > JSON_LINE_DEPTH);
        at += bytes + 1;
    }
    FUZZ_CHECK(lines == p->rows);
}

// The first byte chooses which rows are asked for and how much room there is.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0) return 0;
    const uint64_t next = data[0] % 4u, total = data[0] & 4 ? 3 : WEB_UNKNOWN;
    pull_page p = {.what = "page", .next = next, .total = total};
    p.room = data[0] & 8 ? 16 : UINT64_MAX;
    const axl_status status = pull_page_read(&p, (const char *)data + 1, size - 1, NULL);
    if (status == AXL_OK) {
        FUZZ_CHECK(p.next == next + p.rows + p.cut_rows && p.next <= next + PULL_PAGE);
        FUZZ_CHECK(p.total != WEB_UNKNOWN && (total == WEB_UNKNOWN || p.total == total));
        FUZZ_CHECK(p.lines.size <= p.room &&
                   (p.capped || p.next >= p.total || p.next == next + PULL_PAGE));
        check_lines(&p);
    } else {
        FUZZ_CHECK(status == AXL_IO || status == AXL_BAD_FILE || status == AXL_NO_MEMORY);
        FUZZ_CHECK(p.next == next && p.total == total && p.lines.size == 0 && !p.capped &&
                   !p.partial);
    }
    buf_free(&p.lines);
    return 0;
}
