#include "formats/zip_write.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "os/file.h"

#include <string.h>
#include <zlib.h>

#define DATA_ALIGN ((size_t)64)
#define LOCAL_BYTES ((size_t)30)
#define CRC_AT ((size_t)14)         // of the checksum in a local header
#define EXTRA_HEAD ((size_t)4)      // id and length of an extra field
#define PADDING_FIELD 0x4246        // "FB", as PyTorch pads
#define WIDE ((uint64_t)0xFFFFFFFF) // from here on sizes need 64 bits

struct zip_writer {
    os_replace *replace;
    buf directory;        // what stands at the end
    uint64_t at;          // bytes written
    uint64_t local, left; // of the open entry: its header's place, bytes to come
    size_t crc_place;     // of its checksum in the directory
    uLong crc;
    bool open;
    unsigned entries;
};

static axl_status put(zip_writer *w, const void *data, size_t bytes, axl_error *err) {
    w->at += bytes;
    return os_replace_write(w->replace, data, bytes, err);
}

axl_status zip_write_begin(zip_writer **out, const char *path, uint64_t bytes, axl_error *err) {
    *out = NULL;
    zip_writer *w = mem_zalloc(sizeof *w);
    if (!w) return error_no_memory(err, path, sizeof *w);
    axl_status status = os_replace_begin(&w->replace, path, err);
    if (status == AXL_OK) status = os_replace_reserve(w->replace, bytes, err);
    if (status == AXL_OK) {
        *out = w;
    } else {
        zip_write_abort(w);
    }
    return status;
}

// The checksum of the open entry is known now: into its header and into the directory.
static axl_status close_entry(zip_writer *w, axl_error *err) {
    if (!w->open) return AXL_OK;
    RETURN_IF(w->left > 0, err, AXL_BAD_ARGUMENT, "%llu bytes of an entry are missing",
              (unsigned long long)w->left);
    char digits[4];
    for (size_t i = 0; i < sizeof digits; i++) digits[i] = (char)(w->crc >> 8 * i & 255);
    memcpy(w->directory.data + w->crc_place, digits, sizeof digits);
    w->open = false;
    return os_replace_patch(w->replace, w->local + CRC_AT, digits, sizeof digits, err);
}

// Flags to sizes: the same bytes in the local header and in the directory.
static void put_common(buf *out, uint32_t bytes) {
    buf_u16(out, 0); // flags
    buf_u16(out, 0); // stored
    buf_u32(out, 0); // no time: the same model is the same file
    buf_u32(out, 0); // the checksum comes later
    buf_u32(out, bytes);
    buf_u32(out, bytes);
}

static void put_local(buf *out, const char *name, uint32_t bytes, uint64_t at) {
    const size_t length = strlen(name);
    const uint64_t begin = at + LOCAL_BYTES + length + EXTRA_HEAD;
    const size_t padding = (size_t)(-begin & (DATA_ALIGN - 1));
    buf_u32(out, 0x04034B50);
    buf_u16(out, 20); // version needed
    put_common(out, bytes);
    buf_u16(out, (uint16_t)length);
    buf_u16(out, (uint16_t)(EXTRA_HEAD + padding));
    buf_text(out, name);
    buf_u16(out, PADDING_FIELD);
    buf_u16(out, (uint16_t)padding);
    buf_fill(out, 'Z', padding);
}

static void put_record(zip_writer *w, const char *name, uint32_t bytes) {
    buf *out = &w->directory;
    buf_u32(out, 0x02014B50);
    buf_u16(out, 20); // made by
    buf_u16(out, 20); // version needed
    w->crc_place = out->size + 8;
    put_common(out, bytes);
    buf_u16(out, (uint16_t)strlen(name));
    buf_fill(out, 0, 12); // extra, comment, disk, attributes
    buf_u32(out, (uint32_t)w->at);
    buf_text(out, name);
}

axl_status zip_write_entry(zip_writer *w, const char *name, uint64_t bytes, axl_error *err) {
    buf local = {0};
    FORWARD(close_entry(w, err));
    RETURN_IF(bytes >= WIDE || w->at + bytes >= WIDE - (1 << 20) || w->entries == UINT16_MAX - 1,
              err, AXL_TOO_LARGE,
              "a .pt file of 4 GiB or more is not written; .safetensors and .gguf may be larger");
    put_local(&local, name, (uint32_t)bytes, w->at);
    put_record(w, name, (uint32_t)bytes);
    w->local = w->at;
    w->left = bytes;
    w->crc = crc32(0, NULL, 0);
    w->entries++;
    w->open = true;
    const axl_status status = buf_ok(&local) && buf_ok(&w->directory)
                                  ? put(w, local.data, local.size, err)
                                  : error_no_memory(err, name, local.size + w->directory.size);
    buf_free(&local);
    return status;
}

axl_status zip_write_data(zip_writer *w, const void *data, size_t bytes, axl_error *err) {
    RETURN_IF(bytes > w->left, err, AXL_BAD_ARGUMENT, "%zu bytes for an entry that takes %llu more",
              bytes, (unsigned long long)w->left);
    w->left -= bytes;
    for (size_t at = 0; at < bytes;) { // in pieces that zlib can count
        const size_t piece = bytes - at < (1u << 30) ? bytes - at : 1u << 30;
        w->crc = crc32(w->crc, (const Bytef *)data + at, (uInt)piece);
        at += piece;
    }
    return put(w, data, bytes, err);
}

static axl_status put_end(zip_writer *w, axl_error *err) {
    const uint64_t offset = w->at;
    const size_t bytes = w->directory.size;
    buf *out = &w->directory;
    buf_u32(out, 0x06054B50);
    buf_u32(out, 0); // disks
    buf_u16(out, (uint16_t)w->entries);
    buf_u16(out, (uint16_t)w->entries);
    buf_u32(out, (uint32_t)bytes);
    buf_u32(out, (uint32_t)offset);
    buf_u16(out, 0);
    if (!buf_ok(out)) return error_no_memory(err, "the directory of an archive", bytes);
    return put(w, out->data, out->size, err);
}

axl_status zip_write_commit(zip_writer *w, axl_error *err) {
    axl_status status = close_entry(w, err);
    if (status == AXL_OK) status = put_end(w, err);
    if (status == AXL_OK) {
        status = os_replace_commit(w->replace, err);
        w->replace = NULL;
    }
    zip_write_abort(w);
    return status;
}

void zip_write_abort(zip_writer *w) {
    if (!w) return;
    os_replace_abort(w->replace);
    buf_free(&w->directory);
    mem_free(w);
}
