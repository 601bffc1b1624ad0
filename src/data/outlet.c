#include "data/outlet.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/json_out.h"
#include "base/strings.h"
#include "os/file.h"
#include "os/file_name.h"
#include "os/folder.h"
#include "os/listing.h"
#include "os/new_tree.h"

#include <string.h>

#define FLUSH ((size_t)1 << 20) // bytes that wait before they are written

struct outlet {
    char *path;
    os_replace *file;  // the JSONL, or SHA256SUMS; NULL after it was put in place
    os_new_tree *tree; // NULL for a JSONL
    sha256 hash;       // of what went to file
    buf waiting;       // for file
    buf name;
    outlet_sum sum;
};

static axl_status flush(outlet *o, size_t least, axl_error *err) {
    if (!buf_ok(&o->waiting)) return error_no_memory(err, "the output", o->waiting.size);
    if (o->waiting.size <= least) return AXL_OK;
    sha256_add(&o->hash, o->waiting.data, o->waiting.size);
    const axl_status status = os_replace_write(o->file, o->waiting.data, o->waiting.size, err);
    buf_clear(&o->waiting);
    return status;
}

// ---- opening ----

static axl_status open_folder(outlet *o, axl_error *err) {
    FORWARD(os_folder_make(o->path, err));
    os_listing list;
    FORWARD(os_listing_read(&list, o->path, NULL, err));
    const size_t count = list.count;
    os_listing_free(&list);
    RETURN_IF(count > 0, err, AXL_BAD_ARGUMENT, "%s has files in it; a new folder is needed",
              o->path);
    FORWARD(os_new_tree_open(&o->tree, o->path, err));
    buf_clear(&o->name);
    if (!buf_format(&o->name, "%s/SHA256SUMS", o->path)) return error_no_memory(err, "a path", 16);
    return os_replace_begin(&o->file, buf_string(&o->name), err);
}

static axl_status open_file(outlet *o, bool force, axl_error *err) {
    os_kind kind;
    FORWARD(os_kind_of(o->path, &kind, err));
    RETURN_IF(kind != OS_KIND_NONE && !force, err, AXL_BAD_ARGUMENT,
              "%s is there already; --force replaces it", o->path);
    return os_replace_begin(&o->file, o->path, err);
}

axl_status outlet_open(outlet **out, const char *path, bool force, axl_error *err) {
    *out = NULL;
    const size_t bytes = strlen(path) + 1;
    outlet *o = mem_zalloc(sizeof *o);
    if (!o) return error_no_memory(err, "the output", sizeof *o);
    sha256_begin(&o->hash);
    o->path = mem_alloc(bytes);
    axl_status status = o->path ? AXL_OK : error_no_memory(err, "a path", bytes);
    if (status == AXL_OK) {
        memcpy(o->path, path, bytes);
        for (size_t end = bytes - 1; end > 1 && o->path[end - 1] == '/';) o->path[--end] = '\0';
        status = string_ends(path, ".jsonl") ? open_file(o, force, err) : open_folder(o, err);
    }
    if (status == AXL_OK)
        *out = o;
    else
        outlet_close(o);
    return status;
}

void outlet_close(outlet *o) {
    if (!o) return;
    os_replace_abort(o->file);
    os_new_tree_close(o->tree);
    buf_free(&o->waiting);
    buf_free(&o->name);
    mem_free(o->path);
    mem_free(o);
}

// ---- putting ----

bool outlet_line(buf *to, const record *r) {
    buf_text(to, "{\"text\": ");
    json_out_quote(to, r->text, r->bytes);
    buf_text(to, ", \"project\": ");
    json_out_quote(to, r->project, strlen(r->project));
    buf_text(to, ", \"path\": ");
    json_out_quote(to, r->path, strlen(r->path));
    if (r->line > 0) buf_format(to, ", \"line\": %llu", (unsigned long long)r->line);
    return buf_text(to, "}\n");
}

#define TRIES 3

static axl_status put_file(outlet *o, const record *r, axl_error *err) {
    static const uint8_t nothing = 0;
    bool taken = true;
    for (int i = 0; i < TRIES && taken; i++) {
        // The last try is a place of our own, which no other document asks for.
        buf_clear(&o->name);
        if (i == TRIES - 1)
            buf_format(&o->name, "_/%llu.txt", (unsigned long long)o->sum.documents + 1);
        else
            outlet_name(&o->name, r, i == 0 ? 0 : o->sum.documents + 1);
        if (!buf_ok(&o->name)) return error_no_memory(err, "a path", o->name.size);
        const os_new_file file = {buf_string(&o->name), r->text ? r->text : (const char *)&nothing,
                                  r->bytes};
        FORWARD(os_new_tree_add(o->tree, &file, &taken, err));
    }
    RETURN_IF(taken, err, AXL_IO, "%s: somebody else writes into this folder", o->path);
    sha256 hash;
    uint8_t hash_bytes[SHA256_BYTES];
    char hex[SHA256_HEX_MAX];
    sha256_begin(&hash);
    sha256_add(&hash, r->text, r->bytes);
    sha256_end(&hash, hash_bytes);
    buf_format(&o->waiting, "%s  %s\n", sha256_hex(hex, hash_bytes), buf_string(&o->name));
    return AXL_OK;
}

axl_status outlet_put(outlet *o, const record *r, axl_error *err) {
    if (o->tree)
        FORWARD(put_file(o, r, err));
    else
        outlet_line(&o->waiting, r);
    o->sum.documents++;
    o->sum.bytes += r->bytes;
    return flush(o, FLUSH, err);
}

// ---- finishing ----

bool outlet_manifest_name(const outlet *o, buf *to) {
    buf_clear(to);
    buf_format(to, o->tree ? "%s/manifest.json" : "%s", o->path);
    if (o->tree) return buf_ok(to);
    buf_truncate(to, to->size - strlen(".jsonl"));
    return buf_text(to, ".manifest.json");
}

axl_status outlet_sync(outlet *o, axl_error *err) {
    FORWARD(flush(o, 0, err));
    if (o->tree) FORWARD(os_new_tree_sync(o->tree, err));
    return os_replace_sync(o->file, err);
}

axl_status outlet_finish(outlet *o, outlet_sum *out, axl_error *err) {
    uint8_t hash_bytes[SHA256_BYTES];
    FORWARD(outlet_sync(o, err));
    if (!outlet_manifest_name(o, &o->name)) return error_no_memory(err, "a path", o->name.size);
    FORWARD(os_file_remove(buf_string(&o->name), err));
    const axl_status status = os_replace_commit(o->file, err);
    o->file = NULL;
    FORWARD(status);
    sha256_end(&o->hash, hash_bytes);
    sha256_hex(o->sum.sha256, hash_bytes);
    o->sum.files = o->tree ? o->sum.documents : 1;
    *out = o->sum;
    return AXL_OK;
}

axl_status outlet_manifest(outlet *o, const buf *text, buf *to, axl_error *err) {
    if (!outlet_manifest_name(o, to) || !buf_ok(text))
        return error_no_memory(err, "the manifest", text->size);
    return os_file_replace(buf_string(to), text->data, text->size, err);
}
