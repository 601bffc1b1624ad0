// Zip archives as PyTorch writes them: stored entries, nothing compressed or encrypted.
//
// Written here and not taken from a library because of what must be refused. Archives for which two
// readers see different things are the usual way past a scanner, so local headers must say what the
// directory says, entries lie in the order of the directory and do not overlap, the archive begins
// with the first one and ends with the directory, and nothing is there twice. No entry is larger
// than the archive, so there are no bombs; no name is ever used as a path.
#ifndef FORMATS_ZIP_READ_H
#define FORMATS_ZIP_READ_H

#include "formats/byte_source.h"

#include <stdbool.h>

#define ZIP_NAME_MAX ((size_t)512)
#define ZIP_ENTRIES_MAX ((size_t)1 << 17)
#define ZIP_DIRECTORY_MAX ((size_t)16 << 20)

typedef struct zip_entry {
    const char *name; // UTF-8
    uint64_t begin;   // of its bytes in the archive
    uint64_t bytes;
    uint32_t crc; // CRC-32 of its bytes
} zip_entry;

// {0} is empty.
typedef struct zip_archive {
    size_t count;
    zip_entry *entry;          // [count] in the order of the archive; owned
    const zip_entry **by_name; // [count] into entry, sorted; owned
    uint8_t *directory;        // owned; holds the names
    size_t directory_bytes;
} zip_archive;

// Reads the directory and compares it with the local headers; the bytes of the entries are not
// looked at. The caller frees *out, also after a failure.
axl_status zip_read(zip_archive *out, const byte_source *from, axl_error *err);
void zip_free(zip_archive *z); // leaves {0}

const zip_entry *zip_find(const zip_archive *z, const char *name); // or NULL

// Reads all bytes of an entry and compares their checksum.
axl_status zip_check(const zip_entry *e, const byte_source *from, axl_error *err);

#endif
