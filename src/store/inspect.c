#include "store/inspect.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/sha256.h"
#include "base/strings.h"
#include "formats/json_text.h"
#include "os/map.h"

#include <string.h>

#define PIECE ((size_t)256 << 10)

axl_status inspect_copy(char **out, const void *bytes, size_t size, axl_error *err) {
    *out = size < SIZE_MAX ? mem_alloc(size + 1) : NULL;
    if (!*out) return error_no_memory(err, "a text of the file", size);
    if (size > 0) memcpy(*out, bytes, size);
    (*out)[size] = '\0';
    return AXL_OK;
}

axl_status inspect_make_tensors(axl_file *f, size_t count, axl_error *err) {
    f->tensor = mem_zalloc_array(count, sizeof *f->tensor);
    if (!f->tensor) return error_no_memory(err, "tensors", count * sizeof *f->tensor);
    f->tensors = count;
    return AXL_OK;
}

axl_status inspect_make_entries(axl_file *f, size_t count, axl_error *err) {
    f->entry = mem_zalloc_array(count, sizeof *f->entry);
    if (!f->entry) return error_no_memory(err, "entries", count * sizeof *f->entry);
    f->entries = count;
    return AXL_OK;
}

// By the first bytes; a text is what its name says.
static axl_status find_format(axl_file *f, const char *path, axl_error *err) {
    os_map *map;
    char magic[4] = "";
    FORWARD(os_map_open(&map, path, err));
    f->bytes = os_map_bytes(map);
    const axl_status status =
        f->bytes >= sizeof magic ? os_map_read(map, 0, magic, sizeof magic, err) : AXL_OK;
    os_map_close(map);
    FORWARD(status);
    f->format = "safetensors";
    if (memcmp(magic, "GGUF", 4) == 0) {
        f->format = "gguf";
    } else if (memcmp(magic, "PK\x03\x04", 4) == 0) {
        f->format = "pt";
    } else if (string_ends(path, ".json") || string_ends(path, ".md")) {
        f->format = "text";
    }
    return AXL_OK;
}

static void count_numbers(axl_file *f) {
    for (size_t i = 0; i < f->tensors; i++) {
        uint64_t numbers = 1;
        for (size_t k = 0; k < f->tensor[i].dims; k++) numbers *= f->tensor[i].dim[k];
        f->numbers += numbers;
    }
}

axl_status inspect_file(axl_file *out, const char *path, axl_error *err) {
    *out = (axl_file){0};
    FORWARD(inspect_copy(&out->path, path, strlen(path), err));
    FORWARD(find_format(out, path, err));
    axl_status status = AXL_OK;
    if (strcmp(out->format, "gguf") == 0) status = inspect_gguf(out, path, err);
    if (strcmp(out->format, "pt") == 0) status = inspect_pt(out, path, err);
    if (strcmp(out->format, "safetensors") == 0) status = inspect_safetensors(out, path, err);
    if (status == AXL_OK) count_numbers(out);
    return status;
}

void inspect_file_free(axl_file *f) {
    for (size_t i = 0; i < f->tensors; i++) mem_free(f->tensor[i].name);
    for (size_t i = 0; i < f->entries; i++) {
        mem_free(f->entry[i].key);
        mem_free(f->entry[i].text);
    }
    mem_free(f->tensor);
    mem_free(f->entry);
    mem_free(f->path);
    *f = (axl_file){0};
}

axl_status inspect_hash(axl_file *f, axl_error *err) {
    os_map *map;
    sha256 s;
    uint8_t digest[SHA256_BYTES];
    FORWARD(os_map_open(&map, f->path, err));
    uint8_t *piece = mem_alloc(PIECE);
    axl_status status = piece ? AXL_OK : error_no_memory(err, f->path, PIECE);
    const uint64_t all = os_map_bytes(map);
    sha256_begin(&s);
    for (uint64_t at = 0; at < all && status == AXL_OK; at += PIECE) {
        const size_t bytes = all - at < PIECE ? (size_t)(all - at) : PIECE;
        status = os_map_read(map, at, piece, bytes, err);
        if (status == AXL_OK) sha256_add(&s, piece, bytes);
    }
    if (status == AXL_OK) status = os_map_unchanged(map, err);
    mem_free(piece);
    os_map_close(map);
    FORWARD(status);
    sha256_end(&s, digest);
    sha256_hex(f->sha256, digest);
    return AXL_OK;
}
