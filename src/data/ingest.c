#include "data/ingest.h"

#include "base/error.h"
#include "base/strings.h"
#include "data/gzip.h"
#include "data/scan.h"
#include "data/text_check.h"

// One file while it is read.
typedef struct reading {
    builder *b;
    const char *path;
    int fd;
    os_version version;
    text_check check;
    os_spool *spool; // NULL for a plain file
    uint64_t start;  // where the document begins in the spool
    gzip *gzip;      // NULL for a file that is not compressed
    bool lines;      // JSONL
    jsonl_reader jsonl;
    jsonl_sink sink;
} reading;

// Takes the next piece of what the file holds, decoded.
static axl_status take_text(void *ctx, const char *data, size_t bytes, axl_error *err) {
    reading *r = ctx;
    if (r->lines) return jsonl_feed(&r->jsonl, data, bytes, err);
    text_check_add(&r->check, data, bytes);
    const bool good = text_check_result(&r->check, false) == CORPUS_REASONS;
    return r->spool && good ? os_spool_write(r->spool, data, bytes, err) : AXL_OK;
}

static bool is_refused(const reading *r) {
    if (r->gzip && gzip_damaged(r->gzip, false)) return true;
    return !r->lines && text_check_result(&r->check, false) != CORPUS_REASONS;
}

// Reads to the end, or until it is clear that nothing comes of it.
static axl_status read_all(reading *r, axl_error *err) {
    uint64_t at = 0;
    const corpus_spec *spec = r->b->spec;
    while (at < r->version.bytes && !is_refused(r)) {
        RETURN_IF(spec->stop && spec->stop(spec->stop_ctx), err, AXL_INTERRUPTED,
                  "stopped while reading %s", r->path);
        os_piece piece = {.offset = at, .to = r->b->piece, .bytes = BUILDER_PIECE};
        FORWARD(os_reader_read(r->fd, r->path, &piece, err));
        if (piece.got == 0) break;
        if (r->gzip)
            FORWARD(gzip_feed(r->gzip, piece.to, piece.got, err));
        else
            FORWARD(take_text(r, piece.to, piece.got, err));
        at += piece.got;
    }
    os_version now;
    FORWARD(os_reader_version(r->fd, r->path, &now, err));
    const bool same = os_version_same(&now, &r->version);
    RETURN_IF(!same || (at != now.bytes && !is_refused(r)), err, AXL_BAD_FILE,
              "%s was changed while it was read", r->path);
    return AXL_OK;
}

// Adds the file with its one document.
static axl_status add_whole(reading *r, uint64_t offset, axl_error *err) {
    builder *b = r->b;
    const document d = {
        .hash = digest_end(&r->check.digest), .offset = offset, .bytes = r->check.digest.bytes};
    bool kept;
    FORWARD(builder_add_file(b, r->path, &r->version, err));
    b->c->file[b->c->files - 1].spooled = r->spool != NULL;
    FORWARD(builder_add_document(b, &d, 0, &kept, err));
    if (!kept) builder_drop_empty(b);
    return !kept && r->spool ? os_spool_cut(r->spool, r->start, err) : AXL_OK;
}

static axl_status read_text(reading *r, axl_error *err) {
    FORWARD(read_all(r, err));
    corpus_reason reason = text_check_result(&r->check, true);
    if (r->gzip && gzip_damaged(r->gzip, !is_refused(r))) reason = CORPUS_DAMAGED;
    if (reason == CORPUS_REASONS) return add_whole(r, r->start, err);
    builder_leave_out(r->b, r->path, 0, reason);
    return r->spool ? os_spool_cut(r->spool, r->start, err) : AXL_OK;
}

static axl_status take_document(void *ctx, uint64_t line, const json_wanted *piece, size_t pieces,
                                axl_error *err) {
    reading *r = ctx;
    const uint64_t start = os_spool_bytes(r->spool);
    digest_state state = {0};
    uint64_t prompt = 0;
    for (size_t i = 0; i < pieces; i++) {
        prompt = state.bytes;
        digest_add(&state, piece[i].text, piece[i].bytes);
        FORWARD(os_spool_write(r->spool, piece[i].text, piece[i].bytes, err));
    }
    const document d = {.hash = digest_end(&state),
                        .offset = start,
                        .bytes = state.bytes,
                        .prompt = r->b->spec->answers_only ? prompt : 0};
    bool kept;
    FORWARD(builder_add_document(r->b, &d, line, &kept, err));
    return kept ? AXL_OK : os_spool_cut(r->spool, start, err);
}

static void leave_line_out(void *ctx, uint64_t line, corpus_reason reason) {
    reading *r = ctx;
    builder_leave_out(r->b, r->path, line, reason);
}

// A line that damage cut is no line; those before it are good.
static axl_status read_lines(reading *r, axl_error *err) {
    FORWARD(builder_add_file(r->b, r->path, &r->version, err));
    r->b->c->file[r->b->c->files - 1].spooled = true;
    FORWARD(read_all(r, err));
    if (r->gzip && gzip_damaged(r->gzip, true))
        builder_leave_out(r->b, r->path, 0, CORPUS_DAMAGED);
    else
        FORWARD(jsonl_end(&r->jsonl, err));
    builder_drop_empty(r->b);
    return AXL_OK;
}

static axl_status read_open(reading *r, axl_error *err) {
    FORWARD(os_reader_version(r->fd, r->path, &r->version, err));
    if (r->version.bytes == 0) {
        builder_leave_out(r->b, r->path, 0, CORPUS_EMPTY);
        return AXL_OK;
    }
    const bool packed = string_ends(r->path, ".gz");
    r->lines = jsonl_named(r->path);
    r->check.line_max = r->b->line_max;
    r->sink = (jsonl_sink){take_document, leave_line_out, r};
    r->jsonl =
        (jsonl_reader){.fields = &r->b->fields, .sink = &r->sink, .line_max = CORPUS_JSON_LINE_MAX};
    if (packed || r->lines) {
        FORWARD(builder_spool(r->b, &r->spool, err));
        r->start = os_spool_bytes(r->spool);
    }
    if (packed) FORWARD(gzip_open(&r->gzip, take_text, r, err));
    const axl_status status = r->lines ? read_lines(r, err) : read_text(r, err);
    jsonl_close(&r->jsonl);
    gzip_close(r->gzip);
    return status;
}

bool ingest_refusal(os_refusal why, corpus_reason *out) {
    switch (why) {
    case OS_REFUSAL_GONE:
        *out = CORPUS_GONE;
        return true;
    case OS_REFUSAL_DENIED:
        *out = CORPUS_DENIED;
        return true;
    case OS_REFUSAL_SPECIAL:
        *out = CORPUS_SPECIAL;
        return true;
    default:
        return false;
    }
}

static axl_status read_file(void *ctx, const scan_file *file, axl_error *err) {
    builder *b = ctx;
    reading r = {.b = b, .path = file->path};
    b->unit_length = file->unit;
    b->unit_base = file->base;
    os_refusal why;
    corpus_reason reason;
    const axl_status opened = os_reader_open(&r.fd, file->path, &why, err);
    if (opened == AXL_OK) {
        const axl_status status = read_open(&r, err);
        os_reader_close(r.fd);
        return status;
    }
    if (file->named || !ingest_refusal(why, &reason)) return opened;
    builder_leave_out(b, file->path, 0, reason);
    return AXL_OK;
}

static void leave_path_out(void *ctx, const char *path, corpus_reason reason) {
    builder_leave_out(ctx, path, 0, reason);
}

axl_status ingest_path(builder *b, const char *path, axl_error *err) {
    const scan_visitor v = {.file = read_file, .left_out = leave_path_out, .ctx = b};
    return scan_path(&v, path, err);
}
