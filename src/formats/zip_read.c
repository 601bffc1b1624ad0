#include "formats/zip_read.h"

#include "base/alloc.h"
#include "base/cursor.h"
#include "base/error.h"
#include "base/strings.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define END_MAGIC 0x06054B50u // at the end of the archive
#define END_BYTES ((size_t)22)
#define LOCATOR_MAGIC 0x07064B50u // in front of it, where sizes have 64 bits
#define LOCATOR_BYTES ((size_t)20)
#define END64_MAGIC 0x06064B50u // in front of that
#define END64_BYTES ((size_t)56)
#define ENTRY_MAGIC 0x02014B50u // of the directory
#define ENTRY_BYTES ((size_t)46)
#define LOCAL_MAGIC 0x04034B50u // in front of the bytes of an entry
#define LOCAL_BYTES ((size_t)30)

#define FLAG_DESCRIPTOR 0x0008u // sizes and checksum of the local header stand behind the bytes
#define FLAG_UTF8 0x0800u
#define WIDE_FIELDS 0x0001 // id of the extra field with sizes of 64 bits

#define PIECE ((size_t)64 << 10)

typedef struct reading {
    const byte_source *from;
    zip_archive *z;
    uint64_t directory; // its offset in the archive
    uint64_t end;       // of the entry before
    axl_error *err;
} reading;

// What the directory says of an entry.
typedef struct record {
    uint64_t at; // of the record in the archive
    unsigned flags, method;
    uint32_t crc;
    uint64_t packed, bytes, local;
    uint32_t narrow; // the size before 64-bit ones take its place, as in the local header
    size_t name_bytes;
} record;

__attribute__((format(printf, 3, 4))) static axl_status bad(const reading *r, uint64_t at,
                                                            const char *fmt, ...) {
    char reason[sizeof r->err->text];
    va_list args;
    va_start(args, fmt);
    string_vformat(reason, sizeof reason, NULL, fmt, args);
    va_end(args);
    return error_set(r->err, AXL_BAD_FILE, "%s:%llu: %s", r->from->what, (unsigned long long)at,
                     reason);
}

typedef struct ending {
    uint64_t at; // where the directory must end
    uint64_t entries, bytes, offset;
} ending;

// The 64-bit end, whose locator stands at `at`.
static axl_status read_wide_end(const reading *r, uint64_t at, ending *e) {
    uint8_t locator[LOCATOR_BYTES], record_bytes[END64_BYTES];
    cursor c;
    FORWARD(byte_source_read(r->from, at, locator, sizeof locator, r->err));
    cursor_init(&c, locator, sizeof locator);
    (void)cursor_u32(&c);
    const uint32_t disk = cursor_u32(&c);
    const uint64_t offset = cursor_u64(&c);
    if (disk != 0 || cursor_u32(&c) != 1) return bad(r, at, "an archive of several files");
    if (at < END64_BYTES || offset != at - END64_BYTES)
        return bad(r, at, "the end of the archive is not where its locator says");
    FORWARD(byte_source_read(r->from, offset, record_bytes, sizeof record_bytes, r->err));
    cursor_init(&c, record_bytes, sizeof record_bytes);
    if (cursor_u32(&c) != END64_MAGIC || cursor_u64(&c) != END64_BYTES - 12)
        return bad(r, offset, "no end of a zip archive");
    (void)cursor_u32(&c); // versions
    const bool one = cursor_u32(&c) == 0 && cursor_u32(&c) == 0;
    const uint64_t here = cursor_u64(&c);
    const uint64_t entries = cursor_u64(&c);
    const uint64_t bytes = cursor_u64(&c);
    const uint64_t first = cursor_u64(&c);
    const bool same = (e->entries == entries || e->entries == UINT16_MAX) &&
                      (e->bytes == bytes || e->bytes == UINT32_MAX) &&
                      (e->offset == first || e->offset == UINT32_MAX);
    if (!one || here != entries || !same)
        return bad(r, offset, "the two ends of the archive contradict each other");
    *e = (ending){.at = offset, .entries = entries, .bytes = bytes, .offset = first};
    return AXL_OK;
}

static axl_status read_end(const reading *r, ending *e) {
    const uint64_t all = r->from->bytes;
    uint8_t end[END_BYTES], magic[4] = {0};
    cursor c;
    if (all < END_BYTES) return bad(r, 0, "%llu bytes are no zip archive", (unsigned long long)all);
    e->at = all - END_BYTES;
    FORWARD(byte_source_read(r->from, e->at, end, sizeof end, r->err));
    cursor_init(&c, end, sizeof end);
    if (cursor_u32(&c) != END_MAGIC)
        return bad(r, e->at, "no end of a zip archive: cut off, or something follows it");
    const bool one = cursor_u16(&c) == 0 && cursor_u16(&c) == 0;
    const uint16_t here = cursor_u16(&c);
    e->entries = cursor_u16(&c);
    e->bytes = cursor_u32(&c);
    e->offset = cursor_u32(&c);
    if (!one || here != e->entries || cursor_u16(&c) != 0)
        return bad(r, e->at, "an archive of several files, or with a comment");
    if (e->at >= LOCATOR_BYTES)
        FORWARD(byte_source_read(r->from, e->at - LOCATOR_BYTES, magic, sizeof magic, r->err));
    cursor_init(&c, magic, sizeof magic);
    return cursor_u32(&c) == LOCATOR_MAGIC ? read_wide_end(r, e->at - LOCATOR_BYTES, e) : AXL_OK;
}

// Takes the 64-bit values of a record from its extra fields.
static axl_status read_wide(const reading *r, record *e, cursor *extra) {
    uint64_t *const narrow[] = {&e->bytes, &e->packed, &e->local};
    bool seen = false;
    while (cursor_left(extra) > 0) {
        const uint16_t id = cursor_u16(extra);
        cursor field = cursor_sub(extra, cursor_u16(extra));
        if (!cursor_ok(extra)) return bad(r, e->at, "extra fields that are cut off");
        if (id != WIDE_FIELDS) continue;
        if (seen) return bad(r, e->at, "sizes that are there twice");
        seen = true;
        for (size_t i = 0; i < 3; i++)
            if (*narrow[i] == UINT32_MAX) *narrow[i] = cursor_u64(&field);
        if (!cursor_ok(&field)) return bad(r, e->at, "sizes that are cut off");
    }
    return AXL_OK;
}

static bool good_name(const char *name, size_t bytes) {
    if (bytes == 0 || memchr(name, '\0', bytes) || memchr(name, '\\', bytes)) return false;
    if (name[0] == '/' || !utf8_valid(name, bytes)) return false;
    for (size_t i = 0; i + 1 < bytes; i++)
        if (name[i] == '.' && name[i + 1] == '.') return false;
    return true;
}

// The local header of an entry must say what its record says. *begin is where its bytes are.
static axl_status check_local(const reading *r, const record *e, const char *name,
                              uint64_t *begin) {
    uint8_t head[LOCAL_BYTES];
    char local_name[ZIP_NAME_MAX];
    cursor c;
    FORWARD(byte_source_read(r->from, e->local, head, sizeof head, r->err));
    cursor_init(&c, head, sizeof head);
    if (cursor_u32(&c) != LOCAL_MAGIC) return bad(r, e->local, "an entry must begin here");
    (void)cursor_u16(&c); // version
    const bool same = cursor_u16(&c) == e->flags && cursor_u16(&c) == e->method;
    (void)cursor_u32(&c); // time
    const uint32_t crc = cursor_u32(&c), packed = cursor_u32(&c), bytes = cursor_u32(&c);
    const size_t name_bytes = cursor_u16(&c);
    const size_t extra = cursor_u16(&c);
    const bool later = (e->flags & FLAG_DESCRIPTOR) && crc == 0 && packed == 0 && bytes == 0;
    const bool now = crc == e->crc && packed == e->narrow && bytes == e->narrow;
    if (!same || (!later && !now) || name_bytes != e->name_bytes)
        return bad(r, e->local, "an entry that contradicts the directory");
    const uint64_t name_at = e->local + LOCAL_BYTES;
    FORWARD(byte_source_read(r->from, name_at, local_name, name_bytes, r->err));
    if (memcmp(local_name, name, name_bytes) != 0)
        return bad(r, name_at, "an entry with another name than in the directory");
    *begin = name_at + name_bytes + extra;
    if (*begin > r->directory || e->bytes > r->directory - *begin)
        return bad(r, e->local, "an entry of %llu bytes, which reaches into the directory",
                   (unsigned long long)e->bytes);
    return AXL_OK;
}

static axl_status read_fields(const reading *r, cursor *c, record *e) {
    e->at = r->directory + c->at;
    const bool magic = cursor_u32(c) == ENTRY_MAGIC;
    (void)cursor_u32(c); // versions
    e->flags = cursor_u16(c);
    e->method = cursor_u16(c);
    (void)cursor_u32(c); // time
    e->crc = cursor_u32(c);
    e->packed = cursor_u32(c);
    e->bytes = e->narrow = cursor_u32(c);
    e->name_bytes = cursor_u16(c);
    const size_t extra_bytes = cursor_u16(c);
    const uint16_t comment = cursor_u16(c);
    const uint16_t disk = cursor_u16(c);
    (void)cursor_u16(c); // attributes
    (void)cursor_u32(c);
    e->local = cursor_u32(c);
    if (!cursor_ok(c) || !magic || disk != 0 || comment != 0)
        return bad(r, e->at, "no entry of the directory of a zip archive");
    if (e->name_bytes > ZIP_NAME_MAX) return bad(r, e->at, "a name of %zu bytes", e->name_bytes);
    if (e->method != 0) return bad(r, e->at, "a compressed entry; PyTorch stores them as they are");
    if (e->flags & ~(FLAG_DESCRIPTOR | FLAG_UTF8))
        return bad(r, e->at, "an encrypted entry, or with flags %#x", e->flags);
    cursor_skip(c, e->name_bytes);
    cursor extra = cursor_sub(c, extra_bytes);
    if (!cursor_ok(c)) return bad(r, e->at, "an entry of the directory that is cut off");
    return read_wide(r, e, &extra);
}

static axl_status read_entry(reading *r, cursor *c, zip_entry *out) {
    record e = {0};
    uint8_t *name = r->z->directory + c->at + ENTRY_BYTES;
    FORWARD(read_fields(r, c, &e));
    if (e.packed != e.bytes) return bad(r, e.at, "a stored entry with two sizes");
    if (!good_name((const char *)name, e.name_bytes))
        return bad(r, e.at, "a name that is no name inside the archive");
    if (r->z->entry == out ? e.local != 0 : e.local < r->end)
        return bad(r, e.at,
                   "an entry at byte %llu, where %llu is free: something is in front of "
                   "it, or it overlaps another",
                   (unsigned long long)e.local, (unsigned long long)r->end);
    FORWARD(check_local(r, &e, (const char *)name, &out->begin));
    // The name moves over the last byte of what was read, to make room for its terminator.
    memmove(name - 1, name, e.name_bytes);
    name[e.name_bytes - 1] = '\0';
    out->name = (const char *)name - 1;
    out->bytes = e.bytes;
    out->crc = e.crc;
    r->end = out->begin + out->bytes;
    return AXL_OK;
}

static int compare_names(const void *a, const void *b) {
    const zip_entry *const *x = a, *const *y = b;
    return strcmp((*x)->name, (*y)->name);
}

static axl_status read_entries(reading *r) {
    zip_archive *z = r->z;
    cursor c;
    cursor_init(&c, z->directory, z->directory_bytes);
    for (size_t i = 0; i < z->count; i++) FORWARD(read_entry(r, &c, &z->entry[i]));
    if (cursor_left(&c) > 0)
        return bad(r, r->directory + c.at, "%zu bytes behind the directory", cursor_left(&c));
    for (size_t i = 0; i < z->count; i++) z->by_name[i] = &z->entry[i];
    if (z->count > 1) qsort(z->by_name, z->count, sizeof *z->by_name, compare_names);
    for (size_t i = 1; i < z->count; i++)
        if (strcmp(z->by_name[i]->name, z->by_name[i - 1]->name) == 0)
            return bad(r, z->by_name[i]->begin, "%s is there twice", z->by_name[i]->name);
    return AXL_OK;
}

axl_status zip_read(zip_archive *out, const byte_source *from, axl_error *err) {
    axl_error own;
    *out = (zip_archive){0};
    reading r = {.from = from, .z = out, .err = err ? err : &own};
    ending e = {0};
    FORWARD(read_end(&r, &e));
    if (e.bytes > ZIP_DIRECTORY_MAX || e.offset > e.at || e.bytes != e.at - e.offset)
        return bad(&r, e.at, "a directory of %llu bytes at byte %llu does not end here",
                   (unsigned long long)e.bytes, (unsigned long long)e.offset);
    if (e.entries > ZIP_ENTRIES_MAX || e.entries > e.bytes / (ENTRY_BYTES + 1))
        return bad(&r, e.at, "%llu entries cannot be in a directory of %llu bytes",
                   (unsigned long long)e.entries, (unsigned long long)e.bytes);
    r.directory = e.offset;
    out->directory_bytes = (size_t)e.bytes;
    out->count = (size_t)e.entries;
    out->directory = mem_alloc(out->directory_bytes);
    out->entry = mem_alloc_array(out->count, sizeof *out->entry);
    out->by_name = mem_alloc_array(out->count, sizeof *out->by_name);
    if (!out->directory || !out->entry || !out->by_name)
        return error_no_memory(err, from->what, out->directory_bytes);
    FORWARD(byte_source_read(from, e.offset, out->directory, out->directory_bytes, err));
    return read_entries(&r);
}

void zip_free(zip_archive *z) {
    mem_free(z->entry);
    mem_free((void *)z->by_name);
    mem_free(z->directory);
    *z = (zip_archive){0};
}

const zip_entry *zip_find(const zip_archive *z, const char *name) {
    const zip_entry wanted = {.name = name};
    const zip_entry *key = &wanted;
    if (z->count == 0) return NULL;
    const zip_entry *const *found =
        bsearch(&key, z->by_name, z->count, sizeof *z->by_name, compare_names);
    return found ? *found : NULL;
}

axl_status zip_check(const zip_entry *e, const byte_source *from, axl_error *err) {
    uint8_t *piece = mem_alloc(PIECE);
    if (!piece) return error_no_memory(err, from->what, PIECE);
    uLong crc = crc32(0, NULL, 0);
    axl_status status = AXL_OK;
    for (uint64_t at = 0; at < e->bytes && status == AXL_OK; at += PIECE) {
        const size_t bytes = e->bytes - at < PIECE ? (size_t)(e->bytes - at) : PIECE;
        status = byte_source_read(from, e->begin + at, piece, bytes, err);
        if (status == AXL_OK) crc = crc32(crc, piece, (uInt)bytes);
    }
    mem_free(piece);
    FORWARD(status);
    RETURN_IF(crc != e->crc, err, AXL_BAD_FILE,
              "%s: %s was damaged (checksum %08lx, expected %08x); get the file again", from->what,
              e->name, crc, e->crc);
    return AXL_OK;
}
