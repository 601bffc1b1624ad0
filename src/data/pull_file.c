// A whole file by its URL, in as many requests as it takes.
#include "data/pull_parts.h"

#include "base/error.h"
#include "base/strings.h"

#include <string.h>

#define SAFE_EVERY ((uint64_t)16 << 20) // bytes between two notes

typedef struct file_pull {
    pulling *p;
    pull_note note;
    bool restart; // the server has something else than the rest that was asked for
    bool done;    // all is there
} file_pull;

// The whole file comes, from its beginning.
static axl_status begin_whole(file_pull *f, const web_reply *r, axl_error *err) {
    pulling *p = f->p;
    if (r->length != WEB_UNKNOWN && pull_over(p, r->length)) {
        p->capped = true;
        return error_set(err, AXL_TOO_LARGE, "over the cap");
    }
    f->note.total = r->length;
    string_copy(f->note.etag, sizeof f->note.etag, r->etag);
    FORWARD(pull_part_open(p, 0, err));
    return pull_part_safe(p, &f->note, err);
}

// The rest comes; anything else than that would make a file that never was.
static axl_status begin_rest(file_pull *f, const web_reply *r, axl_error *err) {
    pulling *p = f->p;
    const bool same_total = f->note.total == WEB_UNKNOWN || r->range_total == WEB_UNKNOWN ||
                            r->range_total == f->note.total;
    const bool same_etag = !*r->etag || strcmp(r->etag, f->note.etag) == 0;
    if (r->range_from != p->size || !same_total || !same_etag) {
        f->restart = true;
        return error_set(err, AXL_IO, "%s: another part than was asked for", p->item->what);
    }
    if (r->range_total != WEB_UNKNOWN) f->note.total = r->range_total;
    if (r->length != WEB_UNKNOWN && pull_over(p, r->length)) {
        p->capped = true;
        return error_set(err, AXL_TOO_LARGE, "over the cap");
    }
    return AXL_OK;
}

static axl_status take_head(void *ctx, const web_reply *r, axl_error *err) {
    file_pull *f = ctx;
    if (r->status == 200) return begin_whole(f, r, err);
    if (r->status == 206) return begin_rest(f, r, err);
    return AXL_OK;
}

static axl_status take_body(void *ctx, const void *bytes, size_t size, axl_error *err) {
    file_pull *f = ctx;
    pulling *p = f->p;
    if (pull_over(p, size)) {
        p->capped = true;
        return error_set(err, AXL_TOO_LARGE, "over the cap");
    }
    const bool long_enough = f->note.total != WEB_UNKNOWN && size > f->note.total - p->size;
    RETURN_IF(long_enough, err, AXL_IO, "%s: longer than the server said", p->item->what);
    FORWARD(pull_part_write(p, bytes, size, err));
    return p->size - p->safe >= SAFE_EVERY ? pull_part_safe(p, &f->note, err) : AXL_OK;
}

static bool stop(void *ctx) {
    const file_pull *f = ctx;
    return pull_stopped(f->p);
}

// The rest can only be asked for where the server names the version.
static axl_status go_back(file_pull *f, axl_error *err) {
    pulling *p = f->p;
    if (!f->restart && *f->note.etag) return AXL_OK;
    f->restart = false;
    f->note = (pull_note){.total = WEB_UNKNOWN};
    string_copy(f->note.source, sizeof f->note.source, p->item->what);
    return pull_part_open(p, 0, err);
}

static axl_status try_once(file_pull *f, axl_error *err) {
    pulling *p = f->p;
    const web_request q = {.url = p->item->what,
                           .token = pull_token_for(p->place, p->item->what),
                           .from = p->size,
                           .etag = f->note.etag,
                           .head = take_head,
                           .body = take_body,
                           .stop = stop,
                           .ctx = f};
    web_reply r;
    axl_status status = web_get(&q, &r, err);
    if (p->capped) return AXL_OK;
    const bool good = status == AXL_OK && (r.status == 200 || r.status == 206);
    f->done = good && (f->note.total == WEB_UNKNOWN || p->size == f->note.total);
    if (f->done) return AXL_OK;
    if (good) status = error_set(err, AXL_IO, "%s: shorter than the server said", p->item->what);
    if (status == AXL_OK && r.status == 416) {
        // Nothing behind what is there: all of it, or a part of something else.
        f->done = r.range_total == p->size && p->size > 0;
        f->restart = !f->done;
        if (f->done) return AXL_OK;
        status = error_set(err, AXL_IO, "%s: the server has no such part", p->item->what);
    }
    FORWARD(pull_again(p, status, &r, err));
    return go_back(f, err);
}

// What came before the connection was lost stays for the next call. Where the part failed, nobody
// knows what reached the disk: the note that is there still holds.
static void keep_rest(file_pull *f) {
    const pulling *p = f->p;
    if (p->file && !p->local && *f->note.etag && !f->restart) pull_part_safe(f->p, &f->note, NULL);
}

axl_status pull_file(pulling *p, axl_error *err) {
    file_pull f = {.p = p};
    const bool resumed = pull_note_read(buf_string(&p->note), &f.note) == AXL_OK &&
                         strcmp(f.note.source, p->item->what) == 0 && *f.note.etag &&
                         pull_part_open(p, f.note.bytes, NULL) == AXL_OK;
    if (!resumed) {
        f.restart = true;
        FORWARD(go_back(&f, err));
    }
    p->item->resumed = p->size;
    while (!f.done && !p->capped) {
        const axl_status status = try_once(&f, err);
        if (status == AXL_OK) continue;
        keep_rest(&f);
        return status;
    }
    if (!p->capped) return os_append_sync(p->file, err);
    // A file that was cut anywhere is of no use: what is there stays for a call with a higher cap.
    keep_rest(&f);
    os_append_close(p->file);
    p->file = NULL;
    p->item->state = PULL_CAPPED;
    return AXL_OK;
}
