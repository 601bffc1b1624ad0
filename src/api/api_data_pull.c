#include <axl/data.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/strings.h"
#include "data/pull.h"

#include <string.h>

_Static_assert(PULL_PATH_MAX <= sizeof((axl_data_pulled *)0)->path, "paths do not fit");

// What the caller gets: the result comes first, so that freeing it finds the rest.
typedef struct owned {
    axl_data_pull_result result;
    axl_data_pulled *items;
} owned;

const char *axl_data_pull_missing(void) {
    return web_missing();
}

static int tell(void *ctx, const char *what, uint64_t done, uint64_t total) {
    const axl_data_pull_options *o = ctx;
    if (!o->progress) return 0;
    return o->progress(o->progress_ctx, what, (size_t)done, (size_t)total);
}

static void fill(axl_data_pulled *out, const pull_item *item) {
    static const axl_data_pull_state states[] = {[PULL_WHOLE] = AXL_DATA_PULL_WHOLE,
                                                 [PULL_THERE] = AXL_DATA_PULL_THERE,
                                                 [PULL_CAPPED] = AXL_DATA_PULL_CAPPED};
    *out = (axl_data_pulled){.what = item->what,
                             .state = states[item->state],
                             .bytes = item->bytes,
                             .rows = item->rows,
                             .resumed = item->resumed,
                             .cut_rows = item->cut_rows,
                             .retries = item->retries,
                             .partial = item->partial};
    string_copy(out->path, sizeof out->path, item->path);
    string_copy(out->sha256, sizeof out->sha256, item->hex);
}

static bool is_rows(const char *what) {
    return string_starts(what, "hf:");
}

static axl_status run(const axl_data_pull_options *o, owned *all, axl_error *err) {
    const pull_place place = {.folder = o->out,
                              .endpoint = o->endpoint ? o->endpoint : AXL_DATA_ENDPOINT,
                              .token = o->token,
                              .bytes_max = o->max_bytes > 0 ? o->max_bytes : UINT64_MAX,
                              .force = o->force,
                              .progress = tell,
                              .ctx = (void *)(uintptr_t)o};
    all->items = mem_zalloc_array(o->what_count, sizeof *all->items);
    if (!all->items) return error_no_memory(err, "results", o->what_count * sizeof *all->items);
    all->result.items = all->items;
    size_t sums = 0;
    for (size_t i = 0; i < o->what_count; i++) {
        pull_item item = {.what = o->what[i]};
        if (!is_rows(item.what) && sums < o->sha256_count) item.sha256 = o->sha256[sums++];
        FORWARD(pull_one(&place, &item, &all->result.bytes, err));
        fill(&all->items[all->result.item_count++], &item);
    }
    return AXL_OK;
}

static axl_status check(const axl_data_pull_options *o, axl_error *err) {
    RETURN_IF(!o || !o->what || o->what_count == 0 || !o->out, err, AXL_BAD_ARGUMENT,
              "axl_data_pull: what and out must be given");
    RETURN_IF(web_missing() != NULL, err, AXL_UNSUPPORTED, "%s", web_missing());
    size_t urls = 0;
    for (size_t i = 0; i < o->what_count; i++) urls += !is_rows(o->what[i]);
    RETURN_IF(o->sha256_count > urls, err, AXL_BAD_ARGUMENT, "more checksums than URLs");
    for (size_t i = 0; i < o->sha256_count; i++) {
        const char *hex = o->sha256[i];
        RETURN_IF(strlen(hex) != 64 || strspn(hex, "0123456789abcdefABCDEF") != 64, err,
                  AXL_BAD_ARGUMENT, "%s is no SHA-256", hex);
    }
    return AXL_OK;
}

axl_status axl_data_pull(const axl_data_pull_options *options, axl_data_pull_result **out,
                         axl_error *err) {
    RETURN_IF(!out, err, AXL_BAD_ARGUMENT, "axl_data_pull: there is no place for the result");
    *out = NULL;
    FORWARD(check(options, err));
    owned *all = mem_zalloc(sizeof *all);
    if (!all) return error_no_memory(err, "results", sizeof *all);
    const axl_status status = run(options, all, err);
    if (status == AXL_OK)
        *out = &all->result;
    else
        axl_data_pull_free(&all->result);
    return status;
}

void axl_data_pull_free(axl_data_pull_result *result) {
    if (!result) return;
    owned *all = (owned *)(void *)result;
    mem_free(all->items);
    mem_free(all);
}
