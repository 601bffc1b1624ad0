#include "data/intake.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/sizes.h"
#include "base/strings.h"
#include "base/utf8.h"
#include "data/gzip.h"
#include "data/ingest.h"
#include "data/jsonl.h"
#include "data/scan.h"
#include "data/text_check.h"

#include <string.h>

#define PIECE ((size_t)1 << 18)

// Names that data sets give to where a document comes from; the first that a line has counts.
static const char *const project_names[] = {"project", "repo_name", "repository_name",
                                            "max_stars_repo_name", "repo"};
static const char *const path_names[] = {"path", "file_path", "max_stars_repo_path", "file_name"};
#define PROJECT_NAMES (sizeof project_names / sizeof *project_names)
#define PATH_NAMES (sizeof path_names / sizeof *path_names)

typedef struct intake {
    const intake_spec *spec;
    const intake_sink *sink;
    jsonl_fields fields;
    // Among the fields that are wanted.
    size_t project_at[PROJECT_NAMES], path_at[PATH_NAMES], line_at;
    char *piece; // [PIECE]
    buf text;    // of a document that is put together
    buf project, path;
    size_t source;
} intake;

// One file while it is read.
typedef struct intake_file {
    intake *in;
    const scan_file *place;
    int fd;
    os_version version;
    uint64_t packed, unpacked; // bytes so far
    text_check check;
    bool large, bomb;
    gzip *gzip; // NULL for a file that is not compressed
    bool lines; // JSONL
    jsonl_reader jsonl;
    jsonl_sink sink;
} intake_file;

static void leave_out(intake_file *f, uint64_t line, drop_reason reason) {
    f->in->sink->left_out(f->in->sink->ctx, f->place->path, line, reason);
}

// ---- where a document comes from ----

// The last part of the unit's name, as a folder that was named may be the unit.
static bool put_unit(buf *out, const scan_file *place) {
    size_t begin = place->unit;
    while (begin > 0 && place->path[begin - 1] != '/') begin--;
    return buf_append(out, place->path + begin, place->unit - begin);
}

static bool put_path(buf *out, const scan_file *place) {
    if (place->base > 0) return buf_text(out, place->path + place->base);
    const char *slash = strrchr(place->path, '/');
    return buf_text(out, slash ? slash + 1 : place->path);
}

// A name of a file system may be any bytes. As JSON would make one sign of all that are no UTF-8,
// so that different names became one, they are written as \xFF.
static axl_status escape(buf *name, axl_error *err) {
    if (!buf_ok(name)) return error_no_memory(err, "a name", name->size);
    if (utf8_valid(name->data, name->size)) return AXL_OK;
    buf out = {0};
    for (size_t at = 0; at < name->size;) {
        const size_t good = utf8_valid_prefix(name->data + at, name->size - at);
        buf_append(&out, name->data + at, good);
        at += good;
        if (at < name->size) buf_format(&out, "\\x%02X", (unsigned)(uint8_t)name->data[at++]);
    }
    buf_free(name);
    *name = out;
    return buf_ok(name) ? AXL_OK : error_no_memory(err, "a name", out.size);
}

// A text of the line without zero bytes, the first of several names; false: there is none.
static bool put_note(buf *out, const json_wanted *wanted, const size_t *at, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const json_wanted *w = &wanted[at[i]];
        if (!w->text || w->bytes == 0 || memchr(w->text, '\0', w->bytes)) continue;
        buf_append(out, w->text, w->bytes);
        return true;
    }
    return false;
}

static axl_status give(intake_file *f, uint64_t line, const char *text, size_t bytes,
                       axl_error *err) {
    intake *in = f->in;
    buf_clear(&in->project);
    buf_clear(&in->path);
    const json_wanted *wanted = in->fields.wanted;
    if (line == 0 || !put_note(&in->project, wanted, in->project_at, PROJECT_NAMES))
        put_unit(&in->project, f->place);
    const bool told = line > 0 && put_note(&in->path, wanted, in->path_at, PATH_NAMES);
    if (!told) put_path(&in->path, f->place);
    FORWARD(escape(&in->project, err));
    FORWARD(escape(&in->path, err));
    const record r = {.text = text,
                      .bytes = bytes,
                      .project = buf_string(&in->project),
                      .path = buf_string(&in->path),
                      .line = told ? wanted[in->line_at].number : line,
                      .source = in->source};
    return in->sink->record(in->sink->ctx, &r, err);
}

// ---- reading ----

static axl_status keep(intake_file *f, const char *data, size_t bytes, axl_error *err) {
    buf *text = &f->in->text;
    f->large = f->large || bytes > f->in->spec->bytes_max - text->size;
    if (f->large || buf_append(text, data, bytes)) return AXL_OK;
    return error_no_memory(err, "a document", text->size + bytes);
}

// Takes the next piece of what the file holds, decoded.
static axl_status take_text(void *ctx, const char *data, size_t bytes, axl_error *err) {
    intake_file *f = ctx;
    f->unpacked += bytes;
    if (f->gzip && f->unpacked > INTAKE_BOMB_BYTES)
        f->bomb = f->bomb || f->unpacked / INTAKE_BOMB_RATIO > f->packed;
    if (f->bomb) return AXL_OK;
    if (f->lines) return jsonl_feed(&f->jsonl, data, bytes, err);
    text_check_add(&f->check, data, bytes);
    return keep(f, data, bytes, err);
}

static bool is_refused(const intake_file *f) {
    if (f->bomb || (f->gzip && gzip_damaged(f->gzip, false))) return true;
    if (f->lines) return false;
    return f->large || text_check_result(&f->check, false) != CORPUS_REASONS;
}

// Reads to the end, or until it is clear that nothing comes of it.
static axl_status read_all(intake_file *f, axl_error *err) {
    const intake_spec *spec = f->in->spec;
    const char *path = f->place->path;
    uint64_t at = 0;
    while (at < f->version.bytes && !is_refused(f)) {
        RETURN_IF(spec->stop && spec->stop(spec->stop_ctx), err, AXL_INTERRUPTED,
                  "stopped while reading %s", path);
        os_piece piece = {.offset = at, .to = f->in->piece, .bytes = PIECE};
        FORWARD(os_reader_read(f->fd, path, &piece, err));
        if (piece.got == 0) break;
        f->packed += piece.got;
        if (f->gzip)
            FORWARD(gzip_feed(f->gzip, piece.to, piece.got, err));
        else
            FORWARD(take_text(f, piece.to, piece.got, err));
        at += piece.got;
    }
    os_version now;
    FORWARD(os_reader_version(f->fd, path, &now, err));
    RETURN_IF(!os_version_same(&now, &f->version), err, AXL_BAD_FILE,
              "%s was changed while it was read", path);
    return AXL_OK;
}

static axl_status read_text(intake_file *f, axl_error *err) {
    buf_clear(&f->in->text);
    FORWARD(read_all(f, err));
    const bool damaged = f->gzip && gzip_damaged(f->gzip, !is_refused(f));
    const corpus_reason reason = text_check_result(&f->check, true);
    if (f->bomb)
        leave_out(f, 0, DROP_BOMB);
    else if (damaged)
        leave_out(f, 0, DROP_DAMAGED);
    else if (reason != CORPUS_REASONS)
        leave_out(f, 0, (drop_reason)reason);
    else if (f->large)
        leave_out(f, 0, DROP_LARGE);
    else
        return give(f, 0, f->in->text.data, f->in->text.size, err);
    return AXL_OK;
}

static axl_status take_document(void *ctx, uint64_t line, const json_wanted *piece, size_t pieces,
                                axl_error *err) {
    intake_file *f = ctx;
    size_t bytes = 0;
    for (size_t i = 0; i < pieces; i++) bytes += piece[i].bytes;
    if (bytes > f->in->spec->bytes_max) {
        leave_out(f, line, DROP_LARGE);
        return AXL_OK;
    }
    if (pieces == 1) return give(f, line, piece->text, bytes, err);
    buf_clear(&f->in->text);
    for (size_t i = 0; i < pieces; i++) buf_append(&f->in->text, piece[i].text, piece[i].bytes);
    if (!buf_ok(&f->in->text)) return error_no_memory(err, "a document", bytes);
    return give(f, line, f->in->text.data, bytes, err);
}

static void leave_line_out(void *ctx, uint64_t line, corpus_reason reason) {
    leave_out(ctx, line, (drop_reason)reason);
}

// A line that damage cut is no line; those before it are good.
static axl_status read_lines(intake_file *f, axl_error *err) {
    FORWARD(read_all(f, err));
    if (f->bomb)
        leave_out(f, 0, DROP_BOMB);
    else if (f->gzip && gzip_damaged(f->gzip, true))
        leave_out(f, 0, DROP_DAMAGED);
    else
        return jsonl_end(&f->jsonl, err);
    return AXL_OK;
}

static axl_status read_open(intake_file *f, axl_error *err) {
    const char *path = f->place->path;
    FORWARD(os_reader_version(f->fd, path, &f->version, err));
    if (f->version.bytes == 0) {
        leave_out(f, 0, DROP_EMPTY);
        return AXL_OK;
    }
    f->lines = jsonl_named(path);
    f->check.line_max = SIZE_MAX;
    f->sink = (jsonl_sink){take_document, leave_line_out, f};
    // A line has more than its document: escapes make bytes up to six times as long.
    const size_t line_max = size_max(CORPUS_JSON_LINE_MAX, (size_t)f->in->spec->bytes_max * 2);
    f->jsonl = (jsonl_reader){.fields = &f->in->fields, .sink = &f->sink, .line_max = line_max};
    if (string_ends(path, ".gz")) FORWARD(gzip_open(&f->gzip, take_text, f, err));
    const axl_status status = f->lines ? read_lines(f, err) : read_text(f, err);
    jsonl_close(&f->jsonl);
    gzip_close(f->gzip);
    return status;
}

static axl_status visit_file(void *ctx, const scan_file *place, axl_error *err) {
    intake *in = ctx;
    intake_file f = {.in = in, .place = place};
    os_refusal why;
    corpus_reason reason;
    const axl_status opened = os_reader_open(&f.fd, place->path, &why, err);
    if (opened == AXL_OK) {
        const axl_status status = read_open(&f, err);
        os_reader_close(f.fd);
        return status;
    }
    if (place->named || !ingest_refusal(why, &reason)) return opened;
    leave_out(&f, 0, (drop_reason)reason);
    return AXL_OK;
}

static void visit_other(void *ctx, const char *path, corpus_reason reason) {
    const intake *in = ctx;
    in->sink->left_out(in->sink->ctx, path, 0, (drop_reason)reason);
}

static axl_status open_fields(intake *in, axl_error *err) {
    const char *names = in->spec->fields ? in->spec->fields : CORPUS_FIELDS;
    FORWARD(jsonl_fields_parse(&in->fields, names, err));
    for (size_t i = 0; i < PROJECT_NAMES; i++)
        FORWARD(jsonl_fields_note(&in->fields, project_names[i], &in->project_at[i], err));
    for (size_t i = 0; i < PATH_NAMES; i++)
        FORWARD(jsonl_fields_note(&in->fields, path_names[i], &in->path_at[i], err));
    FORWARD(jsonl_fields_note(&in->fields, "line", &in->line_at, err));
    in->piece = mem_alloc(PIECE);
    return in->piece ? AXL_OK : error_no_memory(err, "reading files", PIECE);
}

axl_status intake_read(const intake_spec *spec, const intake_sink *sink, axl_error *err) {
    RETURN_IF(spec->bytes_max == 0 || spec->bytes_max > INTAKE_BYTES_MAX, err, AXL_BAD_ARGUMENT,
              "documents may have 1 byte to 64 MiB");
    intake in = {.spec = spec, .sink = sink};
    const scan_visitor v = {visit_file, visit_other, &in, spec->own, spec->owns};
    axl_status status = open_fields(&in, err);
    for (; in.source < spec->paths && status == AXL_OK; in.source++)
        status = scan_path(&v, spec->path[in.source], err);
    jsonl_fields_free(&in.fields);
    mem_free(in.piece);
    buf_free(&in.text);
    buf_free(&in.project);
    buf_free(&in.path);
    return status;
}
