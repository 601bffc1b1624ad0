// The rows of a data set, page by page, as JSONL: the API of Hugging Face's data set viewer.
//
//   GET ENDPOINT/rows?dataset=OWNER/NAME&config=CONFIG&split=SPLIT&offset=N&length=100
//   {"rows": [{"row_idx": N, "row": {...}, "truncated_cells": []}, ...], "num_rows_total": M}
#include "data/pull_page.h"
#include "data/pull_parts.h"

#include "base/error.h"
#include "base/strings.h"

#include <string.h>

#define PAGE_BYTES ((size_t)128 << 20) // of an answer, at most

// ---- names ----

static bool take_part(const char **at, char *out, size_t size) {
    const size_t length = strcspn(*at, "/");
    if (length == 0 || length >= size) return false;
    memcpy(out, *at, length);
    out[length] = '\0';
    *at += length + ((*at)[length] == '/');
    return true;
}

bool pull_rows_named(const char *what, pull_rows_name *out) {
    *out = (pull_rows_name){.config = "default", .split = "train"};
    if (!string_starts(what, "hf:")) return false;
    const char *at = what + 3;
    if (!take_part(&at, out->owner, sizeof out->owner)) return false;
    if (!take_part(&at, out->set, sizeof out->set)) return false;
    if (*at && !take_part(&at, out->config, sizeof out->config)) return false;
    if (*at && !take_part(&at, out->split, sizeof out->split)) return false;
    return *at == '\0';
}

static void put_escaped(buf *url, const char *text) {
    for (; *text; text++) {
        const char c = *text;
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || strchr("-_.~", c);
        if (plain)
            buf_byte(url, (uint8_t)c);
        else
            buf_format(url, "%%%02X", (unsigned char)c);
    }
}

// ---- a page ----

typedef struct rows_pull {
    pulling *p;
    pull_rows_name name;
    pull_note note; // note.rows: the next one; note.total: of the set
    pull_page page;
    buf answer;
} rows_pull;

static axl_status take_head(void *ctx, const web_reply *r, axl_error *err) {
    rows_pull *w = ctx;
    (void)r, (void)err;
    buf_clear(&w->answer);
    return AXL_OK;
}

static axl_status take_body(void *ctx, const void *bytes, size_t size, axl_error *err) {
    rows_pull *w = ctx;
    RETURN_IF(size > PAGE_BYTES - w->answer.size, err, AXL_TOO_LARGE,
              "%s: a page of more than 128 MiB", w->p->item->what);
    if (buf_append(&w->answer, bytes, size)) return AXL_OK;
    return error_no_memory(err, "a page of rows", w->answer.size);
}

static bool stop(void *ctx) {
    const rows_pull *w = ctx;
    return pull_told(w->p, "rows", w->note.rows, w->note.total, NULL) != AXL_OK;
}

// Bytes until the cap.
static uint64_t room_of(const pulling *p) {
    const uint64_t most = p->place->bytes_max;
    return most > *p->fetched ? most - *p->fetched : 0;
}

// Nothing of a page counts before all of it is in order and written.
static axl_status keep_page(rows_pull *w, axl_error *err) {
    pull_page *page = &w->page;
    page->what = w->p->item->what;
    page->next = w->note.rows;
    page->total = w->note.total;
    page->room = room_of(w->p);
    FORWARD(pull_page_read(page, buf_string(&w->answer), w->answer.size, err));
    if (page->lines.size > 0)
        FORWARD(pull_part_write(w->p, page->lines.data, page->lines.size, err));
    w->note.rows = page->next;
    w->note.total = page->total;
    w->note.cut_rows += page->cut_rows;
    w->note.partial = w->note.partial || page->partial;
    w->p->capped = page->capped;
    w->p->tries = 0;
    return pull_part_safe(w->p, &w->note, err);
}

// ---- all pages ----

static axl_status put_url(const rows_pull *w, buf *url, axl_error *err) {
    const pull_rows_name *n = &w->name;
    buf_clear(url);
    buf_format(url, "%s/rows?dataset=", w->p->place->endpoint);
    put_escaped(url, n->owner);
    buf_text(url, "%2F");
    put_escaped(url, n->set);
    buf_text(url, "&config=");
    put_escaped(url, n->config);
    buf_text(url, "&split=");
    put_escaped(url, n->split);
    buf_format(url, "&offset=%llu&length=%d", (unsigned long long)w->note.rows, PULL_PAGE);
    return buf_ok(url) ? AXL_OK : error_no_memory(err, "a URL", url->size);
}

static axl_status try_once(rows_pull *w, const char *url, axl_error *err) {
    const web_request q = {.url = url,
                           .token = pull_token_for(w->p->place, url),
                           .head = take_head,
                           .body = take_body,
                           .stop = stop,
                           .ctx = w};
    web_reply r;
    axl_status status = web_get(&q, &r, err);
    if (status == AXL_OK && r.status == 200) {
        status = keep_page(w, err);
        if (status == AXL_OK) return AXL_OK;
    }
    return pull_again(w->p, status, &r, err);
}

static axl_status read_pages(rows_pull *w, axl_error *err) {
    buf url = {0};
    axl_status status = AXL_OK;
    while (status == AXL_OK && !w->p->capped && w->note.rows < w->note.total) {
        status = pull_told(w->p, "rows", w->note.rows, w->note.total, err);
        if (status == AXL_OK) status = put_url(w, &url, err);
        if (status == AXL_OK) status = try_once(w, buf_string(&url), err);
    }
    buf_free(&url);
    return status;
}

axl_status pull_rows(pulling *p, axl_error *err) {
    rows_pull w = {.p = p};
    pull_rows_named(p->item->what, &w.name);
    const bool resumed = pull_note_read(buf_string(&p->note), &w.note) == AXL_OK &&
                         strcmp(w.note.source, p->item->what) == 0 &&
                         pull_part_open(p, w.note.bytes, NULL) == AXL_OK;
    if (!resumed) {
        w.note = (pull_note){.total = WEB_UNKNOWN};
        string_copy(w.note.source, sizeof w.note.source, p->item->what);
        FORWARD(pull_part_open(p, 0, err));
    }
    p->item->resumed = p->size;
    const axl_status status = read_pages(&w, err);
    p->item->rows = w.note.rows - w.note.cut_rows;
    p->item->cut_rows = w.note.cut_rows;
    p->item->partial = w.note.partial;
    buf_free(&w.answer);
    buf_free(&w.page.lines);
    return status;
}
