#include "formats/byte_source.h"

#include "base/error.h"

#include <string.h>

byte_source byte_source_of_memory(const void *memory, size_t bytes, const char *what) {
    return (byte_source){.memory = memory, .bytes = bytes, .what = what};
}

byte_source byte_source_of_map(const os_map *map, const char *what) {
    return (byte_source){.map = map, .bytes = os_map_bytes(map), .what = what};
}

axl_status byte_source_read(const byte_source *s, uint64_t offset, void *to, size_t bytes,
                            axl_error *err) {
    RETURN_IF(offset > s->bytes || bytes > s->bytes - offset, err, AXL_BAD_FILE,
              "%s:%llu: %zu bytes must be here: the file is cut off; get it again", s->what,
              (unsigned long long)offset, bytes);
    if (s->map) return os_map_read(s->map, offset, to, bytes, err);
    if (bytes > 0) memcpy(to, (const uint8_t *)s->memory + offset, bytes);
    return AXL_OK;
}
