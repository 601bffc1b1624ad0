#include "formats/corpus_case.h"

#include "base/alloc.h"
#include "base/rng.h"
#include "os/file.h"
#include "os/listing.h"
#include "os/scratch.h"
#include "support/unit.h"

#include <stdio.h>
#include <string.h>

size_t corpus_each(const char *name, corpus_visit *visit) {
    char folder[512], path[1024];
    snprintf(folder, sizeof folder, "%s/%s", CORPUS_FOLDER, name);
    os_listing all;
    axl_error err = {0};
    if (os_listing_read(&all, folder, NULL, &err) != AXL_OK) fail_msg("%s", err.text);
    for (size_t i = 0; i < all.count; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, all.entry[i].name);
        visit(all.entry[i].name, strncmp(all.entry[i].name, "good_", 5) == 0, path);
    }
    const size_t count = all.count;
    os_listing_free(&all);
    return count;
}

size_t corpus_flip(const char *path, size_t count, corpus_reads *reads) {
    void *data = NULL;
    size_t bytes = 0, unseen = 0;
    assert_int_equal(os_file_read(path, SIZE_MAX, &data, &bytes, NULL), AXL_OK);
    assert_true(reads(path));
    uint8_t *file = data;
    for (size_t i = 0; i < count; i++) {
        const uint64_t place = rng_below(rng_key(7, bytes), i, 8 * bytes);
        file[place / 8] ^= (uint8_t)(1u << place % 8);
        scratch_write(path, file, bytes);
        unseen += reads(path);
        file[place / 8] ^= (uint8_t)(1u << place % 8);
    }
    scratch_write(path, file, bytes);
    assert_true(reads(path));
    mem_free(data);
    return unseen;
}
