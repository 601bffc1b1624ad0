#include "data/pull.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/strings.h"
#include "data/gzip.h"
#include "data/pull_list.h"
#include "data/pull_parts.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/file_name.h"
#include "os/folder.h"
#include "os/reader.h"

#include <string.h>

// ---- the part ----

// What this machine could not do, another request would not mend.
static axl_status local(pulling *p, axl_status status) {
    p->local = status != AXL_OK;
    return status;
}

static axl_status open_part(pulling *p, uint64_t keep, axl_error *err) {
    const char *path = buf_string(&p->part);
    os_append_close(p->file);
    p->file = NULL;
    if (keep == 0) FORWARD(os_file_replace(path, "", 0, err));
    FORWARD(os_append_open(&p->file, path, err));
    p->size = p->safe = keep;
    return os_append_cut(p->file, keep, err);
}

axl_status pull_part_open(pulling *p, uint64_t keep, axl_error *err) {
    return local(p, open_part(p, keep, err));
}

axl_status pull_part_write(pulling *p, const void *bytes, size_t size, axl_error *err) {
    FORWARD(local(p, os_append_write(p->file, bytes, size, err)));
    p->size += size;
    *p->fetched += size;
    if (p->size <= p->most) return AXL_OK;
    // Only what was never there is progress: who always cuts at the same place is given up.
    p->most = p->size;
    p->tries = 0;
    return AXL_OK;
}

axl_status pull_part_safe(pulling *p, pull_note *note, axl_error *err) {
    FORWARD(local(p, os_append_sync(p->file, err)));
    note->bytes = p->size;
    FORWARD(local(p, pull_note_write(buf_string(&p->note), note, err)));
    p->safe = p->size;
    return AXL_OK;
}

bool pull_over(const pulling *p, uint64_t more) {
    const uint64_t most = p->place->bytes_max;
    return more > most || *p->fetched > most - more;
}

axl_status pull_told(const pulling *p, const char *what, uint64_t done, uint64_t total,
                     axl_error *err) {
    const pull_place *place = p->place;
    const uint64_t all = total == WEB_UNKNOWN ? 0 : total;
    const bool stop = place->progress && place->progress(place->ctx, what, done, all) != 0;
    RETURN_IF(stop, err, AXL_INTERRUPTED, "stopped while fetching %s", p->item->what);
    return AXL_OK;
}

bool pull_stopped(void *ctx) {
    const pulling *p = ctx;
    return pull_told(p, "KiB", p->size / 1024, WEB_UNKNOWN, NULL) != AXL_OK;
}

// ---- trying again ----

static bool is_passing(int status) {
    return status == 408 || status == 425 || status == 429 || status == 500 || status == 502 ||
           status == 503 || status == 504;
}

static axl_status refused(const pulling *p, const web_reply *r, axl_error *err) {
    const char *why = r->status == 401 || r->status == 403 ? ": not allowed; a token may be needed"
                      : r->status == 404                   ? ": there is no such thing"
                      : r->status == 429                   ? ": too many requests"
                                                           : "";
    const axl_status code = r->status == 404 ? AXL_NOT_FOUND : AXL_IO;
    return error_set(err, code, "%s: the server answers %d%s", p->item->what, r->status, why);
}

#define SECOND ((uint64_t)1000000000)

// Sleeps in short pieces, so that Ctrl-C is heard.
static axl_status wait_for(pulling *p, uint64_t seconds, axl_error *err) {
    const pull_place *place = p->place;
    if (place->pause) {
        place->pause(place->ctx, seconds * SECOND);
        return AXL_OK;
    }
    const uint64_t until = os_clock_ns() + seconds * SECOND;
    while (os_clock_ns() < until) {
        FORWARD(pull_told(p, "KiB; waiting for the server", p->size / 1024, WEB_UNKNOWN, err));
        os_sleep_ns(SECOND / 5);
    }
    return AXL_OK;
}

axl_status pull_again(pulling *p, axl_status status, const web_reply *r, axl_error *err) {
    if (p->local || (status != AXL_OK && status != AXL_IO)) return status;
    if (status == AXL_OK && !is_passing(r->status)) return refused(p, r, err);
    if (++p->tries >= PULL_TRIES) return status != AXL_OK ? status : refused(p, r, err);
    uint64_t seconds = (uint64_t)1 << p->tries;
    if (status == AXL_OK && r->retry_after != WEB_UNKNOWN) seconds = r->retry_after;
    RETURN_IF(seconds > PULL_PAUSE_MAX, err, AXL_BUSY,
              "%s: the server asks to come back in %llu seconds", p->item->what,
              (unsigned long long)seconds);
    p->item->retries++;
    return wait_for(p, seconds, err);
}

bool pull_begins(const char *text, const char *prefix) {
    for (; *prefix; text++, prefix++) {
        const char c = (char)(*text >= 'A' && *text <= 'Z' ? *text - 'A' + 'a' : *text);
        if (c != *prefix) return false;
    }
    return true;
}

// ---- the end ----

typedef struct sums {
    sha256 hash;
    gzip *gzip; // NULL: the file is not compressed
} sums;

static axl_status take_nothing(void *ctx, const char *data, size_t bytes, axl_error *err) {
    (void)ctx, (void)data, (void)bytes, (void)err;
    return AXL_OK;
}

static axl_status read_sums(sums *s, const char *path, uint64_t bytes, axl_error *err) {
    char piece[1 << 14];
    int fd;
    FORWARD(os_reader_open(&fd, path, NULL, err));
    axl_status status = AXL_OK;
    for (uint64_t at = 0; at < bytes && status == AXL_OK;) {
        os_piece p = {.offset = at, .to = piece, .bytes = sizeof piece};
        status = os_reader_read(fd, path, &p, err);
        if (status == AXL_OK && p.got == 0)
            status = error_set(err, AXL_BAD_FILE, "%s became shorter", path);
        if (status != AXL_OK) break;
        sha256_add(&s->hash, piece, p.got);
        if (s->gzip) status = gzip_feed(s->gzip, piece, p.got, err);
        at += p.got;
    }
    os_reader_close(fd);
    return status;
}

static void sums_hex(sums *s, char hex[SHA256_HEX_MAX]) {
    uint8_t bytes[SHA256_BYTES];
    sha256_end(&s->hash, bytes);
    sha256_hex(hex, bytes);
}

// Whether the file has these bytes and the SHA-256 that was asked for, if any.
static bool has_sum(const pulling *p, uint64_t bytes) {
    sums s = {.gzip = NULL};
    char hex[SHA256_HEX_MAX];
    if (!p->item->sha256) return true;
    sha256_begin(&s.hash);
    if (read_sums(&s, buf_string(&p->final), bytes, NULL) != AXL_OK) return false;
    sums_hex(&s, hex);
    return pull_begins(p->item->sha256, hex);
}

// The SHA-256 of the part; compressed data must be whole.
static axl_status check_part(pulling *p, axl_error *err) {
    sums s = {.gzip = NULL};
    const bool packed = string_ends(p->name, ".gz") && !p->capped;
    sha256_begin(&s.hash);
    if (packed) FORWARD(gzip_open(&s.gzip, take_nothing, NULL, err));
    const axl_status status = read_sums(&s, buf_string(&p->part), p->size, err);
    const bool damaged = s.gzip && gzip_damaged(s.gzip, true);
    gzip_close(s.gzip);
    FORWARD(status);
    sums_hex(&s, p->item->hex);
    RETURN_IF(damaged, err, AXL_BAD_FILE, "%s: damaged gzip data", p->item->what);
    const char *wanted = p->item->sha256;
    RETURN_IF(wanted && !pull_begins(wanted, p->item->hex), err, AXL_BAD_FILE,
              "%s: SHA-256 is %s, not %s", p->item->what, p->item->hex, wanted);
    return AXL_OK;
}

// Gives the part its name. A part that is not what it should be is thrown away: going on with it
// would never end well.
static axl_status finish(pulling *p, const char *list, axl_error *err) {
    pull_item *item = p->item;
    const axl_status status = check_part(p, err);
    if (status != AXL_OK) {
        os_file_remove(buf_string(&p->part), NULL);
        os_file_remove(buf_string(&p->note), NULL);
        return status;
    }
    pull_line line = {
        .bytes = p->size, .rows = item->rows, .capped = p->capped, .partial = item->partial};
    string_copy(line.name, sizeof line.name, p->name);
    string_copy(line.source, sizeof line.source, item->what);
    string_copy(line.sha256, sizeof line.sha256, item->hex);
    FORWARD(os_file_rename(buf_string(&p->part), buf_string(&p->final), err));
    FORWARD(pull_list_put(list, &line, err));
    FORWARD(os_file_remove(buf_string(&p->note), err));
    item->state = p->capped ? PULL_CAPPED : PULL_WHOLE;
    item->bytes = p->size;
    string_copy(item->path, sizeof item->path, buf_string(&p->final));
    return AXL_OK;
}

// ---- all of it ----

// Letters, digits and a few signs; others become '_', and a dot in front too.
static void put_name(pulling *p, const char *text, size_t length) {
    size_t used = strlen(p->name);
    for (size_t i = 0; i < length && used + 8 < sizeof p->name; i++) {
        const char c = text[i];
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        const bool fine =
            letter || (c >= '0' && c <= '9') || c == '-' || c == '_' || (c == '.' && used > 0);
        p->name[used++] = fine ? c : '_';
    }
    p->name[used] = '\0';
}

// Names that are for what pull writes beside the files, on file systems that know no capitals too.
static bool is_reserved(const char *name) {
    const size_t length = strlen(name);
    if (strlen("manifest.json") == length && pull_begins(name, "manifest.json")) return true;
    const char *end = length < 5 ? "" : name + length - 5;
    return pull_begins(end, ".part") || pull_begins(end, ".note");
}

static void name_of(pulling *p, const pull_rows_name *rows) {
    if (rows) {
        const char *const parts[] = {rows->owner, rows->set, rows->config, rows->split};
        for (size_t i = 0; i < 4; i++) {
            if (i > 0 && *p->name && *parts[i]) put_name(p, "--", 2);
            put_name(p, parts[i], strlen(parts[i]));
        }
        strcat(p->name, ".jsonl");
        return;
    }
    const char *url = p->item->what, *scheme = strstr(url, "://");
    const char *begin = scheme ? scheme + 3 : url, *end = begin + strcspn(begin, "?#");
    const char *name = end;
    while (name > begin && name[-1] != '/') name--;
    put_name(p, name, (size_t)(end - name));
    if (!*p->name || name == begin) string_copy(p->name, sizeof p->name, "download");
    if (is_reserved(p->name)) strcat(p->name, "_");
}

static bool has_name(const buf *path) {
    os_refusal why;
    int fd;
    const bool opened = os_reader_open(&fd, buf_string(path), &why, NULL) == AXL_OK;
    os_reader_close(fd);
    return opened || why != OS_REFUSAL_GONE;
}

// Whether the file has got its name, but not yet its line in the list: then its note is there, and
// the part is not.
static bool is_unlisted(const pulling *p) {
    pull_note note;
    return !has_name(&p->part) && pull_note_read(buf_string(&p->note), &note) == AXL_OK &&
           strcmp(note.source, p->item->what) == 0;
}

// Refuses to take the place of a file that comes from somewhere else.
static axl_status check_final(const pulling *p, const char *list, axl_error *err) {
    const char *path = buf_string(&p->final);
    pull_line line;
    if (p->place->force) return AXL_OK;
    const bool listed = pull_list_find(list, p->name, &line) == AXL_OK;
    RETURN_IF(listed && strcmp(line.source, p->item->what) != 0, err, AXL_BAD_ARGUMENT,
              "%s is there already, from %s", path, line.source);
    RETURN_IF(!listed && has_name(&p->final) && !is_unlisted(p), err, AXL_BAD_ARGUMENT,
              "%s is there already, and was not fetched; --force takes its place", path);
    return AXL_OK;
}

// Whether what the list says is there, and is what was asked for: the list may be wrong by now.
static bool is_there(const pulling *p, const char *list) {
    pull_line line;
    os_version version;
    int fd;
    if (p->place->force || pull_list_find(list, p->name, &line) != AXL_OK) return false;
    if (line.capped) return false;
    if (os_reader_open(&fd, buf_string(&p->final), NULL, NULL) != AXL_OK) return false;
    const axl_status status = os_reader_version(fd, buf_string(&p->final), &version, NULL);
    os_reader_close(fd);
    if (status != AXL_OK || version.bytes != line.bytes || !has_sum(p, line.bytes)) return false;
    pull_item *item = p->item;
    item->state = PULL_THERE;
    item->bytes = line.bytes;
    item->rows = line.rows;
    item->partial = line.partial;
    string_copy(item->hex, sizeof item->hex, line.sha256);
    string_copy(item->path, sizeof item->path, buf_string(&p->final));
    return true;
}

static axl_status fetch(pulling *p, const pull_rows_name *rows, axl_error *err) {
    buf list = {0};
    const char *folder = p->place->folder;
    buf_format(&list, "%s/manifest.json", folder);
    buf_format(&p->final, "%s/%s", folder, p->name);
    buf_format(&p->part, "%s/%s.part", folder, p->name);
    buf_format(&p->note, "%s/%s.note", folder, p->name);
    axl_status status = AXL_OK;
    if (!buf_ok(&list) || !buf_ok(&p->final) || !buf_ok(&p->part) || !buf_ok(&p->note))
        status = error_no_memory(err, "a path", strlen(folder));
    if (status == AXL_OK) status = pull_list_check(buf_string(&list), err);
    if (status == AXL_OK) status = check_final(p, buf_string(&list), err);
    if (status == AXL_OK && !is_there(p, buf_string(&list))) {
        if (p->place->force) status = os_file_remove(buf_string(&p->note), err);
        if (status == AXL_OK) status = rows ? pull_rows(p, err) : pull_file(p, err);
        if (status == AXL_OK && p->file) status = finish(p, buf_string(&list), err);
    }
    buf_free(&list);
    return status;
}

axl_status pull_one(const pull_place *place, pull_item *item, uint64_t *fetched, axl_error *err) {
    pulling p = {.place = place, .item = item, .fetched = fetched};
    pull_rows_name rows;
    const bool named = pull_rows_named(item->what, &rows);
    RETURN_IF(!named && string_starts(item->what, "hf:"), err, AXL_BAD_ARGUMENT,
              "%s: a data set is hf:OWNER/NAME, with /CONFIG and /SPLIT behind it or not",
              item->what);
    RETURN_IF(!named && !pull_begins(item->what, "http://") && !pull_begins(item->what, "https://"),
              err, AXL_BAD_ARGUMENT, "%s: neither a URL of HTTP nor hf:OWNER/NAME", item->what);
    RETURN_IF(strlen(item->what) > 2000, err, AXL_BAD_ARGUMENT, "a URL of more than 2000 bytes");
    FORWARD(os_folder_make(place->folder, err));
    name_of(&p, named ? &rows : NULL);
    const axl_status status = fetch(&p, named ? &rows : NULL, err);
    os_append_close(p.file);
    buf_free(&p.final);
    buf_free(&p.part);
    buf_free(&p.note);
    return status;
}
