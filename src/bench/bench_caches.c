#include "bench/bench_caches.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/sizes.h"
#include "base/strings.h"
#include "os/file.h"

#include <stdlib.h>
#include <string.h>

#define INDEX_MAX 8 // of the caches that are looked at

// Reads the one-line file of a property of cache number index; "" where there is none.
static axl_status read_property(size_t index, const char *property, char text[64], axl_error *err) {
    char path[96];
    string_format(path, sizeof path, NULL, "/sys/devices/system/cpu/cpu0/cache/index%zu/%s", index,
                  property);
    void *data = NULL;
    size_t bytes = 0;
    text[0] = '\0';
    axl_status status = os_file_read(path, 4096, &data, &bytes, err);
    if (status == AXL_NO_MEMORY) return status;
    if (status != AXL_OK) return AXL_OK;
    string_copy(text, 64, data);
    text[strcspn(text, "\n")] = '\0';
    mem_free(data);
    return AXL_OK;
}

size_t bench_caches_sharers(const char *list) {
    size_t count = 0;
    while (*list) {
        char *end;
        unsigned long from = strtoul(list, &end, 10), to = from;
        if (end == list) break;
        if (*end == '-') to = strtoul(end + 1, &end, 10);
        if (to >= from && to - from < 4096) count += to - from + 1;
        list = *end == ',' ? end + 1 : end;
        if (list == end) break;
    }
    return count ? count : 1;
}

static axl_status read_cache(bench_caches *out, size_t index, axl_error *err) {
    char level[64], size[64], sharers[64];
    uint64_t bytes;
    size_t fits;
    FORWARD(read_property(index, "level", level, err));
    FORWARD(read_property(index, "size", size, err));
    FORWARD(read_property(index, "shared_cpu_list", sharers, err));
    if (!string_to_size(size, &bytes) || !size_from_u64(bytes, &fits) || fits == 0) return AXL_OK;
    if (strcmp(level, "2") == 0) out->l2 = fits / bench_caches_sharers(sharers);
    if (strcmp(level, "3") == 0) out->l3 = fits;
    return AXL_OK;
}

axl_status bench_caches_read(bench_caches *out, axl_error *err) {
    out->l2 = (size_t)512 << 10;
    out->l3 = (size_t)16 << 20;
    for (size_t i = 0; i < INDEX_MAX; i++) FORWARD(read_cache(out, i, err));
    return AXL_OK;
}
