// CRC-32C (Castagnoli): the checksum of our files.
#ifndef BASE_CRC32C_H
#define BASE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

// The checksum of size bytes after earlier bytes whose checksum is crc (0 at the start), so that
// crc32c(crc32c(0, a), b) is that of a followed by b. data may be NULL when size is 0.
uint32_t crc32c(uint32_t crc, const void *data, size_t size);

#endif
